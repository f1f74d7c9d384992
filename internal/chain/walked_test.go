//go:build unix

package chain_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/chain"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// A walkedChain is a database whose chain is damaged and verified repeatedly.
type walkedChain struct {
	conn     *pgx.Conn // to the primary
	server   *cluster.Server
	standbys []cluster.Options
}

// longestChain is the maximum number of events in a chain of the property tests.
const longestChain = 300

// newWalkedChain returns a chain without guards, with two standbys.
func newWalkedChain(t *testing.T) *walkedChain {
	t.Helper()
	p := pgtest.Replicated(t, "", 2)
	db, conn := pgtest.Built(t, p.Server(t, "postgres"))
	storytest.MustExec(t, conn, storytest.AppendEvents+`
		select 'e' || n, (array['a', 'O''Brien', 'Zoë', ''])[1 + n % 4], 'user', 'x.y', 'thing', n::text
		from generate_series(1, $1) as n order by n.n`, longestChain)
	storytest.MustExec(t, conn, "create table public.pristine as table public.audit_events")
	layBare(t, conn)
	c := &walkedChain{conn: conn, server: p.Server(t, db.Name)}
	for _, s := range p.Standbys {
		c.standbys = append(c.standbys, s.Options(db.Name))
	}
	return c
}

// reset gives the chain n undamaged events.
func (c *walkedChain) reset(t *testing.T, events int) {
	t.Helper()
	storytest.MustExec(t, c.conn,
		"truncate public.audit_events; insert into public.audit_events select * from public.pristine where seq <= "+fmt.Sprint(events))
}

// ask verifies the chain with options modified by change.
func (c *walkedChain) ask(t *testing.T, change func(*roundtrip.VerifyOptions)) *verdict.Report {
	t.Helper()
	o, err := roundtrip.Verify(context.Background(), verifyOptions(t, c.server, change))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// verifyOptions returns options for one connection and one range, modified by change.
func verifyOptions(t testing.TB, server *cluster.Server,
	change func(*roundtrip.VerifyOptions)) *roundtrip.VerifyOptions {
	t.Helper()
	o := &roundtrip.VerifyOptions{Options: chain.Options{Suite: pgtest.DefaultSuite(t), Server: server, Jobs: 1,
		RangeRows: 1 << 40,
		MaxLoad:   -1, Wait: 20 * time.Second, Log: t.Logf}}
	if change != nil {
		change(o)
	}
	return o
}

// requireSameAnswer fails the test unless both outcomes report the same about the chain.
func requireSameAnswer(t *testing.T, got, want *verdict.Report) {
	t.Helper()
	if *got.Pre != *want.Pre {
		t.Errorf("got  %+v\nwant %+v", *got.Pre, *want.Pre)
	}
	if got.Verdict() != want.Verdict() {
		t.Errorf("the verdict is %s, want %s", got.Verdict(), want.Verdict())
	}
	if got.Breaks != nil && !reflect.DeepEqual(got.Breaks, want.Breaks) {
		t.Errorf("got breaks  %+v\nwant breaks %+v", breaksOf(got), breaksOf(want))
	}
}

// requirePsql fails the test unless the outcome is what the suite's files print in psql.
func (c *walkedChain) requirePsql(t *testing.T, o *verdict.Report) {
	t.Helper()
	walk, end := storytest.Verify(t, c.conn), storytest.Snapshot(t, c.conn)
	want := record.Snapshot{Phase: "verify", RowCount: end.Rows, ChainHeadHash: end.Hash, FirstBreakID: walk.ID,
		FirstBreakPos: walk.Pos, FirstBreakReason: walk.Reason, VerifierWalked: walk.Walked}
	if *o.Pre != want {
		t.Errorf("got  %+v\npsql %+v", *o.Pre, want)
	}
	if v := o.Verdict(); (v == verdict.Pass) != (want.IsWhole() && walk.Walked == end.Rows) {
		t.Errorf("the verdict is %s for %+v", v, want)
	}
	requireBreaks(t, o, allBreaks(t, c.conn))
}

// allBreaks returns what chain_breaks.sql prints.
func allBreaks(t *testing.T, conn *pgx.Conn) []record.Break {
	t.Helper()
	rows, err := conn.Query(context.Background(),
		"select break_pos, coalesce(break_id, ''), break_class, break_reason from ("+storytest.QueryText(t,
			"chain_breaks")+") as b order by 1")
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[record.Break])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// breaksOf returns the breaks that an outcome lists.
func breaksOf(o *verdict.Report) record.Breaks {
	if o.Breaks == nil {
		return record.Breaks{}
	}
	return *o.Breaks
}

// requireBreaks fails the test unless the outcome lists these breaks, in the same order.
func requireBreaks(t *testing.T, o *verdict.Report, want []record.Break) {
	t.Helper()
	classes := map[string]int64{}
	for _, b := range want {
		classes[b.Class]++
	}
	got := breaksOf(o)
	if got.Total != int64(len(want)) || fmt.Sprint(got.ByClass) != fmt.Sprint(classes) {
		t.Errorf("it counts %d breaks, %v; psql %d, %v", got.Total, got.ByClass, len(want), classes)
	}
	if len(got.First) > len(want) || len(got.First) == 0 && len(want) > 0 || len(got.First) > 0 &&
		!reflect.DeepEqual(got.First, want[:len(got.First)]) {
		t.Errorf("it lists %+v\npsql     %+v", got.First, want[:min(len(want), len(got.First)+1)])
	}
	if s := o.Pre; len(want) == 0 != s.IsWhole() ||
		len(want) > 0 && (want[0].Pos != s.FirstBreakPos || want[0].ID != s.FirstBreakID ||
			want[0].Reason != s.FirstBreakReason) {
		t.Errorf("the first of %d breaks is not the first break, %+v", len(want), *s)
	}
}

// anchorAt returns the row with that seq as an anchor.
func (c *walkedChain) anchorAt(t *testing.T, seq int) *record.Anchor {
	t.Helper()
	return &record.Anchor{RowCount: int64(seq), HeadHash: storytest.Value[string](t, c.conn,
		"select row_hash from public.audit_events where seq = $1", seq)}
}
