package origin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

const pauseAll = "pause replay on all of them at one LSN (select pg_wal_replay_pause() while the primary writes nothing; or " +
	"recovery_target_lsn and recovery_target_action = pause), and name one with -dsn and the others with -standby"

// callStandbys opens the standbys that read pieces of the record. All must be paused where the server itself is: only
// then they show the same rows. One that cannot be reached is left out, one that shows something else is an error.
func (r *Reading) callStandbys(ctx context.Context) error {
	if len(r.Standbys) > 0 && r.Manifest.Moment.Kind != moment.Paused {
		return &hint.Error{Err: fmt.Errorf("-standby: the %s is not a standby whose replay is paused, so no other server is "+
			"known to show the same rows", r.Server.Describe()), Hint: pauseAll}
	}
	for _, options := range r.Standbys {
		where := session.NameStandby(options)
		switch err := r.callStandby(ctx, options, where); {
		case errors.Is(err, session.ErrNoReplica), errors.Is(err, moment.ErrElsewhere):
			return &hint.Error{Err: fmt.Errorf("-standby: the %s cannot take part: %w", where, err), Hint: pauseAll}
		case err != nil:
			r.leaveOut(where)(err)
		}
	}
	return nil
}

// callStandby opens as many connections to a standby as there are jobs; half of what is free stays free.
func (r *Reading) callStandby(ctx context.Context, options cluster.Options, where string) error {
	replica, err := session.OpenReplica(ctx, options, r.limits)
	if err != nil {
		return err
	}
	r.guests = append(r.guests, replica.Conn)
	left := r.leaveOut(where)
	for range max(1, min(r.Jobs, replica.Limits.FreeConnections/2)) {
		conn, err := replica.Connect(ctx)
		if err != nil {
			return err
		}
		r.guests = append(r.guests, conn)
		if err = r.make(ctx, conn); err == nil {
			err = r.holds(ctx, conn.PgConn()) // before its snapshot, and after each piece: it is of that moment
		}
		if err == nil {
			err = session.Begin(ctx, conn, "")
		}
		if err != nil {
			return err
		}
		r.helpers = append(r.helpers, &record.Helper{Conn: conn.PgConn(), Left: left})
	}
	return nil
}

// holds returns an error if the server of a connection is not paused at the moment of the record.
func (r *Reading) holds(ctx context.Context, conn *pgconn.PgConn) error {
	return moment.Holds(ctx, conn, r.Manifest.Moment.Position())
}

// leaveOut notes once why a standby did nothing, or no more.
func (r *Reading) leaveOut(where string) func(error) {
	isNoted := false
	return func(err error) {
		if !isNoted {
			r.report.Note("the %s was left out, others did its part: %s", where, err)
		}
		isNoted = true
	}
}

// question is what a file of -resume must have been asked. It is refused where the moment is not exact: an interrupted
// run of a server in service saw other rows. A paused standby, and a restored copy, is known by its identifier, timeline
// and replay LSN. A primary is known to be quiet by its counter of transactions: none has ended or begun to write since,
// and the snapshot of this run shows that state.
func (r *Reading) question(ctx context.Context) (record.Question, error) {
	m, place := r.Manifest, r.Manifest.Moment.Position()
	q := record.Question{SystemIdentifier: m.Source.SystemIdentifier, Database: m.Source.Database, Suite: m.Suite,
		SuiteSHA256: m.SuiteSHA256, KeySHA256: m.KeySHA256}
	switch {
	case m.Moment.Kind == moment.Paused:
		q.Moment = "paused at " + place.String()
		return q, nil
	case !r.Moment.Quiet:
		return q, &hint.Error{
			Err: fmt.Errorf("-resume: the %s is in service: an interrupted run saw another snapshot, and other rows than this one",
				r.Server.Describe()),
			Hint: "record a standby whose replay is paused (-pause=keep) or a restored copy, or with -quiet"}
	}
	seen, err := snapshotOf(ctx, r.conn)
	if err == nil && seen != r.begun.Transactions {
		err = fmt.Errorf("-quiet: somebody wrote meanwhile: the transactions were %s, and are %s", r.begun.Transactions, seen)
	}
	q.Moment = fmt.Sprintf("quiet on timeline %d after the transactions %s", place.Timeline, seen)
	return q, err
}

// snapshotOf is which transactions the snapshot of conn sees.
func snapshotOf(ctx context.Context, conn *pgx.Conn) (seen string, err error) {
	err = conn.QueryRow(ctx, "select pg_catalog.pg_current_snapshot()::text").Scan(&seen)
	if err != nil {
		err = fmt.Errorf("could not ask for the transactions: %w", err)
	}
	return seen, err
}

// shared is how the record is taken: with standbys, and from where an interrupted run stopped.
func (r *Reading) shared(ctx context.Context) (o record.Options, err error) {
	o.Helpers, o.Resume, o.OnProgress = r.helpers, r.Resume, r.OnProgress
	if (len(o.Helpers) > 0 || o.Resume != nil) && r.Manifest.Moment.Kind == moment.Paused {
		o.Holds = r.holds
	}
	if o.Resume != nil {
		o.Resume.Asked, err = r.question(ctx)
	}
	return o, err
}
