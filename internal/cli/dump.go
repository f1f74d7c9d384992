package cli

import (
	"cmp"
	"context"
	"strings"

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
	origin.Options
}

func dumpCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("dump"), &dumpFlags{}
	f.Register(flags)
	f.RegisterKey(flags)
	flags.StringVar(&f.Out, "o", "",
		"`file` to write, or folder with -format directory; the manifest is written beside it")
	flags.StringVar(&f.Format, "format", "custom", "`format` of the dump: "+strings.Join(pgdump.Formats, ", "))
	flags.IntVar(&f.Jobs, "jobs", 1,
		"`number` of parallel jobs of pg_dump (format directory), and connections for the record")
	flags.BoolVar(&f.WithRows, "with-rows", false, "keep the rows of every result in the manifest, including row content")
	flags.BoolVar(&f.Strict, "strict", false, "leave no archive if part of the database cannot be recorded")
	flags.Var((*command.Wait)(&f.MaxAge), "max-snapshot-age",
		"end the run once its snapshot has been held for this long, for example `2h` (0: no limit)")
	return &command.Command{Name: "dump", Usage: "-dsn DSN -o FILE [flags] [-- pg_dump arguments]",
		Flags: flags, Shared: &f.Shared,
		Tool: "pg_dump",
		Help: "Dump a live database, with a manifest from the same snapshot.",
		Run: func(ctx context.Context, args, passed []string) error {
			f.DumpArgs = passed
			return runDump(ctx, p, f)
		}}
}

func (f *dumpFlags) validate() error {
	return cmp.Or(command.RefuseIf(f.Out == "", "-o is missing: the file to write"), command.NeedFormat(f.Format),
		command.NeedOne("jobs", int64(f.Jobs)), command.RefuseIf(f.Jobs > 1 && f.Format != "directory",
			"-jobs %d: more than 1 needs -format directory", f.Jobs))
}

func runDump(ctx context.Context, p *command.Program, f *dumpFlags) (err error) {
	if err := f.validate(); err != nil {
		return err
	}
	o := &f.Options
	if o.Suite, err = p.OpenSuite(&f.Shared); err != nil {
		return err
	}
	if o.Out, err = safefile.Target(o.Out, o.Format); err != nil {
		return err
	}
	o.Tool, o.Timeout, o.Log = command.Tool(), f.LockWait(), p.Say
	// First, so that the bars do not overwrite the output of pg_dump.
	o.OnPhase, o.OnProgress = p.WatchIn(&f.Shared, "bytes")
	ask := func(program string) func(context.Context) error { // so that they are known once the server is
		return func(ctx context.Context) error { p.Finder(&f.Shared).All(ctx, program); return nil }
	}
	if err = crew.Alongside(ctx, ask("pg_dump"), ask("pg_restore"), func(ctx context.Context) (err error) {
		o.Server, err = cluster.OpenNamed(ctx, p.ClusterOptions(&f.Shared))
		return err
	}); err != nil {
		return command.NoServer("dump", err)
	}
	o.Tools, err = pgdump.FindTools(ctx, p.Finder(&f.Shared), o.Server, o.Format, p.Stderr)
	if err != nil {
		return err
	}
	outcome, manifest, err := roundtrip.Dump(ctx, o)
	if err != nil {
		return err
	}
	document := &report.Document{Command: "dump", Suite: o.Suite.Name, NotCovered: outcome.NotCovered,
		Warnings: manifest.Warnings, Archive: o.Out, Manifest: o.Out + record.ManifestSuffix,
		Server: command.DescribeServer(o.Server), Source: report.SourceOf(manifest),
		Tools: map[string]string{"pg_dump": o.Tools.Dump.Version.String()}}
	return p.Finish(&f.Shared, document, outcome)
}
