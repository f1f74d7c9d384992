// Package cli is the program: the tree of commands, their flags, and what each result means as an
// exit status.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/peterbourgon/ff/v3/ffcli"

	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
)

// Exit statuses, as pg_amcheck's.
const (
	Proven  = 0
	Unknown = 1 // usage, environment, server, tool: could not tell
	Differs = 2
)

// Version is the version that the binary was built as.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// A program is what the commands share.
type program struct {
	name        string
	args        []string
	stdout      io.Writer   // results only
	stderr      *report.Log // everything else
	screen      io.Writer   // what stderr writes to
	env         map[string]string
	interrupted func() error   // the signal that ended the run, or nil
	parsing     *ffcli.Command // the command whose flags were read last
	documented  bool           // the one JSON document is on stdout
	status      int
	shown       *progress.Board // nil until a command shows how far it is
}

// Run is the whole program but for signals: args are without the program's name, env holds
// "NAME=value". It returns the exit status: Proven, Unknown or Differs. When ctx ends, the work stops,
// what was made for it is removed, and the cause is told.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, env []string) int {
	p := &program{name: "pgroundtrip", args: args, stdout: stdout, stderr: report.NewLog(stderr), screen: stderr, env: map[string]string{}}
	p.interrupted = func() error { return context.Cause(ctx) }
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		p.env[name] = value
	}
	root := p.root()
	if err := root.Parse(args); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			err = p.parseError(err)
		}
		return p.exitStatus(err)
	}
	return p.exitStatus(root.Run(ctx))
}

func (p *program) root() *ffcli.Command {
	root := p.command("pgroundtrip", "pgroundtrip <command> [flags]",
		"Prove that a pg_dump archive restores to exactly what was dumped.", p.flagSet("pgroundtrip"))
	version := p.flagSet("version")
	root.Subcommands = []*ffcli.Command{p.check(), p.workload(), p.verify(), p.dump(), p.restore(), p.selftest(),
		withExec(p.command("version", "pgroundtrip version", "Print the version of pgroundtrip.", version), func(context.Context) error {
			_, err := fmt.Fprintln(p.stdout, "pgroundtrip "+Version())
			return err
		})}
	root.Exec = func(_ context.Context, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("%w: there is no command %q", errUsage, args[0])
		}
		return fmt.Errorf("%w: a command is missing", errUsage)
	}
	return root
}

// command makes a command without its Exec. What ffcli would do by itself is replaced where it
// does not fit: a flag set of its own exits 2 from inside the library, which here means "differs".
func (p *program) command(name, usage, help string, flags *flag.FlagSet) *ffcli.Command {
	c := &ffcli.Command{Name: name, ShortUsage: usage, ShortHelp: help, LongHelp: help, FlagSet: flags}
	c.Options = p.options(c)
	return c
}

// withExec gives a command that takes no arguments its work.
func withExec(c *ffcli.Command, exec func(context.Context) error) *ffcli.Command {
	c.Exec = func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("%w: %s takes no argument %q", errUsage, c.Name, args[0])
		}
		return exec(ctx)
	}
	return c
}

// flagSet makes a set that prints nothing by itself: see parseError.
func (p *program) flagSet(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// conclude turns a verdict into the exit status. The work is over.
func (p *program) conclude(v roundtrip.Verdict) {
	p.endWatch(v != roundtrip.Error)
	switch v {
	case roundtrip.Pass:
		p.status = Proven
	case roundtrip.Fail:
		p.status = Differs
	default:
		p.status = Unknown
	}
}
