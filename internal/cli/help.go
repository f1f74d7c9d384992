package cli

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
)

func (p *program) help() *command {
	c := &command{name: "help", usage: "[COMMAND]", flags: p.flagSet("help"), optional: true, args: []string{"COMMAND"},
		help: "Print the help of a command."}
	c.run = func(_ context.Context, args, _ []string) error {
		text := p.helpText(nil)
		if len(args) > 0 {
			found := p.find(args[0])
			if found == nil {
				return unknown(fmt.Sprintf("there is no command %q", args[0]), nearest(args[0], p.names()), p.name+" help lists all")
			}
			text = p.helpText(found)
		}
		_, err := fmt.Fprint(p.stdout, text)
		return err
	}
	return c
}

// helpText is the help of a command, or of the program if c is nil.
func (p *program) helpText(c *command) string {
	var b strings.Builder
	if c == nil {
		fmt.Fprintf(&b, "usage: %s <command> [flags]\n\n", p.name)
		b.WriteString("Prove that a pg_dump archive restores to exactly what was dumped.\n\ncommands:\n")
		table := tabwriter.NewWriter(&b, 0, 2, 2, ' ', 0)
		for _, c := range p.commands {
			fmt.Fprintf(table, "  %s\t%s\n", c.name, c.help)
		}
		table.Flush() // a strings.Builder takes everything
		fmt.Fprintf(&b, "\n%s <command> -h lists the flags of a command\n", p.name)
	} else {
		fmt.Fprintf(&b, "usage: %s\n\n%s\n", strings.TrimSpace(p.name+" "+c.name+" "+c.usage), c.help)
		if flags := flagTable(c.flags); flags != "" {
			fmt.Fprintf(&b, "\nflags, before or after arguments:\n%s\nEach flag can be set in the environment too, -bindir as %sBINDIR; "+
				"the command line wins.\n", flags, envPrefix)
		}
	}
	b.WriteString("exit status: 0 proven, 1 could not tell, 2 differs\n")
	return b.String()
}

// flagTable lists flags, a line each.
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
