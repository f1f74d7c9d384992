package roundtrip

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
)

//go:embed leftover.sql
var leftover string

// wipe empties the database and proves that the restore finds nothing to build on.
func (c *check) wipe(ctx context.Context) error {
	if c.Wipe == "database" {
		if err := c.db.Recreate(ctx); err != nil {
			return err
		}
	}
	conn, err := session.Connect(ctx, c.db.Connect, c.Suite, c.Rows)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if c.Wipe == "schema" {
		if _, err := conn.Exec(ctx, "drop schema public cascade"); err != nil {
			err = fmt.Errorf("could not drop the schema public: %w", err)
			if sqlstate.Of(err) == sqlstate.NoRight { // before 15 it belongs to the superuser
				return hint.With(err, "the schema belongs to another role: use -wipe database")
			}
			return err
		}
	}
	if err := proveEmpty(ctx, conn); err != nil {
		return err
	}
	if c.Wipe == "schema" {
		_, err = conn.Exec(ctx, standardPublic(c.Server.Version.Major))
	}
	return err
}

// standardPublic recreates the schema public as template0 has it, because pg_dump does not write what is standard.
func standardPublic(major int) string {
	const all = "create schema public; comment on schema public is 'standard public schema'; "
	if major >= 15 {
		return all + "alter schema public owner to pg_database_owner; grant usage on schema public to public"
	}
	return all + "grant all on schema public to public"
}

// proveEmpty returns an error that names what is left in the database, if anything is.
func proveEmpty(ctx context.Context, conn *pgx.Conn) error {
	left, err := leftovers(ctx, conn)
	if err != nil || len(left) == 0 {
		return err
	}
	return hint.With(fmt.Errorf("%d objects are left after the wipe: %s", len(left), strings.Join(left[:min(len(left),
		5)], ", ")),
		"the suite builds outside the schema public: use -wipe database")
}

// leftovers names everything in the database that template0 does not have.
func leftovers(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	type object struct{ Kind, Name string }
	left, err := session.Rows[object](ctx, conn, leftover, "look for what the database holds")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, l := range left {
		names = append(names, l.Kind+" "+l.Name)
	}
	return names, nil
}

// Fill builds the suite's schema in the empty database of conn, runs one workload, and reports the state of the
// chain. A database that holds anything is refused and left untouched. With isWatched the workload's
// notices are passed on.
func Fill(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64,
	isWatched bool) (*verdict.Report, error) {
	if err := requireEmpty(ctx, conn, s, rows); err != nil {
		return nil, err
	}
	if err := build(ctx, conn, s, workload, rows, isWatched); err != nil {
		return nil, err
	}
	queries := s.Only(func(query string) bool { return slices.Contains(chainQueries, query) }).Queries()
	r, err := take.Record(ctx, []*pgconn.PgConn{conn.PgConn()}, queries, take.Options{Phase: "workload"})
	if err != nil {
		return nil, err
	}
	if r.Chain == nil {
		r.Chain = &record.Snapshot{Phase: "workload", FirstBreakPos: -1}
	}
	o := &verdict.Report{Workload: workload.Name, Pre: r.Chain}
	o.JudgeChain(*r.Chain)
	return o, nil
}

// chainQueries are the query files that describe the state of the chain.
var chainQueries = []string{"snapshot", "verify_chain"}

func requireEmpty(ctx context.Context, conn *pgx.Conn, s *suite.Suite, rows int64) error {
	if err := session.Prepare(ctx, conn, s, rows); err != nil {
		return err
	}
	there, err := leftovers(ctx, conn)
	if err != nil || len(there) == 0 {
		return err
	}
	shown := strings.Join(there[:min(len(there), 3)], ", ")
	if more := len(there) - 3; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return hint.With(fmt.Errorf("the database is not empty: %q holds %s", conn.Config().Database, shown),
		"name a database that was just created: createdb --template=template0 NAME")
}
