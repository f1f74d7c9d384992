// Package cluster hides where the server comes from: one that a connection string names, or a
// throw-away cluster that is made for the run and gone after it; and the scratch databases on it.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/platform"
)

// Options say which server is wanted.
type Options struct {
	DSN    string            // "" looks at the environment, see Open
	Env    map[string]string // the caller's environment
	Finder pgtool.Finder
	Wait   time.Duration // how long a server may take to accept connections
	Log    io.Writer     // a line when there is something to wait for
	Temp   string        // folder for a throw-away cluster; "" is the system's
	// Isolate has a throw-away cluster reach nothing but its own folder, as far as the machine lets it: what runs on it
	// comes out of an archive that somebody else may have written.
	Isolate bool
	// AtLeast is the oldest major that a throw-away cluster may have; 0 is any.
	AtLeast int
	// Settings are more settings of a throw-away cluster, by name: libraries to preload and what they read. Without
	// those that it does not start with it is started all the same.
	Settings map[string]string
	// Scratch is the name of the first scratch database; "" is a random one. It must come from NewScratchName.
	Scratch string
}

// A Server is a PostgreSQL server that answers.
type Server struct {
	Version   pgtool.Version
	Throwaway bool
	// Took is how long it took until the server answered: a throw-away cluster was made and started meanwhile.
	Took time.Duration
	// Bindir is the folder of a throw-away cluster's programs, "" for a server that was named.
	Bindir string
	data   string // the folder of a throw-away cluster's data
	// Lacks is what the isolation of a throw-away cluster could not have.
	Lacks []string
	// OnNotice is called with what the server sends beside its answers; it may be nil.
	OnNotice func(message string)
	dsn      conninfo.DSN
	wait     time.Duration
	log      io.Writer
	stop     func() error
	guard    guard
	scratch  string // the name of the first scratch database; "" is a random one
	// mutesLogins is known once the server has been asked for its version.
	mutesLogins bool
}

// ErrNoServer marks a command that needs a live server when none was named.
var ErrNoServer = errors.New("no server is named")

// Named returns which server the options name: DSN, else PGROUNDTRIP_DSN, else DATABASE_URL, else
// libpq's own environment if PGHOST or PGSERVICE is set. ok is false if they name none.
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
	begun := time.Now()
	s := &Server{dsn: dsn, wait: o.Wait, log: o.Log, scratch: o.Scratch, stop: func() error { return nil }}
	if !named && !platform.CanServe {
		return nil, &HintError{Err: errors.New("there are no throw-away clusters on this system"),
			Hint: "name a server: -dsn, or DATABASE_URL, PGHOST or PGSERVICE"}
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
func (s *Server) Close() error {
	s.guard.close()
	return s.stop()
}

// Describe names the server for people, without a password.
func (s *Server) Describe() string {
	if s.Throwaway {
		return "throw-away cluster"
	}
	if service := s.dsn["service"]; service != "" && s.dsn["host"] == "" && s.dsn["hostaddr"] == "" {
		return "service " + service
	}
	return "server at " + s.dsn.Address()
}

// IsLocal reports whether the server runs on this machine: it is reached by a unix socket or over
// loopback.
func (s *Server) IsLocal() bool {
	host := s.dsn["host"]
	if s.dsn["hostaddr"] != "" {
		host = s.dsn["hostaddr"]
	}
	return s.Throwaway || strings.HasPrefix(host, "/") || host == "localhost" || net.ParseIP(host).IsLoopback()
}

const oldestMajor = 13

// liftLimit takes away a statement_timeout that a login trigger has set, of which it may be too early to know how to
// have it not fire. Under a limit of a millisecond even this can take more than one try.
func liftLimit(ctx context.Context, conn *pgx.Conn) (err error) {
	const tries, canceled = 20, "57014"
	for range tries {
		var refused *pgconn.PgError
		if _, err = conn.Exec(ctx, "set statement_timeout = 0"); !errors.As(err, &refused) || refused.Code != canceled {
			return err
		}
	}
	return err
}

// askVersion connects for the first time.
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
		// pgx and the programs have a default each: they must talk to one server.
		s.dsn["host"] = conn.Config().Host
	}
	var number int
	var text string
	query := "select pg_catalog.current_setting('server_version_num')::int, pg_catalog.current_setting('server_version')"
	if err := conn.QueryRow(ctx, query).Scan(&number, &text); err != nil {
		return fmt.Errorf("could not ask the server for its version: %w", err)
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

// loginTriggers is the first major that has event triggers on login, and a setting to do without.
const loginTriggers = 17

// MutesLogins reports whether this role may log in without firing event triggers, by the setting event_triggers.
func (s *Server) MutesLogins() bool { return s.mutesLogins }

// DSN is the server's own connection, as given.
func (s *Server) DSN() conninfo.DSN { return s.dsn }

// A HintError is an error with a piece of advice.
type HintError = hint.Error
