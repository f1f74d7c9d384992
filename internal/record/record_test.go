package record

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/suite"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// own is a suite of name (without .sql) and text pairs.
func own(t *testing.T, files ...string) *suite.Suite {
	t.Helper()
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]+".sql"] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	s, err := suite.Open(fsys, "own")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// connect opens a connection to a scratch database, with the default suite's session settings.
func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn := pgtest.Connect(t, pgtest.Scratch(t, pgtest.Server(t)))
	if err := suite.Run(context.Background(), conn.PgConn(), pgtest.DefaultSuite(t).File("session")); err != nil {
		t.Fatal(err)
	}
	return conn
}

// filled is a connection to a database with the default suite's chain of 24 events.
func filled(t *testing.T) *pgx.Conn {
	t.Helper()
	_, conn := pgtest.Built(t, pgtest.Server(t))
	if err := suite.Run(context.Background(), conn.PgConn(), pgtest.DefaultSuite(t).File("workload/lifecycle")); err != nil {
		t.Fatal(err)
	}
	return conn
}

func taken(t *testing.T, conn *pgx.Conn, s *suite.Suite) *Record {
	t.Helper()
	r, err := Take(context.Background(), conn.PgConn(), s, filepath.Join(t.TempDir(), "record"), "pre")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// chainOnly are the default suite's questions about the chain.
func chainOnly(t *testing.T) *suite.Suite {
	t.Helper()
	s := pgtest.DefaultSuite(t)
	return own(t, "snapshot", s.File("snapshot").Text, "verify_chain", s.File("verify_chain").Text,
		"canonical_payload", s.File("canonical_payload").Text)
}

func TestTake(t *testing.T) {
	conn := filled(t)
	s := chainOnly(t)
	r := taken(t, conn, s)
	t.Run("keeps one file per query, with a header and the rows", func(t *testing.T) {
		want := []Result{
			{"snapshot", []string{"row_count", "chain_head_hash"}, 1},
			{"verify_chain", []string{"first_break_id", "first_break_pos", "first_break_reason", "verifier_walked"}, 1},
			{"canonical_payload", []string{"seq", "id", "payload", "row_hash"}, 24},
		}
		if len(r.Results) != len(want) {
			t.Fatalf("%d results, not %d", len(r.Results), len(want))
		}
		for i, result := range r.Results {
			if result.Query != want[i].Query || !slices.Equal(result.Columns, want[i].Columns) || result.Rows != want[i].Rows {
				t.Errorf("result %d is %+v, not %+v", i, result, want[i])
			}
			if !r.Has(result.Query) {
				t.Errorf("it has no %s", result.Query)
			}
			text, err := os.ReadFile(r.Path(result.Query))
			if err != nil {
				t.Fatal(err)
			}
			if lines := int64(strings.Count(string(text), "\n")); !strings.HasPrefix(string(text), strings.Join(result.Columns, "\t")+"\n") || lines != result.Rows+1 {
				t.Errorf("%s has %d lines: %.200s", result.Query, lines, text)
			}
		}
		if r.Has("invariant/none") {
			t.Error("it has a result that was never asked for")
		}
	})
	t.Run("knows the state of the chain", func(t *testing.T) {
		got, head := r.Snapshot, ""
		if err := conn.QueryRow(context.Background(), "select row_hash from public.audit_events where seq = 24").Scan(&head); err != nil {
			t.Fatal(err)
		}
		if want := (Snapshot{Phase: "pre", RowCount: 24, ChainHeadHash: head, FirstBreakPos: -1, VerifierWalked: 24}); got != want || !got.IsWhole() {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
	})
	t.Run("finds every hash true", func(t *testing.T) {
		if !r.HasPayload || r.FirstFault != nil || r.Faults != 0 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("finds the same once more", func(t *testing.T) {
		again := taken(t, conn, s)
		for _, result := range r.Results {
			if d, err := Compare(result.Query, r.Side("one"), again.Side("two")); d != nil || err != nil {
				t.Errorf("%s: %+v, %v", result.Query, d, err)
			}
		}
	})
}

func TestTakeSeesDamage(t *testing.T) {
	conn := filled(t)
	const unlock = "alter table public.audit_events disable trigger all; "
	s := chainOnly(t)
	before := taken(t, conn, s)
	for _, tt := range []struct {
		name, damage string
		fault        *HashFault // Want is not compared
		faults       int64
		broken       string // id of the verifier's first break
		compared     string // what differs in canonical_payload
	}{
		{"a row's content", "update public.audit_events set actor = 'eve' where seq in (7, 9)",
			&HashFault{Position: 6, Key: "seq=7 id=evt-00000007"}, 2, "evt-00000007", "payload"},
		{"a row's hash", "update public.audit_events set row_hash = repeat('0', 64) where seq = 5",
			&HashFault{Position: 4, Key: "seq=5 id=evt-00000005", Got: strings.Repeat("0", 64)}, 1, "evt-00000005", "row_hash"},
		{"a lost tail, which only the record before it shows", "delete from public.audit_events where seq > 20", nil, 0, "", "the row is missing, and all behind it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := conn.Exec(context.Background(), "begin; "+unlock+tt.damage); err != nil {
				t.Fatal(err)
			}
			defer conn.Exec(context.Background(), "rollback")
			r := taken(t, conn, s)
			if r.Faults != tt.faults || (r.FirstFault == nil) != (tt.fault == nil) {
				t.Fatalf("%d faults, the first is %+v", r.Faults, r.FirstFault)
			}
			if f := r.FirstFault; f != nil && (f.Position != tt.fault.Position || f.Key != tt.fault.Key || len(f.Want) != 64 || f.Got == f.Want || tt.fault.Got != "" && f.Got != tt.fault.Got) {
				t.Errorf("the first fault is %+v, not %+v", f, tt.fault)
			}
			if got := r.Snapshot; got.FirstBreakID != tt.broken || got.IsWhole() != (tt.broken == "") {
				t.Errorf("%+v", got)
			}
			d, err := Compare("canonical_payload", before.Side("before"), r.Side("after"))
			if err != nil || d == nil || d.What != tt.compared {
				t.Errorf("%+v, %v; not %s", d, err, tt.compared)
			}
		})
	}
}

func TestTakeOfAnEmptyChain(t *testing.T) {
	_, conn := pgtest.Built(t, pgtest.Server(t))
	r := taken(t, conn, chainOnly(t))
	if want := (Snapshot{Phase: "pre", FirstBreakPos: -1}); r.Snapshot != want || !r.Snapshot.IsWhole() {
		t.Errorf("%+v", r.Snapshot)
	}
	if r.FirstFault != nil || !r.HasPayload {
		t.Errorf("%+v", r)
	}
}

// TestTakeReadsWhatCopyWrites has the server hash every character of a range, and many together,
// and demands that the payloads read back have the same hashes.
func TestTakeReadsWhatCopyWrites(t *testing.T) {
	conn := connect(t)
	r := taken(t, conn, own(t, "canonical_payload", `
		select n, payload, encode(sha256(convert_to(payload, 'UTF8')), 'hex') as row_hash
		from (
			select n, chr(n) || 'N' || chr(n) || '\' || chr(n) as payload from generate_series(1, 1000) as n
			union all select -1, string_agg(chr(n), '\' order by n) from generate_series(1, 1000) as n
			union all select -2, string_agg(chr(n), '' order by n) || repeat('é日🙂\', 100000) from generate_series(1, 127) as n
			union all select -3 - i, p from unnest(array['', '\N', '\', '\\N', '\.', E'\\\n', E'\t', ' ']) with ordinality as e(p, i)
		) as s order by n`))
	if r.Results[0].Rows != 1010 || r.Faults != 0 || r.FirstFault != nil {
		t.Errorf("%d rows, %d faults, the first is %+v", r.Results[0].Rows, r.Faults, r.FirstFault)
	}
}

func TestTakeOfAnOwnSuite(t *testing.T) {
	conn := connect(t)
	t.Run("keeps invariants in their folder", func(t *testing.T) {
		r := taken(t, conn, own(t, "invariant/a", "select 1 as n order by n", "invariant/b", "select 2 as n where false order by n"))
		if text, err := os.ReadFile(filepath.Join(r.Dir, "invariant", "a.golden")); string(text) != "n\n1\n" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		if text, err := os.ReadFile(r.Path("invariant/b")); string(text) != "n\n" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		if want := (Snapshot{Phase: "pre", FirstBreakPos: -1}); r.Snapshot != want || r.HasPayload {
			t.Errorf("without a chain it says %+v", r)
		}
	})
	t.Run("escapes names of columns, so that none looks like two or like a row", func(t *testing.T) {
		r := taken(t, conn, own(t, "invariant/a", "select 1 as \"a\tb\nc\\d\", 2 as \"é\" order by 1"))
		if text, err := os.ReadFile(r.Path("invariant/a")); string(text) != "a\\tb\\nc\\\\d\té\n1\t2\n" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		if keys, err := r.Keys("invariant/a", 1); err != nil || len(keys) != 1 || !slices.Equal(keys[0], []string{"1"}) {
			t.Errorf("%q, %v", keys, err)
		}
	})
	t.Run("takes a break's texts as they were stored", func(t *testing.T) {
		r := taken(t, conn, own(t, "verify_chain", `select E'a\tb\\'::text as first_break_id, 3::bigint as first_break_pos, E'x\ny'::text as first_break_reason, 9::bigint as verifier_walked`))
		if want := (Snapshot{Phase: "pre", FirstBreakID: "a\tb\\", FirstBreakPos: 3, FirstBreakReason: "x\ny", VerifierWalked: 9}); r.Snapshot != want || r.Snapshot.IsWhole() {
			t.Errorf("%+v", r.Snapshot)
		}
	})
	t.Run("finds payloads and hashes that are null", func(t *testing.T) {
		r := taken(t, conn, own(t, "canonical_payload", "select n as pos, null::text as payload, 'x'::text as row_hash from generate_series(1, 3) as n order by n"))
		if want := (HashFault{0, "pos=1", "no hash: the payload is NULL", "x"}); r.FirstFault == nil || *r.FirstFault != want || r.Faults != 3 {
			t.Errorf("%+v", r.FirstFault)
		}
	})
}

func TestTakeOfSomeQueries(t *testing.T) {
	conn := filled(t)
	s := chainOnly(t)
	queries := func(r *Record, err error) []string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, result := range r.Results {
			names = append(names, result.Query)
		}
		return names
	}
	ctx := context.Background()
	for _, tt := range []struct {
		name string
		got  []string
		want []string
	}{
		{"a snapshot reads no payload", queries(TakeSnapshot(ctx, conn.PgConn(), s, t.TempDir(), "")), []string{"snapshot", "verify_chain"}},
		{"queries that are named, in that order", queries(TakeQueries(ctx, conn.PgConn(), []*suite.File{s.File("verify_chain"), s.File("snapshot")}, t.TempDir(), "")), []string{"verify_chain", "snapshot"}},
		{"none", queries(TakeQueries(ctx, conn.PgConn(), nil, t.TempDir(), "")), nil},
	} {
		if !slices.Equal(tt.got, tt.want) {
			t.Errorf("%s: %q, not %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestTakeRefuses(t *testing.T) {
	conn := connect(t)
	for _, tt := range []struct {
		name  string
		suite *suite.Suite
		want  string
	}{
		{"a query with the wrong columns", own(t, "snapshot", "select 1"), "invalid suite: own/snapshot.sql must print"},
		{"a query that the server refuses", own(t, "invariant/a", "select wrong order by 1"), `own/invariant/a.sql:1: ERROR: column "wrong" does not exist`},
		{"a query that fails in the middle", own(t, "invariant/a", "select 1/(5 - n) from generate_series(1, 9) as n order by n"), "own/invariant/a.sql:1: ERROR: division by zero"},
		{"a snapshot without a row", own(t, "snapshot", "select 1::bigint as row_count, ''::text as chain_head_hash where false"), "invalid suite: own/snapshot.sql must print exactly 1 row, but prints 0"},
		{"a count that is null", own(t, "snapshot", "select null::bigint as row_count, ''::text as chain_head_hash"), `snapshot.sql: row_count is "", not a number`},
		{"walked rows that are null", own(t, "verify_chain", "select ''::text as first_break_id, null::bigint as first_break_pos, ''::text as first_break_reason, null::bigint as verifier_walked"),
			`verify_chain.sql: verifier_walked is "", not a number`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := Take(context.Background(), conn.PgConn(), tt.suite, t.TempDir(), "pre")
			if r != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
	one := own(t, "invariant/a", "select 1 order by 1")
	t.Run("a folder whose place is taken by a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Take(context.Background(), conn.PgConn(), one, file, "pre"); err == nil || !strings.HasPrefix(err.Error(), "could not keep a record: ") {
			t.Error(err)
		}
	})
	t.Run("a file whose place is taken by a folder", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "invariant", "a.golden"), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Take(context.Background(), conn.PgConn(), one, dir, "pre"); err == nil || !strings.HasPrefix(err.Error(), "could not keep a record: ") {
			t.Error(err)
		}
	})
}

func TestReadSnapshotRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a row with another number of values", "row_count\tchain_head_hash\n1\n", "a row of 1 values under 2 columns"},
		{"a file without a row", "row_count\tchain_head_hash\n", "a row of 1 values under 2 columns"},
		{"a count that is no number", "row_count\tchain_head_hash\nmany\t\n", `snapshot.sql: row_count is "many", not a number`},
		{"a count beyond 64 bits", "row_count\tchain_head_hash\n9223372036854775808\t\n", "not a number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "snapshot.golden"), []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if s, err := readSnapshot(dir, ""); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("\n got %+v, %v\nwant %s", s, err, tt.want)
			}
		})
	}
	t.Run("a file that cannot be read", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "verify_chain.golden"), 0o700); err != nil {
			t.Fatal(err)
		}
		if s, err := readSnapshot(dir, ""); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestIsWhole(t *testing.T) {
	for _, tt := range []struct {
		name     string
		snapshot Snapshot
		want     bool
	}{
		{"a snapshot without a break is whole", Snapshot{FirstBreakPos: -1}, true},
		{"an id alone is a break", Snapshot{FirstBreakPos: -1, FirstBreakID: "x"}, false},
		{"a position alone is a break: the row's id may be empty", Snapshot{}, false},
		{"a reason alone is a break", Snapshot{FirstBreakPos: -1, FirstBreakReason: "gap"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.snapshot.IsWhole(); got != tt.want {
				t.Errorf("%+v is whole: %t", tt.snapshot, got)
			}
		})
	}
}

func TestTakeNeedsLittleMemory(t *testing.T) {
	const bound = 16 << 20
	conn := connect(t)
	s := own(t, "canonical_payload", "select n, repeat('é', 200) as payload, 'x'::text as row_hash from generate_series(1, 50000) as n order by n")
	peak := watchHeap(t)
	r := taken(t, conn, s)
	if r.Faults != 50_000 {
		t.Errorf("%d faults", r.Faults)
	}
	if grown := peak(); grown > bound {
		t.Errorf("to take 20 MB took %d MiB", grown>>20)
	}
}

func TestLongestFirst(t *testing.T) {
	s := own(t, "invariant/a", "select 1 as a order by a;", "invariant/b", "-- Rows  every one\nselect 1 as b order by b;",
		"invariant/c", "select 1 as c order by c;", "invariant/d", "-- Rows  every one\nselect 1 as d order by d;")
	if got, want := longestFirst(s.Queries()), []int{1, 3, 0, 2}; !slices.Equal(got, want) {
		t.Errorf("order %d, want %d", got, want)
	}
}

func TestTakeBesideKeepsTheOrderOfTheQueries(t *testing.T) {
	db := pgtest.Scratch(t, pgtest.Server(t))
	first, second := pgtest.Connect(t, db), pgtest.Connect(t, db)
	s := own(t, "invariant/a", "select 1 as a order by a;", "invariant/b", "-- Rows  every one\nselect 2 as b order by b;", "invariant/c", "select 3 as c order by c;")
	r, err := TakeBeside(context.Background(), []*pgconn.PgConn{first.PgConn(), second.PgConn()}, s.Queries(), t.TempDir(), "restore")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"invariant/a", "invariant/b", "invariant/c"} {
		if got := r.Results[i]; got.Query != name || got.Rows != 1 {
			t.Errorf("result %d is %+v, want one row of %s", i, got, name)
		}
	}
}

func TestCountByTable(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns []string
		text    []string
		want    map[string]int64
	}{
		{"tables", []string{"schema", "table", "row_count", "digest"}, []string{"public\ta\\tb\t3\tx", "public\tc\t0\tx"}, map[string]int64{"public.a\tb": 3, "public.c": 0}},
		{"one that could not be read says nothing", []string{"schema", "table", "row_count"}, []string{"public\ta\t\\N"}, nil},
		{"materialized views are not copied", []string{"schema", "materialized_view", "row_count"}, []string{"public\ta\t3"}, nil},
		{"no counts", []string{"schema", "table", "digest"}, []string{"public\ta\tx"}, nil},
		{"rows that were not kept", []string{"schema", "table", "row_count"}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (&Digest{Columns: tt.columns, Text: tt.text}).CountByTable(); !maps.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
