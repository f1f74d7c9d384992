package command

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"text/template"

	"pgroundtrip/sql"
)

// pages are the help texts, name.md, of commands and topics.
//
//go:embed help/*.md
var pages embed.FS

// page returns the text of a command or topic. It begins with the line "# name: title".
func page(name string) (text string, ok bool) {
	if name == "suite" {
		return sql.Readme, true
	}
	data, err := pages.ReadFile("help/" + strings.ToLower(name) + ".md")
	return string(data), err == nil
}

// topics returns the sorted names of the pages that do not belong to a command.
func (p *Program) topics() []string {
	names := []string{"suite"}
	entries, _ := pages.ReadDir("help") // embedded: cannot fail
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".md"); p.find(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (p *Program) help() *Command {
	return &Command{Name: "help", Usage: "[COMMAND|TOPIC]", Flags: p.FlagSet("help"), Args: []string{"COMMAND"},
		Optional: true,
		Help:     "Print the help of a command or topic.",
		Run: func(_ context.Context, args, _ []string) error {
			text := p.helpText(nil)
			if len(args) > 0 {
				var isPage bool
				c := p.find(args[0])
				if text, isPage = page(args[0]); c == nil && !isPage {
					close := nearest(args[0], append(p.names(), p.topics()...))
					return unknown(fmt.Sprintf("there is no command or topic %q", args[0]), close, p.Name+" help lists all")
				}
				if c != nil {
					text = p.helpText(c)
				}
			}
			_, err := fmt.Fprint(p.stdout, text)
			return err
		}}
}

// helpText returns the help of a command, or of the program if c is nil.
func (p *Program) helpText(c *Command) string {
	var b strings.Builder
	if c == nil {
		p.writeOverview(&b)
	} else {
		fmt.Fprintf(&b, "usage: %s\n\n%s\n", strings.TrimSpace(p.Name+" "+c.Name+" "+c.Usage), c.Help)
		if flags := flagTable(c.Flags); flags != "" {
			fmt.Fprintf(&b, "\nflags, before or after arguments:\n%s\n"+
				"Each flag can be set in the environment too, -bindir as %sBINDIR; the command line wins.\n", flags, envPrefix)
		}
		if text, ok := page(c.Name); ok {
			b.WriteString("\n" + text + "\n")
		}
	}
	b.WriteString("exit status: 0 proven, 1 could not tell, 2 differs\n")
	return b.String()
}

func (p *Program) writeOverview(b *strings.Builder) {
	fmt.Fprintf(b, "usage: %s <command> [flags]\n\n", p.Name)
	b.WriteString("Prove that a pg_dump archive restores to exactly what was dumped.\n\ncommands:\n")
	table := tabwriter.NewWriter(b, 0, 2, 2, ' ', 0)
	for _, c := range p.commands {
		fmt.Fprintf(table, "  %s\t%s\n", c.Name, c.Help)
	}
	fmt.Fprint(table, "\ntopics:\n")
	for _, name := range p.topics() {
		text, _ := page(name)
		title, _, _ := strings.Cut(text, "\n")
		fmt.Fprintf(table, "  %s\t%s\n", name, strings.TrimPrefix(title, "# "+name+": "))
	}
	table.Flush() // a strings.Builder never fails
	fmt.Fprintf(b, "\n%s help COMMAND or TOPIC prints more\n", p.Name)
}

// flagTable lists flags, one per line.
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
	table.Flush() // a strings.Builder never fails
	return b.String()
}

// scripts complete commands and flags: in bash 3.2 and later, and all other words as file names; in zsh's own
// completion system with a description of each.
//
//go:embed completion.bash completion.zsh
var scripts embed.FS

var completions = template.Must(template.New("").Funcs(template.FuncMap{
	"quote": strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace,
}).ParseFS(scripts, "*"))

func (p *Program) completion() *Command {
	return &Command{Name: "completion", Usage: "bash|zsh", Flags: p.FlagSet("completion"), Args: []string{"SHELL"},
		Help: "Print a script that completes commands and flags.",
		Run: func(_ context.Context, args, _ []string) error {
			script := completions.Lookup("completion." + args[0])
			if script == nil {
				return Refuse("completion %q: must be bash or zsh", args[0])
			}
			return script.Execute(p.stdout, p.completed())
		}}
}

// completed returns what the scripts complete.
func (p *Program) completed() any {
	type flagText struct{ Name, Value, Usage string }
	type commandText struct {
		Name, Help string
		Flags      []flagText
	}
	var all []commandText
	for _, c := range p.commands {
		one := commandText{Name: c.Name, Help: c.Help}
		c.Flags.VisitAll(func(f *flag.Flag) {
			value, usage := flag.UnquoteUsage(f)
			one.Flags = append(one.Flags, flagText{f.Name, value, usage})
		})
		all = append(all, one)
	}
	return map[string]any{"Commands": all, "Topics": strings.Join(p.topics(), " ")}
}
