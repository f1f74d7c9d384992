//go:build unix

package drill_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// rolesOfTheShop are roles whose names have to be quoted, or look like SQL.
var rolesOfTheShop = []string{"pgrt owner", "pgrt TO web", `pgrt "boss"`, "pgrt_reader", "PgRtGroup"}

// shop is a database in which each of those has a part; the boss owns what only a superuser may own.
const shop = `
	create schema sales authorization "pgrt owner";
	create table sales.orders (id int primary key, item text);
	insert into sales.orders select n, 'item ' || n from generate_series(1, 100) as n;
	alter table sales.orders owner to "pgrt owner";
	create policy own on sales.orders to "pgrt TO web", pgrt_reader using (item <> ' TO nobody USING');
	grant usage on schema sales to "PgRtGroup";
	grant select on sales.orders to "PgRtGroup" with grant option;
	grant select (id), update (item) on sales.orders to "pgrt TO web";
	select lo_from_bytea(770011, 'abc');
	alter large object 770011 owner to "pgrt owner";
	grant select on large object 770011 to pgrt_reader;
	alter default privileges for role "pgrt owner" in schema sales grant select on tables to pgrt_reader;
	create function sales.watch() returns event_trigger language plpgsql as $$
begin
-- no statement of the archive:
GRANT SELECT ON TABLE sales.orders TO nobody_at_all;
end $$;
	create event trigger watch on sql_drop execute function sales.watch();
	alter event trigger watch owner to "pgrt ""boss""";
	create foreign data wrapper far_wrapper;
	alter foreign data wrapper far_wrapper owner to "pgrt ""boss""";
	create publication every_table for all tables;
	alter publication every_table owner to "pgrt ""boss""";`

// withRoles has a database made by those statements while the roles exist, and do with it; then the
// roles are gone.
func withRoles(t *testing.T, server *cluster.Server, text string, do func(source *cluster.Server, conn *pgx.Conn)) {
	t.Helper()
	admin := storytest.Connection(t, server)
	dropRoles(t, admin)
	for _, role := range rolesOfTheShop {
		storytest.MustExec(t, admin,
			"create role "+pgx.Identifier{role}.Sanitize()+map[bool]string{true: " superuser"}[role == rolesOfTheShop[2]])
	}
	source, conn := storytest.Filled(t, server, text)
	do(source, conn)
	for _, role := range rolesOfTheShop {
		storytest.MustExec(t, conn,
			"drop event trigger if exists watch; drop owned by "+pgx.Identifier{role}.Sanitize()+" cascade")
	}
	dropRoles(t, admin)
	t.Cleanup(func() { dropRoles(t, admin) }) // those that a restore made
}

func dropRoles(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for _, role := range rolesOfTheShop {
		storytest.MustExec(t, conn, "drop role if exists "+pgx.Identifier{role}.Sanitize())
	}
}

func TestAnArchiveSaysWhichRolesItRefersTo(t *testing.T) {
	for _, server := range storytest.EveryMajor(t) {
		t.Run(fmt.Sprint(server.Version.Major), func(t *testing.T) {
			withRoles(t, server, shop, func(source *cluster.Server, conn *pgx.Conn) {
				// What the catalog knows, beside the bootstrap superuser, on whom nothing depends.
				want := storytest.Value[[]string](t, conn, `
					select array_agg(distinct rolname::text order by rolname::text)
					from pg_shdepend join pg_roles on pg_roles.oid = refobjid
					where refclassid = 'pg_authid'::regclass and dbid = (select oid from pg_database where datname = current_database())`)
				slices.Sort(want)
				for _, format := range pgdump.Formats {
					_, c, _, err := roundtrip.Inspect(context.Background(), storytest.FinderOf(source), storytest.BareDump(t, source, format),
						nil)
					if err != nil {
						t.Fatal(err)
					}
					var got []string
					for _, role := range c.Roles {
						if role.Name != source.DSN()["user"] {
							got = append(got, role.Name)
						}
						if boss := role.Name == rolesOfTheShop[2]; boss != (role.Uses&pgdump.OwnsAsSuper != 0) &&
							role.Name != source.DSN()["user"] {
							t.Errorf("%s: %s: uses %d", format, role.Name, role.Uses)
						}
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s: roles %q, want %q", format, got, want)
					}
				}
			})
		})
	}
}

func TestAThrowAwayClusterGetsTheRolesThatItLacks(t *testing.T) {
	throwaway := pgtest.Server(t)
	if !throwaway.Throwaway {
		t.Log("NOT COVERED: the tests run on a named server: roles are never created there")
		return
	}
	for _, c := range []struct {
		name string
		dump func(t *testing.T, source *cluster.Server) *storytest.Backup
	}{
		{"with a manifest", func(t *testing.T, source *cluster.Server) *storytest.Backup {
			return storytest.TakeDump(t, source, nil)
		}},
		{"of bare pg_dump", func(t *testing.T, source *cluster.Server) *storytest.Backup {
			return &storytest.Backup{Path: storytest.BareDump(t, source, "custom")}
		}},
		{"of bare pg_dump, plain", func(t *testing.T, source *cluster.Server) *storytest.Backup {
			return &storytest.Backup{Path: storytest.BareDump(t, source, "plain")}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b *storytest.Backup
			withRoles(t, throwaway, shop, func(source *cluster.Server, _ *pgx.Conn) { b = c.dump(t, source) })
			var told []string
			o := storytest.TryRestore(t, throwaway, b, func(o *drill.Options) {
				o.Log = func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
				o.Twice = true
			})
			storytest.RequirePass(t, o)
			conn := storytest.Connection(t, throwaway)
			if b.Manifest != nil && !strings.Contains(strings.Join(storytest.ExpectedOf(b), "\n"),
				`the roles that the archive refers to (PgRtGroup, pgrt "boss", pgrt TO web, pgrt owner, pgrt_reader`) {
				t.Errorf("left out by design: %q", storytest.ExpectedOf(b))
			}
			for _, role := range rolesOfTheShop {
				if !strings.Contains(strings.Join(told, "\n"), role) {
					t.Errorf("%s is not named: %q", role, told)
				}
				var login, super bool
				if err := conn.QueryRow(context.Background(), "select rolcanlogin, rolsuper from pg_roles where rolname = $1", role).Scan(&login, &super); err != nil {
					t.Fatalf("%s: %v", role, err)
				}
				if login || super != (role == rolesOfTheShop[2]) {
					t.Errorf("%s: may log in: %t, is a superuser: %t", role, login, super)
				}
			}
		})
	}
}

// The rights of a view's owner can come from a group, and no archive says who is a member of it.
func TestAViewWhoseOwnerReadsAsAMemberOfAGroupIsRefreshed(t *testing.T) {
	throwaway := pgtest.Server(t)
	if !throwaway.Throwaway || throwaway.Version.Major < 14 {
		t.Log("NOT COVERED: needs a throw-away cluster of PostgreSQL 14 or later")
		return
	}
	var b *storytest.Backup
	withRoles(t, throwaway, `
		create schema sales;
		create table sales.orders as select 1 as id;
		grant usage on schema sales to "PgRtGroup";
		grant select on sales.orders to "PgRtGroup";
		grant "PgRtGroup" to "pgrt owner";
		create materialized view public.totals as select count(*) as n from sales.orders;
		alter materialized view public.totals owner to "pgrt owner";`,
		func(source *cluster.Server, _ *pgx.Conn) { b = storytest.TakeDump(t, source, nil) })
	storytest.RequirePass(t, storytest.TryRestore(t, throwaway, b, nil))
}

func TestRolesThatANamedServerLacksAreNamedBeforeTheRestore(t *testing.T) {
	named := storytest.At(t, pgtest.Server(t))
	for _, manifest := range []bool{true, false} {
		t.Run(fmt.Sprintf("with a manifest: %t", manifest), func(t *testing.T) {
			var b *storytest.Backup
			withRoles(t, named, shop, func(source *cluster.Server, _ *pgx.Conn) {
				if b = storytest.TakeDump(t, source, nil); !manifest {
					b = &storytest.Backup{Path: storytest.BareDump(t, source, "custom")}
				}
			})
			before := storytest.ScratchDatabases(t)
			o := storytest.TryRestore(t, named, b, nil)
			if o.Verdict() != verdict.Error || o.Err == nil ||
				!strings.Contains(o.Err.Error(), "refers to roles that the server does not have") {
				t.Fatalf("verdict %s, error: %v", o.Verdict(), o.Err)
			}
			for _, want := range []string{`create role "pgrt owner" nologin;`, `create role "pgrt ""boss""" nologin superuser;`,
				`create role "PgRtGroup" nologin;`} {
				if !strings.Contains(storytest.HintOf(o.Err), want) {
					t.Errorf("the hint lacks %s: %s", want, storytest.HintOf(o.Err))
				}
			}
			if strings.Contains(storytest.HintOf(o.Err), "nobody_at_all") ||
				strings.Contains(storytest.HintOf(o.Err), "pg_read_all_data") {
				t.Errorf("hint: %s", storytest.HintOf(o.Err))
			}
			if after := storytest.ScratchDatabases(t); !slices.Equal(before, after) {
				t.Errorf("scratch databases before: %q, after: %q", before, after)
			}

			// Without owners and grants it takes those alone that the policy names.
			o = storytest.TryRestore(t, named, b, func(o *drill.Options) { o.Args = []string{"-xO"} })
			if hint := storytest.HintOf(o.Err); !strings.Contains(hint, `"pgrt TO web"`) ||
				!strings.Contains(hint, "pgrt_reader") || strings.Contains(hint, "pgrt owner") {
				t.Errorf("hint: %s", hint)
			}
			admin := storytest.Connection(t, named)
			storytest.MustExec(t, admin, `create role "pgrt TO web"; create role pgrt_reader`)
			o = storytest.TryRestore(t, named, b, func(o *drill.Options) { o.Args = []string{"-xO"} })
			storytest.RequirePass(t, o)
			if !manifest {
				return
			}
			if said := storytest.Sayings(o, "record/invariant/privileges"); !strings.Contains(said, "differs only as "+
				"expected: owners (left out on request: --no-owner); grants") {
				t.Errorf("the check of privileges says: %s", said)
			}
			var what []string
			for _, e := range o.Expected {
				what = append(what, e.What)
			}
			if !slices.Contains(what, "owners") || !slices.Contains(what, "grants") {
				t.Errorf("expected: %q", what)
			}
		})
	}
}

func TestAnExtensionThatTheServerLacksIsNamedBeforeTheRestore(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, "create table public.t (n int)")
	path := storytest.BareDump(t, source, "plain")
	text := strings.Replace(storytest.FileText(t, path), "CREATE TABLE ",
		"CREATE EXTENSION IF NOT EXISTS \"no-such-extension\" WITH SCHEMA public;\n\nCREATE TABLE ", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	before := storytest.ScratchDatabases(t)
	o := storytest.TryRestore(t, server, &storytest.Backup{Path: path}, nil)
	if o.Verdict() != verdict.Error || o.Err == nil ||
		!strings.Contains(o.Err.Error(), "does not have: no-such-extension") ||
		!strings.Contains(storytest.HintOf(o.Err), "install them") {
		t.Errorf("verdict %s, error: %v; hint: %s", o.Verdict(), o.Err, storytest.HintOf(o.Err))
	}
	if after := storytest.ScratchDatabases(t); !slices.Equal(before, after) {
		t.Errorf("scratch databases before: %q, after: %q", before, after)
	}
}

func TestALocaleThatTheServerLacksIsNamedBeforeTheRestore(t *testing.T) {
	archive := storytest.ArchiveOf(t, "custom")
	storytest.Reseal(t, archive, func(m *record.Record) {
		m.Source.LocaleProvider, m.Source.Collate, m.Source.Ctype = "c", "xx_XX.utf8", "xx_XX.utf8"
	})
	before := storytest.ScratchDatabases(t)
	o := storytest.TryRestore(t, storytest.At(t, pgtest.Server(t)), &storytest.Backup{Path: archive}, nil)
	if o.Verdict() != verdict.Error || o.Err == nil ||
		!strings.Contains(o.Err.Error(), "could not create a scratch database like the source") ||
		!strings.Contains(storytest.HintOf(o.Err), "install the locale") {
		t.Errorf("verdict %s, error: %v; hint: %s", o.Verdict(), o.Err, storytest.HintOf(o.Err))
	}
	if after := storytest.ScratchDatabases(t); !slices.Equal(before, after) {
		t.Errorf("scratch databases before: %q, after: %q", before, after)
	}
}

func TestRolesThatOnlyRowsNameAreNamedBeforeTheRestore(t *testing.T) {
	named := storytest.At(t, pgtest.Server(t))
	var b *storytest.Backup
	withRoles(t, named, `
		create table public.watched (role regrole, rights aclitem[]);
		insert into public.watched values ('"pgrt owner"', array[format('pgrt_reader=r/%I', current_user)::aclitem]);`,
		func(source *cluster.Server, conn *pgx.Conn) {
			storytest.MustExec(t, conn,
				`grant "PgRtGroup" to "pgrt owner"; grant "pgrt ""boss""" to "PgRtGroup"; alter role pgrt_reader bypassrls`)
			b = storytest.TakeDump(t, source, nil)
			storytest.MustExec(t, conn, "drop table public.watched")
		})
	o := storytest.TryRestore(t, named, b, func(o *drill.Options) { o.Args = []string{"-xO"} })
	if o.Err == nil || o.Verdict() != verdict.Error {
		t.Fatalf("verdict %s, error: %v", o.Verdict(), o.Err)
	}
	want := `create them: create role "PgRtGroup" nologin; create role "pgrt ""boss""" nologin superuser; create role "pgrt owner" nologin; ` +
		`create role "pgrt_reader" nologin bypassrls; grant "pgrt ""boss""" to "PgRtGroup"; grant "PgRtGroup" to "pgrt owner";`
	if storytest.HintOf(o.Err) != want {
		t.Errorf("hint: %s\nwant: %s", storytest.HintOf(o.Err), want)
	}
}

func TestATablespaceThatANamedServerLacksIsNamedBeforeTheRestore(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server)
	space := source.DSN()["dbname"] + "_gone"
	storytest.MustExec(t, conn, "set allow_in_place_tablespaces = on")
	storytest.MustExec(t, conn, "create tablespace "+space+" location ''")
	storytest.MustExec(t, conn, "create table elsewhere (n int) tablespace "+space)
	b := storytest.TakeDump(t, source, nil)
	plain := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = "plain" })
	storytest.MustExec(t, conn, "drop table elsewhere")
	storytest.MustExec(t, conn, "drop tablespace "+space)
	for _, b := range []*storytest.Backup{b, plain} {
		o := storytest.TryRestore(t, storytest.At(t, server), b, nil)
		if o.Err == nil || !strings.Contains(o.Err.Error(), "does not have: "+space) ||
			!strings.Contains(storytest.HintOf(o.Err), "--no-tablespaces") {
			t.Errorf("verdict %s, error: %v, hint: %s", o.Verdict(), o.Err, storytest.HintOf(o.Err))
		}
	}
	storytest.RequirePass(t, storytest.TryRestore(t, storytest.At(t, server), b,
		func(o *drill.Options) { o.Args = []string{"--no-tablespaces"} }))
}
