package cli

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/report"
)

// errUsage marks an error of the command line. Its name is cut from the message, and a pointer to -h
// takes its place as the hint.
var errUsage = errors.New("usage")

// describe is an error for people: what happened, and what to do.
func (p *program) describe(err error) *report.Failure {
	failure := report.Describe(cluster.ExplainSpace(err))
	if errors.Is(err, errUsage) {
		failure.Message = strings.TrimPrefix(failure.Message, errUsage.Error()+": ")
		if failure.Hint == "" {
			failure.Hint = "see " + p.name + " help"
			if p.parsing != nil {
				failure.Hint += " " + p.parsing.name
			}
		}
	}
	if cause := p.interrupted(); cause != nil && failure.Message != cause.Error() {
		failure.Message = cause.Error() + ": " + strings.TrimSuffix(failure.Message, ": "+cause.Error())
	}
	return failure
}

// exitStatus reports an error that reached the top, and returns the exit status. A request for help is not an error.
func (p *program) exitStatus(err error) int {
	p.endWatch(false)
	cause := p.interrupted()
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(p.stdout, p.helpText(p.parsing))
		return Proven
	case err == nil && cause == nil:
		return p.status
	case err == nil:
		// The result is printed already, and names where it was cut short.
		fmt.Fprintf(p.stderr, "%s: error: %s\n", p.name, cause)
		return max(p.status, Unknown)
	}
	failure := p.describe(err)
	p.reportError(failure)
	p.tell(failure)
	return Unknown
}

// say writes a line to stderr: what it quotes cannot make it two.
func (p *program) say(format string, args ...any) {
	fmt.Fprintln(p.stderr, report.Plain(fmt.Sprintf(format, args...)))
}

// tell writes an error for people, on GitHub also as an annotation.
func (p *program) tell(failure *report.Failure) {
	if p.env["GITHUB_ACTIONS"] == "true" {
		_ = p.stderr.Annotate(p.name, failure.Message)
	}
	fmt.Fprintf(p.stderr, "%s: error: %s\n", p.name, failure.Message)
	if failure.Hint != "" {
		fmt.Fprintf(p.stderr, "%s: hint: %s\n", p.name, report.Plain(failure.Hint))
	}
}

// wantsJSON returns whether the one JSON document is wanted, as far as can be told when the flags could not be read.
func (p *program) wantsJSON() bool {
	if p.parsed {
		f := p.parsing.flags.Lookup("json")
		return f != nil && f.Value.String() == "true"
	}
	words := p.args
	if end := slices.Index(words, "--"); end >= 0 {
		words = words[:end]
	}
	return slices.Contains(words, "-json") || slices.Contains(words, "--json") || p.env[envPrefix+"JSON"] == "true"
}

// noServer explains that a command needs a live server; other errors it leaves alone.
func noServer(command string, err error) error {
	if !errors.Is(err, cluster.ErrNoServer) {
		return err
	}
	return &cluster.HintError{Err: err, Hint: command +
		" reads a live database: name it with -dsn, PGROUNDTRIP_DSN, DATABASE_URL or PGHOST"}
}
