// Package target publishes the files of a dump under their final names: all of them together, or none.
package target

import (
	"errors"
	"fmt"
	"os"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
)

// Files are the two temporary files of a dump, which get their final names together. The manifest's is locked while
// the dump runs, so that a second dump to the same name is refused.
type Files struct {
	Out      string
	Archive  string // temporary, next to out
	Manifest *safefile.Part
	final    string // path of the manifest
}

// Claim creates the empty temporary files of out and removes those that killed runs left. Both are created before
// pg_dump writes: pg_dump would follow a link, and create a file that others may read.
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

// Publish gives the files their final names. It is the only step that, if killed, can leave a final name behind, and
// then only the manifest and the checksums, which prove nothing without the archive.
func (t *Files) Publish(sums []byte) error {
	path, err := safefile.Writable(t.Out + record.SumsSuffix)
	if err != nil {
		return err
	}
	if err := safefile.Write(path, sums, safefile.Public); err != nil {
		return fmt.Errorf("cannot write the checksums: %w", err)
	}
	if err := t.Manifest.Publish(); err != nil { // the caller has synced it
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
