package command

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/peterbourgon/ff/v3"

	"pgroundtrip/internal/hint"
)

// A Command is a command of the program: its name, flags, arguments and action.
type Command struct {
	Name     string
	Usage    string // what follows the name in help
	Help     string // one sentence
	Flags    *flag.FlagSet
	Shared   *Shared  // the shared ones among them; nil if it has none
	Args     []string // the names of its arguments, as in Usage
	Optional bool     // the arguments may be left out
	Tool     string   // the program that gets the arguments after --; "" if none
	Run      func(ctx context.Context, args, passed []string) error
}

// dispatch finds the command that args name, parses its flags, and runs it.
func (p *Program) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: a command is missing", ErrUsage)
	}
	name := args[0]
	switch strings.TrimLeft(name, "-") {
	case "h", "help":
		if strings.HasPrefix(name, "-") {
			return flag.ErrHelp
		}
	case "V", "version":
		name = "version"
	}
	if strings.HasPrefix(name, "-") {
		return fmt.Errorf("%w: %s: flags go after the command", ErrUsage, name)
	}
	if p.parsing = p.find(name); p.parsing == nil {
		return unknown(fmt.Sprintf("there is no command %q", name), nearest(name, p.names()), p.Name+" help lists all")
	}
	given, err := p.parsing.arrange(args[1:])
	if err != nil {
		return err
	}
	if err := ff.Parse(p.parsing.Flags, given.flags, p.options()...); err != nil {
		return fmt.Errorf("%w: %s", ErrUsage, strings.TrimPrefix(err.Error(), "error parsing commandline arguments: "))
	}
	p.parsed = true
	if err := p.parsing.count(given); err != nil {
		return err
	}
	if err := p.openKey(); err != nil {
		return err
	}
	return p.parsing.Run(ctx, given.args, given.passed)
}

// find returns the command of that name, ignoring case, or nil.
func (p *Program) find(name string) *Command {
	for _, c := range p.commands {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return nil
}

func (p *Program) names() []string {
	var names []string
	for _, c := range p.commands {
		names = append(names, c.Name)
	}
	return names
}

// given is a command line split into flags with their values, the command's own arguments, and those for its tool.
type given struct{ flags, args, passed []string }

// arrange splits the words after the command. Flags may come before, between and after arguments, as in psql and
// pg_restore; -- ends them. Words after -- go to the command's tool once the command has all its own arguments.
func (c *Command) arrange(words []string) (*given, error) {
	g := &given{}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			own := len(words)
			if c.Tool != "" {
				own = min(own, max(0, len(c.Args)-len(g.args)))
			}
			g.args, g.passed = append(g.args, words[:own]...), words[own:]
			if own > 0 && len(g.passed) > 0 && g.passed[0] == "--" {
				g.passed = g.passed[1:]
			}
			return g, nil
		case len(word) < 2 || word[0] != '-':
			g.args = append(g.args, word)
		default:
			takesNext, err := c.takesNext(word, words)
			if err != nil {
				return nil, err
			}
			// "$KEY" of a variable that is not set: what the flag asks for would silently not be done.
			name, value, hasValue := strings.Cut(word, "=")
			if hasValue && value == "" || takesNext && len(words) > 0 && words[0] == "" {
				return nil, fmt.Errorf("%w: the value of %s is empty", ErrUsage, name)
			}
			g.flags = append(g.flags, word)
			if takesNext && len(words) > 0 {
				g.flags, words = append(g.flags, words[0]), words[1:]
			}
		}
	}
	return g, nil
}

// takesNext reports whether the first of the words that follow is the value of the flag that word names, or an error if
// there is no such flag.
func (c *Command) takesNext(word string, following []string) (bool, error) {
	name, _, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
	f := c.Flags.Lookup(name)
	switch {
	case f != nil:
		isSwitch, ok := f.Value.(interface{ IsBoolFlag() bool })
		return !hasValue && !(ok && isSwitch.IsBoolFlag()), nil
	case name == "h" && c.Flags.Lookup("dsn") != nil && len(following) > 0 && !strings.HasPrefix(following[0], "-"):
		// psql's way to name a host: a job that calls dump like this would exit 0 with nothing dumped.
		return false, unknown("-h prints the help and takes no value", "-dsn 'host="+following[0]+"'", "")
	case name == "h" || name == "help":
		return false, flag.ErrHelp
	}
	var names []string
	c.Flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	all := "pgroundtrip " + c.Name + " -h lists the flags"
	if c.Tool != "" {
		all += "; arguments of " + c.Tool + " go after --"
	}
	close := nearest(name, names)
	if close != "" {
		close = "-" + close
	}
	return false, unknown(fmt.Sprintf("%s has no flag -%s", c.Name, name), close, all)
}

// unknown returns a usage error about an unknown word. close is what may have been meant, or "".
func unknown(message, close, all string) error {
	if close != "" {
		all = strings.TrimSpace("did you mean " + close + "? " + all)
	}
	return hint.With(fmt.Errorf("%w: %s", ErrUsage, message), all)
}

// nearest returns the name that word was probably meant to be: a name that begins with word, else the one with the
// fewest letters to change, if fewer than half of word. It returns "" if there is none.
func nearest(word string, names []string) string {
	best, least := "", (len(word)+1)/2
	word = strings.ToLower(word)
	for _, name := range names {
		n := distance(word, name)
		if word != "" && strings.HasPrefix(name, word) {
			n = 0
		}
		if n < least || n == 0 && best == "" {
			best, least = name, n
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with the next to turn a into b.
func distance(a, b string) int {
	d := make([][]int, len(a)+1) // d[i][j] is the distance of a[:i] and b[:j]
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			if i == 0 || j == 0 {
				d[i][j] = i + j
				continue
			}
			d[i][j] = min(d[i-1][j], d[i][j-1], d[i-1][j-1]) + 1
			if a[i-1] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-1][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// count returns a usage error unless the number of arguments is right.
func (c *Command) count(g *given) error {
	var hint string
	if c.Tool != "" {
		hint = "; arguments of " + c.Tool + " go after --"
	}
	switch n := len(c.Args); {
	case len(g.passed) > 0 && !strings.HasPrefix(g.passed[0], "-"):
		return fmt.Errorf("%w: arguments of %s begin with an option, not with %q", ErrUsage, c.Tool, g.passed[0])
	case len(g.args) < n && !c.Optional:
		return fmt.Errorf("%w: %s is missing: pgroundtrip %s %s", ErrUsage, c.Args[len(g.args)], c.Name, c.Usage)
	case len(g.args) > n && n == 0:
		return fmt.Errorf("%w: %s takes no argument %q%s", ErrUsage, c.Name, g.args[0], hint)
	case len(g.args) > n:
		return fmt.Errorf("%w: %s takes %s only, not also %q%s", ErrUsage, c.Name, strings.Join(c.Args, " and "), g.args[n],
			hint)
	}
	if i := slices.Index(g.args, ""); i >= 0 { // "$ARCHIVE" of a variable that is not set
		return fmt.Errorf("%w: the value of %s is empty", ErrUsage, c.Args[i])
	}
	return nil
}
