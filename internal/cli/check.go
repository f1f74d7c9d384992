package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pgroundtrip/golden"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/goldens"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// checkFlags are the flags of check, including the shared ones.
type checkFlags struct {
	command.Shared
	roundtrip.Options
	workload, golden string
	update, keep     bool
}

func (f *checkFlags) register(flags *flag.FlagSet) {
	f.Shared.Register(flags)
	flags.Int64Var(&f.Rows, "rows", session.DefaultRows, "`number` of rows of the workload lifecycle")
	flags.StringVar(&f.workload, "workload", "", "`name` of the only workload to run (else all of the suite)")
	flags.StringVar(&f.Format, "format", "custom", "`format` of the dump: "+strings.Join(pgdump.Formats, ", "))
	flags.IntVar(&f.Jobs, "jobs", 1,
		"`number` of parallel jobs of pg_dump (format directory) and pg_restore (directory, custom)")
	flags.StringVar(&f.Wipe, "wipe", "schema", "`what` to drop between dump and restore: schema or database")
	flags.StringVar(&f.golden, "golden", "", "`folder` of goldens to compare with (else those built into the program)")
	flags.BoolVar(&f.update, "update", false, "rewrite the goldens in the folder of -golden")
	flags.BoolVar(&f.keep, "keep", false, "keep the archives and records, and print where")
}

func checkCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("check"), &checkFlags{}
	f.register(flags)
	return &command.Command{Name: "check", Usage: "[flags] [-- pg_dump arguments]", Tool: "pg_dump",
		Flags: flags, Shared: &f.Shared,
		Help: "Build, record, dump, wipe, restore, record and compare, once per workload.",
		Run: func(ctx context.Context, args, passed []string) error {
			f.DumpArgs = passed
			return runCheck(ctx, p, f)
		}}
}

// validate returns a usage error if the flags are wrong, before anything is started.
func (f *checkFlags) validate(env map[string]string) error {
	err := cmp.Or(command.NeedOne("rows", f.Rows), command.NeedOne("jobs", int64(f.Jobs)), command.NeedFormat(f.Format),
		command.RefuseIf(f.Wipe != "schema" && f.Wipe != "database", "-wipe %q: must be schema or database", f.Wipe),
		command.RefuseIf(f.update && f.golden == "", "-update needs -golden DIR, the folder to write"),
		command.RefuseIf(f.update && env["CI"] == "true", "-update is refused where CI=true"))
	if err != nil && f.update && env["CI"] == "true" {
		err = hint.With(err, "goldens are written by people and reviewed: run it on your own machine and commit the "+
			"difference")
	}
	return err
}

func runCheck(ctx context.Context, p *command.Program, f *checkFlags) (err error) {
	if err := f.validate(p.Env); err != nil {
		return err
	}
	s, err := p.OpenSuite(&f.Shared)
	if err != nil {
		return err
	}
	workloads, err := chooseWorkloads(s, f.workload)
	if err != nil {
		return err
	}
	var remove func() error
	if f.Folder, remove, err = p.TempFolder(); err != nil {
		return err
	}
	if f.keep {
		fmt.Fprintf(p.Stderr, "archives and records are kept in %s\n", f.Folder)
	} else {
		defer func() { err = errors.Join(err, remove()) }()
	}
	options := &f.Options
	options.Suite, options.Tool, options.Timeout, options.Log = s, command.Tool(), f.LockWait(), p.Say
	if f.update {
		options.UpdateDir = f.golden
	}
	if board := p.Board(&f.Shared); board.Draws() || f.Verbose {
		unit := map[bool]string{true: "rows", false: "bytes"}
		options.OnPhase = func(workload, phase string) {
			board.Phase(plain.Text(workload+": "+phase), unit[phase == "build"])
		}
		_, options.OnProgress = p.Watch(&f.Shared)
		options.Watched = options.OnProgress != nil
	}
	if err := options.Validate(); err != nil {
		return err
	}
	document := &report.Document{Command: "check", Suite: s.Name, NotCovered: s.NotCovered()}
	notCovered, err := f.chooseGoldens(options)
	if err != nil {
		return err
	}
	document.NotCovered = append(document.NotCovered, notCovered...)
	return p.WithServer(ctx, &f.Shared, func(server *cluster.Server) error {
		return checkOn(ctx, p, f, server, options, workloads, document)
	})
}

// checkOn runs the round trips on an open server and reports them.
func checkOn(ctx context.Context, p *command.Program, f *checkFlags, server *cluster.Server, options *roundtrip.Options,
	workloads []*suite.File, document *report.Document) (err error) {
	options.Server, server.OnNotice = server, command.OnNotice(options.OnProgress)
	if options.Tools, err = pgdump.FindTools(ctx, p.Finder(&f.Shared), server, f.Format, p.Stderr); err != nil {
		return err
	}
	document.Server = command.DescribeServer(server)
	document.Tools = options.Tools.Versions()
	var outcomes []*verdict.Report
	for _, workload := range workloads {
		o := roundtrip.Check(ctx, options, workload)
		if len(outcomes) == 0 {
			o.Phases = slices.Insert(o.Phases, 0, verdict.Phase{Name: "server", Seconds: server.Took.Seconds()})
		}
		p.Explain(o)
		outcomes = append(outcomes, o)
		document.Add(o)
		if ctx.Err() != nil {
			break
		}
	}
	if orphans := f.orphanWorkloads(options, workloads); orphans != nil && ctx.Err() == nil {
		outcomes = append(outcomes, orphans)
		document.Add(orphans)
	}
	document.Verdict = verdict.Worst(outcomes, (*verdict.Report).Verdict)
	p.Conclude(document.Verdict)
	return p.Report(&f.Shared, document)
}

// chooseWorkloads returns the named workload, or all of them if name is "".
func chooseWorkloads(s *suite.Suite, name string) ([]*suite.File, error) {
	if name == "" {
		return s.Workloads, nil
	}
	if w := s.File("workload/" + name); w != nil {
		return []*suite.File{w}, nil
	}
	return nil, command.Refuse("%s has no workload %q; it has: %s", s.Name, name,
		cmp.Or(strings.Join(namesOf(s.Workloads), ", "), "none"))
}

func namesOf(workloads []*suite.File) (names []string) {
	for _, w := range workloads {
		names = append(names, strings.TrimPrefix(w.Name, "workload/"))
	}
	return names
}

// chooseGoldens sets the goldens to compare with, or returns why there are none.
func (f *checkFlags) chooseGoldens(o *roundtrip.Options) (notCovered []string, err error) {
	switch {
	case f.golden != "":
		info, err := os.Stat(f.golden)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is not a folder", f.golden)
		}
		if err != nil && !(f.update && errors.Is(err, fs.ErrNotExist)) {
			return nil, fmt.Errorf("-golden: %w", err)
		}
		o.Goldens = os.DirFS(f.golden)
	case f.SQL != "":
		return []string{"goldens (a suite of your own has none unless -golden names them)"}, nil
	case f.Rows != session.DefaultRows:
		return []string{fmt.Sprintf("goldens (they hold %d rows, not %d)", session.DefaultRows, f.Rows)}, nil
	default:
		o.Goldens = golden.Files
	}
	return nil, nil
}

// orphanWorkloads returns an outcome with a failure for each folder of goldens without a workload; nil if
// there is none, or if only one workload was requested. -update does not remove such folders.
func (f *checkFlags) orphanWorkloads(o *roundtrip.Options, workloads []*suite.File) *verdict.Report {
	if o.Goldens == nil || f.workload != "" {
		return nil
	}
	orphans, err := goldens.OrphanWorkloads(o.Goldens, namesOf(workloads))
	if err == nil && len(orphans) == 0 {
		return nil
	}
	outcome := &verdict.Report{Workload: "goldens", Err: err}
	for _, orphan := range orphans {
		outcome.Checks = append(outcome.Checks, verdict.Check{
			Name: "golden/" + orphan, Verdict: verdict.Fail,
			Detail: fmt.Sprintf("no workload belongs to the folder %s any more: remove it", filepath.Join(f.golden, orphan)),
		})
	}
	return outcome
}
