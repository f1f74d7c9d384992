//go:build unix

package drill_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// TestAnExtensionThatKeepsRowsElsewhereIsNamed: what it shows an application is not covered, table by table.
func TestAnExtensionThatKeepsRowsElsewhereIsNamed(t *testing.T) {
	source, conn := storytest.Filled(t, pgtest.Server(t), `create table public.orders (a int); create table public."a b" (a int);
		create schema _timescaledb_catalog; create table _timescaledb_catalog.hypertable (schema_name name, table_name name);
		insert into _timescaledb_catalog.hypertable values ('public', 'a b'), ('public', 'metrics');
		create table _timescaledb_catalog.chunk (schema_name name, table_name name, compressed_chunk_id int);
		insert into _timescaledb_catalog.chunk values ('_timescaledb_internal', '_hyper_1_1_chunk', 2), ('x', 'y', null)`)
	storytest.MustExec(t, conn, `set allow_system_table_mods = on; create table pg_catalog.pg_dist_partition (logicalrelid regclass);
		insert into pg_catalog.pg_dist_partition values ('public.orders'); insert into pg_extension
		select 99990 + row_number() over (), name, extowner, extnamespace, false, '1' from (select * from pg_extension limit 1) as x
		cross join unnest('{citus,timescaledb,orioledb}'::name[]) as name`)
	said := strings.Join(storytest.Recorded(t, source).Record.NotCovered, "\n")
	for _, want := range []string{"citus: distributed tables public.orders (", "a record of each node",
		`timescaledb: hypertables public."a b", public.metrics (`, "timescaledb_post_restore()",
		"compressed chunks _timescaledb_internal._hyper_1_1_chunk (", "orioledb: tables ("} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in what is not covered:\n%s", want, said)
		}
	}
}

// TestACopyIsSoundInItself: unique indexes find every row of their tables, and a root shows what its leaves hold. The
// record is the same in all that follows: it reads tables as they lie.
func TestACopyIsSoundInItself(t *testing.T) {
	server := pgtest.Server(t)
	const setup = `create type public.mood as enum ('sad', 'glad');
		create table public.pay (id int primary key, note text, n numeric, unique (note, id), mood public.mood);
		insert into public.pay select i, 'note ' || i, i, case when i % 2 = 0 then 'sad' else 'glad' end::public.mood from generate_series(1, 900) as i;
		create unique index down on public.pay (n desc nulls first, note collate "C", mood);
		create collation public.book (provider = icu, locale = 'en'); create unique index by_book on public.pay (note collate public.book);
		create unique index partial on public.pay (n) where id > 5; create unique index made on public.pay (lower(note));
		create table public.twins (id int unique); create unique index twin on public.twins (id); insert into public.twins values (1);
		create table public.wide (a int, b int, primary key (b, a)) partition by range (a);
		create table public.wide_1 partition of public.wide for values from (0) to (50); create table public.wide_2 partition of public.wide default;
		insert into public.wide select i, -i from generate_series(1, 90) as i;
		create table public.parent (a int); create table public.child (b int) inherits (public.parent); insert into public.child values (1, 2), (3, 4);
		create table public.empty (id int primary key);
		create table public.hashed (id int primary key); create index hash on public.hashed using hash (id); insert into public.hashed values (1);
		create table public.law (id int primary key, n int default 7 check (n > 0), m int generated always as (n + 1) stored check (m > 0));
		create function public.no() returns trigger language plpgsql as $$ begin return null; end $$;
		create trigger no before delete on public.law for each row execute function public.no();
		create rule no as on update to public.law do instead nothing; create view public.seen as select n from public.law;
		alter view public.seen alter n set default 1; create view public.bare as select 1 as one`
	source, _ := storytest.Filled(t, server, setup)
	b := storytest.TakeDump(t, source, nil)
	cases := []struct{ name, damage, check, named string }{
		{"nothing", "select 1", "", ""},
		{"a row that no index knows", `update pg_index set indisready = false, indislive = false where indexrelid = 'public.pay_pkey'::regclass;
			insert into public.pay values (1000, 'new', 1000, 'sad'); update pg_index set indisready = true, indislive = true where indexrelid = 'public.pay_pkey'::regclass`,
			"intact/indexes", "public.pay: 1 rows are not found by the unique index pay_pkey, for example the one at ("},
		{"a key that is there twice", `update pg_index set indisunique = false, indisprimary = false where indexrelid = 'public.pay_pkey'::regclass;
			insert into public.pay values (7, 'twice', 2000, 'sad'); update pg_index set indisunique = true, indisprimary = true where indexrelid = 'public.pay_pkey'::regclass`,
			"intact/indexes", "public.pay: 1 rows are not in order in the unique index pay_pkey, for example the one at ("},
		{"a row that an index beside the key does not know", `update pg_index set indisready = false, indislive = false where indexrelid = 'public.hash'::regclass;
			insert into public.hashed values (2); update pg_index set indisready = true, indislive = true where indexrelid = 'public.hash'::regclass`,
			"intact/indexes", "public.hashed: 1 rows are not found by another index that the planner used instead of the unique index hashed_pkey"},
		{"another order of text", `do $$ begin
				execute (select 'update pg_collation set ' || string_agg(format('%I = ''en-u-kn-true''', attname), ', ') || ' where collname = ''book'''
					from pg_attribute where attrelid = 'pg_collation'::regclass and attname = any (case
						when current_setting('server_version_num')::int < 150000 then '{collcollate,collctype}'
						else '{colllocale,colliculocale}' end::name[]));
			end $$`, "intact/indexes", "rows are not in order in the unique index by_book"},
		{"a root that hides its partitions", "update pg_class set relhassubclass = false where oid = 'public.wide'::regclass",
			"intact/roots", "public.wide: 0 rows through the root, 90 in its leaves"},
		{"a parent that hides a child", "update pg_class set relhassubclass = false where oid = 'public.parent'::regclass",
			"intact/roots", "public.parent: 0 rows through the root, 2 in its leaves"},
		{"a check that is not asked", "update pg_class set relchecks = 0 where oid = 'public.law'::regclass",
			"intact/flags", "public.law: the server ignores its check constraints"},
		{"a trigger that does not fire", "update pg_class set relhastriggers = false where oid = 'public.law'::regclass",
			"intact/flags", "public.law: the server ignores its triggers"},
		{"a rule that is not used", "update pg_class set relhasrules = false where oid = 'public.law'::regclass",
			"intact/flags", "public.law: the server ignores its rules"},
		{"a key that is not kept", "update pg_class set relhasindex = false where oid = 'public.law'::regclass",
			"intact/flags", "public.law: the server ignores its indexes"},
		{"an index that is not filled", "update pg_index set indisready = false where indexrelid = 'public.made'::regclass",
			"intact/flags", "public.pay: the server ignores the index made"},
		{"a key that takes all", "update pg_index set indisunique = false where indexrelid = 'public.law_pkey'::regclass",
			"intact/flags", "public.law: the server ignores the index law_pkey"},
		{"a default that is not used",
			"update pg_attribute set atthasdef = false where attrelid = 'public.law'::regclass and attname = 'n'",
			"intact/flags", "public.law: the server ignores the default of n"},
		{"a bound that is not asked", "update pg_class set relispartition = false where oid = 'public.wide_1'::regclass",
			"intact/flags", "public.wide_1: the server ignores its partition bound"},
	}
	for _, tt := range pgtest.Dealt(t, 3, cases) {
		t.Run(tt.name, func(t *testing.T) {
			copy := storytest.Copied(t, server, b)
			conn := storytest.Connection(t, copy)
			storytest.MustExec(t, conn, "set allow_system_table_mods = on; "+tt.damage)
			conn.Close(context.Background())
			o := storytest.Compared(t, roundtrip.Side{Name: "source", Server: source}, roundtrip.Side{Name: "copy", Server: copy}, nil)
			if tt.check == "" {
				storytest.RequirePass(t, o)
				for _, name := range []string{"intact/flags", "intact/indexes", "intact/roots"} {
					if !slices.ContainsFunc(o.Checks, func(c verdict.Check) bool { return c.Name == name }) {
						t.Errorf("%s was not asked", name)
					}
				}
				const unread = "rows in the indexes public.made, public.partial (expression or partial indexes"
				if said := strings.Join(o.NotCovered, "; "); !strings.Contains(said, unread) ||
					!strings.Contains(said, "public.twin") {
					t.Errorf("not covered: %s", said)
				}
				return
			}
			storytest.RequireFails(t, o, tt.check, tt.named)
			if !slices.ContainsFunc(o.Checks, func(c verdict.Check) bool { return c.Name == tt.check && c.Hint != "" }) {
				t.Error("no hint")
			}
		})
	}
	t.Run("by amcheck", func(t *testing.T) {
		copy := storytest.Copied(t, server, b)
		conn := storytest.Connection(t, copy)
		if storytest.Value[int](t, conn, "select count(*)::int from pg_available_extensions where name = 'amcheck'") == 0 {
			t.Log("NOT COVERED: amcheck is not installed")
			return
		}
		storytest.MustExec(t, conn, "create extension amcheck; set allow_system_table_mods = on; "+cases[1].damage)
		o := storytest.Compared(t, roundtrip.Side{Name: "source", Server: source}, roundtrip.Side{Name: "copy", Server: copy}, nil)
		storytest.RequireFails(t, o, "intact/indexes", `from table "pay" lacks matching index tuple within index "pay_pkey"`)
		if said := strings.Join(o.NotCovered, "; "); strings.Contains(said, "rows in the indexes") {
			t.Errorf("not covered: %s", said)
		}
	})
	damage := func(o *drill.Options) {
		o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "set allow_system_table_mods = on; update pg_class set relhassubclass = false where oid "+
				"= 'public.wide'::regclass")
			return err
		}
	}
	storytest.RequireFails(t, storytest.TryRestore(t, server, b, damage), "intact/roots", "public.wide: 0 rows")
}

// TestARestoreLooksForEachRowInEachIndex: under -amcheck a restored archive is read both ways, also where an index
// calls a function that breaks its promise to be immutable: by amcheck where it can be made, and without it.
func TestARestoreLooksForEachRowInEachIndex(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server, `create table public.pay (id int primary key, note text);
		insert into public.pay select i, 'note ' || i from generate_series(1, 200) as i; create index on public.pay (note desc);
		create function public.fold(text) returns text language plpgsql immutable as
			$$ begin return reverse($1); end $$; create index folded on public.pay (public.fold(note)) where id > 5; create unique index twin on public.pay (id, note)`)
	const without = `create function public.no() returns event_trigger language plpgsql as $$ begin raise 'no extension'; end $$;
		create event trigger no on ddl_command_start when tag in ('CREATE EXTENSION') execute function public.no()`
	restored := func(b *storytest.Backup, damage string) *verdict.Report {
		return storytest.TryRestore(t, server, b, func(o *drill.Options) {
			if o.Amcheck = true; damage == "" {
				return
			}
			o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
				_, err := conn.Exec(ctx, damage)
				return err
			}
		})
	}
	sound := storytest.TakeDump(t, source, nil)
	for _, damage := range []string{"", "select 1"} {
		o := restored(sound, damage)
		storytest.RequirePass(t, o)
		if !slices.ContainsFunc(o.Checks, func(c verdict.Check) bool { return c.Name == "intact/indexes" }) {
			t.Error("indexes were not asked")
		}
	}
	storytest.MustExec(t, conn, `create function public.drift(int) returns text language plpgsql immutable as
		$$ begin return $1 || clock_timestamp()::text; end $$; create unique index drifting on public.pay (public.drift(id))`)
	broken := storytest.TakeDump(t, source, nil)
	storytest.RequirePass(t, storytest.TryRestore(t, server, broken, nil))
	storytest.RequireFails(t, restored(broken, ""), "intact/indexes", "drifting", "(0,1)")
	storytest.RequireFails(t, restored(broken, without), "intact/indexes",
		"public.pay: 200 rows are not found by the unique index drifting, for example the one at (0,1)")
	changed := restored(sound, without+`; create or replace function public.fold(text) returns text language plpgsql immutable as
		$$ begin return upper($1); end $$`)
	storytest.RequireFails(t, changed, "intact/indexes",
		"195 rows are not found by the index folded", "rows are not in order in the index folded")
}
