package storytest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// GoldenDir is the folder of goldens, from the folder of a package.
const GoldenDir = "../../golden"

// GoldenFiles lists the files below dir, relative to it.
func GoldenFiles(t testing.TB, dir string) []string {
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
	pgtest.OK(t, err)
	return files
}

// CheckOptions are those of "pgroundtrip check" without flags, without goldens.
func CheckOptions(t testing.TB, s *suite.Suite) *roundtrip.Options {
	t.Helper()
	server := pgtest.Server(t)
	return &roundtrip.Options{Suite: s, Server: server, Tools: Tools(t, server, pgtest.Options().Finder, "custom"),
		Rows: session.DefaultRows, Format: "custom", Jobs: 1, Wipe: "schema", Folder: t.TempDir(), Tool: "test", Log: t.Logf}
}

// RequirePass ends the test, with every check that did not pass, unless the verdict is a pass.
func RequirePass(t testing.TB, o *verdict.Report) {
	t.Helper()
	if o.Verdict() == verdict.Pass {
		return
	}
	for _, c := range o.Checks {
		if c.Verdict != verdict.Pass {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
	t.Fatalf("%s: %s: %v", o.Workload, o.Verdict(), o.Err)
}

// Check makes the round trip of one workload of the options' suite.
func Check(t *testing.T, o *roundtrip.Options, workload string) *verdict.Report {
	t.Helper()
	f := o.Suite.File("workload/" + workload)
	if f == nil {
		t.Fatalf("no workload %s", workload)
	}
	return roundtrip.Check(context.Background(), o, f)
}

func Tools(t testing.TB, server *cluster.Server, finder pgtool.Finder, format string) *pgdump.Tools {
	t.Helper()
	return pgtest.Must(pgdump.FindTools(context.Background(), finder, server, format, os.Stderr))(t)
}

// RequireVerdict ends the test unless the outcome has that verdict.
func RequireVerdict(t *testing.T, o *verdict.Report, want verdict.Verdict) {
	t.Helper()
	if got := o.Verdict(); got != want {
		_, details := Failed(o)
		t.Fatalf("verdict %s, want %s\nerror: %v\n%s", got, want, o.Err, details)
	}
}
