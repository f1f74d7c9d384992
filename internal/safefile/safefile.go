// Package safefile hides how files are made and read in folders where somebody else may write too: no link is
// followed, nothing that is there already is written to, and nothing but a regular file is read.
package safefile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"pgroundtrip/internal/platform"
)

// Permissions of what is written, less the umask.
const (
	Private fs.FileMode = 0o600 // what holds rows
	Public  fs.FileMode = 0o644
)

// partSuffix ends the name of a file that is not whole yet: its final name, a point and 16 hex digits come first.
const partSuffix = ".part"

// A Part is a file that is being written, under a random name beside its final one. It is locked for as long as
// the process lives, so that what a killed run left can be told from what another run is writing.
type Part struct {
	*os.File
	ID    string // the random part of its name
	final string
}

// Begin makes the file that Publish will give the name path. It is empty and this user's own.
func Begin(path string, perm fs.FileMode) (*Part, error) {
	random := make([]byte, 8)
	rand.Read(random) // never fails (crypto/rand)
	p := &Part{ID: hex.EncodeToString(random), final: path}
	var err error
	const isNew = os.O_RDWR | os.O_CREATE | os.O_EXCL | platform.NoFollow
	if p.File, err = os.OpenFile(PartName(path, p.ID), isNew, perm); err != nil {
		return nil, err
	}
	// No one knows the name yet. A file system that knows no locks has no leftovers that can be told.
	_ = platform.Lock(p.File)
	return p, nil
}

// PartName is the temporary name of a file whose final name is path, in the run that made the Part of that ID.
func PartName(path, id string) string { return path + "." + id + partSuffix }

// Create makes an empty file that this user alone may read, for a program that writes to it by name.
func Create(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|platform.NoFollow, Private)
	if err != nil {
		return err
	}
	return file.Close()
}

// Publish gives the file its final name, whatever has it now, and closes it.
func (p *Part) Publish() error {
	return errors.Join(os.Rename(p.Name(), p.final), p.Close())
}

// Discard removes the file.
func (p *Part) Discard() error {
	err := p.Close()
	if errors.Is(err, fs.ErrClosed) { // published, and no longer wanted
		err = nil
	}
	return errors.Join(removeIfThere(p.Name()), err)
}

// ErrBusy marks a file that another run is writing at this moment.
var ErrBusy = errors.New("another run is writing it")

// Sweep removes the parts of the same final name that killed runs left, and calls remove with the ID of
// each. Those of other users, and what is no regular file, are left alone. ErrBusy is a part that a run holds.
func (p *Part) Sweep(remove func(id string) error) error {
	dir, base := filepath.Dir(p.final), filepath.Base(p.final)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		id := strings.TrimSuffix(strings.TrimPrefix(e.Name(), base+"."), partSuffix)
		if e.Name() != PartName(base, id) || id == p.ID || len(id) != len(p.ID) ||
			strings.Trim(id, "0123456789abcdef") != "" {
			continue
		}
		if err := removeLeftover(filepath.Join(dir, e.Name()), func() error { return remove(id) }); err != nil {
			return err
		}
	}
	return nil
}

// removeLeftover removes a part that is this user's and that no run holds, after what belongs to it.
func removeLeftover(path string, before func() error) error {
	file, err := os.OpenFile(path, os.O_RDWR|platform.NoFollow|platform.NonBlock, 0)
	if err != nil {
		return nil // a link, another user's, or gone meanwhile
	}
	defer file.Close() // nothing was written
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || !isOwn(info) {
		return nil
	}
	switch err := platform.Lock(file); {
	case errors.Is(err, platform.ErrLocked):
		return ErrBusy
	case err != nil:
		return nil // no locks here: nothing is known to be left over
	}
	return errors.Join(before(), removeIfThere(path))
}

// Write writes a whole file: under its name is what was there before, or all of data.
func Write(path string, data []byte, perm fs.FileMode) error {
	p, err := Begin(path, perm)
	if err != nil {
		return err
	}
	_ = p.Sweep(func(string) error { return nil }) // what is left over does no harm
	if _, err := p.File.Write(data); err != nil {
		return errors.Join(err, p.Discard())
	}
	return p.Publish()
}

// ErrKind marks what is not a file to read: a device, a pipe, a file that is too large.
var ErrKind = errors.New("not a file that can be read here")

// Open opens a regular file of at most limit bytes (0: of any size) for reading. A link is followed; a device or a
// pipe, which could be without end, is refused, and not waited for.
func Open(path string, limit int64) (*os.File, error) {
	return open(path, limit, 0)
}

// OpenOwn is Open for a file that only this user can have written: no link, its owner is this user, and
// neither the group nor others may write to it.
func OpenOwn(path string, limit int64) (*os.File, error) {
	file, err := open(path, limit, platform.NoFollow)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s is %w: it is a symbolic link", path, ErrKind)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !isOwn(info):
		err = fmt.Errorf("%s is %w: it belongs to another user", path, ErrKind)
	case info.Mode().Perm()&0o022 != 0:
		err = fmt.Errorf("%s is %w: others may write to it (its mode is %04o)", path, ErrKind, info.Mode().Perm())
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func open(path string, limit int64, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|platform.NonBlock|flags, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = fmt.Errorf("%s is %w: it is a folder", path, ErrKind)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%s is %w: it is a device, a pipe or a socket", path, ErrKind)
	case limit > 0 && info.Size() > limit:
		err = fmt.Errorf("%s is %w: it has %d bytes, more than %d", path, ErrKind, info.Size(), limit)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func isOwn(info fs.FileInfo) bool { return platform.Owner(info) == os.Geteuid() }

func removeIfThere(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
