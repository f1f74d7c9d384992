// Package origin reads the database to dump or to record: it checks rights, takes locks and one snapshot, takes the
// record on it while pg_dump runs, and keeps track of what could not be recorded.
package origin

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/locks"
	"pgroundtrip/internal/lost"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/standby"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/target"
	"pgroundtrip/internal/verdict"
	"pgroundtrip/internal/watch"
)

// Options say what to dump or record, and how.
type Options struct {
	Suite    *suite.Suite
	Server   *cluster.Server
	Tools    *pgdump.Tools
	Out      string   // path of the archive; the manifest is next to it
	Format   string   // one of Formats
	Jobs     int      // of pg_dump, and connections that take the record
	DumpArgs []string // passed to pg_dump unchanged
	WithRows bool     // the manifest keeps the rows of every result
	Strict   bool     // a query that cannot be recorded is an error, and leaves no archive
	Tool     string   // name and version of this program
	Rows     int64    // the setting pgroundtrip.rows; 0 means session.DefaultRows
	// KeepRows keeps the rows of every result in memory, to compare them with goldens.
	KeepRows bool
	// From is the database to read; nil means the one in the server's own DSN.
	From    place
	OnPhase func(phase string)
	Timeout time.Duration // for each wait for a lock; 0 means no limit
	MaxAge  time.Duration // of the snapshot: an older one ends the run; 0 means no limit
	Moment  moment.How
	// Standbys are paused at the moment of Server and read pieces of a record too.
	Standbys []cluster.Options
	// Resume is the file of an interrupted record to continue; may be nil.
	Resume *take.Resume
	// OnProgress is called with bytes of tables; may be nil. A dump counts each three times: copied by pg_dump, read for
	// the record, and read back from the archive.
	OnProgress func(done, total int64)
	// Log is called with what the user should know before the work is done; may be nil.
	Log func(format string, args ...any)
}

// place is a database that can be connected to.
type place interface {
	Connect(context.Context) (*pgx.Conn, error)
	DSN() conninfo.DSN
}

// Attempts calls try until no object changed during an attempt, or there have been too many attempts.
func Attempts(o *Options, try func(*Reading) error) (*verdict.Report, *record.Record, error) {
	if o.From == nil {
		o.From = o.Server
	}
	var phases []verdict.Phase // of abandoned attempts
	for begun, n := time.Now(), 1; ; n++ {
		r := &Reading{Options: o, report: &verdict.Report{Workload: o.From.DSN()["dbname"], Phases: phases},
			isLast: func() bool { return n == mostTries || time.Since(begun) > tryTime },
			Manifest: &record.Record{FormatVersion: record.FormatVersion, Tool: o.Tool, Server: o.Server.Version.String(),
				Suite: o.Suite.Name, SuiteSHA256: o.Suite.SHA256(), Queries: o.Suite.QueryNames(), KeySHA256: o.Suite.KeySHA256()}}
		err := try(r)
		if !errors.Is(err, errAgain) {
			return r.report, r.Manifest, err
		}
		phases = r.report.Phases
		if o.Log != nil {
			o.Log("begun again: %v", err)
		}
	}
}

// A Reading is one running dump, or record without an archive.
type Reading struct {
	*Options
	Target   *target.Files
	conn     *pgx.Conn   // holds the snapshot and the locks
	others   []*pgx.Conn // share the snapshot and help to take the record
	standbys standby.Crew
	snapshot string
	queries  []*suite.File
	first    *record.Record // results outside snapshots (sequences), taken before pg_dump begins
	record   *record.Record
	gaps     []gap // what could not be recorded
	// unreadable are the large objects that the role may not read, as "large object 16400"
	unreadable []string
	objects    map[objectKey]object // those in the snapshot; nil before it is taken
	// transactions are those that the snapshot sees
	transactions string
	isLast       func() bool // whether this is the last attempt
	jobs         int         // Jobs, or fewer if the server has fewer connections
	members      int         // connections that take the record, including conn
	limits       session.Limits
	before       record.Moment // just before the snapshot was taken
	report       *verdict.Report
	Manifest     *record.Record
	age          session.Age             // of the snapshot
	begun        moment.Counter          // at the begin, of a primary on which nothing is to be written
	tell         func(done, total int64) // OnProgress, or nil if the server has no connection to spare
}

// Each runs the parts over one connection, whose snapshot must not become older than MaxAge.
func (r *Reading) Each(ctx context.Context, parts ...phase.Part) (err error) {
	ctx, end := r.age.Limited(ctx)
	defer func() { err = end(err) }()
	conn, err := r.From.Connect(ctx)
	if err != nil {
		return err
	}
	r.conn = conn
	defer func() {
		r.standbys.Close(context.WithoutCancel(ctx))
		for _, conn := range append(r.others, r.conn) {
			conn.Close(context.WithoutCancel(ctx)) // read-only: nothing to lose
		}
	}()
	if err := phase.Each(ctx, r.report, r.OnPhase, parts...); err != nil {
		return err
	}
	r.age.Note(r.Log)
	return nil
}

// Prepare takes the snapshot, and finds out what the archive would lack before it is written.
func (r *Reading) Prepare(ctx context.Context) error {
	if err := r.needRights(ctx); err != nil {
		return err
	}
	if err := r.fix(ctx, r.refuseLacking); err != nil {
		return err
	}
	expected, err := lost.List(ctx, r.conn, r.Tools.Dump.Version, r.DumpArgs)
	if err != nil {
		return r.locks().Explain(ctx, err)
	}
	r.expect(expected...)
	return r.warn(ctx)
}

// fix takes the snapshot and chooses the queries of the record. before runs first, on the same connection.
func (r *Reading) fix(ctx context.Context, before func(context.Context) error) (err error) {
	if err := r.needConnections(ctx); err != nil {
		return err
	}
	if err := r.setUp(ctx, r.conn); err != nil {
		return err
	}
	r.tell = watch.WithRoom(ctx, r.conn, r.jobs+r.members, r.OnProgress)
	stop := r.locks().Report(ctx)
	if err = before(ctx); err == nil {
		err = locks.Need(ctx, r.conn, locks.Budget{Jobs: r.jobs, Others: r.members - 1})
	}
	if err == nil {
		r.age.Begin(r.MaxAge)
		err = r.export(ctx)
	}
	if stop(); err != nil {
		return r.locks().Explain(ctx, err)
	}
	if err := r.listObjects(ctx); err != nil {
		return err
	}
	if err := r.joinSnapshot(ctx); err != nil {
		return err
	}
	r.queries, r.Manifest.NotCovered, err = Covered(ctx, r.conn, r.Suite, r.accept)
	if err != nil {
		return err
	}
	if len(r.queries) == 0 {
		return fmt.Errorf("%w: %s has no query file that this database can answer, so there is nothing to compare with later",
			suite.ErrInvalid, r.Suite.Name)
	}
	first, taken, err := r.take(ctx, outsideSnapshots(r.queries), take.Options{})
	if err != nil {
		return err
	}
	if r.first == nil {
		r.first = first
	} else if !r.first.HasRowsOf(first) && !r.isLast() {
		return fmt.Errorf("%w: sequences", errAgain)
	}
	r.queries = slices.DeleteFunc(r.queries,
		func(f *suite.File) bool { return f.About.Grows != "" && !slices.Contains(taken, f) })
	return r.describe(ctx)
}

// export takes the snapshot at the requested kind of moment. Before a barrier it reads what is outside snapshots
// (sequences), so that these values are a lower bound of those at the barrier.
func (r *Reading) export(ctx context.Context) (err error) {
	if r.before, err = moment.Read(ctx, r.conn); err != nil {
		return err
	}
	if r.Moment.Quiet {
		if r.begun, err = moment.Count(ctx, r.conn); err != nil {
			return err
		}
	}
	b := r.Moment.Barrier
	if b == nil {
		r.snapshot, err = session.ExportSnapshot(ctx, r.conn, nil)
		return err
	}
	if err := session.Begin(ctx, r.conn, ""); err != nil {
		return err
	}
	grows := r.Suite.Only(func(query string) bool { return r.Suite.File(query).About.Grows != "" })
	queries, _, err := Covered(ctx, r.conn, grows, r.accept)
	if err == nil {
		r.first, _, err = r.take(ctx, queries, take.Options{})
	}
	if err != nil {
		return err
	}
	r.gaps = nil // the record will find them again
	if _, err := r.conn.Exec(ctx, "rollback"); err != nil {
		return err
	}
	b.Tries = 0
	r.snapshot, err = session.ExportSnapshot(ctx, r.conn, b.Fix)
	return err
}

// setUp prepares a connection that takes the record.
func (r *Reading) setUp(ctx context.Context, conn *pgx.Conn) error {
	if err := session.Prepare(ctx, conn, r.Suite, cmp.Or(r.Rows, session.DefaultRows)); err != nil {
		return err
	}
	// Parallel workers of a production server are not to be taken, and pg_dump takes longer anyway. A query of the
	// record that waits too long for a lock is a gap.
	_, err := conn.Exec(ctx, fmt.Sprintf("set max_parallel_workers_per_gather = 0; set lock_timeout = %d",
		r.Timeout.Milliseconds()))
	return err
}

// locks reports who holds the locks that this run waits for.
func (r *Reading) locks() *locks.Watch {
	return &locks.Watch{Dumper: r.From.DSN()["application_name"], Timeout: r.Timeout, Log: r.Log,
		Connect: func(ctx context.Context) (*pgx.Conn, error) {
			return session.Connect(ctx, r.From.Connect, r.Suite, session.DefaultRows)
		}}
}

// joinSnapshot opens the other connections of the record on the same snapshot.
func (r *Reading) joinSnapshot(ctx context.Context) error {
	for range r.members - 1 {
		conn, err := r.From.Connect(ctx)
		if err != nil {
			return err
		}
		r.others = append(r.others, conn)
		if err = r.setUp(ctx, conn); err == nil {
			err = session.Begin(ctx, conn, r.snapshot)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// outsideSnapshots returns the queries about what is outside snapshots: sequences.
func outsideSnapshots(queries []*suite.File) []*suite.File {
	return slices.DeleteFunc(slices.Clone(queries), func(f *suite.File) bool { return f.About.Grows == "" })
}

// DumpAndRecord runs pg_dump and takes the record on the same snapshot at the same time. It decodes the whole archive
// as soon as that is complete.
func (r *Reading) DumpAndRecord(ctx context.Context) error {
	var losses []record.Expectation
	var said bytes.Buffer
	tools, tell := r.Tools.Telling(&said), progress.Together(2, r.tell)
	err := crew.Alongside(ctx,
		func(ctx context.Context) error {
			// The database's own encoding, whatever default encoding the role has.
			args := append([]string{"--encoding=" + r.Manifest.Source.Encoding}, r.DumpArgs...)
			copying, reading := r.watched(tell[0])
			if err := copying.During(ctx, func() error {
				return r.locks().DuringDump(ctx, func(ctx context.Context) error {
					return tools.Write(ctx, r.From.DSN(), r.snapshot, r.Format, r.jobs, r.Target.Archive, args)
				})
			}); err != nil {
				return r.locks().Explain(ctx, err)
			}
			tools.Reading = reading
			return reading.During(func() error { return r.inspect(ctx, tools) })
		},
		func(ctx context.Context) (err error) {
			if err = r.takeRest(ctx, take.Options{OnProgress: tell[1]}); err == nil {
				losses, err = r.textLosses(ctx)
			}
			return err
		})
	r.expect(losses...)
	r.Manifest.Warnings = append(r.Manifest.Warnings, warningsIn(said.String())...)
	return err
}

// takeRest takes the part of the record that fix has not taken yet. Results outside snapshots were taken there, and
// are asked for again when pg_dump is done.
func (r *Reading) takeRest(ctx context.Context, o take.Options) error {
	still := slices.DeleteFunc(slices.Clone(r.queries), func(f *suite.File) bool { return f.About.Grows != "" })
	rest, taken, err := r.take(ctx, still, o)
	if err != nil {
		return err
	}
	var queries []*suite.File
	var results []*record.Result
	for _, f := range r.queries { // in the suite's order
		if f.About.Grows != "" {
			queries, results = append(queries, f), append(results, r.first.Result(f.Name))
		} else if len(taken) > 0 && taken[0].Name == f.Name {
			queries, results = append(queries, taken[0]), append(results, rest.Result(f.Name))
			taken = taken[1:]
		}
	}
	rest.Results = results
	r.record, r.queries = rest, queries
	return nil
}

// watched returns what watches pg_dump, and then the reading back of its archive: that counts as many bytes as the
// tables have, however well they are compressed.
func (r *Reading) watched(report func(done, total int64)) (*watch.Copying, *watch.Archive) {
	copying := &watch.Copying{Connect: r.From.Connect, Jobs: r.jobs}
	reading := &watch.Archive{Path: r.Target.Archive}
	if report == nil {
		return copying, reading
	}
	var copied int64
	copying.Report = func(done, total int64) { copied = done; report(done, 2*total) }
	reading.Report = func(done, total int64) {
		if copied > 0 && total > 0 { // else it is not known how much that is
			report(copied+int64(float64(copied)*float64(done)/float64(total)), 2*copied)
		}
	}
	return copying, reading
}

// inspect reads the new archive back: it hashes every byte, decodes every block and lists the contents.
func (r *Reading) inspect(ctx context.Context, tools *pgdump.Tools) (err error) {
	var contents pgdump.Contents
	err = crew.Alongside(ctx,
		func(context.Context) (err error) {
			r.Manifest.Archive, err = pgdump.Hash(r.Target.Archive, r.Format)
			return err
		},
		func(ctx context.Context) (err error) {
			contents, err = tools.Decode(ctx, r.Target.Archive, r.Format, false)
			return err
		})
	switch {
	case err != nil:
		return fmt.Errorf("the archive that was just written cannot be read back: %w", err)
	case contents.Attver:
		return pgdump.AttverError("other servers may not accept it")
	}
	r.Manifest.Archive.Entries = contents.Entries
	r.Manifest.Roles, r.Manifest.Extensions = []string{}, contents.Extensions
	roles, err := contents.ReadRoles(ctx, r.From.Connect)
	if err != nil {
		return err
	}
	for _, role := range roles {
		r.Manifest.Roles = append(r.Manifest.Roles, role.Name)
	}
	for _, role := range r.Manifest.RoleRights {
		if role.InRows && !slices.Contains(r.Manifest.Roles, role.Name) {
			r.Manifest.Roles = append(r.Manifest.Roles, role.Name)
		}
	}
	slices.Sort(r.Manifest.Roles)
	if names := strings.Join(r.Manifest.Roles, ", "); names != "" {
		r.expect(record.Expectation{What: "the roles that the archive refers to (" + names + ")",
			Reason: "they belong to the cluster: keep what pg_dumpall --globals-only writes beside the archive"})
	}
	return nil
}

// expect adds to what the archive lacks by design.
func (r *Reading) expect(expected ...record.Expectation) {
	r.Manifest.Expected = append(r.Manifest.Expected, expected...)
	r.report.Expected = r.Manifest.Expected
}

// expectLost adds each row of a result that no archive can hold to what the archive lacks by design.
func (r *Reading) expectLost(result *record.Result) {
	if result.About.Lost == "" {
		return
	}
	for _, row := range verdict.NamedRows(result.Columns, result.About.Keys, result.Kept) {
		r.expect(record.Expectation{Query: result.Query, Key: row.Key, What: strings.Join(row.KeyValues, " "),
			Reason: result.About.Lost})
	}
}

// Digest puts the results into the manifest.
func (r *Reading) Digest(ctx context.Context) error {
	for i, result := range r.record.Results {
		result, err := r.withMovement(ctx, r.queries[i], result)
		if err != nil {
			return err
		}
		if result == nil { // it has become a gap
			continue
		}
		r.expectLost(result)
		r.Manifest.Results = append(r.Manifest.Results, result)
		if r.WithRows && result.About.Rows {
			if err := r.keepTables(ctx, result); err != nil {
				return err
			}
		}
	}
	if r.record.Has("snapshot") && r.record.Has("verify_chain") {
		r.Manifest.Chain, r.report.Pre = r.record.Chain, r.record.Chain
		r.report.JudgeChain(*r.record.Chain)
	}
	r.Manifest.Payload = r.record.Payload
	r.report.JudgePayload("payload_hash", r.record.Payload)
	if r.Manifest.Archive != nil {
		r.report.Assert("archive", true, "%d bytes, decoded whole", r.Manifest.Archive.SizeBytes)
	} else {
		r.report.Assert("recorded", true, "%d query files were answered from one snapshot", len(r.Manifest.Results))
	}
	if len(r.Manifest.Results) == 0 {
		return fmt.Errorf("nothing could be recorded: %w", r.gaps[0].cause)
	}
	r.reportGaps()
	r.report.NotCovered = r.Manifest.NotCovered
	return r.holdMoment(ctx)
}

// withMovement returns a result for the manifest. One outside snapshots (sequences) has the values from before pg_dump
// began, marked with the values now: in the archive a sequence lies between the two. It returns nil if the query is
// refused by now.
func (r *Reading) withMovement(ctx context.Context, f *suite.File, result *record.Result) (*record.Result, error) {
	if f.About.Grows == "" {
		return result, nil
	}
	again, taken, err := r.take(ctx, []*suite.File{f}, take.Options{})
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	first := r.first.Result(f.Name)
	first.MoveTo(again.Results[0])
	return first, nil
}

// PrepareRecord takes the snapshot.
func (r *Reading) PrepareRecord(ctx context.Context) error {
	if err := r.needRights(ctx); err != nil {
		return err
	}
	if err := r.fix(ctx, func(context.Context) error { return nil }); err != nil {
		return err
	}
	// What pg_dump would leave out. The record may be compared with a copy made by any program.
	expected, err := lost.List(ctx, r.conn, r.Server.Version, nil)
	r.expect(expected...)
	if err == nil {
		r.standbys = standby.Crew{Lead: r.limits, Moment: r.Manifest.Moment, Jobs: r.Jobs, Prepare: r.setUp,
			Note: r.report.Note}
		err = r.standbys.Call(ctx, r.Standbys)
	}
	return err
}

// DigestRecord puts the results into the record, with what a copy made of files and WAL lacks.
func (r *Reading) DigestRecord(ctx context.Context) error {
	err := r.Digest(ctx)
	if err == nil {
		r.Manifest.Expected, err = moment.AppendUnlogged(ctx, r.conn, r.Manifest.Expected)
	}
	return err
}

// TakeRecord takes the record on the snapshot.
func (r *Reading) TakeRecord(ctx context.Context) error {
	o, err := r.shared(ctx)
	if err == nil {
		err = r.takeRest(ctx, o)
	}
	if err != nil {
		return err
	}
	if o.Resume != nil && o.Resume.Taken > 0 {
		r.Manifest.Resumed = o.Resume.Taken
		r.report.Note("continued an interrupted run: %d pieces of this moment were there", o.Resume.Taken)
	}
	losses, err := r.textLosses(ctx)
	r.expect(losses...)
	return err
}

// Publish writes the manifest and the checksums, and gives all files their final names.
func (r *Reading) Publish(context.Context) error {
	sum := sha256.New()
	if err := errors.Join(r.Manifest.Write(io.MultiWriter(r.Target.Manifest, sum)), r.Target.Manifest.Sync()); err != nil {
		return fmt.Errorf("could not write the manifest: %w", err)
	}
	info, err := r.Target.Manifest.Stat()
	if err == nil && info.Size() > recordfile.MaxBytes {
		err = hint.With(fmt.Errorf("the manifest has %d bytes, and restore reads %d at most", info.Size(),
			int64(recordfile.MaxBytes)),
			"dump without -with-rows")
	}
	if err != nil {
		return err
	}
	return r.Target.Publish(record.SumsOf(r.Manifest.Archive, filepath.Base(r.Target.Out), sum.Sum(nil)))
}
