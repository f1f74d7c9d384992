package roundtrip

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

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

// Fill builds the suite's schema in the database behind conn, which must not have it yet, runs one
// workload, and takes the snapshot of the result.
func Fill(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64, folder string) (*Outcome, error) {
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
