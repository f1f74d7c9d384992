package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/detect"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/toc"
	"pgroundtrip/internal/verdict"
)

// Inspect reads an archive before any server is touched: its format, every byte if there is a manifest, then its
// contents, with the newest pg_restore installed. A difference from the manifest is a failed check in the report; an
// archive that cannot be decoded is an error that wraps ErrArchive.
func Inspect(ctx context.Context, finder pgtool.Finder, archive string, m *record.Record) (format string,
	c pgdump.Contents, o *verdict.Report, err error) {
	restore, missing := finder.Newest(ctx, "pg_restore")
	return inspect(ctx, &pgdump.Tools{Restore: restore, Env: pgtool.CleanEnv(finder.Env)}, archive, m, missing)
}

// inspect is Inspect with the pg_restore of t. missing is why there is none; a plain dump needs none.
func inspect(ctx context.Context, t *pgdump.Tools, archive string, m *record.Record, missing error) (format string,
	c pgdump.Contents, o *verdict.Report, err error) {
	o = &verdict.Report{Workload: filepath.Base(archive)}
	start := time.Now()
	defer func() {
		o.Phases = append(o.Phases, verdict.Phase{Name: "inspect", Seconds: time.Since(start).Seconds()})
	}()
	if format, err = detect.Format(archive); err != nil {
		return "", c, o, err
	}
	if format != "plain" && missing != nil {
		return format, c, o, missing
	}
	if m != nil && m.Unsealed != "" {
		o.Note("there is no %s: whether the manifest is as it was written is not known", m.Unsealed)
	}
	stamp := toc.StampOf(archive)
	c, got, difference, err := hashAndDecode(ctx, t, archive, format, m)
	c.Stamp = stamp
	if changed := stamp.Check(archive); changed != nil {
		return format, c, o, errors.Join(changed, err)
	}
	switch {
	case difference != "":
		o.Assert("archive", false, "%s is not the archive of the manifest: %s", filepath.Base(archive),
			difference)
		return format, c, o, nil
	case m != nil && got != nil:
		o.Assert("archive", true, "%d bytes, SHA-256 as in the manifest", got.SizeBytes)
	}
	if err != nil {
		return format, c, o, err
	}
	if format != "plain" && t.Restore.Version.Major < c.Dump.Major {
		return format, c, o, hint.With(fmt.Errorf("pg_restore %s is older than the pg_dump %s that wrote the archive, "+
			"and may not restore all of it", t.Restore.Version, c.Dump),
			pgtool.Install(c.Dump.Major))
	}
	if m != nil && format != "plain" && m.Archive.Entries != c.Entries {
		o.Assert("contents", false, "%d entries in the table of contents, %d in the manifest", c.Entries, m.Archive.Entries)
	} else if m != nil {
		o.Assert("contents", true, "%d entries in the table of contents", c.Entries)
	}
	return format, c, o, nil
}

// hashAndDecode reads the archive twice at the same time: for its SHA-256 if there is a manifest, and for its
// contents. Without a manifest it also decodes every block of rows, as a restore would; with one, the dump has
// already decoded the same bytes. difference says how the archive differs from the manifest; if it does, the contents
// do not matter.
func hashAndDecode(ctx context.Context, t *pgdump.Tools, archive, format string, m *record.Record) (c pgdump.Contents,
	got *record.Archive, difference string, err error) {
	err = crew.Alongside(ctx,
		func(context.Context) (err error) {
			if m == nil {
				return nil
			}
			if got, err = pgdump.Hash(archive, format); err != nil {
				return err
			}
			if difference = pgdump.Difference(m.Archive, got); difference != "" {
				return pgdump.ErrArchive
			}
			return nil
		},
		func(ctx context.Context) (err error) { c, err = t.Decode(ctx, archive, format, m != nil); return err })
	return c, got, difference, err
}
