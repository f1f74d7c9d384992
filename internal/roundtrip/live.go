package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
)

// ErrNotEmpty is returned for a database that already holds objects: nothing is built in it.
var ErrNotEmpty = errors.New("the database is not empty")

// Fill builds the suite's schema in the empty database of conn, runs one workload, and reports the state of the
// chain. A database that holds anything is refused with ErrNotEmpty and left untouched. With isWatched the workload's
// notices are passed on.
func Fill(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64,
	isWatched bool) (*verdict.Report, error) {
	if err := requireEmpty(ctx, conn, s, rows); err != nil {
		return nil, err
	}
	if err := build(ctx, conn, s, workload, rows, isWatched); err != nil {
		return nil, err
	}
	var queries []*suite.File
	for _, name := range []string{"snapshot", "verify_chain"} {
		if f := s.File(name); f != nil {
			queries = append(queries, f)
		}
	}
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
	return hint.With(fmt.Errorf("%w: %q holds %s", ErrNotEmpty, conn.Config().Database, shown),
		"name a database that was just created: createdb --template=template0 NAME")
}
