// Package tempdir makes temporary folders that do not survive their run for long: if a run is killed (SIGKILL, power
// failure), the next run removes what it left. Such a folder can hold a whole copy of somebody's database.
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

// A folder is a leftover if its name has this program's form, it holds a marker file, and no process holds the lock
// on the marker. The lock is released when the process ends, however it ends. A run never reuses an existing folder,
// so removing leftovers cannot race with a live run. On a file system without locks nothing is ever considered a
// leftover.

// Prefix begins the names of this program's folders.
const Prefix = "pgroundtrip-"

// marker is the file in each folder whose lock shows that the owner is alive.
const marker = ".pgroundtrip"

// A Dir is a temporary folder of this run.
type Dir struct {
	Path string
	lock *os.File
}

// Make makes a folder below parent ("" means the system's temporary folder). Its name is prefix and a random number,
// and only this user may enter it. Folders of the same prefix that killed runs left there are removed first and
// reported to log.
func Make(parent, prefix string, log io.Writer) (*Dir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	for _, path := range Sweep(parent, prefix) {
		fmt.Fprintf(log, "removed %s, which a killed run left behind\n", path)
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
		// Another run may see the marker before it is locked here, and be about to remove the folder.
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

// Remove removes the folder and its contents.
func (d *Dir) Remove() error {
	return errors.Join(os.RemoveAll(d.Path), d.lock.Close())
}

// Sweep removes the folders below parent ("" means the system's temporary folder) that killed runs left and whose
// names are prefix and a number, and returns their paths. Folders that cannot be removed are left for the next run.
func Sweep(parent, prefix string) (removed []string) {
	if parent == "" {
		parent = os.TempDir()
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil // making a folder there fails with the same error
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

// isOurs reports whether the folder belongs to this user. As root, every folder does: the server of a throw-away
// cluster runs as another user.
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
