//go:build unix

package roundtrip_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
)

// baseTable has two columns of each type, so that a mutation can read the other one.
const baseTable = `
	create type mood as enum ('sad', 'ok', 'happy');
	create type pair as (a int, b varchar);
	create table base (id int, i int, j int, big bigint, wide bigint, n numeric(8,2), m numeric, t text, u text, v varchar(10),
		w varchar(20), c char(3), d char(4), na name, nb name, e mood, f mood, day date, due date, at timestamptz, till timestamptz,
		ts timestamp, ts2 timestamp, js jsonb, kj jsonb, tags text[], tags2 text[], codes varchar[], codes2 varchar[],
		nums int[], nums2 int[], x xml, y xml);
	create function touched() returns trigger language plpgsql as 'begin return new; end';`

// A kind is a kind of object that has a definition.
type kind struct {
	name  string
	since int      // the oldest major that has it
	at    place    // where its expression is used
	start []string // what the expression may be
	// make creates object k with that expression, on table $table; drop takes it away.
	make, drop string
	row        string // how a report names it: the query and the key, with $object for the object and $table for its table
}

var (
	immutable = place{isOwn: true}
	anything  = place{isFree: true, isOwn: true}
	constant  = place{columns: "-", isFree: true, isOwn: true}
	builtin   = place{}
)

// with are places that differ in how they name columns.
func (at place) with(columns string) place { at.columns = columns; return at }

func (at place) withSubqueries() place { at.sub = true; return at }

func (at place) withValue(kind string) place { at.columns, at.value = "-", kind; return at }

var kinds = []kind{
	{"check", 13, anything, []string{"bool"}, "alter table $table add constraint $object check ($text)",
		"alter table $table drop constraint $object", "constraints schema=public of=$table constraint=$object"},
	{"check of a parent", 13, anything, []string{"bool"},
		"create table $object (like base, constraint k check ($text)) partition by list (id); create table $object_1 " +
			"partition of $object default",
		"drop table $object", "constraints schema=public of=$object constraint=k"},
	{"domain over int", 13, anything.withValue("int"), []string{"bool"},
		"create domain $object as int constraint k check ($text)",
		"drop domain $object", "constraints schema=public of=$object constraint=k"},
	{"domain over varchar", 13, anything.withValue("var"), []string{"bool"},
		"create domain $object as varchar(5) constraint k check ($text)",
		"drop domain $object", "constraints schema=public of=$object constraint=k"},
	{"domain default", 13, constant, []string{"num", "int"}, "create domain $object as numeric default $text",
		"drop domain $object", "types schema=public type=$object"},
	{"exclusion", 13, immutable, []string{"bool"},
		"alter table $table add constraint $object exclude using btree ((nullif(i, 3)) with =) where ($text)",
		"alter table $table drop constraint $object", "constraints schema=public of=$table constraint=$object"},
	{"index expression", 13, immutable, []string{"bool", "int", "text", "num", "var", "tags", "day"},
		"create index $object on $table (i, ($text) desc)",
		"drop index $object", "indexes schema=public index=$object"},
	{"index predicate", 13, immutable, []string{"bool"},
		"create unique index $object on $table (lower(v)) include (id) where $text",
		"drop index $object", "indexes schema=public index=$object"},
	{"generated column", 13, immutable, []string{"bool"},
		"create table $object (like base, g bool generated always as ($text) stored)",
		"drop table $object", "columns schema=public relation=$object column=g"},
	{"generated text", 13, immutable, []string{"text"},
		"create table $object (like base, g varchar(5) generated always as ($text) stored)",
		"drop table $object", "columns schema=public relation=$object column=g"},
	{"virtual column", 18, builtin, []string{"num", "int"},
		"create table $object (like base, g numeric generated always as ($text))",
		"drop table $object", "columns schema=public relation=$object column=g"},
	{"column default", 13, constant, []string{"text", "var", "int"},
		"create table $object (a int, c varchar(9) default $text)",
		"drop table $object", "columns schema=public relation=$object column=c"},
	{"view column default", 13, constant, []string{"bool"},
		"create view $object as select true as c; alter view $object alter c set default $text",
		"drop view $object", "columns schema=public relation=$object column=c"},
	{"argument default", 13, constant.withSubqueriesOff(), []string{"num"},
		"create function $object(int, out o int, a text default 'x,''y', b numeric default $text) language sql as 'select 1'",
		"drop function $object", "functions schema=public function=$object arguments=integer, text, numeric"},
	{"return", 14, constant.withSubqueries(), []string{"bool"},
		"create function $object(i int, v varchar default 'a') returns bool language sql return $text",
		"drop function $object", "functions schema=public function=$object arguments=integer, character varying"},
	{"begin atomic", 14, anything.with("t.").withSubqueries(), []string{"query"},
		"create procedure $object(i int) language sql begin atomic delete from base where base.i = $1; $text; end",
		"drop procedure $object", "functions schema=public function=$object arguments=integer"},
	{"view", 13, anything.with("t.").withSubqueries(), []string{"query"}, "create view $object as $text",
		"drop view $object", "views schema=public view=$object"},
	{"view in use", 13, anything.with("t.").withSubqueries(), []string{"bool"},
		"create view $object as select t.id as i, v from base as t where $text; create view $object_user as select i from " +
			"$object where v in ('a', 'b')",
		"drop view $object cascade", "views schema=public view=$object"},
	{"materialized view", 13, anything.with("t.").withSubqueries(), []string{"query"},
		"create materialized view $object as $text with no data",
		"drop materialized view $object", "views schema=public view=$object"},
	{"rule", 13, anything.with("new."), []string{"bool"},
		"create rule $object as on update to $table where $text do also (insert into base (i, v) values (new.i, 'a'), (1, " +
			"new.v); delete from base as b where b.i = old.i)",
		"drop rule $object on $table", "rules schema=public relation=$table rule=$object"},
	{"action of a rule", 13, anything.with("old.").withSubqueries(), []string{"bool"},
		"create rule $object as on delete to $table do instead update base as b set j = 2, v = 'x' where b.i = old.i and " +
			"$text returning b.*",
		"drop rule $object on $table", "rules schema=public relation=$table rule=$object"},
	{"policy", 13, anything.withSubqueries(), []string{"bool"},
		"create policy $object on $table for update using ($text) with check (v in ('a', 'b'))",
		"drop policy $object on $table", "policies schema=public table=$table policy=$object"},
	{"policy with check", 13, anything.withSubqueries(), []string{"bool"},
		"create policy $object on $table for insert with check ($text)",
		"drop policy $object on $table", "policies schema=public table=$table policy=$object"},
	{"trigger", 13, anything.with("new."), []string{"bool"},
		"create trigger $object before update of i on $table for each row when ($text) execute function touched()",
		"drop trigger $object on $table", "triggers schema=public table=$table trigger=$object"},
	{"constraint trigger", 13, anything.with("old."), []string{"bool"},
		"create constraint trigger $object after delete on $table deferrable for each row when ($text) execute function " +
			"touched()",
		"drop trigger $object on $table", "triggers schema=public table=$table trigger=$object"},
	{"statistics", 14, immutable, []string{"bool", "int", "text", "num"},
		"create statistics $object (mcv) on ($text), v, (lower(t)) from $table",
		"drop statistics $object", "statistics schema=public statistics=$object"},
	{"publication", 15, builtin, []string{"bool"}, "create publication $object for table $table (id, v) where ($text)",
		"drop publication $object", `publications publication=$object part=table object=public.$table`},
	{"partition key", 13, immutable, []string{"int", "text", "bool"},
		"create table $object (like base) partition by range (v, ($text), id)",
		"drop table $object", "relations schema=public relation=$object"},
	{"partition bound", 13, constant, []string{"slit"},
		"create table $object (a int, v varchar(10)) partition by list (v); create table $object_1 partition of $object " +
			"for values in ('q', $text)",
		"drop table $object", "relations schema=public relation=$object_1"},
}

func (at place) withSubqueriesOff() place { at.sub = false; return at }

// A definition is an object and its mutation, which differs in one place.
type definition struct {
	make, remake, drop string
	row                string
}

// definitions makes n of them in the database behind conn, of every kind in turn. A text that the server does not take
// is no definition; most must be taken.
func definitions(t *testing.T, conn *pgx.Conn, major, n int, seed uint64) (all []definition) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, uint64(major)))
	storytest.MustExec(t, conn, baseTable)
	fitting := slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.since > major })
	tried := 0
	for k := 0; len(all) < n; k++ {
		of := fitting[k%len(fitting)]
		table := fmt.Sprintf("host_%d", len(all)/100)
		storytest.MustExec(t, conn, fmt.Sprintf("create table if not exists %s (like base)", table))
		of.at.major = major
		for isMade := false; !isMade; tried++ {
			if tried > 10*n+1000 {
				t.Fatalf("%d texts were tried for %d definitions: %s", tried, len(all), of.name)
			}
			var d definition
			if d, isMade = of.random(random, table, fmt.Sprintf("made_%d", len(all))); !isMade {
				continue
			}
			_, err := conn.Exec(context.Background(), "begin; "+d.remake+"; rollback; "+d.make)
			if isMade = err == nil; isMade {
				all = append(all, d)
				continue
			}
			storytest.MustExec(t, conn, "rollback")
			if os.Getenv("PGROUNDTRIP_REFUSED") != "" {
				t.Logf("%s: %v\n%s", of.name, err, d.make)
			}
		}
	}
	if tried > 2*n+100 {
		t.Errorf("%d texts were tried for %d definitions: the grammar makes too much that is none", tried, n)
	}
	return all
}

func (of kind) random(random *rand.Rand, table, object string) (d definition, ok bool) {
	one, other, ok := settle(random, of.at.expand(random, of.start[random.IntN(len(of.start))], 1+random.IntN(3)))
	if !ok || one == other {
		return d, false
	}
	fill := func(template, text string) string {
		return strings.NewReplacer("$table", table, "$object", object, "$text", text).Replace(template)
	}
	return definition{
		make: fill(of.make, one), remake: fill(of.make, other), drop: fill(of.drop, ""), row: "invariant/" + fill(of.row, ""),
	}, true
}

// numberOf returns a number from the environment.
func numberOf(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(variable), strconv.Itoa(otherwise)))
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// TestRandomDefinitionsSurviveAndEachMutationIsNamed makes random definitions of every kind, dumps and restores them
// into the same major and the newest (at full length, every newer one), where none may differ, and then changes one
// constant, operator, column, cast or pair of parentheses in each of the copies, where every one must be named, and
// nothing else: by a server that prints definitions again, and by two records alone.
func TestRandomDefinitionsSurviveAndEachMutationIsNamed(t *testing.T) {
	usual := map[bool]int{true: 150, false: 50}[pgtest.Long()]
	n, seed := numberOf(t, "PGROUNDTRIP_DEFINITIONS", usual), uint64(numberOf(t, "PGROUNDTRIP_SEED", 1))
	servers := storytest.EveryMajor(t)
	for i, old := range servers {
		source, conn := storytest.Filled(t, old)
		all := definitions(t, conn, old.Version.Major, n, seed)
		b := storytest.TakeDump(t, source, nil)
		for _, target := range storytest.SameAndNewest(servers[i:]) {
			t.Run(fmt.Sprintf("%d to %d, seed %d", old.Version.Major, target.Version.Major, seed), func(t *testing.T) {
				testDefinitions(t, target, b, all)
			})
		}
	}
}

func testDefinitions(t *testing.T, target *cluster.Server, b *storytest.Backup, all []definition) {
	isReached := false
	o := storytest.TryRestore(t, target, b, func(o *drill.Options) {
		o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
			isReached = true
			storytest.RunFile(t, conn, "session")
			changed := changedDefinitions(t, conn, b.Manifest)
			if len(changed.Printed) > 0 {
				t.Errorf("%d differ without a mutation:\n%s", len(changed.Printed), whatTheyAre(changed.Printed, all))
			}
			if len(changed.Spelled) > 0 {
				t.Errorf("%d differ as records without a mutation:\n%s", len(changed.Spelled), whatTheyAre(changed.Spelled, all))
			}
			mutate(t, conn, all)
			changed = changedDefinitions(t, conn, b.Manifest)
			requireEach(t, changed.Printed, all)
			requireEach(t, changed.Spelled, all)
			return nil
		}
	})
	if !isReached {
		t.Fatalf("the archive was not restored: %v", o.Err)
	}
}

// changedDefinitions are the rows that differ from the manifest in what definitions are printed.
func changedDefinitions(t *testing.T, conn *pgx.Conn, manifest *record.Record) roundtrip.Changed {
	t.Helper()
	ctx := context.Background()
	s := pgtest.DefaultSuite(t)
	queries := slices.DeleteFunc(s.Queries(), func(f *suite.File) bool { return s.Reprint(f.Name) == nil })
	r, err := take.Record(ctx, []*pgconn.PgConn{conn.PgConn()}, queries, take.Options{Phase: "restore"})
	if err != nil {
		t.Fatal(err)
	}
	changed, err := roundtrip.ChangedRows(ctx, conn, s, manifest, r)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows differ as text, %d as records, %d after they were printed again",
		len(changed.AsText), len(changed.Spelled), len(changed.Printed))
	return changed
}

func mutate(t *testing.T, conn *pgx.Conn, all []definition) {
	t.Helper()
	storytest.MustExec(t, conn, "set search_path = public")
	for _, d := range all {
		storytest.MustExec(t, conn, d.drop+"; "+d.remake)
	}
	storytest.RunFile(t, conn, "session")
}

// requireEach ends the test unless exactly the given definitions are among the changed rows.
func requireEach(t *testing.T, changed []string, all []definition) {
	t.Helper()
	for _, d := range all {
		if !slices.Contains(changed, d.row) {
			t.Errorf("%s is not named:\n- %s\n+ %s", d.row, d.make, d.remake)
		}
	}
	for _, row := range changed {
		isMeant := slices.ContainsFunc(all,
			func(d definition) bool { return d.row == row || strings.HasPrefix(row, d.row+"_") })
		if !isMeant && !strings.Contains(row, "=made_") {
			t.Errorf("%s is named, and was not changed", row)
		}
	}
}

// whatTheyAre returns some rows with the statements that created their objects.
func whatTheyAre(rows []string, all []definition) string {
	var b strings.Builder
	for _, row := range rows[:min(20, len(rows))] {
		fmt.Fprintln(&b, row)
		for _, d := range all {
			if d.row == row {
				fmt.Fprintln(&b, "  "+d.make)
			}
		}
	}
	return b.String()
}
