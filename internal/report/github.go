package report

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/verdict"
)

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
