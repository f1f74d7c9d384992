package report

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"pgroundtrip/internal/verdict"
)

// WriteAnnotations writes an ::error:: line for each check that failed and each workload that could
// not be told. They go to stderr with everything else that is not a result; GitHub reads both streams.
func (d *Document) WriteAnnotations(log *Log) error {
	var errs []error
	for _, workload := range d.Workloads {
		for _, c := range workload.Checks {
			if c.Verdict != verdict.Pass {
				errs = append(errs, log.Annotate(workload.Workload+": "+c.Name, Plain(c.Detail)))
			}
		}
		if workload.Error != nil {
			errs = append(errs, log.Annotate(workload.Workload, workload.Error.Message))
		}
	}
	if d.Error != nil {
		errs = append(errs, log.Annotate("pgroundtrip "+d.Command, d.Error.Message))
	}
	return errors.Join(errs...)
}

// AppendSummary appends the document as Markdown to the file that GITHUB_STEP_SUMMARY names.
func (d *Document) AppendSummary(path string) (err error) {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("could not write the job summary: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n%s\n\n", markdown(d.headline()), markdown(d.conclusion()))
	b.WriteString("| workload | rows | chain head | dump | restore | verdict |\n|---|---|---|---|---|---|\n")
	for _, w := range d.Workloads {
		rows, head := "-", "-"
		if w.Pre != nil {
			rows, head = fmt.Sprint(w.Pre.RowCount), code(shortHash(w.Pre.ChainHeadHash))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", markdown(w.Workload), rows, head, w.seconds("dump and record"), w.seconds("restore"), w.Verdict)
	}
	var failures strings.Builder
	for _, w := range d.Workloads {
		writeFailures(&failures, w)
	}
	if failures.Len() > 0 {
		// What differs may be anybody's text: no line of it may end the block.
		fence := "````"
		for strings.Contains(failures.String(), fence) {
			fence += "`"
		}
		fmt.Fprintf(&b, "\n%s\n%s%s\n", fence, strings.TrimPrefix(failures.String(), "\n"), fence)
	}
	if len(d.NotCovered) > 0 {
		names := make([]string, len(d.NotCovered))
		for i, name := range d.NotCovered {
			names[i] = code(name)
		}
		fmt.Fprintf(&b, "\nNOT COVERED: %s\n", strings.Join(names, ", "))
	}
	return emit(file, b.String())
}
