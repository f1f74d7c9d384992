package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"pgroundtrip/internal/history"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/selftest"
	"pgroundtrip/internal/verdict"
)

// A Status is the summary of a history: when each target was last proven, and whether that is too long ago.
type Status struct {
	Command       string            `json:"command"`
	Verdict       verdict.Verdict   `json:"verdict"`
	Time          time.Time         `json:"time"`
	MaxAgeSeconds float64           `json:"max_age_seconds"`
	Targets       []*history.Target `json:"targets"`
	Notes         []string          `json:"notes"`
}

// Document returns the status as a document: one check per target of each command.
func (s *Status) Document() *Document {
	o := &verdict.Report{Workload: "status", Notes: s.Notes}
	for _, t := range s.Targets {
		detail := fmt.Sprintf("%s; last proven %s; the last run, at %s, was %s; recovery time %s", t.State, s.proven(t),
			t.LastRun.UTC().Format("2006-01-02 15:04"), t.LastVerdict, recovery(t.RecoverySeconds, false))
		o.Add(verdict.Check{Name: t.Command + " " + cmp.Or(t.Target, "-"), Verdict: t.State.Verdict(), Detail: detail})
	}
	d := &Document{Command: s.Command, Verdict: s.Verdict, NotCovered: []string{}}
	d.Add(o)
	return d
}

// proven returns when a target was last proven, and how long ago.
func (s *Status) proven(t *history.Target) string {
	if t.LastProven == nil {
		return "never"
	}
	return fmt.Sprintf("%s (%s ago)", t.LastProven.UTC().Format("2006-01-02 15:04"), age(s.Time.Sub(*t.LastProven)))
}

// WriteText writes the status for people: one line per target, and the verdict as the last line. On a terminal,
// recovery times are drawn as blocks.
func (s *Status) WriteText(w io.Writer, isTerminal bool) error {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	plain.Printf(table, "target\tcommand\tlast proven\tlast run\tverdict\trecovery\tstate\n")
	bad := 0
	for _, t := range s.Targets {
		plain.Printf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", cmp.Or(t.Target, "-"), t.Command, s.proven(t),
			t.LastRun.UTC().Format("2006-01-02 15:04"),
			t.LastVerdict, recovery(t.RecoverySeconds, isTerminal), t.State)
		if t.State != history.Fresh {
			bad++
		}
	}
	table.Flush() // a strings.Builder never fails
	for _, note := range s.Notes {
		plain.Printf(&b, "\nnote: %s\n", note)
	}
	limit := age(time.Duration(s.MaxAgeSeconds * float64(time.Second)))
	switch {
	case len(s.Targets) == 0:
		plain.Printf(&b, "\nERROR: could not tell; the history holds no run\n")
	case s.Verdict == verdict.Pass:
		plain.Printf(&b, "\nPASS: each of %d was proven within %s, and its last run passed\n", len(s.Targets), limit)
	case s.Verdict == verdict.Fail:
		plain.Printf(&b, "\nFAIL: %d of %d differ, or were not proven within %s, or could not be told\n", bad, len(s.Targets),
			limit)
	default:
		plain.Printf(&b, "\nERROR: could not tell for %d of %d\n", bad, len(s.Targets))
	}
	return plain.Emit(w, b.String())
}

// age formats a duration in the largest unit of which it has at least two.
func age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d d", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}

// recovery formats the newest recovery time, and the earlier ones: on a terminal as blocks, else as the longest.
func recovery(seconds []float64, isTerminal bool) string {
	if len(seconds) == 0 {
		return "-"
	}
	newest, longest := seconds[len(seconds)-1], slices.Max(seconds)
	if !isTerminal {
		return fmt.Sprintf("%.2f s (longest of %d: %.2f s)", newest, len(seconds), longest)
	}
	blocks := []rune("▁▂▃▄▅▆▇█")
	text := fmt.Sprintf("%.2f s ", newest)
	for _, s := range seconds {
		text += string(blocks[int(math.Round(s/longest*float64(len(blocks)-1)))])
	}
	return text
}

// A Matrix is the kill matrix: every damage of the self-test, and the checks that caught it.
type Matrix struct {
	Command    string             `json:"command"`
	Verdict    verdict.Verdict    `json:"verdict"`
	Suite      string             `json:"suite"`
	Server     *Server            `json:"server"`
	Caught     int                `json:"caught"`
	Total      int                `json:"total"`
	Damages    []*selftest.Damage `json:"damages"`
	NotCovered []string           `json:"not_covered"`
}

// Conclude counts the damages that were caught by the checks that are meant to catch them, and
// returns the verdict: pass if all were.
func (m *Matrix) Conclude() verdict.Verdict {
	m.Verdict, m.Total = verdict.Pass, len(m.Damages)
	for _, d := range m.Damages {
		if d.Verdict == verdict.Pass {
			m.Caught++
		} else {
			m.Verdict = verdict.Fail
		}
	}
	if m.Total == 0 {
		m.Verdict = verdict.Error
	}
	return m.Verdict
}

// WriteText writes the matrix for people: one line per damage, and the score as the last line.
func (m *Matrix) WriteText(w io.Writer) error {
	var b strings.Builder
	plain.Printf(&b, "pgroundtrip selftest: PostgreSQL %s (%s), %s\n\n", m.Server.Version, m.Server.Where, m.Suite)
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	plain.Printf(table, "damage\tmeant for\talso caught by\tverdict\n")
	for _, d := range m.Damages {
		also := slices.DeleteFunc(slices.Clone(d.Caught), func(name string) bool { return slices.Contains(d.Expected, name) })
		plain.Printf(table, "%s/%s\t%s\t%s\t%s\n", d.Kind, d.Name, strings.Join(d.Expected, ", "), summarize(also),
			verdictText(d))
	}
	table.Flush() // a strings.Builder never fails
	for _, d := range m.Damages {
		if d.Kind == "archive" || d.Verdict != verdict.Pass {
			plain.Printf(&b, "\n%s/%s (%s): %s", d.Kind, d.Name, d.What, plain.Lines(d.Detail))
		}
	}
	if len(m.NotCovered) > 0 {
		plain.Printf(&b, "\n\nNOT COVERED: %s", strings.Join(m.NotCovered, ", "))
	}
	plain.Printf(&b, "\n\n%d of %d damages caught\n", m.Caught, m.Total)
	return plain.Emit(w, b.String())
}

func verdictText(d *selftest.Damage) string {
	if d.Verdict == verdict.Pass {
		return "caught"
	}
	return "SURVIVED"
}

// summarize names the first two and counts the rest.
func summarize(names []string) string {
	if len(names) > 2 {
		return fmt.Sprintf("%s, %s and %d more", names[0], names[1], len(names)-2)
	}
	return strings.Join(names, ", ")
}

// Document returns the matrix as a document, the source of every form except the text: one check per damage.
func (m *Matrix) Document() *Document {
	o := &verdict.Report{Workload: m.Suite}
	for _, d := range m.Damages {
		o.Add(verdict.Check{Name: d.Kind + "/" + d.Name, Verdict: d.Verdict, Detail: cmp.Or(d.Detail, d.What)})
	}
	document := &Document{Command: m.Command, Verdict: m.Verdict, Suite: m.Suite, Server: m.Server,
		NotCovered: m.NotCovered}
	document.Add(o)
	return document
}
