package roundtrip

import (
	"context"
	"errors"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/verdict"
)

// Restore restores an archive into a scratch database, takes the record of the copy and compares it with the
// manifest. It adds to the report that Inspect began, and sets its Err if there is no verdict. It returns the record of
// the copy, or nil if none could be taken.
func Restore(ctx context.Context, o *drill.Options, report *verdict.Report) *record.Record {
	r := drill.New(o, report)
	report.Err = restoreAndCompare(ctx, r)
	return r.Record
}

func restoreAndCompare(ctx context.Context, r *drill.Drill) (err error) {
	limited, end := drill.Limited(ctx, r.Limit)
	if err := phase.Do(r.Report, "prepare", r.OnPhase, func() error { return r.Prepare(limited) }); err != nil {
		return end(err)
	}
	defer func() { err = errors.Join(err, r.Leave(ctx, err)) }()
	defer func() { err = end(err) }()
	parts := []phase.Part{{Name: "restore", Do: r.Fill}, {Name: "record after", Do: r.TakeRecord},
		{Name: "compare", Do: r.Compare}}
	if r.Twice {
		parts = append(parts, phase.Part{Name: "second round", Do: r.SecondRound})
	}
	return phase.Each(limited, r.Report, r.OnPhase, parts...)
}
