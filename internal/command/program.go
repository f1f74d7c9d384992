// Package command is what all commands share: how a command line is read, help and completion, streams, and what a
// result means as an exit status.
package command

import (
	"context"
	"flag"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

// Exit statuses, as pg_amcheck's.
const (
	Proven  = 0
	Unknown = 1 // usage, environment, server, tool: could not tell
	Differs = 2
)

// A Program is what the commands share.
type Program struct {
	Name        string
	args        []string
	stdout      io.Writer  // results only
	Stderr      *plain.Log // everything else
	screen      io.Writer  // what stderr writes to
	Env         map[string]string
	interrupted func() error // the signal that ended the run, or nil
	commands    []*Command
	parsing     *Command         // the command that args name; nil before it is known
	parsed      bool             // its flags hold what args and env give
	documented  bool             // the one JSON document is on stdout
	reported    bool             // the files of -report are written
	Draft       *report.Document // what is known of the result when an error ends the run; nil is nothing
	signer      ssh.Signer       // of -sign; nil signs nothing
	status      int
	shown       *progress.Board // nil until a command shows how far it is
	versions    sync.Map        // of programs, see pgtool.Finder.Known
}

// New is the program for one command line; env holds "NAME=value".
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

// Run runs the command that the arguments name, and returns the exit status. To the commands it adds help,
// completion and version.
func (p *Program) Run(ctx context.Context, commands ...*Command) int {
	p.commands = append(commands, p.help(), p.completion(), p.version())
	return p.exitStatus(p.dispatch(ctx, p.args))
}

// FlagSet makes a set that prints nothing by itself: the program reports its errors.
func (p *Program) FlagSet(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// Conclude turns a verdict into the exit status. The work is over.
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
