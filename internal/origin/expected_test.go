//go:build unix

package origin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

func TestWhatADumpLeavesOutByDesignIsListed(t *testing.T) {
	server := pgtest.Server(t)
	for _, c := range pgtest.Dealt(t, 2, []struct {
		what, text string // DATABASE stands for the database's name
		least      int    // the oldest major that has it
	}{
		{"settings of the database", "alter database DATABASE set work_mem = '8MB'", 13},
		{"grants on the database, and its connection limit", "alter database DATABASE connection limit 50", 13},
		{"grants on the database, and its connection limit", "grant connect on database DATABASE to pg_monitor", 13},
		{"the comment on the database", "comment on database DATABASE is 'kept nowhere'", 13},
		{"lc_monetary", "create domain price as money; create table prices (price price)", 13},
		{"lc_monetary", "create table prices (list money[])", 13},
		{"rows of foreign tables", "create foreign data wrapper far; create server far foreign data wrapper far; create " +
			"foreign table there (n int) server far", 13},
		{"tablespaces", "set allow_in_place_tablespaces = on; create tablespace TABLESPACE location ''; create table " +
			"elsewhere (n int) tablespace TABLESPACE", 15},
	}) {
		t.Run(c.what, func(t *testing.T) {
			if server.Version.Major < c.least {
				t.Skipf("NOT COVERED: PostgreSQL %d does not have it", server.Version.Major)
			}
			source, conn := storytest.Filled(t, server)
			storytest.RequireExpected(t, storytest.TakeDump(t, source, nil))
			name := source.DSN()["dbname"]
			if strings.Contains(c.text, "TABLESPACE") {
				t.Cleanup(func() {
					storytest.MustExec(t, conn, "drop table elsewhere")
					storytest.MustExec(t, conn, "drop tablespace "+name+"_space")
				})
			}
			for text := range strings.SplitSeq(strings.NewReplacer("DATABASE", name, "TABLESPACE", name+"_space").Replace(c.text), "; ") {
				storytest.MustExec(t, conn, text)
			}
			b := storytest.TakeDump(t, source, nil)
			storytest.RequireExpected(t, b, c.what)
			storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
		})
	}
}

func TestRulesOfAnICUDatabaseAreListedAsLeftOut(t *testing.T) {
	server := pgtest.Server(t)
	if dirs := pgtest.Bindirs(); len(dirs) > 0 {
		server = pgtest.On(t, dirs[len(dirs)-1])
	}
	if server.Version.Major < 16 {
		t.Skipf("NOT COVERED: PostgreSQL %d has no rules of ICU", server.Version.Major)
	}
	conn := storytest.Connection(t, server)
	storytest.MustExec(t, conn,
		"create database ruled template template0 encoding 'UTF8' locale_provider icu icu_locale 'und' icu_rules '& a < b'")
	t.Cleanup(func() { storytest.MustExec(t, conn, "drop database ruled") })
	storytest.RequireExpected(t, storytest.TakeDump(t, storytest.At(t, server, "dbname", "ruled"), nil), "ICU rules of the database")
}

func TestAStandbyListsWhatIsUnloggedAndThePrimaryItsSlots(t *testing.T) {
	for _, bindir := range pgtest.SomeMajors() {
		p := pgtest.Replicated(t, bindir, 1)
		primary := p.Server(t, "postgres")
		t.Run(fmt.Sprint(primary.Version.Major), func(t *testing.T) {
			conn := storytest.Connection(t, primary)
			storytest.MustExec(t, conn, "create database app")
			source := p.Server(t, "app")
			source.Bindir = bindir // the programs of its own major
			conn = storytest.Connection(t, source)
			storytest.MustExec(t, conn, "create unlogged table public.fleeting as select 1 as n")
			storytest.MustExec(t, conn, "create unlogged table public.counted (id serial, n int)")
			storytest.MustExec(t, conn, "insert into public.counted (n) values (1)")
			storytest.MustExec(t, conn,
				"create table public.parted (id int generated always as identity, n int) partition by range (n)")
			storytest.MustExec(t, conn,
				"create unlogged table public.parted_1 partition of public.parted for values from (0) to (10)")
			storytest.MustExec(t, conn, "insert into public.parted (n) values (1)")
			storytest.MustExec(t, conn, "create table public.kept as select 1 as n")
			p.AwaitReplay(t, p.Standbys...)
			standby := p.Standbys[0].Server(t, "app")
			standby.Bindir = bindir
			b := storytest.TakeDump(t, standby, nil)
			storytest.RequireExpected(t, b, "the rows of the unlogged table public.fleeting",
				"the rows of the unlogged table public.counted",
				"the state of the sequence public.counted_id_seq", "the state of the sequence public.parted_id_seq")
			storytest.RequirePass(t, storytest.TryRestore(t, source, b, nil))
			storytest.RequireFails(t, storytest.Damaging(t, source, b, "delete from public.kept"), storytest.TablesCheck, "table=kept")

			storytest.MustExec(t, conn, "select pg_create_logical_replication_slot('kept', 'pgoutput')")
			b = storytest.TakeDump(t, source, nil)
			storytest.RequireExpected(t, b, "replication slots")
			storytest.RequirePass(t, storytest.TryRestore(t, source, b, nil))
		})
	}
}

// A row of a result that pg_dump loses by design is no failure as long as it alone is lost; when it
// is not lost any more, that is told.
func TestALossByDesignIsNoFailureAndOneThatDoesNotHappenIsTold(t *testing.T) {
	for _, server := range storytest.EveryMajor(t) {
		t.Run(fmt.Sprint(server.Version.Major), func(t *testing.T) {
			source, conn := storytest.Filled(t, server,
				"create table public.parts (n int); comment on table public.parts is 'many'; create index half on public.parts "+
					"(n); insert into public.parts values (1)")
			const index, invalid = "the invalid index public.half", "update pg_index set indisvalid = false where indexrelid " +
				"= 'public.half'::regclass"
			storytest.MustExec(t, conn, invalid)
			losses := map[string][]string{index: {"create index half on public.parts (n)", invalid}}
			check := map[string]string{index: "record/invariant/indexes"}
			const onType, onSchema = "the comment on the multirange type public.spans", "the comment on schema public"
			if server.Version.Major >= 14 {
				storytest.MustExec(t, conn, "create type public.span as range (subtype = int, multirange_type_name = public.spans)")
				storytest.MustExec(t, conn, "comment on type public.spans is 'many spans'")
				losses[onType], check[onType] = []string{"comment on type public.spans is 'many spans'"}, "record/invariant/comments"
			}
			if server.Version.Major < 15 {
				storytest.MustExec(t, conn, "comment on schema public is 'ours'")
				losses[onSchema], check[onSchema] = []string{"comment on schema public is 'ours'"}, "record/invariant/comments"
			}
			b := storytest.TakeDump(t, source, nil)
			o := storytest.TryRestore(t, server, b, nil)
			storytest.RequirePass(t, o)
			if len(o.Notes) > 0 {
				t.Errorf("notes %q, and every loss was met", o.Notes)
			}
			for what, again := range losses {
				if said := storytest.Sayings(o, check[what]); !strings.Contains(said, "differs only as expected") ||
					!strings.Contains(said, what) {
					t.Errorf("%s does not tell of the loss of %s:\n%s", check[what], what, said)
				}
				o := storytest.Damaging(t, server, b, again...)
				if told := strings.Join(o.Notes, "\n"); !strings.Contains(told, "expected to be lost, but is there: "+what) {
					t.Errorf("%s is back, and the notes are %q", what, o.Notes)
				}
			}
			// One more loss beside it is not excused.
			storytest.RequireFails(t, storytest.Damaging(t, server, b, "comment on table public.parts is null"),
				"record/invariant/comments", "parts")
			storytest.RequireFails(t, storytest.Damaging(t, server, b, "create index more on public.parts (n)"),
				"record/invariant/indexes", "more")
		})
	}
}

// A standby has to replay what its primary did, and ends a session that holds it up for too long.
func TestADumpThatHoldsUpAStandbySaysWhatToDo(t *testing.T) {
	p := pgtest.Replicated(t, "", 1)
	conn := storytest.Connection(t, p.Server(t, "postgres"))
	storytest.MustExec(t, conn, "create table public.dropped as select n from generate_series(1, 1000) as n")
	for _, statement := range []string{"alter system set max_standby_streaming_delay = '100ms'",
		"select pg_reload_conf()"} {
		if err := p.Standbys[0].Do(statement); err != nil {
			t.Fatal(err)
		}
	}
	p.AwaitReplay(t, p.Standbys...)
	_, err := storytest.TryDump(t, p.Standbys[0].Server(t, "postgres"), func(o *origin.Options) {
		o.OnPhase = func(phase string) {
			if phase == between {
				// Each time: a dump begins again where objects changed meanwhile.
				storytest.MustExec(t, conn,
					"drop table public.dropped; create table public.dropped as select n from generate_series(1, 1000) as n")
				p.AwaitReplay(t, p.Standbys...)
			}
		}
	})
	var hint *hint.Error
	if !errors.As(err, &hint) || !strings.Contains(hint.Hint, "max_standby_streaming_delay") {
		t.Errorf("the error is %v, want one with a hint about max_standby_streaming_delay", err)
	}
}
