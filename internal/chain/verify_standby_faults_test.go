//go:build unix

package chain_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// If a standby dies during a run, the others walk its ranges.
func TestAStandbyMayDieInMidRun(t *testing.T) {
	c := newReplicatedChain(t, "")
	layBare(t, c.conn)
	storytest.MustExec(t, c.conn, "update public.audit_events set actor = 'mallory' where seq = 250")
	for i, s := range c.Standbys {
		victim := c.names[s]
		var once sync.Once
		outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
			o.Jobs = 2
			o.AfterRange = func(_ int, where string) {
				if where == victim {
					once.Do(s.Stop)
				}
			}
		}), c.whole(t))
		if w.ranges[victim] == 0 {
			t.Fatalf("%s did nothing before it died: %v", s.Name, w.ranges)
		}
		requireNote(t, outcome, victim)
		if outcome.Verdict() != verdict.Fail || outcome.Pre.FirstBreakPos != 249 {
			t.Errorf("with %d standbys gone the verdict is %s: %+v", i+1, outcome.Verdict(), *outcome.Pre)
		}
	}
	// Both are gone before it begins.
	outcome, _ := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
		for i := range o.Standbys {
			o.Standbys[i].Wait = 100 * time.Millisecond
		}
		o.Wait = time.Second
	}), c.whole(t))
	requireNote(t, outcome, c.names[c.Standbys[0]])
	requireNote(t, outcome, c.names[c.Standbys[1]])
}

// A standby that hangs does not delay the run: others walk its range.
func TestAStandbyMayHangInMidRun(t *testing.T) {
	c := newReplicatedChain(t, "")
	hung := c.Standbys[0]
	var once sync.Once
	thaw, failed := func() {}, error(nil)
	began := time.Now()
	outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
		o.AfterRange = func(_ int, where string) {
			if where == c.names[hung] {
				once.Do(func() { thaw, failed = hung.Freeze("pgroundtrip") })
			}
		}
	}), c.whole(t))
	thaw()
	if failed != nil {
		t.Fatal(failed)
	}
	if n := w.ranges[c.names[hung]]; n < 1 || n > 2 {
		t.Errorf("the one that hung did %d ranges", n)
	}
	if took := time.Since(began); took > time.Minute || outcome.Verdict() != verdict.Pass {
		t.Errorf("it took %s, the verdict is %s", took, outcome.Verdict())
	}
}

// A primary that dies during a run is an error: no one knows what its snapshot held.
func TestAPrimaryThatDiesInMidRunIsAnError(t *testing.T) {
	c := newReplicatedChain(t, "")
	var once sync.Once
	outcome, err := roundtrip.Verify(context.Background(), c.options(t, func(o *roundtrip.VerifyOptions) {
		o.AfterRange = func(int, string) { once.Do(c.Stop) }
	}))
	if err == nil && outcome.Verdict() == verdict.Pass {
		t.Logf("passed without its primary; notes %q", outcome.Notes)
		t.Error("a run whose primary died is a pass")
	}
}

// A server with a history of its own is not a standby, even if it replays and its WAL is as long: it would
// not have seen later changes on the primary.
func TestAStandbyOfAnotherTimelineIsLeftOut(t *testing.T) {
	c := newReplicatedChain(t, "")
	forked := c.Standbys[0]
	forked.Promote(t)
	for range 3 {
		if err := forked.Do("create table if not exists public.longer (n int); insert into public.longer select " +
			"generate_series(1, 10000)"); err != nil {
			t.Fatal(err)
		}
	}
	forked.Demote(t)
	layBare(t, c.conn)
	storytest.MustExec(t, c.conn, "update public.audit_events set actor = 'mallory' where seq % 10 = 5")
	outcome, w := c.run(t, c.options(t, nil), c.whole(t))
	if w.ranges[c.names[forked]] > 0 {
		t.Errorf("the forked one did %d ranges", w.ranges[c.names[forked]])
	}
	requireNote(t, outcome, c.names[forked], "timeline")
}

// A standby that was promoted has a history of its own.
func TestAPromotedStandbyIsLeftOut(t *testing.T) {
	c := newReplicatedChain(t, "")
	promoted := c.Standbys[0]
	c.AwaitReplay(t, c.Standbys...)
	promoted.Promote(t)
	outcome, w := c.run(t, c.options(t, nil), c.whole(t))
	if name := c.names[promoted]; w.ranges[name] > 0 {
		t.Errorf("the promoted one did %d ranges", w.ranges[name])
	}
	requireNote(t, outcome, c.names[promoted], "not in recovery")
}
