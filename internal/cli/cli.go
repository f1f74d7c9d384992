// Package cli is the program: the tree of commands, their flags, and what each result means as an
// exit status.
package cli

import (
	"context"
	"flag"
	"io"
	"strings"

	"golang.org/x/crypto/ssh"

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

// A program is what the commands share.
type program struct {
	name        string
	args        []string
	stdout      io.Writer   // results only
	stderr      *report.Log // everything else
	screen      io.Writer   // what stderr writes to
	env         map[string]string
	interrupted func() error // the signal that ended the run, or nil
	commands    []*command
	parsing     *command         // the command that args name; nil before it is known
	parsed      bool             // its flags hold what args and env give
	documented  bool             // the one JSON document is on stdout
	reported    bool             // the files of -report are written
	draft       *report.Document // what is known of the result when an error ends the run; nil is nothing
	signer      ssh.Signer       // of -sign; nil signs nothing
	status      int
	shown       *progress.Board // nil until a command shows how far it is
}

// Run is the whole program but for signals: args are without the program's name, env holds
// "NAME=value". It returns the exit status: Proven, Unknown or Differs. When ctx ends, the work stops,
// what was made for it is removed, and the cause is reported.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, env []string) int {
	p := &program{name: "pgroundtrip", args: args, stdout: stdout, stderr: report.NewLog(stderr), screen: stderr,
		env: map[string]string{}}
	p.interrupted = func() error { return context.Cause(ctx) }
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		p.env[name] = value
	}
	p.commands = p.commandTable()
	return p.exitStatus(p.dispatch(ctx, args))
}

// commandTable makes every command, in the order in which help lists them.
func (p *program) commandTable() []*command {
	return []*command{p.check(), p.dump(), p.restore(), p.record(), p.compare(), p.verify(), p.selftest(), p.workload(),
		p.statusCommand(), p.attest(), p.help(), p.completion(), p.version()}
}

// flagSet makes a set that prints nothing by itself: see parseError.
func (p *program) flagSet(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// conclude turns a verdict into the exit status. The work is over.
func (p *program) conclude(v verdict.Verdict) {
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
