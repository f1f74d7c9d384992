// Package session reads one moment of one database: the settings that a connection needs, the transaction that
// several connections share, and what the server allows.
package session

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/suite"
)

// DefaultRows is the default of the setting pgroundtrip.rows: the goldens were made with it.
const DefaultRows = 24

// Prepare applies the suite's session settings and pgroundtrip.rows to a new connection.
func Prepare(ctx context.Context, conn *pgx.Conn, s *suite.Suite, rows int64) error {
	if f := s.File("session"); f != nil {
		if err := suite.Run(ctx, conn.PgConn(), f); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, "set pgroundtrip.rows = '"+strconv.FormatInt(rows, 10)+"'")
	return err
}

// Begin begins a transaction that reads one moment: that of an exported snapshot, or the present if snapshot is "".
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

// Literal returns text as an SQL string constant. Requires standard_conforming_strings = on.
func Literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Limits are what limits.sql prints: which server this is, and what it allows this role.
type Limits struct {
	SystemIdentifier  string
	Timeline          int
	Database          string
	InRecovery        bool
	StatementTimeout  string // "0" means none
	LockTimeout       string // "0" means none
	FreeConnections   int    // including this connection's own
	ProcessesPerQuery int
}

//go:embed limits.sql
var limitsSQL string

// Shield prepares a new connection for queries of this program, instead of a suite: what a role or a database puts
// before pg_catalog is not found by them. Under the isolation level serializable a standby would refuse them.
func Shield(ctx context.Context, conn *pgx.Conn) error {
	const settings = "set search_path = pg_catalog, pg_temp; set default_transaction_isolation = 'read committed'"
	if _, err := conn.Exec(ctx, settings); err != nil {
		return fmt.Errorf("could not set the search_path: %w", err)
	}
	return nil
}

// AskLimits runs limits.sql. The suite's session settings must not have been applied yet: they lift the timeouts.
func AskLimits(ctx context.Context, conn *pgx.Conn) (limits Limits, err error) {
	_, err = conn.Exec(ctx, "begin isolation level read committed read only; set local search_path = pg_catalog, pg_temp")
	if err == nil {
		rows, _ := conn.Query(ctx, Statement(limitsSQL)) // its error is that of the rows
		limits, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Limits])
		_, ended := conn.Exec(ctx, "rollback")
		err = errors.Join(err, ended)
	}
	if err != nil {
		return Limits{}, fmt.Errorf("could not read the server's limits: %w", err)
	}
	return limits, nil
}

// Wires returns the connections in the form that taking a record needs.
func Wires(lead *pgx.Conn, others ...*pgx.Conn) []*pgconn.PgConn {
	all := []*pgconn.PgConn{lead.PgConn()}
	for _, conn := range others {
		all = append(all, conn.PgConn())
	}
	return all
}
