package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Statement is the text of an embedded query without its semicolon.
func Statement(text string) string { return strings.TrimSuffix(strings.TrimSpace(text), ";") }

// Texts runs a query that prints one column of text.
func Texts(ctx context.Context, conn *pgx.Conn, query string) ([]string, error) {
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
