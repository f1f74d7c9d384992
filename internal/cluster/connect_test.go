//go:build unix

package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgtest"
)

// own returns a throw-away cluster: the one that the package's tests share, or one for this test if the environment
// names a server.
func own(t *testing.T) *cluster.Server {
	t.Helper()
	if s := pgtest.Server(t); s.Throwaway {
		return s
	}
	s, err := cluster.Open(context.Background(), throwaway(pgtest.OpenFolder(t, 0o755)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// listen reserves a port of 127.0.0.1.
func listen(t *testing.T) (net.Listener, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return listener, port
}

// forward forwards each connection to the socket of s.
func forward(listener net.Listener, s *cluster.Server) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer client.Close()
			server, err := net.Dial("unix", filepath.Join(s.DSN()["host"], ".s.PGSQL.5432"))
			if err != nil {
				return
			}
			defer server.Close()
			go func() { _, _ = io.Copy(server, client); server.Close() }()
			_, _ = io.Copy(client, server)
		}()
	}
}

func named(dsn string, wait time.Duration) cluster.Options {
	return cluster.Options{DSN: dsn, Env: map[string]string{}, Wait: wait}
}

func TestAServerThatIsStillStartingIsWaitedFor(t *testing.T) {
	s := own(t)
	listener, port := listen(t)
	address := listener.Addr().String()
	listener.Close()
	var log bytes.Buffer
	o := named("user=postgres dbname=postgres host=127.0.0.1 port="+port, time.Minute)
	o.Log = &log
	late := make(chan error, 1)
	go func() {
		time.Sleep(500 * time.Millisecond) // the delay under test; nothing depends on its length
		again, err := net.Listen("tcp", address)
		late <- err
		if err == nil {
			t.Cleanup(func() { again.Close() })
			forward(again, s)
		}
	}()
	server, err := cluster.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err, <-late)
	}
	defer server.Close()
	if want := "waiting up to 1m0s for server at 127.0.0.1:" + port; strings.Count(log.String(), want) != 1 {
		t.Errorf("the log says %q, want %q once", log.String(), want)
	}
	if server.Describe() != "server at 127.0.0.1:"+port {
		t.Errorf("described as %q", server.Describe())
	}
}

func TestAServerThatCannotBeReachedIsGivenUpInTime(t *testing.T) {
	t.Parallel()
	closed, free := listen(t)
	closed.Close()
	_, silent := listen(t)
	for _, c := range []struct{ name, dsn, want, hint string }{
		{"nobody listens", "user=bob password=s3cret host=127.0.0.1 port=" + free,
			`could not connect to server at 127.0.0.1:` + free + ` as user "bob": 127.0.0.1:` + free, "check the host and port"},
		{"somebody listens and says nothing", "user=bob password=s3cret host=127.0.0.1 port=" + silent, "127.0.0.1:" + silent,
			"nothing answered in time"},
		{"no socket", "user=bob password=s3cret host=/nosuch", "/nosuch", "check the host and port"},
		{"no such host", "postgres://bob:s3cret@nosuch.invalid/db", "nosuch.invalid", "check the host's name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := cluster.Open(context.Background(), named(c.dsn, 300*time.Millisecond))
			var failed *cluster.ConnectError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than a line: %v", err)
			}
			wantHint(t, err, c.hint)
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("interrupted")
	time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	if _, err := cluster.Open(ctx, named("host=/nosuch", time.Hour)); !errors.Is(err, cause) {
		t.Errorf("got %v, want the cause", err)
	}
}

func TestHostaddrIsWhereTheConnectionGoes(t *testing.T) {
	s := own(t)
	listener, port := listen(t)
	go forward(listener, s)
	for _, dsn := range []string{"host=nosuch.invalid hostaddr=127.0.0.1", "hostaddr=127.0.0.1",
		"host=h1.invalid,h2.invalid hostaddr=127.0.0.1,127.0.0.1"} {
		server, err := cluster.Open(context.Background(),
			named("user=postgres dbname=postgres sslmode=disable port="+port+" "+dsn, time.Second))
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		server.Close()
	}
}

func TestAServiceFileNamesTheServer(t *testing.T) {
	s := own(t)
	file := filepath.Join(t.TempDir(), "services")
	text := fmt.Sprintf("[prod]\nhost=%s\nport=5432\nuser=postgres\ndbname=postgres\n", s.DSN()["host"])
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PGSERVICEFILE", file) // pgx reads the process's own environment
	env := map[string]string{"PGSERVICE": "prod", "PGUSER": "nosuch", "PGPORT": "1"}
	server, err := cluster.Open(context.Background(), cluster.Options{Env: env, Wait: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	if got := server.Describe(); got != "service prod" {
		t.Errorf("described as %q", got)
	}
	_, err = cluster.Open(context.Background(), named("service=nosuch", time.Second))
	if !errors.Is(err, conninfo.ErrDSN) {
		t.Errorf("got %v", err)
	}
	wantHint(t, err, `the service "nosuch" is looked for in PGSERVICEFILE`)
}

func TestNoRightToCreateADatabaseIsExplained(t *testing.T) {
	s := own(t)
	conn, err := s.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(context.Background(), "drop role if exists plain; create role plain login"); err != nil {
		t.Fatal(err)
	}
	server, err := cluster.Open(context.Background(), named(s.DSN().With("user", "plain").String(), time.Second))
	if err != nil {
		t.Fatal(err)
	}
	_, err = server.CreateScratch(context.Background())
	if err == nil || !strings.Contains(err.Error(), "could not create a scratch database") {
		t.Errorf("got %v", err)
	}
	wantHint(t, err, "createdb")
}

func TestACreateThatIsInterruptedLeavesNoDatabase(t *testing.T) {
	s := own(t)
	conn, err := s.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	cause := errors.New("interrupted")
	for delay := range 8 {
		ctx, cancel := context.WithCancelCause(context.Background())
		time.AfterFunc(time.Duration(delay*5)*time.Millisecond, func() { cancel(cause) })
		db, err := s.CreateScratch(ctx)
		switch {
		case err == nil:
			if err := db.Drop(ctx); err != nil {
				t.Error(err)
			}
		case !errors.Is(err, cause):
			t.Errorf("after %d ms: %v", delay*5, err)
		}
	}
	var left int
	if err := conn.QueryRow(context.Background(), "select count(*)::int from pg_database where datname like 'pgroundtrip%'").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left > 0 {
		t.Errorf("%d scratch databases were left behind", left)
	}
}

func TestAScratchDatabaseIsDroppedUnderItsUsers(t *testing.T) {
	s := pgtest.Server(t)
	db, err := s.CreateScratch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	conn := pgtest.Connect(t, db)
	if _, err := conn.Exec(context.Background(), "create table t as select 1"); err != nil {
		t.Error(err)
	}
	if err := db.Recreate(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := pgtest.Connect(t, db).Exec(context.Background(), "create table t as select 1"); err != nil {
		t.Errorf("recreated, but not empty: %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for range 2 { // dropping twice is not an error
		if err := db.Drop(ended); err != nil {
			t.Errorf("with an ended context: %v", err)
		}
	}
	if _, err := db.Connect(context.Background()); err == nil {
		t.Error("the database is still there")
	}
}

func TestACommandThatNeedsALiveServerMakesNone(t *testing.T) {
	if _, err := cluster.OpenNamed(context.Background(), cluster.Options{Env: map[string]string{"PGUSER": "bob"}}); !errors.Is(err, cluster.ErrNoServer) {
		t.Errorf("got %v", err)
	}
}
