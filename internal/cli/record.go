package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/take"
)

// recordFlags are the flags of record, including the shared ones.
type recordFlags struct {
	command.Shared
	origin.Options
	barrier  moment.Barrier
	isLocked bool // -barrier
	standbys []string
	resume   string
}

func recordCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("record"), &recordFlags{}
	f.barrier.MaxWait = time.Second
	f.Register(flags)
	f.RegisterKey(flags)
	flags.StringVar(&f.Out, "o", "", "`file` to write; its checksum is written beside it")
	flags.BoolVar(&f.WithRows, "with-rows", false,
		"keep the rows of every result and table in the record, including row content")
	flags.BoolVar(&f.Strict, "strict", false, "write no record if part of the database cannot be recorded")
	flags.IntVar(&f.Jobs, "jobs", 1, "`number` of connections that share the snapshot; half of the free ones stay free")
	flags.Func("standby", "`DSN` of a standby, paused at the same LSN as the server, that reads pieces, too; may repeat",
		each(&f.standbys))
	flags.StringVar(&f.resume, "resume", "",
		"save what was read to this `file`, and continue from it after an interruption; needs an exact moment")
	flags.BoolFunc("pause", "on a standby: pause replay during the run, for an exact moment (=keep: leave it paused)",
		f.setPause)
	flags.BoolVar(&f.isLocked, "barrier", false,
		"on a primary: lock all tables against writers until the snapshot is taken, for an exact moment")
	flags.StringVar(&f.barrier.RestorePoint, "restore-point", "", "with -barrier: create a restore point with this `name`")
	flags.Var((*command.Wait)(&f.barrier.MaxWait), "max-wait",
		"with -barrier: how long writers may wait, for example `200ms`")
	flags.Var((*command.Wait)(&f.MaxAge), "max-snapshot-age",
		"end the run once its snapshot has been held for this long, for example `2h` (0: no limit)")
	flags.BoolVar(&f.Moment.Quiet, "quiet", false,
		"on a primary: require that nothing is written during the run, for an exact moment")
	return &command.Command{Name: "record", Usage: "-dsn DSN -o FILE [flags]", Flags: flags, Shared: &f.Shared,
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
		f.Moment.Pause = moment.PauseResume
	case "keep":
		f.Moment.Pause = moment.PauseKeep
	case "false":
		f.Moment.Pause = moment.PauseNone
	default:
		return errors.New("the only value that it takes is keep")
	}
	return nil
}

func (f *recordFlags) validate() error {
	ways := 0
	for _, isOne := range []bool{f.Moment.Pause != moment.PauseNone, f.isLocked, f.Moment.Quiet} {
		if isOne {
			ways++
		}
	}
	point := f.barrier.RestorePoint
	return cmp.Or(
		command.RefuseIf(f.Out == "", "-o is missing: the file to write"),
		command.RefuseIf(ways > 1, "-pause, -barrier and -quiet exclude each other"),
		command.RefuseIf(len(f.standbys) > 0 && (f.isLocked || f.Moment.Quiet),
			"-standby, and -barrier or -quiet, exclude each other: standbys must be paused"),
		command.RefuseIf(f.resume != "" && (f.isLocked || f.WithRows),
			"-resume, and -barrier or -with-rows, exclude each other"),
		command.RefuseIf(f.resume != "" && f.Moment.Pause == moment.PauseResume,
			"-resume needs -pause=keep, because -pause resumes replay when a run is interrupted"),
		command.RefuseIf(point != "" && !f.isLocked, "-restore-point %s: only with -barrier", point),
		command.RefuseIf(len(point) > 63, "-restore-point %s: must be at most 63 bytes long", point),
		command.RefuseIf(f.barrier.MaxWait < time.Millisecond, "-max-wait %s: must be at least 1ms", f.barrier.MaxWait),
		command.NeedOne("jobs", int64(f.Jobs)))
}

func runRecord(ctx context.Context, p *command.Program, f *recordFlags) (err error) {
	o := &f.Options
	if o.Suite, err = p.OpenSuite(&f.Shared); err != nil {
		return err
	}
	if o.Out, err = safefile.Target(o.Out, "record"); err != nil {
		return err
	}
	o.OnPhase, o.OnProgress = p.WatchIn(&f.Shared, "bytes")
	if o.Standbys, err = standbysOf(p, &f.Shared, f.standbys); err != nil {
		return err
	}
	if f.resume != "" {
		o.Resume = &take.Resume{Path: f.resume}
	}
	o.Tool, o.Timeout, o.Log = command.Tool(), f.LockWait(), p.Say
	if o.Server, err = cluster.OpenNamed(ctx, p.ClusterOptions(&f.Shared)); err != nil {
		return command.NoServer("record", err)
	}
	if f.isLocked {
		f.barrier.Connect, o.Moment.Barrier = o.Server.Connect, &f.barrier
	}
	outcome, taken, err := roundtrip.Record(ctx, o)
	if err != nil {
		return err
	}
	if err := recordfile.Write(taken, o.Out, o.WithRows); err != nil {
		return err
	}
	if err := o.Resume.Forget(); err != nil {
		return err
	}
	m := taken.Moment
	role := map[bool]string{true: "standby", false: "primary"}[m.Standby]
	document := &report.Document{Command: "record", Suite: o.Suite.Name, NotCovered: outcome.NotCovered,
		Warnings: taken.Warnings, Record: o.Out, Server: command.DescribeServer(o.Server), Source: report.SourceOf(taken),
		Moment: fmt.Sprintf("%s, LSN %s, timeline %d, %s (%s)", m.Time.Format(time.RFC3339), m.LSN, m.Timeline, role,
			m.Kind)}
	return p.Finish(&f.Shared, document, outcome)
}
