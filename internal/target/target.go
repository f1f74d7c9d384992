// Package target holds the names under which a dump appears: all of its files at once, or none.
package target

import (
	"errors"
	"fmt"
	"os"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
)

// Files are the pair of temporary files that a dump writes and that get their final names together. The
// Manifest's is locked for as long as the dump runs, so that of two dumps to one name the second is refused.
type Files struct {
	Out      string
	Archive  string // temporary, next to out
	Manifest *safefile.Part
	final    string // the manifest's path
}

// Claim makes the temporary files of out, the archive's empty, and removes what killed runs left there. Both are
// made before pg_dump writes: it would follow a link, and create a file that others may read.
func Claim(out, format string, withRows bool) (*Files, error) {
	final, err := safefile.Writable(out + record.ManifestSuffix)
	if err != nil {
		return nil, err
	}
	perm := safefile.Public
	if withRows {
		perm = safefile.Private
	}
	t := &Files{Out: out, final: final}
	if t.Manifest, err = safefile.Begin(final, perm); err != nil {
		return nil, fmt.Errorf("cannot write the manifest: %w", err)
	}
	err = t.Manifest.Sweep(func(id string) error { return os.RemoveAll(safefile.PartName(out, id)) })
	switch {
	case errors.Is(err, safefile.ErrBusy):
		return nil, errors.Join(fmt.Errorf("another pgroundtrip dump is writing %s", out), t.Manifest.Discard())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("could not remove what a killed run left: %w", err), t.Manifest.Discard())
	}
	archive := safefile.PartName(out, t.Manifest.ID)
	if format == "directory" {
		err = os.Mkdir(archive, 0o700)
	} else {
		err = safefile.Create(archive)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write the archive: %w", err), t.Manifest.Discard())
	}
	t.Archive = archive
	return t, nil
}

// Publish gives the files their final names. It is the only step that can leave something, and then the manifest
// and the checksums alone, which prove nothing without the archive.
func (t *Files) Publish(sums []byte) error {
	path, err := safefile.Writable(t.Out + record.SumsSuffix)
	if err != nil {
		return err
	}
	if err := safefile.Write(path, sums, safefile.Public); err != nil {
		return fmt.Errorf("cannot write the checksums: %w", err)
	}
	if err := t.Manifest.Publish(); err != nil { // synced: nothing to lose
		return errors.Join(err, os.Remove(path))
	}
	if err := os.Rename(t.Archive, t.Out); err != nil {
		return errors.Join(err, os.Remove(t.final), os.Remove(path))
	}
	return nil
}

// Abandon removes both files.
func (t *Files) Abandon() error {
	return errors.Join(os.RemoveAll(t.Archive), t.Manifest.Discard())
}
