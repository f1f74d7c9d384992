// Package standby hides how standbys come to read pieces of a record: those that show the moment of its server, each
// over connections of its own, for as long as they do.
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

// A Crew is the connections to standbys of a record.
type Crew struct {
	Lead    session.Limits // of the server of the record
	Moment  record.Moment  // of the record
	Jobs    int            // connections to each standby; half of what is free stays free
	Prepare func(context.Context, *pgx.Conn) error
	Note    func(format string, args ...any)
	Helpers []*take.Helper
	conns   []*pgx.Conn
}

// Call opens the standbys. All must be paused where the server of the record is: only then they show the same rows. One
// that cannot be reached is left out, one that shows something else is an error.
func (c *Crew) Call(ctx context.Context, standbys []cluster.Options) error {
	if len(standbys) > 0 && c.Moment.Kind != moment.Paused {
		return &hint.Error{Err: errors.New("-standby: the server of -dsn is not a standby whose replay is paused, so no " +
			"other is known to show the same rows"), Hint: pauseAll}
	}
	for _, options := range standbys {
		where := session.NameStandby(options)
		switch err := c.open(ctx, options, where); {
		case errors.Is(err, session.ErrNoReplica), errors.Is(err, moment.ErrElsewhere):
			return &hint.Error{Err: fmt.Errorf("-standby: the %s cannot take part: %w", where, err), Hint: pauseAll}
		case err != nil:
			c.leaveOut(where)(err)
		}
	}
	return nil
}

// open opens the connections to a standby.
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
			err = c.Holds(ctx, conn.PgConn()) // before its snapshot, and after each piece: it is of that moment
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

// Holds returns an error if the server of a connection is not paused at the moment of the record.
func (c *Crew) Holds(ctx context.Context, conn *pgconn.PgConn) error {
	return moment.Holds(ctx, conn, c.Moment.Position())
}

// leaveOut notes once why a standby did nothing, or no more.
func (c *Crew) leaveOut(where string) func(error) {
	isNoted := false
	return func(err error) {
		if !isNoted {
			c.Note("the %s was left out, others did its part: %s", where, err)
		}
		isNoted = true
	}
}

// Close ends the connections. They only read.
func (c *Crew) Close(ctx context.Context) {
	for _, conn := range c.conns {
		conn.Close(ctx)
	}
}
