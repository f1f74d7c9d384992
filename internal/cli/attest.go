package cli

import (
	"context"
	"fmt"
	"io"

	"pgroundtrip/internal/evidence"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/safefile"
)

func (p *program) attest() *command {
	flags, s := p.flagSet("attest"), &shared{}
	flags.BoolVar(&s.json, "json", false, "print one JSON document")
	path := flags.String("allowed", "", "`file` of the keys that may sign, as ssh-keygen's allowed_signers; "+
		"never one from the evidence itself")
	return &command{name: "attest", usage: "-allowed FILE STATEMENT|FOLDER", args: []string{"STATEMENT"}, flags: flags,
		help: "Check that signed statements are as they were written, and that none is missing.",
		run:  func(_ context.Context, args, _ []string) error { return p.runAttest(s, args[0], *path) }}
}

func (p *program) runAttest(s *shared, at, allowedFile string) error {
	if allowedFile == "" {
		return fmt.Errorf("%w: -allowed is missing: the file of the keys that may sign", errUsage)
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
	return p.finish(s, &report.Document{Command: "attest", NotCovered: outcome.NotCovered}, outcome)
}
