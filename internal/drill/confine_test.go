//go:build unix

package drill_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// What the field's archives hold is restored by a role without superuser, in every format.
func TestARoleOfTheRunsOwnRestoresWhatTheFieldHas(t *testing.T) {
	for _, server := range hostileServers(t) {
		source, _ := storytest.Filled(t, server, `
			create schema ext; create schema app;
			create extension pg_trgm schema ext; create extension dblink; create extension hstore;
			create table app.t (id int generated always as identity primary key, note text, at timestamptz default now(), kv public.hstore);
			insert into app.t (note) select 'n' || n from generate_series(1, 100) as n;
			create index on app.t using gin (note ext.gin_trgm_ops);
			create function app.fine(n int) returns boolean language plpgsql leakproof as $$ begin return n > 0; end $$;
			create function app.now() returns timestamptz language sql security definer set search_path = '' as 'select pg_catalog.now()';
			alter table app.t add check (app.fine(id));
			create materialized view app.m as select count(*) as n from app.t;
			create function app.log() returns event_trigger language plpgsql as $$ begin null; end $$;
			create event trigger watch on ddl_command_end execute function app.log();
			comment on event trigger watch is 'x'; comment on extension dblink is 'mine';
			create publication everything for all tables; create publication one for table app.t;
			create server far foreign data wrapper dblink_fdw options (dbname 'x');
			create user mapping for public server far options (user 'a', password 'b');
			create foreign table app.f (a int) server far;
			create type app.grade as (mark integer);
			create function app.grade_eq(a app.grade, b app.grade) returns boolean language sql immutable strict as 'select (a).mark = (b).mark';
			create function app.grade_hash(a app.grade) returns integer language sql immutable strict as 'select pg_catalog.hashint4((a).mark)';
			create operator app.=? (function = app.grade_eq, leftarg = app.grade, rightarg = app.grade, hashes);
			create operator class app.grade_ops for type app.grade using hash as operator 1 app.=?, function 1 app.grade_hash(app.grade);
			alter table app.t owner to pg_monitor; grant select on app.t to pg_read_all_stats;
			revoke all on function app.now() from public; alter default privileges in schema app grant select on tables to pg_monitor;
			select lo_from_bytea(4711, 'x'); select count(lo_from_bytea(n::oid, 'y')) from generate_series(500001, 501100) as n; alter large object 4711 owner to pg_monitor; comment on large object 4711 is 'big';`)
		for _, format := range pgtest.Dealt(t, 3, pgdump.Formats) {
			t.Run(server.Version.String()+" "+format, func(t *testing.T) {
				b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format })
				o := storytest.TryRestore(t, server, b, func(o *drill.Options) {
					o.Twice = format == "custom"
					o.Jobs = map[string]int{"directory": 2}[format]
				})
				storytest.RequirePass(t, o)
				t.Log(o.Notes)
			})
		}
		if n := storytest.Value[int](t, storytest.Connection(t, server), `select count(*)::int from pg_roles where rolname ~ '^pgroundtrip_[0-9a-f]{16}$'`); n > 0 {
			t.Errorf("%d roles are left", n)
		}
	}
}

// crossings are what code of an archive tries on a named server, in place of a row's check, with a superuser's rights
// if it can.
var crossings = []struct{ name, text string }{
	{"a superuser is created", "execute 'create role hostile_role superuser login';"},
	{"it is made a superuser",
		"execute 'alter role ' || quote_ident(session_user) || ' superuser'; execute 'create role hostile_role';"},
	{"the session's role comes back", "execute 'reset session authorization'; execute 'create role hostile_role';"},
	{"another role", "execute 'set role postgres'; execute 'create role hostile_role';"},
	{"another session's role", "execute 'set session authorization postgres'; execute 'create role hostile_role';"},
	{"a program", "copy (select 1) to program 'touch %s';"},
	{"a program's output", "create temporary table x (a text); copy x from program 'touch %s';"},
	{"a file is written", "copy (select 1) to '%s';"},
	{"a large object is written", "perform lo_export(lo_from_bytea(0, 'x'), '%s');"},
	{"a file is read", "perform pg_read_file('/etc/passwd'); execute 'create role hostile_role';"},
	{"the server's settings", "execute 'alter system set work_mem = ''1MB'''; perform pg_reload_conf();"},
	{"another database is changed", "execute 'alter database hostile_victim set work_mem = ''1MB''';"},
	{"another database is dropped, over another connection",
		"perform public.dblink_exec('dbname=postgres user=postgres', 'drop database hostile_victim');"},
	{"its settings for the judge", "execute 'alter role ' || quote_ident(session_user) || ' set " +
		"session_replication_role = replica'; execute 'create role hostile_role';"},
	{"rows of all sessions", "perform pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'; " +
		"execute 'create role hostile_role';"},
	{"an overload for the judge",
		"execute 'create function pg_catalog.format(text, name) returns text language sql as ''select 1::text''';"},
	{"an event trigger", "execute 'create event trigger x on ddl_command_end execute function public.watch()'; execute " +
		"'create role hostile_role';"},
	{"a function of the server's in the file system",
		"execute 'create function public.wr(oid, text) returns int language internal as ''be_lo_export''';"},
}

// TestCodeOfAnArchiveIsNoSuperuserOnANamedServer: none of it succeeds, and none of it passes.
func TestCodeOfAnArchiveIsNoSuperuserOnANamedServer(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	conn := storytest.Connection(t, server)
	storytest.MustExec(t, conn, "create database "+victim)
	t.Cleanup(func() { storytest.MustExec(t, conn, "drop database "+victim) })
	for n, format := range []string{"custom", "plain"} {
		twin := withCode(t, server, format, "create extension dblink",
			"create function public.watch() returns event_trigger language plpgsql as $$ begin null; end $$")
		storytest.RequirePass(t, storytest.TryRestore(t, server, twin, nil))
		for i, attack := range pgtest.Dealt(t, 3, crossings) {
			if i%2 == n {
				t.Run(format+": "+attack.name, func(t *testing.T) { requireContained(t, server, twin, attack.text) })
			}
		}
	}
}

// requireContained puts the attack in the place of a check's code, and demands that it fails and touches nothing.
func requireContained(t *testing.T, server *cluster.Server, twin *storytest.Backup, attack string) {
	t.Helper()
	conn, file := storytest.Connection(t, server), filepath.Join(pgtest.OpenFolder(t, 0o777), "hostile")
	before := state(t, conn)
	b := &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
	replaceIn(t, twin.Path, b.Path, codeRoom, strings.ReplaceAll(attack, "%s", file))
	sealAnew(t, server, twin, b)
	o := storytest.TryRestore(t, server, b, nil)
	if o.Verdict() != verdict.Error {
		names, said := storytest.Failed(o)
		t.Errorf("%s: %q %s", o.Verdict(), names, said)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file came to be")
	}
	if after := state(t, conn); after != before {
		t.Errorf("the server was touched:\n%s\n%s", before, after)
	}
}

// spy is a function that writes a file of the folder %s wherever a superuser runs it, and functions around it.
const spy = `
	create function public.spy(place text) returns boolean language plpgsql as $$
	begin
		if (select bool_or(rolsuper) from pg_catalog.pg_roles where rolname in (session_user, current_user)) then
			execute pg_catalog.format('copy (select 1) to %%L', '%[1]s/' || place);
		end if;
		return true;
	end $$;
	create function public.spy_fixed(place text, n int) returns int language plpgsql immutable as $$ begin perform public.spy(place); return n; end $$;
	create function public.spy_defined(place text) returns boolean language plpgsql security definer as $$ begin return public.spy(place); end $$;
	create function public.spy_row() returns trigger language plpgsql as $$ begin perform public.spy(tg_argv[0]); return new; end $$;
	create function public.spy_row_defined() returns trigger language plpgsql security definer as $$ begin perform public.spy(tg_argv[0]); return new; end $$;
	create function public.spy_event() returns event_trigger language plpgsql as $$ begin perform public.spy('event trigger'); end $$;`

// spied are places where an archive has code that runs when it is restored, or when the copy is read or tried.
var spied = map[string]string{
	"check":             "create table public.a (n int check (public.spy('check'))); insert into public.a values (1)",
	"materialized view": "create materialized view public.b as select public.spy('materialized view')",
	"definer":           "create materialized view public.c as select public.spy_defined('definer')",
	"index": "create table public.d (n int); insert into public.d values (1); create index on public.d " +
		"((public.spy_fixed('index', n)))",
	"condition of an index": "create table public.e (n int); create index on public.e (n) where " +
		"public.spy_fixed('condition of an index', 1) = 1",
	"generated column": "create table public.f (n int, m int generated always as (public.spy_fixed('generated " +
		"column', n)) stored); insert into public.f values (1)",
	"domain": "create domain public.dom as int check (public.spy('domain')); create table public.g (n " +
		"public.dom); insert into public.g values (1)",
	"default of an array": "create domain public.dom2 as int check (public.spy('default of an array')); create table " +
		"public.h (n public.dom2[] default '{1}')",
	"key of partitions": "create table public.i (n int) partition by range ((public.spy_fixed('key of partitions', " +
		"n))); create table public.i1 partition of public.i for values from (0) to (9); insert into public.i values (1)",
	"exclusion": "create table public.j (n int, exclude using gist " +
		"(int4range(public.spy_fixed('exclusion', n), null) with &&)); insert into public.j values (1)",
	"statistics": "create table public.k (n int); insert into public.k values (1); create statistics " +
		"public.s on (public.spy_fixed('statistics', 1) + n) from public.k",
	"trigger of the chain": "create trigger zy after insert on public.audit_events for each row execute function " +
		"public.spy_row('trigger of the chain')",
	"definer of the chain": "create trigger zz after insert on public.audit_events for each row execute function " +
		"public.spy_row_defined('definer of the chain')",
	"event trigger": "create event trigger x on ddl_command_end execute function public.spy_event(); alter " +
		"event trigger x enable always",
}

// TestNoCodeOfAnArchiveRunsAsSuperuserOnANamedServer: wherever it is, it runs as the run's own role. Where the archive
// is trusted, it runs as the caller's.
func TestNoCodeOfAnArchiveRunsAsSuperuserOnANamedServer(t *testing.T) {
	server, folder := storytest.At(t, pgtest.Server(t)), pgtest.OpenFolder(t, 0o777)
	source, conn := storytest.Filled(t, server, chainText(t), fmt.Sprintf(spy, folder))
	for _, place := range slices.Sorted(maps.Keys(spied)) {
		storytest.MustExec(t, conn, spied[place])
	}
	for _, format := range []string{"directory", "plain"} {
		b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format })
		for _, isTrusted := range []bool{false, true} {
			for _, name := range storytest.FilesIn(t, folder) { // of the source
				if err := os.Remove(filepath.Join(folder, name)); err != nil {
					t.Fatal(err)
				}
			}
			storytest.RequirePass(t, storytest.TryRestore(t, server, b,
				func(o *drill.Options) { o.Trusted, o.Twice = isTrusted, !isTrusted }))
			for place := range spied {
				if _, err := os.Stat(filepath.Join(folder, place)); (err == nil) != isTrusted {
					t.Errorf("%s, trusted: %v, file of %s: %v", format, isTrusted, place, err)
				}
			}
		}
	}
}

// Nor while the copy lies there that a second round dumps: autovacuum runs what indexes call as the owner of their
// table, with nobody's help.
func TestNoOwnerOfACopyRunsItsIndexes(t *testing.T) {
	server := storytest.At(t, pgtest.Under(t, "",
		cluster.Options{Settings: map[string]string{"autovacuum": "on", "autovacuum_naptime": "1s"}}))
	folder := pgtest.OpenFolder(t, 0o777)
	source, _ := storytest.Filled(t, pgtest.Server(t), fmt.Sprintf(spy, folder), `
		create function public.slow(n int) returns boolean language plpgsql as $$ begin perform pg_catalog.pg_sleep(1.5); return true; end $$;
		create table public.a (n int check (public.slow(n))); insert into public.a values (1);
		create table public.b (n int); insert into public.b select generate_series(1, 1000);
		create index on public.b ((public.spy_fixed('index', n)))`)
	b := storytest.TakeDump(t, source, nil)
	file := filepath.Join(folder, "index")
	_ = os.Remove(file) // of the source
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true }))
	if _, err := os.Stat(file); err == nil {
		t.Error("a superuser ran it")
	}
}

// The body of a function that is made with a superuser's rights is not parsed, whatever the archive sets: a constant in
// it would run the check of its type.
func TestNoBodyIsParsedAsSuperuser(t *testing.T) {
	server, folder := storytest.At(t, pgtest.Server(t)), pgtest.OpenFolder(t, 0o777)
	source, conn := storytest.Filled(t, server, fmt.Sprintf(spy, folder),
		"create domain public.dom as int check (public.spy('body'))")
	storytest.MustExec(t, conn,
		"create function public.leak() returns boolean language sql leakproof as $$ select '{1}'::public.dom[] is null $$")
	twin := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = "plain" })
	b := &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
	replaceIn(t, twin.Path, b.Path, "SET check_function_bodies = false;", "SET check_function_bodies = true;")
	sealAnew(t, server, twin, b)
	file := filepath.Join(folder, "body")
	_ = os.Remove(file) // of the source
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	if _, err := os.Stat(file); err == nil {
		t.Error("it was parsed")
	}
}

// chainText builds the default suite's chain and fills it.
func chainText(t *testing.T) string {
	t.Helper()
	s := pgtest.DefaultSuite(t)
	return s.File("schema").Text + ";" + s.File("chain_insert").Text + ";" +
		"insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id) values ('1', 'a', " +
		"'a', 'a', 'a', 'a');"
}

// The role may give itself a password, and an extension connects with it: to the scratch database alone, whatever
// PUBLIC may elsewhere, and whatever the role resets.
func TestARoleOfTheRunsOwnLogsInToNoOtherDatabase(t *testing.T) {
	server := storytest.At(t, pgtest.On(t, ""))
	conn := storytest.Connection(t, server)
	source, first := storytest.Filled(t, server, "create extension dblink",
		"create function public.fine(n int) returns boolean language plpgsql as $$ begin\n"+codeRoom+"\nreturn true; end $$",
		"create table public.a (n int check (public.fine(n)))", "create table public.b (n int check (public.fine(n)))")
	storytest.MustExec(t, first, "insert into public.a values (1); insert into public.b values (1)")
	twin := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = "plain" })
	storytest.Write(t, storytest.Value[string](t, conn, "show hba_file"),
		[]byte("local all postgres trust\nlocal all all scram-sha-256\n"))
	storytest.MustExec(t, conn, "select pg_reload_conf(); select pg_sleep(0.5)")
	const refused = "no login to other databases"
	for database, want := range map[string]string{
		"current_database()": "it connected", "'postgres'": refused, "'template1'": refused,
	} {
		b := &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
		replaceIn(t, twin.Path, b.Path, codeRoom, "if not exists (select from public.a) then "+
			"perform set_config('password_encryption', 'scram-sha-256', true); "+
			"execute format('alter role %I password ''x''; alter role %1$I reset all', session_user); return true; end if; "+
			"perform public.dblink_connect(format('host="+server.DSN()["host"]+" port=%s user=%s password=x dbname=%s', "+
			"current_setting('port'), session_user, "+database+")); raise 'it connected';")
		sealAnew(t, server, twin, b)
		if o := storytest.TryRestore(t, server, b, nil); !strings.Contains(fmt.Sprint(o.Err), want) {
			t.Errorf("%s: %s, %v", database, o.Verdict(), o.Err)
		}
	}
}

// A server that lets no other role in restores all the same, and the report says as whom.
func TestAServerThatLetsNoOtherRoleInIsNotIsolated(t *testing.T) {
	server := storytest.At(t, pgtest.On(t, ""))
	source, conn := storytest.Filled(t, server, "create table public.t (n int)")
	b := storytest.TakeDump(t, source, nil)
	t.Run("nor one where no superuser restores", func(t *testing.T) {
		role := storytest.NewRole(t, server, "createdb")
		own, _ := storytest.Filled(t, role, "create table public.t (n int)")
		o := storytest.TryRestore(t, role, storytest.TakeDump(t, own, nil), nil)
		storytest.RequirePass(t, o)
		if !strings.Contains(strings.Join(o.Notes, "\n"),
			"NOT ISOLATED: code in the archive ran as the role pgroundtrip_test_") {
			t.Errorf("notes: %q", o.Notes)
		}
	})
	t.Run("nor can a role without superuser restore or read everything", func(t *testing.T) {
		role := storytest.NewRole(t, server, "createdb")
		for text, want := range map[string]string{
			"create table public.t (n int); alter table public.t enable row level security, force row level security": `query would be affected by row-level security policy for table "t"`,
			rankAgain:                             "aggregate transition data type cannot be internal",
			"create publication p for all tables": "must be superuser to create FOR ALL TABLES publication",
		} {
			own, _ := storytest.Filled(t, server, text)
			o := storytest.TryRestore(t, role, storytest.TakeDump(t, own, nil), func(o *drill.Options) {
				o.Args = []string{"--no-owner", "--no-acl"}
			})
			if said := storytest.FullText(o.Err); o.Verdict() != verdict.Error || !strings.Contains(said, want) ||
				!strings.Contains(said, "is not a superuser: name one in -dsn") {
				t.Errorf("%s: %s, %s", text, o.Verdict(), said)
			}
		}
	})
	storytest.Write(t, storytest.Value[string](t, conn, "show hba_file"), []byte("local all postgres trust\n"))
	storytest.MustExec(t, conn, "select pg_reload_conf()")
	const said = "NOT ISOLATED: code in the archive ran as the superuser postgres"
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		o := storytest.TryRestore(t, server, b, nil)
		storytest.RequirePass(t, o)
		if strings.Contains(strings.Join(o.Notes, "\n"), said) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("notes: %q", o.Notes)
		}
	}
	if n := storytest.Value[int](t, conn, `select count(*)::int from pg_roles where rolname ~ '^pgroundtrip_[0-9a-f]{16}$'`); n > 0 {
		t.Errorf("%d roles are left", n)
	}
}

// rankAgain is an aggregate that only a superuser can make.
const rankAgain = `create aggregate public.again(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi,
	stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical)`

// What the role cannot make is refused, and the hint says how it can be had.
func TestWhatTheRoleCannotMakeIsRefusedWithAHint(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	for _, text := range pgtest.Dealt(t, 3, []string{
		"create function public.f(oid, text) returns int language internal as 'be_lo_export'",
		"create type public.t; create function public.i(cstring) returns public.t language internal strict as 'int4in'; " +
			"drop function public.i(cstring)",
		"create access method a type index handler bthandler",
		"create cast (text as bytea) without function",
		rankAgain,
		"create foreign data wrapper w handler public.h",
		"create extension file_fdw; create server s foreign data wrapper file_fdw; create foreign table public.f (a text) " +
			"server s options (program 'true')",
		"create extension postgres_fdw; create server s foreign data wrapper postgres_fdw; create user mapping for public " +
			"server s options (user 'postgres', password_required 'false')",
	}) {
		if strings.Contains(text, "public.h") {
			text = "create function public.h() returns fdw_handler language internal as 'int4in'; " + text
		}
		source, _ := storytest.Filled(t, server, text)
		b := storytest.TakeDump(t, source, nil)
		o := storytest.TryRestore(t, server, b, nil)
		if o.Err == nil || !strings.Contains(storytest.HintOf(o.Err), "-trusted") {
			t.Errorf("%s: %v; hint: %s", text, o.Err, storytest.HintOf(o.Err))
		}
	}
	// All of it at once, but for what only lacks what was refused.
	source, _ := storytest.Filled(t, server, `create function public.c(oid, text) returns int language internal as 'be_lo_export';
		create function public.d(oid, text) returns int language internal as 'be_lo_export'; create table public.t (n int);
		create function public.e(n int) returns boolean language sql as 'select n > 0'; create cast (text as bytea) without function;
		create view public.v as select public.d(1, 'x'); create access method a type index handler bthandler;
		insert into public.t select generate_series(1, 9)`)
	for _, format := range []string{"custom", "plain"} {
		o := storytest.TryRestore(t, server, storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format }),
			nil)
		said := fmt.Sprint(o.Err)
		for _, name := range []string{"FUNCTION public.c", "FUNCTION public.d", "CAST (text AS bytea)", "ACCESS METHOD a"} {
			if !strings.Contains(said, name) {
				t.Errorf("%s: not named: %s in %s", format, name, said)
			}
		}
		if strings.Contains(said, "public.v") || strings.Contains(said, "public.e") {
			t.Errorf("%s: %s", format, said)
		}
	}
}

// What the settlement has no locks for is refused: before the restore begins if that is certain, else before the first
// lock, with the setting that gives room. A table's TOAST table and the index of that are locked too.
func TestACopyThatCannotBeLockedIsRefused(t *testing.T) {
	server := storytest.At(t, pgtest.Under(t, "",
		cluster.Options{Settings: map[string]string{"max_locks_per_transaction": "10", "max_connections": "30"}}))
	for _, tt := range []struct {
		name       string
		count      int
		columns    string
		want       string // "": there is room
		setting    int
		isRestored bool
	}{
		{"with indexes", 400, "n int primary key", "800 tables, indexes, views and sequences", 59, false},
		{"with TOAST tables", 200, "x text", "600 tables, indexes, views and sequences", 22, true},
		{"with both", 110, "x text primary key, y serial", "550 tables, indexes, views and sequences", 21, true},
		{"with large rows and no TOAST", 200, "x varchar(20), y numeric(9,2)", "", 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source, _ := storytest.Filled(t, pgtest.Server(t), fmt.Sprintf("do $$ begin for n in 1..%d loop "+
				"execute format('create table t%%s (%s)', n); end loop; end $$", tt.count, tt.columns))
			o := storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil), nil)
			if tt.want == "" {
				storytest.RequirePass(t, o)
				return
			}
			advice := storytest.HintOf(o.Err)
			if !strings.Contains(fmt.Sprint(o.Err), tt.want+" must be locked") || !strings.Contains(advice, "-trusted") ||
				!strings.Contains(advice, fmt.Sprintf("set max_locks_per_transaction = %d ", tt.setting)) {
				t.Errorf("%v; hint: %s", o.Err, advice)
			}
			if tt.isRestored != slices.ContainsFunc(o.Phases, func(p verdict.Phase) bool { return p.Name == "restore" }) {
				t.Error(o.Phases)
			}
		})
	}
}

// Restores at once on one server, each of which grants its role what is one row of a catalog, do not fail each other.
func TestRestoresAtOnceGrantOneAfterTheOther(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	source, _ := storytest.Filled(t, server, "create table public.t (n int)")
	b := storytest.TakeDump(t, source, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if o := storytest.TryRestore(t, server, b, nil); o.Verdict() != verdict.Pass {
				t.Errorf("%s, %v", o.Verdict(), o.Err)
			}
		})
	}
	all.Wait()
}

// What a run that was killed left of its role is dropped by the next one; a role of somebody else's stays.
func TestARoleThatAKilledRunLeftIsDropped(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	conn := storytest.Connection(t, server)
	storytest.MustExec(t, conn, `create role pgroundtrip_00000000000000aa; create role pgroundtrip_00000000000000bb;
		comment on role pgroundtrip_00000000000000aa is 'role of a scratch database of pgroundtrip, safe to drop when no pgroundtrip runs'`)
	t.Cleanup(func() { storytest.MustExec(t, conn, "drop role pgroundtrip_00000000000000bb") })
	source, _ := storytest.Filled(t, server, "create table public.t (n int)")
	storytest.RequirePass(t, storytest.TryRestore(t, storytest.At(t, server), storytest.TakeDump(t, source, nil), nil))
	if left := storytest.Value[string](t, conn, "select string_agg(rolname, ' ') from pg_roles where rolname like "+
		"'pgroundtrip\\_0%'"); left != "pgroundtrip_00000000000000bb" {
		t.Errorf("left: %s", left)
	}
}

// A materialized view that shows who refreshes it differs in a confined copy, and that is no verdict about the archive;
// one that was stale is.
func TestAViewOfWhoRefreshesItIsNoVerdict(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	source, conn := storytest.Filled(t, server, "create materialized view public.me as select current_user::text as who")
	storytest.RequirePass(t, storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil),
		func(o *drill.Options) { o.Trusted = true }))
	o := storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil),
		func(o *drill.Options) { o.Twice = true })
	if o.Verdict() != verdict.Error {
		names, said := storytest.Failed(o)
		t.Errorf("%s: %q %s", o.Verdict(), names, said)
	}
	storytest.MustExec(t, conn, "create table public.t (n int); create materialized view public.stale as select "+
		"count(*) from public.t; insert into public.t values (1)")
	if o := storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil), nil); o.Verdict() != verdict.Fail {
		t.Errorf("a stale one: %s, %v", o.Verdict(), o.Err)
	}
}

// What a restore by hand refuses is no PASS, though the run's own role may read all of it.
func TestAViewThatItsOwnerCannotRefreshIsRefused(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	owner := storytest.NewRole(t, server, "").DSN()["user"]
	source, conn := storytest.Filled(t, server,
		"create table public.t (n int); create materialized view public.m as select n from public.t; "+
			"create function public.f() returns int language sql as 'select 1'; create materialized view public.o as select "+
			"public.f() as n; "+
			"alter materialized view public.m owner to "+owner+"; alter materialized view public.o owner to "+owner)
	for _, c := range []struct{ change, says string }{
		{"grant select on public.t to " + owner, ""},
		{"alter table public.t enable row level security", "sees only some rows of t"},
		{"revoke select on public.t from " + owner, "may not read the table t"},
		{"revoke execute on function public.f() from public", "may not call"},
	} {
		storytest.MustExec(t, conn, c.change)
		o := storytest.TryRestore(t, server, storytest.TakeDump(t, source, nil), nil)
		if c.says == "" {
			storytest.RequirePass(t, o)
		} else if o.Verdict() != verdict.Error || !strings.Contains(storytest.HintOf(o.Err), c.says) {
			t.Errorf("after %s: %v; hint: %s", c.change, o.Err, storytest.HintOf(o.Err))
		}
	}
}
