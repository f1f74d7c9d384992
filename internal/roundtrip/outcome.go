package roundtrip

import (
	"context"
	"fmt"
	"time"

	"pgroundtrip/internal/chain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// A Verdict is what is known at the end.
type Verdict string

// The three verdicts. An error is "could not tell": it is never a pass.
const (
	Pass  Verdict = "pass"
	Fail  Verdict = "fail"
	Error Verdict = "error"
)

// An Outcome is all that is known about the round trip of one workload.
type Outcome struct {
	Workload   string
	Phases     []Phase
	Pre, Post  *record.Snapshot // nil where the run did not get that far
	Checks     []Check
	NotCovered []string
	Expected   []record.Expectation // what is lost by design, and no failure
	Notes      []string             // what is not a check, but should be read
	Breaks     *chain.Breaks        // of verify, if every break was asked for
	Resumed    int                  // of verify: ranges whose answers came from the file of -resume
	Err        error                // why the run could not tell; nil if it could

	suite *suite.Suite // whose headers say what names a row, and what it is about
	masks bool         // values of rows are not to be shown
}

// A Phase is a part of the story and how long it took.
type Phase struct {
	Name     string
	Duration time.Duration
}

// A Check is one question that was asked, and its answer.
type Check struct {
	Name    string
	Verdict Verdict
	// Detail says what was compared or what is wrong, in one line.
	Detail string
	// RowsBefore and RowsAfter count the rows that were compared; -1 where that means nothing.
	RowsBefore, RowsAfter int64
	// Class says what kind of fact failed: content, link, order, count, definition or anchor; "" for
	// a check that is about the run itself.
	Class      string
	Hint       string             // what to do about it, where the query's file says so
	Difference *record.Difference // the first one; nil unless two results differ
	Changes    *record.Changes    // all rows that differ, and the first of them; nil where unknown
	Tables     []TableRows        // the rows of the tables among them, where another copy could be asked
}

// shownChanges is how many changes of one result, and of one table, are kept.
const shownChanges = 20

// Verdict is fail if any check failed, else error if the run or a check could not tell, else pass.
// An outcome without a single check proves nothing and is an error.
func (o *Outcome) Verdict() Verdict {
	worst := Pass
	if o.Err != nil || len(o.Checks) == 0 {
		worst = Error
	}
	for _, c := range o.Checks {
		switch c.Verdict {
		case Fail:
			return Fail
		case Error:
			worst = Error
		}
	}
	return worst
}

// Worst is the verdict over several outcomes: a difference that was seen stays a difference,
// whatever else could not be told. No outcome at all is an error.
func Worst(outcomes []*Outcome) Verdict {
	worst := Pass
	if len(outcomes) == 0 {
		worst = Error
	}
	for _, o := range outcomes {
		switch v := o.Verdict(); {
		case v == Fail:
			return Fail
		case v == Error:
			worst = Error
		}
	}
	return worst
}

func (o *Outcome) check(c Check) { o.Checks = append(o.Checks, c) }

// assert adds a check of a plain statement.
func (o *Outcome) assert(name string, holds bool, format string, args ...any) {
	c := Check{Name: name, Verdict: Pass, Detail: fmt.Sprintf(format, args...), RowsBefore: -1, RowsAfter: -1}
	if !holds {
		c.Verdict, c.Class = Fail, classes[name]
	}
	o.check(c)
}

// classes say what kind of fact a plain assertion is about.
var classes = map[string]string{
	"row_count": "count", "verifier_walked": "count", "chain_head_hash": "anchor", "first_break_id": "link", "source_chain": "link", "anchor": "anchor",
	"payload_hash": "content", "payload_hash/before": "content", "payload_hash/after": "content",
}

// assertChain makes the four assertions that carry the rest.
func (o *Outcome) assertChain(pre, post record.Snapshot) {
	o.assert("row_count", pre.RowCount == post.RowCount,
		"%d before, %d after", pre.RowCount, post.RowCount)
	o.assert("chain_head_hash", pre.ChainHeadHash == post.ChainHeadHash,
		"%s before, %s after", orNone(pre.ChainHeadHash), orNone(post.ChainHeadHash))
	o.assert("first_break_id", post.IsWhole(), "%s", breakText(post))
	o.assert("verifier_walked", post.VerifierWalked == pre.RowCount,
		"%d rows before, %d walked after", pre.RowCount, post.VerifierWalked)
}

// assertSource says whether what was dumped was sound in itself.
func (o *Outcome) assertSource(pre record.Snapshot) {
	o.assert("source_chain", pre.IsWhole() && pre.VerifierWalked == pre.RowCount,
		"%s; %d rows, %d walked", breakText(pre), pre.RowCount, pre.VerifierWalked)
}

// assertHashes says what this program's own hashing of every payload found.
func (o *Outcome) assertHashes(name string, r *record.Record) {
	if !r.HasPayload {
		return
	}
	if r.FirstFault == nil {
		o.assert(name, true, "every row_hash is the SHA-256 of its payload")
		return
	}
	f := r.FirstFault
	o.assert(name, false, "position %d (%s): row_hash is %s, the payload's SHA-256 is %s; %d such rows",
		f.Position, f.Key, f.Got, f.Want, r.Faults)
}

// compareRecords checks that every result is the same on both sides. Definitions that differ are printed again before they
// are judged.
func (o *Outcome) compareRecords(ctx context.Context, prefix string, older, newer *record.Record, again *reprinter) error {
	was, is := older.Side(sideNames["before"]), newer.Side(sideNames["after"])
	for i, before := range older.Results {
		difference, err := record.Compare(before.Query, was, is)
		if err != nil {
			return fmt.Errorf("could not compare %s: %w", before.Query, err)
		}
		c := resultCheck(prefix+before.Query, difference, before.Rows, newer.Results[i].Rows)
		err = o.explain(&c, before.Query, func(keys int) (*record.Changes, error) {
			return record.ChangesOf(before.Query, was, is, keys, o.keptChanges(before.Query))
		})
		if err != nil {
			return err
		}
		if c.Verdict == Fail && again != nil && o.suite.Reprint(before.Query) != nil {
			digest, err := older.Digest(before, true)
			if err != nil {
				return err
			}
			if err := o.compareAgain(ctx, &c, prefix, digest, newer, again); err != nil {
				return err
			}
		}
		o.expect(&c, before.Query)
		o.check(c)
	}
	return nil
}

// sideNames are what the two records are called in diffs.
var sideNames = map[string]string{"before": "before the dump", "after": "after the restore"}

func resultCheck(name string, difference *record.Difference, rowsBefore, rowsAfter int64) Check {
	c := Check{Name: name, Verdict: Pass, Detail: "the same in every byte", RowsBefore: rowsBefore, RowsAfter: rowsAfter, Difference: difference}
	if difference != nil {
		c.Verdict = Fail
		c.Detail = fmt.Sprintf("differs at position %d (%s): %s", difference.Position, difference.Row, difference.What)
	}
	return c
}

// explain adds to a check that failed what it is about and all the rows that differ. find is asked
// for them with the number of columns that name a row.
func (o *Outcome) explain(c *Check, query string, find func(keys int) (*record.Changes, error)) (err error) {
	f := o.suite.File(query)
	if c.Verdict == Pass || f == nil {
		return nil
	}
	c.Class, c.Hint = f.About.Class, f.About.Hint
	if c.Changes, err = find(f.About.Keys); err != nil {
		return fmt.Errorf("could not compare %s: %w", query, err)
	}
	if c.Changes != nil && c.Changes.Total() > 0 {
		c.Detail += "; in all " + c.Changes.String()
	}
	if o.masks && !f.About.Keeps {
		c.Difference.Mask()
		c.Changes.Mask()
	}
	return nil
}

// keptChanges is how many changes of a result are kept: those that are expected, and as many as are shown.
func (o *Outcome) keptChanges(query string) int {
	n := shownChanges
	for _, e := range o.Expected {
		switch {
		case e.Query == query && e.Key == "":
			return record.MaxSorted
		case e.Query == query:
			n++
		}
	}
	return n
}

func breakText(s record.Snapshot) string {
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
