//go:build unix

package roundtrip_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/golden"
	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

func TestEveryFormatAndWipePasses(t *testing.T) {
	for i, format := range pgdump.Formats {
		wipes := []string{"schema", "database"}
		if !pgtest.Long() { // each in turn
			wipes = wipes[i%2:][:1]
		}
		for _, wipe := range wipes {
			t.Run(format+" after wiping the "+wipe, func(t *testing.T) {
				o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
				o.Format, o.Wipe, o.Goldens = format, wipe, golden.Files
				if format == "directory" {
					o.Jobs = 2
				}
				o.Tools = storytest.Tools(t, o.Server, pgtest.Options().Finder, format)
				storytest.RequirePass(t, storytest.Check(t, o, "text"))
				archive, err := os.Stat(filepath.Join(o.Folder, "text", "archive"))
				if err != nil || archive.IsDir() != (format == "directory") {
					t.Errorf("the archive is not of format %s: %v", format, err)
				}
			})
		}
	}
}

// unguard removes what would refuse an edit.
const unguard = "alter table public.audit_events disable trigger all;"

func TestAnEditOfAnyColumnAfterTheRestoreIsNamed(t *testing.T) {
	for _, test := range pgtest.Dealt(t, 4, []struct{ set, row, shows string }{
		{"seq = 1000", "seq=7 id=evt-00000007", ""},
		{"id = 'edited'", "seq=7 id=evt-00000007", " id='edited'"},
		{"actor = actor || ' '", "seq=7 id=evt-00000007", " actor='user-0@example.com '"},
		{"actor_type = ''", "seq=7 id=evt-00000007", " actor_type=''"},
		{"action = 'edited'", "seq=7 id=evt-00000007", " action='edited'"},
		{"resource_type = 'edited'", "seq=7 id=evt-00000007", " resource_type='edited'"},
		{"resource_id = 'edited'", "seq=7 id=evt-00000007", " resource_id='edited'"},
		{`details = '{"edited": true}'`, "seq=7 id=evt-00000007", ` details={"edited": true}`},
		{"event_category = 'edited'", "seq=7 id=evt-00000007", " event_category='edited'"},
		{`"timestamp" = "timestamp" + '1 microsecond'`, "seq=7 id=evt-00000007", " timestamp=2026-01-05T07:07:07.000008Z"},
		{"prev_hash = repeat('0', 64)", "seq=7 id=evt-00000007", " prev_hash='" + strings.Repeat("0", 64) + "'"},
		{"row_hash = repeat('0', 64)", "seq=7 id=evt-00000007", "\t" + strings.Repeat("0", 64)},
	}) {
		column, _, _ := strings.Cut(test.set, " ")
		t.Run(strings.Trim(column, `"`), func(t *testing.T) {
			o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
			o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
				_, err := conn.Exec(ctx, unguard+"update public.audit_events set "+test.set+" where seq = 7")
				return err
			}
			outcome := storytest.Check(t, o, "lifecycle")
			storytest.RequireVerdict(t, outcome, verdict.Fail)
			at := slices.IndexFunc(outcome.Checks, func(c verdict.Check) bool { return c.Name == "record/canonical_payload" })
			d := outcome.Checks[at].Difference
			if d == nil || d.Row != test.row || d.Position != 6 {
				t.Fatalf("the difference does not name the row %s: %+v", test.row, d)
			}
			added := false
			for line := range strings.Lines(d.Diff) {
				added = added || strings.HasPrefix(line, "+") && strings.Contains(line, test.shows)
			}
			if !added {
				t.Errorf("the difference does not show %q:\n%s", test.shows, d.Diff)
			}
		})
	}
}

// Damage to any row, from first to last, and to the table itself.
func TestDamageAfterTheRestoreFails(t *testing.T) {
	const rehashLast = "update public.audit_events set actor = 'mallory', row_hash = encode(sha256(convert_to(%s, " +
		"'UTF8')), 'hex') where seq = 24"
	honest := storytest.PayloadOf(t, "canonical_payload")
	for _, test := range pgtest.Dealt(t, 4, []struct {
		name, damage string
		failing      []string // some of the checks that must see it
	}{
		{"first row edited", "update public.audit_events set actor = 'x' where seq = 1",
			[]string{"first_break_id", "payload_hash/after", "record/canonical_payload"}},
		{"last row edited", "update public.audit_events set actor = 'x' where seq = 24",
			[]string{"first_break_id", "payload_hash/after", "record/canonical_payload"}},
		{"last row edited and hashed again", fmt.Sprintf(rehashLast, strings.Replace(honest, ", actor,", ", 'mallory',", 1)),
			[]string{"chain_head_hash", "record/snapshot", "record/canonical_payload"}},
		{"tail deleted", "delete from public.audit_events where seq > 20",
			[]string{"row_count", "chain_head_hash", "verifier_walked", "record/snapshot", "record/canonical_payload"}},
		{"row deleted", "delete from public.audit_events where seq = 5",
			[]string{"row_count", "first_break_id", "verifier_walked"}},
		{"truncated", "truncate public.audit_events", []string{"row_count", "chain_head_hash", "verifier_walked"}},
		{"event appended", storytest.AppendEvents + "values ('x', 'a', 'b', 'c', 'd', 'e')",
			[]string{"row_count", "chain_head_hash", "verifier_walked"}},
		{"table dropped", "drop table public.audit_events", []string{"record/after"}},
		{"column dropped", "alter table public.audit_events drop column actor", []string{"record/after"}},
	}) {
		t.Run(test.name, func(t *testing.T) {
			o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
			o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
				disable := unguard
				if strings.HasPrefix(test.damage, "insert") {
					disable = ""
				}
				_, err := conn.Exec(ctx, disable+test.damage)
				return err
			}
			outcome := storytest.Check(t, o, "lifecycle")
			storytest.RequireVerdict(t, outcome, verdict.Fail)
			names, details := storytest.Failed(outcome)
			for _, want := range test.failing {
				if !slices.Contains(names, want) {
					t.Errorf("%s did not fail; what failed:\n%s", want, details)
				}
			}
		})
	}
}

func TestAnotherArchiveInItsPlaceIsNoPass(t *testing.T) {
	o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
	storytest.RequirePass(t, storytest.Check(t, o, "writers"))
	other, err := os.ReadFile(filepath.Join(o.Folder, "writers", "archive"))
	if err != nil {
		t.Fatal(err)
	}
	o.AfterDump = func(archive string) error { return os.WriteFile(archive, other, 0o644) }
	if outcome := storytest.Check(t, o, "lifecycle"); outcome.Verdict() == verdict.Pass {
		t.Error("the archive of another run passed")
	}
}

// A plain dump that was cut at the end of a line runs without an error.
func TestAPlainDumpThatWasCutIsNotTheArchive(t *testing.T) {
	for _, test := range []struct {
		name string
		keep func(dump []byte) []byte
	}{
		{"inside the rows", func(dump []byte) []byte {
			rows := bytes.Index(dump, []byte("COPY public.audit_events "))
			end := rows
			for range 4 { // the COPY line and three rows
				end += bytes.IndexByte(dump[end:], '\n') + 1
			}
			return dump[:end]
		}},
		{"behind the rows", func(dump []byte) []byte {
			rows := bytes.Index(dump, []byte("COPY public.audit_events "))
			return dump[:rows+bytes.Index(dump[rows:], []byte("\n\\.\n"))+len("\n\\.\n")]
		}},
		{"before its last lines", func(dump []byte) []byte {
			return dump[:bytes.LastIndex(dump, []byte("-- PostgreSQL database dump complete"))]
		}},
		{"inside its last lines", func(dump []byte) []byte {
			return dump[:bytes.LastIndex(dump, []byte("dump complete"))]
		}},
		{"to nothing", func([]byte) []byte { return nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
			o.Format, o.Tools = "plain", storytest.Tools(t, o.Server, pgtest.Options().Finder, "plain")
			o.AfterDump = func(archive string) error {
				dump, err := os.ReadFile(archive)
				if err != nil {
					return err
				}
				return os.WriteFile(archive, test.keep(dump), 0o644)
			}
			outcome := storytest.Check(t, o, "text")
			if names := outcome.Failed(); outcome.Err == nil && !slices.Equal(names, []string{"archive"}) {
				t.Errorf("failed: %q, want archive", names)
			}
			requireNotProven(t, outcome)
		})
	}
}

func TestACutArchiveIsNotTheArchive(t *testing.T) {
	o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
	o.AfterDump = func(archive string) error {
		info, err := os.Stat(archive)
		if err != nil {
			return err
		}
		return os.Truncate(archive, info.Size()*6/10)
	}
	outcome := storytest.Check(t, o, "text")
	if names := outcome.Failed(); !slices.Equal(names, []string{"archive"}) {
		t.Errorf("failed: %q, want archive", names)
	}
}

// requireNotProven ends the test if the verdict is a pass.
func requireNotProven(t *testing.T, o *verdict.Report) {
	t.Helper()
	if o.Verdict() == verdict.Pass {
		t.Fatal("it is proven")
	}
}

func TestAWorkloadThatFailsIsAnErrorWithFileAndLine(t *testing.T) {
	o := storytest.CheckOptions(t, storytest.Overlay(t,
		map[string]string{"workload/bad.sql": "-- bad.sql\nselect 1;\n\nselect 1 / 0;\n"}))
	outcome := storytest.Check(t, o, "bad")
	storytest.RequireVerdict(t, outcome, verdict.Error)
	if text := outcome.Err.Error(); !strings.Contains(text, "own/workload/bad.sql:4:") ||
		!strings.Contains(text, "division by zero") {
		t.Errorf("the error does not name file and line: %s", text)
	}
}

func TestAProbeThatPrintsAFaultFails(t *testing.T) {
	o := storytest.CheckOptions(t, storytest.Overlay(t, map[string]string{
		"probe/append.sql": "select 'the next event has no place' as fault\nwhere not exists (select from " +
			"public.audit_events where seq = 24)",
		"probe/broken.sql": "select id || ' is broken' as fault from public.audit_events where seq <= 2 order by seq",
	}))
	outcome := storytest.Check(t, o, "lifecycle")
	storytest.RequireVerdict(t, outcome, verdict.Fail)
	names, details := storytest.Failed(outcome)
	if !slices.Equal(names, []string{"probe/broken"}) ||
		!strings.Contains(details, "evt-00000001 is broken; evt-00000002 is broken") {
		t.Errorf("failed: %v\n%s", names, details)
	}
}

func TestAnInvariantThatChangesFails(t *testing.T) {
	o := storytest.CheckOptions(t, storytest.Overlay(t,
		map[string]string{"invariant/lock.sql": "select is_locked, 'x' as x from public.audit_chain_lock order by is_locked"}))
	storytest.RequirePass(t, storytest.Check(t, o, "lifecycle"))
	o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "delete from public.audit_chain_lock")
		return err
	}
	outcome := storytest.Check(t, o, "lifecycle")
	storytest.RequireVerdict(t, outcome, verdict.Fail)
	if names, details := storytest.Failed(outcome); !slices.Contains(names, "record/invariant/lock") {
		t.Errorf("failed: %v\n%s", names, details)
	}
}

// Objects outside the schema public would survive the wipe, and a restore could depend on them.
func TestWhatTheWipeLeavesIsNamed(t *testing.T) {
	const build = `
		create schema other;
		create table other.t (n int primary key);
		create type other.c as (n int);
		create cast (other.c as text) with inout as assignment;
		create function other.watch() returns event_trigger language plpgsql as 'begin end';
		create event trigger watch on ddl_command_end execute function other.watch();
		select lo_create(4711);
		alter default privileges grant select on tables to public;
		create publication everything for all tables;
		create foreign data wrapper far;
		create text search configuration other.words (copy = pg_catalog.simple);
		create access method heap2 type table handler heap_tableam_handler;`
	o := storytest.CheckOptions(t, storytest.Own(t, map[string]string{
		"schema.sql":        build,
		"workload/rows.sql": "insert into other.t select generate_series(1, 3);",
		"invariant/t.sql":   "select n from other.t order by n",
	}))
	outcome := storytest.Check(t, o, "rows")
	storytest.RequireVerdict(t, outcome, verdict.Error)
	var hint *hint.Error
	if !errors.As(outcome.Err, &hint) || !strings.Contains(hint.Hint, "-wipe database") {
		t.Errorf("no hint at -wipe database: %v", outcome.Err)
	}
	if !strings.Contains(outcome.Err.Error(), "objects are left after the wipe: ") {
		t.Errorf("the error does not say what is left: %v", outcome.Err)
	}
	o.Wipe = "database"
	storytest.RequirePass(t, storytest.Check(t, o, "rows"))
}

// Each kind of object that can exist outside a schema is detected by itself.
func TestEveryKindOfLeftoverIsSeen(t *testing.T) {
	for _, test := range pgtest.Dealt(t, 4, []struct{ left, statement string }{
		{"schema other", "create schema other"},
		{"large object 4711", "select lo_create(4711)"},
		{"event trigger watch", "create function pg_catalog.watch() returns event_trigger language plpgsql as 'begin " +
			"end'; create event trigger watch on ddl_command_end execute function watch()"},
		{"routine one()", "create function pg_catalog.one() returns int language sql as 'select 1'"},
		{"default privileges r", "alter default privileges grant select on tables to public"},
		{"publication everything", "create publication everything"},
		{"foreign-data wrapper far", "create foreign data wrapper far"},
		{"foreign server away", "create foreign data wrapper far; create server away foreign data wrapper far"},
		{"access method heap2", "create access method heap2 type table handler heap_tableam_handler"},
		{"language pl", "create language pl handler plpgsql_call_handler"},
		{"cast bigint as boolean", "create cast (bigint as boolean) with inout"},
	}) {
		t.Run(test.left, func(t *testing.T) {
			o := storytest.CheckOptions(t, storytest.Own(t,
				map[string]string{"workload/one.sql": test.statement, "invariant/one.sql": "select 1 as n order by n"}))
			outcome := storytest.Check(t, o, "one")
			storytest.RequireVerdict(t, outcome, verdict.Error)
			if !strings.Contains(outcome.Err.Error(), test.left) {
				t.Errorf("the error does not name %s: %v", test.left, outcome.Err)
			}
		})
	}
}

// A server that disappears leads to "could not tell": an error, never a pass or a difference.
func TestAServerThatStopsIsAnError(t *testing.T) {
	dir, err := pgtest.Options().Finder.ServerDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, phase := range []string{"dump and record", "record after"} {
		t.Run("before "+phase, func(t *testing.T) {
			server, err := cluster.Open(context.Background(), cluster.Options{
				Env: map[string]string{}, Finder: pgtool.Finder{Bindir: dir, Env: os.Environ()}, Wait: time.Second, Log: os.Stderr,
			})
			if err != nil {
				t.Fatal(err)
			}
			o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
			o.Server, o.Tools = server, storytest.Tools(t, server, pgtest.Options().Finder, "custom")
			o.OnPhase = func(_, begins string) {
				if begins == phase {
					if err := server.Close(); err != nil {
						t.Error(err)
					}
				}
			}
			storytest.RequireVerdict(t, storytest.Check(t, o, "lifecycle"), verdict.Error)
		})
	}
}

func TestNothingIsLeftOnTheServer(t *testing.T) {
	o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
	var name string
	o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
		return errors.Join(conn.QueryRow(ctx, "select current_database()").Scan(&name), errors.New("stop here"))
	}
	outcome := storytest.Check(t, o, "writers")
	storytest.RequireVerdict(t, outcome, verdict.Error)
	conn, err := o.Server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if !strings.HasPrefix(name, cluster.ScratchPrefix) ||
		storytest.Value[bool](t, conn, "select exists (select from pg_database where datname = $1)", name) {
		t.Errorf("the scratch database %q is still there", name)
	}
}

func TestOptionsThatCannotBeAreRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		set   func(*roundtrip.Options)
		want  error
	}{
		{"jobs with tar", nil, func(o *roundtrip.Options) { o.Format, o.Jobs = "tar", 2 }, arguments.ErrUnsupported},
		{"jobs with plain", nil, func(o *roundtrip.Options) { o.Format, o.Jobs = "plain", 2 }, arguments.ErrUnsupported},
		{"no workload", map[string]string{"invariant/one.sql": "select 1 as n order by n"}, nil, suite.ErrInvalid},
		{"no query", map[string]string{"workload/one.sql": "select 1"}, nil, suite.ErrInvalid},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := pgtest.DefaultSuite(t)
			if test.files != nil {
				s = storytest.Own(t, test.files)
			}
			o := storytest.CheckOptions(t, s)
			if test.set != nil {
				test.set(o)
			}
			if err := o.Validate(); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
