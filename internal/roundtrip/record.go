package roundtrip

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// RecordOptions say what is recorded, and how.
type RecordOptions struct {
	Suite    *suite.Suite
	Server   *cluster.Server
	Jobs     int    // connections, which share one snapshot
	WithRows bool   // the record keeps the rows of every result, and of every table
	Strict   bool   // what cannot be recorded is an error
	Tool     string // name and version of this program
	OnPhase  func(phase string)
	Timeout  time.Duration // for each wait for a lock; 0 is no bound
	Moment   moment.How
	MaxAge   time.Duration // of the snapshot: then the run ends; 0 is no bound
	Log      func(format string, args ...any)
}

// Record takes the record of a live database, read-only, from one snapshot: all that a manifest has, without an
// archive.
func Record(ctx context.Context, o *RecordOptions) (*verdict.Report, *record.Record, error) {
	return attempts(&DumpOptions{Suite: o.Suite.WithCluster(), Server: o.Server, WithRows: o.WithRows, Strict: o.Strict,
		Tool: o.Tool, OnPhase: o.OnPhase,
		Timeout: o.Timeout, MaxAge: o.MaxAge, Log: o.Log, Jobs: max(1, o.Jobs), Moment: o.Moment}, func(d *dump) error {
		return o.Moment.Pause.While(ctx, d.From.Connect, func() error {
			return d.story(ctx, []step{{"prepare", d.settled(d.prepareRecord)}, {"record", d.settled(d.takeRecord)},
				{"digest", d.digestRecord}})
		})
	})
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

// WriteRecord writes a record to a file, and its checksum beside it.
func WriteRecord(r *record.Record, path string, withRows bool) (err error) {
	if path, err = safefile.Writable(path); err != nil {
		return err
	}
	sums, err := safefile.Writable(record.SumsBeside(path))
	if err != nil {
		return err
	}
	perm := safefile.Public
	if withRows {
		perm = safefile.Private
	}
	part, err := safefile.Begin(path, perm)
	if err != nil {
		return fmt.Errorf("cannot write the record: %w", err)
	}
	sum := sha256.New()
	if err := errors.Join(r.Write(io.MultiWriter(part, sum)), part.Sync()); err != nil {
		return errors.Join(fmt.Errorf("could not write the record: %w", err), part.Discard())
	}
	line := record.SumLine(fmt.Sprintf("%x", sum.Sum(nil)), filepath.Base(path))
	if err := safefile.Write(sums, []byte(line), safefile.Public); err != nil {
		return errors.Join(fmt.Errorf("cannot write the checksum: %w", err), part.Discard())
	}
	return part.Publish()
}
