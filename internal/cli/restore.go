package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/detect"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// restoreFlags are the flags of restore, including the shared ones.
type restoreFlags struct {
	command.Shared
	manifest, keep, source string
	jobs                   int
	twice, showValues      bool
	amcheck                bool
	trusted, noManifest    bool
	limit                  time.Duration
	archive                string
	physical               physicalFlags
	args, volatile         []string
}

func restoreCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("restore"), &restoreFlags{}
	f.Register(flags)
	f.RegisterKey(flags)
	flags.StringVar(&f.manifest, "manifest", "",
		"`file` of the archive's manifest (else <archive>"+record.ManifestSuffix+", if there is one)")
	flags.BoolVar(&f.noManifest, "no-manifest", false, "restore without a manifest: nothing is compared with the source")
	flags.StringVar(&f.keep, "keep", "", "keep the restored database under this `name`, which must not exist")
	flags.IntVar(&f.jobs, "jobs", 1,
		"`number` of parallel jobs of pg_restore (format custom or directory), and connections for the record")
	flags.BoolVar(&f.twice, "twice", false, "also dump the restored copy and restore that dump")
	flags.StringVar(&f.source, "source", "",
		"`DSN` of the database that was dumped, to name the rows that differ")
	flags.BoolVar(&f.trusted, "trusted", false,
		"also restore statements that pg_dump does not write, with all rights that you have")
	flags.Var((*command.Wait)(&f.limit), "restore-timeout",
		"how long the restore may take, and before it the inspection, for example `2h` (0: no limit)")
	flags.BoolVar(&f.showValues, "show-values", false, "show the values of rows that differ, not only their keys")
	flags.Func("volatile", "a materialized view, `SCHEMA.VIEW`, whose rows differ after each refresh; may repeat",
		func(name string) error { f.volatile = append(f.volatile, name); return nil })
	flags.BoolVar(&f.amcheck, "amcheck", false, "also look up each row in each index")
	f.physical.register(flags)
	const usage = "[flags] ARCHIVE [-- pg_restore arguments]"
	return &command.Command{Name: "restore", Usage: usage, Flags: flags,
		Args: []string{"ARCHIVE"}, Optional: true, Tool: "pg_restore",
		Help: "Restore an archive into a scratch database and compare it with its manifest; or a physical backup, with a " +
			"record.",
		Run: func(ctx context.Context, args, passed []string) error {
			if f.physical.isWanted() {
				return runPhysical(ctx, p, f, len(args)+len(passed) > 0)
			}
			if len(args) == 0 {
				return fmt.Errorf("%w: ARCHIVE is missing: pgroundtrip restore %s", command.ErrUsage, usage)
			}
			f.archive, f.args = args[0], passed
			if err := f.validate(); err != nil {
				return err
			}
			return runRestore(ctx, p, f)
		}}
}

func (f *restoreFlags) validate() error {
	switch {
	case f.jobs < 1:
		return fmt.Errorf("%w: -jobs %d: must be at least 1", command.ErrUsage, f.jobs)
	case f.noManifest && f.Key != "":
		return fmt.Errorf("%w: -no-manifest and -key exclude each other: nothing is compared", command.ErrUsage)
	case f.noManifest && f.manifest != "":
		return fmt.Errorf("%w: -no-manifest and -manifest %s exclude each other", command.ErrUsage, f.manifest)
	case strings.HasPrefix(f.keep, cluster.ScratchPrefix):
		return fmt.Errorf("%w: -keep %s: names that begin with %s are scratch databases", command.ErrUsage, f.keep,
			cluster.ScratchPrefix)
	}
	return nil
}

// readManifest reads the manifest, or returns nil if -no-manifest is given. Without
// either, or if the suite's key is another, nothing could be proven, and it returns an error.
func (f *restoreFlags) readManifest(su *suite.Suite) (*record.Record, error) {
	if f.noManifest {
		return nil, nil
	}
	manifest, err := recordfile.ReadManifest(f.archive, f.manifest)
	if manifest != nil && manifest.KeySHA256 != su.KeySHA256() {
		return nil, hint.With(fmt.Errorf("the manifest was made with %s, and the restore has %s: their digests cannot be "+
			"compared", verdict.KeyName(manifest.KeySHA256), verdict.KeyName(su.KeySHA256())),
			"name the key that the dump was made with, using -key")
	}
	if manifest != nil || err != nil {
		return manifest, err
	}
	if _, err := detect.Format(f.archive); err != nil {
		return nil, err
	}
	return nil, hint.With(fmt.Errorf("there is no manifest %s: nothing can be compared with the source",
		strings.TrimRight(f.archive, "/")+record.ManifestSuffix),
		"name it with -manifest; for an archive that was dumped without one, -no-manifest restores it all the same, "+
			"which shows only that it can be restored")
}

func runRestore(ctx context.Context, p *command.Program, f *restoreFlags) error {
	if _, named, err := p.ClusterOptions(&f.Shared).Named(); f.keep != "" && err == nil && !named {
		return fmt.Errorf("%w: -keep %s: a throw-away cluster keeps nothing; name a server with -dsn", command.ErrUsage,
			f.keep)
	}
	su, err := p.OpenSuite(&f.Shared)
	if err != nil {
		return err
	}
	manifest, err := f.readManifest(su)
	if err != nil {
		return err
	}
	onPhase, onProgress := p.Watch(&f.Shared)
	onPhase("inspect")
	limited, end := drill.Limited(ctx, f.limit)
	format, contents, outcome, err := roundtrip.Inspect(limited, p.Finder(&f.Shared), f.archive, manifest)
	if err = end(err); err != nil {
		return err
	}
	document := &report.Document{Command: "restore", Suite: su.Name, NotCovered: []string{}, Archive: f.archive,
		Source: report.SourceOf(manifest)}
	p.Draft = document
	if manifest != nil {
		document.Manifest = f.manifest
		if f.manifest == "" {
			document.Manifest = recordfile.ManifestBeside(f.archive)
		}
	}
	if outcome.Verdict() == verdict.Fail {
		return p.Finish(&f.Shared, document, outcome) // no server has been touched
	}
	if err := contents.Refuse(); err != nil && !f.trusted {
		return err
	}
	options := &drill.Options{Suite: su, Archive: f.archive, Manifest: manifest, Contents: contents,
		Format: format,
		Jobs:   f.jobs, Args: f.args, Keep: f.keep, Twice: f.twice, Amcheck: f.amcheck, Volatile: f.volatile,
		Trusted: f.trusted, Limit: f.limit, Log: p.Say}
	options.OnPhase, options.OnProgress = onPhase, onProgress
	if f.source != "" {
		where := p.ClusterOptions(&f.Shared)
		where.DSN = f.source
		if options.Source, err = cluster.OpenNamed(ctx, where); err != nil {
			return fmt.Errorf("-source: %w", err)
		}
	}
	options.ShowValues = f.showValues
	return restoreOn(ctx, p, f, options, outcome, document)
}

// restoreOn restores on a server of a suitable major and reports.
func restoreOn(ctx context.Context, p *command.Program, f *restoreFlags, o *drill.Options, outcome *verdict.Report,
	document *report.Document) (err error) {
	o.OnPhase("server")
	begun, where := time.Now(), p.ClusterOptions(&f.Shared)
	where.AtLeast = o.Contents.LeastServer()
	drill.Preload(o.Manifest, &where)
	planned, err := cluster.Plan(ctx, where)
	if err != nil {
		return err
	}
	if planned != nil { // the version is known before the server is started
		_, err := pgdump.FindRestoreTool(ctx, p.Finder(&f.Shared), planned, o.Format, o.Contents.Dump, p.Stderr)
		if err != nil {
			return err
		}
	}
	server, err := cluster.Open(ctx, where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	return inFolder(p, func(folder string) (err error) {
		o.Server, o.Folder = server, folder
		o.Tools, err = pgdump.FindRestoreTool(ctx, p.Finder(&f.Shared), server, o.Format, o.Contents.Dump, p.Stderr)
		if err != nil {
			return err
		}
		if o.Twice {
			second, err := pgdump.FindTools(ctx, p.Finder(&f.Shared), server, o.Format, p.Stderr)
			if err != nil {
				return err
			}
			o.Tools.Dump = second.Dump
		}
		outcome.Phases = append(outcome.Phases, verdict.Phase{Name: "server", Seconds: time.Since(begun).Seconds()})
		roundtrip.Restore(ctx, o, outcome)
		document.Server, document.Tools = command.DescribeServer(server), o.Tools.Versions()
		document.NotCovered = outcome.NotCovered
		return p.Finish(&f.Shared, document, outcome)
	})
}
