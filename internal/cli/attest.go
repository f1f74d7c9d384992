package cli

import (
	"context"
	"fmt"
	"io"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/evidence"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/safefile"
)

func attestCommand(p *command.Program) *command.Command {
	flags, s := p.FlagSet("attest"), &command.Shared{}
	flags.BoolVar(&s.JSON, "json", false, "print one JSON document")
	path := flags.String("allowed", "", "`file` of the keys that may sign, as in ssh-keygen's allowed_signers; "+
		"never one from the evidence itself")
	return &command.Command{Name: "attest", Usage: "-allowed FILE STATEMENT|FOLDER", Args: []string{"STATEMENT"},
		Flags: flags,
		Help:  "Check that signed statements are unchanged, and that none is missing.",
		Run:   func(_ context.Context, args, _ []string) error { return runAttest(p, s, args[0], *path) }}
}

func runAttest(p *command.Program, s *command.Shared, at, allowedFile string) error {
	if allowedFile == "" {
		return fmt.Errorf("%w: -allowed is missing: the file of the keys that may sign", command.ErrUsage)
	}
	const most = 1 << 20
	file, err := safefile.Open(allowedFile, most)
	if err != nil {
		return fmt.Errorf("-allowed: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	text, err := io.ReadAll(file)
	if err != nil {
		return fmt.Errorf("-allowed: %w", err)
	}
	allowed, err := evidence.ParseAllowed(string(text))
	if err != nil {
		return fmt.Errorf("-allowed %s: %w", allowedFile, err)
	}
	outcome, err := evidence.Attest(at, allowed)
	if err != nil {
		return err
	}
	return p.Finish(s, &report.Document{Command: "attest", NotCovered: outcome.NotCovered}, outcome)
}
