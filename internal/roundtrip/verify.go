package roundtrip

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// VerifyOptions say which chain is walked, and how.
type VerifyOptions struct {
	Suite  *suite.Suite
	Server *cluster.Server
	// Standbys are replicas that walk parts of the chain too; one that cannot is left out, with a note.
	Standbys  []cluster.Options
	Jobs      int            // connections to each server; 0 is as many as it has cores, if it can spare them
	RangeRows int64          // positions in one range; 0 chooses
	AllBreaks bool           // list every break, not only the first
	Rehash    bool           // hash every payload here as well
	Since     *record.Anchor // walk only what comes after it; nil walks all
	Resume    string         // file that an interrupted run leaves and the next one goes on from; "" keeps none
	MaxLoad   int            // pause while more other sessions are active; negative: never
	Wait      time.Duration  // how long a standby may lag behind, and a lock may take
	Folder    string         // for results meanwhile
	Log       func(format string, args ...any)
	OnPhase   func(phase string)
	// OnProgress is told how many of the rows are walked; nil tells nobody.
	OnProgress func(done, total int64)
	// AfterRange is where tests look or do damage: a range is done, so many are, and who did it.
	AfterRange func(done int, where string)
}

// Verify walks the chain of a live database, read-only: in ranges, over several connections that
// share one exported snapshot, and over standbys that have caught up with it. The answer is the
// same as that of one walk over the whole.
func Verify(ctx context.Context, o *VerifyOptions) (*Outcome, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	v := &verification{VerifyOptions: o, outcome: &Outcome{suite: o.Suite}}
	defer v.close()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"prepare", v.prepare}, {"verify", v.walk}} {
		if err := timed(v.outcome, step.name, o.OnPhase, func() error { return step.do(ctx) }); err != nil {
			return nil, err
		}
		if v.isLost {
			return v.outcome, nil
		}
	}
	return v.outcome, v.conclude()
}

func (o *VerifyOptions) validate() error {
	for _, needed := range []struct {
		name, so string
		isAsked  bool
	}{
		{"snapshot", "nothing to verify with", true}, {"verify_chain", "nothing to verify with", true},
		{"canonical_payload", "nothing to rehash", o.Rehash}, {"chain_breaks", "nothing to list all breaks with", o.AllBreaks},
	} {
		if needed.isAsked && o.Suite.File(needed.name) == nil {
			return fmt.Errorf("%w: %s has no %s.sql, so there is %s", suite.ErrInvalid, o.Suite.Name, needed.name, needed.so)
		}
	}
	return nil
}

// A verification is one run of Verify.
type verification struct {
	*VerifyOptions
	outcome *Outcome
	lead    *walker // holds the snapshot that all share
	state   *state  // what is asked, and what is answered already
	// mayBound says whether the end of the chain is a position: its head stands where the number of
	// rows puts it. In a damaged chain it may not; then the last range is open.
	mayBound bool
	isLost   bool // the anchor is: there is nothing to walk from

	mu   sync.Mutex // over notes and pids, which several connections add to
	pids []int32    // of this run's own sessions
}

// prepare fixes the snapshot and the bounds, and cuts the chain.
func (v *verification) prepare(ctx context.Context) (err error) {
	if v.lead, err = v.welcome(ctx, v.Server); err != nil {
		return err
	}
	if err := v.lead.begin(ctx, ""); err != nil {
		return err
	}
	v.state = &state{FormatVersion: stateVersion, Suite: v.Suite.Name, SuiteSHA256: v.Suite.SHA256(), AllBreaks: v.AllBreaks, Rehash: v.Rehash,
		SystemIdentifier: v.lead.about.SystemIdentifier, Database: v.lead.about.Database}
	if v.Since != nil {
		v.state.Since = *v.Since
		if err := v.requireAnchor(ctx, *v.Since, "the anchor"); err != nil || v.isLost {
			return err
		}
	}
	if earlier, err := v.earlier(); err != nil || earlier != nil {
		return v.goOn(ctx, earlier, err)
	}
	return v.cut(ctx)
}

// cut takes the snapshot of the chain and cuts it into ranges.
func (v *verification) cut(ctx context.Context) error {
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
	if !v.Suite.File("verify_chain").TakesRange() {
		s.Parts = []part{{}}
		v.note("verify_chain.sql of %s does not honour pgroundtrip.after_pos and pgroundtrip.upto_pos: the chain was walked whole, over one connection", v.Suite.Name)
		return nil
	}
	if s.RowCount > s.Since.RowCount && (len(v.Standbys) > 0 || v.Resume != "") {
		if v.mayBound, err = v.stands(ctx, record.Anchor{RowCount: s.RowCount, HeadHash: s.HeadHash}); err != nil {
			return err
		}
	}
	s.Parts = cutRange(s.Since.RowCount, s.RowCount, v.rangeRows(), v.Since == nil, !v.mayBound)
	return nil
}

// rangeRows is the size of a range: small enough for every connection to get several, large enough
// to be worth a statement.
func (v *verification) rangeRows() int64 {
	const least, most, each = 5_000, 100_000, 4
	if v.RangeRows > 0 {
		return v.RangeRows
	}
	rows := v.state.RowCount - v.state.Since.RowCount
	return min(most, max(least, rows/int64(each*v.jobs(v.lead.about)*(1+len(v.Standbys)))))
}

// jobs is how many connections a server is asked for. A machine that is ours to count has as many
// cores as we see; of another one it is known how many processes the DBA gives to one query. Half of
// the connections that are free stay free.
func (v *verification) jobs(about guest) int {
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
func (v *verification) snapshotOf(ctx context.Context, after, upto string) (*record.Snapshot, error) {
	r, err := v.lead.take(ctx, part{After: after, Upto: upto}, []*suite.File{v.Suite.File("snapshot")}, filepath.Join(v.Folder, "snapshot"))
	if err != nil {
		return nil, v.lead.explain(err)
	}
	return &r.Snapshot, nil
}

// stands says whether the row is in the chain, at its position and with its hash.
func (v *verification) stands(ctx context.Context, a record.Anchor) (bool, error) {
	got, err := v.anchorAt(ctx, a)
	return err == nil && got == a, err
}

// anchorAt reads what stands where the anchor should: with fewer rows if nothing does.
func (v *verification) anchorAt(ctx context.Context, a record.Anchor) (record.Anchor, error) {
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
func (v *verification) anchorInPayload(ctx context.Context, a record.Anchor) (record.Anchor, error) {
	f := v.Suite.File("canonical_payload")
	if f == nil {
		return record.Anchor{}, fmt.Errorf("%w: snapshot.sql of %s does not honour pgroundtrip.after_pos and pgroundtrip.upto_pos, and there is no canonical_payload.sql: an anchor cannot be looked up", suite.ErrInvalid, v.Suite.Name)
	}
	r, err := v.lead.take(ctx, part{}, []*suite.File{f}, filepath.Join(v.Folder, "anchor"))
	if err != nil {
		return record.Anchor{}, err
	}
	hash, err := r.ValueAt(f.Name, a.RowCount-1, "row_hash")
	if err != nil {
		return record.Anchor{}, err
	}
	if hash == "" {
		return record.Anchor{RowCount: min(r.Results[0].Rows, a.RowCount-1)}, os.RemoveAll(r.Dir)
	}
	return record.Anchor{RowCount: a.RowCount, HeadHash: hash}, os.RemoveAll(r.Dir)
}

// requireAnchor adds the check that the row is still there as it was filed away.
func (v *verification) requireAnchor(ctx context.Context, a record.Anchor, what string) error {
	got, err := v.anchorAt(ctx, a)
	if err != nil {
		return err
	}
	position := a.RowCount - 1
	switch {
	case got.RowCount != a.RowCount:
		v.outcome.assert("anchor", false, "%s is missing: no row at position %d, where one with the hash %s was", what, position, a.HeadHash)
	case got.HeadHash != a.HeadHash:
		v.outcome.assert("anchor", false, "%s was changed: the row at position %d has the hash %s, it was %s", what, position, orNone(got.HeadHash), a.HeadHash)
	default:
		v.outcome.assert("anchor", true, "%s still stands: position %d, hash %s", what, position, a.HeadHash)
		return nil
	}
	v.isLost = true
	v.outcome.Pre = &record.Snapshot{Phase: "verify", RowCount: got.RowCount, ChainHeadHash: got.HeadHash, FirstBreakPos: position,
		FirstBreakReason: "anchor: " + v.outcome.Checks[len(v.outcome.Checks)-1].Detail}
	return nil
}

// conclude puts the answers for the ranges together.
func (v *verification) conclude() error {
	s := v.state
	all := merge(s.Parts, s.Since.RowCount)
	all.Snapshot.RowCount, all.Snapshot.ChainHeadHash = s.RowCount, s.HeadHash
	o := v.outcome
	o.Pre, o.Breaks = &all.Snapshot, all.Breaks
	if v.AllBreaks && o.Breaks == nil {
		o.Breaks = &Breaks{ByClass: map[string]int64{}, First: []Break{}}
	}
	wanted, since := s.RowCount, ""
	if v.Since != nil && !s.isWhole() {
		wanted -= v.Since.RowCount
		since = fmt.Sprintf(" after position %d", v.Since.RowCount-1)
		v.note("rows up to position %d were not walked: only that the last of them is the one that was filed away was checked", v.Since.RowCount-1)
	}
	o.assert("source_chain", all.Snapshot.IsWhole() && all.Snapshot.VerifierWalked == wanted,
		"%s; %d rows%s, %d walked", breakText(all.Snapshot), wanted, since, all.Snapshot.VerifierWalked)
	if v.Rehash {
		o.assertHashes("payload_hash", &record.Record{HasPayload: true, FirstFault: all.FirstFault, Faults: all.Faults})
	}
	return v.forget()
}

func (v *verification) note(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if note := fmt.Sprintf(format, args...); !slices.Contains(v.outcome.Notes, note) {
		v.outcome.Notes = append(v.outcome.Notes, note)
	}
}

// close ends what is left open; the server forgets the snapshot with its transaction.
func (v *verification) close() {
	if v.lead != nil {
		v.lead.close()
	}
}

// A guest is what guest.sql says of a server.
type guest struct {
	SystemIdentifier  string
	Timeline          int
	Database          string
	InRecovery        bool
	StatementTimeout  string
	LockTimeout       string
	FreeConnections   int
	ProcessesPerQuery int
}

func askGuest(ctx context.Context, conn *pgx.Conn) (guest, error) {
	rows, err := conn.Query(ctx, statement(guestSQL))
	if err != nil {
		return guest{}, fmt.Errorf("could not ask the server about itself: %w", err)
	}
	g, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[guest])
	if err != nil {
		return guest{}, fmt.Errorf("could not ask the server about itself: %w", err)
	}
	return g, nil
}
