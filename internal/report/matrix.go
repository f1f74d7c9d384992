package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/selftest"
	"pgroundtrip/internal/verdict"
)

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
