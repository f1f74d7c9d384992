package roundtrip

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"pgroundtrip/internal/chain"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

// VerifyOptions of Verify.
type VerifyOptions struct {
	chain.Options
	TreeFile string // where to write the evidence of the Merkle tree; empty: no tree
	OnPhase  func(phase string)
}

// Verify walks the chain of a live database, read-only, in ranges, over several connections that share one exported
// snapshot and over standbys that have caught up with it.
func Verify(ctx context.Context, o *VerifyOptions) (*verdict.Report, error) {
	outcome := &verdict.Report{}
	o.Tree = o.TreeFile != ""
	var walk *chain.Walk
	err := phase.Do(outcome, "prepare", o.OnPhase,
		func() (err error) { walk, err = chain.Open(ctx, &o.Options); return err })
	if err != nil {
		return nil, err
	}
	defer walk.Close()
	outcome.System, outcome.Workload, outcome.Moment = walk.Source()
	if walk.IsLost() {
		judgeAnchors(outcome, walk.Result())
		return outcome, nil
	}
	if err := phase.Do(outcome, "verify", o.OnPhase, func() error { return walk.Run(ctx) }); err != nil {
		return nil, err
	}
	result := walk.Result()
	judgeWalk(outcome, result, o.Rehash)
	if o.Tree {
		if err := judgeTree(outcome, result, o.TreeFile); err != nil {
			return nil, err
		}
	}
	return outcome, walk.Forget()
}

// judgeTree checks the Merkle tree against an earlier one, and writes it to the file path if they agree.
func judgeTree(o *verdict.Report, r *chain.Result, path string) error {
	e := r.Evidence
	if r.TreeFault != nil {
		o.Add(verdict.Check{Name: "tree", Verdict: verdict.Error, Detail: "no tree was made: " + r.TreeFault.Error()})
		return nil
	}
	o.Pre.TreeRoot, o.Pre.TreeEdge = e.Root, e.Edge
	if c := e.Consistency; c != nil {
		if c.Broken != nil {
			o.Assert("tree", false, "the chain does not begin with the %d rows of the earlier tree: %s", c.RowCount, c.Broken)
			return nil
		}
		o.Assert("tree", true, "the chain begins with the %d rows of the earlier tree", c.RowCount)
	}
	var b bytes.Buffer
	if err := json.NewEncoder(record.Graphic{To: &b}).Encode(e); err != nil {
		return err
	}
	if err := safefile.Write(path, b.Bytes(), safefile.Public); err != nil {
		return fmt.Errorf("cannot write the file of -tree: %w", err)
	}
	return nil
}

// judgeAnchors checks that each row filed away earlier is still unchanged. The last missing or changed one becomes
// the break.
func judgeAnchors(o *verdict.Report, r *chain.Result) {
	o.Notes = slices.Concat(o.Notes, r.Notes)
	for _, a := range r.Anchors {
		position := a.Want.RowCount - 1
		switch {
		case a.Holds():
			o.Assert("anchor", true, "%s is still there: position %d, hash %s", a.What, position, a.Want.HeadHash)
			continue
		case a.Got.RowCount != a.Want.RowCount:
			o.Assert("anchor", false, "%s is missing: no row at position %d, where one with the hash %s was", a.What, position,
				a.Want.HeadHash)
		default:
			o.Assert("anchor", false, "%s was changed: the row at position %d has the hash %s, it was %s", a.What, position,
				cmp.Or(a.Got.HeadHash, "none"), a.Want.HeadHash)
		}
		o.Pre = &record.Snapshot{Phase: "verify", RowCount: a.Got.RowCount, ChainHeadHash: a.Got.HeadHash,
			FirstBreakPos:    position,
			FirstBreakReason: "anchor: " + o.Checks[len(o.Checks)-1].Detail}
	}
}

// judgeWalk checks the result of a complete walk.
func judgeWalk(o *verdict.Report, r *chain.Result, isRehashed bool) {
	judgeAnchors(o, r)
	o.Pre, o.Breaks, o.Resumed = &r.Snapshot, r.Breaks, r.Resumed
	since := ""
	if r.Since > 0 {
		since = fmt.Sprintf(" after position %d", r.Since-1)
		o.Notes = append(o.Notes, fmt.Sprintf("rows up to position %d were not walked: only that the last of them is the "+
			"one that was filed away was checked", r.Since-1))
	}
	wanted := r.Snapshot.RowCount - r.Since
	o.Assert("source_chain", r.Snapshot.IsWhole() && r.Snapshot.VerifierWalked == wanted,
		"%s; %d rows%s, %d walked", verdict.BreakText(r.Snapshot), wanted, since, r.Snapshot.VerifierWalked)
	if isRehashed {
		o.JudgePayload("payload_hash", &record.Payload{First: r.FirstFault, Faults: r.Faults})
	}
}
