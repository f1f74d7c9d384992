//go:build unix

package chain_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

var damageCases = flag.Int("damages", damages(), "how many random damages the property tests do")

func damages() int {
	switch {
	case pgtest.Full():
		return 64
	case pgtest.Long():
		return 20
	}
	return 5
}

// A way is one way to walk a chain in parts.
type way struct {
	name   string
	change func(*roundtrip.VerifyOptions)
}

// ways must all give the same answer as one walk over the whole chain.
func (c *walkedChain) ways(v *vandal) []way {
	rangeRows := func() int64 { return 1 + v.Int64N(40) }
	two, seven, spread := rangeRows(), rangeRows(), rangeRows()
	jobs, breaks := 1+v.IntN(2), v.IntN(2) == 0
	return []way{
		{fmt.Sprintf("2 jobs, ranges of %d", two),
			func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows, o.AllBreaks = 2, two, !breaks }},
		{fmt.Sprintf("7 jobs, ranges of %d", seven),
			func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows, o.AllBreaks = 7, seven, breaks }},
		{fmt.Sprintf("%d jobs and two standbys, ranges of %d", jobs, spread), func(o *roundtrip.VerifyOptions) {
			o.Jobs, o.RangeRows, o.AllBreaks, o.Standbys = jobs, spread, true, c.standbys
		}},
	}
}

// However a chain is walked, and whatever damage it has, the answer is that of one walk over the whole
// chain, and the same as psql prints.
func TestEveryWayToWalkADamagedChainGivesOneAnswer(t *testing.T) {
	c := newWalkedChain(t)
	for seed := range uint64(*damageCases) {
		v := newVandal(t, seed, 1, 0)
		v.last = 60 + v.IntN(longestChain-60+1)
		c.reset(t, v.last)
		spree := v.spree()
		storytest.MustExec(t, c.conn, strings.Join(spree, ";\n"))
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			want := c.ask(t, func(o *roundtrip.VerifyOptions) { o.AllBreaks = true })
			c.requirePsql(t, want)
			for _, w := range c.ways(v) {
				t.Run(w.name, func(t *testing.T) { requireSameAnswer(t, c.ask(t, w.change), want) })
			}
			t.Run("interrupted", func(t *testing.T) { requireSameAnswer(t, c.interrupted(t, v), want) })
			if t.Failed() {
				t.Logf("%d events; damage:\n%s", v.last, strings.Join(spree, ";\n"))
			}
		})
	}
}

// interrupted verifies the chain, is interrupted after some ranges, and continues.
func (c *walkedChain) interrupted(t *testing.T, v *vandal) *verdict.Report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "resume.json")
	jobs, rows, after, standbys := 1+v.IntN(3), 1+v.Int64N(20), 1+v.IntN(3), c.standbys[:v.IntN(3)]
	t.Logf("%d jobs and %d standbys, ranges of %d, interrupted after %d", jobs, len(standbys), rows, after)
	resumable := func(o *roundtrip.VerifyOptions) {
		o.Jobs, o.RangeRows, o.Resume, o.AllBreaks, o.Standbys = jobs, rows, file, true, standbys
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	stop := errors.New("interrupted by the test")
	_, err := roundtrip.Verify(ctx, verifyOptions(t, c.server, func(o *roundtrip.VerifyOptions) {
		resumable(o)
		o.AfterRange = func(done int, _ string) {
			if done >= after {
				cancel(stop)
			}
		}
	}))
	if err != nil && !errors.Is(err, stop) && !errors.Is(err, context.Canceled) {
		t.Fatalf("the interrupted run ended with %v", err)
	}
	return c.ask(t, resumable)
}

// Ranges of 5 rows meet between seq 5 and 6: one of the two finds damage there.
func TestDamageWhereTwoRangesMeetIsFound(t *testing.T) {
	db, conn := pgtest.Built(t, pgtest.Server(t))
	storytest.MustExec(t, conn, storytest.Numbered, "e", 20)
	storytest.MustExec(t, conn, "create table public.pristine as table public.audit_events")
	layBare(t, conn)
	c := &walkedChain{conn: conn, server: storytest.At(t, pgtest.Server(t), "dbname", db.Name)}
	const set = "update public.audit_events set "
	for seq := 4; seq <= 7; seq++ {
		for _, damage := range []string{
			fmt.Sprintf(set+"actor = 'mallory' where seq = %d; %s", seq, rehash(t, seq)),
			fmt.Sprintf(set+"prev_hash = null where seq = %d; %s", seq, rehash(t, seq)),
			fmt.Sprintf(set+"row_hash = null where seq = %d", seq),
			fmt.Sprintf("delete from public.audit_events where seq = %d", seq),
			fmt.Sprintf("delete from public.audit_events where seq = %d; "+set+"seq = seq - 1 where seq > %d", seq, seq),
			fmt.Sprintf("insert into public.audit_events select * from public.audit_events where seq = %d", seq),
			fmt.Sprintf(set+"seq = %d - seq where seq in (%d, %d)", 2*seq+1, seq, seq+1),
			"delete from public.audit_events where seq between 3 and " + fmt.Sprint(seq),
			copyOf(`'{"seq": -30}'`) + "; delete from public.audit_events where seq between 1 and " + fmt.Sprint(seq),
		} {
			c.reset(t, 20)
			storytest.MustExec(t, conn, damage)
			got := c.ask(t, func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows, o.AllBreaks = 2, 5, true })
			if c.requirePsql(t, got); t.Failed() {
				t.Fatal(damage)
			}
		}
	}
}
