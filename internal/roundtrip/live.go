package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// Verify takes the snapshot of a live database and walks its chain, in one read-only transaction
// over conn. With rehash every payload is hashed here as well. folder holds the results meanwhile.
func Verify(ctx context.Context, conn *pgx.Conn, s *suite.Suite, folder string, rehash bool) (*Outcome, error) {
	for _, name := range []string{"snapshot", "verify_chain"} {
		if s.File(name) == nil {
			return nil, fmt.Errorf("%w: %s has no %s.sql, so there is nothing to verify with", suite.ErrInvalid, s.Name, name)
		}
	}
	if rehash && s.File("canonical_payload") == nil {
		return nil, fmt.Errorf("%w: %s has no canonical_payload.sql, so there is nothing to rehash", suite.ErrInvalid, s.Name)
	}
	if err := prepare(ctx, conn, s, DefaultRows); err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only"); err != nil {
		return nil, fmt.Errorf("could not begin a transaction: %w", err)
	}
	r, err := record.TakeSnapshot(ctx, conn.PgConn(), s, folder, "verify", rehash)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Pre: &r.Snapshot}
	o.assertSource(r.Snapshot)
	o.assertHashes("payload_hash", r)
	return o, nil
}

// ErrNotEmpty marks a database that something lives in: nobody builds over it.
var ErrNotEmpty = errors.New("the database is not empty")

// Fill builds the suite's schema in the empty database behind conn, runs one workload, and takes the
// snapshot of the result. A database that holds anything is refused with ErrNotEmpty, untouched.
func Fill(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64, folder string) (*Outcome, error) {
	if err := requireEmpty(ctx, conn, s, rows); err != nil {
		return nil, err
	}
	if err := Build(ctx, conn, s, workload, rows); err != nil {
		return nil, err
	}
	r, err := record.TakeSnapshot(ctx, conn.PgConn(), s, folder, "workload", false)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Workload: workload.Name, Pre: &r.Snapshot}
	o.assertSource(r.Snapshot)
	return o, nil
}

func requireEmpty(ctx context.Context, conn *pgx.Conn, s *suite.Suite, rows int64) error {
	if err := prepare(ctx, conn, s, rows); err != nil {
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
	return &cluster.HintError{
		Err:  fmt.Errorf("%w: %q holds %s", ErrNotEmpty, conn.Config().Database, shown),
		Hint: "name a database that was just created: createdb --template=template0 NAME",
	}
}
