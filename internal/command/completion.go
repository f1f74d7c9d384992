package command

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

func (p *Program) completion() *Command {
	return &Command{Name: "completion", Usage: "bash|zsh", Flags: p.FlagSet("completion"), Args: []string{"SHELL"},
		Help: "Print a script that completes commands and flags.",
		Run: func(_ context.Context, args, _ []string) error {
			write := map[string]func() string{"bash": p.completeBash, "zsh": p.completeZsh}[args[0]]
			if write == nil {
				return fmt.Errorf("%w: completion %q: must be bash or zsh", ErrUsage, args[0])
			}
			_, err := fmt.Fprint(p.stdout, write())
			return err
		}}
}

// completeBash returns a script for bash 3.2 and later. It completes all other words as file names.
func (p *Program) completeBash() string {
	var b strings.Builder
	b.WriteString("# bash completion of pgroundtrip: source <(pgroundtrip completion bash)\n_pgroundtrip() {\n" +
		"    local word=${COMP_WORDS[COMP_CWORD]} flags=\n    COMPREPLY=()\n    case ${COMP_WORDS[1]} in\n")
	for _, c := range p.commands {
		var names []string
		c.Flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
		fmt.Fprintf(&b, "    %s) flags=\"%s\" ;;\n", c.Name, strings.Join(names, " "))
	}
	fmt.Fprintf(&b, `    esac
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "%s" -- "$word"))
        return
    fi
    case ${COMP_WORDS[1]}:$word in
    help:*) COMPREPLY=($(compgen -W "%s" -- "$word")) ;;
    completion:*) COMPREPLY=($(compgen -W "bash zsh" -- "$word")) ;;
    *:--*) COMPREPLY=($(compgen -P -- -W "$flags" -- "${word#--}")) ;;
    *:-*) COMPREPLY=($(compgen -P - -W "$flags" -- "${word#-}")) ;;
    esac
}
complete -o default -F _pgroundtrip pgroundtrip
`, strings.Join(p.names(), " "), strings.Join(append(p.names(), p.topics()...), " "))
	return b.String()
}

// completeZsh returns a script for zsh's own completion system, with a description of each command and flag.
func (p *Program) completeZsh() string {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace
	var list, cases strings.Builder
	for _, c := range p.commands {
		fmt.Fprintf(&list, "        '%s:%s'\n", c.Name, quote(c.Help))
		fmt.Fprintf(&cases, "    %s) _arguments", c.Name)
		c.Flags.VisitAll(func(f *flag.Flag) {
			value, usage := flag.UnquoteUsage(f)
			if value != "" {
				value = ":" + value + ":_files"
			}
			fmt.Fprintf(&cases, " \\\n        '*-%s[%s]%s'", f.Name, quote(usage), value)
		})
		cases.WriteString(" \\\n        '*:file:_files' ;;\n")
	}
	return "#compdef pgroundtrip\n# zsh completion of pgroundtrip: pgroundtrip completion zsh > " +
		"\"${fpath[1]}/_pgroundtrip\"\n" +
		"_pgroundtrip() {\n    local -a commands\n    commands=(\n" + list.String() + "    )\n" +
		"    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n" +
		"    local command=${words[2]}\n    shift words\n    (( CURRENT-- ))\n    case $command in\n" + cases.String() +
		"    esac\n}\nif [[ $funcstack[1] == _pgroundtrip ]]; then _pgroundtrip \"$@\"; else compdef _pgroundtrip " +
		"pgroundtrip; fi\n"
}
