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
	for _, option := range []struct{ names, what string }{
		{"-O --no-owner", "owners"}, {"-x --no-privileges --no-acl", "grants"},
	} {
		if slices.ContainsFunc(args, func(arg string) bool { return slices.Contains(strings.Fields(option.names), arg) }) {
			expected = append(expected, record.Expectation{What: option.what, Reason: "left out on request: " + option.names})
		}
	}
	return expected, nil
}

// expect turns a failed check into a pass if every row that differs was expected to, and notes each
// expectation about its result that does not apply any more.
func (o *Outcome) expect(c *Check, query string, expected []record.Expectation) {
	var met []string
	differing := map[string]bool{}
	if c.Changes != nil {
		for _, change := range c.Changes.First {
			if change.Kind == "extra" {
				return // what pg_dump leaves out is lost or changed; nothing comes of itself
			}
			differing[change.Key] = true
		}
	}
	for _, e := range expected {
		switch {
		case e.Query != query:
		case differing[e.Key]:
			met = append(met, e.What+" ("+e.Reason+")")
			delete(differing, e.Key)
		default:
			o.Notes = append(o.Notes, "expected to be lost, and is not: "+e.What+" ("+e.Reason+")")
		}
	}
	if len(met) == 0 || len(differing) > 0 || int64(len(c.Changes.First)) < c.Changes.Total() {
		return
	}
	c.Verdict, c.Class = Pass, ""
	c.Detail = "differs only as expected: " + strings.Join(met, "; ")
}
