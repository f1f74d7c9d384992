package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"pgroundtrip/internal/history"
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
		detail := fmt.Sprintf("%s; last proven %s; the last run, at %s, was %s; recovery time %s", t.State, proven(s.Time, t),
			t.LastRun.UTC().Format("2006-01-02 15:04"), t.LastVerdict, recovery(t.RecoverySeconds, false))
		o.Add(verdict.Check{Name: t.Command + " " + cmp.Or(t.Target, "-"), Verdict: t.State.Verdict(), Detail: detail})
	}
	d := &Document{Command: s.Command, Verdict: s.Verdict, NotCovered: []string{}}
	d.Add(o)
	return d
}

// proven returns when a target was last proven, and how long before now.
func proven(now time.Time, t *history.Target) string {
	if t.LastProven == nil {
		return "never"
	}
	return fmt.Sprintf("%s (%s ago)", t.LastProven.UTC().Format("2006-01-02 15:04"), age(now.Sub(*t.LastProven)))
}

// WriteText writes the status for people: one line per target, and the verdict as the last line. On a terminal,
// recovery times are drawn as blocks.
func (s *Status) WriteText(w io.Writer, isTerminal bool) error {
	bad := 0
	for _, t := range s.Targets {
		if t.State != history.Fresh {
			bad++
		}
	}
	return emit(w, "status", 3, struct {
		*Status
		IsTerminal bool
		Bad        int
		Limit      string
	}{s, isTerminal, bad, age(time.Duration(s.MaxAgeSeconds * float64(time.Second)))})
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
func (m *Matrix) WriteText(w io.Writer) error { return emit(w, "matrix", 2, m) }

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
