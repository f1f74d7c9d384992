//go:build unix

package roundtrip_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// A scale is one chain that the benchmarks below share, and that grows from one to the next.
type scale struct {
	server *cluster.Server
	db     *cluster.Database
	conn   *pgx.Conn
	binary string
	rows   int // that the comparisons are made at
	table  *benchTable
}

// BenchmarkScale measures what is promised for chains of millions of rows, and prints the table of
// goals. Every number is of whole processes, by turns with what it is compared with: the machine's
// moods meet both sides.
//
// PGROUNDTRIP_BENCH_ROWS is how many rows the comparisons are made at (1,000,000 when unset); -since
// is measured at twice as many, and memory at the most that the run has made.
func BenchmarkScale(b *testing.B) {
	s := &scale{server: pgtest.Server(b), rows: benchRows, binary: storytest.Build(b), table: &benchTable{}}
	if text := os.Getenv("PGROUNDTRIP_BENCH_ROWS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1000 {
			b.Fatalf("PGROUNDTRIP_BENCH_ROWS=%s is not a number of rows, 1000 or more", text)
		}
		s.rows = n
	}
	s.db, s.conn = pgtest.Built(b, s.server)
	s.table.machine = machine(b, s.conn)
	b.Run("walk", s.benchWalk)
	b.Run("limit", s.benchLimit)
	b.Run("jobs", s.benchJobs)
	b.Run("since", s.benchSince)
	b.Run("memory", s.benchMemory)
	b.Run("tree", s.benchTree)
	b.Run("statement", s.benchStatement)
	b.Run("psql", s.benchPsql)
	b.Run("loop", s.benchLoop)
	b.Run("commits", s.benchCommits)
	s.table.print()
}

// grow has the chain be rows long, through the trigger as anybody's events, and leaves the pages as
// an idle server's autovacuum would.
func (s *scale) grow(b *testing.B, rows int) {
	b.Helper()
	there := storytest.Value[int](b, s.conn, "select count(*)::int from public.audit_events")
	for there < rows {
		n := min(rows-there, 500_000)
		storytest.MustExec(b, s.conn, "select set_config('bench.rows', $1, false)", strconv.Itoa(n))
		storytest.MustExec(b, s.conn, benchFile(b, "fill"))
		there += n
	}
	storytest.MustExec(b, s.conn, "vacuum (analyze) public.audit_events")
	storytest.MustExec(b, s.conn, "checkpoint")
}

func benchFile(b *testing.B, name string) string {
	b.Helper()
	text, err := os.ReadFile(filepath.Join("../../testdata/bench", name+".sql"))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// psql returns psql with the suite's session settings and further arguments.
func (s *scale) psql(b *testing.B, args ...string) *exec.Cmd {
	return storytest.Command(b, s.server, s.db, "psql",
		append([]string{"-XAtq", "--set=ON_ERROR_STOP=1", "--file=" + sqlFile("session")}, args...)...)
}

func (s *scale) verify(args ...string) *exec.Cmd {
	return storytest.OnDatabase(s.binary, s.db, "verify", args...)
}

// saying returns how long a program takes, which must print exactly that text.
func saying(b *testing.B, cmd *exec.Cmd, want string) time.Duration {
	b.Helper()
	start := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(start)
	if got := strings.TrimSpace(string(out)); err != nil || got != want {
		b.Fatalf("%v: %v\nprinted %q, want %q", cmd.Args, err, got, want)
	}
	return took
}

// turns runs each side once per round, in that order, and returns the times of each.
func turns(b *testing.B, times int, sides ...func() time.Duration) []sample {
	b.Helper()
	samples := make([]sample, len(sides))
	for range times {
		for i, side := range sides {
			samples[i] = append(samples[i], side())
		}
	}
	return samples
}

// benchWalk: the row-by-row walk that audit chains usually ship, in its two usual forms: the hash
// taken in the loop, and by the function that the trigger calls.
func (s *scale) benchWalk(b *testing.B) {
	s.grow(b, s.rows)
	storytest.MustExec(b, s.conn, benchFile(b, "piped"))
	storytest.MustExec(b, s.conn, "vacuum (analyze) public.piped_events")
	walk := func(name string) func() time.Duration {
		return func() time.Duration {
			return saying(b, s.psql(b, "--file=../../testdata/bench/"+name+".sql"), fmt.Sprintf("|%d", s.rows))
		}
	}
	for b.Loop() {
		t := turns(b, benchPairs, walk("walk"), walk("walk_by_function"),
			func() time.Duration { return timeOf(b, s.verify("-jobs", "2")) })
		for i, name := range []string{"walk.sql", "walk_by_function.sql"} {
			s.table.add(b, line{metric: "x-" + name, what: "rows per second, of " + name, goal: "at least 2, aim 2.5",
				sides: []sample{t[i], t[2]},
				of:    func(t []float64) float64 { return t[0] / t[1] }, met: func(x float64) bool { return x >= 2 }})
		}
	}
	storytest.MustExec(b, s.conn, "drop table public.piped_events")
}

// bareHash counts the rows whose hash is correct. It is the minimum that a verifier on the server must do.
func bareHash(b *testing.B, where string) string {
	return "select count(*) from public.audit_events where sha256(convert_to(" +
		storytest.PayloadOf(b, "canonical_payload") +
		", 'UTF8')) = decode(row_hash, 'hex')" + where
}

// benchLimit: a bare parallel scan that only hashes, with the server's own settings for parallel plans.
func (s *scale) benchLimit(b *testing.B) {
	s.grow(b, s.rows)
	plan := strings.Join(storytest.Value[[]string](b, s.conn,
		"select array[current_setting('max_parallel_workers_per_gather'), current_setting('max_parallel_workers')]"), " of ")
	for b.Loop() {
		t := turns(b, benchPairs+2,
			func() time.Duration { return saying(b, s.psql(b, "--command="+bareHash(b, "")), strconv.Itoa(s.rows)) },
			func() time.Duration { return timeOf(b, s.verify("-jobs", "2")) })
		s.table.add(b, line{metric: "x-bare", what: "time, of a bare parallel hash (workers " + plan + ")",
			goal: "at most 1.25", sides: t, of: func(t []float64) float64 { return t[1] / t[0] },
			met: func(x float64) bool { return x <= 1.25 }})
	}
}

// benchTree: verify -tree takes at most 1.2 times as long as verify.
func (s *scale) benchTree(b *testing.B) {
	s.grow(b, s.rows)
	file := filepath.Join(b.TempDir(), "tree")
	for b.Loop() {
		t := turns(b, benchPairs+2,
			func() time.Duration { return timeOf(b, s.verify("-jobs", "2")) },
			func() time.Duration { return timeOf(b, s.verify("-jobs", "2", "-tree", file)) })
		s.table.add(b, line{metric: "x-verify", what: "verify -tree, of verify", goal: "at most 1.2", sides: t,
			of: func(t []float64) float64 { return t[1] / t[0] }, met: func(x float64) bool { return x <= 1.2 }})
	}
}

// benchJobs: what a second job gains, beside what a second process of the bare hash gains.
func (s *scale) benchJobs(b *testing.B) {
	s.grow(b, s.rows)
	alone := "--command=set max_parallel_workers_per_gather = 0"
	half := s.rows / 2
	for b.Loop() {
		t := turns(b, benchPairs+2,
			func() time.Duration {
				return saying(b, s.psql(b, alone, "--command="+bareHash(b, "")), strconv.Itoa(s.rows))
			},
			func() time.Duration {
				return atOnce(b,
					s.psql(b, alone, "--command="+bareHash(b, fmt.Sprintf(" and seq <= %d", half))),
					s.psql(b, alone, "--command="+bareHash(b, fmt.Sprintf(" and seq > %d", half))))
			},
			func() time.Duration { return timeOf(b, s.verify("-jobs", "1")) },
			func() time.Duration { return timeOf(b, s.verify("-jobs", "2")) })
		s.table.add(b, line{metric: "of-two", what: "what -jobs 2 gains, of what a second bare process gains",
			goal: "at least 0.9", sides: t,
			of:   func(t []float64) float64 { return t[2] / t[3] / (t[0] / t[1]) },
			note: func(t []float64) string { return fmt.Sprintf("%.2f of %.2f times", t[2]/t[3], t[0]/t[1]) },
			met:  func(x float64) bool { return x >= 0.9 }})
	}
}

// atOnce returns the time until the last of several programs that start together has ended.
func atOnce(b *testing.B, cmds ...*exec.Cmd) time.Duration {
	b.Helper()
	start := time.Now()
	outputs := make([]bytes.Buffer, len(cmds))
	for i, cmd := range cmds {
		cmd.Stderr = &outputs[i]
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			b.Fatalf("%v: %v\n%s", cmd.Args, err, &outputs[i])
		}
	}
	return time.Since(start)
}

// benchSince: 10,000 new rows since the last verify, with twice the total rows.
func (s *scale) benchSince(b *testing.B) {
	s.grow(b, 2*s.rows)
	anchor := filepath.Join(b.TempDir(), "verified.json")
	document, err := s.verify("-json").Output()
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(anchor, document, 0o600); err != nil {
		b.Fatal(err)
	}
	s.grow(b, 2*s.rows+10_000)
	for b.Loop() {
		t := turns(b, benchPairs,
			func() time.Duration { return timeOf(b, s.verify("-jobs", "2")) },
			func() time.Duration { return timeOf(b, s.verify("-jobs", "2", "-since", anchor)) })
		s.table.add(b, line{metric: "of-all", what: fmt.Sprintf("time of -since, 10,000 rows new on %d, of all", 2*s.rows),
			goal: "at most 0.03", sides: t,
			of: func(t []float64) float64 { return t[1] / t[0] }, met: func(x float64) bool { return x <= 0.03 }})
	}
}

// benchMemory: the program's peak memory, over all existing rows.
func (s *scale) benchMemory(b *testing.B) {
	s.grow(b, s.rows)
	rows := storytest.Value[int](b, s.conn, "select count(*)::int from public.audit_events")
	for b.Loop() {
		for _, flags := range [][]string{{"-jobs=2"}, {"-jobs=2", "-rehash"}} {
			start := time.Now()
			peak, err := peakMiB(s.verify(flags...))
			if err != nil {
				b.Fatal(err)
			}
			s.table.add(b, line{metric: "MiB" + flags[len(flags)-1],
				what: fmt.Sprintf("MiB of verify %s, %d rows", strings.Join(flags, " "), rows), goal: "under 64",
				sides: []sample{{time.Since(start)}}, of: func([]float64) float64 { return peak }, met: func(x float64) bool { return x < 64 }})
		}
	}
}
