package chain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/session"
)

// hands say who is at a range.
type hands struct{ primary, standby bool }

// A crew shares the ranges of one chain out among walkers. A range that a walker did not finish goes
// back, and another one takes it.
type crew struct {
	mu      sync.Mutex
	changed *sync.Cond
	spans   []span
	at      []hands
	seenBy  []string // the standby that saw a break in it: then only the primary may do it
	left    int
	err     error
	onDone  func(done int, where string)
}

func newCrew(spans []span, onDone func(done int, where string)) *crew {
	c := &crew{spans: spans, at: make([]hands, len(spans)), seenBy: make([]string, len(spans)), onDone: onDone}
	c.changed = sync.NewCond(&c.mu)
	for _, p := range spans {
		if p.Answer == nil {
			c.left++
		}
	}
	return c
}

// next gives a range to do. It waits while all that are left are being done by others, who may give
// them back; ok is false when nothing is left, or the run has failed. The primary waits for no
// standby: with nothing else to do it takes what one is at, and the first answer counts.
func (c *crew) next(isStandby bool) (i int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.left > 0 && c.err == nil {
		if i, ok := c.find(isStandby, false); ok {
			return i, true
		}
		if i, ok := c.find(isStandby, !isStandby); ok {
			return i, true
		}
		c.changed.Wait()
	}
	return 0, false
}

func (c *crew) find(isStandby, besideStandby bool) (i int, ok bool) {
	for i, p := range c.spans {
		at := &c.at[i]
		switch {
		case p.Answer != nil, at.primary, at.standby && !besideStandby, isStandby && (c.seenBy[i] != "" || p.isOpen()):
			continue
		}
		at.primary, at.standby = at.primary || !isStandby, at.standby || isStandby
		return i, true
	}
	return 0, false
}

// done keeps the answer for a range.
func (c *crew) done(i int, a *answer, where string) {
	c.mu.Lock()
	if c.spans[i].Answer != nil {
		c.mu.Unlock()
		return
	}
	c.spans[i].Answer = a
	c.left--
	done := len(c.spans) - c.left
	c.mu.Unlock()
	c.changed.Broadcast()
	c.onDone(done, where)
}

// giveBack has a standby leave a range to others; to the primary alone if the standby saw a break in
// it and so gives its name.
func (c *crew) giveBack(i int, seenBy string) {
	c.mu.Lock()
	c.at[i].standby, c.seenBy[i] = false, cmp.Or(c.seenBy[i], seenBy)
	c.mu.Unlock()
	c.changed.Broadcast()
}

// disputedBy names the standby that saw a break in the range; "" is none.
func (c *crew) disputedBy(i int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seenBy[i]
}

// fail ends the run.
func (c *crew) fail(err error) {
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	c.changed.Broadcast()
}

// Run has every range walked, by all that can.
func (v *Walk) Run(ctx context.Context) error {
	if v.state.isDone() {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := v.remember(v.state.Spans, true); err != nil { // known before the work is done
		return err
	}
	var finished sync.Mutex // one at a time writes the state, and tells
	c := newCrew(v.state.Spans, nil)
	c.onDone = func(done int, where string) {
		finished.Lock()
		defer finished.Unlock()
		c.mu.Lock()
		spans := slices.Clone(c.spans)
		c.mu.Unlock()
		if err := v.remember(spans, false); err != nil {
			c.fail(err)
		}
		v.tell(c, done, where)
	}
	defer context.AfterFunc(ctx, func() { c.fail(context.Cause(ctx)) })()
	v.progress(c) // an earlier run has done some
	var primaries, standbys sync.WaitGroup
	if err := v.callIn(ctx, c, &primaries, &standbys); err != nil {
		c.fail(err)
	}
	primaries.Wait()
	cancel() // standbys that are still waited for are not needed any more
	standbys.Wait()
	if c.left == 0 {
		return v.confirm()
	}
	if err := v.remember(c.spans, true); err != nil || v.Resume == "" {
		return errors.Join(c.err, err)
	}
	advice := fmt.Sprintf("%d of %d ranges are done and kept in %s: the same command goes on from there", len(c.spans)-c.left, len(c.spans), v.Resume)
	if first := hint.Of(c.err); first != "" { // what to do about the cause comes first
		advice = first + "; " + advice
	}
	return &hint.Error{Err: c.err, Hint: advice}
}

// callIn starts a goroutine for each connection.
func (v *Walk) callIn(ctx context.Context, c *crew, primaries, standbys *sync.WaitGroup) error {
	jobs := min(v.jobs(v.lead.about), c.left)
	var snapshot, lsn string
	if jobs > 1 {
		if err := v.lead.conn.QueryRow(ctx, "select pg_export_snapshot()").Scan(&snapshot); err != nil {
			return fmt.Errorf("could not export a snapshot: %w", err)
		}
	}
	if len(v.Standbys) > 0 {
		// After the snapshot: whatever it sees was written to WAL before this point.
		if err := v.lead.conn.QueryRow(ctx, "select (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end)::text").Scan(&lsn); err != nil {
			return fmt.Errorf("could not ask where the server's WAL stands: %w", err)
		}
	}
	for i := range jobs {
		primaries.Go(func() {
			if err := v.servePrimary(ctx, c, i == 0, snapshot); err != nil {
				c.fail(cmp.Or(context.Cause(ctx), err)) // of a run that was stopped it is no news
			}
		})
	}
	if len(v.Standbys) > 0 && c.onlyOpen() {
		v.note("the standbys were left out: there is no range with an end that they could walk")
		return nil
	}
	for _, options := range v.Standbys {
		standbys.Go(func() { v.serveStandby(ctx, c, options, lsn) })
	}
	return nil
}

// onlyOpen says whether no range has bounds: none that a standby could do.
func (c *crew) onlyOpen() bool {
	for _, p := range c.spans {
		if !p.isOpen() {
			return false
		}
	}
	return true
}

// servePrimary walks ranges on the server that holds the snapshot until none is left.
func (v *Walk) servePrimary(ctx context.Context, c *crew, isLead bool, snapshot string) (err error) {
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
	for i, ok := c.next(false); ok; i, ok = c.next(false) {
		if err := w.idle(ctx, v); err != nil {
			return err
		}
		a, err := w.walk(ctx, v, c.spans[i])
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return err
		}
		if standby := c.disputedBy(i); standby != "" && a.isSound() {
			v.note("the standby, %s, saw a break that the snapshot does not have: its copy is newer, or differs; verify it on its own", standby)
		}
		c.done(i, a, w.where)
	}
	return nil
}

// tell reports a range that is done.
func (v *Walk) tell(c *crew, done int, where string) {
	v.progress(c)
	if v.AfterRange != nil {
		v.AfterRange(done, where)
	}
}

// progress reports how many rows are walked.
func (v *Walk) progress(c *crew) {
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

// serveStandby walks ranges on a standby for as long as it can; what it cannot do others do.
func (v *Walk) serveStandby(ctx context.Context, c *crew, options cluster.Options, lsn string) {
	where := "standby"
	if dsn, named, err := options.Named(); err == nil && named {
		where = "standby at " + dsn.Address()
	}
	server, err := v.openStandby(ctx, options, lsn)
	if err != nil {
		v.leaveOut(ctx, where, err)
		return
	}
	defer server.Close() // a named server: nothing to stop
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
