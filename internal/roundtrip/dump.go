package roundtrip

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

// DumpOptions say what is dumped, and how.
type DumpOptions struct {
	Suite    *suite.Suite
	Server   *cluster.Server
	Tools    *Tools
	Out      string // the archive's path; the manifest stands beside it
	Format   string // one of Formats
	Jobs     int
	DumpArgs []string // handed to pg_dump as they are
	WithRows bool     // the manifest keeps the rows of every result
	Strict   bool     // what cannot be recorded leaves no archive
	Tool     string   // name and version of this program
	Folder   string   // for the record meanwhile
	OnPhase  func(phase string)
	Timeout  time.Duration // for each wait for a lock; 0 is no bound
	// OnProgress is told about how many of the rows are dumped; nil tells nobody.
	OnProgress func(done, total int64)
	// Log is told what should be known before the work is done; nil tells no one.
	Log func(format string, args ...any)
}

// ManifestSuffix ends the name of the manifest that stands beside an archive.
const ManifestSuffix = ".manifest.json"

// Dump writes an archive of the live database and its manifest, both from one exported snapshot.
// Under the final names there are either both, checked, or neither.
func Dump(ctx context.Context, o *DumpOptions) (*Outcome, *record.Manifest, error) {
	warnings, err := judgeArguments(o.DumpArgs)
	if err != nil {
		return nil, nil, err
	}
	out, err := Target(o.Out, o.Format)
	if err != nil {
		return nil, nil, err
	}
	var phases []Phase // of attempts that were begun again
	for begun, try := time.Now(), 1; ; try++ {
		target, err := claim(out, o.Format, o.WithRows)
		if err != nil {
			return nil, nil, err
		}
		d := &dump{DumpOptions: o, target: target, outcome: &Outcome{Workload: o.Server.DSN()["dbname"], suite: o.Suite, Phases: phases},
			isLast: func() bool { return try == mostTries || time.Since(begun) > tryTime },
			manifest: &record.Manifest{FormatVersion: record.FormatVersion, Tool: o.Tool, Server: o.Server.Version.String(),
				PgDump: o.Tools.Dump.Version.String(), Suite: o.Suite.Name, SuiteSHA256: o.Suite.SHA256(), Queries: o.Suite.QueryNames(),
				Warnings: slices.Clone(warnings)}}
		err = d.story(ctx)
		if err != nil {
			err = errors.Join(err, target.abandon())
		}
		if !errors.Is(err, errAgain) {
			return d.outcome, d.manifest, err
		}
		phases = d.outcome.Phases
		if o.Log != nil {
			o.Log("begun again: %v", err)
		}
	}
}

// A dump is a dump while it happens.
type dump struct {
	*DumpOptions
	target   *target
	conn     *pgx.Conn
	snapshot string
	queries  []*suite.File
	first    *record.Record // of what stands outside snapshots, from before pg_dump begins
	record   *record.Record
	gaps     []gap                // what could not be recorded
	objects  map[objectKey]object // of the snapshot; nil before it
	isLast   func() bool          // whether there may be no other attempt
	jobs     int                  // as many of Jobs as the server has connections for
	outcome  *Outcome
	manifest *record.Manifest
	tell     func(done, total int64) // OnProgress, if there is room to look
}

func (d *dump) story(ctx context.Context) error {
	conn, err := d.Server.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	d.conn = conn
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"prepare", d.settled(d.prepare)}, {"dump and record", d.settled(d.dumpAndRecord)}, {"digest", d.digest}, {"publish", d.publish},
	} {
		if err := timed(d.outcome, step.name, d.OnPhase, func() error { return step.do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// timed does one part of a story and keeps its time.
func timed(o *Outcome, name string, onPhase func(string), do func() error) error {
	if onPhase != nil {
		onPhase(name)
	}
	start := time.Now()
	err := do()
	o.Phases = append(o.Phases, Phase{name, time.Since(start)})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// prepare fixes the snapshot, and asks what the archive would lack before it is written.
func (d *dump) prepare(ctx context.Context) (err error) {
	if err := d.needRights(ctx); err != nil {
		return err
	}
	if err := d.needConnections(ctx); err != nil {
		return err
	}
	if err := session.Prepare(ctx, d.conn, d.Suite, DefaultRows); err != nil {
		return err
	}
	// The workers of a server in service are not ours to take, and pg_dump is the one to wait for. What the record waits
	// for in vain is a gap of it.
	settings := fmt.Sprintf("set max_parallel_workers_per_gather = 0; set lock_timeout = %d", d.Timeout.Milliseconds())
	if _, err := d.conn.Exec(ctx, settings); err != nil {
		return err
	}
	d.tell = withRoom(ctx, d.conn, d.jobs, d.OnProgress)
	stop := d.tellWaiting(ctx)
	err = d.refuseLacking(ctx)
	if err == nil {
		d.snapshot, err = exportSnapshot(ctx, d.conn)
	}
	if stop(); err != nil {
		return d.explainWait(ctx, err)
	}
	if d.objects, err = listObjects(ctx, d.conn); err != nil {
		return err
	}
	d.queries, d.manifest.NotCovered, err = coveredQueries(ctx, d.conn, d.Suite, d.accept)
	if err != nil {
		return err
	}
	if len(d.queries) == 0 {
		return fmt.Errorf("%w: %s has no query file that this database can answer, so there is nothing to compare with later", suite.ErrInvalid, d.Suite.Name)
	}
	if err := d.warn(ctx); err != nil {
		return err
	}
	first, taken, err := d.take(ctx, growing(d.queries), filepath.Join(d.Folder, "first"))
	if err != nil {
		return err
	}
	d.first = first
	d.queries = slices.DeleteFunc(d.queries, func(f *suite.File) bool { return f.About.Grows != "" && !slices.Contains(taken, f) })
	return d.describe(ctx)
}

// growing are the queries over what stands outside snapshots: sequences.
func growing(queries []*suite.File) []*suite.File {
	return slices.DeleteFunc(slices.Clone(queries), func(f *suite.File) bool { return f.About.Grows == "" })
}

// dumpAndRecord runs pg_dump and, beside it, takes the record on the same snapshot. The archive is
// decoded whole as soon as it is there.
func (d *dump) dumpAndRecord(ctx context.Context) error {
	var losses []record.Expectation
	var said bytes.Buffer
	tools := d.Tools.telling(&said)
	err := alongside(ctx,
		func(ctx context.Context) error {
			// In the database's own encoding, whatever a role's default says.
			args := append([]string{"--encoding=" + d.manifest.Source.Encoding}, d.DumpArgs...)
			watch := &watch{connect: d.Server.Connect, tell: d.tell}
			if err := watch.during(ctx, func() error {
				return d.unblocked(ctx, func(ctx context.Context) error {
					return tools.dump(ctx, d.Server.DSN(), d.snapshot, d.Format, d.jobs, d.target.archive, args)
				})
			}); err != nil {
				return d.explainWait(ctx, err)
			}
			return d.inspect(ctx)
		},
		func(ctx context.Context) (err error) {
			if d.record, d.queries, err = d.take(ctx, d.queries, filepath.Join(d.Folder, "record")); err == nil {
				losses, err = d.textLosses(ctx)
			}
			return err
		})
	d.expect(losses...)
	d.manifest.Warnings = append(d.manifest.Warnings, warningsIn(said.String())...)
	if err == nil && d.tell != nil {
		total := sumOf(countsOf(d.record, d.Suite)) // no estimate any more
		d.tell(total, total)
	}
	return err
}

// inspect reads the new archive back: every byte hashed, every block decoded, the contents listed.
func (d *dump) inspect(ctx context.Context) (err error) {
	var contents Contents
	err = alongside(ctx,
		func(context.Context) (err error) {
			d.manifest.Archive, err = HashArchive(d.target.archive, d.Format)
			return err
		},
		func(ctx context.Context) (err error) {
			contents, err = d.Tools.decode(ctx, d.target.archive, d.Format)
			return err
		})
	switch {
	case err != nil:
		return fmt.Errorf("the archive that was just written cannot be read back: %w", err)
	case contents.Attver:
		return errAttver("no other server may take it")
	}
	d.manifest.Archive.Contents, d.manifest.Archive.Entries = contents.SHA256, contents.Entries
	d.manifest.Roles, d.manifest.Extensions = []string{}, contents.Extensions
	roles, err := contents.readRoles(ctx, d.Server.Connect)
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
func (d *dump) expectLost(f *suite.File) error {
	if f.About.Lost == "" {
		return nil
	}
	lost, err := d.record.NamedRows(f.Name, f.About.Keys)
	for _, row := range lost {
		d.expect(record.Expectation{Query: f.Name, Key: row.Key, What: strings.Join(row.KeyValues, " "), Reason: f.About.Lost})
	}
	return err
}

// digest turns the record into what the manifest keeps of it.
func (d *dump) digest(ctx context.Context) error {
	for i, result := range d.record.Results {
		digest, err := d.digestOf(ctx, d.queries[i], result)
		if err != nil {
			return err
		}
		if digest == nil { // a gap by now
			continue
		}
		digest.QuerySHA256, digest.Skipped = d.queries[i].SHA256(), d.queries[i].Skipped
		if err := d.expectLost(d.queries[i]); err != nil {
			return err
		}
		d.manifest.Results = append(d.manifest.Results, digest)
		if listing := d.queries[i]; d.WithRows && listing.About.Rows {
			if err := d.keepRows(ctx, listing.Name, filepath.Join(d.Folder, "rows", strconv.Itoa(i))); err != nil {
				return err
			}
		}
	}
	if d.record.Has("snapshot") && d.record.Has("verify_chain") {
		d.manifest.Chain, d.outcome.Pre = &d.record.Snapshot, &d.record.Snapshot
		d.outcome.assertSource(d.record.Snapshot)
		d.outcome.assertHashes("payload_hash", d.record)
	}
	d.outcome.assert("archive", true, "%d bytes, decoded whole", d.manifest.Archive.SizeBytes)
	if len(d.manifest.Results) == 0 {
		return fmt.Errorf("nothing could be recorded: %w", d.gaps[0].cause)
	}
	d.reportGaps()
	d.outcome.NotCovered = d.manifest.NotCovered
	return nil
}

// digestOf digests one result. What stands outside snapshots is digested as it was before pg_dump
// began: in the archive it is the same or further on, and further on only if it has moved by now. It is nil if that cannot
// be asked any more.
func (d *dump) digestOf(ctx context.Context, f *suite.File, result record.Result) (*record.Digest, error) {
	keep := d.WithRows || f.About.Keeps
	column := f.About.Grows
	if column == "" {
		return d.record.Digest(result, keep)
	}
	at := slices.IndexFunc(d.first.Results, func(r record.Result) bool { return r.Query == f.Name })
	first, err := d.first.Digest(d.first.Results[at], keep)
	if err != nil {
		return nil, err
	}
	again, taken, err := d.take(ctx, []*suite.File{f}, filepath.Join(d.Folder, "again"))
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	last, err := again.Digest(again.Results[0], keep)
	if err != nil {
		return nil, err
	}
	first.MoveTo(last, column)
	return first, nil
}

// publish writes the manifest and gives both their final names.
func (d *dump) publish(context.Context) error {
	if err := errors.Join(d.manifest.Write(d.target.manifest), d.target.manifest.Sync()); err != nil {
		return fmt.Errorf("could not write the manifest: %w", err)
	}
	info, err := d.target.manifest.Stat()
	if err == nil && info.Size() > maxManifest {
		err = &hint.Error{Err: fmt.Errorf("the manifest has %d bytes, and restore reads %d at most", info.Size(), int64(maxManifest)),
			Hint: "dump without -with-rows"}
	}
	if err != nil {
		return err
	}
	return d.target.publish()
}
