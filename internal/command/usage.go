package command

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/plain"
)

// ErrUsage marks an error of the command line. Its text is cut from the message, and a pointer to help
// takes its place as the hint.
var ErrUsage = errors.New("usage")

// Refuse returns a usage error.
func Refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrUsage, fmt.Errorf(format, args...))
}

// RefuseIf returns a usage error if the command line is wrong, else nil.
func RefuseIf(isWrong bool, format string, args ...any) error {
	if !isWrong {
		return nil
	}
	return Refuse(format, args...)
}

// describe returns an error for people: what happened, and what to do.
func (p *Program) describe(err error) *hint.Failure {
	failure := hint.Describe(err)
	if errors.Is(err, ErrUsage) {
		failure.Message = strings.TrimPrefix(failure.Message, ErrUsage.Error()+": ")
		if failure.Hint == "" {
			failure.Hint = "see " + p.Name + " help"
			if p.parsing != nil {
				failure.Hint += " " + p.parsing.Name
			}
		}
	}
	if cause := p.interrupted(); cause != nil && failure.Message != cause.Error() {
		failure.Message = cause.Error() + ": " + strings.TrimSuffix(failure.Message, ": "+cause.Error())
	}
	return failure
}

// exitStatus reports an error that reached the top, and returns the exit status. A request for help is not an error.
func (p *Program) exitStatus(err error) int {
	p.endWatch(false)
	cause := p.interrupted()
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(p.stdout, p.helpText(p.parsing))
		return Proven
	case err == nil && cause == nil:
		return p.status
	case err == nil:
		// The result has been printed, and says where the run was cut short.
		fmt.Fprintf(p.Stderr, "%s: error: %s\n", p.Name, cause)
		return max(p.status, Unknown)
	}
	failure := p.describe(err)
	p.reportError(failure)
	p.tell(failure)
	return Unknown
}

// Say writes one line to stderr: a newline in a quoted value cannot start another one.
func (p *Program) Say(format string, args ...any) {
	fmt.Fprintln(p.Stderr, plain.Text(fmt.Sprintf(format, args...)))
}

// tell prints an error for people, on GitHub also as an annotation.
func (p *Program) tell(failure *hint.Failure) {
	if p.Env["GITHUB_ACTIONS"] == "true" {
		_ = p.Stderr.Annotate(p.Name, failure.Message)
	}
	fmt.Fprintf(p.Stderr, "%s: error: %s\n", p.Name, failure.Message)
	if failure.Hint != "" {
		fmt.Fprintf(p.Stderr, "%s: hint: %s\n", p.Name, plain.Text(failure.Hint))
	}
}

// wantsJSON reports whether -json is given, as far as can be known if the flags could not be parsed.
func (p *Program) wantsJSON() bool {
	if p.parsed {
		return p.parsing.Shared != nil && p.parsing.Shared.JSON
	}
	words := p.args
	if end := slices.Index(words, "--"); end >= 0 {
		words = words[:end]
	}
	return slices.Contains(words, "-json") || slices.Contains(words, "--json") || p.Env[envPrefix+"JSON"] == "true"
}

// NoServer explains that a command needs a live server; it returns other errors unchanged.
func NoServer(command string, err error) error {
	if !errors.Is(err, cluster.ErrNoServer) {
		return err
	}
	return hint.With(err, command+" reads a live database: name it with -dsn, PGROUNDTRIP_DSN, DATABASE_URL or PGHOST")
}
