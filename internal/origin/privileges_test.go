//go:build unix

package origin_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// A suite's own grants come back from a round trip, and the schema public is made anew as it was, on every major.
func TestGrantsOfASuiteAreCheckedAfterEitherWipe(t *testing.T) {
	query := pgtest.DefaultSuite(t).File("invariant/privileges").Text
	s := storytest.Own(t, map[string]string{
		"session.sql": pgtest.DefaultSuite(t).File("session").Text,
		"schema.sql": "create table public.t (n int, m int); grant select on public.t to public; grant " +
			"update (m) on public.t to pg_monitor;",
		"workload/rows.sql":        "insert into public.t values (1, 2);",
		"invariant/privileges.sql": query,
	})
	servers := storytest.EveryMajor(t)
	for i, server := range servers {
		for _, wipe := range []string{"schema", "database"} {
			t.Run(fmt.Sprintf("%d, %s", server.Version.Major, wipe), func(t *testing.T) {
				o := storytest.CheckOptions(t, s)
				o.Server, o.Tools, o.Wipe = server, storytest.Tools(t, server, storytest.FinderOf(server), "custom"), wipe
				storytest.RequirePass(t, storytest.Check(t, o, "rows"))
				damages := []string{
					"revoke usage on schema public from public", "revoke select on public.t from public",
					"grant select (n) on public.t to pg_monitor", "alter table public.t owner to pg_monitor",
				}
				if wipe == "database" || i < len(servers)-1 {
					damages = damages[:1] // the others have to do neither with the wipe nor with the major
				}
				for _, damage := range damages {
					o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error { _, err := conn.Exec(ctx, damage); return err }
					outcome := storytest.Check(t, o, "rows")
					storytest.RequireFails(t, outcome, storytest.PrivilegesCheck)
					o.AfterRestore = nil
				}
				o.DumpArgs = []string{"-x"}
				outcome := storytest.Check(t, o, "rows")
				storytest.RequirePass(t, outcome)
				if said := storytest.Sayings(outcome, storytest.PrivilegesCheck); !strings.Contains(said, "differs only as expected: grants") {
					t.Errorf("grants were left out on request, and the check says: %s", said)
				}
			})
		}
	}
}

// Everybody could create objects in public before 15. Who goes to 15 or later is told that this is gone, and who stays
// is told nothing.
func TestWhatBecomesOfTheRightsOnSchemaPublic(t *testing.T) {
	servers := storytest.EveryMajor(t)
	if servers[0].Version.Major >= 15 || servers[len(servers)-1].Version.Major < 15 {
		t.Log("NOT COVERED: needs a server before 15 and a later one: PGROUNDTRIP_TEST_BINDIRS")
		return
	}
	older, newer := servers[0], servers[len(servers)-1]
	source, conn := storytest.Filled(t, older)
	b := storytest.TakeDump(t, source, nil)
	storytest.RequireExpected(t, b)
	o := storytest.TryRestore(t, newer, b, nil)
	storytest.RequirePass(t, o)
	if said := storytest.Sayings(o, storytest.PrivilegesCheck); !strings.Contains(said, "differs only as expected: "+storytest.PublicCreate) ||
		len(o.Notes) > 0 {
		t.Errorf("from %d to %d: %s; notes %q", older.Version.Major, newer.Version.Major, said, o.Notes)
	}
	o = storytest.TryRestore(t, older, b, nil)
	storytest.RequirePass(t, o)
	if said := storytest.Sayings(o, storytest.PrivilegesCheck); !strings.Contains(said, "the same in every byte") ||
		len(o.Notes) > 0 {
		t.Errorf("on %d: %s; notes %q", older.Version.Major, said, o.Notes)
	}

	// Who has taken the right away already loses nothing.
	storytest.MustExec(t, conn, "revoke create on schema public from public")
	b = storytest.TakeDump(t, source, nil)
	for _, target := range servers {
		o := storytest.TryRestore(t, target, b, nil)
		storytest.RequirePass(t, o)
		if said := storytest.Sayings(o, storytest.PrivilegesCheck); !strings.Contains(said, "the same in every byte") ||
			len(o.Notes) > 0 {
			t.Errorf("on %d: %s; notes %q", target.Version.Major, said, o.Notes)
		}
	}
	storytest.RequireFails(t, storytest.Damaging(t, newer, b, "grant create on schema public to public"), storytest.PrivilegesCheck,
		"object=public", "grants")

	storytest.MustExec(t, conn, "alter schema public owner to pg_monitor")
	b = storytest.TakeDump(t, source, nil)
	storytest.RequireExpected(t, b, "the owner of schema public")
	storytest.RequirePass(t, storytest.TryRestore(t, older, b, nil))
}

func TestASourceWithoutSchemaPublicPasses(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, "drop schema public; create schema app; create table app.t (n int)")
	b := storytest.TakeDump(t, source, nil)
	storytest.RequireExpected(t, b, "that there is no schema public", "that there is no schema public") // in two results
	o := storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true })
	storytest.RequirePass(t, o)
	storytest.RequireFails(t, storytest.Damaging(t, server, b, "create schema other"), storytest.PrivilegesCheck, "object=other")
}

// To empty a database, many drop the schema public and create it again: then nobody but its owner has a right to it.
func TestASchemaPublicThatWasMadeAnewPasses(t *testing.T) {
	for _, server := range storytest.EveryMajor(t) {
		t.Run(fmt.Sprint(server.Version.Major), func(t *testing.T) {
			source, _ := storytest.Filled(t, server, "drop schema public; create schema public; create table public.t (n int)")
			b := storytest.TakeDump(t, source, nil)
			o := storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true })
			storytest.RequirePass(t, o)
			if len(o.Notes) > 0 {
				t.Errorf("notes: %q", o.Notes)
			}
			// pg_dump before 15 takes it for the schema that every database has, and says nothing.
			const loss, comment = "that not everyone may use schema public", "the comment on schema public"
			said := storytest.Sayings(o, storytest.PrivilegesCheck)
			if server.Version.Major >= 15 {
				storytest.RequireExpected(t, b)
			} else if storytest.RequireExpected(t, b, loss, comment); !strings.Contains(said, "differs only as expected: "+loss) {
				t.Errorf("the check says: %s", said)
			}
		})
	}
}

// pg_dump 15 or 16 carries from an older server what was the default there.
func TestANewerPgDumpCarriesTheRightsOnSchemaPublic(t *testing.T) {
	servers := storytest.EveryMajor(t)
	with := slices.IndexFunc(servers,
		func(s *cluster.Server) bool { return s.Version.Major == 15 || s.Version.Major == 16 })
	if with < 1 || servers[0].Version.Major >= 15 {
		t.Log("NOT COVERED: needs a server before 15, and 15 or 16: PGROUNDTRIP_TEST_BINDIRS")
		return
	}
	source, _ := storytest.Filled(t, servers[0])
	source.Bindir = servers[with].Bindir // where the programs are taken from
	b := storytest.TakeDump(t, source, nil)
	if !strings.HasPrefix(b.Manifest.PgDump, fmt.Sprint(servers[with].Version.Major)) {
		t.Fatalf("dumped by pg_dump %s", b.Manifest.PgDump)
	}
	storytest.RequireExpected(t, b)
	storytest.RequirePass(t, storytest.TryRestore(t, servers[with], b, nil))
	storytest.RequirePass(t, storytest.TryRestore(t, servers[len(servers)-1], b, nil))
}

func TestOwnersAndGrantsThatOptionsLeaveOutAreListed(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server, "create table public.t (n int); grant select on public.t to public")
	for _, c := range pgtest.Dealt(t, 3, []struct {
		arg   string
		wants []string
	}{
		{"-O", []string{"owners"}}, {"--no-own", []string{"owners"}}, {"-x", []string{"grants"}}, {"--no-acl",
			[]string{"grants"}},
		{"--no-privileges", []string{"grants"}}, {"-xO", []string{"owners", "grants"}},
	}) {
		t.Run(c.arg, func(t *testing.T) {
			b := storytest.TakeDump(t, source, func(o *origin.Options) { o.DumpArgs = []string{c.arg} })
			storytest.RequireExpected(t, b, c.wants...)
			o := storytest.TryRestore(t, server, b, nil)
			storytest.RequirePass(t, o)
			said, want := storytest.Sayings(o, storytest.PrivilegesCheck), "the same in every byte" // the owner is
			if c.wants[len(c.wants)-1] == "grants" {
				want = "differs only as expected"
			}
			if !strings.Contains(said, want) || len(o.Notes) > 0 {
				t.Errorf("the check says: %s; notes: %q", said, o.Notes)
			}
		})
	}
	b := storytest.TakeDump(t, source, nil)
	storytest.RequireFails(t, storytest.Damaging(t, server, b, "revoke select on public.t from public"), storytest.PrivilegesCheck,
		"object=public.t", "grants")
	storytest.MustExec(t, conn, "revoke select on public.t from public")
}

// A file that says so has no golden: none is missing, none is written, and one that stands there is an orphan.
func TestAFileWithoutGoldens(t *testing.T) {
	const query = "-- who.sql: who asks.\n--\n-- Golden   none: names are the server's own\nselect current_user::text " +
		"as who order by 1"
	o := storytest.CheckOptions(t, storytest.Own(t,
		map[string]string{"workload/rows.sql": "create table public.t ();", "invariant/who.sql": query,
			"invariant/t.sql": "select relname::text as name from pg_class where relname = 't' order by 1"}))
	folder := t.TempDir()
	o.UpdateDir = folder
	storytest.RequirePass(t, storytest.Check(t, o, "rows"))
	if files := storytest.GoldenFiles(t, folder); fmt.Sprint(files) != "[rows/invariant/t.golden]" {
		t.Errorf("written: %q", files)
	}
	o.UpdateDir, o.Goldens = "", os.DirFS(folder)
	outcome := storytest.Check(t, o, "rows")
	storytest.RequirePass(t, outcome)
	if !strings.Contains(storytest.Sayings(outcome, "record/invariant/who"), "the same in every byte") {
		t.Error("it is not compared before with after")
	}
	o.Goldens = fstest.MapFS{"rows/invariant/t.golden": {Data: []byte("name\nt\n")},
		"rows/invariant/who.golden": {Data: []byte("who\npostgres\n")}}
	storytest.RequireFails(t, storytest.Check(t, o, "rows"), "golden_before/invariant/who", "has no query any more")
}
