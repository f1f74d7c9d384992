//go:build unix

package roundtrip_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

const (
	benchRows  = 1_000_000
	benchPairs = 3 // runs of each side, one after the other; the median counts
)

// ordersTable is one of n ordinary tables, which share benchRows rows of about 300 bytes.
const ordersTable = `
	create table public.orders_%[1]d (
		id bigint primary key, customer int not null, placed timestamptz not null, amount numeric(10, 2), status text not null, note text, details jsonb);
	insert into public.orders_%[1]d
	select n, n %% 50000, timestamptz '2026-01-01 00:00:00Z' + n * interval '7 seconds', (n::bigint * 7919 %% 1000000) / 100.0,
		(array['open', 'paid', 'sent', 'returned'])[1 + n %% 4], 'note ' || md5(n::text) || md5((n * 3)::text) || md5((n * 5)::text),
		jsonb_build_object('channel', 'web', 'ref', md5((n * 11)::text), 'lines', n %% 9, 'coupon', null)
	from generate_series(%[1]d, %[2]d, %[3]d) as n;`

// BenchmarkBackup measures dump beside bare pg_dump, and restore beside bare pg_restore, of the same
// rows: all in one table, of which there is but one stream to decode, and in four. It does so on a
// server as initdb makes it, and on the one of the tests, which need not wait for a disk.
func BenchmarkBackup(b *testing.B) {
	binary, usual := storytest.Build(b), pgtest.Server(b)
	for _, on := range []struct {
		name   string
		server *cluster.Server
	}{{"durable", durable(b, filepath.Dir(storytest.Program(b, usual, "postgres")))}, {"tests", usual}} {
		bench := &backupBench{server: on.server, binary: binary, table: &benchTable{}}
		for _, tables := range []int{1, 4} {
			bench.fill(b, tables)
			b.Run(fmt.Sprintf("%s/dump/tables=%d", on.name, tables), bench.dump)
			b.Run(fmt.Sprintf("%s/restore/tables=%d", on.name, tables), bench.restore)
			b.Run(fmt.Sprintf("%s/key/tables=%d", on.name, tables), bench.key)
		}
		bench.table.print()
	}
}

type backupBench struct {
	server  *cluster.Server
	binary  string
	table   *benchTable
	db      *cluster.Database
	what    string // the rows, for the table
	archive string
}

func (s *backupBench) fill(b *testing.B, tables int) {
	b.Helper()
	s.db, s.archive = pgtest.Scratch(b, s.server), filepath.Join(b.TempDir(), "ours.dump")
	s.what = fmt.Sprintf("%d rows in %d tables", benchRows, tables)
	if tables == 1 {
		s.what = fmt.Sprintf("%d rows in one table", benchRows)
	}
	conn, err := s.db.Connect(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.Background())
	for n := range tables {
		storytest.MustExec(b, conn, fmt.Sprintf(ordersTable, n+1, benchRows, tables))
	}
	storytest.MustExec(b, conn, "vacuum analyze")
	s.table.machine = machine(b, conn)
	timeOf(b, storytest.OnDatabase(s.binary, s.db, "dump", "-o", s.archive))
}

// dump: at most 1.35 times as long as bare pg_dump -Fc of the same database.
func (s *backupBench) dump(b *testing.B) {
	bare, ours, peakKiB := filepath.Join(b.TempDir(), "bare.dump"), filepath.Join(b.TempDir(), "ours.dump"), int64(0)
	for b.Loop() {
		t := turns(b, benchPairs,
			func() time.Duration {
				return timeOf(b, storytest.Command(b, s.server, s.db, "pg_dump", "--format=custom", "--file="+bare))
			},
			func() time.Duration {
				return timeAndPeak(b, storytest.OnDatabase(s.binary, s.db, "dump", "-o", ours), &peakKiB)
			})
		s.table.add(b, line{metric: "x-bare", what: "dump, of pg_dump: " + s.what, goal: "at most 1.35", sides: t,
			of: func(t []float64) float64 { return t[1] / t[0] }, met: func(x float64) bool { return x <= 1.35 }})
	}
	b.ReportMetric(float64(peakKiB)/1024, "MiB")
}

// key: a record under a secret key takes at most 1.1 times as long as one without.
func (s *backupBench) key(b *testing.B) {
	key, out := filepath.Join(b.TempDir(), "key"), filepath.Join(b.TempDir(), "ours.json")
	if err := os.WriteFile(key, []byte(strings.Repeat("0a", 32)), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t := turns(b, benchPairs+2,
			func() time.Duration { return timeOf(b, storytest.OnDatabase(s.binary, s.db, "record", "-o", out)) },
			func() time.Duration {
				return timeOf(b, storytest.OnDatabase(s.binary, s.db, "record", "-o", out, "-key", key))
			})
		s.table.add(b, line{metric: "x-plain", what: "record -key, of record: " + s.what, goal: "at most 1.1", sides: t,
			of: func(t []float64) float64 { return t[1] / t[0] }, met: func(x float64) bool { return x <= 1.1 }})
	}
}

// restore: at most twice as long as bare pg_restore of the same archive, which needs a database that
// somebody has created before and drops afterwards.
func (s *backupBench) restore(b *testing.B) {
	var db *cluster.Database
	var peakKiB int64
	for b.Loop() {
		t := turns(b, benchPairs+2,
			func() time.Duration {
				return timeOfDatabase(b, func(ctx context.Context) (err error) { db, err = s.server.CreateScratch(ctx); return err })
			},
			func() time.Duration {
				return timeOf(b, storytest.Command(b, s.server, db, "pg_restore", "--exit-on-error", s.archive))
			},
			func() time.Duration {
				return timeOfDatabase(b, func(ctx context.Context) error { return db.Drop(ctx) })
			},
			func() time.Duration {
				return timeAndPeak(b, storytest.OnDatabase(s.binary, s.db, "restore", s.archive), &peakKiB)
			})
		atMostTwice := func(x float64) bool { return x <= 2 }
		s.table.add(b, line{metric: "x-bare", what: "restore, of pg_restore: " + s.what, goal: "at most 2",
			sides: []sample{t[1], t[3]},
			of:    func(t []float64) float64 { return t[1] / t[0] }, met: atMostTwice})
		s.table.add(b, line{metric: "x-drill", what: "restore, of createdb, pg_restore, dropdb: " + s.what, goal: "at most 2",
			sides: t,
			of:    func(t []float64) float64 { return t[3] / (t[0] + t[1] + t[2]) }, met: atMostTwice})
	}
	b.ReportMetric(float64(peakKiB)/1024, "MiB")
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

// timeAndPeak is timeOf; peakKiB becomes the most memory that the program or one of its children used.
func timeAndPeak(b *testing.B, cmd *exec.Cmd, peakKiB *int64) time.Duration {
	b.Helper()
	took := timeOf(b, cmd)
	*peakKiB = max(*peakKiB, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	return took
}

func timeOfDatabase(b *testing.B, do func(context.Context) error) time.Duration {
	b.Helper()
	start := time.Now()
	if err := do(context.Background()); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
