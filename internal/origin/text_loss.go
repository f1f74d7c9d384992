package origin

import (
	"context"
	_ "embed"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

//go:embed text_loss.sql
var textLossSQL string

// textLosses returns the columns with values that an archive cannot hold completely, as text, as of the snapshot. If
// the server refuses the query, that is a gap.
func (r *Reading) textLosses(ctx context.Context) (losses []record.Expectation, err error) {
	refused, err := suite.Attempt(ctx, r.conn.PgConn(), func() error {
		rows, err := r.conn.Query(ctx, session.Statement(textLossSQL))
		if err != nil {
			return err
		}
		losses, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e record.Expectation, err error) {
			err = row.Scan(&e.What, &e.Reason)
			e.What = record.Printable(e.What)
			return e, err
		})
		return err
	})
	if err != nil || refused != nil && !r.accept(ctx, suite.Query("text_loss", textLossSQL), refused) {
		return nil, fmt.Errorf("could not find out what the text form of values does not hold: %w", errors.Join(err, refused))
	}
	return losses, nil
}
