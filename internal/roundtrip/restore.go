package roundtrip

import (
	"context"
	"errors"

	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/verdict"
)

// Restore restores an archive into a scratch database, takes the record and compares it with the
// manifest. o is the report that Inspect began. It returns the record of the copy, nil if none could be taken.
func Restore(ctx context.Context, options *RestoreOptions, o *verdict.Report) *record.Record {
	r := newRestore(options, o)
	o.Err = restoreAndCompare(ctx, r)
	return r.record
}

func restoreAndCompare(ctx context.Context, r *restore) (err error) {
	if err := phase.Do(r.outcome, "prepare", r.OnPhase, func() error { return r.prepare(ctx) }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.leave(ctx, err)) }()
	limited, end := r.limited(ctx)
	defer func() { err = end(err) }()
	parts := []phase.Part{{Name: "restore", Do: r.fill}, {Name: "record after", Do: r.takeRecord},
		{Name: "compare", Do: r.compare}}
	if r.Twice {
		parts = append(parts, phase.Part{Name: "second round", Do: r.secondRound})
	}
	return phase.Each(limited, r.outcome, r.OnPhase, parts...)
}
