package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/safefile"
)

// recordFlags are the flags of record beside the shared ones.
type recordFlags struct {
	shared
	out              string
	withRows, strict bool
	pause            moment.Pause
}

func (p *program) record() *command {
	flags, f := p.flagSet("record"), &recordFlags{}
	f.register(flags)
	f.registerKey(flags)
	flags.StringVar(&f.out, "o", "", "`file` to write; its checksum is written beside it")
	flags.BoolVar(&f.withRows, "with-rows", false, "keep the rows of every result and table in the record, also row content")
	flags.BoolVar(&f.strict, "strict", false, "write no record if part of the database cannot be recorded")
	flags.BoolFunc("pause", "on a standby: pause replay meanwhile, for an exact moment (=keep: leave it paused)", f.setPause)
	return &command{name: "record", usage: "-dsn DSN -o FILE [flags]", flags: flags,
		help: "Record a live database in a file, read-only, to compare copies of it with.",
		run:  func(ctx context.Context, _, _ []string) error { return p.runRecord(ctx, f) }}
}

// setPause reads the value of -pause.
func (f *recordFlags) setPause(value string) error {
	switch value {
	case "true":
		f.pause = moment.PauseResume
	case "keep":
		f.pause = moment.PauseKeep
	case "false":
		f.pause = moment.PauseNone
	default:
		return errors.New("it takes no value but keep")
	}
	return nil
}

func (p *program) runRecord(ctx context.Context, f *recordFlags) error {
	if f.out == "" {
		return fmt.Errorf("%w: -o is missing: the file to write", errUsage)
	}
	su, err := p.openSuite(&f.shared)
	if err != nil {
		return err
	}
	out, err := safefile.Target(f.out, "record")
	if err != nil {
		return err
	}
	onPhase, _ := p.watch(&f.shared)
	server, err := cluster.OpenNamed(ctx, p.clusterOptions(&f.shared))
	if err != nil {
		return noServer("record", err)
	}
	outcome, taken, err := roundtrip.Record(ctx, &roundtrip.RecordOptions{Suite: su, Server: server, WithRows: f.withRows, Strict: f.strict, Pause: f.pause,
		Timeout: max(f.timeout, time.Second), Tool: "pgroundtrip " + Version(), OnPhase: onPhase, Log: p.say})
	if err != nil {
		return err
	}
	if err := roundtrip.WriteRecord(taken, out, f.withRows); err != nil {
		return err
	}
	m := taken.Moment
	role := map[bool]string{true: "standby", false: "primary"}[m.Standby]
	document := &report.Document{Command: "record", Suite: su.Name, NotCovered: outcome.NotCovered, Warnings: taken.Warnings, Record: out,
		Moment: fmt.Sprintf("%s, LSN %s, timeline %d, %s", m.Time.Format(time.RFC3339), m.LSN, m.Timeline, role), Server: describeServer(server),
		Source: report.SourceOf(taken)}
	return p.finish(&f.shared, document, outcome)
}
