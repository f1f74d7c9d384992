package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/sqlstate"
)

// A Fix takes a snapshot elsewhere while these tables are locked, and calls use to import it.
type Fix func(ctx context.Context, tables []string, use func(snapshot string) error) error

// ExportSnapshot begins the transaction in which both record and archive are taken: REPEATABLE READ READ ONLY, every
// table locked in ACCESS SHARE MODE before the snapshot is fixed, the snapshot exported. It returns the snapshot's
// name; the transaction must stay open until pg_dump is done. If fix is not nil, it is called once the tables are
// locked, and calls use with the snapshot to import.
//
// The locks come first because a TRUNCATE or a rewrite that commits between snapshot and lock leaves an empty table
// in both, without an error (PostgreSQL documentation, "Caveats" of MVCC).
func ExportSnapshot(ctx context.Context, conn *pgx.Conn, fix Fix) (string, error) {
	const tries = 100
	for range tries {
		id, err := beginLocked(ctx, conn, fix)
		if !isMoving(err) {
			return id, hint.Explain(err)
		}
		// A table was created, dropped or rewritten meanwhile: start over with the present list.
		if _, err := conn.Exec(ctx, "rollback"); err != nil {
			return "", fmt.Errorf("could not begin again: %w", err)
		}
	}
	return "", fmt.Errorf("could not lock the tables: another session created, dropped or emptied one, %d times "+
		"in a row", tries)
}

// ErrMoving marks a table that changed between the snapshot and its lock.
var ErrMoving = errors.New("a table changed before it was locked")

// isMoving reports whether locking failed because the tables changed meanwhile; then it can be tried again.
func isMoving(err error) bool {
	const deadlock = "40P01"
	return errors.Is(err, ErrMoving) || sqlstate.IsAbsent(sqlstate.Of(err)) || sqlstate.Of(err) == deadlock
}

func beginLocked(ctx context.Context, conn *pgx.Conn, fix Fix) (id string, err error) {
	tables, err := listTables(ctx, conn)
	if err != nil {
		return "", err
	}
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only"); err != nil {
		return "", fmt.Errorf("could not begin a transaction: %w", err)
	}
	if err := lockTables(ctx, conn, tables); err != nil {
		return "", err
	}
	if fix != nil {
		if err := fix(ctx, tables, func(snapshot string) error {
			_, err := conn.Exec(ctx, "set transaction snapshot "+Literal(snapshot))
			return err
		}); err != nil {
			return "", err
		}
	}
	if id, err = Value[string](ctx, conn, "select pg_export_snapshot()", "export a snapshot"); err != nil {
		return "", err
	}
	seen, err := listTables(ctx, conn)
	if err != nil {
		return "", err
	}
	known := map[string]bool{}
	for _, table := range tables {
		known[table] = true
	}
	created := slices.DeleteFunc(seen, func(table string) bool { return known[table] })
	if len(created) == 0 {
		return id, nil
	}
	// These are locked after the snapshot, so they must not have changed since.
	if err := lockTables(ctx, conn, created); err != nil {
		return "", err
	}
	changed, err := Texts(ctx, conn, `
		select relname::text
		from pg_class
		join pg_namespace on pg_namespace.oid = relnamespace
		where relkind in ('r', 'p') and format('%I.%I', nspname, relname) in (`+Literals(created)+`)
			and (pg_relation_filenode(pg_class.oid) is distinct from nullif(relfilenode, 0)
				or to_regclass(format('%I.%I', nspname, relname)) is distinct from pg_class.oid)`)
	if err == nil && len(changed) > 0 {
		err = ErrMoving
	}
	return id, err
}

// lockTables locks in ACCESS SHARE MODE. LOCK takes no snapshot: the first query after it does.
func lockTables(ctx context.Context, conn *pgx.Conn, tables []string) error {
	if len(tables) == 0 {
		return nil
	}
	if _, err := conn.Exec(ctx, "lock table only "+strings.Join(tables, ", only ")+" in access share mode"); err != nil {
		return fmt.Errorf("could not lock the tables: %w", err)
	}
	return nil
}

// Literals returns a list of string constants.
func Literals(texts []string) string {
	var list []string
	for _, text := range texts {
		list = append(list, Literal(text))
	}
	return strings.Join(list, ", ")
}

// listTables returns the tables that pg_dump reads, quoted, in a fixed order.
func listTables(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	return collect(ctx, conn, `
		select format('%I.%I', nspname, relname)
		from pg_class
		join pg_namespace on pg_namespace.oid = relnamespace
		where relkind in ('r', 'p') and relpersistence <> 't'
			and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_toast'
		order by pg_class.oid`, "list the tables", pgx.RowTo[string])
}

// errTooOld marks a run that was ended because its snapshot was too old. While a snapshot is held, VACUUM cannot
// remove any row of the server that was deleted since.
var errTooOld = errors.New("the snapshot is too old")

// An Age measures how long a snapshot has been held.
type Age struct {
	since  time.Time // zero until the snapshot is taken
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// Begin notes that the snapshot was taken, and cancels the run once it is older than most; 0 means no limit.
func (a *Age) Begin(most time.Duration) {
	a.since = time.Now()
	if most > 0 {
		a.timer = time.AfterFunc(most, func() {
			a.cancel(hint.With(fmt.Errorf("%w: it was held for %s (-max-snapshot-age)", errTooOld, most),
				"allow more time, use more -jobs, or record a standby"))
		})
	}
}

// Limited returns a context that ends with the run, or when the snapshot becomes too old. end must be called with the
// error of the run; it returns that error, or the reason why the run was cancelled.
func (a *Age) Limited(ctx context.Context) (limited context.Context, end func(error) error) {
	limited, a.cancel = context.WithCancelCause(ctx)
	return limited, func(err error) error {
		if a.timer != nil {
			a.timer.Stop()
		}
		if cause := context.Cause(limited); err != nil && errors.Is(cause, errTooOld) {
			err = cause
		}
		a.cancel(nil)
		return err
	}
}

// Note logs the age of the snapshot at its end, if that is long enough to be of interest.
func (a *Age) Note(log func(format string, args ...any)) {
	const noteworthy = 10 * time.Second
	if held := time.Since(a.since); log != nil && !a.since.IsZero() && held >= noteworthy {
		log("the snapshot was held for %s", held.Round(time.Second))
	}
}
