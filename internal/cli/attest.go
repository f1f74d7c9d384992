package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/evidence"
	"pgroundtrip/internal/history"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

func attestCommand(p *command.Program) *command.Command {
	flags, s := p.FlagSet("attest"), &command.Shared{}
	s.RegisterReports(flags)
	flags.Lookup("history").Usage = "`file` to which the runs were added: every statement that it names must be there; " +
		"it is only read"
	path := flags.String("allowed", "", "`file` of the keys that may sign, as in ssh-keygen's allowed_signers; "+
		"never one from the evidence itself")
	return &command.Command{Name: "attest", Usage: "-allowed FILE STATEMENT|FOLDER", Args: []string{"STATEMENT"},
		Flags: flags, Shared: s,
		Help: "Check that signed statements are unchanged, and that none is missing.",
		Run:  func(_ context.Context, args, _ []string) error { return runAttest(p, s, args[0], *path) }}
}

func runAttest(p *command.Program, s *command.Shared, at, allowedFile string) error {
	if allowedFile == "" {
		return command.Refuse("-allowed is missing: the file of the keys that may sign")
	}
	const most = 1 << 20
	text, err := safefile.Read(allowedFile, most)
	if err != nil {
		return fmt.Errorf("-allowed: %w", err)
	}
	allowed, err := evidence.ParseAllowed(string(text))
	if err != nil {
		return fmt.Errorf("-allowed %s: %w", allowedFile, err)
	}
	written, err := writtenBy(s.History)
	if err != nil {
		return err
	}
	begun := time.Now()
	outcome, err := evidence.Attest(at, allowed, written)
	if err != nil {
		return err
	}
	outcome.Phases = []verdict.Phase{{Name: "attest", Seconds: time.Since(begun).Seconds()}}
	return p.Finish(s, &report.Document{Command: "attest", NotCovered: outcome.NotCovered}, outcome)
}

// writtenBy are the statements that the history names.
func writtenBy(historyFile string) (all []evidence.Written, err error) {
	if historyFile == "" {
		return nil, nil
	}
	runs, _, err := history.Read(historyFile)
	for _, r := range runs {
		if r.StatementSHA256 != "" {
			name := fmt.Sprintf("%s of %s at %s", r.Command, strings.Join(r.Targets, ", "), r.Time.UTC().Format(time.RFC3339))
			all = append(all, evidence.Written{Run: name, SHA256: r.StatementSHA256})
		}
	}
	return all, err
}
