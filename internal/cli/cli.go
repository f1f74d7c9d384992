// Package cli defines the commands: one file per command, with its flags and the story that it runs.
package cli

import (
	"context"
	"io"

	"pgroundtrip/internal/command"
)

// Run is the whole program except for signals: args do not include the program's name, env holds
// "NAME=value". It returns the exit status: command.Proven, Unknown or Differs. When ctx ends, Run stops working,
// removes what it created, and reports the cause.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, env []string) int {
	p := command.New(ctx, args, stdout, stderr, env)
	return p.Run(ctx, commands(p)...)
}

// commands returns all commands except help, completion and version, in the order in which help lists them.
func commands(p *command.Program) []*command.Command {
	return []*command.Command{checkCommand(p), dumpCommand(p), restoreCommand(p), recordCommand(p), compareCommand(p),
		verifyCommand(p), selftestCommand(p), workloadCommand(p), statusCommand(p), attestCommand(p)}
}
