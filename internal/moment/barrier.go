package moment

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
)

//go:embed barrier.sql
var barrierSQL string

//go:embed writers.sql
var writersSQL string

// A Barrier is a moment of a primary in use at which no transaction that writes to a table is open: all tables are
// locked against writers (SHARE MODE) while the WAL position is read and a snapshot is taken. Writers wait for some
// milliseconds.
type Barrier struct {
	Connect      Connect
	RestorePoint string        // name of a restore point to create; empty: use the insert position
	MaxWait      time.Duration // the longest that a writer may wait
	Held         time.Duration // how long writers waited: for the locks, and while they were held
	Tries        int
	moment       record.Moment
}

// Mark sets in m, which a session of the snapshot has read, what belongs to the barrier.
func (b *Barrier) Mark(m *record.Moment) {
	m.Kind, m.LSN, m.RestorePoint, m.Moving = Locked, b.moment.LSN, b.moment.RestorePoint, b.moment.Moving
}

// Fix locks the tables and calls use with the snapshot, which use must import before it returns. While it waits for a
// long transaction all writers wait too: it tries four times for 50 ms, four times for 100 ms, and from then on for
// twice as long as before, up to MaxWait. On session.ErrMoving the caller must release its own locks and call Fix
// again.
func (b *Barrier) Fix(ctx context.Context, tables []string, use func(snapshot string) error) error {
	const first = 50 * time.Millisecond
	limit := min(b.MaxWait, first<<min(max(b.Tries/4, b.Tries-6), 20))
	if b.Tries++; b.Tries > 1 { // let those who waited go first
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(limit):
		}
	}
	conn, err := b.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := session.Shield(ctx, conn); err != nil {
		return err
	}
	if err := b.prepare(ctx, conn, limit); err != nil {
		return err
	}
	begun := time.Now()
	err = b.hold(ctx, conn, tables, use)
	b.Held = time.Since(begun)
	code := sqlstate.Of(err)
	isLate := (code == sqlstate.Canceled || code == sqlstate.NoLock) && ctx.Err() == nil
	switch {
	case err == nil:
		// A recovery that is to stop before the next WAL record needs a next record. Without the right to write one,
		// the next commit will do.
		_, _ = conn.Exec(ctx, "select pg_catalog.pg_logical_emit_message(false, 'pgroundtrip', '')")
		return nil
	case code == sqlstate.NoRight:
		return hint.With(fmt.Errorf("-barrier: %w", err), "the role locks every table against writers: "+
			"grant it pg_write_all_data (14 and later), pg_maintain (17 and later), or update on each table")
	case !isLate:
		return err
	case limit < b.MaxWait:
		return session.ErrMoving
	}
	holders, asked := session.Texts(ctx, conn, writersSQL)
	return hint.With(errors.Join(fmt.Errorf("-barrier: writers would have to wait longer than %s for: %s", b.MaxWait,
		strings.Join(holders, "; ")), asked),
		"record when that has ended, or let writers wait longer with -max-wait")
}

// prepare begins a transaction with a timeout for every statement, and refuses what the role may not do.
func (b *Barrier) prepare(ctx context.Context, conn *pgx.Conn, limit time.Duration) error {
	var isStandby, mayName bool
	err := conn.QueryRow(ctx, `select pg_catalog.pg_is_in_recovery(),
		pg_catalog.has_function_privilege('pg_catalog.pg_create_restore_point(text)', 'execute')`).Scan(&isStandby, &mayName)
	switch {
	case err != nil:
		return fmt.Errorf("could not read the rights of the role: %w", err)
	case isStandby:
		return hint.With(errors.New("-barrier: this server is a standby, and no one writes to it"), "record it with -pause")
	case b.RestorePoint != "" && !mayName:
		return hint.With(errors.New("-restore-point: the role may not create one"),
			"grant execute on function pg_catalog.pg_create_restore_point(text) to the role")
	}
	// An autovacuum that holds a conflicting lock is cancelled after deadlock_timeout.
	// The timeout is set last, because it counts for the rest of this text, too.
	_, err = conn.Exec(ctx, fmt.Sprintf(`begin; select pg_catalog.set_config('deadlock_timeout', '20ms', true)
		from pg_catalog.pg_roles where rolname = current_user and rolsuper;
		set local statement_timeout = %d`, max(limit.Milliseconds(), 1)))
	return err
}

// hold locks the tables, takes position and snapshot, and releases the locks when use has returned.
func (b *Barrier) hold(ctx context.Context, conn *pgx.Conn, tables []string, use func(string) error) (err error) {
	defer func() {
		_, ended := conn.Exec(context.WithoutCancel(ctx), "rollback")
		err = errors.Join(err, ended)
	}()
	var mayLockObjects bool
	var open int
	if err := conn.QueryRow(ctx, session.Statement(barrierSQL)).Scan(&mayLockObjects, &open); err != nil {
		return fmt.Errorf("could not find out who writes: %w", err)
	}
	b.moment = record.Moment{Moving: []string{"sequences"}, RestorePoint: b.RestorePoint}
	if mayLockObjects {
		tables = append([]string{"pg_catalog.pg_largeobject", "pg_catalog.pg_largeobject_metadata"}, tables...)
	} else {
		b.moment.Moving = append(b.moment.Moving, "large objects")
	}
	if len(tables) > 0 {
		if _, err := conn.Exec(ctx, "lock table only "+strings.Join(tables, ", only ")+" in share mode"); err != nil {
			return fmt.Errorf("could not lock the tables against writers: %w", err)
		}
	}
	// Transactions that create or alter do not wait for these locks. Most of them end soon.
	const patience = 50 * time.Millisecond
	for locked := time.Now(); ; time.Sleep(time.Millisecond) {
		if err := conn.QueryRow(ctx, session.Statement(barrierSQL)).Scan(&mayLockObjects, &open); err != nil {
			return fmt.Errorf("could not find out who writes: %w", err)
		}
		if open == 0 || time.Since(locked) > patience {
			break
		}
	}
	if open > 0 {
		b.moment.Moving = append(b.moment.Moving, fmt.Sprintf("definitions that %d open transactions change", open))
	}
	snapshot, err := session.Value[string](ctx, conn, "select pg_catalog.pg_export_snapshot()", "export a snapshot")
	if err != nil {
		return err
	}
	if b.moment.LSN, err = b.position(ctx, conn); err != nil {
		return err
	}
	return use(snapshot)
}

// position returns the WAL position, after creating the restore point if there is to be one.
func (b *Barrier) position(ctx context.Context, conn *pgx.Conn) (lsn string, err error) {
	if b.RestorePoint == "" {
		m, err := Read(ctx, conn)
		return m.LSN, err
	}
	err = conn.QueryRow(ctx, "select pg_catalog.pg_create_restore_point($1)::text", b.RestorePoint).Scan(&lsn)
	if err != nil {
		err = fmt.Errorf("could not create the restore point: %w", err)
	}
	return lsn, err
}
