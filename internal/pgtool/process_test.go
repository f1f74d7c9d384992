//go:build unix

package pgtool_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/pgtool"
)

// helper is the environment variable that makes this test binary another program.
const helper = "PGTOOL_TEST_HELPER"

func TestMain(m *testing.M) {
	if os.Getenv(helper) != "" {
		parent()
	}
	os.Exit(m.Run())
}

// parent makes this test binary act as a pgroundtrip that is killed: it starts a child that holds its stdout, reports
// that, and waits.
func parent() {
	p := sh("echo ready; exec sleep 1000")
	p.Stdout = os.Stdout
	if _, err := p.Start(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	// The end of a thread must not end the child: let the runtime end some.
	for range 20 {
		go runtime.LockOSThread()
	}
	runtime.GC()
	fmt.Println("started")
	select {}
}

// patience bounds the waiting of a test that fails.
const patience = 30 * time.Second

// sh returns a process that runs a script.
func sh(script string) pgtool.Process {
	return pgtool.Process{Path: "/bin/sh", Args: []string{"-c", script}, Env: []string{"PATH=" + os.Getenv("PATH")}}
}

func TestRun(t *testing.T) {
	large := strings.Repeat("all that it said\n", 20_000)
	for _, tt := range []struct {
		name, script string
		want         *pgtool.ExitError // nil means exit status 0
		text         string            // of the error
	}{
		{"exit status 0", "exit 0", nil, ""},
		{"exit status 0 with warnings", "echo w >&2", nil, ""},
		{"another exit status", "echo ' it failed ' >&2; exit 3",
			&pgtool.ExitError{Program: "sh", State: "exited 3", Stderr: "it failed"}, "sh exited 3: it failed"},
		{"an exit status without a word", "exit 1", &pgtool.ExitError{Program: "sh", State: "exited 1"},
			"sh exited 1 and said nothing"},
		{"a signal", "echo last >&2; kill -KILL $$",
			&pgtool.ExitError{Program: "sh", State: "was ended by signal: killed",
				Stderr: "last"}, "sh was ended by signal: killed: last"},
		{"all of a long stderr", "cat >&2; exit 1",
			&pgtool.ExitError{Program: "sh", State: "exited 1", Stderr: strings.TrimSpace(large)}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := sh(tt.script)
			p.Stdin = strings.NewReader(large)
			err := p.Run(context.Background())
			var exit *pgtool.ExitError
			if errors.As(err, &exit) != (tt.want != nil) || tt.want == nil && err != nil {
				t.Fatal(err)
			}
			if tt.want != nil && *exit != *tt.want || tt.text != "" && err.Error() != tt.text {
				t.Errorf("\n got %.300v\nwant %.300v", err, tt.want)
			}
		})
	}
}

func TestRunHandsOnWhatItIsGiven(t *testing.T) {
	t.Run("a program that is not there", func(t *testing.T) {
		err := pgtool.Process{Path: "/nowhere/pg_dump"}.Run(context.Background())
		if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "could not start /nowhere/pg_dump: ") {
			t.Error(err)
		}
	})
	t.Run("exactly the environment, and nothing of this process's own", func(t *testing.T) {
		t.Setenv("PGOPTIONS", "-c leaked=on")
		var out bytes.Buffer
		p := pgtool.Process{Path: "/usr/bin/env", Env: []string{"B=2", "A=1 x"}, Stdout: &out}
		if err := p.Run(context.Background()); err != nil || out.String() != "B=2\nA=1 x\n" {
			t.Errorf("%q, %v", out.String(), err)
		}
	})
	t.Run("arguments as they are, without a shell in between", func(t *testing.T) {
		var out bytes.Buffer
		args := []string{"-c", `printf '[%s]' "$@"`, "sh", "", "a b", "$HOME", "é\n"}
		if err := (pgtool.Process{Path: "/bin/sh", Args: args, Stdout: &out}).Run(context.Background()); err != nil ||
			out.String() != "[][a b][$HOME][é\n]" {
			t.Errorf("%q, %v", out.String(), err)
		}
	})
	t.Run("the working folder", func(t *testing.T) {
		var out bytes.Buffer
		p := sh("pwd -P")
		p.Dir, p.Stdout = "/", &out
		if err := p.Run(context.Background()); err != nil || out.String() != "/\n" {
			t.Errorf("%q, %v", out.String(), err)
		}
	})
	t.Run("stdin to stdout, every byte", func(t *testing.T) {
		in := bytes.Repeat([]byte("\x00\xff\r\n"), 1<<18)
		var out bytes.Buffer
		p := sh("cat")
		p.Stdin, p.Stdout = bytes.NewReader(in), &out
		if err := p.Run(context.Background()); err != nil || !bytes.Equal(out.Bytes(), in) {
			t.Errorf("%d bytes of %d came back: %v", out.Len(), len(in), err)
		}
	})
	t.Run("warnings of a program that exits 0, and of no other", func(t *testing.T) {
		for script, want := range map[string]string{"echo w >&2": "w\n", "exit 0": "", "echo w >&2; exit 1": ""} {
			var warnings bytes.Buffer
			p := sh(script)
			p.Stderr = &warnings
			if _ = p.Run(context.Background()); warnings.String() != want {
				t.Errorf("%s: %q, not %q", script, warnings.String(), want)
			}
		}
	})
	t.Run("why its output could not be kept, not that its pipe broke", func(t *testing.T) {
		p := sh("while echo x; do :; done")
		p.Stdout = fullDisk{}
		err := p.Run(context.Background())
		if !errors.Is(err, errFull) || err.Error() != "could not pass on the output of sh: no space left" {
			t.Error(err)
		}
	})
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// started starts a script whose stdout is a pipe, and waits for its first line. The pipe ends when the last process
// that holds it, the script or one of its children, is gone.
func started(t *testing.T, ctx context.Context, script string) (*pgtool.Running, *bufio.Reader) {
	t.Helper()
	out, in := pipe(t)
	p := sh(script)
	p.Stdout = in
	running, err := p.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop(syscall.SIGKILL, patience) })
	in.Close()
	reader := bufio.NewReader(out)
	requireLine(t, reader, "ready")
	return running, reader
}

// pipe returns a pipe that gives up after a while.
func pipe(t *testing.T) (out, in *os.File) {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close(); in.Close() })
	if err := out.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return out, in
}

// requireLine reads a line and requires that it is want.
func requireLine(t *testing.T, reader *bufio.Reader, want string) {
	t.Helper()
	if line, err := reader.ReadString('\n'); err != nil || line != want+"\n" {
		t.Fatalf("the program said %q, not %q: %v", line, want, err)
	}
}

// requireGone fails unless every process that holds the other end of the pipe has ended.
func requireGone(t *testing.T, out io.Reader) {
	t.Helper()
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Errorf("something is still running: %v", err)
	}
}

// requireDone waits for the end of a program.
func requireDone(t *testing.T, r *pgtool.Running) {
	t.Helper()
	select {
	case <-r.Done():
	case <-time.After(patience):
		t.Fatal("the program did not end")
	}
}

func TestStdoutIsStreamed(t *testing.T) {
	asked, answer := pipe(t)
	p := sh("echo ready; read line; echo $line >&2; exit 5")
	out, in := io.Pipe()
	p.Stdin, p.Stdout = asked, in
	running, err := p.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	// The program waits for an answer to a line that it has printed, so the line must arrive first.
	requireLine(t, bufio.NewReader(out), "ready")
	fmt.Fprintln(answer, "go on")
	requireDone(t, running)
	if running.Stderr() != "go on" || running.Err() == nil || running.Err().Error() != "sh exited 5: go on" {
		t.Errorf("it said %q: %v", running.Stderr(), running.Err())
	}
}

func TestStdoutMayBeTakenLongAfterTheEnd(t *testing.T) {
	t.Parallel()
	out, in := io.Pipe()
	p := sh("head -c 80000 /dev/zero")
	p.Stdout = in
	running, err := p.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * time.Second) // it has ended; all that it printed is in the pipe
	go io.Copy(io.Discard, out) // an error would show below
	requireDone(t, running)
	if err := running.Err(); err != nil {
		t.Error(err)
	}
}

func TestStop(t *testing.T) {
	const longGrace, shortGrace = patience, 100 * time.Millisecond
	for _, tt := range []struct {
		name, script string
		signal       syscall.Signal
		grace        time.Duration
		want         string
	}{
		{"ends a program that follows the signal, long before the grace is over", "echo ready; exec sleep 1000",
			syscall.SIGTERM, longGrace, "sh was ended by signal: terminated and said nothing"},
		{"lets a program tidy up",
			"exec 3>&2 2>/dev/null; trap 'echo bye >&3; exit 4' TERM; sleep 1000 & echo ready; wait", syscall.SIGTERM, longGrace, "sh exited 4: bye"},
		// A shell that makes a child at that moment with vfork loses the signal: it waits for one instead.
		{"sends the signal that it is told", "exec 2>/dev/null; trap 'exit 6' INT; sleep 1000 & echo ready; wait",
			syscall.SIGINT, longGrace, "sh exited 6 and said nothing"},
		{"kills a program that ignores the signal", "trap '' TERM; echo ready; while :; do sleep 0.05; done", syscall.SIGTERM,
			shortGrace, "sh was ended by signal: killed and said nothing"},
		{"ends a program's children too", "sleep 1000 & sleep 1000 & echo ready; wait", syscall.SIGTERM, longGrace,
			"sh was ended by signal: terminated and said nothing"},
		{"kills children that ignore the signal, when their parent is gone",
			"(trap '' TERM; echo ready; exec sleep 1000 2>/dev/null) & wait", syscall.SIGTERM, longGrace, "sh was ended by " +
				"signal: terminated and said nothing"},
		{"kills children that ignore the signal and hold on to stderr", "(trap '' TERM; echo ready; exec sleep 1000) & wait",
			syscall.SIGTERM, shortGrace, "sh was ended by signal: terminated and said nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			running, out := started(t, context.Background(), tt.script)
			begin := time.Now()
			running.Stop(tt.signal, tt.grace)
			requireGone(t, out)
			if took := time.Since(begin); took >= patience {
				t.Errorf("it took %s", took)
			}
			requireDone(t, running)
			if err := running.Err(); err == nil || err.Error() != tt.want {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
	t.Run("of a program that has ended does nothing", func(t *testing.T) {
		running, _ := started(t, context.Background(), "echo ready")
		requireDone(t, running)
		running.Stop(syscall.SIGTERM, patience)
		if err := running.Err(); err != nil {
			t.Error(err)
		}
	})
}

func TestSignalReachesTheProgramAlone(t *testing.T) {
	// The child closes stderr, so the program is done when it has ended itself.
	running, out := started(t, context.Background(),
		"trap 'exit 7' USR1; (echo ready; sleep 1000) 2>/dev/null & while :; do sleep 0.05; done")
	if err := running.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	requireDone(t, running)
	if err := running.Err(); err == nil || err.Error() != "sh exited 7 and said nothing" {
		t.Error(err)
	}
	if err := syscall.Kill(-running.Pid(), 0); err != nil {
		t.Errorf("the child has ended too: %v", err)
	}
	running.Stop(syscall.SIGKILL, patience)
	requireGone(t, out)
}

func TestRunEndsWithItsContext(t *testing.T) {
	cause := errors.New("the user has had enough")
	t.Run("before it starts", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(cause)
		if err := sh("exit 0").Run(ctx); !errors.Is(err, cause) {
			t.Error(err)
		}
	})
	t.Run("while it runs, with its children", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		out, in := pipe(t)
		p := sh("sleep 1000 & echo ready; wait")
		p.Stdout = in
		ended := make(chan error)
		go func() { ended <- p.Run(ctx) }()
		reader := bufio.NewReader(out)
		requireLine(t, reader, "ready")
		cancel(cause)
		if err := <-ended; !errors.Is(err, cause) || err.Error() != "sh was stopped: the user has had enough" {
			t.Error(err)
		}
		in.Close()
		requireGone(t, reader)
	})
	t.Run("within the grace, when it ignores the signal", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		err := sh("trap '' TERM; while :; do sleep 0.05; done").Run(ctx)
		if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took > patience {
			t.Errorf("after %s: %v", took, err)
		}
	})
}

func TestCleanEnv(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  []string
		more []string
		want []string
	}{
		{"nothing but messages in English", nil, nil, []string{"LC_ALL=C"}},
		{"keeps what is not PostgreSQL's", []string{"PATH=/bin", "HOME=/root", "TMPDIR=/x", "APGX=1", "EMPTY="}, nil,
			[]string{"PATH=/bin", "HOME=/root", "TMPDIR=/x", "APGX=1", "EMPTY=", "LC_ALL=C"}},
		{"drops what changes how values are written",
			[]string{"PGOPTIONS=-c x=y", "PGTZ=UTC", "PGDATESTYLE=German", "PGCLIENTENCODING=LATIN1", "PGGEQO=off",
				"PG_COLOR=always"}, nil, []string{"LC_ALL=C"}},
		{"drops where to connect and who as", []string{"PGHOST=h", "PGHOSTADDR=1", "PGPORT=1", "PGUSER=u", "PGPASSWORD=p",
			"PGDATABASE=d", "PGSERVICE=s", "PGAPPNAME=a", "PGTARGETSESSIONATTRS=any"}, nil, []string{"LC_ALL=C"}},
		{"drops the caller's own flags", []string{"PGROUNDTRIP_DSN=x"}, nil, []string{"LC_ALL=C"}},
		{"drops locales", []string{"LANG=de_DE", "LANGUAGE=de", "LC_ALL=de_DE", "LC_MESSAGES=de_DE"}, nil,
			[]string{"LC_ALL=C"}},
		{"keeps how to prove who is who", []string{"PGPASSFILE=f", "PGSSLMODE=verify-full", "PGSSLROOTCERT=r",
			"PGREQUIREPEER=postgres", "PGSSLCERTMODE=require", "PGSSLMINPROTOCOLVERSION=TLSv1.3"}, nil,
			[]string{"PGPASSFILE=f", "PGSSLMODE=verify-full", "PGSSLROOTCERT=r", "PGREQUIREPEER=postgres",
				"PGSSLCERTMODE=require", "PGSSLMINPROTOCOLVERSION=TLSv1.3", "LC_ALL=C"}},
		{"adds more at the end, where it wins", []string{"PGPASSWORD=old", "A=b"}, []string{"PGPASSWORD=new"},
			[]string{"A=b", "LC_ALL=C", "PGPASSWORD=new"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			given := slices.Clone(tt.env)
			if got := pgtool.CleanEnv(tt.env, tt.more...); !slices.Equal(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
			if !slices.Equal(tt.env, given) {
				t.Error("it changed what it was given")
			}
		})
	}
}
