package roundtrip

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
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// DumpOptions say what is dumped, and how.
type DumpOptions struct {
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
	// OnProgress is called with about how many of the rows are dumped; it may be nil.
	OnProgress func(done, total int64)
	// Log is called with what should be known before the work is done; it may be nil.
	Log func(format string, args ...any)
}

// A place is a database that can be connected to.
type place interface {
	Connect(context.Context) (*pgx.Conn, error)
	DSN() conninfo.DSN
}

// attempts tries until objects stay as they are for as long as it takes.
func attempts(o *DumpOptions, try func(*dump) error) (*verdict.Report, *record.Record, error) {
	if o.From == nil {
		o.From = o.Server
	}
	var phases []verdict.Phase // of attempts that were begun again
	for begun, n := time.Now(), 1; ; n++ {
		d := &dump{DumpOptions: o, outcome: &verdict.Report{Workload: o.From.DSN()["dbname"], Phases: phases},
			isLast: func() bool { return n == mostTries || time.Since(begun) > tryTime },
			manifest: &record.Record{FormatVersion: record.FormatVersion, Tool: o.Tool, Server: o.Server.Version.String(),
				Suite: o.Suite.Name, SuiteSHA256: o.Suite.SHA256(), Queries: o.Suite.QueryNames(), KeySHA256: o.Suite.KeySHA256()}}
		err := try(d)
		if !errors.Is(err, errAgain) {
			return d.outcome, d.manifest, err
		}
		phases = d.outcome.Phases
		if o.Log != nil {
			o.Log("begun again: %v", err)
		}
	}
}

// A dump is a dump, or a record without one, while it happens.
type dump struct {
	*DumpOptions
	target   *pgdump.Target
	conn     *pgx.Conn   // holds the snapshot and the locks
	others   []*pgx.Conn // that share the snapshot, for the record
	snapshot string
	queries  []*suite.File
	first    *record.Record // of what is outside snapshots, from before pg_dump begins
	record   *record.Record
	gaps     []gap                // what could not be recorded
	objects  map[objectKey]object // of the snapshot; nil before it
	isLast   func() bool          // whether there may be no other attempt
	jobs     int                  // as many of Jobs as the server has connections for
	members  int                  // connections of the record, this one counted
	outcome  *verdict.Report
	manifest *record.Record
	age      session.Age             // of the snapshot
	begun    moment.Counter          // of a primary to which no one is to write
	tell     func(done, total int64) // OnProgress, if there is room to look
}

// each does the parts of a reading over one connection, whose snapshot may not become too old.
func (d *dump) each(ctx context.Context, parts ...phase.Part) (err error) {
	ctx, end := d.age.Limited(ctx)
	defer func() { err = end(err) }()
	conn, err := d.From.Connect(ctx)
	if err != nil {
		return err
	}
	d.conn = conn
	defer func() {
		for _, conn := range append(d.others, d.conn) {
			conn.Close(context.WithoutCancel(ctx)) // read only: nothing to lose
		}
	}()
	if err := phase.Each(ctx, d.outcome, d.OnPhase, parts...); err != nil {
		return err
	}
	d.age.Tell(d.Log)
	return nil
}

// prepare fixes the snapshot, and asks what the archive would lack before it is written.
func (d *dump) prepare(ctx context.Context) error {
	if err := d.needRights(ctx); err != nil {
		return err
	}
	if err := d.fix(ctx, d.refuseLacking); err != nil {
		return err
	}
	expected, err := listExpected(ctx, d.conn, d.Tools.Dump.Version, d.DumpArgs)
	if err != nil {
		return err
	}
	d.expect(expected...)
	return d.warn(ctx)
}

// fix fixes the snapshot, after before has asked what must be known earlier, and chooses the queries of the record.
func (d *dump) fix(ctx context.Context, before func(context.Context) error) (err error) {
	if err := d.needConnections(ctx); err != nil {
		return err
	}
	if err := d.make(ctx, d.conn); err != nil {
		return err
	}
	d.tell = pgdump.WithRoom(ctx, d.conn, d.jobs+d.members, d.OnProgress)
	stop := d.locks().Report(ctx)
	if err = before(ctx); err == nil {
		err = locks.Need(ctx, d.conn, d.jobs, d.members-1)
	}
	if err == nil {
		d.age.Begin(d.MaxAge)
		err = d.export(ctx)
	}
	if stop(); err != nil {
		return d.locks().Explain(ctx, err)
	}
	if d.objects, err = listObjects(ctx, d.conn); err != nil {
		return err
	}
	if err := d.gather(ctx); err != nil {
		return err
	}
	d.queries, d.manifest.NotCovered, err = coveredQueries(ctx, d.conn, d.Suite, d.accept)
	if err != nil {
		return err
	}
	if len(d.queries) == 0 {
		return fmt.Errorf("%w: %s has no query file that this database can answer, so there is nothing to compare with later",
			suite.ErrInvalid, d.Suite.Name)
	}
	first, taken, err := d.take(ctx, growing(d.queries))
	if err != nil {
		return err
	}
	if d.first == nil {
		d.first = first
	} else if !d.first.HasRowsOf(first) && !d.isLast() {
		return fmt.Errorf("%w: sequences", errAgain)
	}
	d.queries = slices.DeleteFunc(d.queries,
		func(f *suite.File) bool { return f.About.Grows != "" && !slices.Contains(taken, f) })
	return d.describe(ctx)
}

// export fixes the snapshot as the moment is to be had. What is outside snapshots is read before a barrier: it cannot
// be further at the barrier than it is afterwards, nor less far than before.
func (d *dump) export(ctx context.Context) (err error) {
	if d.Moment.Quiet {
		if d.begun, err = moment.Count(ctx, d.conn); err != nil {
			return err
		}
	}
	b := d.Moment.Barrier
	if b == nil {
		d.snapshot, err = session.ExportSnapshot(ctx, d.conn, nil)
		return err
	}
	if err := session.Begin(ctx, d.conn, ""); err != nil {
		return err
	}
	grows := d.Suite.Only(func(query string) bool { return d.Suite.File(query).About.Grows != "" })
	queries, _, err := coveredQueries(ctx, d.conn, grows, d.accept)
	if err == nil {
		d.first, _, err = d.take(ctx, queries)
	}
	if err != nil {
		return err
	}
	d.gaps = nil // they are found again
	if _, err := d.conn.Exec(ctx, "rollback"); err != nil {
		return err
	}
	b.Tries = 0
	d.snapshot, err = session.ExportSnapshot(ctx, d.conn, b.Fix)
	return err
}

// make makes a connection one of the record's.
func (d *dump) make(ctx context.Context, conn *pgx.Conn) error {
	if err := session.Prepare(ctx, conn, d.Suite, cmp.Or(d.Rows, session.DefaultRows)); err != nil {
		return err
	}
	// The workers of a server in service are not ours to take, and pg_dump is the one to wait for. What the record waits
	// for in vain is a gap of it.
	_, err := conn.Exec(ctx, fmt.Sprintf("set max_parallel_workers_per_gather = 0; set lock_timeout = %d",
		d.Timeout.Milliseconds()))
	return err
}

// locks knows who holds the locks that this run waits for.
func (d *dump) locks() *locks.Watch {
	return &locks.Watch{Connect: d.From.Connect, Dumper: d.From.DSN()["application_name"], Timeout: d.Timeout, Log: d.Log,
		Prepare: func(ctx context.Context, conn *pgx.Conn) error {
			return session.Prepare(ctx, conn, d.Suite, session.DefaultRows)
		}}
}

// gather opens the other connections of the record, on the same snapshot.
func (d *dump) gather(ctx context.Context) error {
	for range d.members - 1 {
		conn, err := d.From.Connect(ctx)
		if err != nil {
			return err
		}
		d.others = append(d.others, conn)
		if err = d.make(ctx, conn); err == nil {
			err = session.Begin(ctx, conn, d.snapshot)
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

// dumpAndRecord runs pg_dump and, beside it, takes the record on the same snapshot. The archive is
// decoded whole as soon as it is there.
func (d *dump) dumpAndRecord(ctx context.Context) error {
	var losses []record.Expectation
	var said bytes.Buffer
	tools := d.Tools.Telling(&said)
	err := crew.Alongside(ctx,
		func(ctx context.Context) error {
			// In the database's own encoding, whatever a role's default is.
			args := append([]string{"--encoding=" + d.manifest.Source.Encoding}, d.DumpArgs...)
			watch := &pgdump.Watch{Connect: d.From.Connect, Tell: d.tell}
			if err := watch.During(ctx, func() error {
				return d.locks().DuringDump(ctx, func(ctx context.Context) error {
					return tools.Write(ctx, d.From.DSN(), d.snapshot, d.Format, d.jobs, d.target.Archive, args)
				})
			}); err != nil {
				return d.locks().Explain(ctx, err)
			}
			return d.inspect(ctx)
		},
		func(ctx context.Context) (err error) {
			if err = d.takeRest(ctx); err == nil {
				losses, err = d.textLosses(ctx)
			}
			return err
		})
	d.expect(losses...)
	d.manifest.Warnings = append(d.manifest.Warnings, warningsIn(said.String())...)
	return err
}

// takeRest takes the record of all that fix has not: what is outside snapshots is there already, and asked for once
// more when pg_dump is done.
func (d *dump) takeRest(ctx context.Context) error {
	still := slices.DeleteFunc(slices.Clone(d.queries), func(f *suite.File) bool { return f.About.Grows != "" })
	rest, taken, err := d.take(ctx, still)
	if err != nil {
		return err
	}
	var queries []*suite.File
	var results []*record.Result
	for _, f := range d.queries { // in the suite's order
		if f.About.Grows != "" {
			queries, results = append(queries, f), append(results, d.first.Result(f.Name))
		} else if len(taken) > 0 && taken[0].Name == f.Name {
			queries, results = append(queries, taken[0]), append(results, rest.Result(f.Name))
			taken = taken[1:]
		}
	}
	rest.Results = results
	d.record, d.queries = rest, queries
	return nil
}

// toEnd makes of a step one that reports at its end, and not before, how many rows there were: while it runs that is an
// estimate.
func (d *dump) toEnd(step func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		err := step(ctx)
		if err == nil && d.tell != nil {
			total := pgdump.SumOf(d.record.Counts())
			d.tell(total, total)
		}
		return err
	}
}

// inspect reads the new archive back: every byte hashed, every block decoded, the contents listed.
func (d *dump) inspect(ctx context.Context) (err error) {
	var contents pgdump.Contents
	err = crew.Alongside(ctx,
		func(context.Context) (err error) {
			d.manifest.Archive, err = pgdump.Hash(d.target.Archive, d.Format)
			return err
		},
		func(ctx context.Context) (err error) {
			contents, err = d.Tools.Decode(ctx, d.target.Archive, d.Format)
			return err
		})
	switch {
	case err != nil:
		return fmt.Errorf("the archive that was just written cannot be read back: %w", err)
	case contents.Attver:
		return pgdump.AttverError("no other server may take it")
	}
	d.manifest.Archive.Entries = contents.Entries
	d.manifest.Roles, d.manifest.Extensions = []string{}, contents.Extensions
	roles, err := contents.ReadRoles(ctx, d.From.Connect)
	if err != nil {
		return err
	}
	for _, role := range roles {
		d.manifest.Roles = append(d.manifest.Roles, role.Name)
	}
	for _, role := range d.manifest.RoleRights {
		if role.InRows && !slices.Contains(d.manifest.Roles, role.Name) {
			d.manifest.Roles = append(d.manifest.Roles, role.Name)
		}
	}
	slices.Sort(d.manifest.Roles)
	if names := strings.Join(d.manifest.Roles, ", "); names != "" {
		d.expect(record.Expectation{What: "the roles that the archive refers to (" + names + ")",
			Reason: "they belong to the cluster: keep what pg_dumpall --globals-only writes beside the archive"})
	}
	return nil
}

// expect adds to what is left out by design.
func (d *dump) expect(expected ...record.Expectation) {
	d.manifest.Expected = append(d.manifest.Expected, expected...)
	d.outcome.Expected = d.manifest.Expected
}

// expectLost adds each row of a result that no archive holds to what is left out by design.
func (d *dump) expectLost(r *record.Result) {
	if r.About.Lost == "" {
		return
	}
	for _, row := range verdict.NamedRows(r.Columns, r.About.Keys, r.Kept) {
		d.expect(record.Expectation{Query: r.Query, Key: row.Key, What: strings.Join(row.KeyValues, " "),
			Reason: r.About.Lost})
	}
}

// digest puts the record into the manifest.
func (d *dump) digest(ctx context.Context) error {
	for i, result := range d.record.Results {
		result, err := d.asMoved(ctx, d.queries[i], result)
		if err != nil {
			return err
		}
		if result == nil { // a gap by now
			continue
		}
		d.expectLost(result)
		d.manifest.Results = append(d.manifest.Results, result)
		if d.WithRows && result.About.Rows {
			if err := d.keepTables(ctx, result); err != nil {
				return err
			}
		}
	}
	if d.record.Has("snapshot") && d.record.Has("verify_chain") {
		d.manifest.Chain, d.outcome.Pre = d.record.Chain, d.record.Chain
		d.outcome.JudgeChain(*d.record.Chain)
	}
	d.manifest.Payload = d.record.Payload
	d.outcome.JudgePayload("payload_hash", d.record.Payload)
	if d.manifest.Archive != nil {
		d.outcome.Assert("archive", true, "%d bytes, decoded whole", d.manifest.Archive.SizeBytes)
	} else {
		d.outcome.Assert("recorded", true, "%d query files were answered from one snapshot", len(d.manifest.Results))
	}
	if len(d.manifest.Results) == 0 {
		return fmt.Errorf("nothing could be recorded: %w", d.gaps[0].cause)
	}
	d.reportGaps()
	d.outcome.NotCovered = d.manifest.NotCovered
	return d.holdMoment(ctx)
}

// asMoved is one result as the manifest has it. What is outside snapshots is taken as it was before pg_dump began: in
// the archive it is the same or further on, and further on only if it has moved by now. It is nil if that cannot be
// asked any more.
func (d *dump) asMoved(ctx context.Context, f *suite.File, result *record.Result) (*record.Result, error) {
	if f.About.Grows == "" {
		return result, nil
	}
	again, taken, err := d.take(ctx, []*suite.File{f})
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	first := d.first.Result(f.Name)
	first.MoveTo(again.Results[0])
	return first, nil
}

// prepareRecord fixes the snapshot.
func (d *dump) prepareRecord(ctx context.Context) error {
	if err := d.needRights(ctx); err != nil {
		return err
	}
	if err := d.fix(ctx, func(context.Context) error { return nil }); err != nil {
		return err
	}
	// What pg_dump would leave out: it is unknown yet what this is compared with, and by which program a copy is made.
	expected, err := listExpected(ctx, d.conn, d.Server.Version, nil)
	d.expect(expected...)
	return err
}

// digestRecord puts the record into the file, with what a copy of files and WAL would lack: no other copy does.
func (d *dump) digestRecord(ctx context.Context) error {
	err := d.digest(ctx)
	if err == nil {
		d.manifest.Expected, err = moment.AppendUnlogged(ctx, d.conn, d.manifest.Expected)
	}
	return err
}

// takeRecord takes the record on the snapshot.
func (d *dump) takeRecord(ctx context.Context) error {
	if err := d.takeRest(ctx); err != nil {
		return err
	}
	losses, err := d.textLosses(ctx)
	d.expect(losses...)
	return err
}

// publish writes manifest and checksums, and gives all of them their final names.
func (d *dump) publish(context.Context) error {
	sum := sha256.New()
	if err := errors.Join(d.manifest.Write(io.MultiWriter(d.target.Manifest, sum)), d.target.Manifest.Sync()); err != nil {
		return fmt.Errorf("could not write the manifest: %w", err)
	}
	info, err := d.target.Manifest.Stat()
	if err == nil && info.Size() > maxManifest {
		err = &hint.Error{Err: fmt.Errorf("the manifest has %d bytes, and restore reads %d at most", info.Size(),
			int64(maxManifest)),
			Hint: "dump without -with-rows"}
	}
	if err != nil {
		return err
	}
	return d.target.Publish(record.SumsOf(d.manifest.Archive, filepath.Base(d.target.Out), sum.Sum(nil)))
}
