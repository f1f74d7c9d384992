package roundtrip

import (
	"context"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// CompareManifest makes the comparison of a restore alone: every result of the record beside the manifest's. conn is to
// the copy, in a transaction that may write and that is left as it was.
func CompareManifest(ctx context.Context, conn *pgx.Conn, s *suite.Suite, m *record.Manifest, r *record.Record) (*Outcome, error) {
	o := &Outcome{suite: s, Expected: m.Expected}
	again := &reprinter{suite: s, begin: func(ctx context.Context) (*pgx.Conn, error) {
		_, err := conn.Exec(ctx, "savepoint compare")
		return conn, err
	}}
	if err := o.compareManifest(ctx, "record/", m, r, again); err != nil || again.conn == nil {
		return o, err
	}
	_, err := conn.Exec(ctx, "rollback to savepoint compare")
	return o, err
}

// Share deals the entries of a table of contents out to n processes.
func Share(list []byte, n int) [][]byte { return share(list, n) }

// Parted parts a table of contents into definitions and data.
func Parted(list []byte) (definitions, data []byte) { return parted(list, nil) }

// ExplainTool adds advice to an error.
func ExplainTool(err error) error { return explainTool(err) }
