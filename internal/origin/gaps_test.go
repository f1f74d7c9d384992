//go:build unix

package origin_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
)

// partsSQL is a query over tables that fails for each whose name begins with "bad", or at all where one is called
// "worst".
const partsSQL = `-- parts.sql: a row for each table, but for bad ones.
--
-- Key      schema, table
-- Rows     can be laid side by side
-- Keeps    names
select n.nspname as schema, c.relname as table,
    one / case when c.relname like 'bad%' then 0 else 1 end as share
from (select 1 / (1 - count(*) filter (where relname = 'worst')) as one from pg_class) as whole
cross join pg_class as c
join pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and format('%I.%I', n.nspname, c.relname) <> all (coalesce(current_setting('pgroundtrip.skip', true), '{}')::text[])
order by n.nspname collate "C", c.relname collate "C"`

// withParts is the default suite with such a query.
func withParts(t *testing.T) *suite.Suite {
	return storytest.Overlay(t, map[string]string{"invariant/parts.sql": partsSQL})
}

// onSuite has a restore compare under the suite that the dump was made with.
func onSuite(su *suite.Suite) func(*drill.Options) {
	return func(o *drill.Options) { o.Suite = su }
}

func TestATableThatCannotBeRecordedIsNotCoveredAndAllElseIs(t *testing.T) {
	server := pgtest.Server(t)
	for name, c := range pgtest.DealtByName(t, 3, map[string]struct {
		tables []string
		gaps   []string
	}{
		"one":       {[]string{"good", "bad"}, []string{"rows of public.bad (division by zero (SQLSTATE 22012))"}},
		"odd names": {[]string{"good", `bad."x" 'y' \ {,}`}, []string{`rows of public."bad.""x"" 'y' \ {,}" (`}},
		"all":       {[]string{"bad"}, []string{"rows of public.bad ("}},
		"the query": {[]string{"good", "worst"}, []string{"invariant/parts.sql (division by zero (SQLSTATE 22012))"}},
		"several": {[]string{"bad1", "good1", "bad2", "good2", "bad3"},
			[]string{"public.bad1 ", "public.bad2 ", "public.bad3 "}},
		"far too many": {numberedNames("bad", 60), []string{"invariant/parts.sql ("}},
	}) {
		t.Run(name, func(t *testing.T) {
			source, _ := storytest.Filled(t, server)
			conn := storytest.Connection(t, source)
			for _, table := range c.tables {
				storytest.MustExec(t, conn, "create table public."+pgx.Identifier{table}.Sanitize()+" as select 1 as id")
			}
			su := withParts(t)
			b := storytest.Incomplete(t, source, su, c.gaps...)
			o := storytest.TryRestore(t, server, b, onSuite(su))
			storytest.RequirePass(t, o)
			for _, gap := range c.gaps {
				if !strings.Contains(strings.Join(o.NotCovered, "\n"), gap) {
					t.Errorf("the restore does not name %q: %q", gap, o.NotCovered)
				}
			}
			// What was recorded is compared, in the same query too.
			if slices.Contains(c.tables, "good") && !slices.Contains(c.tables, "worst") {
				storytest.RequireFails(t, storytest.TryRestore(t, server, b, func(o *drill.Options) {
					o.Suite = su
					o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
						return storytest.RunText(ctx, conn, "alter table public.good rename to better")
					}
				}), "record/invariant/parts", "good")
			}
			storytest.RefusedDump(t, source, func(o *origin.Options) { o.Suite, o.Strict = su, true }, "division by zero")
		})
	}
}

func numberedNames(prefix string, n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint(prefix, i))
	}
	return names
}

// TestAQueryThatCannotBeRunIsNotCovered: whether it is refused when it is parsed, or at its last row.
func TestAQueryThatCannotBeRunIsNotCovered(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server,
		"create table public.kept (id int primary key); insert into public.kept values (1)")
	for name, c := range pgtest.DealtByName(t, 2, map[string]struct{ file, text, gap string }{
		"parsed": {"invariant/own", "select * from public.gone order by 1",
			`invariant/own.sql (relation "public.gone" does not exist (SQLSTATE 42P01))`},
		"run": {"invariant/own", "select 1 / (n - 3) as x from generate_series(1, 9) as n order by x",
			"invariant/own.sql (division by zero"},
		"grows": {"invariant/own",
			"-- Grows    x\nselect 'a' as k, 1 / (n - 3) as x from generate_series(1, 9) as n order by x", "invariant/own.sql (division by zero"},
		"payload": {"canonical_payload",
			"select 1 / (n - 3), '' as payload, '' as row_hash from generate_series(1, 9) as n order by n", "canonical_payload.sql (division"},
		"chain": {"snapshot", "select 1 / count(*) filter (where relname = '?') as row_count, '' as chain_head_hash " +
			"from pg_class", "snapshot.sql (division"},
	}) {
		t.Run(name, func(t *testing.T) {
			su := storytest.Overlay(t, map[string]string{c.file + ".sql": c.text})
			b := storytest.Incomplete(t, source, su, c.gap)
			storytest.RequirePass(t, storytest.TryRestore(t, server, b, onSuite(su)))
			storytest.RequireFails(t, storytest.TryRestore(t, server, b, func(o *drill.Options) {
				o.Suite = su
				o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
					return storytest.RunText(ctx, conn, "insert into public.kept values (2)")
				}
			}), "record/invariant/tables", "kept")
			storytest.RefusedDump(t, source, func(o *origin.Options) { o.Suite, o.Strict = su, true },
				"own/"+c.file+".sql")
		})
	}
}

// TestNothingRecordedIsNoManifest: there would be nothing to compare with.
func TestNothingRecordedIsNoManifest(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), "create table public.bad (id int)")
	su := storytest.Own(t, map[string]string{"session.sql": storytest.FileText(t, "../../sql/session.sql"),
		"invariant/x.sql": "select 1 / count(*) filter (where false) as n from pg_class order by n"})
	storytest.RefusedDump(t, source, func(o *origin.Options) { o.Suite = su }, "nothing could be recorded",
		"division by zero")
}

// TestAPartitionThatCannotBeReadTakesItsWholeTable: a sum over some of the partitions would be compared with another.
func TestAPartitionThatCannotBeReadTakesItsWholeTable(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, `
		create table public.p (k int, n int) partition by list (k);
		create table public.p1 partition of public.p for values in (1);
		create table public.p2 partition of public.p for values in (2);
		insert into public.p values (1, 10), (2, 20);
		create table public.q (k int);`)
	su := storytest.Overlay(t, map[string]string{"invariant/tables.sql": storytest.Misnamed(t, "p2")})
	b := storytest.Incomplete(t, source, su, `rows of public.p (relation "public.p2_gone" does not exist`)
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, onSuite(su)))
}
