package roundtrip

import (
	"context"
	"errors"
	"slices"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/target"
	"pgroundtrip/internal/verdict"
)

// Dump writes an archive of the live database and its manifest, both from one exported snapshot. Either both files
// appear under their final names, checked, or neither does.
func Dump(ctx context.Context, o *origin.Options) (*verdict.Report, *record.Record, error) {
	warnings, err := arguments.JudgeDump(o.DumpArgs)
	if err != nil {
		return nil, nil, err
	}
	out, err := safefile.Target(o.Out, o.Format)
	if err != nil {
		return nil, nil, err
	}
	return origin.Attempts(o, func(r *origin.Reading) error {
		r.Manifest.PgDump, r.Manifest.Warnings = o.Tools.Dump.Version.String(), slices.Clone(warnings)
		if r.Target, err = target.Claim(out, o.Format, o.WithRows); err != nil {
			return err
		}
		err := r.Each(ctx,
			phase.Part{Name: "prepare", Do: r.Settled(r.Prepare)},
			phase.Part{Name: "dump and record", Do: r.Settled(r.DumpAndRecord)},
			phase.Part{Name: "digest", Do: r.Digest},
			phase.Part{Name: "publish", Do: r.Publish})
		if err != nil {
			err = errors.Join(err, r.Target.Abandon())
		}
		return err
	})
}
