package command

import (
	"context"
	"embed"
	"flag"
	"strings"
	"text/template"
)

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
				return RefuseIf(true, "completion %q: must be bash or zsh", args[0])
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
