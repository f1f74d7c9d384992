//go:build unix

package drill_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// codeRoom is where an archive's function has room for an attack: it is called for every row that is restored.
var codeRoom = "null; -- " + room

// withCode is a backup of a table whose check calls a function, and more.
func withCode(t *testing.T, server *cluster.Server, format string, more ...string) *storytest.Backup {
	t.Helper()
	texts := append(more, "create function public.fine(n int) returns boolean language plpgsql as $$ begin\n"+codeRoom+"\nreturn true; end $$",
		"create table public.t (n int check (public.fine(n)))", "insert into public.t values (1)")
	source, _ := storytest.Filled(t, server, texts...)
	return storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format })
}

// isolated is a throw-away cluster such as restore starts.
func isolated(t *testing.T) *cluster.Server {
	t.Helper()
	options := pgtest.Options()
	options.Env, options.Isolate = map[string]string{}, true
	options.Finder = storytest.FinderOf(pgtest.Server(t))
	server, err := cluster.Open(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// TestCodeOfAnArchiveReachesNothing: a function that runs during the restore, with all rights on the throw-away
// cluster, touches no file, no program, no other server and no network, and does not run for ever.
func TestCodeOfAnArchiveReachesNothing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	source, target := pgtest.Server(t), isolated(t)
	folder := pgtest.OpenFolder(t, 0o777)
	secret := filepath.Join(folder, "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	other := source.DSN()
	for format, attacks := range map[string]map[string]string{
		"custom": {
			"a program":             "copy (select 1) to program 'touch %s';",
			"a program's output":    "create temporary table x (a text); copy x from program 'cat /etc/hostname';",
			"a file is written":     "copy (select 1) to '%s';",
			"a large object":        "perform lo_export(lo_from_bytea(0, 'x'), '%s');",
			"a file is read":        "perform pg_read_file('" + secret + "');",
			"a folder is listed":    "perform pg_ls_dir('" + folder + "');",
			"a file is overwritten": "copy (select 1) to '" + secret + "';",
			"another server": fmt.Sprintf("perform public.dblink_exec('host=%s port=%s user=postgres "+
				"dbname=postgres', 'create role hostile_role');", other["host"], other["port"]),
			"the network": "perform public.dblink_connect('host=127.0.0.1 connect_timeout=2 port=" + port + "');",
			"a setting": "execute 'alter system set archive_command = ''touch %s'''; perform pg_reload_conf(); " +
				"raise 'done';",
			"it never ends": "loop null; end loop;",
		},
		"plain": {
			"a program":     "copy (select 1) to program 'touch %s';",
			"it never ends": "perform pg_sleep(1000000);",
		},
	} {
		twin := withCode(t, source, format, "create extension dblink")
		storytest.RequirePass(t, storytest.TryRestore(t, target, twin, nil))
		for name, attack := range attacks {
			t.Run(format+": "+name, func(t *testing.T) {
				file := filepath.Join(folder, "hostile")
				b := &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
				replaceIn(t, twin.Path, b.Path, codeRoom, strings.ReplaceAll(attack, "%s", file))
				sealAnew(t, source, twin, b)
				start := time.Now()
				o := storytest.TryRestore(t, target, b, func(o *drill.Options) { o.Limit = 3 * time.Second })
				if o.Verdict() != verdict.Error {
					names, said := storytest.Failed(o)
					t.Errorf("%s: %q %s", o.Verdict(), names, said)
				}
				if strings.HasPrefix(name, "it never ends") &&
					(!strings.Contains(fmt.Sprint(o.Err), "did not end within 3s (-restore-timeout)") ||
						time.Since(start) > time.Minute) {
					t.Errorf("after %s: %v", time.Since(start), o.Err)
				}
				if _, err := os.Stat(file); err == nil {
					t.Error("the file came to be")
				}
				if data, err := os.ReadFile(secret); err != nil || string(data) != "x" {
					t.Errorf("the secret: %q, %v", data, err)
				}
			})
		}
	}
	if n := storytest.Value[int](t, storytest.Connection(t, source), "select count(*)::int from pg_roles where rolname "+
		"= 'hostile_role'"); n > 0 {
		t.Error("the other server was touched")
	}
}

// shadows are what code that runs during the restore may do to the judge, in place of a row's check.
var shadows = []struct{ name, text, check string }{
	{"an overload that fits better, hidden in an extension", `execute 'create function pg_catalog.concat_ws(text, bigint, numeric) returns text language sql as ''select 1::text''';
		execute 'alter extension plpgsql add function pg_catalog.concat_ws(text, bigint, numeric)';`, "judge"},
	{"an overload", "execute 'create function pg_catalog.format(text, name) returns text language sql as ''select " +
		"1::text''';", "judge"},
	{"an operator", `execute 'create function public.never(text, bigint) returns boolean language sql as ''select false''';
		execute 'create operator pg_catalog.= (leftarg = text, rightarg = bigint, function = public.never)';`, "judge"},
	{"a built-in function replaced", "execute 'create or replace function pg_catalog.lpad(text, integer) returns text " +
		"language sql immutable as ''select $1''';", "judge"},
	{"a built-in operator changed", "perform set_config('allow_system_table_mods', 'on', true); update pg_operator set " +
		"oprcode = 'textne' where oid = '98';", "judge"},
	{"a built-in type changed", "perform set_config('allow_system_table_mods', 'on', true); update pg_type set " +
		"typispreferred = true where typname = 'varchar';", "judge"},
	{"a built-in function renamed", "execute 'alter function pg_catalog.upper(text) rename to upper2';", "judge"},
	{"a type", "execute 'create domain pg_catalog.regname as text';", "judge"},
	{"a view", "perform set_config('allow_system_table_mods', 'on', true); execute 'create view pg_catalog.pg_shown as " +
		"select 1';", "judge"},
	{"a view of the catalogs replaced", `perform set_config('allow_system_table_mods', 'on', true);
		execute 'create or replace view pg_catalog.pg_group as select rolname as groname, oid as grosysid, null::oid[] as grolist from pg_authid';`, "judge"},
	{"the query of a view of the catalogs changed in place", `perform set_config('allow_system_table_mods', 'on', true);
		update pg_rewrite set ev_action = (select ev_action from pg_rewrite where ev_class = 'pg_group'::regclass) where ev_class = 'pg_roles'::regclass;`, "judge"},
	{"a collation", "execute 'create collation pg_catalog.\"c\" (locale = ''C'')';", "judge"},
	{"rows beside a catalog's", "execute 'create table public.more () inherits (pg_catalog.pg_constraint)';", "judge"},
	{"rows beside a catalog's, out of sight",
		"perform set_config('allow_system_table_mods', 'on', true); execute 'create schema " +
			"pg_more create table more () inherits (pg_catalog.pg_proc)';", "judge"},
	{"a collation among those of the server", "perform set_config('allow_system_table_mods', 'on', true); insert into " +
		"pg_collation select '15999', collname, collnamespace, collowner, collprovider, collisdeterministic, " +
		"pg_char_to_encoding('UTF8') " +
		"from pg_collation where collname = 'C';", "judge"},
	{"a canonical form of a built-in range",
		"perform set_config('allow_system_table_mods', 'on', true); update pg_range set " +
			"rngsubdiff = 'public.fine'::regproc where rngtypid = 'int4range'::regtype;", "judge"},
	{"an aggregate", "execute 'create aggregate pg_catalog.count(name) (sfunc = name_sum, stype = text)';", ""},
	{"a cast", `execute 'create function public.say(bigint) returns text language sql as ''select 1::text''';
		execute 'create cast (bigint as text) with function public.say(bigint) as implicit';`, ""},
}

// TestTheJudgeIsNotShadowed: what code of the archive puts among the built-in objects is found before anything is
// judged by them.
func TestTheJudgeIsNotShadowed(t *testing.T) {
	source := pgtest.Server(t)
	for _, format := range []string{"custom", "plain"} {
		twin := withCode(t, source, format)
		storytest.RequirePass(t, storytest.TryRestore(t, source, twin, nil))
		for _, shadow := range pgtest.Dealt(t, 3, shadows) {
			t.Run(format+": "+shadow.name, func(t *testing.T) {
				b := &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
				replaceIn(t, twin.Path, b.Path, codeRoom, shadow.text)
				sealAnew(t, source, twin, b)
				o := storytest.TryRestore(t, source, b, nil)
				switch names, said := storytest.Failed(o); {
				case o.Verdict() == verdict.Pass:
					t.Error("it passes")
				case shadow.check != "" && !slices.Contains(names, shadow.check):
					t.Errorf("failed: %q; %v %s", names, o.Err, said)
				}
			})
		}
	}
}

// TestTheJudgeIsNotShadowedInTheSecondCopy: code that does it only there is found there.
func TestTheJudgeIsNotShadowedInTheSecondCopy(t *testing.T) {
	source := pgtest.Server(t)
	twin, b := withCode(t, source, "custom"), &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
	replaceIn(t, twin.Path, b.Path, codeRoom, `if exists (select from pg_catalog.pg_largeobject_metadata where oid = 4712) then
		execute 'create function pg_catalog.format(text, name) returns text language sql as ''select 1::text''';
		else perform pg_catalog.lo_create(4712); end if;`)
	sealAnew(t, source, twin, b)
	for _, isTwice := range []bool{false, true} {
		names, said := storytest.Failed(storytest.TryRestore(t, source, b,
			func(o *drill.Options) { o.Twice = isTwice }))
		if slices.Contains(names, "judge") != isTwice {
			t.Errorf("twice: %v, failed: %q %s", isTwice, names, said)
		}
	}
}

// TestAnExtensionMayAddToTheCatalog: what it puts there by itself is no shadow.
func TestAnExtensionMayAddToTheCatalog(t *testing.T) {
	source, conn := storytest.Filled(t, pgtest.Server(t), "create table public.t (n int)")
	if !storytest.Value[bool](t, conn, "select count(*) > 0 from pg_available_extensions where name = 'adminpack'") {
		storytest.MustExec(t, conn, "create extension pg_stat_statements schema pg_catalog")
	} else {
		storytest.MustExec(t, conn, "create extension adminpack")
	}
	storytest.RequirePass(t, storytest.TryRestore(t, source, storytest.TakeDump(t, source, nil), nil))
}
