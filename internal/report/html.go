package report

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"pgroundtrip/internal/history"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/verdict"
)

//go:embed report.html
var htmlText string

var htmlTemplate = template.Must(template.New("report").
	Funcs(template.FuncMap{"upper": strings.ToUpper, "more": notShown}).Parse(htmlText))

// notShown is how many changes are counted and not listed.
func notShown(changes map[string]any) (n int64) {
	for _, kind := range []string{"missing", "extra", "changed"} {
		if number, ok := changes[kind].(json.Number); ok {
			count, _ := number.Int64() // the document's own
			n += count
		}
	}
	first, _ := changes["first"].([]any)
	return n - int64(len(first))
}

// summary is what a reader wants to know first, as names and values.
func (d *Document) summary() (lines [][2]string) {
	passed, checks := 0, 0
	for _, w := range d.Workloads {
		passed, checks = passed+w.Passed(), checks+len(w.Checks)
	}
	if !d.Time.IsZero() {
		lines = append(lines, [2]string{"finished", d.Time.UTC().Format("2006-01-02 15:04:05 UTC")})
	}
	if checks > 0 {
		lines = append(lines, [2]string{"checks", fmt.Sprintf("%d of %d passed", passed, checks)})
	}
	if seconds := d.RecoverySeconds(); seconds > 0 {
		lines = append(lines, [2]string{"recovery time", fmt.Sprintf("%.2f s", seconds)})
	}
	if n := len(d.NotCovered); n > 0 {
		lines = append(lines, [2]string{"not covered", fmt.Sprintf("%d, listed below", n)})
	}
	return lines
}

// writeHTML writes the document as one self-contained page, without scripts and readable without its style.
func (d *Document) writeHTML(w io.Writer) error {
	view, err := d.view()
	if err != nil {
		return err
	}
	view["headline"], view["conclusion"] = plain.Text(d.headline()), plain.Text(d.conclusion())
	view["past"], view["summary"] = pastBars(d.Past), d.summary()
	for i, workload := range d.Workloads {
		one := view["workloads"].([]any)[i].(map[string]any)
		one["bars"], one["passed"] = phaseBars(workload), workload.Passed()
		view["passed"] = view["passed"] == true || workload.Passed() > 0
	}
	var b strings.Builder
	if err := htmlTemplate.Execute(&b, view); err != nil {
		return err
	}
	return plain.Emit(w, b.String())
}

// view returns the document by its JSON names, with every text made harmless, so that the template cannot miss one.
func (d *Document) view() (map[string]any, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var view map[string]any
	if err := decoder.Decode(&view); err != nil {
		return nil, err
	}
	return plainAll("", view).(map[string]any), nil
}

// plainAll makes every text within a value plain; a message and a diff keep their lines, a value of a row is
// shortened as in the text form.
func plainAll(name string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			value[key] = plainAll(key, inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = plainAll(name, inner)
		}
	case string:
		switch name {
		case "old", "new":
			return plain.Text(shorten(value))
		case "message":
			return plain.Lines(value)
		case "diff":
			return plainDiff(value)
		}
		return plain.Text(value)
	}
	return value
}

// A bar is a phase as the page draws it. From and Width are in units of the drawing, which is barWidth wide.
type bar struct {
	Phase, Seconds, Fill string
	From, Width          int
}

// barWidth is the width of the drawing.
const barWidth = 400

// pastBars returns the recovery times of the runs, scaled to the longest, if there are at least two.
func pastBars(past []history.Run) (bars []bar) {
	longest := 0.0
	for _, r := range past {
		longest = max(longest, r.RecoverySeconds)
	}
	if len(past) < 2 {
		return nil
	}
	for _, r := range past {
		bars = append(bars, bar{Phase: fmt.Sprintf("%s: %s", r.Time.UTC().Format("2006-01-02 15:04"), r.Verdict),
			Seconds: fmt.Sprintf("%.2f s", r.RecoverySeconds), Width: max(1,
				int(r.RecoverySeconds/longest*barWidth)), Fill: restoreFill})
	}
	return bars
}

// restoreFill is the colour of the restore, the time that counts.
const restoreFill = "#1565c0"

// phaseBars returns the phases of a workload, one after the other.
func phaseBars(w *verdict.Report) (bars []bar) {
	at := 0.0
	for _, p := range w.Phases {
		b := bar{Phase: plain.Text(p.Name), Seconds: fmt.Sprintf("%.2f s", p.Seconds), Fill: "#90a4ae"}
		if w.Seconds() > 0 {
			b.From, b.Width = int(at/w.Seconds()*barWidth), max(1, int(p.Seconds/w.Seconds()*barWidth))
		}
		if p.Name == "restore" {
			b.Fill = restoreFill
		}
		at += p.Seconds
		bars = append(bars, b)
	}
	return bars
}
