package watch

import (
	"context"
	"io/fs"
	"path/filepath"
	"sync"

	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/platform"
)

// An Archive watches how much of an archive is read, by pg_restore (on Linux only) or by this program. A nil *Archive
// watches nothing.
type Archive struct {
	Path   string
	Report func(done, total int64) // bytes of files
	mu     sync.Mutex
	own    int64         // read by this program
	read   map[int]int64 // by process id
}

// Program is called with each process that reads the archive.
func (a *Archive) Program(_ context.Context, pid int) error {
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.read == nil {
			a.read = map[int]int64{}
		}
		a.read[pid] = 0
	}
	return nil
}

// Write is called with what this program reads of a plain dump.
func (a *Archive) Write(p []byte) (int, error) {
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.own += int64(len(p))
	}
	return len(p), nil
}

// During runs do and, if Report is set, reports how much of the archive is read meanwhile, and all of it at the end.
func (a *Archive) During(do func() error) error {
	if a.Report == nil {
		return do()
	}
	size := sizeOf(a.Path)
	err := crew.Beside(pollInterval, func() {
		if done := a.done(); done > 0 {
			a.Report(min(done, size), size) // a table of contents is read more than once
		}
	}, do)
	if err == nil {
		a.Report(size, size)
	}
	return err
}

// done returns how many bytes were read so far.
func (a *Archive) done() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	done := a.own
	for pid, before := range a.read {
		a.read[pid] = max(before, platform.BytesRead(pid))
		done += a.read[pid]
	}
	return done
}

// sizeOf returns the size of a file, or of the files in a folder.
func sizeOf(path string) (size int64) {
	_ = filepath.WalkDir(path, func(_ string, file fs.DirEntry, err error) error { // reading it will fail with the reason
		if err == nil && file.Type().IsRegular() {
			if info, err := file.Info(); err == nil {
				size += info.Size()
			}
		}
		return nil
	})
	return size
}
