package roundtrip

import (
	"context"
	"slices"

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

// ChangedRows are the rows of all results in which the record differs from the manifest, each as "query key": as text, and
// after definitions were printed again. conn is to the copy, outside a transaction.
func ChangedRows(ctx context.Context, conn *pgx.Conn, s *suite.Suite, m *record.Manifest, r *record.Record) (asText, rows []string, err error) {
	again := &reprinter{suite: s, begin: func(ctx context.Context) (*pgx.Conn, error) {
		_, err := conn.Exec(ctx, "begin")
		return conn, err
	}}
	for _, result := range r.Results {
		i := slices.IndexFunc(m.Results, func(d *record.Digest) bool { return d.Query == result.Query })
		d, _, err := again.respell(ctx, m.Results[i], r)
		if err != nil {
			return nil, nil, err
		}
		for list, digest := range map[*[]string]*record.Digest{&asText: m.Results[i], &rows: d} {
			changes, err := digest.ChangesOf(r, s.File(d.Query).About.Keys, record.MaxSorted)
			if err != nil {
				return nil, nil, err
			}
			for _, change := range changes.First {
				*list = append(*list, d.Query+" "+change.Key)
			}
		}
	}
	if again.conn != nil {
		_, err = conn.Exec(ctx, "rollback")
	}
	return asText, rows, err
}

// Share deals the entries of a table of contents out to n processes.
func Share(list []byte, n int) [][]byte { return share(list, n) }

// Parted parts a table of contents into definitions and data.
func Parted(list []byte) (definitions, data []byte) { return parted(list, nil) }

// ExplainTool adds advice to an error.
func ExplainTool(err error) error { return explainTool(err) }
