package roundtrip

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/lost"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/probe"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/rowdiff"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// A Side is one side of a comparison: a record that was read from a file, or a server to record now.
type Side struct {
	Name   string // for people
	Record *record.Record
	Server *cluster.Server // nil if the record was read from a file
}

// CompareOptions say what to compare, and which differences to accept.
type CompareOptions struct {
	Suite      *suite.Suite // used for sides that are servers
	A, B       Side
	Expected   []record.Expectation // differences that the user declared
	Recheck    time.Duration        // how long to recheck rows in motion, if both sides are servers
	ShowValues bool
	Tool       string
	Jobs       int           // connections per server
	Timeout    time.Duration // for each wait for a lock
	OnPhase    func(phase string)
	OnProgress func(done, total int64) // bytes read from live databases; may be nil
	Log        func(format string, args ...any)
}

// Compare compares two records. A side that is a server is recorded now, read-only. Two records from files need
// neither a server nor a suite.
func Compare(ctx context.Context, o *CompareOptions) (*verdict.Report, error) {
	c := &comparison{CompareOptions: o, report: &verdict.Report{}}
	if isSame, err := c.checkMoments(ctx); err != nil || !isSame {
		return c.report, err
	}
	if err := phase.Do(c.report, "record", o.OnPhase, func() error { return c.takeRecords(ctx) }); err != nil {
		return nil, err
	}
	err := phase.Do(c.report, "compare", o.OnPhase, func() error { return c.compare(ctx) })
	return c.report, err
}

// comparison is one running comparison.
type comparison struct {
	*CompareOptions
	report *verdict.Report
}

// checkMoments checks the moment of a server before its record is taken, since that can take hours. If it is not the
// exact moment of the record on the other side, it adds the reason to the report and returns false.
func (c *comparison) checkMoments(ctx context.Context) (isSame bool, err error) {
	for _, sides := range [][2]*Side{{&c.A, &c.B}, {&c.B, &c.A}} {
		side, other := sides[0], sides[1]
		if side.Server == nil || other.Record == nil {
			continue
		}
		conn, err := side.begin(ctx, c.Suite)
		if err != nil {
			return false, err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		side.Record = &record.Record{}
		if side.Record.Source, side.Record.Moment, err = origin.Describe(ctx, conn); err != nil {
			return false, err
		}
		c.report.Workload = c.A.Record.Source.Database
		var early verdict.Report // thrown away: the moments are compared again with the complete record
		if !early.CompareMoments(c.A.Record, c.B.Record) {
			c.report.Checks = early.Checks
			return false, nil
		}
	}
	return true, nil
}

// takeRecords takes the records of the sides that are servers, at the same time, so that both show the same moment.
func (c *comparison) takeRecords(ctx context.Context) error {
	live := 0
	for _, side := range []Side{c.A, c.B} {
		if side.Server != nil {
			live++
		}
	}
	tell := progress.Together(live, c.OnProgress)
	var all []func(context.Context) error
	for _, sides := range [][2]*Side{{&c.A, &c.B}, {&c.B, &c.A}} {
		if side, other := sides[0], sides[1]; side.Server != nil {
			asked := c.Suite
			if other.Server == nil { // only the query files that the other side has a result of
				asked = c.Suite.WithCluster().Only(other.Record.Has)
			}
			if len(asked.Queries()) == 0 {
				return hint.With(fmt.Errorf("%s has no result of any query file of %s", other.Name, c.Suite.Name),
					"it was made with the suite "+other.Record.Suite+": name its folder with -sql")
			}
			told := tell[len(all)]
			all = append(all, func(ctx context.Context) error { return c.takeRecord(ctx, side, asked, told) })
		}
	}
	return crew.Alongside(ctx, all...)
}

func (c *comparison) takeRecord(ctx context.Context, side *Side, asked *suite.Suite,
	tell func(done, total int64)) error {
	_, taken, err := Record(ctx, &RecordOptions{Suite: asked, Server: side.Server, Tool: c.Tool, Timeout: c.Timeout,
		Log: c.Log, OnProgress: tell, Jobs: c.Jobs})
	if err != nil {
		return fmt.Errorf("%s: %w", side.Name, err)
	}
	side.Record = taken
	return nil
}

func (c *comparison) compare(ctx context.Context) error {
	a, b, r := c.A.Record, c.B.Record, c.report
	r.Workload = cmp.Or(a.Source.Database, c.A.Name)
	c.A.Record, c.B.Record = a.Beside(b), b.Beside(a)
	a, b = c.A.Record, c.B.Record
	r.NotCovered = c.notCovered()
	for _, result := range a.Results {
		if refused := b.Refused(a, result.Query); len(refused) > 0 {
			r.Add(verdict.Check{Name: "rights/" + result.Query, Verdict: verdict.Error,
				Detail: "B's server refuses to read what A has: " + hint.List(record.Parts(refused)),
				Hint:   "a right, or a library of an extension, is missing there: NOT COVERED has the reason"})
		}
	}
	if !r.CompareMoments(a, b) {
		return nil
	}
	r.Expected = slices.Concat(c.Expected, c.lostInACopy())
	for _, e := range c.Expected {
		if e.Key != "" && !a.Has(e.Query) {
			r.Note("expected to be lost, but A has no result of %s: %s (%s)", e.Query, e.Key, e.Reason)
		}
	}
	for _, unsealed := range []string{a.Unsealed, b.Unsealed} {
		if unsealed != "" {
			r.Note("there is no %s: whether the record is as it was written is not known", unsealed)
		}
	}
	if err := r.Compare(a, b, c.options()); err != nil {
		return err
	}
	if err := c.recheck(ctx); err != nil {
		return err
	}
	// Not earlier: rows that arrived during the recheck are in the chain too.
	r.Pre, r.Post = a.Chain, b.Chain
	if a.Chain != nil && b.Chain != nil {
		r.CompareChains(*a.Chain, *b.Chain)
	}
	r.JudgePayload("payload_hash", a.Payload)
	r.JudgePayload("payload_hash/after", b.Payload)
	if err := c.judgeCopy(ctx); err != nil {
		return err
	}
	return rowdiff.Explain(r, a, c.ShowValues, func(schema, table string) (verdict.TableRows, error) {
		changes, err := rowdiff.Compare(ctx, c.A.rows(c.Suite), c.B.rows(c.Suite), schema, table)
		return verdict.TableRows{Against: c.A.Name, Changes: changes}, err
	})
}

// judgeCopy checks that side B, if it is a server, is consistent in itself.
func (c *comparison) judgeCopy(ctx context.Context) error {
	if a, b := c.A.Record.Source.CollationActual, c.B.Record.Source.CollationActual; a != "" && b != "" && a != b {
		c.report.Note("text is in the order of collation version %s in A, and of %s in B: indexes that were not built there "+
			"can be wrong: reindex database, then alter database ... refresh collation version", a, b)
	}
	if c.B.Server == nil {
		return nil
	}
	conn, err := c.B.begin(ctx, c.Suite)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "rollback"); err != nil {
		return err
	}
	return probe.Run(ctx, c.report, conn, c.Suite.Intact(false), false)
}

func (c *comparison) options() *verdict.Options {
	return &verdict.Options{Prefix: "record/", OldName: "in A", NewName: "in B", Masks: !c.ShowValues, Strict: true,
		Spelled: true}
}

// notCovered lists what only one side, or neither, has looked at.
func (c *comparison) notCovered() []string {
	a, b := c.A.Record, c.B.Record
	all := slices.Concat(a.NotCovered, a.Unanswered(nil))
	for _, result := range b.Results {
		if !a.Has(result.Query) {
			all = append(all, fmt.Sprintf("%s.sql (%s has no result of it)", result.Query, c.A.Name))
		}
	}
	for _, result := range a.Results {
		for _, blocks := range record.Blocks(slices.Concat(a.Refused(b, result.Query), b.Refused(a, result.Query))) {
			all = append(all, blocks+" (one side may not read all of them)")
		}
	}
	for _, entry := range b.NotCovered {
		isNamed := func(other string) bool { return other == entry || strings.HasPrefix(other, entry+" (") }
		if !slices.ContainsFunc(all, isNamed) {
			all = append(all, entry)
		}
	}
	return append([]string{}, all...)
}

// lostInACopy lists what a copy lacks that was made by pg_dump, or by another tool that copies rows and definitions.
// A copy with the same system identifier was made from files and WAL: it lacks only what WAL does not carry.
func (c *comparison) lostInACopy() []record.Expectation {
	a, b := c.A.Record, c.B.Record
	if a.IsSameCluster(b) {
		return verdict.LostInWAL(a, b)
	}
	major, err := strconv.Atoi(b.Server[:len(b.Server)-len(strings.TrimLeft(b.Server, "0123456789"))])
	if err != nil { // goldens name no server
		return nil
	}
	lost := slices.DeleteFunc(lost.OnMajor(a.Expected, major),
		func(e record.Expectation) bool { return e.Query == "" || e.Copy != "" })
	for i := range lost {
		lost[i].Quiet = true
	}
	return lost
}

// begin connects and begins a read-only transaction with the suite's settings.
func (s *Side) begin(ctx context.Context, su *suite.Suite) (*pgx.Conn, error) {
	return session.Open(ctx, s.Server.Connect, su, session.DefaultRows)
}

// rows returns where to read the rows of tables.
func (s *Side) rows(su *suite.Suite) rowdiff.Side {
	side := rowdiff.Side{Record: s.Record}
	if s.Server != nil {
		side.Open = func(ctx context.Context) (*pgx.Conn, error) { return s.begin(ctx, su) }
	}
	return side
}
