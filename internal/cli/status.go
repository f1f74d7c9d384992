package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/history"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/report"
)

func statusCommand(p *command.Program) *command.Command {
	flags, maxAge := p.FlagSet("status"), command.Wait(8*24*time.Hour)
	s := &command.Shared{}
	s.RegisterReports(flags)
	flags.Lookup("history").Usage = "`file` to which the runs were added by their flag -history; it is only read"
	flags.Var(&maxAge, "max-age", "how `old` the last proof may be, for example 8d or 36h")
	return &command.Command{Name: "status", Usage: "-history FILE [flags]", Flags: flags, Shared: s,
		Help: "Print what was last proven, when, and whether that is too long ago.",
		Run: func(context.Context, []string, []string) error {
			if err := cmp.Or(
				command.RefuseIf(s.History == "", "-history is missing: the file to which the runs were added"),
				command.RefuseIf(maxAge == 0, "-max-age must be more than nothing")); err != nil {
				return err
			}
			return runStatus(p, s, s.History, time.Duration(maxAge))
		}}
}

func runStatus(p *command.Program, s *command.Shared, path string, maxAge time.Duration) error {
	runs, notes, err := history.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return hint.With(err, "nothing was ever proven: give the runs the flag -history "+path)
	}
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Second)
	status := &report.Status{Command: "status", Time: now, MaxAgeSeconds: maxAge.Seconds(),
		Targets: append([]*history.Target{}, history.Status(runs, now, maxAge)...), Notes: append([]string{}, notes...)}
	status.Verdict = history.Worst(status.Targets)
	p.Conclude(status.Verdict)
	return p.TellAll(s, status.Document(), status, func(w io.Writer) error {
		return status.WriteText(w, progress.IsTerminal(w, p.Env))
	})
}
