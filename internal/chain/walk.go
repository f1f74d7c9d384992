// Package chain walks a chain in pieces: in ranges, over several connections that share one exported snapshot, over
// standbys that have caught up with it, and continuing where an interrupted run stopped. The answer is that of one
// walk over the whole chain.
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
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/resume"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

// Options say which chain to walk, and how.
type Options struct {
	Suite  *suite.Suite
	Server *cluster.Server
	// Standbys walk ranges too; one that cannot is left out, with a note.
	Standbys  []cluster.Options
	Jobs      int            // connections per server; 0 chooses, see Walk.jobs
	RangeRows int64          // positions per range; 0 chooses
	AllBreaks bool           // list every break, not only the first
	Rehash    bool           // hash every payload here as well
	Tree      bool           // make the Merkle tree over the row hashes of the whole chain
	Prove     string         // key of a row to prove the place of in the tree; empty: none
	Extends   *record.Anchor // an earlier tree, by rows and root, that the chain must begin with; may be nil
	Since     *record.Anchor // walk only what comes after it; nil walks the whole chain
	SinceOf   record.Source  // the database that Since belongs to, as far as known
	SinceEdge string         // with Tree: the Edge of the tree over the rows up to Since
	Resume    string         // file for the answers of an interrupted run; empty: none
	MaxLoad   int            // pause while more other sessions are active; negative: never
	Wait      time.Duration  // bound for a lagging standby, and for a lock
	Log       func(format string, args ...any)
	// OnProgress is called with the number of rows walked; may be nil.
	OnProgress func(done, total int64)
	// AfterRange is called after each range with the number of ranges done and the server that walked it; may be nil.
	AfterRange func(done int, where string)
}

// A Walk is one read-only walk over the chain of a live database. Close must be called.
type Walk struct {
	*Options
	lead   *walker       // holds the snapshot that all share
	moment record.Moment // of the snapshot
	state  *state        // what is asked, and the answers so far
	file   *resume.File  // where the answers are stored; may be nil
	// mayBound is true if the head of the chain is at the position that the number of rows implies. In a damaged
	// chain it may not be: then the last range stays open.
	mayBound bool
	anchors  []AnchorCheck
	claimed  map[int]*answer // answers of an interrupted run that are rechecked, by range
	evidence *Evidence       // nil unless a tree is wanted
	proofs   []*merkle.Proof // of evidence, whose nodes every range collects
	resumed  int             // number of answers reused from the file

	mu    sync.Mutex // guards notes and pids
	notes []string
	pids  []int32 // backends of this run's own sessions
}

// An AnchorCheck is a row that was filed away, and what is at its position now (fewer rows if nothing is).
type AnchorCheck struct {
	What      string // "the anchor"
	Want, Got record.Anchor
}

// Holds reports whether the row is unchanged.
func (a AnchorCheck) Holds() bool { return a.Got == a.Want }

// A Result is the outcome of a walk.
type Result struct {
	Snapshot record.Snapshot
	Since    int64 // rows not walked, because they precede the anchor of -since
	Breaks   *record.Breaks
	// FirstFault and Faults are rows whose row_hash is not the SHA-256 of their payload; only with Rehash.
	FirstFault *record.HashFault
	Faults     int64
	Anchors    []AnchorCheck
	Notes      []string
	Resumed    int // ranges whose answers came from an interrupted run
	Evidence   *Evidence
	TreeFault  error // why there is no tree although one was wanted
}

// Open takes the snapshot, looks up the anchors and cuts the chain into ranges. If an anchor is lost (IsLost), there
// is nothing to run.
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

// Source returns the system identifier of the server, the name of the database, and the moment of the snapshot.
func (v *Walk) Source() (systemIdentifier, database string, at *record.Moment) {
	return v.lead.about.SystemIdentifier, v.lead.about.Database, &v.moment
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

// requireOwn refuses evidence of another database, which would prove nothing about this one.
func (v *Walk) requireOwn(s record.Source) error {
	about := v.lead.about
	if s.SystemIdentifier == "" || s.SystemIdentifier == about.SystemIdentifier && s.Database == about.Database {
		return nil
	}
	return hint.With(fmt.Errorf("the evidence is of another database: %q of the server %s; this is %q of the server %s",
		s.Database, s.SystemIdentifier, about.Database, about.SystemIdentifier),
		"name the database that the evidence is of; after an upgrade or a move, compare the two once, and walk the whole "+
			"chain without -since")
}

// prepare takes the snapshot and cuts the chain into ranges.
func (v *Walk) prepare(ctx context.Context) (err error) {
	if v.lead, err = v.open(ctx, v.Server); err != nil {
		return err
	}
	if err := session.Begin(ctx, v.lead.conn, ""); err != nil {
		return err
	}
	if v.moment, err = moment.Read(ctx, v.lead.conn); err != nil {
		return v.lead.explain(err)
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

// cut reads the state of the chain and cuts it into ranges.
func (v *Walk) cut(ctx context.Context) error {
	snapshot, err := v.present(ctx)
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
		if v.mayBound, err = v.isUnchanged(ctx, record.Anchor{RowCount: s.RowCount, HeadHash: s.HeadHash}); err != nil {
			return err
		}
	}
	s.Spans = cutRange(s.Since.RowCount, s.RowCount, v.rangeRows(), v.Since == nil, !v.mayBound)
	return nil
}

// asked returns the query files that walk a range.
func (v *Walk) asked() []*suite.File {
	files := []*suite.File{v.Suite.File("verify_chain")}
	if v.Rehash {
		files = append(files, v.Suite.File("canonical_payload"))
	}
	return files
}

// rangeRows returns the size of a range: small enough that every connection gets several, large enough to be worth a
// statement.
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

// jobs returns the number of connections per server. Default: the cores of a local server,
// max_parallel_workers_per_gather + 1 on a remote one; never more than half of the free connections.
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

// present returns the state of the chain, without the rows up to the anchor of -since.
func (v *Walk) present(ctx context.Context) (*record.Snapshot, error) {
	after := ""
	if v.Since != nil {
		after = strconv.FormatInt(v.Since.RowCount-1, 10)
	}
	return v.snapshotOf(ctx, after, "")
}

// snapshotOf runs snapshot.sql over the positions after after, up to upto; empty: no bound.
func (v *Walk) snapshotOf(ctx context.Context, after, upto string) (*record.Snapshot, error) {
	r, err := v.lead.take(ctx, span{After: after, Upto: upto}, v.Suite.File("snapshot"))
	if err != nil {
		return nil, v.lead.explain(err)
	}
	return r.Chain, nil
}

// isUnchanged reports whether the anchor's row is in the chain, at its position and with its hash.
func (v *Walk) isUnchanged(ctx context.Context, a record.Anchor) (bool, error) {
	got, err := v.anchorAt(ctx, a)
	return err == nil && got == a, err
}

// anchorAt reads what is at the position of the anchor, with fewer rows if nothing is.
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

// anchorInPayload searches all payloads for the anchor, for a suite whose snapshot.sql takes no positions but whose
// payloads are in chain order.
func (v *Walk) anchorInPayload(ctx context.Context, a record.Anchor) (record.Anchor, error) {
	f := v.Suite.File("canonical_payload")
	if f == nil {
		return record.Anchor{}, fmt.Errorf("%w: snapshot.sql of %s does not honour pgroundtrip.after_pos and "+
			"pgroundtrip.upto_pos, and there is no canonical_payload.sql: an anchor cannot be looked up", suite.ErrInvalid,
			v.Suite.Name)
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

// requireAnchor looks up a row that was filed away, and reports whether it is unchanged.
func (v *Walk) requireAnchor(ctx context.Context, a record.Anchor, what string) (holds bool, err error) {
	got, err := v.anchorAt(ctx, a)
	if err != nil {
		return false, err
	}
	check := AnchorCheck{what, a, got}
	v.anchors = append(v.anchors, check)
	return check.Holds(), nil
}

// IsLost reports whether an anchor is missing or changed, so that there is nothing to walk from.
func (v *Walk) IsLost() bool {
	return slices.ContainsFunc(v.anchors, func(a AnchorCheck) bool { return !a.Holds() })
}

// Result joins the answers of all ranges. Requires that Run has ended without an error, or that an anchor is lost.
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

// Close closes the walk's connections; the exported snapshot ends with its transaction.
func (v *Walk) Close() {
	if v.lead != nil {
		v.lead.close()
	}
}
