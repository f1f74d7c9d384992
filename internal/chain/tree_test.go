//go:build unix

package chain_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/chain"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/merkle"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// rootOf returns the root over the first rows of the chain, computed in one piece.
func rootOf(t *testing.T, conn *pgx.Conn, rows int64) string {
	t.Helper()
	tree := merkle.New(0)
	for _, hash := range storytest.Value[[]string](t, conn,
		"select array_agg(row_hash order by seq) from public.audit_events where seq <= $1", rows) {
		if err := tree.Add([]byte(hash)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// plant verifies with a tree, and returns the content of the file, nil if there is no file.
func plant(t *testing.T, server *cluster.Server, change func(*roundtrip.VerifyOptions)) (*verdict.Report,
	*chain.Evidence) {
	t.Helper()
	o := verifyOptions(t, server, change)
	o.TreeFile = filepath.Join(t.TempDir(), "tree.json")
	outcome, err := roundtrip.Verify(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(o.TreeFile)
	if errors.Is(err, fs.ErrNotExist) {
		return outcome, nil
	}
	e := &chain.Evidence{}
	if err == nil {
		err = json.Unmarshal(data, e)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > 2048 {
		t.Errorf("the file has %d bytes, more than 2 KiB", len(data))
	}
	return outcome, e
}

func TestTheTreeOfAChainIsTheSameHoweverItIsWalked(t *testing.T) {
	c := newWalkedChain(t)
	v := newVandal(t, 1, 1, longestChain)
	earlier := &record.Anchor{RowCount: 77, HeadHash: rootOf(t, c.conn, 77)}
	want := rootOf(t, c.conn, longestChain)
	for _, w := range append(c.ways(v), way{"ranges of one",
		func(o *roundtrip.VerifyOptions) { o.RangeRows, o.Jobs = 1, 3 }}, way{"one range", nil}) {
		t.Run(w.name, func(t *testing.T) {
			outcome, e := plant(t, c.server, func(o *roundtrip.VerifyOptions) {
				if o.Prove, o.Extends = "e123", earlier; w.change != nil {
					w.change(o)
				}
			})
			if outcome.Verdict() != verdict.Pass || outcome.Pre.TreeRoot != want || e == nil || e.Root != want ||
				e.RowCount != longestChain {
				t.Fatalf("%s: %+v, want the root %s: %+v", outcome.Verdict(), e, want, outcome.Checks)
			}
			if err := merkle.Includes(e.Inclusion.Position, e.RowCount, e.Inclusion.Hashes, e.Inclusion.RowHash, e.Root); err != nil || !strings.Contains(e.Inclusion.Key, "id=e123") {
				t.Errorf("%+v: %v", e.Inclusion, err)
			}
			if err := merkle.Extends(77, e.RowCount, e.Consistency.Hashes, earlier.HeadHash, e.Root); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestATreeOfAnInterruptedRun(t *testing.T) {
	withTree := func(o *roundtrip.VerifyOptions) { o.TreeFile = filepath.Join(t.TempDir(), "tree") }
	r := &pausedRun{file: filepath.Join(t.TempDir(), "resume.json")}
	db, conn := guestChain(t)
	r.server, r.conn = storytest.At(t, pgtest.Server(t), "dbname", db.Name), conn
	r.interrupt(t, withTree)
	r.requireNotResumed(t, nil)
	if o, ranges := r.goOn(t, withTree); ranges != 19 || o.Pre.TreeRoot != rootOf(t, conn, 200) {
		t.Errorf("%d ranges were done, the root is %s", ranges, o.Pre.TreeRoot)
	}
}

func TestATreeWhoseRangesAreHalved(t *testing.T) {
	server, conn := reader(t, "statement_timeout = '200ms'")
	outcome, e := plant(t, server, func(o *roundtrip.VerifyOptions) {
		o.Suite, o.RangeRows, o.Prove = storytest.Overlay(t, slowWalk(t, 0, 3*time.Millisecond)), 1000,
			storytest.Value[string](t, conn, "select id from public.audit_events where seq = 150")
	})
	if outcome.Verdict() != verdict.Pass || e.Root != rootOf(t, conn, 200) || e.Inclusion.Position != 149 {
		t.Errorf("%s: %+v", outcome.Verdict(), e)
	}
}

func TestAChainThatDoesNotExtendTheEarlierOne(t *testing.T) {
	db, conn := guestChain(t)
	server := storytest.At(t, pgtest.Server(t), "dbname", db.Name)
	was := rootOf(t, conn, 100)
	for name, tt := range map[string]struct {
		earlier record.Anchor
		says    string
	}{
		"another root": {record.Anchor{RowCount: 100, HeadHash: rootOf(t, conn, 99)},
			"does not begin with the 100 rows"},
		"another length":     {record.Anchor{RowCount: 101, HeadHash: was}, "does not begin with the 101 rows"},
		"the same length":    {record.Anchor{RowCount: 200, HeadHash: was}, "does not begin with the 200 rows"},
		"more rows than now": {record.Anchor{RowCount: 201, HeadHash: was}, "it has 200 rows, and the earlier one had 201"},
	} {
		outcome, e := plant(t, server, func(o *roundtrip.VerifyOptions) { o.Extends = &tt.earlier })
		if outcome.Verdict() != verdict.Fail || e != nil ||
			!strings.Contains(outcome.Checks[len(outcome.Checks)-1].Detail, tt.says) {
			t.Errorf("%s: %s, %+v: %+v", name, outcome.Verdict(), e, outcome.Checks)
		}
	}
	for _, rows := range []int64{0, 1, 100, 200} {
		if outcome, e := plant(t, server, func(o *roundtrip.VerifyOptions) {
			o.Extends = &record.Anchor{RowCount: rows, HeadHash: rootOf(t, conn, rows)}
		}); outcome.Verdict() != verdict.Pass || e == nil {
			t.Errorf("%d rows: %s %+v", rows, outcome.Verdict(), outcome.Checks)
		}
	}
}

// TestATreeGoesOnFromAnEarlierOne: with -since only new rows are read, and the tree is that of all.
func TestATreeGoesOnFromAnEarlierOne(t *testing.T) {
	db, conn := guestChain(t)
	server := storytest.At(t, pgtest.Server(t), "dbname", db.Name)
	hashes := storytest.Value[[]string](t, conn, "select array_agg(row_hash order by seq) from public.audit_events")
	edge := func(rows int, of ...string) string {
		tree := merkle.New(0)
		if err := tree.Add([]byte(strings.Join(append(of, hashes[len(of):rows]...), "|"))); err != nil {
			t.Fatal(err)
		}
		return tree.Edge()
	}
	want := rootOf(t, conn, 200)
	for _, rows := range []int{1, 64, 120, 199, 200} {
		for _, size := range []int64{0, 1, 7} {
			outcome, e := plant(t, server, func(o *roundtrip.VerifyOptions) {
				o.Since, o.SinceEdge, o.RangeRows = &record.Anchor{RowCount: int64(rows), HeadHash: hashes[rows-1]}, edge(rows), size
				o.Extends = &record.Anchor{RowCount: int64(rows), HeadHash: rootOf(t, conn, int64(rows))}
				if rows < 150 {
					o.Prove = storytest.Value[string](t, conn, "select id from public.audit_events where seq = 150")
				}
			})
			if outcome.Verdict() != verdict.Pass || outcome.Pre.TreeRoot != want || outcome.Pre.TreeEdge != edge(200) ||
				e == nil || e.RowCount != 200 || outcome.Pre.VerifierWalked != int64(200-rows) {
				t.Errorf("after %d, ranges of %d: %s: %+v", rows, size, outcome.Verdict(), outcome.Checks)
			}
		}
	}
	// An edge of other rows makes another tree, and the statement that was signed does not agree.
	outcome, e := plant(t, server, func(o *roundtrip.VerifyOptions) {
		o.Since, o.SinceEdge = &record.Anchor{RowCount: 120, HeadHash: hashes[119]}, edge(120, hashes[1])
		o.Extends = &record.Anchor{RowCount: 120, HeadHash: rootOf(t, conn, 120)}
	})
	if outcome.Verdict() != verdict.Fail || e != nil {
		t.Errorf("other rows: %s", outcome.Verdict())
	}
	for says, change := range map[string]func(*roundtrip.VerifyOptions){
		"of the first 120 none are read": func(o *roundtrip.VerifyOptions) {
			o.Extends = &record.Anchor{RowCount: 119, HeadHash: rootOf(t, conn, 119)}
		},
		"no such row after position 119": func(o *roundtrip.VerifyOptions) {
			o.Prove = storytest.Value[string](t, conn, "select id from public.audit_events where seq = 120")
		},
	} {
		o := verifyOptions(t, server, func(o *roundtrip.VerifyOptions) {
			o.TreeFile = filepath.Join(t.TempDir(), "tree")
			o.Since, o.SinceEdge = &record.Anchor{RowCount: 120, HeadHash: hashes[119]}, edge(120)
			change(o)
		})
		if _, err := roundtrip.Verify(context.Background(), o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}

// A broken chain has no tree, and is never a pass.
func TestNoTree(t *testing.T) {
	conn := unguarded(t)
	server := storytest.At(t, pgtest.Server(t), "dbname", storytest.Value[string](t, conn, "select current_database()"))
	const left = "list.row_hashes, true"
	for _, tt := range []struct{ name, leaves, damage, says string }{
		{"a suite that leaves a row out", "substr(list.row_hashes, 66), true", "select 1",
			"did not leave a row hash for each"},
		{"a suite that leaves rows in another order", "reverse(list.row_hashes), true", "select 1", "the last row hash"},
		{"a suite whose hashes are no digests", "replace(list.row_hashes, '|', 'x|'), true", "select 1", "not a SHA-256"},
		{"a suite with other hashes", "repeat('0', 64) || substr(list.row_hashes, 65), true", "select 1",
			"do not read the same rows"},
		{"a broken chain", left, "update public.audit_events set actor = 'x' where seq = 3", "the chain is broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			storytest.MustExec(t, conn, tt.damage)
			o := verifyOptions(t, server, func(o *roundtrip.VerifyOptions) {
				o.TreeFile, o.Prove = filepath.Join(t.TempDir(), "tree"), "1"
				o.Suite = storytest.Overlay(t, map[string]string{
					"verify_chain.sql": strings.Replace(storytest.QueryText(t, "verify_chain"), left, tt.leaves, 1)})
			})
			outcome, err := roundtrip.Verify(context.Background(), o)
			if err == nil && outcome.Verdict() != verdict.Pass {
				err = errors.New(outcome.Checks[len(outcome.Checks)-1].Detail)
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want %s", err, tt.says)
			}
			if _, err := os.Stat(o.TreeFile); !errors.Is(err, fs.ErrNotExist) {
				t.Error("a file was written")
			}
		})
	}
}
