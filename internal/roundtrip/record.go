package roundtrip

import (
	"context"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
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
	Standbys []cluster.Options // that read pieces too, paused where Server is
	Resume   *take.Resume      // where an interrupted run goes on; nil is nowhere
	// OnProgress is called with how many of the bytes are read; it may be nil.
	OnProgress func(done, total int64)
	MaxAge     time.Duration // of the snapshot: then the run ends; 0 is no bound
	Log        func(format string, args ...any)
}

// Record takes the record of a live database, read-only, from one snapshot: all that a manifest has, without an
// archive.
func Record(ctx context.Context, o *RecordOptions) (*verdict.Report, *record.Record, error) {
	options := &origin.Options{Suite: o.Suite.WithCluster(), Server: o.Server, WithRows: o.WithRows, Strict: o.Strict,
		Tool: o.Tool, OnPhase: o.OnPhase, Timeout: o.Timeout, MaxAge: o.MaxAge, Log: o.Log, Jobs: max(1, o.Jobs),
		Moment: o.Moment, Standbys: o.Standbys, Resume: o.Resume, OnProgress: o.OnProgress}
	report, taken, err := origin.Attempts(options, func(r *origin.Reading) error {
		return o.Moment.Pause.While(ctx, r.From.Connect, func() error {
			return r.Each(ctx,
				phase.Part{Name: "prepare", Do: r.Settled(r.PrepareRecord)},
				phase.Part{Name: "record", Do: r.Settled(r.TakeRecord)},
				phase.Part{Name: "digest", Do: r.DigestRecord})
		})
	})
	return report, taken, o.Resume.Advise(err)
}
