//go:build unix

package chain_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// wholeOnly is a suite for a table of notes whose verify_chain.sql does not support ranges: a note is
// intact if it contains its own number.
var wholeOnly = map[string]string{
	"snapshot.sql": "select count(*) as row_count, max(text) as chain_head_hash from public.notes;",
	"verify_chain.sql": `
		select
			min(n) filter (where text <> 'note ' || n)::text as first_break_id,
			min(n) filter (where text <> 'note ' || n) - 1 as first_break_pos,
			min('content: ' || text) filter (where text <> 'note ' || n) as first_break_reason,
			count(*) as verifier_walked
		from public.notes;`,
}

func notes(t *testing.T) (*pgx.Conn, *roundtrip.VerifyOptions) {
	t.Helper()
	db := pgtest.Scratch(t, pgtest.Server(t))
	conn := pgtest.Connect(t, db)
	storytest.MustExec(t, conn,
		"create table public.notes as select n::bigint, 'note ' || n as text from generate_series(1, 100) as n")
	return conn, verifyOptions(t, storytest.At(t, pgtest.Server(t), "dbname", db.Name), func(o *roundtrip.VerifyOptions) {
		o.Suite, o.Jobs, o.RangeRows = storytest.Own(t, wholeOnly), 3, 5
	})
}

// A suite without support for ranges walks the whole chain, and the answer is that of psql.
func TestASuiteWithoutRangesIsWalkedWhole(t *testing.T) {
	conn, o := notes(t)
	for _, damage := range []string{"select 1", "update public.notes set text = 'edited' where n in (42, 77)",
		"truncate public.notes"} {
		storytest.MustExec(t, conn, damage)
		want := record.Snapshot{Phase: "verify"}
		err := conn.QueryRow(context.Background(),
			"select row_count, coalesce(chain_head_hash, ''), coalesce(first_break_id, ''), coalesce(first_break_pos, -1), "+
				"coalesce(first_break_reason, ''), verifier_walked from ("+strings.TrimSuffix(wholeOnly["snapshot.sql"],
				";")+") as s, ("+
				strings.TrimSuffix(wholeOnly["verify_chain.sql"], ";")+") as v").
			Scan(&want.RowCount, &want.ChainHeadHash, &want.FirstBreakID, &want.FirstBreakPos, &want.FirstBreakReason,
				&want.VerifierWalked)
		if err != nil {
			t.Fatal(err)
		}
		w := &walkers{}
		o.AfterRange = func(_ int, where string) { w.count(where) }
		outcome, err := roundtrip.Verify(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if *outcome.Pre != want || (outcome.Verdict() == verdict.Pass) != want.IsWhole() {
			t.Errorf("%s: the verdict is %s\ngot  %+v\npsql %+v", damage, outcome.Verdict(), *outcome.Pre, want)
		}
		if notes := strings.Join(outcome.Notes, "\n"); !strings.Contains(notes, "verify_chain.sql of own") ||
			!strings.Contains(notes, "walked whole") {
			t.Errorf("%s: it does not say that the chain was walked whole: %q", damage, outcome.Notes)
		}
		for where, ranges := range w.ranges {
			if ranges != 1 {
				t.Errorf("%s: %d ranges on the %s, want 1", damage, ranges, where)
			}
		}
	}
}

// A suite that honours only one of the two settings does not support ranges either.
func TestASuiteWithHalfOfTheRangesIsWalkedWhole(t *testing.T) {
	_, o := notes(t)
	o.Suite = storytest.Own(t, map[string]string{"snapshot.sql": wholeOnly["snapshot.sql"],
		"verify_chain.sql": strings.Replace(wholeOnly["verify_chain.sql"], "from public.notes",
			"from public.notes where n > coalesce(nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint + 1, 0)", 1)})
	outcome, err := roundtrip.Verify(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Verdict() != verdict.Pass || outcome.Pre.VerifierWalked != 100 {
		t.Errorf("the verdict is %s: %+v", outcome.Verdict(), *outcome.Pre)
	}
}

// A file does not honour the settings because a comment names them: rows that are walked twice, or
// breaks that every range repeats, are never a pass.
func TestASuiteThatOnlyNamesTheSettingsIsNoPass(t *testing.T) {
	_, o := notes(t)
	o.Suite = storytest.Own(t, map[string]string{"snapshot.sql": wholeOnly["snapshot.sql"],
		"verify_chain.sql": "-- pgroundtrip.after_pos and pgroundtrip.upto_pos are not honoured yet\n" +
			wholeOnly["verify_chain.sql"]})
	outcome, err := roundtrip.Verify(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if s := outcome.Pre; outcome.Verdict() == verdict.Pass && s.VerifierWalked != s.RowCount {
		t.Errorf("the verdict is %s: %+v", outcome.Verdict(), *s)
	}
	if s := outcome.Pre; s.VerifierWalked != 100 {
		t.Errorf("it walked %d rows of 100", s.VerifierWalked)
	}
}

// A suite cannot answer what it has no file for.
func TestWhatASuiteLacksIsAnError(t *testing.T) {
	_, o := notes(t)
	for name, change := range map[string]func(){
		"chain_breaks":      func() { o.AllBreaks, o.Rehash = true, false },
		"canonical_payload": func() { o.AllBreaks, o.Rehash = false, true },
		"verify_chain":      func() { o.AllBreaks, o.Rehash, o.TreeFile = false, false, "tree" },
	} {
		change()
		if _, err := roundtrip.Verify(context.Background(), o); !errors.Is(err, suite.ErrInvalid) ||
			!strings.Contains(err.Error(), name+".sql") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
