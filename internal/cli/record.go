package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/take"
)

// recordFlags are the flags of record, including the shared ones.
type recordFlags struct {
	command.Shared
	out              string
	withRows, strict bool
	moment           moment.How
	barrier          bool
	restorePoint     string
	maxWait, maxAge  time.Duration
	jobs             int
	standbys         list
	resume           string
}

func recordCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("record"), &recordFlags{maxWait: time.Second}
	f.Register(flags)
	f.RegisterKey(flags)
	flags.StringVar(&f.out, "o", "", "`file` to write; its checksum is written beside it")
	flags.BoolVar(&f.withRows, "with-rows", false,
		"keep the rows of every result and table in the record, including row content")
	flags.BoolVar(&f.strict, "strict", false, "write no record if part of the database cannot be recorded")
	flags.IntVar(&f.jobs, "jobs", 1, "`number` of connections that share the snapshot; half of the free ones stay free")
	flags.Var(&f.standbys, "standby",
		"`DSN` of a standby, paused at the same LSN as the server, that reads pieces, too; may repeat")
	flags.StringVar(&f.resume, "resume", "",
		"save what was read to this `file`, and continue from it after an interruption; needs an exact moment")
	flags.BoolFunc("pause", "on a standby: pause replay during the run, for an exact moment (=keep: leave it paused)",
		f.setPause)
	flags.BoolVar(&f.barrier, "barrier", false,
		"on a primary: lock all tables against writers until the snapshot is taken, for an exact moment")
	flags.StringVar(&f.restorePoint, "restore-point", "", "with -barrier: create a restore point with this `name`")
	flags.Var((*command.Wait)(&f.maxWait), "max-wait", "with -barrier: how long writers may wait, for example `200ms`")
	flags.Var((*command.Wait)(&f.maxAge), "max-snapshot-age",
		"end the run once its snapshot has been held for this long, for example `2h` (0: no limit)")
	flags.BoolVar(&f.moment.Quiet, "quiet", false,
		"on a primary: require that nothing is written during the run, for an exact moment")
	return &command.Command{Name: "record", Usage: "-dsn DSN -o FILE [flags]", Flags: flags,
		Help: "Record a live database in a file, read-only, to compare copies of it with.",
		Run: func(ctx context.Context, _, _ []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			return runRecord(ctx, p, f)
		}}
}

// setPause parses the value of -pause.
func (f *recordFlags) setPause(value string) error {
	switch value {
	case "true":
		f.moment.Pause = moment.PauseResume
	case "keep":
		f.moment.Pause = moment.PauseKeep
	case "false":
		f.moment.Pause = moment.PauseNone
	default:
		return errors.New("the only value that it takes is keep")
	}
	return nil
}

func (f *recordFlags) validate() error {
	ways := 0
	for _, isOne := range []bool{f.moment.Pause != moment.PauseNone, f.barrier, f.moment.Quiet} {
		if isOne {
			ways++
		}
	}
	switch {
	case f.out == "":
		return fmt.Errorf("%w: -o is missing: the file to write", command.ErrUsage)
	case ways > 1:
		return fmt.Errorf("%w: -pause, -barrier and -quiet exclude each other", command.ErrUsage)
	case len(f.standbys) > 0 && (f.barrier || f.moment.Quiet):
		return fmt.Errorf("%w: -standby, and -barrier or -quiet, exclude each other: standbys must be paused",
			command.ErrUsage)
	case f.resume != "" && (f.barrier || f.withRows):
		return fmt.Errorf("%w: -resume, and -barrier or -with-rows, exclude each other", command.ErrUsage)
	case f.resume != "" && f.moment.Pause == moment.PauseResume:
		return fmt.Errorf("%w: -resume needs -pause=keep, because -pause resumes replay when a run is interrupted",
			command.ErrUsage)
	case f.restorePoint != "" && !f.barrier:
		return fmt.Errorf("%w: -restore-point %s: only with -barrier", command.ErrUsage, f.restorePoint)
	case len(f.restorePoint) > 63:
		return fmt.Errorf("%w: -restore-point %s: must be at most 63 bytes long", command.ErrUsage, f.restorePoint)
	case f.maxWait < time.Millisecond:
		return fmt.Errorf("%w: -max-wait %s: must be at least 1ms", command.ErrUsage, f.maxWait)
	}
	return command.NeedJobs(f.jobs)
}

func runRecord(ctx context.Context, p *command.Program, f *recordFlags) error {
	su, err := p.OpenSuite(&f.Shared)
	if err != nil {
		return err
	}
	out, err := safefile.Target(f.out, "record")
	if err != nil {
		return err
	}
	onPhase, onProgress := p.WatchIn(&f.Shared, "bytes")
	standbys, err := standbysOf(p, &f.Shared, f.standbys)
	if err != nil {
		return err
	}
	var resume *take.Resume
	if f.resume != "" {
		resume = &take.Resume{Path: f.resume}
	}
	server, err := cluster.OpenNamed(ctx, p.ClusterOptions(&f.Shared))
	if err != nil {
		return command.NoServer("record", err)
	}
	if f.barrier {
		f.moment.Barrier = &moment.Barrier{Connect: server.Connect, RestorePoint: f.restorePoint, MaxWait: f.maxWait}
	}
	outcome, taken, err := roundtrip.Record(ctx,
		&roundtrip.RecordOptions{Suite: su, Server: server, Jobs: f.jobs, WithRows: f.withRows, Strict: f.strict,
			Moment: f.moment, MaxAge: f.maxAge, Standbys: standbys, Resume: resume, OnProgress: onProgress,
			Timeout: max(f.Timeout, time.Second), Tool: "pgroundtrip " + command.Version(), OnPhase: onPhase, Log: p.Say})
	if err != nil {
		return err
	}
	if err := recordfile.Write(taken, out, f.withRows); err != nil {
		return err
	}
	if err := resume.Forget(); err != nil {
		return err
	}
	m := taken.Moment
	role := map[bool]string{true: "standby", false: "primary"}[m.Standby]
	document := &report.Document{Command: "record", Suite: su.Name, NotCovered: outcome.NotCovered,
		Warnings: taken.Warnings, Record: out,
		Moment: fmt.Sprintf("%s, LSN %s, timeline %d, %s (%s)", m.Time.Format(time.RFC3339), m.LSN, m.Timeline, role,
			m.Kind), Server: command.DescribeServer(server),
		Source: report.SourceOf(taken)}
	return p.Finish(&f.Shared, document, outcome)
}
