package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/history"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/report"
)

// days is a flag value: a duration that may be given in days.
type days time.Duration

// String returns the value as it is given, "8d".
func (d *days) String() string {
	if day := 24 * time.Hour; time.Duration(*d)%day == 0 {
		return fmt.Sprintf("%dd", time.Duration(*d)/day)
	}
	return time.Duration(*d).String()
}

// Set parses the value.
func (d *days) Set(text string) error {
	const most = 36500
	if number, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(number); err == nil && n > 0 && n <= most {
			*d = days(n) * days(24*time.Hour)
			return nil
		}
	}
	if t, err := time.ParseDuration(text); err == nil && t > 0 {
		*d = days(t)
		return nil
	}
	return errors.New("a time is needed, such as 8d or 36h")
}

func statusCommand(p *command.Program) *command.Command {
	flags, maxAge := p.FlagSet("status"), days(8*24*time.Hour)
	s := &command.Shared{}
	s.RegisterReports(flags)
	flags.Lookup("history").Usage = "`file` to which the runs were added by their flag -history; it is only read"
	flags.Var(&maxAge, "max-age", "how `old` the last proof may be, for example 8d or 36h")
	return &command.Command{Name: "status", Usage: "-history FILE [flags]", Flags: flags,
		Help: "Print what was last proven, when, and whether that is too long ago.",
		Run: func(context.Context, []string, []string) error {
			if s.History == "" {
				return command.RefuseIf(true, "-history is missing: the file to which the runs were added")
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
