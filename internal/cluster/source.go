// Package cluster provides the server, which a connection string names or which is a throw-away cluster made for the
// run, and the scratch databases on it.
package cluster

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/sqlstate"
)

// Options describe which server is wanted.
type Options struct {
	DSN    string            // "" means the environment, see Open
	Env    map[string]string // the caller's environment
	Finder pgtool.Finder
	Wait   time.Duration // how long a server may take to accept connections
	Log    io.Writer     // receives a line when there is something to wait for
	Temp   string        // folder for a throw-away cluster; "" means the system's
	// Isolate restricts a throw-away cluster to its own folder, as far as the machine allows: the archive that runs
	// on it may come from anyone.
	Isolate bool
	// AtLeast is the oldest major that a throw-away cluster may have; 0 means any.
	AtLeast int
	// Settings are additional settings of a throw-away cluster by name: libraries to preload and what they read. If
	// the cluster does not start with them, it is started without.
	Settings map[string]string
	// Scratch is the name of the first scratch database; "" means a random one. It must come from NewScratchName.
	Scratch string
}

// A Server is a PostgreSQL server that accepts connections.
type Server struct {
	Version   pgtool.Version
	Throwaway bool
	// Took is how long it took until the server answered, including the creation of a throw-away cluster.
	Took time.Duration
	// Bindir is the folder of a throw-away cluster's programs; "" for a named server.
	Bindir string
	data   string // the data folder of a throw-away cluster
	// Lacks are the parts of a throw-away cluster's isolation that could not be applied.
	Lacks []string
	// OnNotice is called with the server's notices; may be nil.
	OnNotice func(message string)
	dsn      conninfo.DSN
	wait     time.Duration
	log      io.Writer
	stop     func() error
	guard    guard
	scratch  string // the name of the first scratch database; "" means a random one
	// mutesLogins is set by askVersion.
	mutesLogins bool
}

// ErrNoServer marks a command that needs a live server when none was named.
var ErrNoServer = errors.New("no server is named")

// Named returns the server that the options name: DSN, else PGROUNDTRIP_DSN, else DATABASE_URL, else libpq's own
// environment if PGHOST or PGSERVICE is set. ok is false if they name none.
func (o Options) Named() (dsn conninfo.DSN, ok bool, err error) {
	for _, source := range []struct{ name, text string }{
		{"-dsn", o.DSN}, {"PGROUNDTRIP_DSN", o.Env["PGROUNDTRIP_DSN"]}, {"DATABASE_URL", o.Env["DATABASE_URL"]},
	} {
		if source.text == "" {
			continue
		}
		dsn, err := conninfo.Parse(source.text)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", source.name, err)
		}
		return dsn.WithEnv(o.Env), true, nil
	}
	if o.Env["PGHOST"] == "" && o.Env["PGSERVICE"] == "" {
		return nil, false, nil
	}
	return conninfo.DSN{}.WithEnv(o.Env), true, nil
}

// Open finds the server, waits until it accepts connections, and reads its version. If the options name no server it
// makes a throw-away cluster. The caller must call Close.
func Open(ctx context.Context, o Options) (*Server, error) {
	dsn, named, err := o.Named()
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	begun := time.Now()
	s := &Server{dsn: dsn, wait: o.Wait, log: o.Log, scratch: o.Scratch, stop: func() error { return nil }}
	if !named && !platform.CanServe {
		return nil, hint.With(errors.New("there are no throw-away clusters on this system"),
			"name a server: -dsn, or DATABASE_URL, PGHOST or PGSERVICE")
	}
	if !named {
		if err := s.startThrowaway(ctx, o); err != nil {
			return nil, err
		}
	}
	if err := s.askVersion(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.Took = time.Since(begun)
	return s, nil
}

// OpenNamed is Open for a command that needs a live server: it does not make a throw-away cluster.
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

// Close stops a throw-away cluster and removes its folder; it leaves a named server alone.
func (s *Server) Close() error {
	s.guard.close()
	return s.stop()
}

// Describe returns a name of the server for people, without a password.
func (s *Server) Describe() string {
	if s.Throwaway {
		return "throw-away cluster"
	}
	if service := s.dsn["service"]; service != "" && s.dsn["host"] == "" && s.dsn["hostaddr"] == "" {
		return "service " + service
	}
	return "server at " + s.dsn.Address()
}

// IsLocal reports whether the server runs on this machine: it is reached over a unix socket or loopback.
func (s *Server) IsLocal() bool {
	host := s.dsn["host"]
	if s.dsn["hostaddr"] != "" {
		host = s.dsn["hostaddr"]
	}
	return s.Throwaway || strings.HasPrefix(host, "/") || host == "localhost" || net.ParseIP(host).IsLoopback()
}

const oldestMajor = 13

// liftLimit resets a statement_timeout that a login trigger has set: before the first query it is not known whether
// login triggers can be muted. With a limit of a millisecond even this can take several tries.
func liftLimit(ctx context.Context, conn *pgx.Conn) (err error) {
	const tries = 20
	for range tries {
		if _, err = conn.Exec(ctx, "set statement_timeout = 0"); sqlstate.Of(err) != sqlstate.Canceled {
			return err
		}
	}
	return err
}

// askVersion connects for the first time and reads the server's version.
func (s *Server) askVersion(ctx context.Context) error {
	conn, err := s.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := liftLimit(ctx, conn); err != nil {
		return fmt.Errorf("could not ask the server for its version: %w", err)
	}
	if s.dsn["host"] == "" && s.dsn["hostaddr"] == "" && s.dsn["service"] == "" {
		// pgx and PostgreSQL's programs have different defaults, but must use the same server.
		s.dsn["host"] = conn.Config().Host
	}
	var number int
	var text, ssl string
	query := "select pg_catalog.current_setting('server_version_num')::int, " +
		"pg_catalog.current_setting('server_version'), pg_catalog.current_setting('ssl')"
	if err := conn.QueryRow(ctx, query).Scan(&number, &text, &ssl); err != nil {
		return fmt.Errorf("could not ask the server for its version: %w", err)
	}
	_, isTLS := conn.PgConn().Conn().(*tls.Conn) // what is in front of a server may speak it
	if ssl == "off" && !isTLS && !strings.Contains(s.dsn["host"], ",") {
		s.dsn["sslmode"] = "disable" // else each connection is made twice: with TLS, and without it
	}
	s.Version = pgtool.ServerVersion(number, text)
	if s.Version.Major < oldestMajor {
		return fmt.Errorf("the server is PostgreSQL %s; pgroundtrip needs %d or newer", s.Version, oldestMajor)
	}
	if err := s.refusePooler(ctx, conn); err != nil {
		return err
	}
	if s.Version.Major < loginTriggers {
		return nil
	}
	query = "select pg_catalog.has_parameter_privilege(session_user, 'event_triggers', 'SET')"
	if err := conn.QueryRow(ctx, query).Scan(&s.mutesLogins); err != nil {
		return fmt.Errorf("could not ask the server for this role's rights: %w", err)
	}
	return nil
}

// loginTriggers is the first major that has event triggers on login, and a setting to disable them.
const loginTriggers = 17

// MutesLogins reports whether this role may log in without firing event triggers, by setting event_triggers.
func (s *Server) MutesLogins() bool { return s.mutesLogins }

// DSN returns the DSN of the server, as given.
func (s *Server) DSN() conninfo.DSN { return s.dsn }

// refusePooler returns an error for a connection pooler that gives each transaction another session of the server
// (pgbouncer's pool_mode = transaction). Behind one, settings and snapshots would belong to other sessions than the
// next transaction's. A pooler is recognized by the process id that it invents, and the mode by a second client that
// gets the session of the first, which is still connected.
func (s *Server) refusePooler(ctx context.Context, conn *pgx.Conn) error {
	const tries = 3
	for range tries {
		ours, err := backendOf(ctx, conn)
		if err != nil || ours == conn.PgConn().PID() {
			return err
		}
		other, err := s.Connect(ctx)
		if err != nil {
			return err
		}
		theirs, err := backendOf(ctx, other)
		if err := errors.Join(err, other.Close(ctx)); err != nil {
			return err
		}
		if theirs == ours {
			return hint.With(fmt.Errorf("%s is a connection pooler that gives each transaction another session", s.Describe()),
				"name the PostgreSQL server itself in -dsn: its settings, locks and snapshots belong to one session")
		}
	}
	return nil
}

// backendOf returns the process id of the session that serves conn.
func backendOf(ctx context.Context, conn *pgx.Conn) (pid uint32, err error) {
	if err := conn.QueryRow(ctx, "select pg_catalog.pg_backend_pid()").Scan(&pid); err != nil {
		return 0, fmt.Errorf("could not ask the server for its process id: %w", err)
	}
	return pid, nil
}
