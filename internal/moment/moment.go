// Package moment hides how a server is held at one moment of its WAL, and how that moment is read.
package moment

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

// The kinds of moments: record.Moment.Kind.
const (
	Snapshot = "snapshot" // of a server in service: its LSN is not exact
	Paused   = "paused"   // of a standby whose replay stood still
	Locked   = "barrier"  // of a primary while its tables were locked against writers
	Still    = "quiet"    // of a primary to which no one wrote from beginning to end
)

// How is how a server is held at one moment while it is recorded: not at all, or in one of these ways.
type How struct {
	Pause   Pause
	Barrier *Barrier // nil is none
	Quiet   bool
}

// Physical is record.Expectation.Copy of what a copy of files and WAL lacks.
const Physical = "physical"

//go:embed moment.sql
var momentSQL string

// Read asks where in the WAL a server is now. The LSN of a standby whose replay is paused is exact; any other moment is
// a snapshot until the caller knows more. conn needs the session settings of a suite.
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
		return m, fmt.Errorf("could not ask where in the WAL the server is: %w", err)
	}
	if m.Kind = Snapshot; isPaused {
		m.Kind = Paused
	}
	if endLSN != nil && endTimeline != nil {
		m.RecoveryEnd = &record.Position{LSN: *endLSN, Timeline: *endTimeline}
	}
	return m, nil
}

//go:embed unlogged.sql
var unloggedSQL string

// AppendUnlogged appends to expected what a copy of files and WAL does not have of this database.
func AppendUnlogged(ctx context.Context, conn *pgx.Conn, expected []record.Expectation) ([]record.Expectation, error) {
	rows, err := conn.Query(ctx, session.Statement(unloggedSQL))
	if err == nil {
		var unlogged []record.Expectation
		unlogged, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.Expectation])
		for _, e := range unlogged {
			e.Key, e.What, e.Copy = record.Printable(e.Key), record.Printable(e.What), Physical
			expected = append(expected, e)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("could not ask what WAL does not carry: %w", err)
	}
	return expected, nil
}
