package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/physical"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/verdict"
)

// physicalFlags are the flags of restore that name a physical backup.
type physicalFlags struct {
	dir, fetch, record, restoreCommand string
}

func (f *physicalFlags) register(flags *flag.FlagSet) {
	const with = "with -physical or -fetch: "
	flags.StringVar(&f.dir, "physical", "",
		"instead of an archive: `folder` of a physical backup; the drill works on a copy")
	flags.StringVar(&f.fetch, "fetch", "",
		"instead of an archive: shell `command` that restores a physical backup into the empty folder $PGDATA")
	flags.StringVar(&f.record, "record", "", with+"`file` written by record at an exact moment, to compare with")
	flags.StringVar(&f.restoreCommand, "restore-command", "",
		with+"the shell `command` that copies a file of WAL: 'cp /archive/%f %p'")
}

func (f *physicalFlags) isWanted() bool { return *f != physicalFlags{} }

func (f *physicalFlags) validate(hasArchive bool) error {
	return cmp.Or(
		command.RefuseIf(hasArchive, "-physical and -fetch take no ARCHIVE and no arguments of pg_restore"),
		command.RefuseIf((f.dir == "") == (f.fetch == ""), "one of -physical and -fetch is needed"),
		command.RefuseIf(f.record == "", "-record is missing: the record to compare with"))
}

// readRecord reads the record to compare with, which must show an exact moment.
func (f *physicalFlags) readRecord() (side roundtrip.Side, err error) {
	side.Name = f.record
	if side.Record, err = recordfile.ReadSide(f.record); err != nil {
		return side, fmt.Errorf("-record: %w", err)
	}
	if !side.Record.Moment.IsExact() {
		return side, hint.With(fmt.Errorf("-record %s: it does not show an exact moment, so no backup can be recovered "+
			"up to it", f.record),
			"record a standby with -pause, or a primary with -barrier or -quiet")
	}
	return side, nil
}

// runPhysical starts a physical backup at the moment of a record and compares the two.
func runPhysical(ctx context.Context, p *command.Program, f *restoreFlags, hasArchive bool) (err error) {
	if err := f.physical.validate(hasArchive); err != nil {
		return err
	}
	o := &roundtrip.CompareOptions{ShowValues: f.ShowValues, Tool: command.Tool(), Timeout: f.LockWait(), Log: p.Say}
	if o.Suite, err = p.OpenSuite(&f.Shared); err != nil {
		return err
	}
	if o.A, err = f.physical.readRecord(); err != nil {
		return err
	}
	ctx, end := drill.Limited(ctx, f.Limit)
	defer func() { err = end(err) }()
	brought := &verdict.Report{Workload: o.A.Record.Source.Database}
	copied, err := bring(ctx, p, f, o, brought)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	document := &report.Document{Command: "restore", Suite: o.Suite.Name, Record: f.physical.record,
		Source: report.SourceOf(o.A.Record)}
	p.Draft = document
	if copied.Server == nil {
		return p.Finish(&f.Shared, document, brought)
	}
	o.B = roundtrip.Side{Name: "the restored backup", Server: copied.Server}
	outcome, err := roundtrip.Compare(ctx, o)
	if err != nil {
		return err
	}
	if f.Amcheck {
		check := phase.Part{Name: "amcheck", Do: func(ctx context.Context) error { return copied.Amcheck(ctx, outcome) }}
		if err := phase.Each(ctx, outcome, o.OnPhase, check); err != nil {
			return err
		}
	}
	outcome.Phases = slices.Concat(brought.Phases, outcome.Phases)
	outcome.Checks = slices.Concat(brought.Checks, outcome.Checks)
	outcome.NotCovered = slices.Concat(outcome.NotCovered, brought.NotCovered)
	document.Server, document.NotCovered = command.DescribeServer(copied.Server), outcome.NotCovered
	return p.Finish(&f.Shared, document, outcome)
}

// bring starts the backup, showing each phase.
func bring(ctx context.Context, p *command.Program, f *restoreFlags, o *roundtrip.CompareOptions,
	brought *verdict.Report) (*physical.Copy, error) {
	board := p.Board(&f.Shared)
	o.OnPhase = func(phase string) {
		board.Phase(phase, map[bool]string{true: "bytes of WAL", false: "rows"}[phase == "recover"])
	}
	where := cluster.Options{}
	drill.Preload(o.A.Record, &where)
	options := &physical.Options{Dir: f.physical.dir, Fetch: f.physical.fetch, RestoreCommand: f.physical.restoreCommand,
		Record: o.A.Record, Settings: where.Settings, Finder: p.Finder(&f.Shared), Temp: p.Env["TMPDIR"], Log: p.Stderr,
		OnPhase: o.OnPhase}
	if board.Draws() {
		options.OnProgress = board.Set
	}
	return physical.Recover(ctx, options, brought)
}
