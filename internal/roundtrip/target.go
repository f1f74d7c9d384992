package roundtrip

import (
	"errors"
	"fmt"
	"os"

	"pgroundtrip/internal/safefile"
)

// A target is the pair of temporary files that a dump writes and that get their final names together. The
// manifest's is locked for as long as the dump runs, so that of two dumps to one name the second is refused.
type target struct {
	out      string
	archive  string // temporary, next to out
	manifest *safefile.Part
	final    string // the manifest's path
}

// claim makes the temporary files of out, the archive's empty, and removes what killed runs left there. Both are
// made before pg_dump writes: it would follow a link, and create a file that others may read.
func claim(out, format string, withRows bool) (*target, error) {
	final, err := writable(out + ManifestSuffix)
	if err != nil {
		return nil, err
	}
	perm := safefile.Public
	if withRows {
		perm = safefile.Private
	}
	t := &target{out: out, final: final}
	if t.manifest, err = safefile.Begin(final, perm); err != nil {
		return nil, fmt.Errorf("cannot write the manifest: %w", err)
	}
	err = t.manifest.Sweep(func(id string) error { return os.RemoveAll(safefile.PartName(out, id)) })
	switch {
	case errors.Is(err, safefile.ErrBusy):
		return nil, errors.Join(fmt.Errorf("another pgroundtrip dump is writing %s", out), t.manifest.Discard())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("could not remove what a killed run left behind: %w", err), t.manifest.Discard())
	}
	archive := safefile.PartName(out, t.manifest.ID)
	if format == "directory" {
		err = os.Mkdir(archive, 0o700)
	} else {
		err = safefile.Create(archive)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cannot write the archive: %w", err), t.manifest.Discard())
	}
	t.archive = archive
	return t, nil
}

// publish gives the files their final names. It is the only step that can leave something behind, and then the manifest
// and the checksums alone, which prove nothing without the archive.
func (t *target) publish(sums []byte) error {
	path, err := writable(t.out + SumsSuffix)
	if err != nil {
		return err
	}
	if err := safefile.Write(path, sums, safefile.Public); err != nil {
		return fmt.Errorf("cannot write the checksums: %w", err)
	}
	if err := t.manifest.Publish(); err != nil { // synced: nothing to lose
		return errors.Join(err, os.Remove(path))
	}
	if err := os.Rename(t.archive, t.out); err != nil {
		return errors.Join(err, os.Remove(t.final), os.Remove(path))
	}
	return nil
}

// abandon removes both files.
func (t *target) abandon() error {
	return errors.Join(os.RemoveAll(t.archive), t.manifest.Discard())
}
