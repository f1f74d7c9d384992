package cluster

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"pgroundtrip/internal/sqlstate"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// What a killed run (SIGKILL, power failure) leaves is dropped by the next run on the same server, by this rule. The
// 16 hex digits in a scratch database's name are a random 64-bit number: the key of an advisory lock that the run
// takes before it creates the database, on a connection that it keeps until the database is gone. A database is a
// leftover if it has such a name and our comment, no session anywhere on the server holds its lock, no session is
// connected to it, and the role owns it. A database is created with connections disallowed until it has its comment,
// so one with such a name that disallows connections and has no comment is empty, and is a leftover too. A run never
// reuses an existing database, so a leftover stays one, and dropping it cannot race with a live run. It is dropped
// without force: the server itself decides whether someone is connected.

// scratchComment begins the comment of every scratch database; the time of its creation follows.
const scratchComment = "scratch database of pgroundtrip, safe to drop when no pgroundtrip runs; created "

// A guard holds the locks of this run's scratch databases on a named server.
type guard struct {
	mu   sync.Mutex
	conn *pgx.Conn // nil until the first scratch database
}

// hold takes the lock of a scratch database that is about to be created. The first call also drops what killed runs
// left. A throw-away cluster is used by no one else and needs no lock.
func (g *guard) hold(ctx context.Context, db *Database) error {
	if db.server.Throwaway {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conn != nil && !g.conn.IsClosed() {
		return g.lock(ctx, db)
	}
	conn, err := db.server.Connect(ctx)
	if err != nil {
		return err
	}
	g.conn = conn
	if _, err := conn.Exec(ctx, guardSettings); err != nil {
		return fmt.Errorf("could not mark a scratch database as in use: %w", err)
	}
	if err := g.sweep(ctx, db.server); err != nil {
		fmt.Fprintf(db.server.log, "could not look for scratch databases that killed runs left behind: %v\n", err)
	}
	return g.lock(ctx, db)
}

// guardSettings keep the connection alive, and keep its queries from calling objects that others created.
const guardSettings = noLimits + `; set statement_timeout = '30s'; set search_path = pg_catalog, pg_temp;
	select set_config(name, '0', false)
	from pg_settings
	where name = 'idle_session_timeout'`

func (g *guard) lock(ctx context.Context, db *Database) error {
	if _, err := g.conn.Exec(ctx, "select pg_advisory_lock("+db.lockKey()+")"); err != nil {
		return fmt.Errorf("could not mark a scratch database as in use: %w", err)
	}
	return nil
}

// release releases the lock of a scratch database that is gone or was renamed. A lost connection has already released
// it.
func (g *guard) release(ctx context.Context, db *Database) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conn != nil && !g.conn.IsClosed() {
		_, _ = g.conn.Exec(ctx, "select pg_advisory_unlock("+db.lockKey()+")")
	}
}

func (g *guard) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = g.conn.Close(ctx) // that releases the locks in any case
}

// lockKey returns the number in the database's name as an SQL expression.
func (db *Database) lockKey() string {
	return "('x' || '" + strings.TrimPrefix(db.Name, ScratchPrefix) + "')::bit(64)::int8"
}

// closed returns the option of CREATE DATABASE that disallows connections until mark, on a server that others use.
func (db *Database) closed() string {
	if db.server.Throwaway {
		return ""
	}
	return " allow_connections false"
}

// mark returns a text that comments a new scratch database and opens it to its owner only: no one else may read what
// is restored there. The server runs it as a whole or not at all.
func (db *Database) mark() string {
	if db.server.Throwaway {
		return ""
	}
	return strings.ReplaceAll("comment on database NAME is '"+scratchComment+time.Now().UTC().Format(time.RFC3339)+
		"'; revoke connect on database NAME from public; alter database NAME allow_connections true", "NAME", db.identifier())
}

//go:embed leftovers.sql
var leftoversSQL string

// sweep drops the scratch databases and roles that killed runs left.
func (g *guard) sweep(ctx context.Context, s *Server) error {
	find := func(kind string) ([]string, error) {
		return texts(ctx, g.conn, strings.NewReplacer("KIND", kind, "DATABASE_COMMENT", scratchComment,
			"ROLE_COMMENT", roleComment).Replace(leftoversSQL))
	}
	names, err := find("database")
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		_, err := g.conn.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize())
		switch code := sqlstate.Of(err); {
		case err == nil:
			fmt.Fprintf(s.log, "dropped the scratch database %s, which a killed run had left behind\n", name)
		case code == sqlstate.InUse || code == sqlstate.Canceled: // in use after all: it stays
		default:
			errs = append(errs, err)
		}
	}
	names, err = find("role")
	errs = append(errs, err)
	for _, name := range names {
		_, err := g.conn.Exec(ctx, fmt.Sprintf(dropRoleSQL, name))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// texts runs a query that prints one column of text.
func texts(ctx context.Context, conn *pgx.Conn, query string) ([]string, error) {
	rows, _ := conn.Query(ctx, query) // its error is that of the rows
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
