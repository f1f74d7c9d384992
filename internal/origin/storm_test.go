//go:build unix

package origin_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

const stormGround = `
	create sequence public.cycling maxvalue 7 cycle;
	create sequence public.counting;
	create table public.base (id int primary key, v int);
	insert into public.base select n, n from generate_series(1, 500) as n;
	create table public.parts (k int, v int) partition by list (k);
	create table public.part1 partition of public.parts for values in (1);
	insert into public.parts values (1, 1);
	create materialized view public.sums as select count(*) as s from public.base;
	create function public.kept(i int) returns int language sql as 'select i';
	create type public.mood as enum ('good');
	create view public.seen as select id, public.kept(v) as v from public.base;
	create publication kept for table public.base;`

// storm runs each list of statements over and over, on a connection of its own, until stop is called; %d is the number
// of the round. A statement that is refused because of another session is no matter.
func storm(t *testing.T, source *cluster.Server, pause time.Duration, lists ...[]string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for _, statements := range lists {
		conn := storytest.Connection(t, source)
		group.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				for _, statement := range statements {
					text := strings.ReplaceAll(statement, "%d", strconv.Itoa(round))
					if _, err := conn.Exec(context.WithoutCancel(ctx), text); err != nil && round == 0 {
						t.Errorf("%s: %v", text, err)
					}
					time.Sleep(pause)
				}
			}
		})
	}
	return func() { cancel(); group.Wait() }
}

// storms is how many dumps are made: PGROUNDTRIP_TEST_STORMS, else a few.
func storms(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("PGROUNDTRIP_TEST_STORMS"))
	if err != nil {
		return map[bool]int{true: 2, false: 1}[pgtest.Long()]
	}
	return n
}

// TestADumpInAStormIsRightOrSaysWhy: whatever other sessions create, alter and drop meanwhile, an archive that is
// called recorded restores to what was recorded, and what is not covered is said.
func TestADumpInAStormIsRightOrSaysWhy(t *testing.T) {
	server := pgtest.Server(t)
	ended := map[string]int{}
	for n := range storms(t) {
		t.Run(strconv.Itoa(n), func(t *testing.T) { ended[oneStorm(t, server, n)]++ })
	}
	t.Log(ended)
}

// oneStorm dumps a database in a storm and restores the archive. It returns how both ended.
func oneStorm(t *testing.T, server *cluster.Server, n int) string {
	t.Helper()
	source, _ := storytest.Filled(t, server, stormGround)
	pause := []time.Duration{5 * time.Millisecond, 50 * time.Millisecond, 400 * time.Millisecond, 0}[n%4]
	stop := storm(t, source, pause, stormLists(n)...)
	b, outcome, err := storytest.DumpOutcome(t, source, func(o *origin.Options) { o.Timeout = 5 * time.Second })
	stop()
	if err != nil {
		t.Logf("no archive: %v", err)
		return "no archive"
	}
	o := storytest.TryRestore(t, server, b, nil)
	if names, details := storytest.Failed(o); o.Verdict() == verdict.Fail || outcome.Verdict() == verdict.Pass &&
		o.Verdict() != verdict.Pass {
		t.Errorf("after a dump that ends with %s: failed %q: %s %v", outcome.Verdict(), names, details, o.Err)
	} else if o.Err != nil {
		t.Logf("dump %s (%q), restore: %v", outcome.Verdict(), outcome.NotCovered, o.Err)
	}
	return fmt.Sprintf("dump %s, restore %s", outcome.Verdict(), o.Verdict())
}

// stormLists are what the sessions of a storm run.
func stormLists(n int) [][]string {
	role := fmt.Sprintf("storm%d_%%d", n) // the server keeps those that a restore needed
	lists := [][]string{
		{"create function public.brief%d() returns int language sql as 'select %d'",
			"create or replace function public.kept(i int) returns int language sql as 'select i + %d'", "drop function public.brief%d()"},
		{"create type public.kind%d as (a int)", "alter type public.mood rename to temper",
			"alter type public.temper rename to mood", "drop type public.kind%d"},
		{"select lo_create(0)", "select lo_unlink(oid) from pg_largeobject_metadata", "update public.base set v = v + 1"},
		{"create publication pub%d", "create statistics public.st%d on id, v from public.base", "drop publication pub%d",
			"drop statistics public.st%d"},
		{"select nextval('public.cycling'), nextval('public.counting')"},
		{"create role " + role, "grant select on public.base to " + role, "revoke select on public.base from " + role,
			"drop role " + role},
	}
	if n%2 == 1 { // sessions that wait for the dump, and for which pg_dump would wait
		lists = append(lists,
			[]string{"create table public.fresh%d (id int)", "insert into public.fresh%d values (%d)",
				"alter table public.fresh%d rename to stale%d", "truncate public.stale%d", "drop table public.stale%d"},
			[]string{"create view public.view%d as select 1 as one", "alter view public.seen rename to looked",
				"alter view public.looked rename to seen", "drop view public.view%d"},
			[]string{"refresh materialized view public.sums"},
			[]string{"create table public.part2 (k int, v int)",
				"alter table public.parts attach partition public.part2 for values in (2)", "alter table public.parts detach " +
					"partition public.part2", "drop table public.part2"})
	}
	return lists
}

// TestWorkThatChangesNoDefinitionIsNoStorm: what a busy server does all day does not make a dump begin again.
func TestWorkThatChangesNoDefinitionIsNoStorm(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, stormGround)
	stop := storm(t, source, 50*time.Millisecond,
		[]string{"create temporary table scratch%d (id serial primary key, v text check (v <> ''))",
			"create temporary view glance%d as select * from scratch%d", "drop table scratch%d cascade"},
		[]string{"create table public.staging%d (id serial primary key)", "analyze public.base",
			"insert into public.staging%d default values"},
		[]string{"reindex table public.base", "grant select on public.base to public",
			"create index extra%d on public.base (v)"},
		[]string{"create function public.young%d() returns int language sql as 'select 1'; drop function public.young%d()",
			"update public.base set v = v + 1", "vacuum public.base"},
		[]string{"select nextval('public.cycling'), nextval('public.counting')",
			"select lo_from_bytea(0, 'note %d'), lo_from_bytea(0, 'other')",
			"select lo_put(max(oid), 0, 'text %d') from pg_largeobject_metadata",
			"select lo_unlink(min(oid)) from pg_largeobject_metadata"},
	)
	defer stop()
	var log bytes.Buffer
	b := storytest.TakeDump(t, source, func(o *origin.Options) {
		o.Log = func(format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) }
	})
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	if log.Len() > 0 {
		t.Errorf("log: %s", log.String())
	}
}

// changing dumps a database in which a session runs the statement that many times, each time between the snapshot and
// pg_dump: %b is the number of the run before, %d its own. The archive must restore. It returns what the dump logged.
func changing(t *testing.T, server *cluster.Server, statement string, times int) (outcome *verdict.Report, log string) {
	t.Helper()
	source, conn := storytest.Filled(t, server, stormGround)
	round, said := 0, &strings.Builder{}
	b, outcome, err := storytest.DumpOutcome(t, source, func(o *origin.Options) {
		o.Log = func(format string, args ...any) { fmt.Fprintf(said, format+"\n", args...) }
		o.OnPhase = func(phase string) {
			if phase != between || round == times {
				return
			}
			before := "good"
			if round > 0 {
				before = strconv.Itoa(round)
			}
			round++
			storytest.MustExec(t, conn, strings.NewReplacer("%b", before, "%d", strconv.Itoa(round)).Replace(statement))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	return outcome, said.String()
}

// TestObjectsThatChangeMakeADumpBeginAgain: once, and it passes; for ever, and the archive is kept without what it may
// show wrongly.
func TestObjectsThatChangeMakeADumpBeginAgain(t *testing.T) {
	server := pgtest.Server(t)
	const function = "create or replace function public.kept(i int) returns int language sql as 'select i + %d'"
	for name, c := range pgtest.DealtByName(t, 3, map[string]struct{ statement, says string }{
		"a function": {function, "function kept"},
		"a type":     {"alter type public.mood rename value '%b' to '%d'", "value of a type"},
		"a view": {"create or replace view public.seen as select id, public.kept(v) + %d as v from public.base",
			"rule seen"},
		"a materialized view": {"refresh materialized view public.sums", "materialized view sums"},
		"a publication":       {"alter publication kept set (publish = 'insert')", "publication kept"},
	}) {
		t.Run(name+" that changes once", func(t *testing.T) {
			outcome, log := changing(t, server, c.statement, 1)
			storytest.RequirePass(t, outcome)
			if !strings.Contains(log, "begun again: ") || !strings.Contains(log, c.says) {
				t.Errorf("the log does not name %q: %s", c.says, log)
			}
		})
	}
	t.Run("a function that changes for ever", func(t *testing.T) {
		outcome, _ := changing(t, server, function, 100)
		gaps := strings.Join(outcome.NotCovered, "\n")
		if outcome.Verdict() != verdict.Error || !strings.Contains(gaps, "objects changed while the dump ran: ") ||
			!strings.Contains(gaps, "function kept") {
			t.Errorf("the dump's verdict is %s; not covered: %s", outcome.Verdict(), gaps)
		}
	})
}
