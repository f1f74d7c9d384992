package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/serverdir"
	"pgroundtrip/internal/sqlstate"
)

// startThrowaway makes a cluster in a temporary folder, without fsync, reachable only over a unix socket in a folder
// that only its user can enter. As root it runs as an unprivileged user.
func (s *Server) startThrowaway(ctx context.Context, o Options) (err error) {
	s.Bindir, err = o.serverDir(ctx)
	if err != nil {
		return err
	}
	users := serverdir.Users
	if o.Isolate {
		users = []string{"nobody", "postgres"} // users that no server on this machine lets in as superuser
	}
	dir, account, err := serverdir.Make(o.Temp, s.log, users)
	if err != nil {
		return err
	}
	t := &throwaway{isolated: o.Isolate, bindir: s.Bindir, env: pgtool.CleanEnv(o.Finder.Env), account: account,
		dir: dir, data: filepath.Join(dir.Path, "data")}
	s.Throwaway, s.data, s.stop = true, t.data, t.close
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if err := t.initdb(ctx); err != nil {
		return err
	}
	// More than an address: the caller's environment, meant for other servers, must not apply.
	s.dsn = conninfo.DSN{
		"host": dir.Sockets, "port": "5432", "user": "postgres", "dbname": "postgres",
		"sslmode": "disable", "sslnegotiation": "postgres", "gssencmode": "disable", "channel_binding": "prefer",
		"require_auth": "none", "target_session_attrs": "any", "connect_timeout": "0",
	}
	// Once it is up it stays up, or is gone for good.
	s.wait = 0
	if err := t.startWith(ctx, s, o.Settings); err != nil {
		return err
	}
	s.Lacks = t.lacks
	s.stop = t.closeAlive
	return nil
}

// serverDir returns the folder of a throw-away cluster's programs.
func (o Options) serverDir(ctx context.Context) (string, error) {
	if o.AtLeast > 0 {
		return o.Finder.ServerDirFor(ctx, o.AtLeast)
	}
	return o.Finder.ServerDir()
}

// Plan returns the throw-away cluster that Open would start: its version and the folder of its programs. It returns
// nil if the options name a server.
func Plan(ctx context.Context, o Options) (*Server, error) {
	if _, named, err := o.Named(); named || err != nil {
		return nil, err
	}
	bindir, err := o.serverDir(ctx)
	if err != nil {
		return nil, err
	}
	finder := o.Finder
	finder.Bindir = bindir
	programs := finder.All(ctx, "postgres")
	if len(programs) == 0 {
		return nil, fmt.Errorf("%w: %s does not report its version", pgtool.ErrNotFound, filepath.Join(bindir, "postgres"))
	}
	return &Server{Version: programs[0].Version, Throwaway: true, Bindir: bindir}, nil
}

type throwaway struct {
	bindir  string
	env     []string
	account *platform.Account
	dir     *serverdir.Dir // to remove
	data    string
	server  *pgtool.Running
	// isolated is set if the server may access its own folders only; lacks are the parts of this that could not be
	// applied.
	isolated bool
	lacks    []string
}

func (t *throwaway) process(program string, args ...string) pgtool.Process {
	return pgtool.Process{Path: filepath.Join(t.bindir, program), Args: args, Env: t.env, Dir: t.dir.Path,
		Credential: t.account}
}

func (t *throwaway) initdb(ctx context.Context) error {
	err := t.process("initdb", "--pgdata="+t.data, "--username=postgres", "--auth=trust",
		"--encoding=UTF8", "--no-locale", "--no-sync").Run(ctx)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("could not make a throw-away cluster: %w", err)
	if errors.Is(err, fs.ErrPermission) && t.account != nil {
		return hint.With(err, fmt.Sprintf("PostgreSQL does not run as root, so it was run as user id %d: let every user "+
			"enter %s", t.account.Uid, t.bindir))
	}
	return hint.Explain(err)
}

// startWith starts the server with these additional settings, leaving out those with which it does not start.
func (t *throwaway) startWith(ctx context.Context, s *Server, settings map[string]string) error {
	settings = maps.Clone(settings)
	for {
		err := t.start(ctx, settings)
		if err == nil {
			err = t.ready(ctx, s)
		}
		if err == nil || len(settings) == 0 || ctx.Err() != nil {
			return err
		}
		fmt.Fprintf(s.log, "the throw-away cluster does not start with a setting of the source: %v\n", err)
		if t.server != nil {
			t.server.Stop(syscall.SIGQUIT, stopTime)
		}
		if !dropLibrary(settings, err.Error()) {
			clear(settings)
		}
	}
}

var noLibrary = regexp.MustCompile(`could not access file "([^"]+)"`)

// dropLibrary removes the library that an error misses from the settings that preload it. It returns false if it is
// in none.
func dropLibrary(settings map[string]string, text string) (wasThere bool) {
	m := noLibrary.FindStringSubmatch(text)
	if m == nil {
		return false
	}
	for name, value := range settings {
		libraries := strings.Split(value, ",")
		kept := slices.DeleteFunc(slices.Clone(libraries), func(library string) bool { return library == m[1] })
		if strings.HasSuffix(name, "_preload_libraries") && len(kept) < len(libraries) {
			settings[name], wasThere = strings.Join(kept, ","), true
		}
	}
	return wasThere
}

func (t *throwaway) start(ctx context.Context, settings map[string]string) error {
	args := []string{"-D", t.data, "-k", t.dir.Sockets, "-p", "5432"}
	// The record holds a lock on every table and index until its end: room for a hundred thousand.
	for _, setting := range []string{
		"listen_addresses=", "unix_socket_permissions=0700", "fsync=off", "full_page_writes=off",
		"synchronous_commit=off", "max_wal_size=4GB", "autovacuum=off", "max_connections=50",
		"max_locks_per_transaction=2000", "dynamic_shared_memory_type=mmap", // not in /dev/shm, where others have files
		"logging_collector=off", "log_destination=stderr", "log_min_messages=fatal",
		"jit=off", // queries of pg_dump and of triggers are short: compiling them takes longer than running them
	} {
		args = append(args, "-c", setting)
	}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	if len(settings) > 0 { // the copy's background jobs must not run, neither here nor on a server that they name
		args = append(args, "-c", "max_worker_processes=0")
	}
	process := t.process("postgres", args...)
	if t.isolated {
		process.Confine = t.confinement(process.Path)
		t.lacks = []string{"files", "network"}
	}
	server, err := process.Start(ctx)
	if err != nil {
		return fmt.Errorf("could not start a throw-away cluster: %w", err)
	}
	t.server = server
	if process.Confine != nil {
		t.lacks = server.Confined()
	}
	return nil
}

// confinement returns what the server may access: its folders and the libraries that it loads.
func (t *throwaway) confinement(program string) *pgtool.Confinement {
	c := pgtool.Confine(program)
	if c == nil {
		return nil
	}
	c.Offline, c.Writable = true, append(c.Writable, t.dir.Path, t.dir.Sockets)
	return c
}

// ready waits until the server accepts connections, or has ended.
func (t *throwaway) ready(ctx context.Context, s *Server) error {
	// A throw-away cluster is up within this time or never; -timeout is for other servers.
	for deadline := time.Now().Add(time.Minute); ; {
		select {
		case <-t.server.Done():
			return hint.Explain(fmt.Errorf("the throw-away cluster did not start: %w", t.server.Err()))
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(20 * time.Millisecond):
		}
		conn, err := (&Server{dsn: s.dsn, log: s.log}).Connect(ctx)
		if err == nil {
			return conn.Close(ctx)
		}
		// Final is a missing library that each session loads, for example.
		if sqlstate.Of(err) != "" && !isStarting(err) || time.Now().After(deadline) {
			return fmt.Errorf("the throw-away cluster did not accept connections: %w", err)
		}
	}
}

// closeAlive is close, but returns an error if the server had ended by itself.
func (t *throwaway) closeAlive() error {
	wasAlive, asked := t.server.Signal(0) == nil, time.Now()
	err := t.close()
	// A server that was killed a moment ago may still look alive, but SIGQUIT never leads to "killed".
	var exit *pgtool.ExitError
	wasKilled := errors.As(t.server.Err(), &exit) && exit.State == killed && time.Since(asked) < stopTime
	if wasAlive && !wasKilled {
		return err
	}
	return errors.Join(hint.Explain(fmt.Errorf("the throw-away cluster ended unexpectedly: %w", t.server.Err())), err)
}

const (
	stopTime = 10 * time.Second // then it is killed
	killed   = "was ended by signal: killed"
)

// close ends the server at once, since its data is discarded, and removes what was made for it.
func (t *throwaway) close() error {
	if t.server != nil {
		t.server.Stop(syscall.SIGQUIT, stopTime)
	}
	if err := t.dir.Remove(); err != nil {
		return fmt.Errorf("could not remove the throw-away cluster: %w", err)
	}
	return nil
}

// FreeBytes returns the free space on the disk of a throw-away cluster's data. For a named server it is unknown: ok
// is false.
func (s *Server) FreeBytes() (bytes int64, ok bool) {
	if !s.Throwaway {
		return 0, false
	}
	return platform.FreeBytes(s.data)
}
