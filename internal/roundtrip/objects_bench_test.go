package roundtrip_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
)

// manyObjects are the kinds of objects of which a database may have thousands: what is made once, and what is made of each,
// where {n} is its number. per is how many objects one such statement makes; 0 is one.
var manyObjects = []struct {
	name, once, each string
	per              int
}{
	{name: "tables with identity", each: "create table t{n} (id int generated always as identity primary key, name text, at timestamptz)"},
	{name: "foreign keys", once: "create table p (id int primary key)", each: "create table t{n} (id int references p, name text)"},
	{name: "columns of wide tables", per: 1000, each: "create table t{n} ({columns})"},
	{name: "partitions of one table", once: "create table p (id int, name text) partition by list (id)", each: "create table t{n} partition of p for values in ({n})"},
	{name: "partitioned tables", each: "create table t{n} (id int generated always as identity) partition by range (id); create table t{n}_1 partition of t{n} default"},
	{name: "inheritance children", once: "create table p (id int default 1 check (id > 0), name text)", each: "create table t{n} (more int) inherits (p)"},
	{name: "views", once: "create table p (id int, name text)", each: "create view v{n} as select id, upper(name) as name from p where id > {n}"},
	{name: "views of views", once: "create view v0 as select 1 as id", each: "create view v{n} as select id from v{hundred}"},
	{name: "materialized views", once: "create table p (id int, name text)", each: "create materialized view v{n} as select id, upper(name) as name from p where id > {n}"},
	{name: "functions", each: "create function f{n}(a int, b text default 'x') returns int language sql as 'select a + {n}'"},
	{name: "bodies of functions", once: "create table p (id int)", each: "create function f{n}() returns void language plpgsql as 'begin perform 1 from p; end'"},
	{name: "aggregates", each: "create aggregate a{n}(int) (sfunc = int4pl, stype = int, initcond = '0')"},
	{name: "operators", each: "create function f{n}(int, int) returns bool language sql immutable as 'select $1 < $2'; create operator <#{sign}> (function = f{n}, leftarg = int, rightarg = int)"},
	{name: "triggers of one table", once: "create table p (id int); create function f() returns trigger language plpgsql as 'begin return new; end'",
		each: "create trigger g{n} before insert on p for each row when (new.id > {n}) execute function f()"},
	{name: "triggers of tables", once: "create function f() returns trigger language plpgsql as 'begin return new; end'",
		each: "create table t{n} (id int); create trigger g after insert on t{n} for each row execute function f()"},
	{name: "rules of one table", once: "create table p (id int)", each: "create rule r{n} as on insert to p where new.id = {n} do also nothing"},
	{name: "policies of one table", once: "create table p (id int)", each: "create policy q{n} on p using (id > {n})"},
	{name: "enums", each: "create type e{n} as enum ('a', 'b', 'c')"},
	{name: "labels of one enum", once: "create type e as enum ()", each: "alter type e add value 'label{n}'"},
	{name: "domains", each: "create domain d{n} as text check (value <> '')"},
	{name: "composite types", each: "create type c{n} as (a int, b text)"},
	{name: "columns of composite types", each: "create type c{n} as (a int, b text); create table t{n} (c c{n}, d c{n}[])"},
	{name: "range types", each: "create type r{n} as range (subtype = float8)"},
	{name: "schemas", each: "create schema s{n}"},
	{name: "schemas with a table", each: "create schema s{n}; create table s{n}.t (id serial primary key)"},
	{name: "grants on tables", each: "create table t{n} (id int); grant select, insert on t{n} to pg_monitor; grant select on t{n} to public"},
	{name: "grants on columns", each: "create table t{n} (id int, name text); grant select (id), update (name) on t{n} to pg_monitor"},
	{name: "default privileges", each: "create schema s{n}; alter default privileges in schema s{n} grant select on tables to pg_monitor"},
	{name: "comments", each: "create table t{n} (id int); comment on table t{n} is 'the table {n}'; comment on column t{n}.id is 'its key'"},
	{name: "tables of a publication", once: "create publication p", each: "create table t{n} (id int); alter publication p add table t{n}"},
	{name: "publications", each: "create table t{n} (id int); create publication p{n} for table t{n}"},
	{name: "extended statistics", each: "create table t{n} (a int, b int); create statistics x{n} on a, b from t{n}"},
	{name: "large objects", each: "select lo_from_bytea({n} + 100000, 'the large object {n}')"},
	{name: "indexes of one table", once: "create table p (id int, name text)", each: "create index i{n} on p (name) where id = {n}"},
	{name: "indexes with functions", once: "create function f(int) returns int language sql immutable as 'select $1'", each: "create table t{n} (id int); create index on t{n} (f(id))"},
	{name: "checks", each: "create table t{n} (id int check (id > {n}), name text not null default 'x' unique)"},
	{name: "sequences", each: "create sequence s{n}"},
	{name: "sequences of one table", once: "create table p ()", per: 1, each: "create sequence s{n} owned by none"},
	{name: "generated columns", each: "create table t{n} (id int, twice int generated always as (id * 2) stored)"},
	{name: "foreign tables", once: "create foreign data wrapper w; create server s foreign data wrapper w", each: "create foreign table t{n} (id int) server s options (a 'b')"},
	{name: "text search configurations", each: "create text search configuration c{n} (copy = pg_catalog.english)"},
	{name: "collations", each: "create collation c{n} (locale = 'C')"},
	{name: "casts", each: "create type e{n} as enum ('a'); create function f{n}(e{n}) returns int language sql as 'select 1'; create cast (e{n} as int) with function f{n}(e{n})"},
}

// A file that needs more than this for an object, or grows more than the objects do, is a fault.
const (
	mostPerObject = 100 * time.Microsecond
	mostGrowth    = 5.0
	noteworthy    = 40 * time.Millisecond // shorter times are noise
)

// BenchmarkObjects builds 2,000 and 8,000 objects of each kind in a database that was never analyzed, and prints how long
// each query file takes, and a whole dump. PGROUNDTRIP_BENCH_KINDS is a part of the names of kinds.
func BenchmarkObjects(b *testing.B) {
	server := pgtest.Under(b, "", cluster.Options{Settings: map[string]string{"autovacuum": "off", "max_locks_per_transaction": "2048"}})
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer out.Flush()
	b.ReportMetric(0, "ns/op")
	for _, kind := range manyObjects {
		if !strings.Contains(kind.name, os.Getenv("PGROUNDTRIP_BENCH_KINDS")) {
			continue
		}
		const small, large = 2000, 8000
		few := timesOfFiles(b, server, kind.once, kind.each, small, max(kind.per, 1))
		many := timesOfFiles(b, server, kind.once, kind.each, large, max(kind.per, 1))
		for _, name := range slices.Sorted(maps.Keys(many)) {
			growth, each := many[name].Seconds()/few[name].Seconds(), many[name]/large
			verdict := ""
			if many[name] > noteworthy && (growth > mostGrowth || each > mostPerObject && name != "all") {
				verdict = "FAULT"
			}
			if many[name] > noteworthy || name == "all" {
				fmt.Fprintf(out, "%s\t%s\t%d ms\t%d ms\tx %.1f\t%d µs\t%s\n", kind.name, name, few[name].Milliseconds(), many[name].Milliseconds(), growth, each.Microseconds(), verdict)
			}
		}
		out.Flush()
	}
}

// timesOfFiles builds n objects and times every query file, the best of two.
func timesOfFiles(b *testing.B, server *cluster.Server, once, each string, n, per int) map[string]time.Duration {
	b.Helper()
	source, conn := filled(b, server)
	defer conn.Close(context.Background())
	mustExec(b, conn, "set synchronous_commit = off; set search_path = public")
	build := buildMany(once, each, n, per)
	for batch := range slices.Chunk(build, 200) {
		mustExec(b, conn, strings.Join(batch, ";\n"))
	}
	_ = source
	times := map[string]time.Duration{}
	reader := connection(b, source)
	defer reader.Close(context.Background())
	prepareFiles(b, reader)
	for name, text := range catalogQueries(b) {
		for range 2 {
			start := workOf(b, reader)
			if err := runQueries(reader, text); err != nil && !strings.Contains(err.Error(), "statement timeout") {
				b.Fatalf("%s: %v", name, err)
			}
			if took := workOf(b, reader) - start; times[name] == 0 || took < times[name] {
				times[name] = took
			}
		}
		times["all"] += times[name]
	}
	return times
}

func buildMany(once, each string, n, per int) (statements []string) {
	var columns []string
	for i := range per {
		columns = append(columns, "c"+strconv.Itoa(i)+" int")
	}
	if once != "" {
		statements = append(statements, once)
	}
	for i := 1; i <= n/per; i++ {
		sign := strings.NewReplacer("0", "+", "1", "*", "2", "|", "3", "<", "4", "=", "5", "~", "6", "!", "7", "@", "8", "%", "9", "^").Replace(strconv.Itoa(i))
		statements = append(statements, strings.NewReplacer("{n}", strconv.Itoa(i), "{hundred}", strconv.Itoa((i-1)/100*100), "{columns}", strings.Join(columns, ", "), "{sign}", sign).Replace(each))
	}
	return statements
}

// prepareFiles makes a session ready for every query file.
func prepareFiles(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	runFile(t, conn, "session")
	mustExec(t, conn, `set statement_timeout = '20s'; set max_parallel_workers_per_gather = 0; set pgroundtrip.pg_dump_major = '15'; set pgroundtrip.words = '{pg_class,pg_proc,pg_attribute}';
		set pgroundtrip.needed_words = '{}'; set pgroundtrip.settings = ''; set pgroundtrip.rows = '24'; select set_config('pgroundtrip.schema', 'public', false), set_config('pgroundtrip.table', 't1', false)`)
}

// catalogQueries are the query files that read the whole catalog, by their names.
func catalogQueries(t testing.TB) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../../sql/invariant/*.sql", "../../sql/hint/*.sql", "*.sql", "../session/*.sql"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, path := range paths {
			name := filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".sql")
			texts[strings.TrimPrefix(name, "./")] = fileText(t, path)
		}
	}
	return texts
}

// workOf is how long the session has had a processor: on a machine that does other work too the clock says little.
func workOf(t testing.TB, conn *pgx.Conn) time.Duration {
	t.Helper()
	var work int64
	schedstat, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", conn.PgConn().PID()))
	if err != nil { // another system
		return time.Duration(time.Now().UnixNano())
	}
	if _, err := fmt.Sscan(string(schedstat), &work); err != nil {
		t.Fatal(err)
	}
	return time.Duration(work)
}

// runQueries reads all that the statements print.
func runQueries(conn *pgx.Conn, text string) error {
	result := conn.PgConn().Exec(context.Background(), text)
	for result.NextResult() {
		for reader := result.ResultReader(); reader.NextRow(); {
		}
	}
	return result.Close()
}
