package report

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/verdict"
)

// mostMarkdown is the number of bytes of job summary that GitHub accepts from one step.
const mostMarkdown = 1 << 20

// writeMarkdown writes the document as Markdown, in at most most bytes: it counts the rows that do not fit.
func (d *Document) writeMarkdown(w io.Writer, most int) error {
	const ending = 300 // bytes for the end of a block and the line with the count
	p := &page{left: most - ending}
	p.row("### %s\n\n%s\n\n", plain.Markdown(shorten(d.headline())), plain.Markdown(shorten(d.conclusion())))
	p.row("| workload | rows | chain head | dump | restore | verdict |\n|---|---|---|---|---|---|\n")
	for _, w := range d.Workloads {
		rows, head := "-", "-"
		if w.Pre != nil {
			rows, head = fmt.Sprint(w.Pre.RowCount), plain.Code(shortHash(w.Pre.ChainHeadHash))
		}
		p.row("| %s | %s | %s | %s | %s | %s |\n", plain.Markdown(w.Workload), rows, head,
			took(w, "dump and record"), took(w, "restore"), w.Verdict())
	}
	if err := d.writeFailureBlock(p); err != nil {
		return err
	}
	for _, list := range []struct {
		name  string
		items []string
	}{{"NOT COVERED", d.NotCovered}, {"Left out by design", d.Expected}, {"Notes", d.Notes}} {
		if len(list.items) > 0 {
			p.row("\n%s:\n\n", list.name)
		}
		for _, item := range list.items {
			p.row("- %s\n", plain.Code(item))
		}
	}
	if p.cut > 0 {
		fmt.Fprintf(&p.text, "\nCUT: %d more rows are not shown here\n", p.cut)
	}
	return plain.Emit(w, p.text.String())
}

// writeFailureBlock writes the failures of all workloads as in the text form, in one block.
func (d *Document) writeFailureBlock(p *page) error {
	failures, err := failuresText(d.Command, nil, d.Error)
	for _, w := range slices.Backward(d.Workloads) {
		text, errText := failuresText(w.Workload, w.Checks, w.Failure())
		failures, err = text+failures, errors.Join(err, errText)
	}
	if failures == "" {
		return err
	}
	// The values that differ may be any text: no line of them may end the block.
	text, fence := strings.TrimPrefix(failures, "\n"), "````"
	for len(fence) < 100 && strings.Contains(text, fence) {
		fence += "`"
	}
	text = strings.ReplaceAll(text, fence, strings.Repeat("'", len(fence)))
	p.row("\n%s\n", fence)
	for line := range strings.Lines(text) {
		p.row("%s", line)
	}
	fmt.Fprintf(&p.text, "%s\n", fence)
	return err
}

// A page takes rows while there is room; from the first that does not fit on, it only counts.
type page struct {
	text strings.Builder
	left int
	cut  int
}

func (p *page) row(format string, args ...any) {
	row := fmt.Sprintf(format, args...)
	if p.left -= len(row); p.left < 0 || p.cut > 0 {
		p.cut++
		return
	}
	p.text.WriteString(row)
}

// mostAnnotations is the number of errors that GitHub shows per step.
const mostAnnotations = 10

// An annotation is one ::error:: line.
type annotation struct{ title, message string }

// WriteAnnotations writes an ::error:: line for each failed check, then for each check and workload with the verdict
// "could not tell"; if there are more than GitHub shows, the last line counts the rest. They go to stderr with
// everything else that is not a result; GitHub reads both streams.
func (d *Document) WriteAnnotations(log *plain.Log) error {
	var failed, unknown []annotation
	for _, workload := range d.Workloads {
		for _, c := range workload.Checks {
			one := annotation{workload.Workload + ": " + c.Name, plain.Text(c.Detail)}
			switch c.Verdict {
			case verdict.Pass:
			case verdict.Fail:
				failed = append(failed, one)
			default:
				unknown = append(unknown, one)
			}
		}
		if workload.Err != nil {
			unknown = append(unknown, annotation{workload.Workload, workload.Err.Error()})
		}
	}
	if d.Error != nil {
		unknown = append(unknown, annotation{"pgroundtrip " + d.Command, d.Error.Message})
	}
	return annotateAll(log, slices.Concat(failed, unknown))
}

// annotateAll writes as many annotations as GitHub shows.
func annotateAll(l *plain.Log, all []annotation) error {
	var errs []error
	for _, one := range all[:min(mostAnnotations, len(all))] {
		errs = append(errs, l.Annotate(one.title, one.message))
	}
	if more := len(all) - mostAnnotations; more > 0 {
		_, err := fmt.Fprintf(l, "... and %d more that did not pass: see the job summary\n", more)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// AppendSummary appends the document as Markdown to the file that GITHUB_STEP_SUMMARY names, of which GitHub accepts
// no more than mostMarkdown bytes.
func (d *Document) AppendSummary(path string) (err error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("could not write the job summary: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("could not write the job summary: %w", err)
	}
	return d.writeMarkdown(file, mostMarkdown-int(info.Size()))
}
