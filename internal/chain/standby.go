package chain

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
)

// openStandby connects to a standby and waits until it has replayed everything that the snapshot shows.
func (v *Walk) openStandby(ctx context.Context, options cluster.Options, lsn string) (*cluster.Server, error) {
	r, err := session.OpenReplica(ctx, options, v.lead.about)
	if err != nil {
		return nil, err
	}
	defer r.Conn.Close(context.WithoutCancel(ctx))
	return r.Server, catchUp(ctx, r.Conn, lsn, v.Wait)
}

// catchUp waits until a standby has replayed WAL up to lsn.
func catchUp(ctx context.Context, conn *pgx.Conn, lsn string, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for {
		var behind int64
		err := conn.QueryRow(ctx, "select coalesce(pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn()), 0)::bigint",
			lsn).Scan(&behind)
		switch {
		case err != nil:
			return fmt.Errorf("could not read how far it lags: %w", err)
		case behind <= 0:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("it lags %d bytes of WAL behind the snapshot, and did not catch up within %s (-timeout)", behind,
				wait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// serveReplica walks ranges over one connection to a standby until none are left for it. A break that it sees must be
// confirmed by the primary, because the standby may have replayed more than the snapshot shows.
func (v *Walk) serveReplica(ctx context.Context, c *walkers, server *cluster.Server) error {
	w, err := v.open(ctx, server)
	if err != nil {
		return err
	}
	defer w.close()
	for conflicts := 0; ; {
		i, ok := c.Next(true)
		if !ok {
			return nil
		}
		a, err := w.replica(ctx, v, c.span(i))
		switch {
		case ctx.Err() != nil:
			return nil // the others finished first
		case err == nil && a.isSound():
			conflicts = 0
			c.done(i, a, w.where)
		case err == nil:
			c.dispute(i, w.where)
		default:
			c.GiveBack(i)
			if conflicts++; conflicts > 3 || !isConflict(err) || w.conn.IsClosed() {
				return err
			}
		}
	}
}

// isSound reports whether an answer has nothing that the primary would have to confirm.
func (a *answer) isSound() bool { return a.Snapshot.IsWhole() && a.Faults == 0 }

// replica walks a range in a transaction of its own, because a standby that has to replay the removal of rows cancels
// long transactions.
func (w *walker) replica(ctx context.Context, v *Walk, p span) (*answer, error) {
	if err := w.idle(ctx, v); err != nil {
		return nil, err
	}
	if err := session.Begin(ctx, w.conn, ""); err != nil {
		return nil, err
	}
	a, err := w.walk(ctx, v, p)
	if _, endErr := w.conn.Exec(ctx, "rollback"); err == nil {
		err = endErr
	}
	return a, err
}

// isConflict reports whether replay cancelled the query, so that it can be repeated.
func isConflict(err error) bool { return sqlstate.Of(err) == "40001" }

// leaveOut notes that a standby did not help, or stopped helping.
func (v *Walk) leaveOut(ctx context.Context, where string, err error) {
	if ctx.Err() != nil {
		v.note("the %s was not ready before the others were done", where)
		return
	}
	v.note("the %s was left out, others did its work: %s", where, err)
}
