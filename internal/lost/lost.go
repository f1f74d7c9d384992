// Package lost lists what a copy is expected to lack.
package lost

import (
	"context"
	_ "embed"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

//go:embed expected.sql
var SQL string

// List asks what the database has that this pg_dump leaves out, by design or because of args.
func List(ctx context.Context, conn *pgx.Conn, dump pgtool.Version, args []string) ([]record.Expectation,
	error) {
	if _, err := conn.Exec(ctx, "set pgroundtrip.pg_dump_major = '"+strconv.Itoa(dump.Major)+"'"); err != nil {
		return nil, err
	}
	expected, err := session.Rows[record.Expectation](ctx, conn, SQL, "find out what pg_dump leaves out")
	if err != nil {
		return nil, err
	}
	for i, e := range expected { // an SQL_ASCII database may hold any bytes, a manifest may not
		e.Key, e.What, e.Reason = record.Printable(e.Key), record.Printable(e.What), record.Printable(e.Reason)
		expected[i] = e
	}
	return append(expected, OnRequest(args)...), nil
}

// OnRequest returns what the options in args make pg_dump or pg_restore leave out.
func OnRequest(args []string) (expected []record.Expectation) {
	owners, grants := arguments.LeavesOut(args)
	return without(owners, grants, "left out on request: --no-owner", "left out on request: --no-acl")
}

// without returns the expectations for a copy without the source's owners or grants; reasons are for owners and
// grants, in this order.
func without(owners, grants bool, reasons ...string) (expected []record.Expectation) {
	if owners {
		expected = append(expected, record.Expectation{Query: privileges, Column: "owner", What: "owners",
			Reason: reasons[0]})
	}
	if grants {
		expected = append(expected, record.Expectation{Query: privileges, Column: "grants", What: "grants",
			Reason: reasons[1]})
	}
	return expected
}

// privileges is the query about owners and grants.
const privileges = "invariant/privileges"

// OnMajor returns the expectations that hold on a server of that major version.
func OnMajor(expected []record.Expectation, major int) []record.Expectation {
	return slices.DeleteFunc(slices.Clone(expected), func(e record.Expectation) bool { return e.FromMajor > major })
}

// Ignored returns the expectations for -ignore-owners and -ignore-grants.
func Ignored(owners, grants bool) []record.Expectation {
	return without(owners, grants, "-ignore-owners", "-ignore-grants")
}
