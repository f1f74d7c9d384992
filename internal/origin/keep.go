package origin

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/rowdiff"
	"pgroundtrip/internal/suite"
)

// keepTables stores the rows of every table that listing names in the manifest, each value as text. A table whose
// rows the server refuses is a gap.
func (r *Reading) keepTables(ctx context.Context, listing *record.Result) error {
	for _, t := range listing.Keys(2) {
		refused, err := suite.Attempt(ctx, r.conn.PgConn(), func() error { return r.keepTable(ctx, t[0], t[1]) })
		if err == nil && refused != nil && r.Strict {
			err = fmt.Errorf("%s.%s: %w", t[0], t[1], refused)
		}
		if err != nil {
			return err
		}
		if refused != nil {
			r.gaps = append(r.gaps, r.gapOf(ctx, listing.Query, pgx.Identifier{t[0], t[1]}.Sanitize()+" one by one", refused))
		}
	}
	return nil
}

func (r *Reading) keepTable(ctx context.Context, schema, table string) error {
	query, keys, err := rowdiff.Query(ctx, r.conn, schema, table)
	if errors.Is(err, rowdiff.ErrNoColumns) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := rowdiff.All(ctx, r.conn, query)
	if err != nil {
		return err
	}
	r.Manifest.Tables = append(r.Manifest.Tables,
		&record.Table{Schema: record.Printable(schema), Name: record.Printable(table), Keys: keys, Rows: rows})
	return nil
}
