package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/stall"
)

// Connect opens a connection to the database that the server's DSN names.
func (s *Server) Connect(ctx context.Context) (*pgx.Conn, error) { return s.connect(ctx, s.dsn) }

// ConnectAsGuest is Connect for a command that reads a server in use: it leaves alone the timeouts that the role, the
// database, the server or the DSN's options set.
func (s *Server) ConnectAsGuest(ctx context.Context) (*pgx.Conn, error) {
	return s.dial(ctx, s.dsn, s.wait, s.mutesLogins, func(*pgx.ConnConfig, pgtool.Version) {})
}

// A ConnectError is about a server that could not be reached or refused the connection.
type ConnectError struct {
	Where  string // the server, for people
	User   string // "" means the operating system's
	Detail string // what each address answered
	Err    error
}

func (e *ConnectError) Error() string {
	who := ""
	if e.User != "" {
		who = fmt.Sprintf(" as user %q", e.User)
	}
	return fmt.Sprintf("could not connect to %s%s: %s", e.Where, who, e.Detail)
}

func (e *ConnectError) Unwrap() error { return e.Err }

// minAttempt is the time for a single attempt even if the waiting time is over.
const minAttempt = 2 * time.Second

// connect opens a connection with settings that no default can change.
func (s *Server) connect(ctx context.Context, dsn conninfo.DSN) (*pgx.Conn, error) {
	return s.dial(ctx, dsn, s.wait, s.mutesLogins, pin)
}

// dial waits for a server that is still starting; any other refusal is final. mutes is set if the role may log in
// without firing event triggers.
func (s *Server) dial(ctx context.Context, dsn conninfo.DSN, wait time.Duration, mutes bool,
	pin func(*pgx.ConnConfig, pgtool.Version)) (*pgx.Conn, error) {
	config, err := s.configOf(dsn, mutes)
	if err != nil {
		return nil, err
	}
	pin(config, s.Version)
	made := func(*pgx.Conn) {}
	if guard := s.guardOf(config, wait); guard != nil {
		made = guard.Over(config)
	}
	begun := time.Now()
	deadline := begun.Add(wait)
	for isLogged := false; ; isLogged = true {
		limit := max(time.Until(deadline), min(wait, minAttempt))
		if wait == 0 {
			limit = connectTime // no waiting for the server to start, but the machine may be busy
		}
		conn, err := attempt(ctx, config, limit)
		if err == nil && switchToBytes(conn, config) {
			if err = conn.Close(ctx); err == nil {
				conn, err = attempt(ctx, config, limit)
			}
		}
		if err == nil {
			made(conn)
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if sqlstate.Of(err) == sqlstate.IsFull && time.Since(begun) < leavingTime {
			time.Sleep(leavingTime / 10)
			continue
		}
		if !isStarting(err) || time.Now().After(deadline) {
			return nil, s.explainConnect(err, config.User)
		}
		if !isLogged {
			fmt.Fprintf(s.log, "waiting up to %s for %s to accept connections\n", wait, s.Describe())
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// configOf returns the configuration of a connection, whose notices go to OnNotice.
func (s *Server) configOf(dsn conninfo.DSN, mutes bool) (*pgx.ConnConfig, error) {
	config, err := dsn.PGX()
	if err != nil {
		return nil, err
	}
	if mutes {
		muteLogin(config)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if s.OnNotice != nil {
			s.OnNotice(n.Message)
		}
	}
	return config, nil
}

// guardOf returns a guard for the connections of config, or nil if nothing is between here and the server.
func (s *Server) guardOf(config *pgx.ConnConfig, wait time.Duration) *stall.Guard {
	if s.Throwaway {
		return nil
	}
	limit, ask := max(wait, time.Second), config.Copy()
	ask.OnNotice = nil
	return &stall.Guard{Limit: limit, Ask: func(ctx context.Context) (*pgx.Conn, error) {
		return attempt(ctx, ask, max(limit, 5*time.Second))
	}}
}

// GuardOf returns a guard for a program that connects with dsn, or nil if nothing is between it and the server.
func (s *Server) GuardOf(dsn conninfo.DSN) (*stall.Guard, error) {
	config, err := s.configOf(dsn, s.mutesLogins)
	if err != nil {
		return nil, err
	}
	return s.guardOf(config, s.wait), nil
}

// switchToBytes reports whether the connection leads to an SQL_ASCII database, which refuses to send invalid UTF-8 to
// a client with that encoding, and changes config to take the bytes unconverted.
func switchToBytes(conn *pgx.Conn, config *pgx.ConnConfig) bool {
	const bytes = "SQL_ASCII"
	if conn.PgConn().ParameterStatus("server_encoding") != bytes || config.RuntimeParams["client_encoding"] == bytes {
		return false
	}
	config.RuntimeParams["client_encoding"] = bytes
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // pgx puts values into a query's text in UTF-8 only
	return true
}

// pin makes a connection begin with settings that defaults of the role, the database or the server cannot change:
// those that could refuse or cut short what is sent before a suite's session.sql. server is Version{} if not yet
// known.
func pin(config *pgx.ConnConfig, server pgtool.Version) {
	config.RuntimeParams["role"] = "none" // as in session.sql: rights are read and used as one role
	config.RuntimeParams["default_transaction_read_only"] = "off"
	config.RuntimeParams["default_transaction_isolation"] = "read committed" // a standby refuses serializable
	for name, since := range map[string]int{"statement_timeout": 0, "lock_timeout": 0,
		"idle_in_transaction_session_timeout": 0, "idle_session_timeout": 14, "transaction_timeout": 17} {
		if server.Major >= since {
			config.RuntimeParams[name] = "0"
		}
	}
}

// muteLogin makes a login fire no event trigger: a restored database has those of the source, which may write rows or
// refuse this login. After the login they are on again.
func muteLogin(config *pgx.ConnConfig) {
	config.RuntimeParams["event_triggers"] = "off"
	config.RuntimeParams["role"] = "none" // a default of the role could switch to one that may not set it
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		return conn.Exec(ctx, "set event_triggers = on").Close()
	}
}

// attempt tries to connect once, for at most limit.
func attempt(ctx context.Context, config *pgx.ConnConfig, limit time.Duration) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, max(limit, time.Second))
	defer cancel()
	return pgx.ConnectConfig(ctx, config)
}

// leavingTime is how long a session that was just closed may still count against a connection limit.
const leavingTime = time.Second

// isStarting reports whether the error is that of a server that is starting: it reports so itself (57P03), or does
// not listen yet.
func isStarting(err error) bool {
	if code := sqlstate.Of(err); code != "" {
		return code == sqlstate.Starting
	}
	text := err.Error()
	return strings.Contains(text, "connection refused") || strings.Contains(text, "no such file or directory") ||
		strings.Contains(text, "connection reset") || strings.Contains(text, "EOF")
}

// explainConnect makes the error of the last attempt readable and adds advice.
func (s *Server) explainConnect(err error, user string) error {
	// There is one line per address and encryption method, often with the same text.
	detail := err.Error()
	if i := strings.Index(detail, "`:"); i >= 0 {
		detail = detail[i+len("`:"):]
	}
	var lines []string
	for line := range strings.SplitSeq(detail, "\n") {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	if len(lines) > 1 { // with sslmode=prefer that is only the first attempt
		lines = slices.DeleteFunc(lines,
			func(line string) bool { return strings.HasSuffix(line, "server refused TLS connection") })
	}
	failed := &ConnectError{Where: s.Describe(), User: user, Detail: strings.Join(lines, "; "), Err: err}
	var pgErr *pgconn.PgError
	advice := hint.OfNetwork(detail)
	if errors.As(err, &pgErr) {
		advice = hint.OfRefusal(pgErr.Code, pgErr.Message)
	}
	if advice == "" {
		return failed
	}
	return hint.With(failed, advice)
}
