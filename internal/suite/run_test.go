package suite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/suite"
)

// connect opens a connection to a scratch database, with the default suite's session settings.
func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn := pgtest.Connect(t, pgtest.Scratch(t, pgtest.Server(t)))
	run(t, conn, pgtest.DefaultSuite(t).File("session"))
	return conn
}

// reader opens such a connection to the server's own database, for tests that create nothing in it.
func reader(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgtest.Server(t).Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	run(t, conn, pgtest.DefaultSuite(t).File("session"))
	return conn
}

func run(t *testing.T, conn *pgx.Conn, f *suite.File) {
	t.Helper()
	if err := suite.Run(context.Background(), conn.PgConn(), f); err != nil {
		t.Fatal(err)
	}
}

// file returns a suite's only file, by name without .sql.
func file(t *testing.T, name, text string) *suite.File {
	t.Helper()
	return open(t, name+".sql", text).File(name)
}

func TestRun(t *testing.T) {
	conn := connect(t)
	for _, tt := range []struct{ name, text, query, want string }{
		{"sends the statements in their order",
			"create table public.a (x int); insert into public.a values (1);\ninsert into public.a select x + 1 from public.a;",
			"select x from public.a order by x", "1\n2\n"},
		{"throws away what they print", "select 1; select n from generate_series(1, 3) as n", "select 1 order by 1", "1\n"},
		{"begins and rolls back transactions as it stands there",
			"begin; create table public.b (); savepoint s; select 1; rollback; begin; create table public.c (); commit",
			"select relname from pg_class where relnamespace = 'public'::regnamespace and relname in ('b', 'c') order by 1", "c\n"},
		{"runs a body of begin atomic, or of dollar quotes, as one",
			"do $$begin perform 1; perform 2; end$$; create function public.f() returns int language sql as $$select 1; " +
				"select 2$$;",
			"select public.f() order by 1", "2\n"},
		{"keeps settings for what comes next", "set a.b = 'c;d'", "select current_setting('a.b') order by 1", "c;d\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run(t, conn, file(t, "workload/a", tt.text))
			if got := copied(t, conn, tt.query); got != tt.want {
				t.Errorf("%s\n got %q\nwant %q", tt.query, got, tt.want)
			}
		})
	}
}

// copied returns what a query prints.
func copied(t *testing.T, conn *pgx.Conn, query string) string {
	t.Helper()
	var b strings.Builder
	if _, err := suite.Copy(context.Background(), conn.PgConn(), file(t, "invariant/a", query), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestErrorsPointAtTheirCause(t *testing.T) {
	conn := connect(t)
	run(t, conn, file(t, "schema", `create table public.law (
		a int constraint law_a_is_positive check (a > 0));
		create function public.fail() returns int language plpgsql as
		$$begin raise 'it failed' using detail = 'the detail', hint = 'the hint', errcode = 'UE001'; end$$`))
	for _, tt := range []struct{ name, file, text, want string }{
		{"in a script, on line 1", "workload/a", "selec 1", `
dir/workload/a.sql:1: ERROR: syntax error at or near "selec" (SQLSTATE 42601)
  line 1: selec 1
          ^`},
		{"in a script, behind a comment in other scripts", "workload/a", "-- größer als 日本 🙂\nselect 'é🙂日', wrong;", `
dir/workload/a.sql:2: ERROR: column "wrong" does not exist (SQLSTATE 42703)
  line 2: select 'é🙂日', wrong
                        ^`},
		{"in a script, in a later statement of the same line", "workload/a", "select 1;\n\nselect 'é'; /* é\n*/ select 'é', wrong;", `
dir/workload/a.sql:4: ERROR: column "wrong" does not exist (SQLSTATE 42703)
  line 4: */ select 'é', wrong
                         ^`},
		{"in a script, behind tabs, under Windows line ends", "workload/a", "select\r\n\t\twrong\r\n;", `
dir/workload/a.sql:2: ERROR: column "wrong" does not exist (SQLSTATE 42703)
  line 2:   wrong
            ^`},
		{"in a script, at its end", "workload/a", "select 1;\nselect 1 +", `
dir/workload/a.sql:2: ERROR: syntax error at end of input (SQLSTATE 42601)
  line 2: select 1 +
                    ^`},
		{"in a query, on line 1", "invariant/a", "select wrong order by 1", `
dir/invariant/a.sql:1: ERROR: column "wrong" does not exist (SQLSTATE 42703)
  line 1: select wrong order by 1
                 ^`},
		{"in a query, behind a header in other scripts", "invariant/a", "-- größer als 日本\n\nselect\n    'é🙂' as \"日\", wrong\norder by 1;\n", `
dir/invariant/a.sql:4: ERROR: column "wrong" does not exist (SQLSTATE 42703)
  line 4:     'é🙂' as "日", wrong
                           ^`},
		{"without a place in the text: at the statement's first word", "workload/a", "select 1;\n-- a\n/* b\n*/\ninsert into public.law values (0);", `
dir/workload/a.sql:5: ERROR: new row for relation "law" violates check constraint "law_a_is_positive" (SQLSTATE 23514)
  constraint: law_a_is_positive
  detail: Failing row contains (0).`},
		{"with detail, hint and context", "invariant/a", "\nselect public.fail() order by 1", `
dir/invariant/a.sql:2: ERROR: it failed (SQLSTATE UE001)
  detail: the detail
  hint: the hint
  context: PL/pgSQL function public.fail() line 1 at RAISE`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := file(t, tt.file, tt.text)
			for by, err := range attempts(conn, f) {
				var serverErr *suite.Error
				var pgErr *pgconn.PgError
				if !errors.As(err, &serverErr) || !errors.As(err, &pgErr) || serverErr.Path != f.Path {
					t.Fatalf("%s: %v is no *suite.Error of %s around a *pgconn.PgError", by, err, f.Path)
				}
				if got, want := err.Error(), strings.TrimPrefix(tt.want, "\n"); got != want {
					t.Errorf("%s\n got %s\nwant %s", by, got, want)
				}
			}
		})
	}
}

// attempts returns the errors of each way in which the program runs f.
func attempts(conn *pgx.Conn, f *suite.File) map[string]error {
	ctx := context.Background()
	if strings.HasPrefix(f.Name, "workload/") {
		return map[string]error{"Run": suite.Run(ctx, conn.PgConn(), f)}
	}
	_, copyErr := suite.Copy(ctx, conn.PgConn(), f, io.Discard)
	_, linesErr := suite.Lines(ctx, conn.PgConn(), f)
	return map[string]error{"Copy": copyErr, "Lines": linesErr}
}

func TestErrorsBehindTheQueryPointAtItsFirstWord(t *testing.T) {
	_, err := suite.Copy(context.Background(), reader(t).PgConn(), file(t, "invariant/a", "-- a\n\nselect 1 order by"),
		io.Discard)
	if err == nil || err.Error() != `dir/invariant/a.sql:3: ERROR: syntax error at or near ")" (SQLSTATE 42601)` {
		t.Error(err)
	}
}

func TestRunStopsAtTheFirstError(t *testing.T) {
	conn := connect(t)
	err := suite.Run(context.Background(), conn.PgConn(),
		file(t, "workload/a", "select 1;\nselect 1/0;\ncreate table public.after ();"))
	if err == nil || !strings.HasPrefix(err.Error(), "dir/workload/a.sql:2: ERROR: division by zero") {
		t.Error(err)
	}
	if got := copied(t, conn, "select count(*) from pg_class where relname = 'after' order by 1"); got != "0\n" {
		t.Error("the statement behind the error was run")
	}
}

func TestALostConnectionIsCalledSo(t *testing.T) {
	conn := reader(t)
	if err := conn.PgConn().Conn().Close(); err != nil {
		t.Fatal(err)
	}
	err := suite.Run(context.Background(), conn.PgConn(), file(t, "session", "select 1;"))
	if want := "dir/session.sql: the connection to the server was lost: "; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

func TestColumns(t *testing.T) {
	conn := reader(t)
	const snapshot, payload = "row_count bigint, chain_head_hash text", "payload text, row_hash text"
	for _, tt := range []struct{ name, file, text, want string }{
		{"a snapshot as the contract has it", "snapshot", "select 1::bigint as row_count, 'a'::text as chain_head_hash;", ""},
		{"a snapshot with other names", "snapshot", "select 1::bigint as rows, ''::text as chain_head_hash",
			"dir/snapshot.sql must print (" + snapshot + "), but prints (rows bigint, chain_head_hash text)"},
		{"a snapshot in another order", "snapshot", "select ''::text as chain_head_hash, 1::bigint as row_count",
			"but prints (chain_head_hash text, row_count bigint)"},
		{"a snapshot with another type", "snapshot", "select 1 as row_count, 'a'::varchar as chain_head_hash",
			"but prints (row_count integer, chain_head_hash varchar)"},
		{"a snapshot with a type that has no name here", "snapshot",
			"select true as row_count, 'a'::char(3) as chain_head_hash", "but prints (row_count type 16, chain_head_hash " +
				"char(n))"},
		{"a snapshot with a column more", "snapshot", "select 1 as a, 1::bigint as row_count, ''::text as chain_head_hash",
			"but prints (a integer, row_count bigint, chain_head_hash text)"},
		{"a snapshot with a column less", "snapshot", "select 1::bigint as row_count", "but prints (row_count bigint)"},
		{"a snapshot without columns", "snapshot", "select", "but prints ()"},
		{"a verifier with other columns", "verify_chain", "select 1 as a",
			"dir/verify_chain.sql must print (first_break_id text, first_break_pos bigint, first_break_reason text, " +
				"verifier_walked bigint)"},
		{"payloads behind key columns", "canonical_payload",
			"select 1 as a, 2 as b, 'p'::text as payload, 'h'::text as row_hash order by 1", ""},
		{"payloads without key columns", "canonical_payload", "select 'p'::text as payload, 'h'::text as row_hash order by 1",
			""},
		{"payloads that do not stand last", "canonical_payload",
			"select 'p'::text as payload, 'h'::text as row_hash, 1 as a order by 1", "dir/canonical_payload.sql must end with (" + payload + "), but prints (payload text, row_hash text, a integer)"},
		{"a payload alone", "canonical_payload", "select 'p'::text as payload order by 1",
			"must end with (" + payload + "), but prints (payload text)"},
		{"a probe with another column", "probe/a", "select 1 as fault",
			"dir/probe/a.sql must print (fault text), but prints (fault integer)"},
		{"an invariant with any columns", "invariant/a", "select 1 as a, null::xid8, array[1.5] order by 1", ""},
		{"a parameter", "invariant/a", "select 1 where 1 = $1 order by 1",
			"dir/invariant/a.sql: the query has a parameter $1; parameters are settings"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := suite.Columns(context.Background(), conn.PgConn(), file(t, tt.file, tt.text))
			if tt.want == "" && err != nil {
				t.Fatal(err)
			}
			if tt.want != "" && (!errors.Is(err, suite.ErrInvalid) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("\n got %v\nwant an invalid suite: %s", err, tt.want)
			}
		})
	}
}

func TestColumnsGivesNamesAndRunsNothing(t *testing.T) {
	conn := reader(t)
	names, err := suite.Columns(context.Background(), conn.PgConn(),
		file(t, "invariant/a", `select 1 as "A b", 1/(random()::int * 0) as é order by 1`))
	if err != nil || !slices.Equal(names, []string{"A b", "é"}) {
		t.Errorf("%q, %v", names, err)
	}
}

func TestCopyCountsRows(t *testing.T) {
	conn := reader(t)
	const snapshot = "select 1::bigint as row_count, ''::text as chain_head_hash from generate_series(1, %d)"
	for _, tt := range []struct {
		name, file, text string
		rows             int64
		want             string
	}{
		{"no row", "invariant/a", "select 1 where false order by 1", 0, ""},
		{"a thousand rows", "invariant/a", "select n from generate_series(1, 1000) as n order by n", 1000, ""},
		{"rows without columns", "invariant/a", "select from generate_series(1, 3) order by random()", 3, ""},
		{"a snapshot of one row", "snapshot", fmt.Sprintf(snapshot, 1), 1, ""},
		{"a snapshot of no row", "snapshot", fmt.Sprintf(snapshot, 0), 0,
			"dir/snapshot.sql must print exactly 1 row, but prints 0"},
		{"a snapshot of two rows", "snapshot", fmt.Sprintf(snapshot, 2), 0,
			"dir/snapshot.sql must print exactly 1 row, but prints 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			rows, err := suite.Copy(context.Background(), conn.PgConn(), file(t, tt.file, tt.text), &b)
			if tt.want != "" {
				if !errors.Is(err, suite.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("\n got %v\nwant an invalid suite: %s", err, tt.want)
				}
				return
			}
			if err != nil || rows != tt.rows || int64(bytes.Count(b.Bytes(), []byte("\n"))) != tt.rows {
				t.Errorf("%d rows, not %d, in %q (%v)", rows, tt.rows, b.String(), err)
			}
		})
	}
}

func TestCopyFails(t *testing.T) {
	conn := connect(t)
	ended, end := context.WithCancel(context.Background())
	end()
	t.Run("when the server fails behind the first thousand rows, which are no result", func(t *testing.T) {
		var b bytes.Buffer
		rows, err := suite.Copy(context.Background(), conn.PgConn(),
			file(t, "invariant/a", "select n, 1/(1001 - n) from generate_series(1, 2000) as n order by 1"), &b)
		if err == nil || !strings.HasPrefix(err.Error(), "dir/invariant/a.sql:1: ERROR: division by zero (SQLSTATE 22012)") ||
			rows != 0 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
	t.Run("when it fails in the middle of the stream", func(t *testing.T) {
		run(t, conn, file(t, "schema", "create table public.late as select n from generate_series(1, 5000) as n"))
		var b bytes.Buffer
		_, err := suite.Copy(context.Background(), conn.PgConn(),
			file(t, "probe/a", "select 1/(5000 - n) as fault from public.late"), &b)
		if err == nil || !strings.Contains(err.Error(), "division by zero") || b.Len() == 0 {
			t.Errorf("%d bytes were streamed, then %v", b.Len(), err)
		}
	})
	t.Run("when its context has ended", func(t *testing.T) {
		_, err := suite.Copy(ended, conn.PgConn(), file(t, "invariant/a", "select 1 order by 1"), io.Discard)
		if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "dir/invariant/a.sql: ") {
			t.Error(err)
		}
	})
	t.Run("when a select writes, in a transaction that is read-only", func(t *testing.T) {
		run(t, conn, file(t, "schema", "begin read only"))
		defer run(t, conn, file(t, "schema", "rollback"))
		_, err := suite.Copy(context.Background(), conn.PgConn(),
			file(t, "invariant/a", "with w as (insert into public.late values (1) returning n) select n from w order by 1"), io.Discard)
		if err == nil || !strings.Contains(err.Error(), "read-only transaction") {
			t.Error(err)
		}
	})
	t.Run("when what it prints cannot be kept", func(t *testing.T) {
		_, err := suite.Copy(context.Background(), reader(t).PgConn(), file(t, "invariant/a", "select 1 order by 1"),
			fullDisk{})
		if !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "dir/invariant/a.sql: ") {
			t.Error(err)
		}
	})
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// TestCopyIsWhatPsqlPrints runs each text through Copy and through psql, in the same wrapper.
func TestCopyIsWhatPsqlPrints(t *testing.T) {
	db := pgtest.Scratch(t, pgtest.Server(t))
	conn := pgtest.Connect(t, db)
	session := pgtest.DefaultSuite(t).File("session")
	run(t, conn, session)
	tool, err := pgtest.Options().Finder.Pick(context.Background(), "psql", pgtest.Server(t).Version,
		func(pgtool.Version) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	conninfo, secrets := db.DSN().Programs()
	for _, tt := range []struct{ name, text string }{
		{"every ASCII character", "select n, chr(n) || 'x' || chr(n) from generate_series(1, 127) as n order by n"},
		{"characters beyond ASCII", `select 'é 日本 🙂', U&'e\0301\2028\200F' order by 1`},
		{"null beside an empty string and a literal \\N", `select null, '', '\N', '\.' order by 1`},
		{"what settings change", "select now() = now(), timestamptz '2026-03-29 02:30+01', '-1 day 02:03'::interval, " +
			"0.1::float8, '\\xDEAD'::bytea, array[null, 'null'], 1.10 order by 1"},
		{"a line beyond every buffer", "select repeat('é', 200000), 2 order by 1"},
		{"a semicolon at the end", "select 1 order by 1;"},
		{"a semicolon and a comment at the end", "select 1 order by 1; -- done"},
		{"a comment at the end, without a newline", "select 1 order by 1 -- done"},
		{"a block comment at the end", "select 1 order by 1 /* done; */ ;\n\n"},
		{"a header in other scripts", "-- größer; 日本\nselect 1 order by 1"},
		{"with, values, table", "with a(n) as (values (2), (1)) table a order by n"},
		{"no row", "select 1 where false order by 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := file(t, "invariant/a", tt.text)
			var got, want bytes.Buffer
			if _, err := suite.Copy(context.Background(), conn.PgConn(), f, &got); err != nil {
				t.Fatal(err)
			}
			err := pgtool.Process{
				Path: tool.Path, Args: []string{"-XAtq", "-v", "ON_ERROR_STOP=1", "-d", conninfo},
				Env:    pgtool.CleanEnv(os.Environ(), secrets...),
				Stdin:  strings.NewReader(session.Text + ";\ncopy (\n" + f.Statements[0].Text + "\n) to stdout;\n"),
				Stdout: &want,
			}.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("\n got %.300q\nwant %.300q", got.Bytes(), want.Bytes())
			}
		})
	}
}

func TestLines(t *testing.T) {
	conn := connect(t)
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"no row is no line", "select 'x'::text as fault where false", nil},
		{"a row is a line, as COPY text", `select E'a\tb\\c\nd'::text as fault`, []string{`a\tb\\c\nd`}},
		{"an empty text is a line too", "select ''::text as fault", []string{""}},
		{"empty texts at the end are kept", "select f as fault from unnest(array['a', '', null, '']) as f",
			[]string{"a", "", `\N`, ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := suite.Lines(context.Background(), conn.PgConn(), file(t, "probe/a", tt.text))
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%q, not %q (%v)", got, tt.want, err)
			}
		})
	}
	t.Run("what stands before the select is done first", func(t *testing.T) {
		run(t, conn, file(t, "schema", "begin"))
		defer run(t, conn, file(t, "schema", "rollback"))
		got, err := suite.Lines(context.Background(), conn.PgConn(),
			file(t, "probe/a", "create table public.probed (fault text);\ninsert into public.probed values ('x'); select "+
				"fault from public.probed"))
		if err != nil || !slices.Equal(got, []string{"x"}) {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("an error of what stands before the select is an error", func(t *testing.T) {
		_, err := suite.Lines(context.Background(), conn.PgConn(),
			file(t, "probe/a", "select 1;\ninsert into public.none values (1);\nselect 'x'::text as fault"))
		if err == nil || !strings.HasPrefix(err.Error(), `dir/probe/a.sql:2: ERROR: relation "public.none" does not exist`) {
			t.Error(err)
		}
	})
	t.Run("a query of text that stands in no file", func(t *testing.T) {
		got, err := suite.Lines(context.Background(), conn.PgConn(), suite.Query("rows of t", "select 1, 'a'"))
		if err != nil || !slices.Equal(got, []string{"1\ta"}) {
			t.Errorf("%q, %v", got, err)
		}
		_, err = suite.Lines(context.Background(), conn.PgConn(), suite.Query("rows of t", "select wrong"))
		if err == nil || !strings.HasPrefix(err.Error(), `rows of t:1: ERROR: column "wrong" does not exist`) {
			t.Error(err)
		}
	})
	t.Run("a wrong column is an error", func(t *testing.T) {
		if got, err := suite.Lines(context.Background(), conn.PgConn(), file(t, "probe/a", "select 1")); !errors.Is(err, suite.ErrInvalid) {
			t.Errorf("%q, %v", got, err)
		}
	})
}
