package roundtrip_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
)

const (
	benchRows  = 1_000_000
	benchPairs = 3 // runs of each side, one after the other; the median counts
)

// millionRows is one ordinary table, rows of about 300 bytes.
const millionRows = `
	create table public.orders (
		id bigint primary key, customer int not null, placed timestamptz not null, amount numeric(10, 2), status text not null, note text, details jsonb);
	insert into public.orders
	select n, n % 50000, timestamptz '2026-01-01 00:00:00Z' + n * interval '7 seconds', (n::bigint * 7919 % 1000000) / 100.0,
		(array['open', 'paid', 'sent', 'returned'])[1 + n % 4], 'note ' || md5(n::text) || md5((n * 3)::text) || md5((n * 5)::text),
		jsonb_build_object('channel', 'web', 'ref', md5((n * 11)::text), 'lines', n % 9, 'coupon', null)
	from generate_series(1, $1::int) as n;
	`

// million is the database that both benchmarks read, built once per process.
var million = sync.OnceValues(func() (*cluster.Database, error) {
	ctx := context.Background()
	db, err := benchServer.CreateScratch(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := db.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, millionRows, benchRows); err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "vacuum analyze")
	return db, err
})

var benchServer *cluster.Server

func millionOn(b *testing.B) (*cluster.Server, *cluster.Database) {
	b.Helper()
	benchServer = pgtest.Server(b)
	db, err := million()
	if err != nil {
		b.Fatal(err)
	}
	return benchServer, db
}

// timeOf runs a program to its end.
func timeOf(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	start := time.Now()
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return time.Since(start)
}

// beside reports how ours compares with bare: the ratio of the medians, and the most memory that
// ours or one of its children used.
func beside(b *testing.B, bare, ours func() *exec.Cmd) {
	b.Helper()
	var bareTimes, ourTimes []time.Duration
	var peakKiB int64
	for b.Loop() {
		for range benchPairs {
			bareTimes = append(bareTimes, timeOf(b, bare()))
			cmd := ours()
			ourTimes = append(ourTimes, timeOf(b, cmd))
			peakKiB = max(peakKiB, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(bareTimes).Seconds(), "bare-s")
	b.ReportMetric(median(ourTimes).Seconds(), "ours-s")
	b.ReportMetric(median(ourTimes).Seconds()/median(bareTimes).Seconds(), "x-bare")
	b.ReportMetric(float64(peakKiB)/1024, "MiB")
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// BenchmarkDump is pgroundtrip dump beside bare pg_dump -Fc of the same million rows. The aim is at
// most 1.35 times as long, and less than 64 MiB.
func BenchmarkDump(b *testing.B) {
	server, db := millionOn(b)
	binary, folder := build(b), b.TempDir()
	beside(b,
		func() *exec.Cmd {
			return command(b, server, db, "pg_dump", "--format=custom", "--file="+filepath.Join(folder, "bare.dump"))
		},
		func() *exec.Cmd {
			return onDatabase(binary, db, "dump", "-o", filepath.Join(folder, "ours.dump"))
		})
}

// BenchmarkRestore is pgroundtrip restore beside bare pg_restore of the same archive. The aim is at
// most twice as long, and less than 64 MiB.
func BenchmarkRestore(b *testing.B) {
	server, db := millionOn(b)
	binary, archive := build(b), filepath.Join(b.TempDir(), "ours.dump")
	timeOf(b, onDatabase(binary, db, "dump", "-o", archive))
	beside(b,
		func() *exec.Cmd {
			return command(b, server, pgtest.Scratch(b, server), "pg_restore", "--exit-on-error", archive)
		},
		func() *exec.Cmd {
			return onDatabase(binary, db, "restore", archive)
		})
}
