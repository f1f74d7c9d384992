package chain

import (
	"strconv"

	"pgroundtrip/internal/merkle"
	"pgroundtrip/internal/record"
)

// A span is a range of positions in the chain, with its answer.
type span struct {
	First int64 `json:"first"` // its first position
	// After and Upto are its bounds as the settings pgroundtrip.after_pos and upto_pos; empty: no bound.
	After string `json:"after_pos"`
	Upto  string `json:"upto_pos"`
	// Answer is nil until the range is walked.
	Answer *answer `json:"answer"`
}

// isOpen reports whether the range has no end, so that its rows depend on the snapshot.
func (p span) isOpen() bool { return p.Upto == "" }

// An answer is the result of walking one range, or of several joined.
type answer struct {
	Snapshot   record.Snapshot   `json:"snapshot"`
	Breaks     *record.Breaks    `json:"breaks"`
	FirstFault *record.HashFault `json:"first_fault"`
	Faults     int64             `json:"faults"`
	Tree       *merkle.Tree      `json:"tree,omitempty"` // over the row hashes; nil unless a tree is wanted
}

func newBreaks() *record.Breaks {
	return &record.Breaks{ByClass: map[string]int64{}, First: []record.Break{}}
}

// shownBreaks is how many breaks keep their rows; all are counted.
const shownBreaks = 100

// cutRange cuts the positions [from, to) into ranges of size positions. openStart leaves the first range without a
// lower bound, openEnd the last one without an upper bound: rows with a damaged position are there.
func cutRange(from, to, size int64, openStart, openEnd bool) []span {
	var spans []span
	for first := from; first < to || len(spans) == 0; first += size {
		spans = append(spans, span{First: first, After: strconv.FormatInt(first-1, 10),
			Upto: strconv.FormatInt(min(first+size, to)-1, 10)})
	}
	if openStart {
		spans[0].After = ""
	}
	if openEnd {
		spans[len(spans)-1].Upto = ""
	}
	return spans
}

// halves cuts a span in two at a position inside it. Requires bounds and rows > 1.
func (p span) halves(rows int64) [2]span {
	middle := p.First + rows/2
	return [2]span{
		{First: p.First, After: p.After, Upto: strconv.FormatInt(middle-1, 10)},
		{First: middle, After: strconv.FormatInt(middle-1, 10), Upto: p.Upto},
	}
}

// merge joins the answers of consecutive ranges, the first of which begins at position from. Up to the first break
// every row is at its position. After a break rows may be missing or duplicated, so there the rows walked are
// counted.
func merge(spans []span, from int64) *answer {
	all := &answer{Snapshot: record.Snapshot{Phase: "verify", FirstBreakPos: -1}}
	var trees []*merkle.Tree
	for _, p := range spans {
		a, shift := p.Answer, from+all.Snapshot.VerifierWalked-p.First
		if all.Snapshot.IsWhole() && !a.Snapshot.IsWhole() {
			all.Snapshot.FirstBreakID, all.Snapshot.FirstBreakPos = a.Snapshot.FirstBreakID, a.Snapshot.FirstBreakPos
			all.Snapshot.FirstBreakReason = a.Snapshot.FirstBreakReason
		}
		all.Snapshot.VerifierWalked += a.Snapshot.VerifierWalked
		all.Breaks = addBreaks(all.Breaks, a.Breaks, shift)
		if all.FirstFault == nil && a.FirstFault != nil {
			fault := *a.FirstFault
			fault.Position += p.First + shift
			all.FirstFault = &fault
		}
		all.Faults += a.Faults
		if a.Tree != nil {
			trees = append(trees, a.Tree)
		}
	}
	if len(trees) == len(spans) && all.Snapshot.IsWhole() {
		all.Tree, _ = merkle.Join(trees) // answers with gaps between them have no tree
	}
	return all
}

// addBreaks appends breaks to b, with their positions shifted; either may be nil.
func addBreaks(b, more *record.Breaks, shift int64) *record.Breaks {
	if more == nil {
		return b
	}
	if b == nil {
		b = newBreaks()
	}
	b.Total += more.Total
	for class, n := range more.ByClass {
		b.ByClass[class] += n
	}
	for _, one := range more.First[:min(len(more.First), shownBreaks-len(b.First))] {
		one.Pos += shift
		b.First = append(b.First, one)
	}
	return b
}
