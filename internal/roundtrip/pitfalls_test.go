//go:build unix

package roundtrip_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// The tests of this file are losses that pg_dump, pg_restore and psql end with exit status 0: each
// must end in a difference or a refusal here. The letters are the sections of the report on them.

// restoring runs pg_restore by hand, into the database behind conn.
func restoring(t testing.TB, server *cluster.Server, conn *pgx.Conn, args ...string) (output string, err error) {
	t.Helper()
	conninfo, secrets := server.DSN().With("dbname", conn.Config().Database).Programs()
	cmd := exec.Command(storytest.Program(t, server, "pg_restore"), append([]string{"--dbname=" + conninfo}, args...)...)
	cmd.Env = pgtool.CleanEnv(os.Environ(), secrets...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// b1: settings of the database or the role

// hostileSchema is a schema whose operators return wrong results.
const hostileSchema = `
	create schema hostile;
	create function hostile.yes(text, text) returns boolean language sql immutable as 'select true';
	create function hostile.no(text, text) returns boolean language sql immutable as 'select false';
	create function hostile.yes(bytea, bytea) returns boolean language sql immutable as 'select true';
	create operator hostile.= (leftarg = text, rightarg = text, function = hostile.yes);
	create operator hostile.<> (leftarg = text, rightarg = text, function = hostile.no);
	create operator hostile.= (leftarg = bytea, rightarg = bytea, function = hostile.yes);
	create function hostile.sha256(bytea) returns bytea language sql immutable as 'select ''\x00''::bytea';
	create function hostile.count("any") returns bigint language internal immutable as 'int8pl';
`

func TestHostileDefaultsOfTheSourceChangeNothing(t *testing.T) {
	server := pgtest.Server(t)
	source := storytest.LoadFolder(t, server, storytest.ZooFolder)
	setAll(t, storytest.Connection(t, server), "alter database "+pgx.Identifier{source.DSN()["dbname"]}.Sanitize()+" set ",
		"client_encoding")
	storytest.RequirePass(t, storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil),
		func(o *drill.Options) { o.Twice = true }))
}

func TestHostileDefaultsOfTheRestoringRoleChangeNothing(t *testing.T) {
	server := pgtest.Server(t)
	b := storytest.TakeDump(t, storytest.LoadFolder(t, server, storytest.ZooFolder), nil)
	superuser := storytest.NewRole(t, server, "superuser")
	setAll(t, storytest.Connection(t, server), "alter role "+superuser.DSN()["user"]+" set ", "client_encoding",
		"array_nulls")
	storytest.RequirePass(t, storytest.TryRestore(t, superuser, b, func(o *drill.Options) { o.Trusted = true }))
}

func TestArrayNullsOffDoesNotReachTheRestoreAndWouldBeCaught(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, "create table public.words (id int primary key, list text[]); insert into "+
		"public.words values (1, array['a', null, 'b']);")
	superuser := storytest.NewRole(t, server, "superuser")
	storytest.MustExec(t, storytest.Connection(t, server), "alter role "+superuser.DSN()["user"]+" set array_nulls = off")
	b := storytest.TakeDump(t, source, nil)
	o := storytest.TryRestore(t, superuser, b, nil)
	storytest.RequirePass(t, o)
	if len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "array_nulls is off by default here") {
		t.Errorf("notes %q: who restores by hand is not told", o.Notes)
	}
	if o := storytest.TryRestore(t, server, b, nil); len(o.Notes) > 0 {
		t.Errorf("notes %q on a server with its own defaults", o.Notes)
	}
	// What COPY does under it.
	o = storytest.Damaging(t, superuser, b, "set array_nulls = off", "update public.words set list = '{a,NULL,b}'")
	storytest.RequireFails(t, o, storytest.TablesCheck, "table=words")
}

func TestALatin1DefaultOfTheClientEncodingIsNoDifference(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server,
		"create table public.words (word text); insert into public.words values (U&'caf\\00e9');")
	storytest.MustExec(t, conn,
		"alter database "+pgx.Identifier{source.DSN()["dbname"]}.Sanitize()+" set client_encoding = 'LATIN1'")
	storytest.RequirePass(t, storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil), nil))
}

// b2: a hostile operator on the search_path

func TestOperatorsOnTheSearchPathDoNotHideATamperedRow(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Chained(t, server, 10)
	if err := storytest.RunText(context.Background(), conn, hostileSchema); err != nil {
		t.Fatal(err)
	}
	name := pgx.Identifier{source.DSN()["dbname"]}.Sanitize()
	storytest.MustExec(t, conn, "alter database "+name+" set search_path = hostile, pg_catalog")
	b := storytest.TakeDump(t, source, nil)
	o := storytest.AfterRestore(t, server, b, func(conn *pgx.Conn) {
		storytest.MustExec(t, conn, unguard+"update public.audit_events set actor = 'mallory' where seq = 5")
		storytest.MustExec(t, conn,
			"alter table public.audit_events enable trigger all; alter database "+pgx.Identifier{conn.Config().Database}.Sanitize()+" set search_path = hostile, pg_catalog")
	})
	storytest.RequireFails(t, o, "first_break_id", "evt-5")
	storytest.RequireFails(t, o, storytest.TablesCheck, "table=audit_events")
	storytest.RequireFails(t, o, "payload_hash/after", "seq=5")
}

// b3: encodings

func TestDatabasesOfOtherEncodingsPass(t *testing.T) {
	server := pgtest.Server(t)
	for _, c := range pgtest.Dealt(t, 3, []struct{ encoding, value string }{
		{"LATIN1", `'caf' || chr(233)`}, {"LATIN9", `chr(164)`}, {"EUC_JP", `'x'`}, {"SQL_ASCII", `'x'`}, {"WIN1252",
			`chr(128)`},
	}) {
		t.Run(c.encoding, func(t *testing.T) {
			source, conn := storytest.InEncoding(t, server, c.encoding)
			storytest.MustExec(t, conn, "create table public.words (word text); insert into public.words values ("+c.value+")")
			storytest.RequirePass(t, storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil),
				func(o *drill.Options) { o.Twice = true }))
		})
	}
}

func TestBytesThatAreNoUTF8ComeBackAsTheyAre(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.InEncoding(t, server, "SQL_ASCII")
	storytest.MustExec(t, conn, `create table public.raw (word text); insert into public.raw values (E'\xff\xfe')`)
	for _, format := range []string{"custom", "plain"} {
		b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format })
		storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true }))

		// Without a manifest the archive itself says what encoding the copy must have.
		if err := os.Remove(b.Path + record.ManifestSuffix); err != nil {
			t.Fatal(err)
		}
		storytest.RequirePass(t, storytest.AfterRestore(t, server, b, func(conn *pgx.Conn) {
			if got := storytest.Value[string](t, conn, "select current_setting('server_encoding')"); got != "SQL_ASCII" {
				t.Errorf("%s: an archive in SQL_ASCII is restored into %s", format, got)
			}
		}))
	}
}

// c: values

func TestUnsafeArgumentsAreNamedAndTheirLossIsCaught(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, `
		create table public.floats (id int primary key, f float8);
		insert into public.floats values (1, '-0'), (2, 0.1::float8 + 0.2::float8);`)
	for _, args := range pgtest.Dealt(t, 3, [][]string{{"--inserts"}, {"--column-inserts"}, {"--rows-per-insert=5"},
		{"--extra-float-digits=0"}}) {
		t.Run(args[0], func(t *testing.T) {
			b := storytest.TakeDump(t, source, func(o *origin.Options) { o.DumpArgs = args })
			name, _, _ := strings.Cut(args[0], "=")
			if len(b.Manifest.Warnings) != 1 || !strings.Contains(b.Manifest.Warnings[0], name) {
				t.Errorf("warnings: %q, want one about %s", b.Manifest.Warnings, name)
			}
			storytest.RequireFails(t, storytest.TryRestore(t, server, b, nil), storytest.TablesCheck, "table=floats")
		})
	}
}

// Statistics that pg_dump 18 and later write are let through; to dump them alone is refused.
func TestStatisticsComeAlong(t *testing.T) {
	for _, server := range storytest.EveryMajor(t) {
		source, _ := storytest.Filled(t, server, `
			create table public.ns as select n, n % 10 as m, md5(n::text) as word from generate_series(1, 300) as n;
			create statistics public.both on n, m from public.ns`)
		conn := storytest.Connection(t, source)
		if server.Version.Major >= 14 {
			storytest.MustExec(t, conn, "create statistics public.computed on m, (lower(word)) from public.ns")
		}
		storytest.MustExec(t, conn, "analyze")
		dump := func(format, arg string) func(*origin.Options) {
			return func(o *origin.Options) { o.Format, o.DumpArgs = format, []string{arg} }
		}
		storytest.RefusedDump(t, source, dump("custom", "--statistics-o"), "--statistics-only leaves out part of the database")
		for _, format := range []string{"custom", "plain"} {
			if server.Version.Major >= 18 {
				t.Run(fmt.Sprintf("%d, %s", server.Version.Major, format), func(t *testing.T) {
					b := storytest.TakeDump(t, source, dump(format, "--statistics"))
					storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true }))
				})
			}
		}
	}
}

func TestMoneyOfAnotherLocaleIsADifference(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server,
		"create table public.prices (id int, price money); insert into public.prices values (1, 12.34)")
	b := storytest.TakeDump(t, source, nil)
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	// What a locale with another number of decimals does to it.
	storytest.RequireFails(t, storytest.Damaging(t, server, b, "update public.prices set price = price * 100"),
		storytest.TablesCheck, "table=prices")
}

// The check of the table tells under which lc_monetary its rows come in. An archive of this program
// has money in one form; one of somebody else's pg_dump has that of its server.
func TestMoneyIsReadInTheFormThatItWasWrittenIn(t *testing.T) {
	server := pgtest.Server(t)
	for _, c := range []struct {
		name, form string
		manifest   bool
	}{{"with a manifest", "C", true}, {"without a manifest", "C.UTF-8", false}} {
		t.Run(c.name, func(t *testing.T) {
			source, _ := storytest.Filled(t, server,
				"set lc_monetary = '"+c.form+"'; create table public.prices (price money check (current_setting('lc_monetary') = '"+c.form+"')); "+
					"insert into public.prices values (12.34)")
			b := storytest.TakeDump(t, source, nil)
			if !c.manifest {
				if err := os.Remove(b.Path + record.ManifestSuffix); err != nil {
					t.Fatal(err)
				}
			}
			superuser := storytest.NewRole(t, server, "superuser")
			storytest.MustExec(t, storytest.Connection(t, server),
				"alter role "+superuser.DSN()["user"]+" set lc_monetary = 'C.UTF-8'")
			storytest.RequirePass(t, storytest.TryRestore(t, superuser, b, nil))
		})
	}
}

func TestMoneyInAFormThatTheServerDoesNotKnowIsToldWithWhatToDo(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server,
		"create table public.prices (price money); insert into public.prices values (12.34)")
	b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = "plain" })
	text, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.Path, bytes.Replace(text, []byte("$12.34"), []byte("12,34 €"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(b.Path + record.ManifestSuffix); err != nil {
		t.Fatal(err)
	}
	o := storytest.TryRestore(t, server, b, nil)
	var hint *hint.Error
	if !errors.As(o.Err, &hint) || !strings.Contains(hint.Hint, "options=-clc_monetary=NAME") {
		t.Errorf("the error is %v, want one with a hint about lc_monetary", o.Err)
	}
}

// d1: a data-only restore into a table with a chain trigger

// launder is a trigger function that gives every row a new timestamp and a new link.
const launder = `
	create or replace function public.audit_events_link() returns trigger language plpgsql as $$
	begin
		select coalesce(max(seq), 0) + 1 into new.seq from public.audit_events;
		select row_hash into new.prev_hash from public.audit_events order by seq desc limit 1;
		new."timestamp" := clock_timestamp();
		new.row_hash := encode(sha256(convert_to(PAYLOAD, 'UTF8')), 'hex');
		return new;
	end $$;`

func TestADataOnlyRestoreThatRehashesIsCaughtByTheHead(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Chained(t, server, 20)
	b := storytest.TakeDump(t, source, nil)
	payload := storytest.PayloadPattern.FindStringSubmatch(pgtest.DefaultSuite(t).File("chain_insert").Text)
	if payload == nil {
		t.Fatal("chain_insert.sql has no payload")
	}
	o := storytest.AfterRestore(t, server, b, func(conn *pgx.Conn) {
		genuine := storytest.Value[string](t, conn, "select pg_get_functiondef('public.audit_events_link'::regproc)")
		storytest.MustExec(t, conn,
			unguard+"delete from public.audit_events; alter table public.audit_events enable always trigger audit_events_link")
		storytest.MustExec(t, conn, strings.Replace(launder, "PAYLOAD", "format("+payload[1]+")", 1))
		if out, err := restoring(t, server, conn, "--data-only", "--table=audit_events", b.Path); err != nil {
			t.Fatalf("the laundering restore: %v\n%s", err, out)
		}
		storytest.MustExec(t, conn, genuine)
		if v := storytest.Verify(t, conn); v != storytest.Whole(20) {
			t.Fatalf("the laundered chain is not whole: %+v", v)
		}
	})
	storytest.RequireFails(t, o, "chain_head_hash")
	storytest.RequireFails(t, o, storytest.TablesCheck, "table=audit_events")
}

func TestADataOnlyRestoreBehindOtherRowsIsRefusedByTheTrigger(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Chained(t, server, 5)
	b := storytest.TakeDump(t, source, nil)
	_, target := storytest.Chained(t, server, 1)
	out, err := restoring(t, server, target, "--data-only", "--exit-on-error", "--table=audit_events", b.Path)
	if err == nil || !strings.Contains(out, "does not continue the chain") {
		t.Errorf("a second chain was loaded behind the first: %v\n%s", err, out)
	}
	if got := storytest.Snapshot(t, target); got.Rows != 1 {
		t.Errorf("%d rows, want 1", got.Rows)
	}
}

const watchedTable = `
	create table public.watched (id int, word text);
	create function public.watch() returns trigger language plpgsql as 'begin return new; end';
	create trigger always_on before insert on public.watched for each row execute function public.watch();
	create trigger switched_off before insert on public.watched for each row execute function public.watch();
	alter table public.watched enable always trigger always_on;
	alter table public.watched disable trigger switched_off;
	insert into public.watched select n, 'word ' || n from generate_series(1, 100) as n;`

func TestTriggerModesLostByDisableTriggersAreCaught(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, watchedTable)
	b := storytest.TakeDump(t, source, nil)
	o := storytest.AfterRestore(t, server, b, func(conn *pgx.Conn) {
		storytest.MustExec(t, conn, "truncate public.watched")
		if out, err := restoring(t, server, conn, "--data-only", "--disable-triggers", b.Path); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	})
	storytest.RequireFails(t, o, "record/invariant/triggers", "always_on", "switched_off", "enabled")
	if names, _ := storytest.Failed(o); len(names) != 1 {
		t.Errorf("failed: %q, want the triggers alone", names)
	}
}

// d2: modes

func TestADoubledRestoreIsCaught(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, watchedTable)
	b := storytest.TakeDump(t, source, nil)
	o := storytest.AfterRestore(t, server, b, func(conn *pgx.Conn) {
		restoring(t, server, conn, b.Path) // fails at each object, and doubles the rows of a table without a key
		if got := storytest.Value[int](t, conn, "select count(*) from public.watched"); got != 200 {
			t.Fatalf("%d rows, want 200", got)
		}
	})
	storytest.RequireFails(t, o, storytest.TablesCheck, "table=watched", "row_count")
}

func TestARestoreOfAPartIsCaught(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, watchedTable, `
		create table public.keyed (id int primary key);
		insert into public.keyed values (1);
		select lo_from_bytea(4711, 'abc');`)
	b := storytest.TakeDump(t, source, nil)
	for _, c := range []struct {
		args  []string
		check string
	}{
		{[]string{"-t", "keyed"}, storytest.TablesCheck},
		{[]string{"-t", "nosuch"}, storytest.TablesCheck},
		{[]string{"-n", "nosuch"}, storytest.TablesCheck},
		{[]string{"-L", os.DevNull}, storytest.TablesCheck},
		{[]string{"--section=pre-data", "--section=data"}, "record/invariant/constraints"},
		{[]string{"--schema-only"}, storytest.TablesCheck},
		{[]string{"-n", "public"}, "record/invariant/large_objects"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			storytest.RequireFails(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Args = c.args }),
				c.check)
		})
	}
}

func TestArgumentsThatLeadPgRestoreAstrayAreRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server,
		"create table public.precious (id int); insert into public.precious values (1)")
	archive := storytest.TakeDump(t, source, nil)
	plain := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = "plain" })
	for _, c := range []struct {
		b    *storytest.Backup
		args []string
	}{
		{archive, []string{"--dbname=" + source.DSN()["dbname"]}}, {archive, []string{"--db", source.DSN()["dbname"]}},
		{archive, []string{"-d", "x"}}, {archive, []string{"-vd", "x"}}, {archive, []string{"-C"}}, {archive,
			[]string{"--creat"}},
		{archive, []string{"-cC"}}, {archive, []string{"--clean"}}, {archive, []string{"--host=x"}}, {archive,
			[]string{"-p1"}},
		{archive, []string{"-U", "x"}}, {archive, []string{"-f", "x"}}, {archive, []string{"--list"}}, {plain,
			[]string{"-v"}},
	} {
		o := storytest.TryRestore(t, server, c.b, func(o *drill.Options) { o.Args = c.args })
		if o.Err == nil || o.Verdict() != verdict.Error ||
			!strings.Contains(o.Err.Error(), arguments.ErrUnsupported.Error()) {
			t.Errorf("%q: verdict %s, error %v", c.args, o.Verdict(), o.Err)
		}
	}
	if got := storytest.Value[int](t, conn, "select count(*) from public.precious"); got != 1 {
		t.Errorf("the source has %d rows, want 1", got)
	}
}

func TestArgumentsThatLeaveSomethingOutOfTheDumpAreRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server)
	for _, arg := range []string{
		"--no-unlogged-table-data", "-t", "-tpublic.x", "--table=x", "--tabl=x", "-n", "--schema=x", "-N", "--exclude-schema=x", "-T", "--section=data",
		"--sect=data", "-a", "-xa", "--data-only", "--data-o", "-s", "-Os", "--schema-only", "--exclude-table-data=x", "-B", "--no-blobs",
		"--filter=x", "--exclude-table-d=x", "--no-comments", "--no-publications", "--snapshot=x", "-f", "-fx", "--file=x", "-Fp", "-d", "--dbname=x", "-j2", "-C", "--if",
	} {
		t.Run(arg, func(t *testing.T) {
			storytest.RefusedDump(t, source, func(o *origin.Options) { o.DumpArgs = []string{arg} },
				arguments.ErrUnsupported.Error())
		})
	}
	for _, args := range pgtest.Dealt(t, 4, [][]string{{"-v"}, {"-Z9"}, {"-Z", "9"}, {"--compress=1"}, {"--no-sync"}, {"--encoding=UTF8"},
		{"-E", "UTF8"}, {"--quote-all-identifiers"}, {"-xO"}, {"--lock-wait-timeout=1min"}}) {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			b := storytest.TakeDump(t, source, func(o *origin.Options) { o.DumpArgs = args })
			if len(b.Manifest.Warnings) > 0 {
				t.Errorf("warnings: %q", b.Manifest.Warnings)
			}
			storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
		})
	}
}

// d3: objects

func TestATableThatIsAMemberOfAnExtensionIsRefused(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), `
		create schema app;
		create table app.audit (id int);
		insert into app.audit values (1);
		alter extension plpgsql add table app.audit;`)
	storytest.RefusedDump(t, source, nil, "app.audit", "extension plpgsql")
}

func TestLossesThatAFullRestoreBringsAreNamed(t *testing.T) {
	server := pgtest.Server(t)
	for _, c := range []struct{ name, text, check, object, hint string }{
		{"a generated column whose function was replaced", `
			create function public.twice(i int) returns int language sql immutable as 'select i * 2';
			create table public.made (i int, j int generated always as (public.twice(i)) stored);
			insert into public.made values (1);
			create or replace function public.twice(i int) returns int language sql immutable as 'select i * 3';`,
			storytest.TablesCheck, "table=made", pgtest.DefaultSuite(t).File("invariant/tables").About.Hint},
		{"a materialized view that is not fresh", `
			create table public.base (i int);
			create materialized view public.stale as select count(*) as n from public.base;
			insert into public.base values (1);`,
			"record/invariant/materialized_views", "stale", "public.stale was stale at the dump: refresh it before the dump"},
		{"an empty table that is a member of an extension", `
			create table public.joined (i int);
			alter extension plpgsql add table public.joined;`,
			"record/invariant/relations", "joined", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			source, _ := storytest.Filled(t, server, c.text)
			// With the source at hand the rows are shown, and the hint still stands.
			o := storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil),
				func(o *drill.Options) { o.Source = source })
			storytest.RequireFails(t, o, c.check, c.object)
			for _, check := range o.Checks {
				if check.Name == c.check && check.Hint != c.hint {
					t.Errorf("the hint is %q, want %q", check.Hint, c.hint)
				}
			}
		})
	}
}

func TestAnEventTriggerOfTheTargetCannotSwallowRows(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server,
		"create table public.rows (id int); insert into public.rows select generate_series(1, 10)")
	b := storytest.TakeDump(t, source, nil)
	// A cluster of its own: whatever is made in it from now on has the event trigger, but for what is
	// made from template0.
	other := pgtest.On(t, server.Bindir)
	template := storytest.Connection(t, storytest.At(t, other, "dbname", "template1"))
	storytest.MustExec(t, template, swallow)
	template.Close(context.Background())
	storytest.RequirePass(t, storytest.TryRestore(t, other, b, nil))

	storytest.MustExec(t, storytest.Connection(t, other), "create database infested")
	infested := storytest.Connection(t, storytest.At(t, other, "dbname", "infested"))
	if out, err := restoring(t, other, infested, "--exit-on-error", b.Path); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := storytest.Value[int](t, infested, "select count(*) from public.rows"); got != 0 {
		t.Errorf("the event trigger is not the danger that it should be: %d rows", got)
	}
	o := storytest.Damaging(t, server, b, swallow, "create table public.copy (like public.rows)",
		"insert into public.copy select * from public.rows", "drop table public.rows", "alter table public.copy rename to rows")
	storytest.RequireFails(t, o, storytest.TablesCheck, "table=rows", "row_count")
	storytest.RequireFails(t, o, "record/invariant/event_triggers", "swallow")
}

// swallow is an event trigger that gives every new table a trigger which discards its rows.
const swallow = `
	create schema trap;
	create function trap.nothing() returns trigger language plpgsql as 'begin return null; end';
	create function trap.set() returns event_trigger language plpgsql as $$
	declare
		made record;
	begin
		for made in select * from pg_catalog.pg_event_trigger_ddl_commands() loop
			if made.object_type = 'table' then
				execute 'create trigger swallow before insert on ' || made.object_identity || ' for each row execute function trap.nothing()';
			end if;
		end loop;
	end $$;
	create event trigger swallow on ddl_command_end when tag in ('CREATE TABLE') execute function trap.set();`

// e: damaged dumps

func TestAPlainDumpThatWasCutAtALineEndIsRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, watchedTable)
	for _, c := range []struct {
		name string
		cut  func([]byte) int // how many bytes are left
	}{
		{"inside COPY", func(text []byte) int { return bytes.Index(text, []byte("\n50\tword 50\n")) + 1 }},
		{"before its last lines", func(text []byte) int {
			return bytes.Index(text, []byte("-- PostgreSQL database dump complete")) - len("--\n")
		}},
		{"in its middle", func(text []byte) int { return len(text) / 2 }},
	} {
		for _, manifest := range []string{"with", "without"} {
			t.Run(c.name+", "+manifest+" a manifest", func(t *testing.T) {
				b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = "plain" })
				text := storytest.FileText(t, b.Path)
				if err := os.WriteFile(b.Path, []byte(text)[:c.cut([]byte(text))], 0o600); err != nil {
					t.Fatal(err)
				}
				want := verdict.Fail
				if manifest == "without" {
					want = verdict.Error
					if err := os.Remove(b.Path + record.ManifestSuffix); err != nil {
						t.Fatal(err)
					}
				}
				storytest.RequireVerdict(t, storytest.TryRestore(t, server, b, nil), want)
			})
		}
	}
}

func TestALostTailOfTheChainIsCaughtThoughTheChainIsWhole(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Chained(t, server, 10)
	o := storytest.AfterRestore(t, server, storytest.TakeDump(t, source, nil), func(conn *pgx.Conn) {
		storytest.MustExec(t, conn, unguard+"delete from public.audit_events where seq > 7")
		storytest.MustExec(t, conn, `alter table public.audit_events enable trigger all`)
		if v := storytest.Verify(t, conn); v != storytest.Whole(7) {
			t.Fatalf("the chain without its tail: %+v", v)
		}
	})
	for _, check := range []string{"row_count", "chain_head_hash", "verifier_walked", storytest.TablesCheck,
		"record/canonical_payload"} {
		storytest.RequireFails(t, o, check)
	}
}

// What is covered

func TestAnEmptyDatabasePasses(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server)
	for _, format := range pgtest.Dealt(t, 3, pgdump.Formats) {
		b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format })
		storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true }))
	}
	storytest.RequireFails(t, storytest.Damaging(t, server, storytest.TakeDump(t, source, nil),
		"create table public.extra ()"), "record/invariant/relations", "extra")
}

var chainFiles = []string{"snapshot.sql", "verify_chain.sql", "canonical_payload.sql"}

func TestADatabaseWithoutAChainNamesWhatIsNotCovered(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, watchedTable)
	b := storytest.TakeDump(t, source, nil)
	o := storytest.TryRestore(t, server, b, nil)
	storytest.RequirePass(t, o)
	for _, file := range chainFiles {
		names := func(text string) bool { return strings.Contains(text, file) }
		if !slices.ContainsFunc(b.Manifest.NotCovered, names) || !slices.ContainsFunc(o.NotCovered, names) {
			t.Errorf("%s is not among what is not covered: %q, %q", file, b.Manifest.NotCovered, o.NotCovered)
		}
	}
	if b.Manifest.Chain != nil {
		t.Errorf("a chain in the manifest: %+v", b.Manifest.Chain)
	}
}

func TestADatabaseWithTheChainCoversIt(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Chained(t, server, 24)
	b := storytest.TakeDump(t, source, nil)
	o := storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true })
	storytest.RequirePass(t, o)
	if len(o.NotCovered) > 0 {
		t.Errorf("not covered: %q", o.NotCovered)
	}
	if want := storytest.Snapshot(t, conn); o.Pre == nil || o.Post == nil || o.Pre.ChainHeadHash != want.Hash ||
		o.Post.RowCount != want.Rows {
		t.Errorf("before %+v, after %+v, want %+v", o.Pre, o.Post, want)
	}
}

func TestASuiteOfInvariantsAloneWorks(t *testing.T) {
	server := pgtest.Server(t)
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "invariant"), 0o755); err != nil {
		t.Fatal(err)
	}
	const query = "-- Key      id\nselect id, word from public.watched order by id\n"
	if err := os.WriteFile(filepath.Join(folder, "invariant", "words.sql"), []byte(query), 0o644); err != nil {
		t.Fatal(err)
	}
	own, err := suite.Open(os.DirFS(folder), "own")
	if err != nil {
		t.Fatal(err)
	}
	source, _ := storytest.Filled(t, server, watchedTable)
	b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Suite = own })
	with := func(damage string) *verdict.Report {
		return storytest.TryRestore(t, server, b, func(o *drill.Options) {
			o.Suite = own
			o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error { return storytest.RunText(ctx, conn, damage) }
		})
	}
	storytest.RequirePass(t, with("create table public.not_looked_at ()"))
	storytest.RequireFails(t, with("delete from public.watched where id = 42"), "record/invariant/words")

	o := storytest.TryRestore(t, server, b, nil) // with another suite than the dump's
	if o.Verdict() != verdict.Error || !strings.Contains(fmt.Sprint(o.Err), "invariant/words.sql") {
		t.Errorf("another suite: verdict %s, error %v", o.Verdict(), o.Err)
	}
}
