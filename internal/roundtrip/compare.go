package roundtrip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/crew"
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

// A Side is one side of a comparison: a record that was read, or the server whose record is taken now.
type Side struct {
	Name   string // for people
	Record *record.Record
	Server *cluster.Server // nil where the record was read
}

// CompareOptions say what is compared, and what may differ.
type CompareOptions struct {
	Suite      *suite.Suite // asked where a side is a server
	A, B       Side
	Expected   []record.Expectation // what somebody declares to differ
	Recheck    time.Duration        // how long rows in motion are looked at again where both sides are servers
	ShowValues bool
	Tool       string
	Jobs       int           // connections to each server
	Timeout    time.Duration // for each wait for a lock
	OnPhase    func(phase string)
	OnProgress func(done, total int64) // bytes that were read of live databases; it may be nil
	Log        func(format string, args ...any)
}

// Compare compares two records of databases. A side that is a server is recorded now, read-only. Two records that were
// read need no server and no suite.
func Compare(ctx context.Context, o *CompareOptions) (*verdict.Report, error) {
	c := &comparison{CompareOptions: o, report: &verdict.Report{}}
	if isSame, err := c.seeMoment(ctx); err != nil || !isSame {
		return c.report, err
	}
	if err := phase.Do(c.report, "record", o.OnPhase, func() error { return c.takeRecords(ctx) }); err != nil {
		return nil, err
	}
	err := phase.Do(c.report, "compare", o.OnPhase, func() error { return c.compare(ctx) })
	return c.report, err
}

// A comparison is a comparison while it happens.
type comparison struct {
	*CompareOptions
	report *verdict.Report
}

// seeMoment asks a server for its moment before its record is taken, which can take hours: it reports false, and why,
// where that is not the exact moment of the record that it is to be compared with.
func (c *comparison) seeMoment(ctx context.Context) (isSame bool, err error) {
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
		var early verdict.Report // it is judged again when the record is there
		if !early.CompareMoments(c.A.Record, c.B.Record) {
			c.report.Checks = early.Checks
			return false, nil
		}
	}
	return true, nil
}

// takeRecords takes the records of the sides that are servers, both at the same time: they are to be of one moment.
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
			if other.Server == nil { // without the query files that the other side has no result of
				asked = c.Suite.WithCluster().Only(other.Record.Has)
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
				Detail: "the role may not read in B what A has: rows of " + record.Printable(strings.Join(refused, ", "))})
		}
	}
	if !r.CompareMoments(a, b) {
		return nil
	}
	r.Expected = slices.Concat(c.Expected, c.lostInACopy())
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
	// Only now: rows that arrived late are in the chain too.
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
		changes, err := c.tableRows(ctx, schema, table)
		return verdict.TableRows{Against: c.A.Name, Changes: changes}, err
	})
}

// judgeCopy asks a copy on a server whether it is sound in itself.
func (c *comparison) judgeCopy(ctx context.Context) error {
	if a, b := c.A.Record.Source.CollationActual, c.B.Record.Source.CollationActual; a != "" && b != "" && a != b {
		c.report.Note("text is in the order of collation version %s in A, and of %s in B: what was not built there can be "+
			"wrong: reindex database, then alter database ... refresh collation version", a, b)
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
		Words: true}
}

// notCovered is what neither side, or only one, has looked at.
func (c *comparison) notCovered() []string {
	a, b := c.A.Record, c.B.Record
	all := slices.Concat(a.NotCovered, a.Unanswered(nil))
	for _, result := range b.Results {
		if !a.Has(result.Query) {
			all = append(all, fmt.Sprintf("%s.sql (%s has no result of it)", result.Query, c.A.Name))
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

// lostInACopy is what a copy that was made by pg_dump, or by other means that carry rows and definitions, does not
// have. One with the same system identifier was made of files and WAL: it has everything.
func (c *comparison) lostInACopy() []record.Expectation {
	a, b := c.A.Record, c.B.Record
	if a.IsSameCluster(b) {
		return verdict.LostInWAL(a, b)
	}
	major, err := strconv.Atoi(b.Server[:len(b.Server)-len(strings.TrimLeft(b.Server, "0123456789"))])
	if err != nil { // goldens have no server
		return nil
	}
	lost := slices.DeleteFunc(lost.OnMajor(a.Expected, major),
		func(e record.Expectation) bool { return e.Query == "" || e.Copy != "" })
	for i := range lost {
		lost[i].Quiet = true
	}
	return lost
}

// begin opens a connection in a read-only transaction under the suite's settings.
func (s *Side) begin(ctx context.Context, su *suite.Suite) (*pgx.Conn, error) {
	conn, err := s.Server.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err = session.Prepare(ctx, conn, su, session.DefaultRows); err == nil {
		err = session.Begin(ctx, conn, "")
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// tableRows lays the rows of a table beside each other; nil if a side can neither be asked nor has kept them.
func (c *comparison) tableRows(ctx context.Context, schema, table string) (*verdict.Changes, error) {
	a, b := c.A.kept(schema, table), c.B.kept(schema, table)
	switch {
	case a != nil && b != nil:
		return verdict.ChangesOf(a.Rows.Columns, a.Keys, a.Rows.Kept, b.Rows.Kept), nil
	case a != nil && c.B.Server != nil:
		conn, err := c.B.begin(ctx, c.Suite)
		if err != nil {
			return nil, err
		}
		defer conn.Close(context.WithoutCancel(ctx))
		return rowdiff.CompareKept(ctx, a, conn, schema, table)
	case c.A.Server != nil && c.B.Server != nil:
		older, err := c.A.begin(ctx, c.Suite)
		if err != nil {
			return nil, err
		}
		defer older.Close(context.WithoutCancel(ctx))
		newer, err := c.B.begin(ctx, c.Suite)
		if err != nil {
			return nil, err
		}
		defer newer.Close(context.WithoutCancel(ctx))
		return rowdiff.Compare(ctx, older, newer, schema, table)
	}
	return nil, nil
}

// kept are the rows of a table that the record has; nil if it has none.
func (s *Side) kept(schema, table string) *record.Table {
	for _, t := range s.Record.Tables {
		if t.Schema == record.Printable(schema) && t.Name == record.Printable(table) {
			return t
		}
	}
	return nil
}
