package chain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/resume"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
)

// walkers share the ranges of one chain. A range that one of them did not finish is given to another.
type walkers struct {
	*crew.Pool
	mu     sync.Mutex
	spans  []span
	seenBy []string // a standby that reported a break in it: then only the primary may walk it
	onDone func(i, done int, where string)
}

func newWalkers(spans []span, onDone func(i, done int, where string)) *walkers {
	c := &walkers{Pool: crew.NewPool(len(spans)), spans: spans, seenBy: make([]string, len(spans)), onDone: onDone}
	for i, p := range spans {
		if p.Answer != nil {
			c.Done(i)
		}
		if p.isOpen() {
			c.Keep(i)
		}
	}
	return c
}

// done stores the answer for range i.
func (c *walkers) done(i int, a *answer, where string) {
	c.mu.Lock()
	done, isFirst := c.Done(i)
	if isFirst {
		c.spans[i].Answer = a
	}
	c.mu.Unlock()
	if isFirst {
		c.onDone(i, done, where)
	}
}

// span returns range i.
func (c *walkers) span(i int) span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spans[i]
}

// dispute leaves a range to the primary, because a standby reported a break in it.
func (c *walkers) dispute(i int, standby string) {
	c.mu.Lock()
	c.seenBy[i] = standby
	c.mu.Unlock()
	c.Keep(i)
	c.GiveBack(i)
}

// disputedBy returns the standby that reported a break in the range; empty if none did.
func (c *walkers) disputedBy(i int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seenBy[i]
}

// Run walks all ranges over all connections.
func (v *Walk) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	if v.file, err = resume.Begin(v.Resume, v.state); err != nil { // fail before the work, not after it
		return err
	}
	var finished sync.Mutex // one at a time stores its answer and reports
	c := newWalkers(v.state.Spans, nil)
	c.onDone = func(i, done int, where string) {
		finished.Lock()
		defer finished.Unlock()
		if err := v.file.Add(found{i, c.span(i).Answer}); err != nil {
			c.Fail(err)
		}
		v.progress(c)
		if v.AfterRange != nil {
			v.AfterRange(done, where)
		}
	}
	defer context.AfterFunc(ctx, func() { c.Fail(context.Cause(ctx)) })()
	v.progress(c) // an interrupted run may have done some
	var primaries, standbys sync.WaitGroup
	if err := v.startWalkers(ctx, c, &primaries, &standbys); err != nil {
		c.Fail(err)
	}
	primaries.Wait()
	cancel() // standbys that have not caught up yet are not needed any more
	standbys.Wait()
	if c.Left() == 0 {
		return v.confirm()
	}
	if err := v.file.Close(); err != nil || v.file == nil {
		return errors.Join(c.Err(), err)
	}
	return resume.Advise(c.Err(), fmt.Sprintf("%d of %d ranges are done and kept in %s", len(c.spans)-c.Left(),
		len(c.spans), v.Resume))
}

// startWalkers starts a goroutine for each connection.
func (v *Walk) startWalkers(ctx context.Context, c *walkers, primaries, standbys *sync.WaitGroup) error {
	jobs := min(v.jobs(v.lead.about), c.Left())
	var snapshot, lsn string
	var err error
	if jobs > 1 {
		snapshot, err = session.Value[string](ctx, v.lead.conn, "select pg_export_snapshot()", "export a snapshot")
	}
	if err == nil && len(v.Standbys) > 0 {
		// After the snapshot: everything it shows was written to WAL before this position.
		lsn, err = session.Value[string](ctx, v.lead.conn, "select (case when pg_is_in_recovery() then "+
			"pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end)::text", "read the position of the server's WAL")
	}
	if err != nil {
		return err
	}
	hasBounds := slices.ContainsFunc(v.state.Spans, func(p span) bool { return !p.isOpen() })
	for i := range jobs {
		primaries.Go(func() {
			if err := v.servePrimary(ctx, c, i == 0, snapshot); err != nil {
				c.Fail(cmp.Or(context.Cause(ctx), err)) // prefer the reason why the run was stopped
			}
		})
	}
	if len(v.Standbys) > 0 && !hasBounds {
		v.note("the standbys were not used: no range has bounds, so all need the snapshot")
		return nil
	}
	for _, options := range v.Standbys {
		standbys.Go(func() { v.serveStandby(ctx, c, options, lsn) })
	}
	return nil
}

// servePrimary walks ranges on the server that holds the snapshot until none are left.
func (v *Walk) servePrimary(ctx context.Context, c *walkers, isLead bool, snapshot string) (err error) {
	w := v.lead
	if !isLead {
		if w, err = v.open(ctx, v.Server); err != nil {
			return err
		}
		defer w.close()
		if err := session.Begin(ctx, w.conn, snapshot); err != nil {
			return err
		}
	}
	for i, ok := c.Next(false); ok; i, ok = c.Next(false) {
		if err := w.idle(ctx, v); err != nil {
			return err
		}
		a, err := w.walk(ctx, v, c.span(i))
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
		if standby := c.disputedBy(i); standby != "" && a.isSound() {
			v.note("the standby, %s, saw a break that the snapshot does not have: its copy is newer, or differs; verify it "+
				"on its own", standby)
		}
		c.done(i, a, w.where)
	}
	return nil
}

// progress reports how many rows have been walked.
func (v *Walk) progress(c *walkers) {
	if v.OnProgress == nil {
		return
	}
	c.mu.Lock()
	var rows int64
	for _, p := range c.spans {
		if p.Answer != nil {
			rows += p.Answer.Snapshot.VerifierWalked
		}
	}
	c.mu.Unlock()
	v.OnProgress(rows, v.state.RowCount-v.state.Since.RowCount)
}

// serveStandby walks ranges on a standby for as long as that works; others do the rest.
func (v *Walk) serveStandby(ctx context.Context, c *walkers, options cluster.Options, lsn string) {
	where := session.NameStandby(options)
	server, err := v.openStandby(ctx, options, lsn)
	if err != nil {
		v.leaveOut(ctx, where, err)
		return
	}
	defer server.Close() // nothing to stop: it is not a throw-away cluster
	var group sync.WaitGroup
	jobs := max(1, v.jobs(v.lead.about))
	errs := make([]error, jobs)
	for n := range jobs {
		group.Go(func() { errs[n] = v.serveReplica(ctx, c, server) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			v.leaveOut(ctx, where, err)
			return
		}
	}
}

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
			if conflicts++; conflicts > 3 || sqlstate.Of(err) != sqlstate.Conflict || w.conn.IsClosed() {
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

// leaveOut notes that a standby did not help, or stopped helping.
func (v *Walk) leaveOut(ctx context.Context, where string, err error) {
	if ctx.Err() != nil {
		v.note("the %s was not ready before the others were done", where)
		return
	}
	v.note("the %s was left out, others did its work: %s", where, err)
}
