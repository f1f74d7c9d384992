//go:build unix

package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// throwaway returns the options of a throw-away cluster below temp.
func throwaway(temp string, env ...string) cluster.Options {
	return cluster.Options{Env: map[string]string{}, Finder: pgtool.Finder{Env: append(os.Environ(), env...)}, Temp: temp}
}

// mustWork opens the server, uses it, closes it, and requires that nothing is left below temp.
func mustWork(t *testing.T, o cluster.Options) {
	t.Helper()
	s, err := cluster.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	db, err := s.CreateScratch(context.Background())
	if err != nil {
		t.Error(err)
	} else if err := db.Drop(context.Background()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	mustBeEmpty(t, o.Temp)
}

func mustBeEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", filepath.Join(dir, e.Name()))
	}
}

func TestAThrowawayClusterWorksWhateverTheEnvironmentSays(t *testing.T) {
	for name, env := range map[string][]string{
		"a locale that is not installed": {"LANG=xx_YY.UTF-8", "LC_ALL=zz_ZZ", "LANGUAGE=xx"},
		"demands on other servers": {"PGREQUIREAUTH=scram-sha-256", "PGCHANNELBINDING=require", "PGGSSENCMODE=require",
			"PGSSLMODE=verify-full",
			"PGSSLROOTCERT=/nosuch", "PGTARGETSESSIONATTRS=standby", "PGCONNECT_TIMEOUT=x", "PGOPTIONS=-c nosuch=1", "PGTZ=nowhere", "PGPORT=1", "PGUSER=nobody"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, kv := range env {
				k, v, _ := strings.Cut(kv, "=")
				t.Setenv(k, v) // pgx reads the process's own environment
			}
			mustWork(t, throwaway(pgtest.OpenFolder(t, 0o755)))
		})
	}
}

func TestAThrowawayClusterWorksInAnyTemporaryFolder(t *testing.T) {
	t.Parallel()
	long := pgtest.OpenFolder(t, 0o755)
	deep := filepath.Join(long, strings.Repeat("x", 100), strings.Repeat("ü ", 20))
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	private := pgtest.OpenFolder(t, 0o755)
	if err := os.Chmod(private, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"longer than a socket's path may be": deep,
		"that only its owner can enter": private} {
		t.Run(name, func(t *testing.T) { mustWork(t, throwaway(dir)) })
	}
}

// A record locks every table and index until it is complete.
func TestAThrowawayClusterHasRoomForTheLocksOfAHundredThousandTables(t *testing.T) {
	conn := pgtest.Connect(t, pgtest.Scratch(t, pgtest.Server(t)))
	if _, err := conn.Exec(context.Background(), "select count(pg_advisory_xact_lock(n)) from generate_series(1, "+
		"100000) as n"); err != nil {
		t.Error(err)
	}
}

func TestTheRoomOnTheDiskIsKnownOfAThrowawayClusterAlone(t *testing.T) {
	s, err := cluster.Open(context.Background(), throwaway(pgtest.OpenFolder(t, 0o755)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if free, ok := s.FreeBytes(); !ok || free <= 0 {
		t.Errorf("%d bytes free, known: %t", free, ok)
	}
	named, err := cluster.Open(context.Background(),
		cluster.Options{DSN: s.DSN().String(), Env: map[string]string{}, Wait: 10 * time.Second, Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	if free, ok := named.FreeBytes(); ok {
		t.Errorf("%d bytes free on the disk of a server that was named", free)
	}
}

func TestAsRootTheServerRunsAsAnotherUser(t *testing.T) {
	dir := pgtest.OpenFolder(t, 0o755)
	s, err := cluster.Open(context.Background(), throwaway(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	info, err := os.Stat(filepath.Join(s.DSN()["host"], ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	if root := os.Geteuid() == 0; root == (owner == 0) && owner != uint32(os.Geteuid()) || root && owner == 0 {
		t.Errorf("the server runs as user %d, this test as %d", owner, os.Geteuid())
	}
	if mode := info.Mode().Perm() & 0o077; mode != 0 {
		t.Errorf("others may connect: mode %v", info.Mode())
	}
}

func TestTwoThrowawayClustersAtOnce(t *testing.T) {
	t.Parallel()
	dir := pgtest.OpenFolder(t, 0o755)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			s, err := cluster.Open(context.Background(), throwaway(dir))
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	mustBeEmpty(t, dir)
}

// fakeBin returns a folder with an initdb and a postgres that are shell scripts.
func fakeBin(t *testing.T, initdb, postgres string) string {
	t.Helper()
	dir := pgtest.OpenFolder(t, 0o755)
	for name, body := range map[string]string{"initdb": initdb, "postgres": postgres} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAThrowawayClusterThatCannotBeMadeSaysWhyAndLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, initdb, postgres, want, hint string }{
		{"initdb fails", "echo 'initdb: error: something is wrong' >&2; exit 1", "",
			"initdb exited 1: initdb: error: something is wrong", ""},
		{"initdb is killed", "kill -9 $$", "", "initdb was ended by signal: killed", ""},
		{"the disk is full", "echo 'could not write: No space left on device' >&2; exit 1", "", "No space left on device",
			"TMPDIR"},
		{"postgres fails", "exit 0", "echo 'FATAL: cannot create semaphores' >&2; exit 1",
			"did not start: postgres exited 1: FATAL: cannot create semaphores", ""},
		{"postgres is no program", "exit 0", "exec /nosuch", "did not start", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := pgtest.OpenFolder(t, 0o755)
			o := throwaway(dir)
			o.Finder.Bindir = fakeBin(t, c.initdb, c.postgres)
			_, err := cluster.Open(context.Background(), o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			wantHint(t, err, c.hint)
			mustBeEmpty(t, dir)
		})
	}
}

func wantHint(t *testing.T, err error, want string) {
	t.Helper()
	if got := hint.Of(err); !strings.Contains(got, want) {
		t.Errorf("%v: hint %q, want one with %q", err, got, want)
	}
}

func TestNoProgramsIsAnErrorThatNamesWhereTheyWereLookedFor(t *testing.T) {
	o := throwaway(pgtest.OpenFolder(t, 0o755))
	o.Finder.Bindir = pgtest.OpenFolder(t, 0o755)
	if _, err := cluster.Open(context.Background(), o); !errors.Is(err, pgtool.ErrNotFound) ||
		!strings.Contains(err.Error(), o.Finder.Bindir) {
		t.Errorf("got %v", err)
	}
}

func TestAThrowawayClusterThatDiesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	dir := pgtest.OpenFolder(t, 0o755)
	o := throwaway(dir)
	o.Wait = time.Minute
	s, err := cluster.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	db, err := s.CreateScratch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	killPostmaster(t, dir)
	start := time.Now()
	if err := db.Drop(context.Background()); err != nil {
		t.Errorf("a database that is gone with its cluster: %v", err)
	}
	if _, err := s.Connect(context.Background()); err == nil {
		t.Error("could connect to a dead server")
	}
	if err := s.Close(); err == nil ||
		!strings.Contains(err.Error(), "ended unexpectedly: postgres was ended by signal: killed") {
		t.Errorf("Close said %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	mustBeEmpty(t, dir)
}

// killPostmaster kills the server whose data folder is below dir, and waits until it is gone.
func killPostmaster(t *testing.T, dir string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "data", "postmaster.pid"))
	if err != nil || len(found) != 1 {
		t.Fatalf("no server below %s: %v", dir, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Fscan(bytes.NewReader(data), &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the server does not die")
		}
	}
}

func TestAThrowAwayClusterStartsWithoutWhatItCannotPreload(t *testing.T) {
	for _, c := range []struct {
		settings       map[string]string
		shared, worker string
	}{
		{map[string]string{"shared_preload_libraries": "auto_explain"}, "auto_explain", "0"},
		{map[string]string{"shared_preload_libraries": "no_such_a,auto_explain,no_such_b"}, "auto_explain", "0"},
		{map[string]string{"shared_preload_libraries": "auto_explain", "session_preload_libraries": "no_such_a"},
			"auto_explain", "0"},
		{map[string]string{"shared_preload_libraries": "auto_explain", "no_such_setting": "1"}, "", "8"},
	} {
		options := pgtest.Options()
		options.Env, options.Settings, options.Scratch = map[string]string{}, c.settings, cluster.NewScratchName()
		var log strings.Builder
		options.Log = &log
		s, err := cluster.Open(context.Background(), options)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		db := pgtest.Scratch(t, s)
		if other := pgtest.Scratch(t, s); db.Name != options.Scratch || other.Name == db.Name {
			t.Errorf("scratch databases %s and %s, want %s and another", db.Name, other.Name, options.Scratch)
		}
		var shared, worker string
		query := "select current_setting('shared_preload_libraries'), current_setting('max_worker_processes')"
		if err := pgtest.Connect(t, db).QueryRow(context.Background(), query).Scan(&shared, &worker); err != nil {
			t.Fatal(err)
		}
		if shared != c.shared || worker != c.worker {
			t.Errorf("%v: preloaded %q, %s workers; want %q, %s", c.settings, shared, worker, c.shared, c.worker)
		}
		if strings.Contains(fmt.Sprint(c.settings), "no_such") != (log.Len() > 0) {
			t.Errorf("%v: log %q", c.settings, log.String())
		}
	}
}
