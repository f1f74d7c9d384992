// Package session reads one moment of one database: the settings that a connection needs, the transaction that
// several connections share, and what the server allows.
package session

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
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

// Connect opens a connection by calling connect, and prepares it.
func Connect(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), s *suite.Suite,
	rows int64) (*pgx.Conn, error) {
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := Prepare(ctx, conn, s, rows); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// Open is Connect, and begins a transaction that reads the present moment.
func Open(ctx context.Context, connect func(context.Context) (*pgx.Conn, error), s *suite.Suite,
	rows int64) (*pgx.Conn, error) {
	conn, err := Connect(ctx, connect, s, rows)
	if err != nil {
		return nil, err
	}
	if err := Begin(ctx, conn, ""); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
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

// ErrNoReplica marks a server that is not a standby of the run's server.
var ErrNoReplica = errors.New("it is not a standby of this server")

// A Replica is a standby that takes part in a run.
type Replica struct {
	*cluster.Server
	Limits Limits
	Conn   *pgx.Conn // without the settings of a suite; the caller closes it
}

// NameStandby returns a name of a standby for people, before it is opened.
func NameStandby(options cluster.Options) string {
	if dsn, named, err := options.Named(); err == nil && named {
		return "standby at " + dsn.Address()
	}
	return "standby"
}

// OpenReplica opens a standby of the database that lead describes: a server in recovery with the same system
// identifier and timeline. For any other server the error wraps ErrNoReplica.
func OpenReplica(ctx context.Context, options cluster.Options, lead Limits) (*Replica, error) {
	server, err := cluster.OpenNamed(ctx, options)
	if err != nil {
		return nil, err
	}
	conn, err := server.ConnectAsGuest(ctx)
	if err != nil {
		return nil, err
	}
	about, err := AskLimits(ctx, conn)
	if err == nil {
		err = about.follows(lead)
	}
	if err != nil {
		conn.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return &Replica{server, about, conn}, nil
}

// follows returns why a server is not a standby of lead, or nil.
func (l Limits) follows(lead Limits) error {
	switch {
	case l.SystemIdentifier != lead.SystemIdentifier:
		return fmt.Errorf("%w: its system identifier is %s, not %s", ErrNoReplica, l.SystemIdentifier, lead.SystemIdentifier)
	case !l.InRecovery:
		return fmt.Errorf("%w: it is not in recovery", ErrNoReplica)
	case l.Timeline != lead.Timeline:
		return fmt.Errorf("%w: it is on timeline %d, not %d: it was promoted, or follows a server that was", ErrNoReplica,
			l.Timeline, lead.Timeline)
	case l.Database != lead.Database:
		return fmt.Errorf("%w: its database is %q, not %q", ErrNoReplica, l.Database, lead.Database)
	}
	return nil
}
