//go:build unix

package roundtrip_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
)

func TestZooPassesInEveryFormat(t *testing.T) {
	server := pgtest.Server(t)
	source := storytest.LoadFolder(t, server, storytest.ZooFolder)
	for _, c := range pgtest.Dealt(t, 2, []struct {
		name, format string
		jobs         int
		twice        bool
	}{
		{"directory, two jobs, twice", "directory", 2, true},
		{"custom", "custom", 1, false},
		{"plain", "plain", 1, false},
		{"tar, twice", "tar", 1, true},
	}) {
		t.Run(c.name, func(t *testing.T) {
			b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format, o.Jobs = c.format, c.jobs })
			o := storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Jobs, o.Twice = c.jobs, c.twice })
			storytest.RequirePass(t, o)
			t.Log(o.Phases)
		})
	}
}

// A mutation is a file that changes one object and nothing else. Its first lines say what:
//
//	-- sequence.sql: zoo.set_called: one step on.
//	-- Caught by  sequences
//
// An object that is lost or comes anew is also caught by the check of owners: "Caught by  types, privileges".
type mutation struct {
	name, text string
	words      []string // of the object's name
	checks     []string // those that must fail, in the order of their names; the first in the file names the object
	check      string   // that one
}

// isLasting reports that a rollback does not undo it.
func (m mutation) isLasting() bool { return strings.Contains(m.text, "setval(") }

// mutations are the files of a folder that a server of that major understands. A file without the
// two lines at its head is an error, and so is none at all.
func mutations(folder string, major int) ([]mutation, error) {
	files, err := storytest.ZooFiles(folder, major)
	if err != nil {
		return nil, err
	}
	var all []mutation
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		text := string(data)
		head, rest, _ := strings.Cut(text, "\n")
		caught, _, _ := strings.Cut(rest, "\n")
		about, isHead := strings.CutPrefix(head, "-- "+filepath.Base(path)+": ")
		list, isCaught := strings.CutPrefix(caught, "-- Caught by  ")
		var checks []string
		for name := range strings.SplitSeq(list, ", ") {
			checks = append(checks, "record/invariant/"+name)
		}
		if !isHead || !isCaught {
			return nil, fmt.Errorf("%s: its first lines are not \"-- name.sql: object: what\" and \"-- Caught by  invariant\"",
				path)
		}
		object, _, _ := strings.Cut(about, ": ")
		words := strings.FieldsFunc(strings.TrimSuffix(object, "."),
			func(r rune) bool { return strings.ContainsRune(` .,()";:`, r) })
		all = append(all, mutation{strings.TrimSuffix(filepath.Base(path), ".sql"), text, words,
			slices.Sorted(slices.Values(checks)), checks[0]})
	}
	return all, nil
}

// requireNamed ends the test unless exactly the mutation's checks failed, and the first names the object.
func (m mutation) requireNamed(t *testing.T, o *verdict.Report) {
	t.Helper()
	if names, details := storytest.Failed(o); !slices.Equal(names, m.checks) {
		t.Fatalf("failed: %q, want %q alone; error: %v\n%s", names, m.checks, o.Err, details)
	}
	said := m.check + "\n" + storytest.Sayings(o, m.check)
	for _, word := range m.words {
		if !strings.Contains(said, word) {
			t.Errorf("the report does not name %q:\n%s", word, said)
		}
	}
}

func TestEachMutationOfTheZooIsNamedByItsCheckAlone(t *testing.T) {
	testMutations(t, pgtest.Server(t), 0)
}

// testMutations tries the mutations that this server understands, but one of that major does not.
func testMutations(t *testing.T, server *cluster.Server, known int) {
	all, err := mutations(filepath.Join(storytest.ZooFolder, "mutate"), server.Version.Major)
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(all, func(m mutation) bool { return known > 0 && storytest.NeededMajor(m.name) <= known })
	if len(all) == 0 {
		t.Fatalf("no mutation for PostgreSQL %s", server.Version)
	}
	all = pgtest.OneOfEach(t, all, func(m mutation) string { return m.check })
	b := storytest.TakeDump(t, storytest.LoadFolder(t, server, storytest.ZooFolder), nil)
	// What a rollback undoes is tried on one copy, all the rest each on a copy of its own.
	o := storytest.TryRestore(t, server, b, func(o *drill.Options) {
		o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
			storytest.RunFile(t, conn, "session")
			for _, m := range all {
				if !m.isLasting() {
					t.Run(m.name, func(t *testing.T) { m.requireNamed(t, m.try(t, conn, b.Manifest)) })
				}
			}
			return nil
		}
	})
	storytest.RequirePass(t, o) // each was undone
	for _, m := range all {
		if m.isLasting() {
			t.Run(m.name, func(t *testing.T) { m.requireNamed(t, storytest.Damaging(t, server, b, m.text)) })
		}
	}
}

// try compares the mutated database behind conn with the manifest, and rolls back.
func (m mutation) try(t *testing.T, conn *pgx.Conn, manifest *record.Record) *verdict.Report {
	t.Helper()
	ctx := context.Background()
	s := pgtest.DefaultSuite(t)
	var queries []*suite.File
	for _, digest := range manifest.Results {
		queries = append(queries, s.File(digest.Query))
	}
	var o *verdict.Report
	storytest.Inside(t, conn, func() {
		if err := storytest.RunText(ctx, conn, m.text); err != nil {
			t.Fatal(err)
		}
		// "alter domain ... drop constraint" leaves messages that a savepoint must not find: the next command takes them.
		storytest.MustExec(t, conn, "create temporary table next_command ()")
		r, err := take.Record(ctx, []*pgconn.PgConn{conn.PgConn()}, queries, take.Options{Phase: "restore"})
		if err != nil {
			t.Fatal(err)
		}
		if o, err = roundtrip.CompareManifest(ctx, conn, s, manifest, r); err != nil {
			t.Fatal(err)
		}
	})
	return o
}

func TestEveryMajorPassesToItselfAndToEveryNewerOne(t *testing.T) {
	servers := storytest.EveryMajor(t)
	newest, known := servers[len(servers)-1], pgtest.Server(t).Version.Major
	if len(servers) > 1 { // what one server does is TestZooPassesInEveryFormat's
		t.Run("the zoo", func(t *testing.T) { testPairs(t, servers, storytest.ZooFolder, servers) })
	}
	t.Run("five hundred tables", func(t *testing.T) {
		testPairs(t, servers, filepath.Join(storytest.ZooFolder, "wide"), []*cluster.Server{newest})
	})
	// The newest server knows mutations that the default one does not.
	if newest.Version.Major > known {
		t.Run("mutations of the zoo", func(t *testing.T) { testMutations(t, newest, known) })
	}
}

// testPairs dumps the database that a folder makes on each server with that server's own programs,
// and restores it into each target of the same or a newer major.
func testPairs(t *testing.T, servers []*cluster.Server, folder string, targets []*cluster.Server) {
	for _, old := range servers {
		b := storytest.TakeDump(t, storytest.LoadFolder(t, old, folder), nil)
		for _, target := range targets {
			if target.Version.Major < old.Version.Major {
				continue
			}
			t.Run(fmt.Sprintf("%d to %d", old.Version.Major, target.Version.Major), func(t *testing.T) {
				storytest.RequirePass(t, storytest.TryRestore(t, target, b, nil))
			})
		}
	}
}

func TestARunWithoutAMutationFails(t *testing.T) {
	if all, err := mutations(t.TempDir(), 18); err == nil {
		t.Errorf("an empty folder gives %d mutations and no error", len(all))
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "idle.sql"), []byte("select 1;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := mutations(folder, 18); err == nil {
		t.Error("a file that does not say what it changes is taken")
	}
}

func TestTheWideDatabaseHasFiveHundredTables(t *testing.T) {
	source := storytest.LoadFolder(t, pgtest.Server(t), filepath.Join(storytest.ZooFolder, "wide"))
	conn, err := source.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if got := storytest.Value[int64](t, conn, "select count(*) from pg_class where relnamespace = 'wide'::regnamespace "+
		"and relkind in ('r', 'p')"); got != 500 {
		t.Errorf("%d tables, want 500", got)
	}
}
