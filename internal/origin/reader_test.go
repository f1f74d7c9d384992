//go:build unix

package origin_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
)

// trap is a function that leaves a file where a superuser calls it, whatever place it is called from.
const trap = `
	create function public.act(place text) returns int language plpgsql volatile as $$ begin
		if (select bool_or(rolsuper) from pg_catalog.pg_roles where rolname in (session_user, current_user)) then
			execute pg_catalog.format('copy (select 1) to %%L', '%s/' || place); end if; return 1; end $$;
	create function public.trap(place text) returns int language plpgsql immutable as
		$$ begin return public.act(place); end $$;
	create function public.holds(place text) returns boolean language sql immutable as 'select public.trap(place) = 1';
	create function public.same(place text, x text) returns text language plpgsql immutable as
		$$ begin perform public.trap(place); return x; end $$;`

// traps are places of a database where an owner who is no superuser has code.
var traps = map[string]string{
	"default": `
		create table public.a (n int, x text default public.same('default', 'x')); insert into public.a
		values (1, 'y')`,
	"generated": `
		create table public.b (n int, g text generated always as (public.same('generated', 'x')) stored);
		insert into public.b values (1)`,
	"check": `create table public.c (n int check (public.holds('check'))); insert into public.c values (1)`,
	"domain": `
		create domain public.d as int check (public.holds('domain')); create table public.d1 (x public.d);
		insert into public.d1 values (1)`,
	"composite": `
		create domain public.e as int check (public.holds('composite')); create type public.e1 as (x
		public.e); create table public.e2 (x public.e1); insert into public.e2 values (row(1))`,
	"view":    `create view public.f as select public.trap('view') as x`,
	"matview": `create materialized view public.g as select public.trap('matview') as x`,
	"policy": `
		create table public.h (n int); insert into public.h values (1); alter table public.h enable row
		level security, force row level security; create policy p on public.h using (public.holds('policy'))`,
	"rule": `
		create table public.i (n int); create rule r as on insert to public.i do also select
		public.trap('rule')`,
	"trigger": `
		create function public.j() returns trigger language plpgsql as $$ begin perform
		public.trap('trigger'); return new; end $$; create table public.j1 (n int); create trigger t before
		insert or update or delete or truncate on public.j1 for each statement execute function public.j()`,
	"cast": `
		create type public.k as enum ('a'); create function public.k1(public.k) returns text language sql
		immutable as $$ select public.same('cast', 'x') $$; create cast (public.k as text) with function
		public.k1(public.k) as implicit; create table public.k2 (x public.k); insert into public.k2 values
		('a')`,
	"operator": `
		create type public.l as enum ('a'); create function public.l1(public.l, public.l) returns boolean
		language sql immutable as $$ select public.holds('operator') $$; create operator public.= (leftarg =
		public.l, rightarg = public.l, function = public.l1); create table public.l2 (x public.l); insert
		into public.l2 values ('a')`,
	"text": `
		create function public.m(text, text) returns boolean language sql immutable as $$ select
		public.holds('text') $$; create operator public.= (leftarg = text, rightarg = text, function =
		public.m); create operator public.~ (leftarg = text, rightarg = text, function = public.m); create
		operator public.<> (leftarg = text, rightarg = text, function = public.m)`,
	"overload": `
		create function public.format(text, text) returns text language sql as $$ select
		public.same('overload', 'x') $$; create function public.quote_ident(name) returns text language sql
		as $$ select public.same('overload', 'x') $$`,
	"relation": `
		create view public.pg_class as select c.*, public.trap('relation') as x from pg_catalog.pg_class as
		c; create view public.pg_settings as select public.same('relation', name) as name, setting from
		pg_catalog.pg_settings`,
	"aggregate": `
		create function public.n(bigint, name) returns bigint language sql as $$ select
		public.trap('aggregate')::bigint $$; create aggregate public.count(name) (sfunc = public.n, stype =
		bigint, initcond = '0')`,
	"conversion": `
		create function public.o(regclass) returns text language sql immutable as $$ select
		public.same('conversion', 'x') $$; create function public.o1(oid) returns name language sql
		immutable as $$ select public.same('conversion', 'x')::name $$`,
	"exclusion": `
		create table public.p (n int); create function public.p1(int) returns int language sql immutable as
		'select $1'; alter table public.p add exclude using btree (public.p1(n) with =)`,
	"predicate": `
		create table public.q (n int); insert into public.q values (1); create index on public.q (n) where
		public.holds('predicate')`,
	"expression": `
		create table public.r (n int); insert into public.r values (1); create index on public.r ((n +
		public.trap('expression')))`,
	"statistics": `
		create table public.s (n int); insert into public.s values (1); create statistics public.s1 on (n +
		public.trap('statistics')) from public.s`,
	"partitions": `
		create table public.t (n int) partition by range ((n + public.trap('partitions'))); create table
		public.t1 partition of public.t for values from (0) to (9); insert into public.t values (1)`,
	"bounds": `
		create table public.u (n int) partition by list (n); create table public.u1 partition of public.u
		for values in (public.trap('bounds')); insert into public.u values (1)`,
	"search_path": `alter database current set search_path = public, pg_catalog`,
}

// TestWhatRunsWhereADatabaseIsRead: of all places that code can be in, the planner alone runs some, and nothing where
// the reader is no superuser. What is refused or fails would be found here, too: the record agrees with the database.
func TestWhatRunsWhereADatabaseIsRead(t *testing.T) {
	folder := pgtest.OpenFolder(t, 0o777)
	server := storytest.At(t, pgtest.Server(t))
	source, conn := storytest.Filled(t, server, "create table public.first (n int)")
	database := source.DSN()["dbname"]
	storytest.MustExec(t, conn, "grant all on schema public to public; grant connect on database "+database+" to public")
	owner := storytest.At(t, storytest.NewRole(t, server, ""), "dbname", database)
	storytest.MustExec(t, conn, "alter database "+database+" owner to "+owner.DSN()["user"])
	t.Cleanup(func() {
		storytest.MustExec(t, conn, "alter database "+database+" owner to current_user; reassign owned by "+
			owner.DSN()["user"]+" to current_user; drop owned by "+owner.DSN()["user"])
	})
	own := storytest.Connection(t, owner)
	storytest.MustExec(t, own, fmt.Sprintf(trap, folder))
	for _, text := range traps {
		storytest.MustExec(t, own, strings.ReplaceAll(text, "database current", "database "+database))
	}
	role := storytest.NewRole(t, server, "bypassrls")
	storytest.MustExec(t, conn, "grant pg_read_all_data to "+role.DSN()["user"])
	reader := storytest.At(t, role, "dbname", database)
	_, taken, err := roundtrip.Record(context.Background(), &roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t),
		Server: source, Tool: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func(){
		"dump": func() { storytest.TakeDump(t, source, nil) },
		"compare": func() {
			o, err := roundtrip.Compare(context.Background(), &roundtrip.CompareOptions{Suite: pgtest.DefaultSuite(t),
				Tool: "test", A: roundtrip.Side{Record: taken}, B: roundtrip.Side{Server: source}})
			if err != nil {
				t.Fatal(err)
			}
			storytest.RequirePass(t, o)
		},
		"record by another role": func() {
			if _, _, err := roundtrip.Record(context.Background(), &roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t),
				Server: reader, Tool: "test"}); err != nil {
				t.Error(err)
			}
		},
	} {
		clear := func() (names []string) {
			entries, err := os.ReadDir(folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				names = append(names, e.Name())
				if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
					t.Fatal(err)
				}
			}
			return names
		}
		clear()
		do()
		want := map[string][]string{"dump": {"expression", "predicate", "statistics"},
			"compare": {"expression", "partitions", "predicate", "statistics"}}[name]
		if ran := clear(); !slices.Equal(ran, want) {
			t.Errorf("%s: as superuser ran %q, want %q", name, ran, want)
		}
	}
}
