// Package verdict compares two records: a check for each result, and a report over all of
// them. It sees no server, no clock and no suite.
package verdict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
)

// A Verdict is what is known at the end.
type Verdict string

// The three verdicts. An error is "could not tell": it is never a pass.
const (
	Pass  Verdict = "pass"
	Fail  Verdict = "fail"
	Error Verdict = "error"
)

// A Report is all that is known about one database at the end of a command.
type Report struct {
	Workload   string               `json:"workload"` // the database, or the workload of check
	System     string               `json:"-"`        // of verify: the identifier of the database's server
	Phases     []Phase              `json:"phases"`
	Pre        *record.Snapshot     `json:"pre"` // null where the run did not get that far
	Post       *record.Snapshot     `json:"post"`
	Checks     []Check              `json:"checks"`
	NotCovered []string             `json:"-"`
	Expected   []record.Expectation `json:"-"` // what differs by design, and is no failure
	Notes      []string             `json:"-"` // what is not a check, but should be read
	Breaks     *record.Breaks       `json:"-"` // of verify, if every break was asked for
	Resumed    int                  `json:"-"` // of verify: ranges whose answers came from the file of -resume
	Err        error                `json:"-"` // why the run could not tell; nil if it could
}

// MarshalJSON adds to the fields what they come to: the verdict, the time, and the error with its advice.
func (r *Report) MarshalJSON() ([]byte, error) {
	type fields Report
	f := fields(*r)
	f.Phases, f.Checks = append([]Phase{}, r.Phases...), append([]Check{}, r.Checks...)
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Workload string  `json:"workload"` // first, and not twice: it hides the one of the fields
		Verdict  Verdict `json:"verdict"`
		Seconds  float64 `json:"seconds"`
		*fields
		Error *hint.Failure `json:"error,omitempty"`
	}{r.Workload, r.Verdict(), r.Seconds(), &f, r.Failure()})
	return b.Bytes(), err
}

// Failure is why the run could not tell, or nil.
func (r *Report) Failure() *hint.Failure { return hint.Describe(r.Err) }

// Passed is how many checks passed.
func (r *Report) Passed() (n int) {
	for _, c := range r.Checks {
		if c.Verdict == Pass {
			n++
		}
	}
	return n
}

// Seconds is how long all phases took.
func (r *Report) Seconds() (seconds float64) {
	for _, p := range r.Phases {
		seconds += p.Seconds
	}
	return seconds
}

// A Phase is a part of a command and how long it took.
type Phase struct {
	Name    string  `json:"phase"`
	Seconds float64 `json:"seconds"`
}

// A Check is one question that was asked, and its answer. Row counts are null where they mean nothing.
type Check struct {
	Name    string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	// Detail is what was compared or what is wrong, in one line.
	Detail     string `json:"detail"`
	RowsBefore *int64 `json:"rows_before"`
	RowsAfter  *int64 `json:"rows_after"`
	// Class is the kind of fact that failed: content, link, order, count, definition or anchor; "" for
	// a check that is about the run itself.
	Class      string      `json:"class,omitempty"`
	Hint       string      `json:"hint,omitempty"`    // what to do about it, where the query's file says so
	Difference *Difference `json:"first_difference"`  // the first one; null unless two results differ
	Changes    *Changes    `json:"changes,omitempty"` // all rows that differ, and the first of them; null where unknown
	// the rows of the tables among them, where another copy could be asked
	Tables []TableRows `json:"tables,omitempty"`
}

// TableRows are the rows in which a table differs from another copy of it.
type TableRows struct {
	Table   string   `json:"table"` // "schema.table"
	Against string   `json:"against"`
	Changes *Changes `json:"changes"`
}

// Verdict is fail if any check failed, else error if the run or a check could not tell, else pass.
// A report without a single check proves nothing and is an error.
func (r *Report) Verdict() Verdict {
	worst := Pass
	if r.Err != nil || len(r.Checks) == 0 {
		worst = Error
	}
	for _, c := range r.Checks {
		switch c.Verdict {
		case Fail:
			return Fail
		case Error:
			worst = Error
		}
	}
	return worst
}

// Worst is the verdict over several reports: a difference that was seen stays a difference,
// whatever else could not be told. No report at all is an error.
func Worst(reports []*Report) Verdict {
	worst := Pass
	if len(reports) == 0 {
		worst = Error
	}
	for _, r := range reports {
		switch v := r.Verdict(); {
		case v == Fail:
			return Fail
		case v == Error:
			worst = Error
		}
	}
	return worst
}

// Failed names the checks that failed.
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

// Note adds what should be read and is no check.
func (r *Report) Note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// Assert adds a check of a plain statement.
func (r *Report) Assert(name string, holds bool, format string, args ...any) {
	c := Check{Name: name, Verdict: Pass, Detail: fmt.Sprintf(format, args...)}
	if !holds {
		c.Verdict, c.Class = Fail, classes[name]
	}
	r.Add(c)
}

// classes are the kinds of fact that plain assertions are about, by name.
var classes = map[string]string{
	"row_count": "count", "verifier_walked": "count", "chain_head_hash": "anchor", "first_break_id": "link",
	"source_chain": "link", "anchor": "anchor", "tree": "anchor", "payload_hash": "content", "payload_hash/after": "content",
}

// CompareChains makes the four assertions that carry the rest.
func (r *Report) CompareChains(pre, post record.Snapshot) {
	r.Assert("row_count", pre.RowCount == post.RowCount,
		"%d before, %d after", pre.RowCount, post.RowCount)
	r.Assert("chain_head_hash", pre.ChainHeadHash == post.ChainHeadHash,
		"%s before, %s after", orNone(pre.ChainHeadHash), orNone(post.ChainHeadHash))
	r.Assert("first_break_id", post.IsWhole(), "%s", BreakText(post))
	r.Assert("verifier_walked", post.VerifierWalked == pre.RowCount,
		"%d rows before, %d walked after", pre.RowCount, post.VerifierWalked)
}

// JudgeChain reports whether a chain is sound in itself.
func (r *Report) JudgeChain(s record.Snapshot) {
	r.Assert("source_chain", s.IsWhole() && s.VerifierWalked == s.RowCount,
		"%s; %d rows, %d walked", BreakText(s), s.RowCount, s.VerifierWalked)
}

// JudgePayload adds what this program's own hashing of every payload found; nothing if there is no payload.
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

// BreakText names where a chain breaks, or returns "".
func BreakText(s record.Snapshot) string {
	if s.IsWhole() {
		return "the chain is whole"
	}
	return fmt.Sprintf("the chain breaks at position %d (id=%s): %s", s.FirstBreakPos, s.FirstBreakID, s.FirstBreakReason)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
