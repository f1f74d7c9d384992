package report

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"text/template"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/selftest"
	"pgroundtrip/internal/verdict"
)

//go:embed text.txt
var textsText string

var texts = template.Must(template.New("texts").Funcs(template.FuncMap{
	"plain": func(value any) string { return plain.Text(fmt.Sprint(value)) },
	"lines": func(text string) string { return asItIs(plain.Lines(text)) },
	"diff":  func(text string) string { return asItIs(plainDiff(text)) },
	"upper": func(v verdict.Verdict) string { return strings.ToUpper(string(v)) },
	"join":  strings.Join, "short": shortHash, "shorten": shorten, "took": took,
	"more": func(total int64, shown int) int64 { return max(0, total-int64(shown)) },
	"indented": func(indent string, c *verdict.Changes) any {
		return struct {
			Indent string
			*verdict.Changes
		}{indent, c}
	},
	"proven": proven, "recovery": recovery, "alsoCaught": (*selftest.Damage).AlsoCaught,
}).Parse(textsText))

// render returns the text of a template with its columns aligned.
func render(name string, padding int, data any) (string, error) {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, padding, ' ', tabwriter.StripEscape)
	err := errors.Join(texts.ExecuteTemplate(table, name, data), table.Flush())
	return b.String(), err
}

// emit writes the text of a template.
func emit(w io.Writer, name string, padding int, data any) error {
	text, err := render(name, padding, data)
	return cmp.Or(err, plain.Emit(w, text))
}

// asItIs keeps the tabs of a text from being taken for the ends of cells.
func asItIs(text string) string {
	escape := string([]byte{tabwriter.Escape})
	return escape + text + escape
}

// plainDiff makes each line of a diff plain; it begins with a blank, + or -.
func plainDiff(diff string) string {
	var b strings.Builder
	for line := range strings.Lines(diff) {
		b.WriteString(plain.Lines(line) + "\n")
	}
	return b.String()
}

// WriteText writes the document for people: a table of the workloads, every check that did not
// pass with its first difference, what was not covered, and the verdict as the last line.
func (d *Document) WriteText(w io.Writer) error {
	return emit(w, "document", 3, struct {
		*Document
		Headline, Conclusion string
	}{d, d.headline(), d.conclusion()})
}

func (d *Document) headline() string {
	line := "pgroundtrip " + d.Command
	if d.Server != nil {
		line += fmt.Sprintf(": PostgreSQL %s (%s)", d.Server.Version, d.Server.Where)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Tools)) {
		line += fmt.Sprintf(", %s %s", name, d.Tools[name])
	}
	return line
}

// took formats how long a phase took.
func took(w *verdict.Report, phase string) string {
	for _, p := range w.Phases {
		if p.Name == phase {
			return fmt.Sprintf("%.2f s", p.Seconds)
		}
	}
	return "-"
}

func shortHash(hash string) string {
	if len(hash) > 16 {
		return hash[:16] + "..."
	}
	return cmp.Or(hash, "none")
}

// failuresText returns what did not pass, and why there is no verdict.
func failuresText(name string, checks []verdict.Check, failure *hint.Failure) (string, error) {
	return render("failures", 3, map[string]any{"Workload": name, "Checks": checks, "Failure": failure})
}

// shorten cuts a value that is too long for a line.
func shorten(value string) string {
	const most = 200
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + fmt.Sprintf("... (%d characters)", len(runes))
	}
	return value
}

// conclusion returns the verdict and what it means.
func (d *Document) conclusion() string {
	what := ""
	if name := d.Command + " " + string(d.Verdict); d.Error == nil && texts.Lookup(name) != nil {
		what, _ = render(name, 0, d) // an embedded template: cannot fail
	}
	switch d.Verdict {
	case verdict.Pass:
		return strings.TrimSuffix("PASS: "+what, ": ")
	case verdict.Fail:
		return strings.TrimSuffix("FAIL: "+what, ": ")
	}
	return strings.TrimSuffix("ERROR: could not tell; "+what, "; ")
}

// Passed returns how many workloads passed.
func (d *Document) Passed() (n int) {
	for _, w := range d.Workloads {
		if w.Verdict() == verdict.Pass {
			n++
		}
	}
	return n
}

// WholeChain returns the chain of the copy, if it was found whole without a source to compare it with; else nil.
func (d *Document) WholeChain() *record.Snapshot {
	for _, w := range d.Workloads {
		isWhole := func(c verdict.Check) bool { return c.Name == "source_chain" && c.Verdict == verdict.Pass }
		if slices.ContainsFunc(w.Checks, isWhole) {
			return w.Post
		}
	}
	return nil
}

// WriteSnapshot writes a snapshot for people; breaks may be nil.
func WriteSnapshot(w io.Writer, s *record.Snapshot, breaks *record.Breaks, notCovered []string) error {
	return emit(w, "snapshot", 2, struct {
		*record.Snapshot
		Breaks     *record.Breaks
		NotCovered []string
	}{s, breaks, notCovered})
}
