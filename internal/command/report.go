package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/evidence"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/history"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

// Finish reports the outcome of a command about one database.
func (p *Program) Finish(s *Shared, document *report.Document, outcome *verdict.Report) error {
	p.Explain(outcome)
	document.Add(outcome)
	if document.NotCovered == nil {
		document.NotCovered = []string{}
	}
	document.Verdict = outcome.Verdict()
	p.Conclude(document.Verdict)
	return p.Report(s, document)
}

// Explain adds to an outcome's error what a user needs to know. A run that was ended by a signal does
// not pass, and says so.
func (p *Program) Explain(o *verdict.Report) {
	cause := p.interrupted()
	switch {
	case cause == nil || errors.Is(o.Err, cause):
	case o.Err == nil:
		o.Err = cause
	default:
		o.Err = fmt.Errorf("%w: %w", cause, o.Err)
	}
}

// DescribeServer returns the server as reports show it.
func DescribeServer(s *cluster.Server) *report.Server {
	return &report.Server{Version: s.Version.String(), Throwaway: s.Throwaway, Where: s.Describe()}
}

// Report writes the document in every requested form.
func (p *Program) Report(f *Shared, document *report.Document) error {
	return p.TellAll(f, document, document, document.WriteText)
}

// TellAll writes the files of a document and its annotations, and prints the result on stdout: shape with -json,
// else its text. If one of them cannot be written, the others still are.
func (p *Program) TellAll(f *Shared, document *report.Document, shape any, writeText func(io.Writer) error) error {
	errFiles := p.writeFiles(document)
	if p.Env["GITHUB_ACTIONS"] == "true" {
		_ = document.WriteAnnotations(p.Stderr) // a log that cannot be written must not fail the run
	}
	if f.JSON {
		p.documented = true
		return errors.Join(errFiles, record.WriteJSON(p.stdout, shape))
	}
	return errors.Join(errFiles, writeText(p.stdout))
}

// writeFiles writes the job summary, the files of -report and the line of -history.
func (p *Program) writeFiles(document *report.Document) error {
	shared := p.parsing.Shared
	if shared == nil {
		return nil
	}
	p.reported = true
	document.Time, document.Version = time.Now().UTC().Truncate(time.Second), Version()
	var errs []error
	if path := p.Env["GITHUB_STEP_SUMMARY"]; path != "" {
		errs = append(errs, document.AppendSummary(path))
	}
	historyFile, run := shared.History, runOf(document)
	if document.Command == "status" || document.Command == "attest" { // they only read the history
		historyFile = ""
	}
	if historyFile != "" {
		errs = append(errs, lookBack(document, run, historyFile))
	}
	if slices.ContainsFunc(shared.Reports, report.IsStatement) {
		var err error
		run.StatementSHA256, err = document.StatementSHA256()
		errs = append(errs, err)
	}
	for _, path := range shared.Reports {
		err := document.WriteFile(path)
		if err == nil && p.signer != nil && report.IsStatement(path) {
			err = evidence.Sign(path, p.signer)
		}
		errs = append(errs, err)
	}
	if historyFile != "" {
		errs = append(errs, history.Append(historyFile, run))
	}
	return errors.Join(errs...)
}

// lookBack adds the previous statement and earlier recovery times from the history to a document.
func lookBack(document *report.Document, run *history.Run, historyFile string) error {
	runs, _, err := history.Read(historyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	document.Previous, document.Past = history.LastStatement(runs), history.Recoveries(runs, run)
	return nil
}

// openKey reads the key of -sign before any work starts.
func (p *Program) openKey() (err error) {
	s := p.parsing.Shared
	if s == nil || s.sign == "" {
		return nil
	}
	if !slices.ContainsFunc(s.Reports, report.IsStatement) {
		return Refuse("-sign needs -report FILE.statement, the statement to sign")
	}
	if p.signer, err = evidence.OpenKey(s.sign, p.Env); err != nil {
		return fmt.Errorf("-sign: %w", err)
	}
	return nil
}

// runOf returns what the history keeps of a document.
func runOf(d *report.Document) *history.Run {
	return &history.Run{Time: d.Time, Command: d.Command, Targets: append([]string{}, d.Targets()...), Verdict: d.Verdict,
		Proof: d.IsProof(), RecoverySeconds: d.RecoverySeconds(), Version: d.Version}
}

// reportError writes the reports of a run that failed before it had a result.
func (p *Program) reportError(failure *hint.Failure) {
	document := p.Draft
	if document == nil {
		document = &report.Document{NotCovered: []string{}}
		if p.parsing != nil {
			document.Command = p.parsing.Name
		}
	}
	document.Verdict, document.Error = "error", failure
	if !p.reported && p.parsed {
		if err := p.writeFiles(document); err != nil {
			fmt.Fprintf(p.Stderr, "%s: error: %s\n", p.Name, err)
		}
	}
	if p.documented || !p.wantsJSON() {
		return
	}
	if err := record.WriteJSON(p.stdout, document); err != nil {
		failure.Message += "; " + err.Error()
	}
}
