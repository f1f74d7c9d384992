package roundtrip_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/suite"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const goldenDir = "../../golden"

// TestGolden makes the round trip of every workload and compares what every query printed, before
// the dump and after the restore, with golden/<workload>/<query>.golden. -update writes them anew.
func TestGolden(t *testing.T) {
	updating := flag.Lookup("update").Value.String() == "true"
	if updating && os.Getenv("CI") == "true" {
		t.Fatal("-update is refused where CI=true: goldens are written by people and reviewed")
	}
	s := pgtest.DefaultSuite(t)
	options := checkOptions(t, s)
	cases := 0
	for _, workload := range s.Workloads {
		t.Run(strings.TrimPrefix(workload.Name, "workload/"), func(t *testing.T) {
			cases++
			checkGolden(t, options, workload, updating)
		})
	}
	if cases == 0 {
		t.Fatal("no case ran")
	}
	if entries, err := os.ReadDir(goldenDir); err != nil {
		t.Error(err)
	} else {
		for _, e := range entries {
			if e.IsDir() && s.File("workload/"+e.Name()) == nil && e.Name() != "tamper" {
				t.Errorf("orphan goldens: %s has no workload", filepath.Join(goldenDir, e.Name()))
			}
		}
	}
}

func checkGolden(t *testing.T, options *roundtrip.Options, workload *suite.File, updating bool) {
	o := roundtrip.Run(context.Background(), options, workload)
	requirePass(t, o)
	folder := filepath.Join(options.Folder, o.Workload)
	golden := goldie.New(t, goldie.WithFixtureDir(filepath.Join(goldenDir, o.Workload)), goldie.WithNameSuffix(record.Suffix))
	var names []string
	for _, moment := range []string{"before", "after"} {
		for _, query := range options.Suite.Queries() {
			if !query.About.Golden {
				continue
			}
			printed, err := os.ReadFile(filepath.Join(folder, moment, query.Name+record.Suffix))
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, query.Name+record.Suffix)
			t.Run(moment+"/"+query.Name, func(t *testing.T) { golden.Assert(t, query.Name, printed) })
		}
	}
	for _, orphan := range goldenFiles(t, filepath.Join(goldenDir, o.Workload)) {
		switch {
		case slices.Contains(names, orphan):
		case updating:
			if err := os.Remove(filepath.Join(goldenDir, o.Workload, orphan)); err != nil {
				t.Error(err)
			}
		default:
			t.Errorf("orphan golden: no query prints %s/%s", o.Workload, orphan)
		}
	}
}

// goldenFiles lists the files below dir, relative to it.
func goldenFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkOptions are those of "pgroundtrip check" without flags, without goldens.
func checkOptions(t testing.TB, s *suite.Suite) *roundtrip.Options {
	t.Helper()
	server := pgtest.Server(t)
	tools, err := roundtrip.FindTools(context.Background(), pgtest.Options().Finder, server, "custom", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return &roundtrip.Options{Suite: s, Server: server, Tools: tools, Rows: roundtrip.DefaultRows, Format: "custom", Jobs: 1, Wipe: "schema", Folder: t.TempDir()}
}

func requirePass(t testing.TB, o *roundtrip.Outcome) {
	t.Helper()
	if o.Verdict() == roundtrip.Pass {
		return
	}
	for _, c := range o.Checks {
		if c.Verdict != roundtrip.Pass {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
	t.Fatalf("%s: %s: %v", o.Workload, o.Verdict(), o.Err)
}
