//go:build unix

package roundtrip_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/serverdir"
	"pgroundtrip/internal/storytest"
)

// TestTooFewConnections: a limit of one is refused before any work, and otherwise the number of jobs is reduced to fit.
func TestTooFewConnections(t *testing.T) {
	server := pgtest.Server(t)
	for name, c := range map[string]struct {
		limit, jobs int
		refused     string
		log         string
	}{
		"one":           {limit: 1, jobs: 1, refused: "a dump needs 2 connections at once"},
		"two":           {limit: 2, jobs: 1},
		"two, for jobs": {limit: 2, jobs: 3, log: "1 jobs instead of 3"},
		"four":          {limit: 4, jobs: 3, log: "2 jobs instead of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			source, conn := storytest.Filled(t, server,
				"create table public.a (id int); create table public.b (id int); create table public.c (id int)")
			role := storytest.NewRole(t, server, fmt.Sprintf("connection limit %d", c.limit))
			storytest.MustExec(t, conn, "grant select on all tables in schema public to public")
			var log bytes.Buffer
			change := func(o *origin.Options) {
				o.Log = func(format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) }
				if o.Jobs = c.jobs; c.jobs > 1 {
					o.Format = "directory"
				}
			}
			reader := storytest.At(t, role, "dbname", source.DSN()["dbname"])
			storytest.WaitUntil(t, conn, "select count(*) = 0 from pg_stat_activity where usename = '"+role.DSN()["user"]+"'")
			if c.refused != "" {
				storytest.RefusedDump(t, reader, change, c.refused, "connection limit")
				return
			}
			storytest.TakeDump(t, reader, change)
			if !strings.Contains(log.String(), c.log) || c.log == "" && log.Len() > 0 {
				t.Errorf("log: %q, want %q", log.String(), c.log)
			}
		})
	}
}

// TestAPoolerIsNamed: pgbouncer in both modes, and with startup parameters that it does not know or ignores.
func TestAPoolerIsNamed(t *testing.T) {
	t.Parallel()
	pgbouncer, err := exec.LookPath("pgbouncer")
	switch {
	case err != nil && os.Getenv("PGROUNDTRIP_TEST_ALL") != "":
		t.Fatal(err)
	case err != nil:
		t.Logf("NOT COVERED: there is no pgbouncer here: %v", err)
		return
	}
	source, _ := storytest.Filled(t, pgtest.Server(t), "create table public.t (id int)")
	page, err := os.ReadFile("../command/help/server.md")
	if err != nil {
		t.Fatal(err)
	}
	ignored := regexp.MustCompile(`ignore_startup_parameters = [^\n]*\n`).FindString(string(page))
	for name, c := range map[string]struct{ settings, refused, advice string }{
		"strict": {"pool_mode = session\n", "unsupported startup parameter",
			"a connection pooler (pgbouncer) is in front of the server"},
		"transaction": {"pool_mode = transaction\n" + ignored, "gives each transaction another session",
			"name the PostgreSQL server itself"},
		"session": {"pool_mode = session\n" + ignored, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := startPooler(t, pgbouncer, source, c.settings)
			pooled, err := cluster.Open(context.Background(),
				cluster.Options{DSN: dsn, Env: map[string]string{}, Finder: storytest.FinderOf(source), Wait: 10 * time.Second,
					Log: os.Stderr})
			if c.refused == "" {
				if err != nil {
					t.Fatal(err)
				}
				storytest.TakeDump(t, pooled, nil)
				requirePatience(t, dsn, 14, func() {})
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.refused) || !strings.Contains(hint.Of(err), c.advice) {
				t.Errorf("error: %v, advice: %q", err, hint.Of(err))
			}
		})
	}
}

// requirePatience requires that a statement that takes longer than -timeout is waited for: the server works on it.
// connected is called before it begins.
func requirePatience(t *testing.T, dsn string, seconds int, connected func()) {
	t.Helper()
	server, err := cluster.Open(context.Background(),
		cluster.Options{DSN: dsn, Env: map[string]string{}, Wait: time.Second, Log: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	connected()
	if _, err := conn.Exec(context.Background(), "select pg_catalog.pg_sleep($1)", seconds); err != nil {
		t.Error(err)
	}
}

// An address may lead to several servers in turn: the session is at work on one of them.
func TestABalancerIsNoStall(t *testing.T) {
	t.Parallel()
	one := pgtest.Server(t)
	other := pgtest.On(t, one.Bindir)
	var isConnected atomic.Bool
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for i := 0; ; i++ {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			dsn := one.DSN()
			if isConnected.Load() && i%4 != 0 {
				dsn = other.DSN()
			}
			server, err := net.Dial("unix", filepath.Join(dsn["host"], ".s.PGSQL."+dsn["port"]))
			if err != nil {
				client.Close()
				continue
			}
			go func() { _, _ = io.Copy(server, client); server.Close() }()
			go func() { _, _ = io.Copy(client, server); client.Close() }()
		}
	}()
	requirePatience(t, fmt.Sprintf("host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable",
		listener.Addr().(*net.TCPAddr).Port), 8, func() { isConnected.Store(true) })
}

// startPooler starts pgbouncer before the server and returns how to reach it.
func startPooler(t *testing.T, program string, server *cluster.Server, settings string) string {
	t.Helper()
	dir, account, err := serverdir.Make("", os.Stderr, serverdir.Users)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Remove() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	dsn := server.DSN()
	ini := fmt.Sprintf("[databases]\n* = host=%s port=%s user=%s\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = "+
		"%d\nunix_socket_dir =\n"+
		"auth_type = any\nlogfile = %s\npidfile = %s\n%s", dsn["host"], dsn["port"], dsn["user"], port,
		filepath.Join(dir.Path, "log"), filepath.Join(dir.Path, "pid"), settings)
	path := filepath.Join(dir.Path, "pgbouncer.ini")
	if err := os.WriteFile(path, []byte(ini), 0o644); err != nil {
		t.Fatal(err)
	}
	running, err := pgtool.Process{Path: program, Args: []string{path}, Env: pgtool.CleanEnv(os.Environ()),
		Credential: account}.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop(syscall.SIGTERM, 5*time.Second) })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("pgbouncer does not answer: %v", err)
		}
	}
	return fmt.Sprintf("host=127.0.0.1 port=%d dbname=%s user=%s sslmode=disable", port, dsn["dbname"], dsn["user"])
}
