// Package moment holds a server at one moment of its WAL, and reads which moment it shows.
package moment

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

// Kinds of moments (record.Moment.Kind).
const (
	Snapshot = "snapshot" // of a server in use: its LSN is not exact
	Paused   = "paused"   // of a standby while its replay was paused
	Locked   = "barrier"  // of a primary while its tables were locked against writers
	Still    = "quiet"    // of a primary on which nothing was written from beginning to end
)

// How says how to hold a server at one moment while it is recorded. The zero value does not hold it.
type How struct {
	Pause   Pause
	Barrier *Barrier // may be nil
	Quiet   bool
}

// Physical marks, in record.Expectation.Copy, what a copy made of files and WAL lacks.
const Physical = "physical"

//go:embed moment.sql
var momentSQL string

// Read returns the WAL position of a server. The LSN of a standby whose replay is paused is exact; any other moment
// is a Snapshot until the caller knows better. conn must have a suite's session settings.
func Read(ctx context.Context, conn *pgx.Conn) (m record.Moment, err error) {
	var taken string
	var isPaused bool
	var endLSN *string
	var endTimeline *int
	err = conn.QueryRow(ctx, session.Statement(momentSQL)).
		Scan(&taken, &m.LSN, &m.Timeline, &m.Standby, &isPaused, &endLSN, &endTimeline)
	if err == nil {
		m.Time, err = time.Parse(time.RFC3339Nano, taken)
	}
	if err != nil {
		return m, fmt.Errorf("could not read the WAL position of the server: %w", err)
	}
	if m.Kind = Snapshot; isPaused {
		m.Kind = Paused
	}
	if endLSN != nil && endTimeline != nil {
		m.RecoveryEnd = &record.Position{LSN: *endLSN, Timeline: *endTimeline}
	}
	return m, nil
}

// Holds returns an error unless the server of conn is a standby paused at p.
func Holds(ctx context.Context, conn *pgconn.PgConn, p record.Position) error {
	results, err := conn.Exec(ctx, session.Statement(momentSQL)).ReadAll()
	if err != nil {
		return fmt.Errorf("could not read the WAL position of the server: %w", err)
	}
	row := results[0].Rows[0]
	timeline, err := strconv.Atoi(string(row[2]))
	now, isPaused := record.Position{LSN: string(row[1]), Timeline: timeline}, string(row[4]) == "t"
	switch {
	case err != nil:
		return fmt.Errorf("could not read the timeline: %w", err)
	case !isPaused:
		return fmt.Errorf("%w: its replay is not paused", ErrElsewhere)
	case !now.Is(p):
		return fmt.Errorf("%w: it is paused at %s, not at %s", ErrElsewhere, now, p)
	}
	return nil
}

// ErrElsewhere is returned for a server that does not show the moment of the record.
var ErrElsewhere = errors.New("the server shows another moment")

//go:embed unlogged.sql
var unloggedSQL string

// AppendUnlogged appends to expected what a copy made of files and WAL lacks of this database.
func AppendUnlogged(ctx context.Context, conn *pgx.Conn, expected []record.Expectation) ([]record.Expectation, error) {
	unlogged, err := session.Rows[record.Expectation](ctx, conn, unloggedSQL, "find out what WAL does not carry")
	for _, e := range unlogged {
		e.Key, e.What, e.Copy = record.Printable(e.Key), record.Printable(e.What), Physical
		expected = append(expected, e)
	}
	return expected, err
}

// A Counter is the position of a primary: in its WAL, and in its transaction counter.
type Counter struct {
	Position     record.Position
	Transactions string // pg_current_snapshot: those that have ended, and those that are open
}

// Count reads the counter. The session must not be in a transaction.
func Count(ctx context.Context, conn *pgx.Conn) (c Counter, err error) {
	m, err := Read(ctx, conn)
	if err != nil {
		return c, err
	}
	if m.Standby {
		return c, hint.With(errors.New("-quiet: this server is a standby"), "record it with -pause")
	}
	c.Position = m.Position()
	c.Transactions, err = Transactions(ctx, conn)
	return c, err
}

// Transactions returns which transactions conn sees: the oldest that is open, the next one, and those that are open.
func Transactions(ctx context.Context, conn *pgx.Conn) (string, error) {
	return session.Value[string](ctx, conn, "select pg_catalog.pg_current_snapshot()::pg_catalog.text",
		"read the transactions")
}

// Since returns an error that says what was written since then, or nil. The error is transient if no transaction
// wrote: the WAL then comes from a checkpoint, or from this run's own reading, which prunes dead rows and sets hint
// bits.
func (c Counter) Since(then Counter) (isTransient bool, err error) {
	switch {
	case c.Transactions != then.Transactions:
		return false, hint.With(fmt.Errorf("-quiet: another session wrote meanwhile: the transactions were %s, and are "+
			"%s; %s, now %s", then.Transactions, c.Transactions, then.Position, c.Position),
			"record when no session writes, or with -barrier")
	case !c.Position.Is(then.Position):
		return true, hint.With(fmt.Errorf("-quiet: something was written meanwhile: %s, now %s", then.Position, c.Position),
			"no transaction wrote: record again; what PostgreSQL writes when rows are first read has been written now")
	}
	return false, nil
}
