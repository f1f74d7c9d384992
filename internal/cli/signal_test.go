//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
)

// patience is how long to wait for anything that must happen.
const patience = 2 * time.Minute

// eventually polls until ok, and fails the test if it takes too long.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// output is a buffer that can be read while it is being written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// A running program, whose temporary folder is also its working folder.
type running struct {
	cmd            *exec.Cmd
	dir            string
	stdout, stderr output
	ended          chan struct{}
	err            error
}

// start runs the real program in the background.
func start(t *testing.T, env []string, args ...string) *running {
	t.Helper()
	r := &running{dir: pgtest.OpenFolder(t, 0o755), ended: make(chan struct{})}
	r.cmd = exec.Command(binary, args...)
	r.cmd.Dir = r.dir
	r.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + r.dir}, env...)
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.err = r.cmd.Wait(); close(r.ended) }()
	t.Cleanup(func() { _ = r.cmd.Process.Kill(); <-r.ended })
	return r
}

// until waits for a text on stderr.
func (r *running) until(t *testing.T, text string) {
	t.Helper()
	eventually(t, "stderr says "+text, func() bool {
		select {
		case <-r.ended:
			t.Fatalf("ended too early:\n%s\n%s", r.stdout.String(), r.stderr.String())
		default:
		}
		return strings.Contains(r.stderr.String(), text)
	})
}

// wait waits for the end.
func (r *running) wait(t *testing.T) result {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		t.Fatalf("does not end:\n%s\n%s", r.stdout.String(), r.stderr.String())
	}
	status, err := exitStatus(r.err)
	if err != nil {
		t.Fatal(err)
	}
	return result{status, r.stdout.String(), r.stderr.String()}
}

// leavesNothing checks that no file and no process of the run is left.
func (r *running) leavesNothing(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Errorf("%s was left behind", e.Name())
	}
	if left := r.processes(); len(left) > 0 {
		t.Errorf("processes were left behind: %v", left)
	}
}

// processes lists the processes that work in the run's folder. Only Linux shows them; elsewhere a server
// is found by its folder.
func (r *running) processes() []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/cwd") // the only error is a bad pattern
	for _, link := range links {
		cwd, err := os.Readlink(link)
		if err == nil && strings.HasPrefix(cwd+"/", r.dir+"/") {
			name, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline")) // gone meanwhile is fine
			found = append(found, strings.ReplaceAll(string(name), "\x00", " "))
		}
	}
	return found
}

// postmaster returns the process id of the run's throw-away server.
func (r *running) postmaster(t *testing.T) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(r.dir, "*", "data", "postmaster.pid"))
	if err != nil || len(found) != 1 {
		t.Fatalf("no server below %s: %v", r.dir, err)
	}
	data, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(data), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// tinySuite is a suite of one small table, with additional or replaced files.
func tinySuite(t *testing.T, more map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"schema.sql":       "create table public.t (id text)",
		"workload/one.sql": "insert into public.t values ('a')",
		"invariant/t.sql":  "select id from public.t order by 1",
	}
	for name, text := range more {
		files[name] = text
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const sleep = "select pg_sleep(3600)"

// phases are the moments at which a run is interrupted: each is prolonged, and shows on stderr or
// by a file named "here" that it has begun.
var phases = []struct {
	name      string
	suite     map[string]string
	wrappers  map[string]string
	until     string // on stderr; "" waits for the file
	named     bool   // also tried on a named server
	throwaway bool   // also tried on a throw-away cluster
}{
	{name: "initdb", wrappers: map[string]string{"initdb": "echo >here; exec sleep 3600"}, throwaway: true},
	{name: "start of the server",
		wrappers: map[string]string{"postgres": `case "$*" in *listen_addresses*) echo >here; exec sleep 3600;; esac`}, throwaway: true},
	{name: "build", suite: map[string]string{"workload/one.sql": sleep}, until: "one: build", named: true,
		throwaway: true},
	{name: "record before", suite: map[string]string{"invariant/z.sql": "select pg_sleep(3600)::text as z order by 1"},
		until: "one: dump and record", named: true},
	{name: "dump", wrappers: map[string]string{"pg_dump": "echo >here; sleep 3600"}, named: true, throwaway: true},
	{name: "dump, by a program that does not listen",
		wrappers: map[string]string{"pg_dump": "trap '' TERM INT; echo >here; sleep 3600"}, named: true},
	{name: "restore", wrappers: map[string]string{"pg_restore": "echo >here; sleep 3600"}, named: true},
	{name: "record after", suite: map[string]string{"probe/p.sql": "select pg_sleep(3600)::text as fault"},
		until: "one: record after", named: true},
}

func TestASignalLeavesNothing(t *testing.T) {
	t.Parallel()
	s := ownServer(t)
	for i, phase := range pgtest.Dealt(t, 2, phases) {
		signal := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGXCPU}[i%5]
		for where, wanted := range map[string]bool{"a named server": phase.named, "a throw-away cluster": phase.throwaway} {
			if !wanted {
				continue
			}
			t.Run(phase.name+" on "+where, func(t *testing.T) {
				here, scripts := filepath.Join(openWritable(t), "here"), map[string]string{}
				for name, script := range phase.wrappers {
					scripts[name] = strings.ReplaceAll(script, "here", here)
				}
				args := []string{"check", "-v", "-sql", tinySuite(t, phase.suite)}
				if len(scripts) > 0 {
					args = append(args, "-bindir", wrappers(t, scripts))
				}
				if where == "a named server" {
					args = append(args, "-dsn", s.DSN().String())
				}
				r := start(t, nil, args...)
				if phase.until != "" {
					r.until(t, phase.until)
				} else {
					eventually(t, "the program runs", func() bool { _, err := os.Stat(here); return !errors.Is(err, fs.ErrNotExist) })
				}
				if err := r.cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				r.wait(t).wants(t, 1, "pgroundtrip: error: interrupted (signal: "+signal.String()+")")
				r.leavesNothing(t)
				noScratch(t, s)
			})
		}
	}
	t.Run("at any moment", func(t *testing.T) { mustSurviveAnyMoment(t, s) })
}

// openWritable returns a temporary folder that every user can write to.
func openWritable(t *testing.T) string {
	t.Helper()
	dir := pgtest.OpenFolder(t, 0o755)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// noScratch checks that no scratch database is left on the server.
func noScratch(t *testing.T, s *cluster.Server) {
	t.Helper()
	conn, err := s.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var left int
	if err := conn.QueryRow(context.Background(), "select count(*)::int from pg_database where datname like 'pgroundtrip%'").Scan(&left); err != nil {
		t.Fatal(err)
	}
	if left > 0 {
		t.Errorf("%d scratch databases were left behind", left)
	}
}

// mustSurviveAnyMoment interrupts runs after increasing delays.
func mustSurviveAnyMoment(t *testing.T, s *cluster.Server) {
	suite := tinySuite(t, nil)
	for dsn, delays := range map[string][]time.Duration{"": {0, 100, 300, 700},
		s.DSN().String(): {30, 80, 130, 200, 300}} {
		for _, delay := range pgtest.Dealt(t, 3, delays) {
			r := start(t, nil, "check", "-sql", suite, "-dsn", dsn)
			time.Sleep(delay * time.Millisecond) // any moment will do
			_ = r.cmd.Process.Signal(syscall.SIGINT)
			if got := r.wait(t); got.status == 2 || got.status == 0 && strings.Contains(got.stdout, "ERROR") {
				t.Errorf("after %d ms: exited %d\n%s%s", delay, got.status, got.stdout, got.stderr)
			}
			r.leavesNothing(t)
			noScratch(t, s)
		}
	}
}

func TestAnInterruptedRunSaysSoInItsDocument(t *testing.T) {
	t.Parallel()
	r := start(t, nil, "check", "-v", "-json", "-sql",
		tinySuite(t, map[string]string{"workload/one.sql": sleep, "workload/two.sql": sleep}))
	r.until(t, "one: build")
	if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	got := r.wait(t)
	got.wants(t, 1)
	if strings.Count(got.stdout, `"verdict": "error"`) != 2 ||
		!strings.Contains(got.stdout, `interrupted (signal: interrupt)`) || strings.Contains(got.stdout, `"two"`) {
		t.Errorf("stdout:\n%s", got.stdout)
	}
	r.leavesNothing(t)
}

func TestAfterAKillNoServerProcessIsLeft(t *testing.T) {
	t.Parallel()
	r := start(t, nil, "check", "-v", "-sql", tinySuite(t, map[string]string{"workload/one.sql": sleep}))
	r.until(t, "one: build")
	pid := r.postmaster(t)
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server is gone", func() bool {
		return syscall.Kill(pid, 0) != nil && len(r.processes()) == 0
	})
}

// A signal that crashes a Go program gives exit status 2 by default, which is a verdict here.
func TestACrashIsNoVerdict(t *testing.T) {
	t.Parallel()
	for _, signal := range pgtest.Dealt(t, 3, []syscall.Signal{syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGBUS}) {
		t.Run(signal.String(), func(t *testing.T) {
			r := start(t, nil, "check", "-v", "-sql", tinySuite(t, map[string]string{"workload/one.sql": sleep}))
			r.until(t, "one: build")
			pid := r.postmaster(t)
			if err := r.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if got := r.wait(t); got.status != -1 || got.stdout != "" {
				t.Errorf("exited %d, want an end by a signal\n%s%s", got.status, got.stdout, got.stderr)
			}
			eventually(t, "the server is gone", func() bool { return syscall.Kill(pid, 0) != nil && len(r.processes()) == 0 })
		})
	}
}

// A file that may not grow leads to a write error, not to a signal that ends the program.
func TestAFileThatMayNotGrow(t *testing.T) {
	t.Parallel()
	dir := pgtest.OpenFolder(t, 0o755)
	cmd := exec.Command("sh", "-c", "ulimit -f 100; exec \"$0\" check -sql \"$1\"", binary,
		tinySuite(t, map[string]string{"workload/one.sql": "insert into public.t select repeat('x', 1000) from " +
			"generate_series(1, 1000)"}))
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir}
	said, err := cmd.CombinedOutput()
	status, err := exitStatus(err)
	if err != nil || status != 1 {
		t.Errorf("exited %d (%v)\n%s", status, err, said)
	}
	(&running{dir: dir}).leavesNothing(t)
}

func TestAServerThatDiesIsNotAPass(t *testing.T) {
	t.Parallel()
	r := start(t, nil, "check", "-v", "-sql", tinySuite(t, map[string]string{"workload/one.sql": sleep}))
	r.until(t, "one: build")
	if err := syscall.Kill(r.postmaster(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	got := r.wait(t)
	got.wants(t, 1, "pgroundtrip: error: the throw-away cluster ended unexpectedly: postgres was ended by signal: "+
		"killed")
	if !strings.Contains(got.stdout, "\nERROR one: build: ") || !strings.Contains(got.stdout, "\nERROR: could not tell") {
		t.Errorf("stdout:\n%s", got.stdout)
	}
	eventually(t, "its processes are gone", func() bool { return len(r.processes()) == 0 })
	r.leavesNothing(t)
}

func TestAReaderThatGoesAwayLeavesNothing(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	dir := pgtest.OpenFolder(t, 0o755)
	cmd := exec.Command(binary, "check", "-sql", tinySuite(t, nil))
	cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir}
	var stderr strings.Builder
	cmd.Stdout, cmd.Stderr = writer, &stderr
	reader.Close()
	status, err := exitStatus(cmd.Run())
	writer.Close()
	if err != nil {
		t.Fatal(err)
	}
	result{status, "", stderr.String()}.wants(t, 1, "pgroundtrip: error: ", "broken pipe")
	(&running{dir: dir}).leavesNothing(t)
}
