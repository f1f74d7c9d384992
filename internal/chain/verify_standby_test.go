//go:build unix

package chain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// The tests that leave the servers running share them, those of the oldest and the newest major; where there is one
// major, its own.
func TestVerifyOverStandbys(t *testing.T) {
	for _, dir := range pgtest.SomeMajors() {
		t.Run("bindir "+dir, func(t *testing.T) {
			c := newReplicatedChain(t, dir)
			t.Run("each walks some of the ranges", c.eachWalks)
			t.Run("one that lags is left out", c.lags)
			t.Run("one that lags when all is done is named too", c.notNeeded)
			t.Run("one that lags is waited for", c.catchesUp)
			t.Run("one that cannot help is left out", c.strangers)
			t.Run("rows that come meanwhile are not in the answer", c.writers)
			t.Run("a standby alone can be verified", c.standbyAlone)
			t.Run("what the standbys have seen since is not in the answer", c.newer)
			t.Run("damage is seen", c.damage)
			t.Run("an end that is no position is the primary's alone", c.openEnd)
		})
	}
}

func (c *replicatedChain) eachWalks(t *testing.T) {
	for _, jobs := range []int{1, 3} {
		outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) { o.Jobs = jobs }), c.whole(t))
		total := 0
		for _, n := range []*pgtest.Node{c.Node, c.Standbys[0], c.Standbys[1]} {
			if w.ranges[c.names[n]] == 0 {
				t.Errorf("%d jobs: %s did no range: %v", jobs, n.Name, w.ranges)
			}
		}
		for _, n := range w.ranges {
			total += n
		}
		if least := replicatedEvents / 10; total < least {
			t.Errorf("%d jobs: %d ranges were done, want %d", jobs, total, least)
		}
		if len(outcome.Notes) > 0 {
			t.Errorf("%d jobs: unexpected notes: %q", jobs, outcome.Notes)
		}
	}
}

// resumeReplay ends the pause of a standby and waits until it has caught up.
func (c *replicatedChain) resumeReplay(t *testing.T, s *pgtest.Node) {
	t.Helper()
	if err := s.ResumeReplay(); err != nil {
		t.Error(err)
	}
	c.AwaitReplay(t, s)
}

func (c *replicatedChain) lags(t *testing.T) {
	late := c.Standbys[1]
	late.PauseReplay(t)
	defer c.resumeReplay(t, late)
	c.append(t, 10)
	outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
		o.Wait = time.Second // time enough for the other one to connect
	}), c.whole(t))
	if w.ranges[c.names[late]] > 0 || w.ranges[c.names[c.Standbys[0]]] == 0 {
		t.Errorf("not the one alone that lags did nothing: %v", w.ranges)
	}
	requireNote(t, outcome, c.names[late], "lags")
}

// notNeeded ends before the lagging standby has to give up.
func (c *replicatedChain) notNeeded(t *testing.T) {
	late := c.Standbys[1]
	late.PauseReplay(t)
	defer c.resumeReplay(t, late)
	c.append(t, 10)
	began := time.Now()
	outcome, _ := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) { o.Wait = time.Minute }), c.whole(t))
	if took := time.Since(began); took > 40*time.Second {
		t.Errorf("it waited %s for nothing", took)
	}
	requireNote(t, outcome, c.names[late])
}

func (c *replicatedChain) catchesUp(t *testing.T) {
	late := c.Standbys[1]
	late.PauseReplay(t)
	defer c.resumeReplay(t, late)
	c.append(t, 10)
	resumed := make(chan error, 1)
	go func() {
		time.Sleep(300 * time.Millisecond)
		resumed <- late.ResumeReplay()
	}()
	outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
		o.AfterRange = func(int, string) { time.Sleep(100 * time.Millisecond) }
	}), c.whole(t))
	if err := <-resumed; err != nil {
		t.Error(err)
	}
	if w.ranges[c.names[late]] == 0 || len(outcome.Notes) > 0 {
		t.Errorf("the one that was late did not join: %v, notes %q", w.ranges, outcome.Notes)
	}
}

// strangers are servers that are not standbys of this primary's database.
func (c *replicatedChain) strangers(t *testing.T) {
	other := pgtest.Server(t)
	stranger, conn := pgtest.Built(t, other)
	address := stranger.DSN().Address()
	storytest.MustExec(t, conn, storytest.Numbered, "other", replicatedEvents)
	nowhere := c.Standbys[0].Options(replicatedDatabase)
	nowhere.DSN = strings.ReplaceAll(nowhere.DSN, "port=5433", "port=5999")
	nowhere.Wait = 100 * time.Millisecond
	elsewhere := cluster.Options{DSN: stranger.DSN().String(),
		Env: map[string]string{"PGPASSWORD": stranger.DSN()["password"]}, Wait: time.Second}
	for _, test := range []struct {
		name    string
		options cluster.Options
		where   string
		says    []string
	}{
		{"the primary itself", c.Options(replicatedDatabase), c.names[c.Node], []string{"not in recovery"}},
		{"another cluster", elsewhere, address, []string{"system identifier"}},
		{"another database", c.Standbys[0].Options("template1"), c.names[c.Standbys[0]], []string{"database"}},
		{"no such database", c.Standbys[0].Options("nosuch"), c.names[c.Standbys[0]], []string{"nosuch"}},
		{"nobody", nowhere, "5999", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
				o.Standbys, o.Wait = []cluster.Options{test.options}, time.Second
			}), c.whole(t))
			if len(w.ranges) != 1 || w.ranges[c.names[c.Node]] == 0 {
				t.Errorf("not the primary alone walked: %v", w.ranges)
			}
			requireNote(t, outcome, test.where, test.says...)
		})
	}
}

// writers insert while the chain is walked, and the standbys replay it.
func (c *replicatedChain) writers(t *testing.T) {
	writer := storytest.Connection(t, c.Server(t, replicatedDatabase))
	var once sync.Mutex
	written, failed := 0, error(nil)
	want := c.whole(t)
	outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
		o.Jobs = 2
		o.AfterRange = func(int, string) {
			once.Lock()
			defer once.Unlock()
			if _, err := writer.Exec(context.Background(), storytest.Numbered, fmt.Sprintf("w%d-", written), 3); err != nil {
				failed = errors.Join(failed, err)
			}
			written += 3
		}
	}), want)
	if failed != nil || written == 0 {
		t.Errorf("the writer wrote %d rows: %v", written, failed)
	}
	if len(outcome.Notes) > 0 || len(w.ranges) < 2 {
		t.Errorf("ranges %v, notes %q", w.ranges, outcome.Notes)
	}
	if now := storytest.Snapshot(t, c.conn).Rows; now != want.RowCount+int64(written) {
		t.Errorf("%d rows now, want %d and %d", now, want.RowCount, written)
	}
}

// standbyAlone walks over two connections to a standby, where a snapshot can be shared, too.
func (c *replicatedChain) standbyAlone(t *testing.T) {
	s := c.Standbys[0]
	c.AwaitReplay(t, s)
	outcome, w := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
		o.Server, o.Standbys, o.Jobs = s.Server(t, replicatedDatabase), nil, 2
	}), c.whole(t))
	if outcome.Verdict() != verdict.Pass || len(w.ranges) != 1 {
		t.Errorf("the verdict is %s, ranges %v", outcome.Verdict(), w.ranges)
	}
}

// newer standbys have replayed damage that was done after the snapshot was taken.
func (c *replicatedChain) newer(t *testing.T) {
	layBare(t, c.conn)
	outcome, _ := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
		o.OnPhase = func(phase string) {
			if phase == "verify" {
				storytest.MustExec(t, c.conn, "update public.audit_events set actor = actor || 'x'")
				c.AwaitReplay(t, c.Standbys...)
			}
		}
	}), c.whole(t))
	if outcome.Verdict() != verdict.Pass {
		t.Errorf("the verdict is %s", outcome.Verdict())
	}
	storytest.MustExec(t, c.conn, "update public.audit_events set actor = left(actor, -1)")
}

func (c *replicatedChain) damage(t *testing.T) {
	storytest.MustExec(t, c.conn, "update public.audit_events set actor = 'mallory' where seq in (95, 205)")
	outcome, _ := c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) { o.Jobs, o.AllBreaks = 2, true }), c.whole(t))
	if outcome.Verdict() != verdict.Fail || outcome.Pre.FirstBreakPos != 94 {
		t.Errorf("the verdict is %s: %+v", outcome.Verdict(), *outcome.Pre)
	}
	requireBreaks(t, outcome, allBreaks(t, c.conn))
}

// openEnd is a chain with a missing row: its last range ends with the snapshot, which a standby that
// has replayed more does not have.
func (c *replicatedChain) openEnd(t *testing.T) {
	storytest.MustExec(t, c.conn,
		"delete from public.audit_events where seq = 20; alter table public.audit_events enable trigger audit_events_link")
	for range 4 {
		want := c.whole(t)
		c.run(t, c.options(t, func(o *roundtrip.VerifyOptions) {
			o.RangeRows = 100
			o.OnPhase = func(phase string) {
				if phase == "verify" {
					c.append(t, 3)
					c.AwaitReplay(t, c.Standbys...)
				}
			}
		}), want)
	}
}
