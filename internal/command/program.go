// Package command holds what all commands share: parsing of the command line, help and completion, streams, and the
// exit status of each result.
package command

import (
	"context"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
	"pgroundtrip/internal/watch"
)

// Exit statuses, the same as those of pg_amcheck.
const (
	Proven  = 0
	Unknown = 1 // usage, environment, server, tool: could not tell
	Differs = 2
)

// A Program holds what the commands share.
type Program struct {
	Name        string
	args        []string
	stdout      io.Writer  // results only
	Stderr      *plain.Log // everything else
	screen      io.Writer  // where Stderr writes to
	Env         map[string]string
	interrupted func() error // the signal that ended the run, or nil
	commands    []*Command
	parsing     *Command         // the command that args name; nil before it is known
	parsed      bool             // its flags have been parsed from args and env
	documented  bool             // the JSON document has been printed
	reported    bool             // the files of -report have been written
	Draft       *report.Document // what is known of the result if an error ends the run; may be nil
	signer      ssh.Signer       // of -sign; nil: do not sign
	status      int
	shown       *progress.Board // nil until a command shows its progress
	versions    sync.Map        // of programs, see pgtool.Finder.Known
}

// New returns the program for one command line; env holds "NAME=value".
func New(ctx context.Context, args []string, stdout, stderr io.Writer, env []string) *Program {
	p := &Program{Name: "pgroundtrip", args: args, stdout: stdout, Stderr: plain.NewLog(stderr), screen: stderr,
		Env: map[string]string{}}
	p.interrupted = func() error { return context.Cause(ctx) }
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		p.Env[name] = value
	}
	return p
}

// Run runs the command that the arguments name, and returns the exit status. It adds the commands help,
// completion and version.
func (p *Program) Run(ctx context.Context, commands ...*Command) int {
	p.commands = append(commands, p.help(), p.completion(), p.version())
	return p.exitStatus(p.dispatch(ctx, p.args))
}

// FlagSet returns a set that prints nothing itself: the program reports its errors.
func (p *Program) FlagSet(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// Conclude ends the progress display and turns a verdict into the exit status.
func (p *Program) Conclude(v verdict.Verdict) {
	p.endWatch(v != verdict.Error)
	switch v {
	case verdict.Pass:
		p.status = Proven
	case verdict.Fail:
		p.status = Differs
	default:
		p.status = Unknown
	}
}

// Version returns the version of the binary: a tag, or Go's pseudo-version of a commit.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (p *Program) version() *Command {
	return &Command{Name: "version", Flags: p.FlagSet("version"), Help: "Print version, commit and Go's version.",
		Run: func(context.Context, []string, []string) error {
			_, err := fmt.Fprintf(p.stdout, "pgroundtrip %s (%s)\n", Version(), builtFrom())
			return err
		}}
}

// builtFrom returns the commit, if it was known when the binary was built, and Go's version.
func builtFrom() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "commit unknown"
	}
	commit, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return "commit " + commit + changed + ", " + info.GoVersion
}

// Board returns the run's progress display. From then on everything written to stderr passes
// through it, so that it is printed between the bars and not into them.
func (p *Program) Board(s *Shared) *progress.Board {
	if p.shown == nil {
		p.shown = progress.New(p.screen, !s.JSON && progress.IsTerminal(p.screen, p.Env))
		p.Stderr = plain.NewLog(p.shown)
	}
	return p.shown
}

// Watch returns functions that show phases and progress; onProgress is nil if stderr is not a terminal.
func (p *Program) Watch(s *Shared) (onPhase func(string), onProgress func(done, total int64)) {
	return p.WatchIn(s, "rows")
}

// WatchIn is Watch with another unit of progress.
func (p *Program) WatchIn(s *Shared, unit string) (onPhase func(string), onProgress func(done, total int64)) {
	board := p.Board(s)
	onPhase = func(phase string) { board.Phase(plain.Text(phase), unit) }
	if board.Draws() {
		onProgress = board.Set
	}
	return onPhase, onProgress
}

// OnNotice returns a function that reads the progress of a workload from its notices.
func OnNotice(onProgress func(done, total int64)) func(string) {
	if onProgress == nil {
		return nil
	}
	return func(message string) {
		if done, total, ok := watch.Progress(message); ok {
			onProgress(done, total)
		}
	}
}

// endWatch ends the last bar, before results are printed.
func (p *Program) endWatch(isDone bool) {
	if p.shown != nil {
		p.shown.End(isDone)
	}
}
