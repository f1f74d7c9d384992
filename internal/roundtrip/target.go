package roundtrip

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// A target is the pair of temporary files that a dump writes and that get their final names
// together. The manifest's is locked for as long as the dump runs, so that two dumps never share
// them, and what a killed run left there is known to be nobody's.
type target struct {
	out      string
	archive  string   // temporary, next to out
	manifest *os.File // temporary, next to final
	final    string   // the manifest's path
}

const partSuffix = ".part"

// claim makes the temporary files of out this run's own and removes what a killed run left in them.
func claim(out string) (*target, error) {
	final, err := writable(out + ManifestSuffix)
	if err != nil {
		return nil, err
	}
	path := final + partSuffix
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, fmt.Errorf("cannot write the manifest: %w", err)
		}
		// A file system that knows no locks is no reason not to make a backup.
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("another pgroundtrip dump is writing %s", out), file.Close())
		}
		// Another run may have renamed or removed it between open and lock.
		if !isAt(file, path) {
			file.Close() // nothing was written
			continue
		}
		t := &target{out: out, final: final, archive: out + partSuffix, manifest: file}
		if err := errors.Join(file.Truncate(0), os.RemoveAll(t.archive)); err != nil {
			return nil, errors.Join(fmt.Errorf("could not remove what a killed run left behind: %w", err), file.Close())
		}
		return t, nil
	}
}

// isAt says whether the open file is the one that path names.
func isAt(file *os.File, path string) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(opened, there)
}

// publish gives both files their final names. It is the only step that can leave something behind,
// and then the manifest alone, which proves nothing without its archive.
func (t *target) publish() error {
	if err := os.Rename(t.manifest.Name(), t.final); err != nil {
		return err
	}
	if err := os.Rename(t.archive, t.out); err != nil {
		return errors.Join(err, os.Remove(t.final))
	}
	t.manifest.Close() // synced: nothing to lose
	return nil
}

// abandon removes both files.
func (t *target) abandon() error {
	return errors.Join(os.RemoveAll(t.archive), removeIfThere(t.manifest.Name()), t.manifest.Close())
}
