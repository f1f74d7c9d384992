package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/safefile"
)

// dumpFlags are the flags of dump, including the shared ones.
type dumpFlags struct {
	command.Shared
	out, format string
	jobs        int
	withRows    bool
	strict      bool
	maxAge      time.Duration
	args        []string
}

func dumpCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("dump"), &dumpFlags{}
	f.Register(flags)
	f.RegisterKey(flags)
	flags.StringVar(&f.out, "o", "",
		"`file` to write, or folder with -format directory; the manifest is written beside it")
	flags.StringVar(&f.format, "format", "custom", "`format` of the dump: "+strings.Join(pgdump.Formats, ", "))
	flags.IntVar(&f.jobs, "jobs", 1,
		"`number` of parallel jobs of pg_dump (format directory), and connections for the record")
	flags.BoolVar(&f.withRows, "with-rows", false, "keep the rows of every result in the manifest, including row content")
	flags.BoolVar(&f.strict, "strict", false, "leave no archive if part of the database cannot be recorded")
	flags.Var((*command.Wait)(&f.maxAge), "max-snapshot-age",
		"end the run once its snapshot has been held for this long, for example `2h` (0: no limit)")
	return &command.Command{Name: "dump", Usage: "-dsn DSN -o FILE [flags] [-- pg_dump arguments]", Flags: flags,
		Tool: "pg_dump",
		Help: "Dump a live database, with a manifest from the same snapshot.",
		Run: func(ctx context.Context, args, passed []string) error {
			f.args = passed
			return runDump(ctx, p, f)
		}}
}

func (f *dumpFlags) validate() error {
	switch {
	case f.out == "":
		return fmt.Errorf("%w: -o is missing: the file to write", command.ErrUsage)
	case !slices.Contains(pgdump.Formats, f.format):
		return fmt.Errorf("%w: -format %q: must be one of %s", command.ErrUsage, f.format, strings.Join(pgdump.Formats, ", "))
	case f.jobs < 1:
		return fmt.Errorf("%w: -jobs %d: must be at least 1", command.ErrUsage, f.jobs)
	case f.jobs > 1 && f.format != "directory":
		return fmt.Errorf("%w: -jobs %d: more than 1 needs -format directory", command.ErrUsage, f.jobs)
	}
	return nil
}

func runDump(ctx context.Context, p *command.Program, f *dumpFlags) error {
	if err := f.validate(); err != nil {
		return err
	}
	su, err := p.OpenSuite(&f.Shared)
	if err != nil {
		return err
	}
	if f.out, err = safefile.Target(f.out, f.format); err != nil {
		return err
	}
	onPhase, onProgress := p.Watch(&f.Shared) // first, so that the bars do not overwrite the output of pg_dump
	var server *cluster.Server
	ask := func(program string) func(context.Context) error { // so that they are known once the server is
		return func(ctx context.Context) error { p.Finder(&f.Shared).All(ctx, program); return nil }
	}
	if err = crew.Alongside(ctx, ask("pg_dump"), ask("pg_restore"), func(ctx context.Context) (err error) {
		server, err = cluster.OpenNamed(ctx, p.ClusterOptions(&f.Shared))
		return err
	}); err != nil {
		return command.NoServer("dump", err)
	}
	tools, err := pgdump.FindTools(ctx, p.Finder(&f.Shared), server, f.format, p.Stderr)
	if err != nil {
		return err
	}
	o := &origin.Options{Suite: su, Server: server, Tools: tools, Out: f.out, Format: f.format, Jobs: f.jobs,
		DumpArgs: f.args, WithRows: f.withRows, Strict: f.strict, Timeout: max(f.Timeout,
			time.Second), MaxAge: f.maxAge, Tool: "pgroundtrip " + command.Version(),
		OnPhase: onPhase, OnProgress: onProgress, Log: p.Say}
	outcome, manifest, err := roundtrip.Dump(ctx, o)
	if err != nil {
		return err
	}
	document := &report.Document{Command: "dump", Suite: su.Name, NotCovered: outcome.NotCovered,
		Warnings: manifest.Warnings,
		Archive:  o.Out, Manifest: o.Out +
			record.ManifestSuffix, Server: command.DescribeServer(server), Source: report.SourceOf(manifest),
		Tools: map[string]string{"pg_dump": tools.Dump.Version.String()}}
	return p.Finish(&f.Shared, document, outcome)
}
