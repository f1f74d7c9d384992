// Package origin reads the database that is dumped or recorded: rights, locks and one snapshot, on which its record is
// taken while pg_dump runs, and what could not be recorded.
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

// Options say what is dumped, and how.
type Options struct {
	Suite    *suite.Suite
	Server   *cluster.Server
	Tools    *pgdump.Tools
	Out      string   // the archive's path; the manifest is beside it
	Format   string   // one of Formats
	Jobs     int      // of pg_dump, and connections of the record
	DumpArgs []string // handed to pg_dump as they are
	WithRows bool     // the manifest keeps the rows of every result
	Strict   bool     // what cannot be recorded leaves no archive
	Tool     string   // name and version of this program
	Rows     int64    // the setting pgroundtrip.rows; 0 is session.DefaultRows
	// KeepRows keeps the rows of every result in memory, to compare them with goldens.
	KeepRows bool
	// From is the database, if it is not the one that the server's own DSN names.
	From    place
	OnPhase func(phase string)
	Timeout time.Duration // for each wait for a lock; 0 is no bound
	MaxAge  time.Duration // of the snapshot: then the run ends; 0 is no bound
	Moment  moment.How
	// Standbys read pieces of a record too, paused at the moment of Server.
	Standbys []cluster.Options
	// Resume is where an interrupted record goes on; nil is nowhere.
	Resume *take.Resume
	// OnProgress is called with about how many of the rows are dumped, or of the bytes recorded; it may be nil.
	OnProgress func(done, total int64)
	// Log is called with what should be known before the work is done; it may be nil.
	Log func(format string, args ...any)
}

// A place is a database that can be connected to.
type place interface {
	Connect(context.Context) (*pgx.Conn, error)
	DSN() conninfo.DSN
}

// Attempts tries until objects stay as they are for as long as it takes.
func Attempts(o *Options, try func(*Reading) error) (*verdict.Report, *record.Record, error) {
	if o.From == nil {
		o.From = o.Server
	}
	var phases []verdict.Phase // of attempts that were begun again
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

// A Reading is a dump, or a record without an archive, while it happens.
type Reading struct {
	*Options
	Target   *target.Files
	conn     *pgx.Conn   // holds the snapshot and the locks
	others   []*pgx.Conn // that share the snapshot, for the record
	standbys standby.Crew
	snapshot string
	queries  []*suite.File
	first    *record.Record // of what is outside snapshots, from before pg_dump begins
	record   *record.Record
	gaps     []gap                // what could not be recorded
	objects  map[objectKey]object // of the snapshot; nil before it
	isLast   func() bool          // whether there may be no other attempt
	jobs     int                  // as many of Jobs as the server has connections for
	members  int                  // connections of the record, this one counted
	limits   session.Limits
	before   record.Moment // the snapshot was fixed
	report   *verdict.Report
	Manifest *record.Record
	age      session.Age             // of the snapshot
	begun    moment.Counter          // of a primary to which no one is to write
	tell     func(done, total int64) // OnProgress, if there is room to look
}

// Each does the parts of a reading over one connection, whose snapshot may not become too old.
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
			conn.Close(context.WithoutCancel(ctx)) // read only: nothing to lose
		}
	}()
	if err := phase.Each(ctx, r.report, r.OnPhase, parts...); err != nil {
		return err
	}
	r.age.Tell(r.Log)
	return nil
}

// Prepare fixes the snapshot, and asks what the archive would lack before it is written.
func (r *Reading) Prepare(ctx context.Context) error {
	if err := r.needRights(ctx); err != nil {
		return err
	}
	if err := r.fix(ctx, r.refuseLacking); err != nil {
		return err
	}
	expected, err := lost.List(ctx, r.conn, r.Tools.Dump.Version, r.DumpArgs)
	if err != nil {
		return err
	}
	r.expect(expected...)
	return r.warn(ctx)
}

// fix fixes the snapshot, after before has asked what must be known earlier, and chooses the queries of the record.
func (r *Reading) fix(ctx context.Context, before func(context.Context) error) (err error) {
	if err := r.needConnections(ctx); err != nil {
		return err
	}
	if err := r.make(ctx, r.conn); err != nil {
		return err
	}
	r.tell = watch.WithRoom(ctx, r.conn, r.jobs+r.members, r.OnProgress)
	stop := r.locks().Report(ctx)
	if err = before(ctx); err == nil {
		err = locks.Need(ctx, r.conn, r.jobs, r.members-1)
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
	if err := r.gather(ctx); err != nil {
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
	first, taken, err := r.take(ctx, growing(r.queries))
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

// export fixes the snapshot as the moment is to be had. What is outside snapshots is read before a barrier: it cannot
// be further at the barrier than it is afterwards, nor less far than before.
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
		r.first, _, err = r.take(ctx, queries)
	}
	if err != nil {
		return err
	}
	r.gaps = nil // they are found again
	if _, err := r.conn.Exec(ctx, "rollback"); err != nil {
		return err
	}
	b.Tries = 0
	r.snapshot, err = session.ExportSnapshot(ctx, r.conn, b.Fix)
	return err
}

// make makes a connection one of the record's.
func (r *Reading) make(ctx context.Context, conn *pgx.Conn) error {
	if err := session.Prepare(ctx, conn, r.Suite, cmp.Or(r.Rows, session.DefaultRows)); err != nil {
		return err
	}
	// The workers of a server in service are not ours to take, and pg_dump is the one to wait for. What the record waits
	// for in vain is a gap of it.
	_, err := conn.Exec(ctx, fmt.Sprintf("set max_parallel_workers_per_gather = 0; set lock_timeout = %d",
		r.Timeout.Milliseconds()))
	return err
}

// locks knows who holds the locks that this run waits for.
func (r *Reading) locks() *locks.Watch {
	return &locks.Watch{Connect: r.From.Connect, Dumper: r.From.DSN()["application_name"], Timeout: r.Timeout, Log: r.Log,
		Prepare: func(ctx context.Context, conn *pgx.Conn) error {
			return session.Prepare(ctx, conn, r.Suite, session.DefaultRows)
		}}
}

// gather opens the other connections of the record, on the same snapshot.
func (r *Reading) gather(ctx context.Context) error {
	for range r.members - 1 {
		conn, err := r.From.Connect(ctx)
		if err != nil {
			return err
		}
		r.others = append(r.others, conn)
		if err = r.make(ctx, conn); err == nil {
			err = session.Begin(ctx, conn, r.snapshot)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// growing are the queries over what is outside snapshots: sequences.
func growing(queries []*suite.File) []*suite.File {
	return slices.DeleteFunc(slices.Clone(queries), func(f *suite.File) bool { return f.About.Grows == "" })
}

// DumpAndRecord runs pg_dump and, beside it, takes the record on the same snapshot. The archive is
// decoded whole as soon as it is there.
func (r *Reading) DumpAndRecord(ctx context.Context) error {
	var losses []record.Expectation
	var said bytes.Buffer
	tools := r.Tools.Telling(&said)
	err := crew.Alongside(ctx,
		func(ctx context.Context) error {
			// In the database's own encoding, whatever a role's default is.
			args := append([]string{"--encoding=" + r.Manifest.Source.Encoding}, r.DumpArgs...)
			progress := &watch.Copying{Connect: r.From.Connect, Tell: r.tell}
			if err := progress.During(ctx, func() error {
				return r.locks().DuringDump(ctx, func(ctx context.Context) error {
					return tools.Write(ctx, r.From.DSN(), r.snapshot, r.Format, r.jobs, r.Target.Archive, args)
				})
			}); err != nil {
				return r.locks().Explain(ctx, err)
			}
			return r.inspect(ctx)
		},
		func(ctx context.Context) (err error) {
			if err = r.takeRest(ctx, take.Options{}); err == nil {
				losses, err = r.textLosses(ctx)
			}
			return err
		})
	r.expect(losses...)
	r.Manifest.Warnings = append(r.Manifest.Warnings, warningsIn(said.String())...)
	return err
}

// takeRest takes the record of all that fix has not: what is outside snapshots is there already, and asked for once
// more when pg_dump is done.
func (r *Reading) takeRest(ctx context.Context, o take.Options) error {
	still := slices.DeleteFunc(slices.Clone(r.queries), func(f *suite.File) bool { return f.About.Grows != "" })
	rest, taken, err := r.takeAs(ctx, still, o)
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

// ToEnd makes of a step one that reports at its end, and not before, how many rows there were: while it runs that is an
// estimate.
func (r *Reading) ToEnd(step func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := step(ctx)
		if err == nil && r.tell != nil {
			total := watch.SumOf(r.record.Counts())
			r.tell(total, total)
		}
		return err
	}
}

// inspect reads the new archive back: every byte hashed, every block decoded, the contents listed.
func (r *Reading) inspect(ctx context.Context) (err error) {
	var contents pgdump.Contents
	err = crew.Alongside(ctx,
		func(context.Context) (err error) {
			r.Manifest.Archive, err = pgdump.Hash(r.Target.Archive, r.Format)
			return err
		},
		func(ctx context.Context) (err error) {
			contents, err = r.Tools.Decode(ctx, r.Target.Archive, r.Format, false)
			return err
		})
	switch {
	case err != nil:
		return fmt.Errorf("the archive that was just written cannot be read back: %w", err)
	case contents.Attver:
		return pgdump.AttverError("no other server may take it")
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

// expect adds to what is left out by design.
func (r *Reading) expect(expected ...record.Expectation) {
	r.Manifest.Expected = append(r.Manifest.Expected, expected...)
	r.report.Expected = r.Manifest.Expected
}

// expectLost adds each row of a result that no archive holds to what is left out by design.
func (r *Reading) expectLost(result *record.Result) {
	if result.About.Lost == "" {
		return
	}
	for _, row := range verdict.NamedRows(result.Columns, result.About.Keys, result.Kept) {
		r.expect(record.Expectation{Query: result.Query, Key: row.Key, What: strings.Join(row.KeyValues, " "),
			Reason: result.About.Lost})
	}
}

// Digest puts the record into the manifest.
func (r *Reading) Digest(ctx context.Context) error {
	for i, result := range r.record.Results {
		result, err := r.asMoved(ctx, r.queries[i], result)
		if err != nil {
			return err
		}
		if result == nil { // a gap by now
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

// asMoved is one result as the manifest has it. What is outside snapshots is taken as it was before pg_dump began: in
// the archive it is the same or further on, and further on only if it has moved by now. It is nil if that cannot be
// asked any more.
func (r *Reading) asMoved(ctx context.Context, f *suite.File, result *record.Result) (*record.Result, error) {
	if f.About.Grows == "" {
		return result, nil
	}
	again, taken, err := r.take(ctx, []*suite.File{f})
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	first := r.first.Result(f.Name)
	first.MoveTo(again.Results[0])
	return first, nil
}

// PrepareRecord fixes the snapshot.
func (r *Reading) PrepareRecord(ctx context.Context) error {
	if err := r.needRights(ctx); err != nil {
		return err
	}
	if err := r.fix(ctx, func(context.Context) error { return nil }); err != nil {
		return err
	}
	// What pg_dump would leave out: it is unknown yet what this is compared with, and by which program a copy is made.
	expected, err := lost.List(ctx, r.conn, r.Server.Version, nil)
	r.expect(expected...)
	if err == nil {
		r.standbys = standby.Crew{Lead: r.limits, Moment: r.Manifest.Moment, Jobs: r.Jobs, Prepare: r.make,
			Note: r.report.Note}
		err = r.standbys.Call(ctx, r.Standbys)
	}
	return err
}

// DigestRecord puts the record into the file, with what a copy of files and WAL would lack: no other copy does.
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
		r.report.Note("went on where an interrupted run stopped: %d pieces of this moment were there", o.Resume.Taken)
	}
	losses, err := r.textLosses(ctx)
	r.expect(losses...)
	return err
}

// Publish writes manifest and checksums, and gives all of them their final names.
func (r *Reading) Publish(context.Context) error {
	sum := sha256.New()
	if err := errors.Join(r.Manifest.Write(io.MultiWriter(r.Target.Manifest, sum)), r.Target.Manifest.Sync()); err != nil {
		return fmt.Errorf("could not write the manifest: %w", err)
	}
	info, err := r.Target.Manifest.Stat()
	if err == nil && info.Size() > recordfile.MaxBytes {
		err = &hint.Error{Err: fmt.Errorf("the manifest has %d bytes, and restore reads %d at most", info.Size(),
			int64(recordfile.MaxBytes)),
			Hint: "dump without -with-rows"}
	}
	if err != nil {
		return err
	}
	return r.Target.Publish(record.SumsOf(r.Manifest.Archive, filepath.Base(r.Target.Out), sum.Sum(nil)))
}
