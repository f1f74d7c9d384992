package roundtrip

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/rowdiff"
	"pgroundtrip/internal/suite"
)

// keepTables has the manifest keep the rows of every table that a result lists, text and all. A table whose rows the
// server refuses is a gap.
func (d *dump) keepTables(ctx context.Context, listing *record.Result) error {
	for _, t := range listing.Keys(2) {
		refused, err := suite.Attempt(ctx, d.conn.PgConn(), func() error { return d.keepTable(ctx, t[0], t[1]) })
		if err == nil && refused != nil && d.Strict {
			err = fmt.Errorf("%s.%s: %w", t[0], t[1], refused)
		}
		if err != nil {
			return err
		}
		if refused != nil {
			d.gaps = append(d.gaps, d.gapOf(ctx, listing.Query, pgx.Identifier{t[0], t[1]}.Sanitize()+" one by one", refused))
		}
	}
	return nil
}

func (d *dump) keepTable(ctx context.Context, schema, table string) error {
	query, keys, err := rowdiff.Query(ctx, d.conn, schema, table)
	if errors.Is(err, rowdiff.ErrNoColumns) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := rowdiff.All(ctx, d.conn, query)
	if err != nil {
		return err
	}
	d.manifest.Tables = append(d.manifest.Tables,
		&record.Table{Schema: record.Printable(schema), Name: record.Printable(table), Keys: keys, Rows: rows})
	return nil
}
