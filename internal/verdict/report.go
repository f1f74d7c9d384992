// Package verdict compares two records and reports one check per result. It uses no server, no clock and no suite.
package verdict

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
)

// A Verdict is the result of a check or of a report.
type Verdict string

// The three verdicts. Error is "could not tell": it never counts as a pass.
const (
	Pass  Verdict = "pass"
	Fail  Verdict = "fail"
	Error Verdict = "error"
)

// A Report holds the result of one command for one database.
type Report struct {
	Workload   string               `json:"workload"` // the database, or the workload of check
	System     string               `json:"-"`        // verify only: system identifier of the server
	Phases     []Phase              `json:"phases"`
	Pre        *record.Snapshot     `json:"pre"` // null if the run did not get that far
	Post       *record.Snapshot     `json:"post"`
	Checks     []Check              `json:"checks"`
	NotCovered []string             `json:"-"`
	Expected   []record.Expectation `json:"-"` // differences by design, not failures
	Notes      []string             `json:"-"` // remarks that are not checks
	Moment     *record.Moment       `json:"-"` // of verify: when, and where in the WAL
	Breaks     *record.Breaks       `json:"-"` // of verify -all-breaks
	Resumed    int                  `json:"-"` // of verify: ranges whose answers came from the -resume file
	Err        error                `json:"-"` // why there is no verdict; nil if there is one
}

// MarshalJSON adds what follows from the fields: the verdict, the duration, and the error with its hint.
func (r *Report) MarshalJSON() ([]byte, error) {
	type fields Report
	f := fields(*r)
	f.Phases, f.Checks = append([]Phase{}, r.Phases...), append([]Check{}, r.Checks...)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Workload string  `json:"workload"` // first in the output; it hides the embedded field
		Verdict  Verdict `json:"verdict"`
		Seconds  float64 `json:"seconds"`
		*fields
		Error *hint.Failure `json:"error,omitempty"`
	}{r.Workload, r.Verdict(), r.Seconds(), &f, r.Failure()})
	return b.Bytes(), err
}

// Failure returns why there is no verdict, or nil.
func (r *Report) Failure() *hint.Failure { return hint.Describe(r.Err) }

// Passed returns the number of checks that passed.
func (r *Report) Passed() (n int) {
	for _, c := range r.Checks {
		if c.Verdict == Pass {
			n++
		}
	}
	return n
}

// Seconds returns the duration of all phases.
func (r *Report) Seconds() (seconds float64) {
	for _, p := range r.Phases {
		seconds += p.Seconds
	}
	return seconds
}

// A Phase is a part of a command and its duration.
type Phase struct {
	Name    string  `json:"phase"`
	Seconds float64 `json:"seconds"`
}

// A Check is one question and its answer. Row counts are null if they do not apply.
type Check struct {
	Name    string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	// Detail says in one line what was compared or what is wrong.
	Detail     string `json:"detail"`
	RowsBefore *int64 `json:"rows_before"`
	RowsAfter  *int64 `json:"rows_after"`
	// Class is the kind of fact that failed: content, link, order, count, definition or anchor; "" for a check of the
	// run itself.
	Class      string      `json:"class,omitempty"`
	Hint       string      `json:"hint,omitempty"`    // what to do, if the query's file says so
	Difference *Difference `json:"first_difference"`  // null unless two results differ
	Changes    *Changes    `json:"changes,omitempty"` // null if the rows are unknown
	// rows of the tables among them, if another copy could be asked
	Tables []TableRows `json:"tables,omitempty"`
}

// TableRows are the rows in which a table differs from another copy of it.
type TableRows struct {
	Table   string   `json:"table"` // "schema.table"
	Against string   `json:"against"`
	Changes *Changes `json:"changes"`
}

// Verdict returns Fail if any check failed, otherwise Error if the run or a check could not tell, otherwise Pass. A
// report without checks proves nothing: Error.
func (r *Report) Verdict() Verdict {
	worst := Pass
	if r.Err != nil {
		worst = Error
	}
	return Worst(r.Checks, func(c Check) Verdict { return c.Verdict }, worst)
}

// Worst returns Fail if the verdict of any item is Fail, otherwise Error if any is or there is no item, otherwise Pass.
// more are further verdicts.
func Worst[T any](items []T, of func(T) Verdict, more ...Verdict) Verdict {
	for _, item := range items {
		more = append(more, of(item))
	}
	for _, v := range []Verdict{Fail, Error} {
		if slices.Contains(more, v) {
			return v
		}
	}
	if len(items) == 0 {
		return Error
	}
	return Pass
}

// Failed returns the names of the checks that failed.
func (r *Report) Failed() []string {
	failed := []string{}
	for _, c := range r.Checks {
		if c.Verdict == Fail && !slices.Contains(failed, c.Name) {
			failed = append(failed, c.Name)
		}
	}
	return failed
}

// Add adds a check.
func (r *Report) Add(c Check) { r.Checks = append(r.Checks, c) }

// Note adds a remark that is not a check.
func (r *Report) Note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Assert adds a check with the verdict Pass if holds is true, otherwise Fail.
func (r *Report) Assert(name string, holds bool, format string, args ...any) {
	c := Check{Name: name, Verdict: Pass, Detail: fmt.Sprintf(format, args...)}
	if !holds {
		c.Verdict, c.Class = Fail, classes[name]
	}
	r.Add(c)
}

// classes maps the names of assertions to the kinds of fact that they check.
var classes = map[string]string{
	"row_count": "count", "verifier_walked": "count", "chain_head_hash": "anchor", "first_break_id": "link",
	"source_chain": "link", "anchor": "anchor", "tree": "anchor",
	"payload_hash": "content", "payload_hash/after": "content",
}

// CompareChains adds the four assertions on which all others depend.
func (r *Report) CompareChains(pre, post record.Snapshot) {
	r.Assert("row_count", pre.RowCount == post.RowCount,
		"%d before, %d after", pre.RowCount, post.RowCount)
	r.Assert("chain_head_hash", pre.ChainHeadHash == post.ChainHeadHash,
		"%s before, %s after", cmp.Or(pre.ChainHeadHash, "none"), cmp.Or(post.ChainHeadHash, "none"))
	r.Assert("first_break_id", post.IsWhole(), "%s", BreakText(post))
	r.Assert("verifier_walked", post.VerifierWalked == pre.RowCount,
		"%d rows before, %d walked after", pre.RowCount, post.VerifierWalked)
}

// JudgeChain adds a check that a chain is sound in itself.
func (r *Report) JudgeChain(s record.Snapshot) {
	r.Assert("source_chain", s.IsWhole() && s.VerifierWalked == s.RowCount,
		"%s; %d rows, %d walked", BreakText(s), s.RowCount, s.VerifierWalked)
}

// JudgePayload adds the result of hashing every payload again; nothing if there is no payload.
func (r *Report) JudgePayload(name string, p *record.Payload) {
	if p == nil {
		return
	}
	if f := p.First; f != nil {
		r.Assert(name, false, "position %d (%s): row_hash is %s, the payload's SHA-256 is %s; %d such rows",
			f.Position, f.Key, f.Got, f.Want, p.Faults)
		return
	}
	r.Assert(name, true, "every row_hash is the SHA-256 of its payload")
}

// BreakText describes where a chain breaks; empty if it does not.
func BreakText(s record.Snapshot) string {
	if s.IsWhole() {
		return "the chain is whole"
	}
	return fmt.Sprintf("the chain breaks at position %d (id=%s): %s", s.FirstBreakPos, s.FirstBreakID, s.FirstBreakReason)
}
