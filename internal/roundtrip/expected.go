package roundtrip

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
)

//go:embed expected.sql
var expectedSQL string

// listExpected asks what the database has that this pg_dump leaves out by design, or because the
// caller wants it so.
func listExpected(ctx context.Context, conn *pgx.Conn, dump pgtool.Version, args []string) ([]record.Expectation, error) {
	if _, err := conn.Exec(ctx, "set pgroundtrip.pg_dump_major = '"+strconv.Itoa(dump.Major)+"'"); err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, statement(expectedSQL))
	if err != nil {
		return nil, fmt.Errorf("could not ask what pg_dump leaves out: %w", err)
	}
	expected, err := pgx.CollectRows(rows, pgx.RowToStructByPos[record.Expectation])
	if err != nil {
		return nil, fmt.Errorf("could not ask what pg_dump leaves out: %w", err)
	}
	for i, e := range expected { // an SQL_ASCII database may hold any bytes, and a manifest may not
		expected[i].Key, expected[i].What, expected[i].Reason = record.Printable(e.Key), record.Printable(e.What), record.Printable(e.Reason)
	}
	return append(expected, onRequest(args)...), nil
}

// onRequest is what arguments of pg_dump or pg_restore leave out.
func onRequest(args []string) (expected []record.Expectation) {
	owners, grants := leavesOut(args)
	if owners {
		expected = append(expected, record.Expectation{Query: privileges, What: "owners", Reason: "left out on request: --no-owner"})
	}
	if grants {
		expected = append(expected, record.Expectation{Query: privileges, What: "grants", Reason: "left out on request: --no-acl"})
	}
	return expected
}

// privileges is the query about owners and grants.
const privileges = "invariant/privileges"

// onMajor are the expectations that hold on a server of that major.
func onMajor(expected []record.Expectation, major int) []record.Expectation {
	return slices.DeleteFunc(slices.Clone(expected), func(e record.Expectation) bool { return e.FromMajor > major })
}

// expect turns a failed check into a pass if every row that differs was expected to, and notes each
// expectation about its result that does not apply any more.
func (o *Outcome) expect(c *Check, query string) {
	var met []string
	whole, differing := false, map[string]bool{}
	if c.Changes != nil {
		for _, change := range c.Changes.First {
			differing[change.Key] = true
		}
	}
	for _, e := range o.Expected {
		switch {
		case e.Query != query:
		case e.Key == "": // on request: whether there was anything to lose is not said
			if c.Verdict == Fail {
				met, whole = append(met, e.What+" ("+e.Reason+")"), true
			}
		case differing[e.Key]:
			met = append(met, e.What+" ("+e.Reason+")")
			delete(differing, e.Key)
		default:
			o.Notes = append(o.Notes, "expected to be lost, and is not: "+e.What+" ("+e.Reason+")")
		}
	}
	if len(met) == 0 || !whole && (len(differing) > 0 || int64(len(c.Changes.First)) < c.Changes.Total()) {
		return
	}
	c.Verdict, c.Class, c.Hint = Pass, "", ""
	c.Detail = "differs only as expected: " + strings.Join(met, "; ")
}
