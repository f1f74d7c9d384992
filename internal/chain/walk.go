// Package chain hides that a chain is walked in pieces: in ranges, over several connections that share one exported
// snapshot, over standbys that have caught up with it, and on from where an interrupted run stopped. The answer is
// the same as that of one walk over the whole.
package chain

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/merkle"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/resume"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

// Options say which chain is walked, and how.
type Options struct {
	Suite  *suite.Suite
	Server *cluster.Server
	// Standbys are replicas that walk ranges too; one that cannot is left out, with a note.
	Standbys  []cluster.Options
	Jobs      int            // connections to each server; 0 chooses, see Walk.jobs
	RangeRows int64          // positions in one range; 0 chooses
	AllBreaks bool           // list every break, not only the first
	Rehash    bool           // hash every payload here as well
	Tree      bool           // make the Merkle tree over the row hashes of the whole chain
	Prove     string         // a key of a row, whose place in the tree is proven; "" proves none
	Extends   *record.Anchor // an earlier tree, by its rows and its root: the chain must begin with it; nil is none
	Since     *record.Anchor // walk only what comes after it; nil walks all
	SinceOf   record.Source  // the database that Since is of, as far as the evidence names it
	Resume    string         // file in which an interrupted run keeps its answers; "" keeps none
	MaxLoad   int            // pause while more other sessions are active; negative: never
	Wait      time.Duration  // how long a standby may lag, and a lock may take
	Log       func(format string, args ...any)
	// OnProgress is called with how many of the rows are walked; it may be nil.
	OnProgress func(done, total int64)
	// AfterRange is called when a range is done, with how many are done and the server that did it; nil calls no one.
	AfterRange func(done int, where string)
}

// A Walk is one walk over the chain of a live database, read-only. Close must be called.
type Walk struct {
	*Options
	lead  *walker      // holds the snapshot that all share
	state *state       // the question, and the answers so far
	file  *resume.File // where they are kept; nil keeps nothing
	// mayBound is true where the head of the chain is at the position that the number of rows gives it. In a damaged
	// chain it may not be: then the last range is open.
	mayBound bool
	anchors  []AnchorCheck
	claimed  map[int]*answer // of an interrupted run, which are found anew, by range
	evidence *Evidence       // what the tree is to show; nil without one
	proofs   []*merkle.Proof // of evidence, whose nodes every range looks for
	resumed  int             // how many of its answers were taken over

	mu    sync.Mutex // over notes and pids, which several connections add to
	notes []string
	pids  []int32 // of this run's own sessions
}

// An AnchorCheck is a row that was filed away, and what is at its position now: fewer rows where there is none.
type AnchorCheck struct {
	What      string // "the anchor"
	Want, Got record.Anchor
}

// Holds reports whether the row is still as it was filed away.
func (a AnchorCheck) Holds() bool { return a.Got == a.Want }

// A Result is what a walk found.
type Result struct {
	Snapshot record.Snapshot
	Since    int64 // rows that were not walked, because only what comes after an anchor was asked for
	Breaks   *record.Breaks
	// FirstFault and Faults are the rows whose row_hash is not the SHA-256 of their payload; with Rehash only.
	FirstFault *record.HashFault
	Faults     int64
	Anchors    []AnchorCheck
	Notes      []string
	Resumed    int // ranges whose answers an interrupted run left
	Evidence   *Evidence
	TreeFault  error // why the chain has no tree although one was wanted
}

// Open fixes the snapshot and the bounds, looks the anchors up and cuts the chain into ranges. Where an anchor is lost
// (IsLost) there is nothing to run.
func Open(ctx context.Context, o *Options) (*Walk, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	v := &Walk{Options: o}
	if err := v.prepare(ctx); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// Source is which database is walked: the identifier of its server, and its name.
func (v *Walk) Source() (systemIdentifier, database string) {
	return v.lead.about.SystemIdentifier, v.lead.about.Database
}

func (o *Options) validate() error {
	for _, needed := range []struct {
		name, so string
		isAsked  bool
	}{
		{"snapshot", "nothing to verify with", true}, {"verify_chain", "nothing to verify with", true},
		{"canonical_payload", "nothing to rehash", o.Rehash},
		{"canonical_payload", "nothing to look for " + o.Prove + " in", o.Prove != ""}, {"chain_breaks",
			"nothing to list all breaks with", o.AllBreaks},
	} {
		if needed.isAsked && o.Suite.File(needed.name) == nil {
			return fmt.Errorf("%w: %s has no %s.sql, so there is %s", suite.ErrInvalid, o.Suite.Name, needed.name, needed.so)
		}
	}
	if o.Tree && !o.Suite.File("verify_chain").TakesTree() {
		return fmt.Errorf("%w: verify_chain.sql of %s does not honour pgroundtrip.row_hashes, so there is nothing to make "+
			"a tree of",
			suite.ErrInvalid, o.Suite.Name)
	}
	return nil
}

// requireOwn refuses evidence of another database: it could prove nothing about this one.
func (v *Walk) requireOwn(s record.Source) error {
	about := v.lead.about
	if s.SystemIdentifier == "" || s.SystemIdentifier == about.SystemIdentifier && s.Database == about.Database {
		return nil
	}
	return &hint.Error{
		Err: fmt.Errorf("the evidence is of another database: %q of the server %s; this is %q of the server %s",
			s.Database, s.SystemIdentifier, about.Database, about.SystemIdentifier),
		Hint: "name the database that the evidence is of; after an upgrade or a move, compare the two once, and walk the " +
			"whole chain without -since",
	}
}

// prepare fixes the snapshot and the bounds, and cuts the chain.
func (v *Walk) prepare(ctx context.Context) (err error) {
	if v.lead, err = v.open(ctx, v.Server); err != nil {
		return err
	}
	if err := session.Begin(ctx, v.lead.conn, ""); err != nil {
		return err
	}
	v.state = &state{FormatVersion: stateVersion, Suite: v.Suite.Name, SuiteSHA256: v.Suite.SHA256(),
		AllBreaks: v.AllBreaks, Rehash: v.Rehash, Tree: v.Tree,
		SystemIdentifier: v.lead.about.SystemIdentifier, Database: v.lead.about.Database}
	if v.Since != nil {
		if err := v.requireOwn(v.SinceOf); err != nil {
			return err
		}
		v.state.Since = *v.Since
		if holds, err := v.requireAnchor(ctx, *v.Since, "the anchor"); err != nil || !holds {
			return err
		}
	}
	earlier, err := v.earlier()
	switch {
	case err != nil:
		return err
	case earlier != nil:
		return v.resume(ctx, earlier)
	}
	if err := v.cut(ctx); err != nil || !v.Tree {
		return err
	}
	return v.planProofs(ctx)
}

// cut takes the snapshot of the chain and cuts it into ranges.
func (v *Walk) cut(ctx context.Context) error {
	after := ""
	if v.Since != nil {
		after = strconv.FormatInt(v.Since.RowCount-1, 10)
	}
	snapshot, err := v.snapshotOf(ctx, after, "")
	if err != nil {
		return err
	}
	s := v.state
	s.RowCount, s.HeadHash = snapshot.RowCount, snapshot.ChainHeadHash
	for _, f := range v.asked() {
		if !f.TakesRange() {
			s.Spans = []span{{}}
			v.note("%s.sql of %s does not honour pgroundtrip.after_pos and pgroundtrip.upto_pos: the chain was walked whole, "+
				"over one connection", f.Name, v.Suite.Name)
			return nil
		}
	}
	if s.RowCount > s.Since.RowCount && (len(v.Standbys) > 0 || v.Resume != "") {
		if v.mayBound, err = v.stands(ctx, record.Anchor{RowCount: s.RowCount, HeadHash: s.HeadHash}); err != nil {
			return err
		}
	}
	s.Spans = cutRange(s.Since.RowCount, s.RowCount, v.rangeRows(), v.Since == nil, !v.mayBound)
	return nil
}

// asked are the query files that a range is walked with.
func (v *Walk) asked() []*suite.File {
	files := []*suite.File{v.Suite.File("verify_chain")}
	if v.Rehash {
		files = append(files, v.Suite.File("canonical_payload"))
	}
	return files
}

// rangeRows is the size of a range: small enough for every connection to get several, large enough
// to be worth a statement.
func (v *Walk) rangeRows() int64 {
	const least, each = 5_000, 4
	most := int64(100_000)
	if v.Tree { // server and program hold the hashes of a range in memory
		most = 50_000
	}
	if v.RangeRows > 0 {
		return v.RangeRows
	}
	rows := v.state.RowCount - v.state.Since.RowCount
	return min(most, max(least, rows/int64(each*v.jobs(v.lead.about)*(1+len(v.Standbys)))))
}

// jobs is how many connections a server is asked for. A machine that is ours to count has as many
// cores as we see; of another one it is known how many processes the DBA gives to one query. Half of
// the connections that are free stay free.
func (v *Walk) jobs(about session.Limits) int {
	if v.Jobs > 0 {
		return v.Jobs
	}
	wanted := about.ProcessesPerQuery
	if v.Server.IsLocal() {
		wanted = runtime.NumCPU()
	}
	return max(1, min(wanted, about.FreeConnections/2))
}

// snapshotOf takes snapshot.sql over the positions after the one and up to the other; "" is no bound.
func (v *Walk) snapshotOf(ctx context.Context, after, upto string) (*record.Snapshot, error) {
	r, err := v.lead.take(ctx, span{After: after, Upto: upto}, v.Suite.File("snapshot"))
	if err != nil {
		return nil, v.lead.explain(err)
	}
	return r.Chain, nil
}

// stands reports whether the row is in the chain, at its position and with its hash.
func (v *Walk) stands(ctx context.Context, a record.Anchor) (bool, error) {
	got, err := v.anchorAt(ctx, a)
	return err == nil && got == a, err
}

// anchorAt reads what is where the anchor should be: with fewer rows if nothing does.
func (v *Walk) anchorAt(ctx context.Context, a record.Anchor) (record.Anchor, error) {
	if !v.Suite.File("snapshot").TakesRange() {
		return v.anchorInPayload(ctx, a)
	}
	s, err := v.snapshotOf(ctx, strconv.FormatInt(a.RowCount-2, 10), strconv.FormatInt(a.RowCount-1, 10))
	if err != nil {
		return record.Anchor{}, err
	}
	return record.Anchor{RowCount: s.RowCount, HeadHash: s.ChainHeadHash}, nil
}

// anchorInPayload looks for the anchor among all payloads: a suite whose snapshot.sql cannot be asked
// about one position still lists its rows in chain order.
func (v *Walk) anchorInPayload(ctx context.Context, a record.Anchor) (record.Anchor, error) {
	f := v.Suite.File("canonical_payload")
	if f == nil {
		return record.Anchor{}, fmt.Errorf("%w: snapshot.sql of %s does not honour pgroundtrip.after_pos and "+
			"pgroundtrip.upto_pos, and there is no canonical_payload.sql: an anchor cannot be looked up", suite.ErrInvalid, v.Suite.Name)
	}
	var hash string
	var rows int64
	err := v.lead.within(ctx, span{}, func() (err error) {
		rows, err = record.EachRow(ctx, v.lead.conn.PgConn(), f, func(position int64, values []string) error {
			if position == a.RowCount-1 {
				hash = values[len(values)-1]
			}
			return nil
		})
		return err
	})
	if err != nil || hash == "" {
		return record.Anchor{RowCount: min(rows, a.RowCount-1)}, err
	}
	return record.Anchor{RowCount: a.RowCount, HeadHash: hash}, nil
}

// requireAnchor looks a row that was filed away up, and reports whether it still holds.
func (v *Walk) requireAnchor(ctx context.Context, a record.Anchor, what string) (holds bool, err error) {
	got, err := v.anchorAt(ctx, a)
	if err != nil {
		return false, err
	}
	check := AnchorCheck{what, a, got}
	v.anchors = append(v.anchors, check)
	return check.Holds(), nil
}

// IsLost reports whether an anchor is gone or changed: there is nothing to walk from.
func (v *Walk) IsLost() bool {
	return slices.ContainsFunc(v.anchors, func(a AnchorCheck) bool { return !a.Holds() })
}

// Result puts the answers for the ranges together. Requires that Run has ended without an error, or a lost anchor.
func (v *Walk) Result() *Result {
	r := &Result{Anchors: v.anchors, Resumed: v.resumed}
	if !v.IsLost() {
		s := v.state
		all := merge(s.Spans, s.Since.RowCount)
		all.Snapshot.RowCount, all.Snapshot.ChainHeadHash = s.RowCount, s.HeadHash
		r.Snapshot, r.Breaks, r.FirstFault, r.Faults = all.Snapshot, all.Breaks, all.FirstFault, all.Faults
		if v.AllBreaks && r.Breaks == nil {
			r.Breaks = newBreaks()
		}
		if v.Since != nil && !s.isWhole() {
			r.Since = v.Since.RowCount
		}
		if v.Tree {
			r.Evidence, r.TreeFault = v.conclude(all)
		}
	}
	r.Notes = v.notes
	return r
}

func (v *Walk) note(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if note := fmt.Sprintf(format, args...); !slices.Contains(v.notes, note) {
		v.notes = append(v.notes, note)
	}
}

// Close ends the walk's connections; the server forgets the snapshot with its transaction.
func (v *Walk) Close() {
	if v.lead != nil {
		v.lead.close()
	}
}
