// Package roundtrip tells the story of a proof, in order: build, record, dump, wipe, restore,
// record, compare.
package roundtrip

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

// Options say what is to be checked, and how.
type Options struct {
	Suite  *suite.Suite
	Server *cluster.Server
	Tools  *Tools
	Rows   int64  // the setting pgroundtrip.rows
	Format string // one of Formats
	Jobs   int    // of pg_dump and pg_restore; more than 1 needs the format directory
	Wipe   string // "schema" or "database"
	// DumpArgs are handed to pg_dump as they are.
	DumpArgs []string
	// Goldens hold <workload>/<query>.golden, or invariant/<name>.golden for all workloads; nil leaves them out of the comparison.
	Goldens fs.FS
	// UpdateDir is the folder whose goldens are written anew; "" writes none.
	UpdateDir string
	// Folder is where records and archives go: <workload>/before, /after, /archive.
	Folder string
	// OnPhase is told when a phase begins; nil tells nobody.
	OnPhase func(workload, phase string)
	// OnProgress is told about how many of its rows a phase has done; nil tells nobody.
	OnProgress func(done, total int64)
	// Watched lets a workload's notices through to the server's OnNotice.
	Watched bool
	// AfterDump and AfterRestore are where damage is done on purpose, by tests: to the archive,
	// and to the restored database. nil does none.
	AfterDump    func(archive string) error
	AfterRestore func(context.Context, *pgx.Conn) error
}

// ErrUnsupported marks a combination of options that cannot be.
var ErrUnsupported = errors.New("unsupported options")

// Validate says what combination of options cannot be.
func (o *Options) Validate() error {
	switch {
	case len(o.Suite.Workloads) == 0:
		return fmt.Errorf("%w: %s has no workload/*.sql, so there is nothing to check", suite.ErrInvalid, o.Suite.Name)
	case len(o.Suite.Queries()) == 0:
		return fmt.Errorf("%w: %s has no query file, so there is nothing to compare", suite.ErrInvalid, o.Suite.Name)
	case o.Jobs > 1 && o.Format != "directory" && o.Format != "custom":
		return fmt.Errorf("%w: -jobs %d needs -format directory (dump and restore) or custom (restore only)", ErrUnsupported, o.Jobs)
	}
	return nil
}

// Run makes the round trip of one workload. What could not be told is in the outcome's Err.
func Run(ctx context.Context, o *Options, workload *suite.File) *Outcome {
	name := strings.TrimPrefix(workload.Name, "workload/")
	r := &run{Options: o, workload: workload, outcome: &Outcome{Workload: name, NotCovered: o.Suite.NotCovered(), Expected: onRequest(o.DumpArgs), suite: o.Suite}}
	r.folder = filepath.Join(o.Folder, name)
	r.archive = filepath.Join(r.folder, "archive")
	r.outcome.Err = r.story(ctx)
	return r.outcome
}

// A run is the round trip of one workload while it happens.
type run struct {
	*Options
	workload  *suite.File
	outcome   *Outcome
	folder    string
	archive   string
	db        *cluster.Database
	pre, post *record.Record
	tell      func(done, total int64) // OnProgress, if there is room to look
}

func (r *run) story(ctx context.Context) (err error) {
	if err := os.MkdirAll(r.folder, 0o755); err != nil {
		return fmt.Errorf("could not make a folder: %w", err)
	}
	if err := r.phase("create", func() (err error) { r.db, err = r.Server.CreateScratch(ctx); return err }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.db.Drop(ctx)) }()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"build", r.build}, {"", r.recordAndDump}, {"wipe", r.wipe}, {"restore", r.restore}, {"record after", r.recordAfter}, {"compare", r.compare},
	} {
		if err := r.phase(step.name, func() error { return step.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// phase does one part of the story and keeps its time. A part without a name has parts of its own.
func (r *run) phase(name string, do func() error) error {
	if name == "" {
		return do()
	}
	if r.OnPhase != nil {
		r.OnPhase(r.outcome.Workload, name)
	}
	start := time.Now()
	err := do()
	r.outcome.Phases = append(r.outcome.Phases, Phase{name, time.Since(start)})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// build makes the schema and fills it.
func (r *run) build(ctx context.Context) error {
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return build(ctx, conn, r.Suite, r.workload, r.Rows, r.Watched)
}

// Build runs the suite's schema and chain files and one workload over conn.
func Build(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64) error {
	return build(ctx, conn, s, workload, rows, false)
}

// build is Build; if it is watched, the workload's notices are let through.
func build(ctx context.Context, conn *pgx.Conn, s *suite.Suite, workload *suite.File, rows int64, isWatched bool) error {
	if err := session.Prepare(ctx, conn, s, rows); err != nil {
		return err
	}
	for _, f := range []*suite.File{s.File("schema"), s.File("chain_insert"), workload} { // nil: the suite has none, or none is wanted
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

// recordAndDump takes the record and the archive from one snapshot.
func (r *run) recordAndDump(ctx context.Context) error {
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var snapshot string
	err = r.phase("record before", func() (err error) {
		if err := session.Prepare(ctx, conn, r.Suite, r.Rows); err != nil {
			return err
		}
		r.tell = withRoom(ctx, conn, r.Jobs, r.OnProgress)
		if snapshot, err = exportSnapshot(ctx, conn); err != nil {
			return err
		}
		r.pre, err = r.record(ctx, conn, snapshot, "before")
		return err
	})
	if err != nil {
		return err
	}
	r.outcome.Pre = &r.pre.Snapshot
	return r.phase("dump", func() error {
		jobs := r.Jobs
		if r.Format != "directory" {
			jobs = 1
		}
		args := append([]string{"--encoding=UTF8"}, r.DumpArgs...)
		if err := r.watch().during(ctx, func() error {
			return r.Tools.dump(ctx, r.db.DSN(), snapshot, r.Format, jobs, r.archive, args)
		}); err != nil {
			return err
		}
		if r.AfterDump != nil {
			return r.AfterDump(r.archive)
		}
		return nil
	})
}

// record takes a record over conn, which is in its transaction, and a second connection beside it:
// most of the queries read catalogs, and a backend reads them for the first time. Both see the
// exported snapshot, or without one a database that nobody writes to.
func (r *run) record(ctx context.Context, conn *pgx.Conn, snapshot, moment string) (*record.Record, error) {
	second, err := r.db.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer second.Close(ctx)
	if err := session.Prepare(ctx, second, r.Suite, r.Rows); err != nil {
		return nil, err
	}
	if err := session.Begin(ctx, second, snapshot); err != nil {
		return nil, err
	}
	taken, err := record.TakeBeside(ctx, []*pgconn.PgConn{conn.PgConn(), second.PgConn()}, r.Suite.Queries(), filepath.Join(r.folder, moment), moment)
	if err != nil {
		return nil, err
	}
	_, err = second.Exec(ctx, "commit") // its locks must be gone before a probe tries to truncate
	return taken, err
}

// watch looks at a program that copies the rows of the first record.
func (r *run) watch() *watch {
	w := &watch{connect: r.db.Connect, tell: r.tell}
	if r.tell != nil {
		w.rows = countsOf(r.pre, r.Suite)
	}
	return w
}

func (r *run) restore(ctx context.Context) error {
	if err := r.watch().during(ctx, func() error {
		return r.Tools.restore(ctx, r.db, r.Format, r.Jobs, r.archive)
	}); err != nil {
		return err
	}
	if r.AfterRestore == nil {
		return nil
	}
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return r.AfterRestore(ctx, conn)
}

func (r *run) recordAfter(ctx context.Context) error {
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := session.Prepare(ctx, conn, r.Suite, r.Rows); err != nil {
		return err
	}
	if err := session.Begin(ctx, conn, ""); err != nil {
		return err
	}
	r.post, err = r.record(ctx, conn, "", "after")
	if err != nil {
		r.post = nil
		return r.outcome.failedAfter(err)
	}
	r.outcome.Post = &r.post.Snapshot
	if _, err := conn.Exec(ctx, "commit"); err != nil {
		return err
	}
	return r.outcome.probe(ctx, conn, r.Suite)
}

// compare asks every question that two records, and the goldens, can answer.
func (r *run) compare(ctx context.Context) error {
	o := r.outcome
	if r.post == nil {
		return nil // the failure to take it is a check of its own
	}
	if r.Suite.File("snapshot") != nil && r.Suite.File("verify_chain") != nil {
		o.assertSource(r.pre.Snapshot)
		o.assertChain(r.pre.Snapshot, r.post.Snapshot)
	}
	o.assertHashes("payload_hash/before", r.pre)
	o.assertHashes("payload_hash/after", r.post)
	again := &reprinter{suite: r.Suite, begin: func(ctx context.Context) (*pgx.Conn, error) {
		return beginToWrite(ctx, r.db, r.Suite, r.Rows)
	}}
	if err := errors.Join(o.compareRecords(ctx, "record/", r.pre, r.post, again), again.end(ctx)); err != nil {
		return err
	}
	if r.UpdateDir != "" {
		if o.Verdict() != Pass {
			return errors.New("the goldens were not updated: the round trip itself failed")
		}
		return updateGolden(r.UpdateDir, o.Workload, r.pre, r.Suite)
	}
	if r.Goldens == nil {
		return nil
	}
	if err := o.compareGolden("before", r.Goldens, r.pre); err != nil {
		return err
	}
	return o.compareGolden("after", r.Goldens, r.post)
}
