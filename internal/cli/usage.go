package cli

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/peterbourgon/ff/v3/ffcli"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/report"
)

// errUsage marks an error of the command line. Its name is cut from the message, and a pointer to -h
// takes its place as the hint.
var errUsage = errors.New("usage")

// parseError is what ff and flag say of a bad flag, without the names that they give to themselves.
// Both print the error and all of the help too: that is turned off, it hid the error.
func (p *program) parseError(err error) error {
	text := strings.TrimPrefix(err.Error(), "error parsing commandline arguments: ")
	text = strings.Replace(text, "flag provided but not defined: ", "there is no flag ", 1)
	if p.parsing.Name == p.name && strings.HasPrefix(text, "there is no flag ") {
		text += " before the command: flags stand behind it"
	}
	return fmt.Errorf("%w: %s", errUsage, text)
}

// describe is an error for people: what happened, and what to do.
func (p *program) describe(err error) *report.Failure {
	failure := report.Describe(cluster.ExplainSpace(err))
	if errors.Is(err, errUsage) {
		failure.Message = strings.TrimPrefix(failure.Message, errUsage.Error()+": ")
		if failure.Hint == "" {
			failure.Hint = strings.TrimPrefix(p.parsing.Name+" -h", p.name+" ")
			failure.Hint = p.name + " " + failure.Hint + " tells more"
		}
	}
	if cause := p.interrupted(); cause != nil && failure.Message != cause.Error() {
		failure.Message = cause.Error() + ": " + strings.TrimSuffix(failure.Message, ": "+cause.Error())
	}
	return failure
}

// help is the text of -h.
func (p *program) help(c *ffcli.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s\n\n%s\n", c.ShortUsage, c.LongHelp)
	if len(c.Subcommands) > 0 {
		b.WriteString("\ncommands:\n")
		table := tabwriter.NewWriter(&b, 0, 2, 2, ' ', 0)
		for _, sub := range c.Subcommands {
			fmt.Fprintf(table, "  %s\t%s\n", sub.Name, sub.ShortHelp)
		}
		table.Flush() // a strings.Builder takes everything
		fmt.Fprintf(&b, "\n%s <command> -h lists the flags of a command\n", p.name)
	}
	if flags := flagTable(c.FlagSet); flags != "" {
		fmt.Fprintf(&b, "\nflags:\n%s\nEach flag can be set in the environment too, -bindir as %sBINDIR; the command line wins.\n", flags, envPrefix)
	}
	b.WriteString("exit status: 0 proven, 1 could not tell, 2 differs\n")
	return b.String()
}

func flagTable(flags *flag.FlagSet) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 2, 2, ' ', 0)
	flags.VisitAll(func(f *flag.Flag) {
		name, usage := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(table, "  -%s\t%s\n", strings.TrimSpace(f.Name+" "+name), usage)
	})
	table.Flush() // a strings.Builder takes everything
	return b.String()
}

// exitStatus says what an error that reached the top means, and tells it. A request for help is none.
func (p *program) exitStatus(err error) int {
	p.endWatch(false)
	cause := p.interrupted()
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(p.stdout, p.help(p.parsing))
		return Proven
	case err == nil && cause == nil:
		return p.status
	case err == nil:
		// The result is told already, and where it was cut short it says so.
		fmt.Fprintf(p.stderr, "%s: error: %s\n", p.name, cause)
		return max(p.status, Unknown)
	}
	failure := p.describe(err)
	if !p.documented && p.wantsJSON() {
		err = report.WriteJSON(p.stdout, &report.Document{Command: p.parsing.Name, Verdict: "error", NotCovered: []string{}, Error: failure})
		if err != nil {
			failure.Message += "; " + err.Error()
		}
	}
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

// wantsJSON says whether one JSON document is wanted, also when the flags could not be read.
func (p *program) wantsJSON() bool {
	asked := func(arg string) bool { return strings.TrimLeft(arg, "-") == "json" && strings.HasPrefix(arg, "-") }
	return slices.ContainsFunc(p.args, asked) || p.env[envPrefix+"JSON"] == "true"
}

// noServer explains that a command needs a live server; other errors it leaves alone.
func noServer(command string, err error) error {
	if !errors.Is(err, cluster.ErrNoServer) {
		return err
	}
	return &cluster.HintError{Err: err, Hint: command + " reads a live database: name it with -dsn, PGROUNDTRIP_DSN, DATABASE_URL or PGHOST"}
}
