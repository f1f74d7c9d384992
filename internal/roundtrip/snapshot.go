package roundtrip

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// exportSnapshot begins the transaction that record and archive are both taken in: REPEATABLE READ
// READ ONLY, every table locked in ACCESS SHARE MODE before its snapshot is fixed, the snapshot
// exported. It returns the snapshot's name; the transaction must stay open until pg_dump is done.
//
// The locks come first because a TRUNCATE or a rewrite that commits between snapshot and lock
// leaves an empty table in both, and no error (PostgreSQL documentation, "Caveats" of MVCC).
func exportSnapshot(ctx context.Context, conn *pgx.Conn) (string, error) {
	tables, err := listTables(ctx, conn)
	if err != nil {
		return "", err
	}
	const tries = 10
	for range tries {
		id, seen, err := beginLocked(ctx, conn, tables)
		if err != nil {
			return "", err
		}
		if slices.Equal(tables, seen) {
			return id, nil
		}
		// A table came or went in between: begin again with what there is now.
		tables = seen
		if _, err := conn.Exec(ctx, "rollback"); err != nil {
			return "", fmt.Errorf("could not begin again: %w", err)
		}
	}
	return "", fmt.Errorf("could not lock the tables: %d times in a row another session created or dropped one meanwhile", tries)
}

func beginLocked(ctx context.Context, conn *pgx.Conn, tables []string) (id string, seen []string, err error) {
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only"); err != nil {
		return "", nil, fmt.Errorf("could not begin a transaction: %w", err)
	}
	if len(tables) > 0 {
		// LOCK takes no snapshot: that is fixed by the query after it.
		if _, err := conn.Exec(ctx, "lock table only "+strings.Join(tables, ", only ")+" in access share mode"); err != nil {
			return "", nil, explainTool(fmt.Errorf("could not lock the tables: %w", err))
		}
	}
	if err := conn.QueryRow(ctx, "select pg_export_snapshot()").Scan(&id); err != nil {
		return "", nil, fmt.Errorf("could not export a snapshot: %w", err)
	}
	seen, err = listTables(ctx, conn)
	return id, seen, err
}

// listTables lists the tables that pg_dump reads, quoted, in a fixed order.
func listTables(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `
		select format('%I.%I', nspname, relname)
		from pg_class
		join pg_namespace on pg_namespace.oid = relnamespace
		where relkind in ('r', 'p') and relpersistence <> 't'
			and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_toast'
		order by pg_class.oid`)
	if err != nil {
		return nil, fmt.Errorf("could not list the tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("could not list the tables: %w", err)
	}
	return tables, nil
}
