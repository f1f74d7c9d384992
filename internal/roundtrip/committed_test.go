//go:build unix

package roundtrip_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

var updateArchives = flag.Bool("update-archives", false, "dump testdata/archive anew, from a server of each major")

const (
	archiveDir  = "../../testdata/archive"
	archiveSums = "SHA256SUMS" // as sha256sum -c reads it
)

// archivedMajors are the majors with a committed archive.
var archivedMajors = []int{13, 14, 15, 16, 17, 18, 19}

// TestCommittedArchivesStillProveOut restores each committed archive on every installed major that is
// not older: what a server of that major held must still print today's goldens, in every byte.
func TestCommittedArchivesStillProveOut(t *testing.T) {
	all := installations(t)
	if *updateArchives {
		if os.Getenv("CI") == "true" {
			t.Fatal("-update-archives is refused where CI=true: archives are written by people and reviewed")
		}
		dumpArchives(t, all)
	}
	requireSums(t)
	proven := 0
	for _, major := range archivedMajors {
		archive := filepath.Join(archiveDir, fmt.Sprintf("pg%d.dump", major))
		for _, target := range all {
			if target.version.Major < major {
				continue
			}
			t.Run(fmt.Sprintf("of %d on %d", major, target.version.Major), func(t *testing.T) {
				if restoreCommitted(t, all, archive, major, target) {
					proven++
				}
			})
		}
	}
	if proven == 0 {
		t.Fatal("no archive was restored")
	}
}

// restoreCommitted restores one archive. It returns false if no program can do it, for a known reason.
func restoreCommitted(t *testing.T, all []*installation, archive string, major int, target *installation) bool {
	format, contents, _, err := roundtrip.Inspect(context.Background(), onPath(all), archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	if format != "custom" || contents.Server.Major != major || contents.Encoding != "UTF8" || contents.Attver {
		t.Fatalf("the archive is another than it should be: format %s, %+v", format, contents)
	}
	_, err = pgdump.FindRestoreTool(context.Background(), onPath(all), target.on(), format, contents.Dump, t.Output())
	if contents.LeastServer() > target.version.Major {
		if !errors.Is(err, pgtool.ErrNotFound) || !strings.Contains(err.Error(), "transaction_timeout") {
			t.Errorf("got %v, want a refusal that names transaction_timeout", err)
		}
		return false
	}
	outcome, copied := restoreArchive(t, all, archive, target.on(), "")
	if lacking := unproven(t, outcome, "lifecycle", copied); lacking != nil {
		t.Error(strings.Join(lacking, "\n"))
	}
	return true
}

// restoreArchive restores an archive without its manifest, and then does some damage.
func restoreArchive(t *testing.T, all []*installation, archive string, target *cluster.Server,
	damage string) (*verdict.Report, *record.Record) {
	t.Helper()
	format, contents, outcome, err := roundtrip.Inspect(context.Background(), onPath(all), archive, nil)
	if err != nil {
		t.Fatal(err)
	}
	programs, err := pgdump.FindRestoreTool(context.Background(), onPath(all), target, format, contents.Dump, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	copied := roundtrip.Restore(context.Background(), &drill.Options{
		Suite: pgtest.DefaultSuite(t), Archive: archive, Contents: contents, Format: format, Server: target, Tools: programs, Jobs: 1, KeepRows: true, Log: t.Logf,
		AfterRestore: func(ctx context.Context, conn *pgx.Conn) error { return storytest.RunText(ctx, conn, damage) },
	}, outcome)
	return outcome, copied
}

// Without a manifest only the goldens can show an edit that leaves the chain intact.
func TestAnEditedCopyOfACommittedArchiveIsSeen(t *testing.T) {
	all := installations(t)
	target := all[len(all)-1].on()
	for _, test := range []struct{ name, damage, want string }{
		{"another definition", "comment on table public.audit_events is 'mine'", "invariant/comments"},
		{"a tail that is gone", unguard + "delete from public.audit_events where seq > 20", "snapshot"},
		{"a table more", "create table public.more (n int)", "invariant/tables"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, copied := restoreArchive(t, all, filepath.Join(archiveDir, "pg13.dump"), target, test.damage)
			if said := strings.Join(unlikeGolden(t, "lifecycle", copied), "\n"); !strings.Contains(said, test.want) {
				t.Errorf("%s is not named: %q", test.want, said)
			}
		})
	}
}

// requireSums requires that the folder holds the archives of archivedMajors, each with its SHA-256.
func requireSums(t *testing.T) {
	t.Helper()
	if got, want := sums(t), string(storytest.Read(t, filepath.Join(archiveDir, archiveSums))); got != want {
		t.Fatalf("%s says\n%sand the archives are\n%s", archiveSums, want, got)
	}
}

func sums(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	archives, err := filepath.Glob(filepath.Join(archiveDir, "*.dump"))
	if err != nil || len(archives) != len(archivedMajors) {
		t.Fatalf("%d archives are committed, want %d: %v", len(archives), len(archivedMajors), err)
	}
	for _, archive := range archives {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(storytest.Read(t, archive)), filepath.Base(archive))
	}
	return b.String()
}

// dumpArchives writes testdata/archive anew: the workload lifecycle on a server of each major, dumped
// by its own pg_dump or, where the server came alone, by that of the next newer major.
func dumpArchives(t *testing.T, all []*installation) {
	t.Helper()
	for _, major := range archivedMajors {
		at := slices.IndexFunc(all, func(in *installation) bool { return in.version.Major == major })
		if at < 0 {
			t.Fatalf("there is no server of version %d: name its folder in PGROUNDTRIP_TEST_BINDIRS or PGROUNDTRIP_TEST_SERVERS",
				major)
		}
		dumper := at + slices.IndexFunc(all[at:], func(in *installation) bool { return in.programs != "" })
		dumpArchive(t, all, all[at], all[dumper], filepath.Join(archiveDir, fmt.Sprintf("pg%d.dump", major)))
	}
	storytest.Write(t, filepath.Join(archiveDir, archiveSums), []byte(sums(t)))
}

func dumpArchive(t *testing.T, all []*installation, source, dumper *installation, archive string) {
	t.Helper()
	s := pgtest.DefaultSuite(t)
	db := pgtest.Scratch(t, source.on())
	conn := pgtest.Connect(t, db)
	if err := roundtrip.Build(context.Background(), conn, s, s.File("workload/lifecycle"), session.DefaultRows); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "archive")
	outcome, manifest, err := roundtrip.Dump(context.Background(), &origin.Options{
		Suite: s, Server: storytest.At(t, source.on(), "dbname", db.Name), Tools: programsOf(t, all, dumper, source.on()),
		Out: out, Format: "custom", Jobs: 1, Tool: "test", KeepRows: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	storytest.RequirePass(t, outcome)
	if lacking := unlikeGolden(t, "lifecycle", manifest); lacking != nil {
		t.Fatal(strings.Join(lacking, "\n"))
	}
	if err := os.Rename(out, archive); err != nil {
		storytest.Write(t, archive, storytest.Read(t, out)) // on another disk
	}
	t.Logf("%s: server %s, pg_dump %s, %d bytes", filepath.Base(archive), manifest.Server, manifest.PgDump,
		manifest.Archive.SizeBytes)
}
