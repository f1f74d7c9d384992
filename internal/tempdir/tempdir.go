// Package tempdir hides how a temporary folder is made that does not outlive its run for long: what a
// run leaves when it is killed (SIGKILL, power), the next one removes. It can be a whole copy
// of somebody's database.
package tempdir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/platform"
)

// A folder is left over if it has such a name, holds a marker, and no one holds the marker's lock. The
// lock is a run's own for as long as it lives: it goes with the process, however that ends. No run
// ever takes up a folder that is there already, so there is no race with a run that is alive. Where
// the file system knows no locks, nothing is ever taken for left over.

// Prefix begins the names of this program's folders.
const Prefix = "pgroundtrip-"

// marker is the file in a folder that names its owner.
const marker = ".pgroundtrip"

// A Dir is a temporary folder of this run.
type Dir struct {
	Path string
	lock *os.File
}

// Make makes a folder below parent ("" is the system's own), its name prefix and a random number, that
// this user alone may enter. Those of the same prefix that killed runs left there are removed first,
// and named to log.
func Make(parent, prefix string, log io.Writer) (*Dir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	for _, path := range Sweep(parent, prefix) {
		fmt.Fprintf(log, "removed %s, which a run that was killed left behind\n", path)
	}
	for {
		path, err := os.MkdirTemp(parent, prefix)
		if err != nil {
			return nil, fmt.Errorf("could not make a temporary folder: %w", err)
		}
		lock, err := os.OpenFile(filepath.Join(path, marker), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("could not make a temporary folder: %w", err), os.Remove(path))
		}
		// Another run may look just now, before the lock is there, and be about to remove it.
		if err := platform.Lock(lock); errors.Is(err, platform.ErrLocked) {
			lock.Close() // nothing was written
			continue
		}
		if _, err := os.Lstat(lock.Name()); errors.Is(err, fs.ErrNotExist) {
			lock.Close()
			continue
		}
		return &Dir{Path: path, lock: lock}, nil
	}
}

// Remove removes the folder and all that is in it.
func (d *Dir) Remove() error {
	return errors.Join(os.RemoveAll(d.Path), d.lock.Close())
}

// Sweep removes the folders of killed runs below parent ("" is the system's own) whose names are prefix and a number,
// and returns their paths. What it cannot remove is left for the next run.
func Sweep(parent, prefix string) (removed []string) {
	if parent == "" {
		parent = os.TempDir()
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil // making a folder there meets the same error
	}
	for _, e := range entries {
		path := filepath.Join(parent, e.Name())
		number, hasPrefix := strings.CutPrefix(e.Name(), prefix)
		if hasPrefix && strings.Trim(number, "0123456789") == "" && e.IsDir() && isOurs(path) && removeLeftover(path) {
			removed = append(removed, path)
		}
	}
	return removed
}

// isOurs reports whether the folder belongs to this user. To root every user's does: the server of a
// throw-away cluster runs as another one.
func isOurs(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	return os.Geteuid() == 0 || platform.Owner(info) == os.Geteuid()
}

func removeLeftover(path string) bool {
	lock, err := os.OpenFile(filepath.Join(path, marker), os.O_RDWR|platform.NoFollow, 0)
	if err != nil {
		return false
	}
	defer lock.Close() // nothing was written
	return platform.Lock(lock) == nil && os.RemoveAll(path) == nil
}
