// Package standby lets standbys read pieces of a record: those that show the same moment as the record's server, each
// over its own connections, for as long as they do.
package standby

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
	"pgroundtrip/internal/take"
)

const pauseAll = "pause replay on all of them at one LSN (select pg_wal_replay_pause() while the primary writes " +
	"nothing; or " +
	"recovery_target_lsn and recovery_target_action = pause), and name one with -dsn and the others with -standby"

// A Crew holds the connections to the standbys that help with a record.
type Crew struct {
	Lead    session.Limits // limits of the record's server
	Moment  record.Moment  // of the record
	Jobs    int            // connections to each standby; half of its free ones are left free
	Prepare func(context.Context, *pgx.Conn) error
	Note    func(format string, args ...any)
	Helpers []*take.Helper
	conns   []*pgx.Conn
}

// Call connects to the standbys. All must be paused at the same point as the record's server: only then do they show
// the same rows. A standby that cannot be reached is left out; one that shows something else is an error.
func (c *Crew) Call(ctx context.Context, standbys []cluster.Options) error {
	if len(standbys) > 0 && c.Moment.Kind != moment.Paused {
		return hint.With(errors.New("-standby: the server of -dsn is not a standby whose replay is paused, so no "+
			"other is known to show the same rows"), pauseAll)
	}
	for _, options := range standbys {
		where := session.NameStandby(options)
		switch err := c.open(ctx, options, where); {
		case errors.Is(err, session.ErrNoReplica), errors.Is(err, moment.ErrElsewhere):
			return hint.With(fmt.Errorf("-standby: the %s cannot take part: %w", where, err), pauseAll)
		case err != nil:
			c.leaveOut(where)(err)
		}
	}
	return nil
}

// open opens the connections to one standby.
func (c *Crew) open(ctx context.Context, options cluster.Options, where string) error {
	replica, err := session.OpenReplica(ctx, options, c.Lead)
	if err != nil {
		return err
	}
	c.conns = append(c.conns, replica.Conn)
	left := c.leaveOut(where)
	for range max(1, min(c.Jobs, replica.Limits.FreeConnections/2)) {
		conn, err := replica.Connect(ctx)
		if err != nil {
			return err
		}
		c.conns = append(c.conns, conn)
		if err = c.Prepare(ctx, conn); err == nil {
			err = c.Holds(ctx, conn.PgConn()) // before the snapshot and after each piece
		}
		if err == nil {
			err = session.Begin(ctx, conn, "")
		}
		if err != nil {
			return err
		}
		c.Helpers = append(c.Helpers, &take.Helper{Conn: conn.PgConn(), Left: left})
	}
	return nil
}

// Holds returns an error unless the server of a connection is still paused at the moment of the record.
func (c *Crew) Holds(ctx context.Context, conn *pgconn.PgConn) error {
	return moment.Holds(ctx, conn, c.Moment.Position())
}

// leaveOut returns a function that notes, once, why a standby was left out.
func (c *Crew) leaveOut(where string) func(error) {
	isNoted := false
	return func(err error) {
		if !isNoted {
			c.Note("the %s was left out, others did its work: %s", where, err)
		}
		isNoted = true
	}
}

// Close closes the connections, ignoring errors: they only read.
func (c *Crew) Close(ctx context.Context) {
	for _, conn := range c.conns {
		conn.Close(ctx)
	}
}
