package roundtrip

import (
	"context"
	"errors"
	"slices"

	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

// Dump writes an archive of the live database and its manifest, both from one exported snapshot.
// Under the final names there are either both, checked, or neither.
func Dump(ctx context.Context, o *DumpOptions) (*verdict.Report, *record.Record, error) {
	warnings, err := pgdump.JudgeDumpArguments(o.DumpArgs)
	if err != nil {
		return nil, nil, err
	}
	out, err := safefile.Target(o.Out, o.Format)
	if err != nil {
		return nil, nil, err
	}
	return attempts(o, func(r *dump) error {
		r.manifest.PgDump, r.manifest.Warnings = o.Tools.Dump.Version.String(), slices.Clone(warnings)
		if r.target, err = pgdump.Claim(out, o.Format, o.WithRows); err != nil {
			return err
		}
		err := r.each(ctx,
			phase.Part{Name: "prepare", Do: r.settled(r.prepare)},
			phase.Part{Name: "dump and record", Do: r.toEnd(r.settled(r.dumpAndRecord))},
			phase.Part{Name: "digest", Do: r.digest},
			phase.Part{Name: "publish", Do: r.publish})
		if err != nil {
			err = errors.Join(err, r.target.Abandon())
		}
		return err
	})
}
