package storytest

import (
	"context"
	"os"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/verdict"
)

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
	found, err := pgdump.FindTools(context.Background(), finder, server, format, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// RequireVerdict ends the test unless the outcome has that verdict.
func RequireVerdict(t *testing.T, o *verdict.Report, want verdict.Verdict) {
	t.Helper()
	if got := o.Verdict(); got != want {
		_, details := Failed(o)
		t.Fatalf("verdict %s, want %s\nerror: %v\n%s", got, want, o.Err, details)
	}
}
