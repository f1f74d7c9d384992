// Package roundtrip has one function per command, which runs the steps of the command in order.
package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/goldens"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// Options of Check.
type Options struct {
	Suite  *suite.Suite
	Server *cluster.Server
	Tools  *pgdump.Tools
	Tool   string // name and version of this program
	Rows   int64  // the setting pgroundtrip.rows
	Format string // one of Formats
	Jobs   int    // passed to pg_dump and pg_restore; more than 1 needs the format directory
	Wipe   string // "schema" or "database"
	// DumpArgs are passed to pg_dump unchanged.
	DumpArgs []string
	// Goldens hold <workload>/<query>.golden, or invariant/<name>.golden for all workloads; nil skips the comparison
	// with goldens.
	Goldens fs.FS
	// UpdateDir is the folder whose goldens are rewritten; empty: none.
	UpdateDir string
	// Folder receives the archives and manifests, one subfolder per workload.
	Folder  string
	Timeout time.Duration // for each wait for a lock; 0 means no limit
	// OnPhase is called when a phase begins; may be nil.
	OnPhase func(workload, phase string)
	// OnProgress is called with how far the current phase is: rows of a workload, else bytes; may be nil.
	OnProgress func(done, total int64)
	Log        func(format string, args ...any)
	// Watched passes a workload's notices on to the server's OnNotice.
	Watched bool
	// OnRecord receives both records ("before" and "after") with the rows of every result; may be nil.
	OnRecord func(moment string, r *record.Record)
	// AfterDump and AfterRestore let tests damage the archive and the restored database. Both may be nil.
	AfterDump    func(archive string) error
	AfterRestore func(context.Context, *pgx.Conn) error
}

// Validate returns an error that names the first unsupported combination of options, or nil.
func (o *Options) Validate() error {
	switch {
	case len(o.Suite.Workloads) == 0:
		return fmt.Errorf("%w: %s has no workload/*.sql, so there is nothing to check", suite.ErrInvalid, o.Suite.Name)
	case len(o.Suite.Queries()) == 0:
		return fmt.Errorf("%w: %s has no query file, so there is nothing to compare", suite.ErrInvalid, o.Suite.Name)
	case o.Jobs > 1 && o.Format != "directory" && o.Format != "custom":
		return fmt.Errorf("%w: -jobs %d needs -format directory (dump and restore) or custom (restore only)",
			arguments.ErrUnsupported, o.Jobs)
	}
	_, err := arguments.JudgeDump(o.DumpArgs)
	return err
}

// Check builds one workload in a scratch database, dumps it, wipes the database, restores the archive into it,
// compares both records with each other and with the goldens. It goes through the same functions as the commands dump
// and restore. An error that prevented a verdict is in the report's Err.
func Check(ctx context.Context, o *Options, workload *suite.File) *verdict.Report {
	name := strings.TrimPrefix(workload.Name, "workload/")
	c := &check{Options: o, workload: workload, report: &verdict.Report{Workload: name},
		folder: filepath.Join(o.Folder, name)}
	c.report.Err = c.run(ctx)
	return c.report
}

// check is one running round trip of a workload.
type check struct {
	*Options
	workload *suite.File
	report   *verdict.Report
	folder   string
	db       *cluster.Database
}

func (c *check) run(ctx context.Context) (err error) {
	if err := os.MkdirAll(c.folder, 0o755); err != nil {
		return fmt.Errorf("could not make a folder: %w", err)
	}
	if err := c.timed("create", func() (err error) { c.db, err = c.Server.CreateScratch(ctx); return err }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.db.Drop(ctx)) }()
	if err := c.timed("build", func() error { return c.build(ctx) }); err != nil {
		return err
	}
	before, err := c.dump(ctx)
	if err != nil {
		return err
	}
	if err := c.timed("wipe", func() error { return c.wipe(ctx) }); err != nil {
		return err
	}
	after, err := c.restore(ctx, before)
	if err != nil || after == nil {
		return err
	}
	if c.OnRecord != nil {
		c.OnRecord("before", before)
		c.OnRecord("after", after)
	}
	return c.compareGoldens(before, after)
}

// keepsRows reports whether the records keep all their rows: to compare them with goldens, or because there are few.
func (c *check) keepsRows() bool {
	const few = 10_000
	return c.Goldens != nil || c.UpdateDir != "" || c.OnRecord != nil || c.Rows <= few
}

func (c *check) timed(name string, do func() error) error {
	return phase.Do(c.report, name, c.onPhase, do)
}

func (c *check) onPhase(phase string) {
	if c.OnPhase != nil {
		c.OnPhase(c.report.Workload, phase)
	}
}

func (c *check) archive() string { return filepath.Join(c.folder, "archive") }

// build creates the schema and fills it.
func (c *check) build(ctx context.Context) error {
	conn, err := c.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return build(ctx, conn, c.Suite, c.workload, c.Rows, c.Watched)
}

// dump writes the archive and returns its manifest.
func (c *check) dump(ctx context.Context) (*record.Record, error) {
	jobs := c.Jobs
	if c.Format != "directory" {
		jobs = 1
	}
	report, manifest, err := Dump(ctx, &origin.Options{Suite: c.Suite, Server: c.Server, From: c.db, Tools: c.Tools,
		Out: c.archive(), Format: c.Format, Jobs: jobs, DumpArgs: c.DumpArgs, KeepRows: c.keepsRows(), Rows: c.Rows,
		Strict: true, Tool: c.Tool, Timeout: c.Timeout, OnPhase: c.onPhase, OnProgress: c.OnProgress, Log: c.Log})
	if report != nil {
		c.merge(report)
	}
	if err != nil {
		return nil, err
	}
	if c.AfterDump != nil {
		return manifest, c.AfterDump(c.archive())
	}
	return manifest, nil
}

// merge adds the report of a dump or a restore to that of the check.
func (c *check) merge(part *verdict.Report) {
	c.report.Phases = append(c.report.Phases, part.Phases...)
	c.report.Checks = append(c.report.Checks, part.Checks...)
	c.report.Notes = append(c.report.Notes, part.Notes...)
	c.report.NotCovered = part.NotCovered
	for _, e := range part.Expected { // one without a query is true of every new database
		if e.Query != "" && !slices.Contains(c.report.Expected, e) {
			c.report.Expected = append(c.report.Expected, e)
		}
	}
	if part.Pre != nil {
		c.report.Pre = part.Pre
	}
	c.report.Post = part.Post
}

// restore restores the archive as the command restore does, and returns the record of the copy.
func (c *check) restore(ctx context.Context, manifest *record.Record) (*record.Record, error) {
	c.onPhase("inspect")
	format, contents, report, err := inspect(ctx, c.Tools, c.archive(), manifest, nil)
	if err != nil || report.Verdict() == verdict.Fail {
		c.merge(report)
		return nil, err
	}
	copied := Restore(ctx, &drill.Options{Suite: c.Suite, Archive: c.archive(), Manifest: manifest, Contents: contents,
		Format: format, Server: c.Server, Tools: c.Tools, Into: c.db, Jobs: c.Jobs, Rows: c.Rows, KeepRows: c.keepsRows(),
		ShowValues: true, OnPhase: c.onPhase, OnProgress: c.OnProgress, Log: c.Log, AfterRestore: c.AfterRestore}, report)
	c.merge(report)
	return copied, report.Err
}

// compareGoldens compares both records with the goldens, or rewrites the goldens from them.
func (c *check) compareGoldens(before, after *record.Record) error {
	if c.UpdateDir != "" {
		if c.report.Verdict() != verdict.Pass {
			return errors.New("the goldens were not updated: the round trip itself failed")
		}
		return goldens.Update(c.UpdateDir, c.report.Workload, before, c.Suite)
	}
	if c.Goldens == nil {
		return nil
	}
	return errors.Join(goldens.Compare(c.report, "before", c.Goldens, before, c.Suite),
		goldens.Compare(c.report, "after", c.Goldens, after, c.Suite))
}

// Build runs the suite's schema and chain files and one workload over conn.
func Build(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64) error {
	return build(ctx, conn, s, workload, rows, false)
}

// build is Build that also passes a watched workload's notices on.
func build(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64,
	isWatched bool) error {
	if err := session.Prepare(ctx, conn, s, rows); err != nil {
		return err
	}
	// nil: the suite has no such file, or none is wanted
	for _, f := range []*suite.File{s.File("schema"), s.File("chain_insert"), workload} {
		if f == nil {
			continue
		}
		if f == workload && isWatched {
			if _, err := conn.Exec(ctx, "set client_min_messages = notice"); err != nil {
				return err
			}
		}
		if err := suite.Run(ctx, conn.PgConn(), f); err != nil {
			return err
		}
	}
	return nil
}
