package cli

import (
	"cmp"
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
	drill.Options
	manifest, source string
	noManifest       bool
	physical         physicalFlags
}

func restoreCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("restore"), &restoreFlags{}
	f.Register(flags)
	f.RegisterKey(flags)
	flags.StringVar(&f.manifest, "manifest", "",
		"`file` of the archive's manifest (else <archive>"+record.ManifestSuffix+", if there is one)")
	flags.BoolVar(&f.noManifest, "no-manifest", false, "restore without a manifest: nothing is compared with the source")
	flags.StringVar(&f.Keep, "keep", "", "keep the restored database under this `name`, which must not exist")
	flags.IntVar(&f.Jobs, "jobs", 1,
		"`number` of parallel jobs of pg_restore (format custom or directory), and connections for the record")
	flags.BoolVar(&f.Twice, "twice", false, "also dump the restored copy and restore that dump")
	flags.StringVar(&f.source, "source", "",
		"`DSN` of the database that was dumped, to name the rows that differ")
	flags.BoolVar(&f.Trusted, "trusted", false,
		"also restore statements that pg_dump does not write, with all rights that you have")
	flags.Var((*command.Wait)(&f.Limit), "restore-timeout",
		"how long the restore may take, and before it the inspection, for example `2h` (0: no limit)")
	flags.BoolVar(&f.ShowValues, "show-values", false, "show the values of rows that differ, not only their keys")
	flags.Func("volatile", "a materialized view, `SCHEMA.VIEW`, whose rows differ after each refresh; may repeat",
		each(&f.Volatile))
	flags.BoolVar(&f.Amcheck, "amcheck", false, "also look up each row in each index")
	f.physical.register(flags)
	const usage = "[flags] ARCHIVE [-- pg_restore arguments]"
	return &command.Command{Name: "restore", Usage: usage, Flags: flags, Shared: &f.Shared,
		Args: []string{"ARCHIVE"}, Optional: true, Tool: "pg_restore",
		Help: "Restore an archive into a scratch database and compare it with its manifest; or a physical backup, with a " +
			"record.",
		Run: func(ctx context.Context, args, passed []string) error {
			if f.physical.isWanted() {
				return runPhysical(ctx, p, f, len(args)+len(passed) > 0)
			}
			if len(args) == 0 {
				return command.Refuse("ARCHIVE is missing: pgroundtrip restore %s", usage)
			}
			f.Archive, f.Args = args[0], passed
			if err := f.validate(); err != nil {
				return err
			}
			return runRestore(ctx, p, f)
		}}
}

func (f *restoreFlags) validate() error {
	return cmp.Or(command.NeedOne("jobs", int64(f.Jobs)),
		command.RefuseIf(f.noManifest && f.Key != "", "-no-manifest and -key exclude each other: nothing is compared"),
		command.RefuseIf(f.noManifest && f.manifest != "", "-no-manifest and -manifest %s exclude each other", f.manifest),
		command.RefuseIf(strings.HasPrefix(f.Keep, cluster.ScratchPrefix),
			"-keep %s: names that begin with %s are scratch databases", f.Keep, cluster.ScratchPrefix))
}

// readManifest reads the manifest, or returns nil if -no-manifest is given. Without
// either, or if the suite's key is another, nothing could be proven, and it returns an error.
func (f *restoreFlags) readManifest(su *suite.Suite) (*record.Record, error) {
	if f.noManifest {
		return nil, nil
	}
	manifest, err := recordfile.ReadManifest(f.Archive, f.manifest)
	if manifest != nil && manifest.KeySHA256 != su.KeySHA256() {
		return nil, hint.With(fmt.Errorf("the manifest was made with %s, and the restore has %s: their digests cannot be "+
			"compared", verdict.KeyName(manifest.KeySHA256), verdict.KeyName(su.KeySHA256())),
			"name the key that the dump was made with, using -key")
	}
	if manifest != nil || err != nil {
		return manifest, err
	}
	if _, err := detect.Format(f.Archive); err != nil {
		return nil, err
	}
	return nil, hint.With(fmt.Errorf("there is no manifest %s: nothing can be compared with the source",
		strings.TrimRight(f.Archive, "/")+record.ManifestSuffix),
		"name it with -manifest; for an archive that was dumped without one, -no-manifest restores it all the same, "+
			"which shows only that it can be restored")
}

func runRestore(ctx context.Context, p *command.Program, f *restoreFlags) (err error) {
	if _, named, err := p.ClusterOptions(&f.Shared).Named(); f.Keep != "" && err == nil && !named {
		return command.Refuse("-keep %s: a throw-away cluster keeps nothing; name a server with -dsn", f.Keep)
	}
	o := &f.Options
	if o.Suite, err = p.OpenSuite(&f.Shared); err != nil {
		return err
	}
	if o.Manifest, err = f.readManifest(o.Suite); err != nil {
		return err
	}
	o.OnPhase, o.OnProgress = p.WatchIn(&f.Shared, "bytes")
	o.OnPhase("inspect")
	limited, end := drill.Limited(ctx, o.Limit)
	var outcome *verdict.Report
	o.Format, o.Contents, outcome, err = roundtrip.Inspect(limited, p.Finder(&f.Shared), o.Archive, o.Manifest)
	if err = end(err); err != nil {
		return err
	}
	document := &report.Document{Command: "restore", Suite: o.Suite.Name, NotCovered: []string{}, Archive: o.Archive,
		Source: report.SourceOf(o.Manifest)}
	p.Draft = document
	if o.Manifest != nil {
		document.Manifest = cmp.Or(f.manifest, recordfile.ManifestBeside(o.Archive))
	}
	if outcome.Verdict() == verdict.Fail {
		return p.Finish(&f.Shared, document, outcome) // no server has been touched
	}
	if err := o.Contents.Refuse(); err != nil && !o.Trusted {
		return err
	}
	o.Log = p.Say
	if f.source != "" {
		where := p.ClusterOptions(&f.Shared)
		where.DSN = f.source
		if o.Source, err = cluster.OpenNamed(ctx, where); err != nil {
			return fmt.Errorf("-source: %w", err)
		}
	}
	return restoreOn(ctx, p, f, outcome, document)
}

// restoreOn restores on a server of a suitable major and reports.
func restoreOn(ctx context.Context, p *command.Program, f *restoreFlags, outcome *verdict.Report,
	document *report.Document) (err error) {
	o := &f.Options
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
