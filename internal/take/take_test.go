package take

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
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

func taken(t *testing.T, conn *pgx.Conn, s *suite.Suite) *record.Record {
	t.Helper()
	r, err := take1(conn, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// take1 takes the record of a suite over one connection, with every row.
func take1(conn *pgx.Conn, s *suite.Suite) (*record.Record, error) {
	return Record(context.Background(), []*pgconn.PgConn{conn.PgConn()}, s.Queries(), Options{Phase: "pre", KeepAll: true})
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
	t.Run("keeps the rows of each query, and their digest", func(t *testing.T) {
		want := []record.Result{
			{Query: "snapshot", Columns: []string{"row_count", "chain_head_hash"}, Rows: 1},
			{Query: "verify_chain", Columns: []string{"first_break_id", "first_break_pos", "first_break_reason",
				"verifier_walked"}, Rows: 1},
			{Query: "canonical_payload", Columns: []string{"seq", "id", "payload", "row_hash"}, Rows: 24},
		}
		if len(r.Results) != len(want) {
			t.Fatalf("%d results, not %d", len(r.Results), len(want))
		}
		for i, result := range r.Results {
			if result.Query != want[i].Query || !slices.Equal(result.Columns, want[i].Columns) || result.Rows != want[i].Rows {
				t.Errorf("result %d is %+v, not %+v", i, result, want[i])
			}
			if !r.Has(result.Query) || result.QuerySHA256 != s.File(result.Query).SHA256() {
				t.Errorf("it has no %s, or of another file", result.Query)
			}
			text := result.Text()
			if lines := int64(strings.Count(text, "\n")); !strings.HasPrefix(text, strings.Join(result.Columns, "\t")+"\n") ||
				lines != result.Rows+1 {
				t.Errorf("%s has %d lines: %.200s", result.Query, lines, text)
			}
			if err := result.Check(); err != nil || len(result.Blocks) != int(result.Rows) {
				t.Errorf("%v; %d blocks", err, len(result.Blocks))
			}
		}
		if r.Has("invariant/none") {
			t.Error("it has a result that was never asked for")
		}
	})
	t.Run("knows the state of the chain", func(t *testing.T) {
		got, head := *r.Chain, ""
		if err := conn.QueryRow(context.Background(), "select row_hash from public.audit_events where seq = 24").Scan(&head); err != nil {
			t.Fatal(err)
		}
		if want := (record.Snapshot{Phase: "pre", RowCount: 24, ChainHeadHash: head, FirstBreakPos: -1, VerifierWalked: 24}); got != want || !got.IsWhole() {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
	})
	t.Run("finds every hash true", func(t *testing.T) {
		if r.Payload == nil || r.Payload.First != nil || r.Payload.Faults != 0 {
			t.Errorf("%+v", r.Payload)
		}
	})
	t.Run("finds the same once more", func(t *testing.T) {
		again := taken(t, conn, s)
		for _, result := range r.Results {
			if again.Result(result.Query).SHA256 != result.SHA256 {
				t.Errorf("%s differs", result.Query)
			}
		}
	})
}

// Code of the database runs when a table is read: the planner evaluates the condition of an index. It cannot have the
// next query call its own functions.
// Nor does code that an index calls have values printed in fewer digits, in its own table or in the next one.
func TestTakeKeepsItsDigits(t *testing.T) {
	db, first := pgtest.Built(t, pgtest.Server(t))
	conn, s := pgtest.Connect(t, db), pgtest.DefaultSuite(t)
	for _, text := range []string{
		`create function public.spy(n int) returns int language plpgsql immutable as
			$$ begin perform pg_catalog.set_config('extra_float_digits', '-3', false), pg_catalog.set_config('datestyle', 'sql', false),
				pg_catalog.set_config('timezone', 'AAA5AAA', false);
				return n; end $$`,
		"create table public.a (f float8, t timestamptz[]); create index on public.a (f) where public.spy(1) = 1",
		"create table public.b (f float8, t timestamptz[]); create materialized view public.c as table public.a with no data",
		"create index on public.c (f) where public.spy(1) = 1",
	} {
		if _, err := first.Exec(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := suite.Run(context.Background(), conn.PgConn(), s.File("session")); err != nil {
		t.Fatal(err)
	}
	queries := []*suite.File{s.File("invariant/tables"), s.File("invariant/materialized_views")}
	seen := map[string]string{}
	for _, row := range []string{"0.3, '{2026-11-01 05:30Z}'", "0.1 + 0.2::float8, '{2026-11-01 05:30Z}'",
		"0.3, '{2026-11-01 06:30Z}'"} {
		if _, err := first.Exec(context.Background(), "truncate public.a, public.b; insert into public.a values ("+row+
			"); insert into public.b values ("+row+"); refresh materialized view public.c"); err != nil {
			t.Fatal(err)
		}
		r, err := Record(context.Background(), []*pgconn.PgConn{conn.PgConn()}, queries, Options{KeepAll: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, query := range queries {
			for _, line := range r.Result(query.Name).Kept {
				if text := fmt.Sprint(line); !strings.Contains(text, "audit_") && seen[text] != "" {
					t.Errorf("%s and %s: %s", seen[text], row, text)
				} else {
					seen[text] = row
				}
			}
		}
	}
}

func TestTakeKeepsItsSearchPath(t *testing.T) {
	db, first := pgtest.Built(t, pgtest.Server(t))
	conn, s := pgtest.Connect(t, db), pgtest.DefaultSuite(t)
	for _, text := range []string{
		"create schema evil; create view public.v as select 1 as one",
		"create function evil.pg_get_viewdef(oid, boolean) returns text language sql as 'select ''shadowed''::text'",
		`create function evil.spy(n int) returns int language plpgsql immutable as
			$$ begin perform pg_catalog.set_config('search_path', 'evil, pg_catalog', false); return n; end $$`,
		"create index on public.audit_events (seq) where evil.spy(1) = 1",
	} {
		if _, err := first.Exec(context.Background(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := suite.Run(context.Background(), conn.PgConn(), s.File("session")); err != nil {
		t.Fatal(err)
	}
	queries := []*suite.File{s.File("snapshot"), s.File("invariant/views")}
	r, err := Record(context.Background(), []*pgconn.PgConn{conn.PgConn()}, queries, Options{KeepAll: true})
	if err != nil {
		t.Fatal(err)
	}
	if views := fmt.Sprint(r.Result("invariant/views").Kept); strings.Contains(views, "shadowed") ||
		!strings.Contains(views, "one") {
		t.Errorf("views: %s", views)
	}
}

func TestTakeSeesDamage(t *testing.T) {
	conn := filled(t)
	const unlock = "alter table public.audit_events disable trigger all; "
	s := chainOnly(t)
	before := taken(t, conn, s)
	for _, tt := range []struct {
		name, damage string
		fault        *record.HashFault // Want is not compared
		faults       int64
		broken       string // id of the verifier's first break
	}{
		{"a row's content", "update public.audit_events set actor = 'eve' where seq in (7, 9)",
			&record.HashFault{Position: 6, Key: "seq=7 id=evt-00000007"}, 2, "evt-00000007"},
		{"a row's hash", "update public.audit_events set row_hash = repeat('0', 64) where seq = 5",
			&record.HashFault{Position: 4, Key: "seq=5 id=evt-00000005", Got: strings.Repeat("0", 64)}, 1, "evt-00000005"},
		{"a lost tail, which only the record before it shows", "delete from public.audit_events where seq > 20", nil, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := conn.Exec(context.Background(), "begin; "+unlock+tt.damage); err != nil {
				t.Fatal(err)
			}
			defer conn.Exec(context.Background(), "rollback")
			r := taken(t, conn, s)
			if r.Payload.Faults != tt.faults || (r.Payload.First == nil) != (tt.fault == nil) {
				t.Fatalf("%+v", r.Payload)
			}
			if f := r.Payload.First; f != nil && (f.Position != tt.fault.Position || f.Key != tt.fault.Key ||
				len(f.Want) != 64 || f.Got == f.Want || tt.fault.Got != "" && f.Got != tt.fault.Got) {
				t.Errorf("the first fault is %+v, not %+v", f, tt.fault)
			}
			if got := r.Chain; got.FirstBreakID != tt.broken || got.IsWhole() != (tt.broken == "") {
				t.Errorf("%+v", got)
			}
			if r.Result("canonical_payload").SHA256 == before.Result("canonical_payload").SHA256 {
				t.Error("the payload has the same digest")
			}
		})
	}
}

func TestTakeOfAnEmptyChain(t *testing.T) {
	_, conn := pgtest.Built(t, pgtest.Server(t))
	r := taken(t, conn, chainOnly(t))
	if want := (record.Snapshot{Phase: "pre", FirstBreakPos: -1}); *r.Chain != want || !r.Chain.IsWhole() {
		t.Errorf("%+v", r.Chain)
	}
	if r.Payload == nil || r.Payload.First != nil {
		t.Errorf("%+v", r.Payload)
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
	if r.Results[0].Rows != 1010 || r.Payload.Faults != 0 || r.Payload.First != nil {
		t.Errorf("%d rows, %+v", r.Results[0].Rows, r.Payload)
	}
}

func TestTakeOfAnOwnSuite(t *testing.T) {
	conn := connect(t)
	t.Run("keeps invariants, and knows no chain", func(t *testing.T) {
		r := taken(t, conn, own(t, "invariant/a", "select 1 as n order by n", "invariant/b",
			"select 2 as n where false order by n"))
		if a, b := r.Result("invariant/a").Text(), r.Result("invariant/b").Text(); a != "n\n1\n" || b != "n\n" {
			t.Errorf("%q, %q", a, b)
		}
		if r.Chain != nil || r.Payload != nil {
			t.Errorf("without a chain it says %+v", r)
		}
	})
	t.Run("keeps no rows unless the file allows it", func(t *testing.T) {
		s := own(t, "invariant/a", "select 1 as n order by n", "invariant/b", "-- Keeps    them\nselect 1 as n order by n",
			"invariant/c", "-- Grows    n\nselect 1 as k, 1 as n order by n")
		r, err := Record(context.Background(), []*pgconn.PgConn{conn.PgConn()}, s.Queries(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Results[0].Kept != nil || !slices.Equal(r.Results[1].Kept, []string{"1"}) ||
			!slices.Equal(r.Results[2].Kept, []string{"1\t1"}) {
			t.Errorf("%q, %q, %q", r.Results[0].Kept, r.Results[1].Kept, r.Results[2].Kept)
		}
	})
	t.Run("escapes names of columns, so that none looks like two or like a row", func(t *testing.T) {
		r := taken(t, conn, own(t, "invariant/a", "select 1 as \"a\tb\nc\\d\", 2 as \"é\" order by 1"))
		if text := r.Results[0].Text(); text != "a\\tb\\nc\\\\d\té\n1\t2\n" {
			t.Errorf("%q", text)
		}
		if keys := r.Results[0].Keys(1); len(keys) != 1 || !slices.Equal(keys[0], []string{"1"}) {
			t.Errorf("%q", keys)
		}
	})
	t.Run("takes a break's texts as they were stored", func(t *testing.T) {
		r := taken(t, conn, own(t, "verify_chain",
			`select E'a\tb\\'::text as first_break_id, 3::bigint as first_break_pos, E'x\ny'::text as first_break_reason, 9::bigint as verifier_walked`))
		if want := (record.Snapshot{Phase: "pre", FirstBreakID: "a\tb\\", FirstBreakPos: 3, FirstBreakReason: "x\ny", VerifierWalked: 9}); *r.Chain != want || r.Chain.IsWhole() {
			t.Errorf("%+v", r.Chain)
		}
	})
	t.Run("finds payloads and hashes that are null", func(t *testing.T) {
		r := taken(t, conn, own(t, "canonical_payload",
			"select n as pos, null::text as payload, 'x'::text as row_hash from generate_series(1, 3) as n order by n"))
		if want := (record.HashFault{Key: "pos=1", Want: "no hash: the payload is NULL", Got: "x"}); r.Payload.First == nil ||
			*r.Payload.First != want || r.Payload.Faults != 3 {
			t.Errorf("%+v", r.Payload)
		}
	})
}

func TestTakeRefuses(t *testing.T) {
	conn := connect(t)
	for _, tt := range []struct {
		name  string
		suite *suite.Suite
		want  string
	}{
		{"a query with the wrong columns", own(t, "snapshot", "select 1"), "invalid suite: own/snapshot.sql must print"},
		{"a query that the server refuses", own(t, "invariant/a", "select wrong order by 1"),
			`own/invariant/a.sql:1: ERROR: column "wrong" does not exist`},
		{"a query that fails in the middle", own(t, "invariant/a",
			"select 1/(5 - n) from generate_series(1, 9) as n order by n"), "own/invariant/a.sql:1: ERROR: division by zero"},
		{"a snapshot without a row", own(t, "snapshot",
			"select 1::bigint as row_count, ''::text as chain_head_hash where false"), "invalid suite: own/snapshot.sql must " +
			"print exactly 1 row, but prints 0"},
		{"a count that is null", own(t, "snapshot", "select null::bigint as row_count, ''::text as chain_head_hash"),
			`snapshot.sql: row_count is "", not a number`},
		{"walked rows that are null", own(t, "verify_chain",
			"select ''::text as first_break_id, null::bigint as first_break_pos, ''::text as first_break_reason, "+
				"null::bigint as verifier_walked"),
			`verify_chain.sql: verifier_walked is "", not a number`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := take1(conn, tt.suite)
			if r != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestTakeNeedsLittleMemory(t *testing.T) {
	const bound = 16 << 20
	conn := connect(t)
	s := own(t, "canonical_payload",
		"select n, repeat('é', 200) as payload, 'x'::text as row_hash from generate_series(1, 50000) as n order by n")
	peak := watchHeap(t)
	r, err := Record(context.Background(), []*pgconn.PgConn{conn.PgConn()}, s.Queries(), Options{})
	if err != nil || r.Payload.Faults != 50_000 {
		t.Errorf("%+v, %v", r, err)
	}
	if grown := peak(); grown > bound {
		t.Errorf("to take 20 MB took %d MiB", grown>>20)
	}
}

func TestTakeKeepsTheOrderOfTheQueries(t *testing.T) {
	db := pgtest.Scratch(t, pgtest.Server(t))
	first, second := pgtest.Connect(t, db), pgtest.Connect(t, db)
	s := own(t, "invariant/a", "select 1 as a order by a;", "invariant/b", "-- Rows  every one\nselect 2 as b order by b;",
		"invariant/c", "select 3 as c order by c;")
	r, err := Record(context.Background(), []*pgconn.PgConn{first.PgConn(), second.PgConn()}, s.Queries(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"invariant/a", "invariant/b", "invariant/c"} {
		if got := r.Results[i]; got.Query != name || got.Rows != 1 {
			t.Errorf("result %d is %+v, want one row of %s", i, got, name)
		}
	}
}

// watchHeap watches the heap until peak is called, which says how much it grew.
func watchHeap(t *testing.T) (peak func() uint64) {
	t.Helper()
	runtime.GC()
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	before, highest := inUse(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			highest = max(highest, inUse())
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return highest - min(before, highest)
	}
}
