package report

import (
	"cmp"
	"io"
	"slices"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/verdict"
)

// An inTotoStatement is an in-toto statement, v1 (https://in-toto.io/Statement/v1), with the predicate test-result
// v0.1.
type inTotoStatement struct {
	Type          string           `json:"_type"`
	Subject       []inTotoResource `json:"subject"`
	PredicateType string           `json:"predicateType"`
	Predicate     inTotoResult     `json:"predicate"`
}

// An inTotoResource is a file, or a version of a program.
type inTotoResource struct {
	Name        string            `json:"name"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// An inTotoResult is the predicate. NotCovered is an extension; readers that do not know it ignore it.
type inTotoResult struct {
	Result        string           `json:"result"` // PASSED, WARNED for a pass that proves nothing, or FAILED
	Configuration []inTotoResource `json:"configuration"`
	Passed        []string         `json:"passedTests"`
	Warned        []string         `json:"warnedTests"`
	Failed        []string         `json:"failedTests"`
	NotCovered    []string         `json:"notCovered"`
}

// writeInToto writes the result as an in-toto statement. "Could not tell" is FAILED: it is never a pass.
func (d *Document) writeInToto(w io.Writer) error {
	subject, err := d.inTotoSubject()
	if err != nil {
		return err
	}
	result := inTotoResult{Result: "FAILED", Passed: []string{}, Warned: []string{}, Failed: []string{},
		NotCovered: []string{}}
	for _, what := range d.NotCovered {
		result.NotCovered = append(result.NotCovered, plain.Text(what))
	}
	switch {
	case d.IsProof():
		result.Result = "PASSED"
	case d.Verdict == verdict.Pass:
		result.Result, result.Warned = "WARNED", result.NotCovered
	}
	for _, workload := range d.Workloads {
		for _, c := range workload.Checks {
			to := &result.Failed
			if c.Verdict == verdict.Pass {
				to = &result.Passed
			}
			*to = append(*to, plain.Text(c.Name))
		}
	}
	if d.Error != nil {
		result.Failed = append(result.Failed, plain.Text(d.Error.Message))
	}
	suite := inTotoResource{Name: plain.Text(cmp.Or(d.Suite, "default suite"))}
	if d.Source != nil && d.Source.SuiteSHA256 != "" {
		suite.Digest = map[string]string{"sha256": d.Source.SuiteSHA256}
	}
	result.Configuration = []inTotoResource{suite,
		{Name: "pgroundtrip", Annotations: map[string]string{"version": d.Version, "command": d.Command}}}
	return record.WriteJSON(w, inTotoStatement{"https://in-toto.io/Statement/v1", []inTotoResource{subject},
		"https://in-toto.io/attestation/test-result/v0.1", result})
}

// inTotoSubject returns what the result is about, with its SHA-256: the archive, or the record if the archive is not a
// single file, the head of the chain without either, else the JSON report.
func (d *Document) inTotoSubject() (inTotoResource, error) {
	isChecked := func(c verdict.Check) bool { return c.Name == "archive" && c.Verdict == verdict.Pass }
	name, sum := d.Archive, ""
	if d.Source != nil && slices.ContainsFunc(d.Workloads,
		func(w *verdict.Report) bool { return slices.ContainsFunc(w.Checks, isChecked) }) {
		sum = d.Source.ArchiveSHA256 // the check has compared it with the file
	}
	for _, path := range []string{d.Archive, d.Record, d.Manifest, d.Records[0], d.Records[1]} {
		if sum != "" {
			break
		}
		var err error
		name = path
		if sum, err = sumOf(path); err != nil && path != d.Archive {
			return inTotoResource{}, err
		}
	}
	if sum != "" {
		name = base(name)
	} else if len(d.Workloads) == 1 && d.Workloads[0].Pre != nil && d.Workloads[0].Pre.ChainHeadHash != "" {
		name, sum = "the head of the chain of "+d.Workloads[0].Workload, d.Workloads[0].Pre.ChainHeadHash
	} else {
		sum, err := d.jsonSHA256()
		return inTotoResource{Name: "the JSON report", Digest: map[string]string{"sha256": sum}}, err
	}
	return inTotoResource{Name: plain.Text(name), Digest: map[string]string{"sha256": sum}}, nil
}
