package roundtrip

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// alongside does all at the same time and returns when all have ended. The first error ends the
// context of the others; what they then say of being ended is left out.
func alongside(ctx context.Context, all ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for _, do := range all {
		group.Go(func() {
			if err := do(ctx); err != nil {
				cancel(err)
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// statement is the text of an embedded query without its semicolon.
func statement(text string) string { return strings.TrimSuffix(strings.TrimSpace(text), ";") }

// texts runs a query that prints one column of text.
func texts(ctx context.Context, conn *pgx.Conn, query string) ([]string, error) {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("could not read the catalog: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("could not read the catalog: %w", err)
	}
	return list, nil
}
