//go:build unix

package drill_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// waiting is a database whose index is built once a reader has read the table, on a connection that ended. Then the
// index function runs a statement.
func waiting(statement string) string {
	return fmt.Sprintf(`
		create table public.victim (id int, note text);
		insert into public.victim select n, 'n' || n from generate_series(1, 100) as n;
		create table public.t (id int);
		insert into public.t values (1), (2);
		create table public.is_copy (yes boolean);
		create function public.act() returns int language plpgsql as $$
			begin
				if exists (select from public.is_copy) and exists (select from public.victim where id = 7) then
					for i in 1..1200 loop
						perform pg_stat_clear_snapshot();
						exit when pg_stat_get_numscans('public.victim'::regclass) > 0;
						perform pg_sleep(0.05);
					end loop;
					%s;
				end if;
				return 1;
			end $$;
		create function public.wait(id int) returns int language plpgsql immutable as $$ begin perform public.act(); return id; end $$;
		create function public.fired() returns event_trigger language plpgsql as $$ begin perform public.act(); end $$`, statement)
}

// restoredAhead restores a backup as if its tables were large, and returns how many pieces were read ahead and used.
func restoredAhead(t *testing.T, server *cluster.Server, b *storytest.Backup, trusted bool, jobs int) (
	o *verdict.Report, used, read int) {
	t.Helper()
	o = storytest.TryRestore(t, server, b, func(o *drill.Options) {
		o.Manifest.Source.SizeBytes, o.Trusted, o.Jobs = 64<<20, trusted, jobs
		o.Log = func(format string, args ...any) {
			if strings.Contains(format, "read during the restore") {
				used, read = args[0].(int), args[1].(int)
			}
		}
	})
	return o, used, read
}

// TestTablesAreReadWhileIndexesAreBuilt in each format that pg_restore reads, with the verdict that they have otherwise.
func TestTablesAreReadWhileIndexesAreBuilt(t *testing.T) {
	for _, server := range hostileServers(t) {
		source, _ := storytest.Filled(t, server, waiting("null"), "create index on public.t (public.wait(id))",
			"create index on public.victim (id); insert into public.is_copy values (true)")
		for i, format := range []string{"custom", "directory", "tar"} {
			b := storytest.TakeDump(t, source, func(o *origin.Options) {
				o.Format, o.Out = format, filepath.Join(t.TempDir(), "backup")
			})
			for _, trusted := range pgtest.Dealt(t, 2, []bool{i%2 > 0, i%2 == 0}) {
				o, used, read := restoredAhead(t, server, b, trusted, 1)
				storytest.RequirePass(t, o)
				if read == 0 || used != read {
					t.Errorf("%s, trusted %t: %d pieces of %d read ahead were used", format, trusted, used, read)
				}
			}
		}
	}
}

// TestRowsThatChangeAfterTheyWereReadAreNotVouchedFor: code of the archive that runs when its rows have been read.
func TestRowsThatChangeAfterTheyWereReadAreNotVouchedFor(t *testing.T) {
	for _, server := range hostileServers(t) {
		for _, c := range []struct {
			statement, built string
			trusted          bool
		}{
			{"delete from public.victim where id = 7", "create index on public.t (public.wait(id))", false},
			{"update public.victim set note = 'other' where id = 7", "create unique index on public.t (id) where public.wait(id) > 0", false},
			{"insert into public.victim values (101)", "create materialized view public.m as select public.act()", false},
			{"truncate public.victim", "create index on public.t using hash (public.wait(id))", true},
			{"set local track_counts = off; delete from public.victim where id = 7; perform pg_stat_reset()",
				"create materialized view public.m as select public.act()", true},
			{"delete from public.victim where id = 7", "create materialized view public.m as select 1 as one;" +
				"create event trigger fires on ddl_command_end when tag in ('REFRESH MATERIALIZED VIEW') execute function public.fired()", true},
		} {
			source, conn := storytest.Filled(t, server, waiting(c.statement), c.built)
			storytest.MustExec(t, conn, "insert into public.is_copy values (true)")
			b := storytest.TakeDump(t, source, nil)
			o, used, read := restoredAhead(t, server, b, c.trusted, 1)
			storytest.RequireFails(t, o, storytest.TablesCheck, "victim")
			if read == 0 || used >= read {
				t.Errorf("%s: %d pieces of %d read ahead were used", c.statement, used, read)
			}
		}
	}
}

// TestAReaderEndsWithARestoreThatFails, and leaves no database.
func TestAReaderEndsWithARestoreThatFails(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	source, conn := storytest.Filled(t, server, waiting("raise exception 'no index'"), "create index on public.t (public.wait(id))")
	storytest.MustExec(t, conn, "insert into public.is_copy values (true)")
	b, before := storytest.TakeDump(t, source, nil), storytest.ScratchDatabases(t)
	o, used, read := restoredAhead(t, server, b, false, 2)
	if o.Verdict() != verdict.Error || !strings.Contains(storytest.FullText(o.Err), "no index") || used+read > 0 {
		t.Errorf("%s: %v; %d of %d pieces", o.Verdict(), o.Err, used, read)
	}
	if after := storytest.ScratchDatabases(t); !slices.Equal(before, after) {
		t.Errorf("databases before %q, after %q", before, after)
	}
}

// TestSomeArchivesAreNotReadAhead: code with all rights could replace the functions that read, and a plain dump is not
// restored in parts.
func TestSomeArchivesAreNotReadAhead(t *testing.T) {
	target := isolated(t)
	for _, c := range []struct {
		code, format string
		isRead       bool
	}{
		{"select 1", "custom", runtime.NumCPU() > 1},
		{"create function public.f() returns int language sql as 'select 1'", "custom", false},
		{"create extension pg_trgm", "custom", false},
		{"select 1", "plain", false},
	} {
		source, _ := storytest.Filled(t, pgtest.Server(t), storytest.TwoTables, c.code)
		isRead := false
		b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = c.format })
		storytest.RequirePass(t, storytest.TryRestore(t, target, b, func(o *drill.Options) {
			o.Manifest.Source.SizeBytes = 64 << 20
			o.Log = func(string, ...any) { isRead = true }
		}))
		if isRead != c.isRead {
			t.Errorf("%s, %s: read ahead: %t", c.code, c.format, isRead)
		}
	}
}
