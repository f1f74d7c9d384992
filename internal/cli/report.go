package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"pgroundtrip/internal/history"
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

// writeFiles writes the job summary, the files of -report and the line of -history.
func (p *program) writeFiles(document *report.Document) error {
	reports := p.parsing.flags.Lookup("report")
	if reports == nil {
		return nil
	}
	p.reported = true
	document.Time, document.Version = time.Now().UTC().Truncate(time.Second), Version()
	var errs []error
	if path := p.env["GITHUB_STEP_SUMMARY"]; path != "" {
		errs = append(errs, document.AppendSummary(path))
	}
	for _, path := range *reports.Value.(*reportFiles) {
		errs = append(errs, document.WriteFile(path))
	}
	if path := p.parsing.flags.Lookup("history").Value.String(); path != "" {
		errs = append(errs, history.Append(path, runOf(document)))
	}
	return errors.Join(errs...)
}

// runOf is what the history keeps of a document.
func runOf(d *report.Document) *history.Run {
	return &history.Run{Time: d.Time, Command: d.Command, Targets: append([]string{}, d.Targets()...), Verdict: d.Verdict,
		Proof: d.IsProof(), RecoverySeconds: d.RecoverySeconds(), Version: d.Version}
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
