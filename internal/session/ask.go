package session

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Statement returns the text of an embedded query without its semicolon.
func Statement(text string) string { return strings.TrimSuffix(strings.TrimSpace(text), ";") }

// Texts runs a query that prints one column of text.
func Texts(ctx context.Context, conn *pgx.Conn, query string) ([]string, error) {
	return collect(ctx, conn, query, "read the catalog", pgx.RowTo[string])
}

// Rows runs a query whose columns are the fields of T, in order. what says, after "could not", what its error prevents.
func Rows[T any](ctx context.Context, conn *pgx.Conn, query, what string) ([]T, error) {
	return collect(ctx, conn, query, what, pgx.RowToStructByPos[T])
}

func collect[T any](ctx context.Context, conn *pgx.Conn, query, what string, read pgx.RowToFunc[T]) ([]T, error) {
	rows, _ := conn.Query(ctx, Statement(query)) // its error is that of the rows
	all, err := pgx.CollectRows(rows, read)
	if err != nil {
		return nil, fmt.Errorf("could not %s: %w", what, err)
	}
	return all, nil
}

// Value runs a query that prints one value. what says, after "could not", what its error prevents.
func Value[T any](ctx context.Context, conn *pgx.Conn, query, what string) (value T, err error) {
	if err = conn.QueryRow(ctx, Statement(query)).Scan(&value); err != nil {
		err = fmt.Errorf("could not %s: %w", what, err)
	}
	return value, err
}

// Together is how many statements RunMany runs in one transaction: each may take a lock.
const Together = 500

// RunMany runs many statements, up to Together in a transaction, and waits for the answers of a transaction at once.
// Each is a message of its own, so no statement can be appended to one. On an error it returns the statement that
// failed.
func RunMany(ctx context.Context, conn *pgconn.PgConn, statements []string) (failed string, err error) {
	for batch := range slices.Chunk(statements, Together) {
		if failed, err = runBatch(ctx, conn, batch); err != nil {
			return failed, err
		}
	}
	return "", nil
}

func runBatch(ctx context.Context, conn *pgconn.PgConn, statements []string) (failed string, err error) {
	pipeline := conn.StartPipeline(ctx)
	for _, text := range statements {
		pipeline.SendQueryParams(text, nil, nil, nil, nil)
	}
	err = pipeline.Sync()
	for i := 0; i < len(statements) && err == nil; i++ {
		failed = statements[i]
		var results any
		if results, err = pipeline.GetResults(); err == nil {
			if reader, isReader := results.(*pgconn.ResultReader); isReader {
				_, err = reader.Close()
			}
		}
	}
	return failed, cmp.Or(err, pipeline.Close())
}
