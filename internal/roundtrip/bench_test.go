//go:build unix

package roundtrip_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// BenchmarkCheck runs the program beside what it cannot do without: psql to build, pg_dump, the
// wipe and pg_restore, by turns on one running server.
//
//	bare-s/op     psql, pg_dump, psql, pg_restore
//	scratch-s/op  to create the database for that and drop it; not in bare-s/op
//	check-s/op    pgroundtrip check -workload lifecycle, whole: from exec to exit
//	added-s/op    check less bare
func BenchmarkCheck(b *testing.B) {
	server, binary := pgtest.Server(b), storytest.Build(b)
	var bare, scratch, whole time.Duration
	for b.Loop() {
		start := time.Now()
		db, err := server.CreateScratch(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		scratch += time.Since(start)
		bare += bareRoundTrip(b, server, db)
		start = time.Now()
		if err := db.Drop(context.Background()); err != nil {
			b.Fatal(err)
		}
		scratch += time.Since(start)
		whole += timed(b, storytest.BinaryOn(binary, server, nil, "check", "-workload", "lifecycle"))
	}
	perOp := func(d time.Duration) float64 { return d.Seconds() / float64(b.N) }
	b.ReportMetric(perOp(bare), "bare-s/op")
	b.ReportMetric(perOp(scratch), "scratch-s/op")
	b.ReportMetric(perOp(whole), "check-s/op")
	b.ReportMetric(perOp(whole-bare), "added-s/op")
}

func bareRoundTrip(b *testing.B, server *cluster.Server, db *cluster.Database) (total time.Duration) {
	archive := filepath.Join(b.TempDir(), "archive")
	for _, cmd := range []*exec.Cmd{
		storytest.Command(b, server, db, "psql", "-XAtq", "--set=ON_ERROR_STOP=1", "--file="+sqlFile("session"),
			"--file="+sqlFile("schema"), "--file="+sqlFile("chain_insert"), "--file="+sqlFile("workload/lifecycle")),
		storytest.Command(b, server, db, "pg_dump", "--format=custom", "--file="+archive),
		storytest.Command(b, server, db, "psql", "-XAtq", "--set=ON_ERROR_STOP=1",
			"--command=set client_min_messages = warning",
			"--command=drop schema public cascade", "--command=create schema public"),
		storytest.Command(b, server, db, "pg_restore", "--exit-on-error", archive),
	} {
		total += timed(b, cmd)
	}
	return total
}

func timed(b *testing.B, cmd *exec.Cmd) time.Duration {
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", filepath.Base(cmd.Path), err, out)
	}
	return time.Since(start)
}
