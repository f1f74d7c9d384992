// Package session hides how one moment of one database is read: the settings that a connection needs, the transaction
// that several connections share, and what the server allows.
package session

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/suite"
)

// DefaultRows is the setting pgroundtrip.rows where no other is asked for: the goldens were made with it.
const DefaultRows = 24

// Prepare gives a new connection the suite's session settings and its parameter pgroundtrip.rows.
func Prepare(ctx context.Context, conn *pgx.Conn, s *suite.Suite, rows int64) error {
	if f := s.File("session"); f != nil {
		if err := suite.Run(ctx, conn.PgConn(), f); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, "set pgroundtrip.rows = '"+strconv.FormatInt(rows, 10)+"'")
	return err
}

// Begin begins a transaction that reads one moment: that of an exported snapshot, or now if snapshot is "".
func Begin(ctx context.Context, conn *pgx.Conn, snapshot string) error {
	statement := "begin isolation level repeatable read read only"
	if snapshot != "" {
		statement += "; set transaction snapshot " + Literal(snapshot)
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("could not begin a transaction: %w", err)
	}
	return nil
}

// Literal is text as a string constant of SQL, under standard_conforming_strings = on.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Limits are what limits.sql prints: which server this is, and what it allows this role.
type Limits struct {
	SystemIdentifier  string
	Timeline          int
	Database          string
	InRecovery        bool
	StatementTimeout  string // "0" is none
	LockTimeout       string // "0" is none
	FreeConnections   int    // this one counted as free
	ProcessesPerQuery int
}

//go:embed limits.sql
var limitsSQL string

// AskLimits runs limits.sql. The suite's session settings must not have been applied yet: they lift the timeouts.
func AskLimits(ctx context.Context, conn *pgx.Conn) (Limits, error) {
	rows, err := conn.Query(ctx, strings.TrimSuffix(strings.TrimSpace(limitsSQL), ";"))
	if err != nil {
		return Limits{}, fmt.Errorf("could not ask the server about itself: %w", err)
	}
	limits, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Limits])
	if err != nil {
		return Limits{}, fmt.Errorf("could not ask the server about itself: %w", err)
	}
	return limits, nil
}

// Wires are connections as a record takes them.
func Wires(lead *pgx.Conn, others ...*pgx.Conn) []*pgconn.PgConn {
	all := []*pgconn.PgConn{lead.PgConn()}
	for _, conn := range others {
		all = append(all, conn.PgConn())
	}
	return all
}
