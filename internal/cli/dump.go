package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

// dumpFlags are the flags of dump beside the shared ones.
type dumpFlags struct {
	shared
	out, format string
	jobs        int
	withRows    bool
	strict      bool
	maxAge      time.Duration
	args        []string
}

func (p *program) dump() *command {
	flags, f := p.flagSet("dump"), &dumpFlags{}
	f.register(flags)
	f.registerKey(flags)
	flags.StringVar(&f.out, "o", "", "file to write, or folder with -format directory; the manifest is written beside it")
	flags.StringVar(&f.format, "format", "custom", "format of the dump: "+strings.Join(pgdump.Formats, ", "))
	flags.IntVar(&f.jobs, "jobs", 1, "parallel jobs of pg_dump (format directory), and connections for the record")
	flags.BoolVar(&f.withRows, "with-rows", false, "keep the rows of every result in the manifest, also row content")
	flags.BoolVar(&f.strict, "strict", false, "leave no archive if part of the database cannot be recorded")
	flags.Var((*wait)(&f.maxAge), "max-snapshot-age",
		"end the run when its snapshot was held for so long, for example `2h` (0 is no bound)")
	return &command{name: "dump", usage: "-dsn DSN -o FILE [flags] [-- pg_dump arguments]", flags: flags, tool: "pg_dump",
		help: "Dump a live database, with a manifest from the same snapshot.",
		run: func(ctx context.Context, args, passed []string) error {
			f.args = passed
			return p.runDump(ctx, f)
		}}
}

func (f *dumpFlags) validate() error {
	switch {
	case f.out == "":
		return fmt.Errorf("%w: -o is missing: the file to write", errUsage)
	case !slices.Contains(pgdump.Formats, f.format):
		return fmt.Errorf("%w: -format %q: must be one of %s", errUsage, f.format, strings.Join(pgdump.Formats, ", "))
	case f.jobs < 1:
		return fmt.Errorf("%w: -jobs %d: must be at least 1", errUsage, f.jobs)
	case f.jobs > 1 && f.format != "directory":
		return fmt.Errorf("%w: -jobs %d: more than 1 needs -format directory", errUsage, f.jobs)
	}
	return nil
}

func (p *program) runDump(ctx context.Context, f *dumpFlags) error {
	if err := f.validate(); err != nil {
		return err
	}
	su, err := p.openSuite(&f.shared)
	if err != nil {
		return err
	}
	if f.out, err = safefile.Target(f.out, f.format); err != nil {
		return err
	}
	onPhase, onProgress := p.watch(&f.shared) // first: what pg_dump says must not be drawn over
	server, err := cluster.OpenNamed(ctx, p.clusterOptions(&f.shared))
	if err != nil {
		return noServer("dump", err)
	}
	tools, err := pgdump.FindTools(ctx, p.finder(&f.shared), server, f.format, p.stderr)
	if err != nil {
		return err
	}
	o := &origin.Options{Suite: su, Server: server, Tools: tools, Out: f.out, Format: f.format, Jobs: f.jobs,
		DumpArgs: f.args, WithRows: f.withRows, Strict: f.strict, Timeout: max(f.timeout,
			time.Second), MaxAge: f.maxAge, Tool: "pgroundtrip " + Version(),
		OnPhase: onPhase, OnProgress: onProgress, Log: p.say}
	outcome, manifest, err := roundtrip.Dump(ctx, o)
	if err != nil {
		return err
	}
	document := &report.Document{Command: "dump", Suite: su.Name, NotCovered: outcome.NotCovered,
		Warnings: manifest.Warnings,
		Archive:  o.Out, Manifest: o.Out +
			record.ManifestSuffix, Server: describeServer(server), Source: report.SourceOf(manifest),
		Tools: map[string]string{"pg_dump": tools.Dump.Version.String()}}
	return p.finish(&f.shared, document, outcome)
}

func describeServer(s *cluster.Server) *report.Server {
	return &report.Server{Version: s.Version.String(), Throwaway: s.Throwaway, Where: s.Describe()}
}

// finish reports the outcome of a command about one database.
func (p *program) finish(s *shared, document *report.Document, outcome *verdict.Report) error {
	p.explain(outcome)
	document.Add(outcome)
	if document.NotCovered == nil {
		document.NotCovered = []string{}
	}
	document.Verdict = outcome.Verdict()
	p.conclude(document.Verdict)
	return p.report(s, document)
}
