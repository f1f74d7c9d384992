//go:build unix

package roundtrip_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/storytest"
)

// A sample holds the times of one side of a comparison.
type sample []time.Duration

// A line of the table is one promise: a number computed from the times of its sides.
type line struct {
	what, goal string
	metric     string // the number's name among the benchmark's metrics
	sides      []sample
	of         func(seconds []float64) float64 // of one time for each side
	note       func(seconds []float64) string  // what of is made of; nil shows the times
	met        func(float64) bool
}

// benchTable collects the lines of a run.
type benchTable struct {
	machine []string
	lines   []string
}

// add reports a line: of the medians, by which it is judged, and of the shortest times, which a
// busy machine disturbs least.
func (t *benchTable) add(b *testing.B, l line) {
	b.Helper()
	var medians, shortest []float64
	for _, side := range l.sides {
		medians = append(medians, median(slices.Clone(side)).Seconds())
		shortest = append(shortest, slices.Min(side).Seconds())
	}
	x, least := l.of(medians), l.of(shortest)
	verdict := "met"
	if !l.met(x) {
		verdict = "MISSED"
	}
	note := ""
	for _, s := range medians {
		note += fmt.Sprintf(" %.2f s", s)
	}
	if l.note != nil {
		note = " " + l.note(medians)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(x, l.metric)
	b.ReportMetric(least, l.metric+"-shortest")
	t.lines = append(t.lines, fmt.Sprintf("%s\t%.3g\t%.3g\t%s\t%s\t%s", l.what, x, least, l.goal, verdict, note[1:]))
}

// print writes the machine and the lines. It is not b.Log's text, which is cut after ten lines.
func (t *benchTable) print() {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "\n"+strings.Join(t.machine, "\n")+"\n")
	fmt.Fprintln(out, "measured\tby medians\tby shortest\tgoal\t\tmedian times")
	for _, l := range t.lines {
		fmt.Fprintln(out, l)
	}
	fmt.Fprintln(out)
	out.Flush()
}

// machine describes the machine on which the numbers were measured.
func machine(b *testing.B, conn *pgx.Conn) []string {
	b.Helper()
	settings := "select string_agg(name || ' = ' || current_setting(name), ', ' order by name) from pg_settings where " +
		"name = any ($1)"
	names := []string{"shared_buffers", "max_parallel_workers_per_gather", "max_parallel_workers", "max_worker_processes",
		"work_mem", "fsync", "synchronous_commit", "autovacuum"}
	return []string{
		fmt.Sprintf("machine: %s, %d cores, %.1f GiB", processor(), runtime.NumCPU(), memoryGiB()),
		fmt.Sprintf("system: %s (%s/%s), %s", system(), runtime.GOOS, runtime.GOARCH, runtime.Version()),
		"server: " + storytest.Value[string](b, conn, "select split_part(version(), ',', 1)"),
		"settings: " + storytest.Value[string](b, conn, settings, names),
	}
}

func processor() string {
	return cmp.Or(field("/proc/cpuinfo", "model name"), said("sysctl", "-n", "machdep.cpu.brand_string"),
		"unknown processor")
}

// memoryGiB returns 0 if the system does not report it.
func memoryGiB() float64 {
	var n float64
	if kB := field("/proc/meminfo", "MemTotal"); kB != "" {
		fmt.Sscan(kB, &n)
		return n / (1 << 20)
	}
	fmt.Sscan(said("sysctl", "-n", "hw.memsize"), &n)
	return n / (1 << 30)
}

func system() string {
	return cmp.Or(field("/etc/os-release", "PRETTY_NAME"), said("sw_vers", "-productVersion"), "unknown system") +
		", kernel " + cmp.Or(said("uname", "-r"), "unknown")
}

// field returns the value of the first line of a file that begins with a name.
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for l := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(l, name); found {
			return strings.Trim(rest, ":= \t\n\"")
		}
	}
	return ""
}

// said returns what a program prints; "" if it is not installed.
func said(program string, args ...string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
