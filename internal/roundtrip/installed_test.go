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

	"github.com/rogpeppe/go-internal/diff"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// An installation is a folder of PostgreSQL's programs, and its throw-away cluster once one is needed.
type installation struct {
	dir     string
	version pgtool.Version
	// programs is where pg_dump, pg_restore and psql of that major are; "" where only the server is there.
	programs string

	t      testing.TB // whose end is the cluster's
	server *cluster.Server
}

// installations are those of PGROUNDTRIP_TEST_BINDIRS, else the default one, and of
// PGROUNDTRIP_TEST_SERVERS, a list of folders with a server alone; oldest major first, one of each.
func installations(t testing.TB) []*installation {
	t.Helper()
	var all []*installation
	add := func(dir string, programs pgtool.Finder) {
		in := &installation{dir: dir, version: programIn(t, dir, "postgres").Version, t: t}
		for _, tool := range programs.All(context.Background(), "pg_dump") {
			if tool.Version.Major == in.version.Major && in.programs == "" {
				in.programs = filepath.Dir(tool.Path)
			}
		}
		if !slices.ContainsFunc(all, func(other *installation) bool { return other.version.Major == in.version.Major }) {
			all = append(all, in)
		}
	}
	dirs := append(pgtest.Bindirs(), pgtest.Folders("PGROUNDTRIP_TEST_SERVERS")...)
	for _, dir := range dirs {
		add(dir, pgtool.Finder{Bindir: dir, Env: os.Environ()})
	}
	if len(pgtest.Bindirs()) == 0 {
		dir, err := pgtest.Options().Finder.ServerDir()
		if err != nil {
			t.Fatal(err)
		}
		add(dir, pgtest.Options().Finder)
	}
	slices.SortFunc(all, func(a, b *installation) int { return a.version.Major - b.version.Major })
	return all
}

func programIn(t testing.TB, dir, name string) pgtool.Tool {
	t.Helper()
	finder := pgtool.Finder{Bindir: dir, Env: os.Environ()}
	found := finder.All(context.Background(), name)
	if len(found) != 1 {
		t.Fatalf("no %s in %s", name, dir)
	}
	return found[0]
}

// on returns the throw-away cluster of the installation, which the first call starts.
func (in *installation) on() *cluster.Server {
	in.t.Helper()
	if in.server == nil {
		in.server = pgtest.On(in.t, in.dir)
	}
	return in.server
}

// onPath finds the programs of every installation, as if all their folders were in PATH.
func onPath(all []*installation) pgtool.Finder {
	var dirs []string
	for _, in := range all {
		if in.programs != "" {
			dirs = append(dirs, in.programs)
		}
	}
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool { return strings.HasPrefix(kv, "PATH=") })
	return pgtool.Finder{Env: append(env, "PATH="+strings.Join(dirs, string(filepath.ListSeparator)))}
}

// programsOf are pg_dump and pg_restore of one installation for work on the server of another.
func programsOf(t testing.TB, all []*installation, in *installation, server *cluster.Server) *pgdump.Tools {
	t.Helper()
	oldest := pgtool.Version{Major: all[0].version.Major}
	found, err := pgdump.FindRestoreTool(context.Background(), onPath(all), server, "custom", oldest, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	found.Dump, found.Restore = programIn(t, in.programs, "pg_dump"), programIn(t, in.programs, "pg_restore")
	return found
}

// unlikeGolden says in what the results of a record differ from the goldens of a workload: in any byte, or in which
// there are.
func unlikeGolden(t *testing.T, workload string, r *record.Record) (differences []string) {
	t.Helper()
	if r == nil {
		return []string{"there is no record"}
	}
	var want, got []string
	for _, file := range storytest.GoldenFiles(t, storytest.GoldenDir) {
		if name, ok := strings.CutPrefix(file, workload+"/"); ok {
			want = append(want, name)
		} else if strings.HasPrefix(file, "invariant/") {
			want = append(want, file)
		}
	}
	if len(want) == 0 {
		t.Fatalf("there are no goldens of %s", workload)
	}
	for _, result := range r.Results {
		if name := result.Query + record.Suffix; pgtest.DefaultSuite(t).File(result.Query).About.Golden {
			got = append(got, name)
			if !slices.Contains(want, name) {
				differences = append(differences, "there is no golden "+name)
			}
		}
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			differences = append(differences, "there is no result "+name)
			continue
		}
		golden := string(storytest.Read(t, filepath.Join(storytest.GoldenDir, goldenOf(workload, name))))
		if printed := r.Result(strings.TrimSuffix(name, record.Suffix)).Text(); printed != golden {
			differences = append(differences, fmt.Sprintf("%s differs: %s", name,
				diff.Diff("golden", []byte(golden), "result", []byte(printed))))
		}
	}
	return differences
}

// unproven returns why a restored database is not proven: no pass, a missing probe, another byte than in the goldens.
func unproven(t *testing.T, o *verdict.Report, workload string, r *record.Record) []string {
	t.Helper()
	if o.Verdict() != verdict.Pass {
		_, details := storytest.Failed(o)
		return []string{fmt.Sprintf("verdict %s: %v\n%s", o.Verdict(), o.Err, details)}
	}
	if err := probed(t, o); err != nil {
		return []string{err.Error()}
	}
	return unlikeGolden(t, workload, r)
}

// probed returns an error unless every probe of the default suite ran.
func probed(t *testing.T, o *verdict.Report) error {
	t.Helper()
	for _, probe := range pgtest.DefaultSuite(t).Probes() {
		if !slices.ContainsFunc(o.Checks, func(c verdict.Check) bool { return c.Name == probe.Name }) {
			return fmt.Errorf("%s did not run", probe.Name)
		}
	}
	return nil
}
