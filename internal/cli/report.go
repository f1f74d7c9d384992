package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"pgroundtrip/internal/report"
)

// report tells the document in every form that is wanted.
func (p *program) report(f *shared, document *report.Document) error {
	return p.tellAll(f, document, document, document.WriteText)
}

// tellAll writes the files of a document and its annotations, and on stdout what the command prints: shape with -json,
// else its text. What cannot be written keeps nothing else from being written.
func (p *program) tellAll(f *shared, document *report.Document, shape any, writeText func(io.Writer) error) error {
	errFiles := p.writeFiles(document)
	if p.env["GITHUB_ACTIONS"] == "true" {
		_ = document.WriteAnnotations(p.stderr) // a log that cannot be written is no reason to fail
	}
	if f.json {
		p.documented = true
		return errors.Join(errFiles, report.WriteJSON(p.stdout, shape))
	}
	return errors.Join(errFiles, writeText(p.stdout))
}

// writeFiles writes the files of -report and the job summary.
func (p *program) writeFiles(document *report.Document) error {
	p.reported = true
	document.Time, document.Version = time.Now().UTC().Truncate(time.Second), Version()
	var errs []error
	if path := p.env["GITHUB_STEP_SUMMARY"]; path != "" {
		errs = append(errs, document.AppendSummary(path))
	}
	if f := p.parsing.flags.Lookup("report"); p.parsed && f != nil {
		for _, path := range *f.Value.(*reportFiles) {
			errs = append(errs, document.WriteFile(path))
		}
	}
	return errors.Join(errs...)
}

// reportError writes the reports of a run that ended before it had a result.
func (p *program) reportError(failure *report.Failure) {
	document := p.draft
	if document == nil {
		document = &report.Document{NotCovered: []string{}}
		if p.parsing != nil {
			document.Command = p.parsing.name
		}
	}
	document.Verdict, document.Error = "error", failure
	if !p.reported && p.parsed {
		if err := p.writeFiles(document); err != nil {
			fmt.Fprintf(p.stderr, "%s: error: %s\n", p.name, err)
		}
	}
	if p.documented || !p.wantsJSON() {
		return
	}
	if err := report.WriteJSON(p.stdout, document); err != nil {
		failure.Message += "; " + err.Error()
	}
}
