// Package cluster hides where the server comes from: one that a connection string names, or a
// throw-away cluster that is made for the run and gone after it; and the scratch databases on it.
package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/pgtool"
)

// Options say which server is wanted.
type Options struct {
	DSN    string            // "" looks at the environment, see Open
	Env    map[string]string // the caller's environment
	Finder pgtool.Finder
	Wait   time.Duration // how long a server may take to accept connections
	Log    io.Writer     // a line when there is something to wait for
	Temp   string        // folder for a throw-away cluster; "" is the system's
}

// A Server is a PostgreSQL server that answers.
type Server struct {
	Version   pgtool.Version
	Throwaway bool
	// Bindir is the folder of a throw-away cluster's programs, "" for a server that was named.
	Bindir string
	dsn    DSN
	wait   time.Duration
	log    io.Writer
	stop   func() error
}

// ErrNoServer marks a command that needs a live server when none was named.
var ErrNoServer = errors.New("no server is named")

// Named says which server the options name: DSN, else PGROUNDTRIP_DSN, else DATABASE_URL, else
// libpq's own environment if PGHOST or PGSERVICE is set. ok is false if they name none.
func (o Options) Named() (dsn DSN, ok bool, err error) {
	for _, source := range []struct{ name, text string }{
		{"-dsn", o.DSN}, {"PGROUNDTRIP_DSN", o.Env["PGROUNDTRIP_DSN"]}, {"DATABASE_URL", o.Env["DATABASE_URL"]},
	} {
		if source.text == "" {
			continue
		}
		dsn, err := ParseDSN(source.text)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", source.name, err)
		}
		return dsn.withEnv(o.Env), true, nil
	}
	if o.Env["PGHOST"] == "" && o.Env["PGSERVICE"] == "" {
		return nil, false, nil
	}
	return DSN{}.withEnv(o.Env), true, nil
}

// withEnv fills what d does not say from libpq's variables, so that children need not inherit them.
func (d DSN) withEnv(env map[string]string) DSN {
	service := d["service"] != ""
	for name, key := range map[string]string{
		"PGSERVICE": "service", "PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password",
		"PGDATABASE": "dbname", "PGSSLMODE": "sslmode", "PGCONNECT_TIMEOUT": "connect_timeout",
		"PGTARGETSESSIONATTRS": "target_session_attrs",
	} {
		// What a service file says stands above the environment.
		if value := env[name]; value != "" && d[key] == "" && !(service && key != "password") {
			d[key] = value
		}
	}
	return d
}

// Open finds the server, waits until it accepts connections, and asks for its version. If the
// options name none it makes a throw-away cluster. Close must be called.
func Open(ctx context.Context, o Options) (*Server, error) {
	dsn, named, err := o.Named()
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	s := &Server{dsn: dsn, wait: o.Wait, log: o.Log, stop: func() error { return nil }}
	if !named {
		if err := s.startThrowaway(ctx, o); err != nil {
			return nil, err
		}
	}
	if err := s.askVersion(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// OpenNamed is Open for a command that needs a live server: no throw-away cluster is made.
func OpenNamed(ctx context.Context, o Options) (*Server, error) {
	_, named, err := o.Named()
	if err != nil {
		return nil, err
	}
	if !named {
		return nil, ErrNoServer
	}
	return Open(ctx, o)
}

// Close stops a throw-away cluster and removes its folder; a named server is left alone.
func (s *Server) Close() error { return s.stop() }

// Describe names the server for people, without a password.
func (s *Server) Describe() string {
	if s.Throwaway {
		return "throw-away cluster"
	}
	host := s.dsn["host"]
	if host == "" {
		host = "localhost"
	}
	if port := s.dsn["port"]; port != "" && !strings.HasPrefix(host, "/") {
		host += ":" + port
	}
	return "server at " + host
}

const oldestMajor = 13

func (s *Server) askVersion(ctx context.Context) error {
	conn, err := s.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var number int
	if err := conn.QueryRow(ctx, "select pg_catalog.current_setting('server_version_num')::int").Scan(&number); err != nil {
		return fmt.Errorf("could not ask the server for its version: %w", err)
	}
	s.Version = pgtool.VersionFromNumber(number)
	if s.Version.Major < oldestMajor {
		return fmt.Errorf("the server is PostgreSQL %s; pgroundtrip needs %d or newer", s.Version, oldestMajor)
	}
	return nil
}

// Connect opens a connection to the database that the server's DSN names.
func (s *Server) Connect(ctx context.Context) (*pgx.Conn, error) { return s.connect(ctx, s.dsn) }

// DSN is the server's own connection, as given.
func (s *Server) DSN() DSN { return s.dsn }

// connect waits for a server that is still starting; any other refusal is final.
func (s *Server) connect(ctx context.Context, dsn DSN) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(dsn.forPgx())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDSN, withoutPassword(err, dsn))
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "pgroundtrip"
	}
	deadline := time.Now().Add(s.wait)
	for told := false; ; told = true {
		conn, err := pgx.ConnectConfig(ctx, config)
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !isStarting(err) || time.Now().After(deadline) {
			return nil, explainConnect(withoutPassword(err, dsn))
		}
		if !told {
			fmt.Fprintf(s.log, "waiting up to %s for %s to accept connections\n", s.wait, s.Describe())
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// isStarting says whether a server that is not up yet would answer like this: it says so itself
// (57P03), or nobody listens.
func isStarting(err error) bool {
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		return pgErr.Code == "57P03"
	}
	text := err.Error()
	return strings.Contains(text, "connection refused") || strings.Contains(text, "no such file or directory") ||
		strings.Contains(text, "connection reset") || strings.Contains(text, "EOF")
}

// withoutPassword cuts the password out of an error's text, should it have found its way in.
func withoutPassword(err error, dsn DSN) error {
	if password := dsn["password"]; password != "" && strings.Contains(err.Error(), password) {
		return errors.New(strings.ReplaceAll(err.Error(), password, "********"))
	}
	return err
}

// explainConnect adds what to do about a refusal.
func explainConnect(err error) error {
	var pgErr *pgconn.PgError
	hint := "check the host and port, and that the server runs"
	if errors.As(err, &pgErr) {
		switch pgErr.Code {
		case "28P01", "28000":
			hint = "check the user and password (in the DSN, PGPASSWORD or ~/.pgpass) and the server's pg_hba.conf"
		case "3D000":
			hint = "name an existing database in the DSN (dbname=postgres nearly always exists)"
		case "42501":
			hint = "the role may not connect to that database: grant connect on it"
		case "57P03":
			hint = "the server is still starting: allow it more time with -timeout"
		default:
			hint = ""
		}
	}
	err = fmt.Errorf("could not connect: %w", err)
	if hint == "" {
		return err
	}
	return &HintError{Err: err, Hint: hint}
}

// A HintError is an error with a piece of advice: what the user can do.
type HintError struct {
	Err  error
	Hint string
}

func (e *HintError) Error() string { return e.Err.Error() }

func (e *HintError) Unwrap() error { return e.Err }

// ScratchPrefix begins the name of every scratch database.
const ScratchPrefix = "pgroundtrip_"

// A Database is a scratch database: made by this run, under a random name, dropped by this run.
type Database struct {
	Name   string
	server *Server
}

// CreateScratch creates an empty scratch database from template0: encoding UTF8, locale C, so that
// it needs no locale of the machine and sorts alike everywhere.
func (s *Server) CreateScratch(ctx context.Context) (*Database, error) {
	random := make([]byte, 8)
	rand.Read(random) // never fails (crypto/rand)
	db := &Database{Name: ScratchPrefix + hex.EncodeToString(random), server: s}
	return db, db.create(ctx)
}

func (db *Database) create(ctx context.Context) error {
	err := db.server.admin(ctx, "create database "+db.identifier()+" template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'")
	var pgErr *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pgErr) && pgErr.Code == "42501":
		return &HintError{Err: fmt.Errorf("could not create a scratch database: %w", err),
			Hint: "let the role create databases (alter role ... createdb), or leave -dsn out to use a throw-away cluster"}
	case errors.As(err, &pgErr) && pgErr.Code == "25006":
		return &HintError{Err: fmt.Errorf("could not create a scratch database: %w", err),
			Hint: "the server is read-only (a standby?): name a server that can be written to"}
	}
	return fmt.Errorf("could not create a scratch database: %w", err)
}

// Drop drops the database, also when others are connected to it or ctx has ended: what this run
// made must not stay behind.
func (db *Database) Drop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := db.server.admin(ctx, "drop database if exists "+db.identifier()+" with (force)"); err != nil {
		return &HintError{Err: fmt.Errorf("could not drop the scratch database %s: %w", db.Name, err),
			Hint: "drop it by hand: drop database " + db.identifier() + " with (force)"}
	}
	return nil
}

// Recreate drops the database and creates it again, empty.
func (db *Database) Recreate(ctx context.Context) error {
	if err := db.Drop(ctx); err != nil {
		return err
	}
	return db.create(ctx)
}

// Connect opens a connection to the scratch database.
func (db *Database) Connect(ctx context.Context) (*pgx.Conn, error) {
	return db.server.connect(ctx, db.DSN())
}

// DSN is how to connect to the scratch database.
func (db *Database) DSN() DSN { return db.server.dsn.With("dbname", db.Name) }

func (db *Database) identifier() string { return pgx.Identifier{db.Name}.Sanitize() }

// admin runs one statement outside a transaction, on a connection of its own.
func (s *Server) admin(ctx context.Context, statement string) error {
	conn, err := s.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	// A default of the role or database could make it read-only or cut it short.
	if _, err := conn.Exec(ctx, "set statement_timeout = 0; set lock_timeout = 0; set default_transaction_read_only = off"); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return err
}
