package roundtrip

import (
	"context"

	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/verdict"
)

// RecordOptions of Record: those of a reading without an archive.
type RecordOptions = origin.Options

// Record takes the record of a live database, read-only, from one snapshot: everything a manifest has except the
// archive.
func Record(ctx context.Context, o *RecordOptions) (*verdict.Report, *record.Record, error) {
	options := *o
	options.Suite, options.Jobs = o.Suite.WithCluster(), max(1, o.Jobs)
	report, taken, err := origin.Attempts(&options, func(r *origin.Reading) error {
		return o.Moment.Pause.While(ctx, r.From.Connect, func() error {
			return r.Each(ctx,
				phase.Part{Name: "prepare", Do: r.Settled(r.PrepareRecord)},
				phase.Part{Name: "record", Do: r.Settled(r.TakeRecord)},
				phase.Part{Name: "digest", Do: r.DigestRecord})
		})
	})
	return report, taken, o.Resume.Advise(err)
}
