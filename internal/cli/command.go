package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/peterbourgon/ff/v3"

	"pgroundtrip/internal/cluster"
)

// A command is one word of the command line with its flags, its arguments and its work.
type command struct {
	name     string
	usage    string // what follows the name, as help shows it
	help     string // one sentence
	flags    *flag.FlagSet
	args     []string // the arguments that it must be given, by the names that usage has for them
	optional bool     // args may be left out
	tool     string   // the program that gets what follows --, or ""
	run      func(ctx context.Context, args, passed []string) error
}

// dispatch finds the command that args name, reads its flags, and runs it.
func (p *program) dispatch(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%w: a command is missing", errUsage)
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
		return fmt.Errorf("%w: %s: flags go after the command", errUsage, name)
	}
	if p.parsing = p.find(name); p.parsing == nil {
		return unknown(fmt.Sprintf("there is no command %q", name), nearest(name, p.names()), p.name+" help lists all")
	}
	given, err := p.parsing.arrange(args[1:])
	if err != nil {
		return err
	}
	if err := ff.Parse(p.parsing.flags, given.flags, p.options()...); err != nil {
		return fmt.Errorf("%w: %s", errUsage, strings.TrimPrefix(err.Error(), "error parsing commandline arguments: "))
	}
	p.parsed = true
	if err := p.parsing.count(given); err != nil {
		return err
	}
	if err := p.openKey(); err != nil {
		return err
	}
	return p.parsing.run(ctx, given.args, given.passed)
}

// find returns the command of that name, in upper or lower case, or nil.
func (p *program) find(name string) *command {
	for _, c := range p.commands {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

func (p *program) names() []string {
	var names []string
	for _, c := range p.commands {
		names = append(names, c.name)
	}
	return names
}

// given is a command line, sorted: flags with their values, the command's own arguments, and those for its tool.
type given struct{ flags, args, passed []string }

// arrange sorts the words after the command. Flags may come before, between and after arguments, as with psql and
// pg_restore; -- ends them. What follows -- is for the command's tool once the command has its own arguments.
func (c *command) arrange(words []string) (*given, error) {
	g := &given{}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch {
		case word == "--":
			own := len(words)
			if c.tool != "" {
				own = min(own, max(0, len(c.args)-len(g.args)))
			}
			g.args, g.passed = append(g.args, words[:own]...), words[own:]
			if own > 0 && len(g.passed) > 0 && g.passed[0] == "--" {
				g.passed = g.passed[1:]
			}
			return g, nil
		case len(word) < 2 || word[0] != '-':
			g.args = append(g.args, word)
		default:
			takesNext, err := c.takesNext(word)
			if err != nil {
				return nil, err
			}
			g.flags = append(g.flags, word)
			if takesNext && len(words) > 0 {
				g.flags, words = append(g.flags, words[0]), words[1:]
			}
		}
	}
	return g, nil
}

// takesNext returns whether the next word is the value of the flag that word names, or an error if there is no such
// flag.
func (c *command) takesNext(word string) (bool, error) {
	name, _, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
	f := c.flags.Lookup(name)
	switch {
	case f != nil:
		isSwitch, ok := f.Value.(interface{ IsBoolFlag() bool })
		return !hasValue && !(ok && isSwitch.IsBoolFlag()), nil
	case name == "h" || name == "help":
		return false, flag.ErrHelp
	}
	var names []string
	c.flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	all := "pgroundtrip " + c.name + " -h lists the flags"
	if c.tool != "" {
		all += "; arguments of " + c.tool + " go after --"
	}
	close := nearest(name, names)
	if close != "" {
		close = "-" + close
	}
	return false, unknown(fmt.Sprintf("%s has no flag -%s", c.name, name), close, all)
}

// unknown is a usage error about a word that is not known. close is what may have been meant, or "".
func unknown(message, close, all string) error {
	if close != "" {
		all = "did you mean " + close + "? " + all
	}
	return &cluster.HintError{Err: fmt.Errorf("%w: %s", errUsage, message), Hint: all}
}

// nearest returns the name that word was probably meant to be: one that it begins, or else the one with the fewest
// letters to change, if those are less than half of word. It returns "" if there is none.
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

// distance is how many letters must be inserted, deleted or replaced to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = min(diagonal, row[j], row[j+1]) + 1
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// count returns a usage error unless the command has as many arguments as it takes.
func (c *command) count(g *given) error {
	var hint string
	if c.tool != "" {
		hint = "; arguments of " + c.tool + " go after --"
	}
	switch n := len(c.args); {
	case len(g.passed) > 0 && !strings.HasPrefix(g.passed[0], "-"):
		return fmt.Errorf("%w: arguments of %s begin with an option, not with %q", errUsage, c.tool, g.passed[0])
	case len(g.args) < n && !c.optional:
		return fmt.Errorf("%w: %s is missing: pgroundtrip %s %s", errUsage, c.args[len(g.args)], c.name, c.usage)
	case len(g.args) > n && n == 0:
		return fmt.Errorf("%w: %s takes no argument %q%s", errUsage, c.name, g.args[0], hint)
	case len(g.args) > n:
		return fmt.Errorf("%w: %s takes %s only, not also %q%s", errUsage, c.name, strings.Join(c.args, " and "), g.args[n],
			hint)
	}
	return nil
}
