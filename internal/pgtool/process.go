// Package pgtool finds PostgreSQL's programs, knows what their versions can do, and runs them as child processes that
// never outlive this one.
package pgtool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"pgroundtrip/internal/platform"
)

// A Process describes one run of a program.
type Process struct {
	Path   string
	Args   []string // without the program's name
	Env    []string // "NAME=value", complete; nothing is inherited
	Dir    string   // working folder; "" means this process's own
	Stdin  io.Reader
	Stdout io.Writer // if it is Stderr, only messages for people are expected
	Stderr io.Writer // receives the warnings of a program that exited 0; may be nil
	// Credential is the user to run as; nil means this process's own.
	Credential *platform.Account
	// Confine is what the program may access; nil means everything its user may.
	Confine *Confinement
	// Watch, if not nil, runs alongside the program until its ctx ends; its error stops the program. Only Run uses
	// it.
	Watch func(ctx context.Context, pid int) error
}

// An ExitError is a program that did not exit 0.
type ExitError struct {
	Program string // its name, without folder
	State   string // "exited 1", "was ended by signal: killed"
	Stderr  string // all that it wrote there
}

func (e *ExitError) Error() string {
	if e.Stderr == "" {
		return e.Program + " " + e.State + " and said nothing"
	}
	return e.Program + " " + e.State + ": " + e.Stderr
}

// A Running is a program that was started.
type Running struct {
	name   string
	stderr *bytes.Buffer
	stdout *sink // nil if stdout is discarded or a file
	cmd    *exec.Cmd
	done   chan struct{}
	err    error
	lacks  []string // the parts of the confinement that could not be applied
}

// Run runs the program to its end. If ctx ends first, the program and its children are sent SIGTERM, and killed if
// they have not ended after 5 seconds; the error is then that of ctx. If the program exits with a status other than
// 0, the error is an *ExitError.
func (p Process) Run(ctx context.Context) error {
	running, err := p.Start(ctx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if p.Watch != nil {
		go func() {
			if err := p.Watch(ctx, running.Pid()); err != nil {
				cancel(err)
			}
		}()
	}
	select {
	case <-running.Done():
		_ = platform.SignalGroup(running.Pid(), syscall.SIGKILL) // what it left in the background
	case <-ctx.Done():
		running.Stop(syscall.SIGTERM, 5*time.Second)
		return fmt.Errorf("%s was stopped: %w", running.name, context.Cause(ctx))
	}
	if err := running.Err(); err != nil {
		return err
	}
	if said := running.Stderr(); said != "" && p.Stderr != nil {
		fmt.Fprintln(p.Stderr, said)
	}
	return nil
}

// Start starts the program and returns at once. On Linux the program is killed when this process dies, however it
// dies. ctx bounds only the start.
func (p Process) Start(ctx context.Context) (*Running, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	r := p.prepare()
	started := make(chan error)
	go func() {
		// The signal at the parent's death is tied to the thread that started the child, so keep the thread as long
		// as the child lives. A confined thread ends with this goroutine.
		runtime.LockOSThread()
		if p.Confine == nil {
			defer runtime.UnlockOSThread()
		} else {
			r.lacks = confine(p.Confine)
		}
		err := r.cmd.Start()
		started <- err
		if err == nil {
			r.err = r.cmd.Wait()
			close(r.done)
		}
	}()
	err := <-started
	if errors.Is(err, fs.ErrPermission) && p.Confine != nil {
		// It needs a program outside the folders that are allowed: better unconfined than not at all.
		p.Confine = nil
		if r, err := p.Start(ctx); err == nil {
			r.lacks = []string{"files", "network"}
			return r, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("could not start %s: %w", p.Path, err)
	}
	return r, nil
}

// prepare returns the program with its streams, not yet started.
func (p Process) prepare() *Running {
	cmd := exec.Command(p.Path, p.Args...)
	stderr := &bytes.Buffer{}
	cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Env, p.Dir, p.Stdin, p.Stdout, stderr
	var stdout *sink
	if _, isFile := p.Stdout.(*os.File); p.Stdout != nil && !isFile {
		stdout = &sink{Writer: p.Stdout}
		cmd.Stdout = stdout
	}
	// In a group of its own: Ctrl-C in the terminal then reaches only this process, which stops its children in order.
	cmd.SysProcAttr = platform.Group(p.Credential)
	dieWithParent(cmd.SysProcAttr)
	// For what it left in the background, with these streams open. A reader of results may take long after the end.
	if stdout == nil || p.Stdout == p.Stderr {
		cmd.WaitDelay = 5 * time.Second
	}
	return &Running{name: filepath.Base(p.Path), stderr: stderr, stdout: stdout, cmd: cmd, done: make(chan struct{})}
}

// Done returns a channel that is closed when the program has ended.
func (r *Running) Done() <-chan struct{} { return r.done }

// A sink keeps the error of the underlying writer; the program itself only sees a broken pipe.
type sink struct {
	io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.Writer.Write(p)
	s.err = err
	return n, err
}

// Err returns how the program ended: nil, an *ExitError, or an error of reading its output. Requires that Done is
// closed.
func (r *Running) Err() error {
	if r.stdout != nil && r.stdout.err != nil {
		return fmt.Errorf("could not pass on the output of %s: %w", r.name, r.stdout.err)
	}
	var exit *exec.ExitError
	if r.err == nil || errors.Is(r.err, exec.ErrWaitDelay) { // it exited 0
		return nil
	}
	if !errors.As(r.err, &exit) {
		return fmt.Errorf("%s: %w", r.name, r.err)
	}
	state := fmt.Sprintf("exited %d", exit.ExitCode())
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		state = "was ended by signal: " + status.Signal().String()
	}
	return &ExitError{Program: r.name, State: state, Stderr: strings.TrimSpace(r.stderr.String())}
}

// Stderr returns everything the program wrote to stderr. Requires that Done is closed.
func (r *Running) Stderr() string { return strings.TrimSpace(r.stderr.String()) }

// Pid returns the program's process id.
func (r *Running) Pid() int { return r.cmd.Process.Pid }

// Signal sends a signal to the program only, not to its children.
func (r *Running) Signal(sig syscall.Signal) error { return r.cmd.Process.Signal(sig) }

// Stop sends sig to the program and its children, waits up to grace for the program to end, and then kills all of
// them that are left.
func (r *Running) Stop(sig syscall.Signal, grace time.Duration) {
	_ = platform.SignalGroup(r.Pid(), sig) // an error means that they are gone
	select {
	case <-r.done:
	case <-time.After(grace):
	}
	_ = platform.SignalGroup(r.Pid(), syscall.SIGKILL)
	<-r.done
}

// CleanEnv returns env plus more, without the variables that change what PostgreSQL's programs write or where they
// connect, and with messages in English.
func CleanEnv(env []string, more ...string) []string {
	keep := map[string]bool{ // for authentication: not where to connect, and not how to print
		"PGPASSFILE": true, "PGSERVICEFILE": true, "PGSYSCONFDIR": true, "PGSSLCERT": true,
		"PGSSLKEY": true, "PGSSLROOTCERT": true, "PGSSLCRL": true, "PGSSLCRLDIR": true,
		"PGSSLMODE": true, "PGSSLCERTMODE": true, "PGSSLSNI": true, "PGREQUIREPEER": true,
		"PGSSLMINPROTOCOLVERSION": true, "PGSSLMAXPROTOCOLVERSION": true, "PGSSLNEGOTIATION": true,
		"PGCHANNELBINDING": true, "PGREQUIREAUTH": true,
		"PGGSSENCMODE": true, "PGKRBSRVNAME": true, "PGGSSLIB": true, "PGGSSDELEGATION": true,
	}
	var clean []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		isOfPostgres := strings.HasPrefix(name, "PG") && !strings.HasPrefix(name, "PGBACKREST_")
		if isOfPostgres && !keep[name] || strings.HasPrefix(name, "LC_") || name == "LANG" ||
			name == "LANGUAGE" {
			continue
		}
		clean = append(clean, kv)
	}
	return append(append(clean, "LC_ALL=C"), more...)
}

// isExecutable reports whether path is a program that can be run.
func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && platform.IsProgram(info)
}
