//go:build unix

package reprint_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// spelledTwice creates definitions that PostgreSQL prints differently once it has parsed its own output.
const spelledTwice = `
	create table parent (id int primary key, s varchar(10), n int, constraint known check (s in ('new', 'paid')));
	create table child (extra int) inherits (parent);
	create table root (id int, s varchar(10), constraint known check (s in ('new', 'paid'))) partition by range (id);
	create table leaf partition of root for values from (1) to (9);
	create table single (id int primary key, s varchar(10), n int);
	create table law (id int primary key, s varchar(10), n int);
	create function whole(single) returns bool language sql immutable as 'select $1.n > 0';
	create function touched() returns trigger language plpgsql as 'begin return new; end';
	create function lawful(law) returns bool language sql immutable as 'select $1.n > 0';
	alter table law add constraint whole_row check (lawful(law.*) and s in ('new', 'paid'));
	create index by_row on single ((whole(single.*) and s in ('new', 'paid')));
	create unique index by_number on parent (n) where s in ('new', 'paid');
	create index of_root on root (lower(s)) where s in ('new', 'paid');
	create table made (s varchar(10), g bool generated always as (s in ('new', 'paid')) stored);
	create view shown as select id from parent where s in ('new', 'paid');
	create view used as select id from shown;
	create policy seen on parent for select using (s in ('new', 'paid'));
	create trigger fires before update on parent for each row when (new.s in ('new', 'paid')) execute function touched();
	create rule acts as on delete to parent where old.s in ('new', 'paid') do also update made set s = 'x' where s in ('a', 'b');
	create function numbered(a int default -1, b bool default 'x'::varchar in ('new', 'paid')) returns int language plpgsql as 'begin return 1; end';
	create domain word as varchar(5) default 'a' constraint known check (value in ('new', 'paid'));
	insert into parent values (1, 'new', 1);
	insert into root values (1, 'paid');
	create materialized view kept as select id from parent where s in ('new', 'paid') and exists (select null);
	create unique index of_kept on kept (id);`

func TestDefinitionsThatAreSpelledTwicePassInEveryRound(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, spelledTwice)
	b := storytest.TakeDump(t, source, nil)
	o := storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true })
	storytest.RequirePass(t, o)
	for _, name := range []string{"record/", "twice/"} {
		for _, query := range []string{"constraints", "indexes", "columns", "functions", "policies", "rules", "triggers",
			"views"} {
			i := slices.IndexFunc(o.Checks, func(c verdict.Check) bool { return c.Name == name+"invariant/"+query })
			if i < 0 || !strings.Contains(o.Checks[i].Detail, "compared as this server prints what the record has") {
				t.Errorf("%s%s does not say that it was printed again: %+v", name, query, o.Checks[i].Detail)
			}
		}
	}
}

func TestWhatIsSpelledTwiceAndChangedFails(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, spelledTwice)
	b := storytest.TakeDump(t, source, nil)
	type change struct{ name, damage, check, names string }
	for _, tt := range pgtest.OneOfEach(t, []change{
		{"a value more", "alter table parent drop constraint known, add constraint known check (s in ('new', 'paid', 'void'))", "constraints", "parent"},
		{"a check of another text",
			"alter table law drop constraint whole_row, add constraint whole_row check (lawful(law.*) or s in ('new', 'paid'))", "constraints", "whole_row"},
		{"a check that is not valid",
			"alter table parent drop constraint known, add constraint known check (s in ('new', 'paid')) not valid", "constraints", "NOT VALID"},
		{"a check that is not inherited",
			"alter table parent drop constraint known, add constraint known check (s in ('new', 'paid')) no inherit", "constraints", "NO INHERIT"},
		{"a check of a partitioned table",
			"alter table root drop constraint known, add constraint known check (s in ('paid', 'void'))", "constraints", "root"},
		{"a check of a domain", "alter domain word drop constraint known; alter domain word add constraint known check " +
			"(value in ('new', 'void'))", "constraints", "word"},
		{"the default of a domain", "alter domain word set default 'b'", "types", "word"},
		{"a predicate", "drop index by_number; create unique index by_number on parent (n) where s in ('new', 'void')",
			"indexes", "by_number"},
		{"an index that is not unique",
			"drop index by_number; create index by_number on parent (n) where s in ('new', 'paid')", "indexes", "by_number"},
		{"an index of another method",
			"drop index by_row; create index by_row on single using hash ((whole(single.*) and s in ('new', 'paid')))", "indexes", "by_row"},
		{"an index on another table",
			"drop index by_number; create unique index by_number on child (n) where s in ('new', 'paid')", "indexes", "by_number"},
		{"an index of the partitions alone",
			"drop index of_root; create index of_root on only root (lower(s)) where s in ('new', 'paid')", "indexes", "of_root"},
		{"a generated column", "alter table made drop g; alter table made add g bool generated always as (s in ('new', " +
			"'void')) stored", "columns", "made"},
		{"a column that is not generated",
			"alter table made drop g; alter table made add g bool default ('x' in ('new', 'paid'))", "columns", "made"},
		{"a view", "create or replace view shown as select id from parent where s not in ('new', 'paid')", "views", "shown"},
		{"a view over another table", "create or replace view shown as select id from child where s in ('new', 'paid')",
			"views", "shown"},
		{"a policy", "alter policy seen on parent using (s in ('new', 'paid') or true)", "policies", "seen"},
		{"a policy for others", "alter policy seen on parent to pg_monitor", "policies", "seen"},
		{"a trigger", "drop trigger fires on parent; create trigger fires before update on parent for each row when " +
			"(old.s in ('new', 'paid')) execute function touched()", "triggers", "fires"},
		{"a trigger that is off", "alter table parent disable trigger fires", "triggers", "fires"},
		{"a rule", "create or replace rule acts as on delete to parent where old.s in ('new', 'paid') do instead update " +
			"made set s = 'x' where s in ('a', 'b')", "rules", "acts"},
		{"a rule that is off", "alter table parent disable rule acts", "rules", "acts"},
		{"a default of an argument", "create or replace function numbered(a int default -1, b bool default 'x'::varchar " +
			"in ('new', 'void')) returns int language plpgsql as 'begin return 1; end'", "functions", "numbered"},
		{"a body", "create or replace function numbered(a int default -1, b bool default 'x'::varchar in ('new', 'paid')) " +
			"returns int language plpgsql as 'begin return 2; end'", "functions", "numbered"},
		{"other rights", "alter function numbered security definer", "functions", "numbered"},
	}, func(c change) string { return c.check }) {
		t.Run(tt.name, func(t *testing.T) {
			storytest.RequireFails(t, storytest.Damaging(t, server, b, tt.damage), "record/invariant/"+tt.check, tt.names)
		})
	}
}

// TestACopyThatHindersThePrinting requires that nothing in the copy can make a definition wrongly differ or agree.
func TestACopyThatHindersThePrinting(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, spelledTwice)
	b := storytest.TakeDump(t, source, nil)
	t.Run("an event trigger that refuses everything", func(t *testing.T) {
		o := storytest.Damaging(t, server, b,
			"create function no() returns event_trigger language plpgsql as 'begin raise exception ''no''; end'; "+
				"create event trigger refuses on ddl_command_start execute function no(); alter event trigger refuses enable always")
		storytest.RequireFails(t, o, "record/invariant/event_triggers", "refuses")
		if names, details := storytest.Failed(o); slices.Contains(names, "record/invariant/constraints") {
			t.Error(details)
		}
	})
	for name, damage := range map[string]string{
		"the schema is taken":     "create schema pgroundtrip_reprint",
		"the constraint is there": "alter table parent add constraint pgroundtrip_reprint check (n > 0)",
	} {
		t.Run(name, func(t *testing.T) {
			storytest.RequireFails(t, storytest.Damaging(t, server, b, damage), "record/invariant/constraints", "already exists")
		})
	}
}

// TestAReprintThatPrintsNothing requires that a broken file of reprint/ leaves the difference as it is.
func TestAReprintThatPrintsNothing(t *testing.T) {
	server := pgtest.Server(t)
	const made = "create table t (id int, text text); insert into t values (1, 'select 1; drop table t'), (2, 'same');"
	for _, tt := range []struct{ name, reprint, why string }{
		{"no statement", "select null::text as statement where false order by 1", ""},
		{"a query that fails", "select (1 / 0)::text as statement order by 1", "division by zero"},
		{"a statement that fails",
			"select * from (values ('select 1 / 0'), ('select 1 as text')) as s (statement) order by statement desc", ""},
		{"two statements in one", "select s.* from (values (1, 'create view v as ' || " +
			"(current_setting('pgroundtrip.row')::json ->> 'text')), (2, 'select 1 as text')) as v (n, statement) cross join " +
			"lateral (select statement) as s order by n", "cannot insert multiple commands"},
		{"no row", "select 'select 2 as text where false' as statement order by 1", ""},
		{"two rows", "select 'select n as text from generate_series(2, 3) as n' as statement order by 1", ""},
		{"another column", "select 'select 2 as id' as statement order by 1", ""},
		{"no query", "select 'create table v ()' as statement order by 1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := storytest.Own(t, map[string]string{
				"invariant/t.sql": "-- Key      id\n-- Keeps    rows\nselect id::text as id, text from public.t order by 1",
				"reprint/t.sql":   "-- Spells   text\n" + tt.reprint,
			})
			source, _ := storytest.Filled(t, server, made)
			b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Suite = s })
			o := storytest.TryRestore(t, server, b, func(o *drill.Options) {
				o.Suite = s
				o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
					_, err := conn.Exec(ctx, "update public.t set text = '2' where id = 1")
					return err
				}
			})
			storytest.RequireFails(t, o, "record/invariant/t", "1 changed", tt.why)
		})
	}
}

func TestARoleWithoutSuperuserPrintsAgain(t *testing.T) {
	server := pgtest.On(t, "")
	storytest.MustExec(t, storytest.Connection(t, server), "create role plain login createdb")
	source, _ := storytest.Filled(t, server, spelledTwice)
	storytest.RequirePass(t, storytest.TryRestore(t, storytest.LoginAs(t, server, "plain"), storytest.TakeDump(t, source, nil),
		func(o *drill.Options) {
			o.Args = []string{"--no-owner"}
		}))
}

// TestCheckPrintsAgain covers check, which has the record of the source in files, and no manifest.
func TestCheckPrintsAgain(t *testing.T) {
	const workload = "create table public.orders (id int primary key, status varchar(10) check (status in ('new', " +
		"'paid')));"
	o := storytest.CheckOptions(t, storytest.Overlay(t, map[string]string{"workload/orders.sql": workload}))
	storytest.RequirePass(t, storytest.Check(t, o, "orders"))
	o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "alter table public.orders drop constraint orders_status_check, add constraint "+
			"orders_status_check check (status in ('new', 'void'))")
		return err
	}
	storytest.RequireFails(t, storytest.Check(t, o, "orders"), "record/invariant/constraints", "orders_status_check", "1 changed")
}

// Bytes that are not UTF-8 are printed again as they are, so that another byte is another definition.
func TestAnotherByteInADefinitionFails(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.InEncoding(t, server, "SQL_ASCII")
	const view = `create or replace view v as select s from t where s in (E'\xe4', 'x') and (s <> E'\xe5' and s is not null)`
	storytest.MustExec(t, conn, "create table t (s varchar(3))")
	storytest.MustExec(t, conn, view)
	b := storytest.TakeDump(t, source, nil)
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	storytest.RequireFails(t, storytest.Damaging(t, server, b, strings.Replace(view, "xe4", "xe6", 1)),
		"record/invariant/views", "view=v")
}
