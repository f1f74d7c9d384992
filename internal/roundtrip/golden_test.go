//go:build unix

package roundtrip_test

import (
	"context"
	"flag"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestGolden makes the round trip of every workload and compares what every query printed, before the dump and after
// the restore, with golden/<workload>/<query>.golden, or with golden/<query>.golden where all workloads print the same.
// -update writes them anew.
func TestGolden(t *testing.T) {
	updating := flag.Lookup("update").Value.String() == "true"
	if updating && os.Getenv("CI") == "true" {
		t.Fatal("-update is refused where CI=true: goldens are written by people and reviewed")
	}
	s := pgtest.DefaultSuite(t)
	options := storytest.CheckOptions(t, s)
	if updating {
		options.UpdateDir = storytest.GoldenDir
	}
	var workloads, read []string
	for _, workload := range s.Workloads {
		name := strings.TrimPrefix(workload.Name, "workload/")
		workloads = append(workloads, name)
		t.Run(name, func(t *testing.T) { read = append(read, checkGolden(t, options, workload)...) })
	}
	if len(workloads) == 0 {
		t.Fatal("no case ran")
	}
	requireOnlyGoldens(t, storytest.GoldenDir, workloads, read)
}

// requireOnlyGoldens fails for each file below dir that was not read, and for each golden that is not kept once
// although all workloads print the same. The goldens of the self-test are its own affair.
func requireOnlyGoldens(t testing.TB, dir string, workloads, read []string) {
	t.Helper()
	copies := map[string]int{}
	for _, file := range storytest.GoldenFiles(t, dir) {
		folder, name, _ := strings.Cut(file, "/")
		if folder == "tamper" || !strings.HasSuffix(file, record.Suffix) && name == "" {
			continue // golden.go
		}
		if !slices.Contains(read, file) {
			t.Errorf("orphan golden: no query of a workload prints %s", filepath.Join(dir, file))
		}
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if key := name + "\n" + string(data); strings.HasPrefix(name, "invariant/") {
			if copies[key]++; copies[key] == len(workloads) {
				t.Errorf("%s is the same for all workloads: keep it once, as %s", name, filepath.Join(dir, name))
			}
		}
	}
}

// checkGolden runs the round trip of a workload and returns the goldens that it was compared with.
func checkGolden(t *testing.T, options *roundtrip.Options, workload *suite.File) (read []string) {
	records := map[string]*record.Record{}
	options.OnRecord = func(moment string, r *record.Record) { records[moment] = r }
	o := roundtrip.Check(context.Background(), options, workload)
	storytest.RequirePass(t, o)
	for _, moment := range []string{"before", "after"} {
		for _, query := range options.Suite.Queries() {
			if !query.About.Golden {
				continue
			}
			printed := []byte(records[moment].Result(query.Name).Text())
			file := goldenOf(o.Workload, query.Name+record.Suffix)
			read = append(read, file)
			golden := goldie.New(t, goldie.WithFixtureDir(storytest.GoldenDir), goldie.WithNameSuffix(""))
			t.Run(moment+"/"+query.Name, func(t *testing.T) { golden.Assert(t, file, printed) })
		}
	}
	return read
}

// goldenOf returns a workload's golden for a query: its own, or the one common to all workloads.
func goldenOf(workload, name string) string {
	own := path.Join(workload, name)
	if _, err := os.Stat(filepath.Join(storytest.GoldenDir, own)); err == nil || !strings.HasPrefix(name, "invariant/") {
		return own
	}
	return name
}
