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

// RecordOptions of Record.
type RecordOptions struct {
	Suite    *suite.Suite
	Server   *cluster.Server
	Jobs     int    // connections that share one snapshot
	WithRows bool   // keep the rows of every result, and of every table
	Strict   bool   // a query that cannot be recorded is an error
	Tool     string // name and version of this program
	OnPhase  func(phase string)
	Timeout  time.Duration // for each wait for a lock; 0 means no limit
	Moment   moment.How
	Standbys []cluster.Options // paused at the moment of Server; they read pieces too
	Resume   *take.Resume      // file of an interrupted run to continue; may be nil
	// OnProgress is called with the number of bytes read; may be nil.
	OnProgress func(done, total int64)
	MaxAge     time.Duration // of the snapshot: an older one ends the run; 0 means no limit
	Log        func(format string, args ...any)
}

// Record takes the record of a live database, read-only, from one snapshot: everything a manifest has except the
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
