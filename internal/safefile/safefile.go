// Package safefile creates and reads files in folders where others may write too. It follows no links, never writes
// to a file that already exists, and reads only regular files.
package safefile

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
)

// Permissions of written files, before the umask.
const (
	Private fs.FileMode = 0o600 // for files that hold rows
	Public  fs.FileMode = 0o644
)

// partSuffix ends the name of an unfinished file: final name, a dot, 16 hex digits, partSuffix.
const partSuffix = ".part"

// A Part is a file that is being written, under a random name beside its final one. It is locked while the process
// lives, which distinguishes it from a leftover of a killed run.
type Part struct {
	*os.File
	ID    string // the random part of its name
	final string
}

// Begin creates the file that Publish will rename to path. It is empty and owned by this user.
func Begin(path string, perm fs.FileMode) (*Part, error) {
	random := make([]byte, 8)
	rand.Read(random) // never fails (crypto/rand)
	p := &Part{ID: hex.EncodeToString(random), final: path}
	var err error
	const isNew = os.O_RDWR | os.O_CREATE | os.O_EXCL | platform.NoFollow
	if p.File, err = os.OpenFile(PartName(path, p.ID), isNew, perm); err != nil {
		return nil, err
	}
	// No one else knows the name yet, so only a file system without locks fails here; leftovers are then not
	// recognized.
	_ = platform.Lock(p.File)
	return p, nil
}

// PartName returns the temporary name of a file with the final name path, in the run whose Part has this ID.
func PartName(path, id string) string { return path + "." + id + partSuffix }

// Create creates an empty file that only this user may read, for a program that writes to it by name.
func Create(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|platform.NoFollow, Private)
	if err != nil {
		return err
	}
	return file.Close()
}

// Publish renames the file to its final name, replacing any file of that name, and closes it.
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

// ErrBusy marks a file that another run is writing.
var ErrBusy = errors.New("another run is writing it")

// Sweep removes the parts that killed runs left for the same final name, and calls remove with the ID of each. It
// leaves alone the files of other users and anything that is not a regular file. It returns ErrBusy if a live run
// holds a part.
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

// removeLeftover calls before and removes the part, if the part belongs to this user and no run holds its lock.
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
		return nil // without locks nothing is known to be a leftover
	}
	return errors.Join(before(), removeIfThere(path))
}

// Write replaces the file path with data, all or nothing: a reader sees either the old content or the new one.
func Write(path string, data []byte, perm fs.FileMode) error {
	p, err := Begin(path, perm)
	if err != nil {
		return err
	}
	_ = p.Sweep(func(string) error { return nil }) // a leftover does no harm
	if _, err := p.File.Write(data); err != nil {
		return errors.Join(err, p.Discard())
	}
	return p.Publish()
}

// ErrKind marks a path that cannot be read as a file: a device, a pipe, a file that is too large.
var ErrKind = errors.New("not a file that can be read here")

// Open opens a regular file of at most limit bytes (0: any size) for reading, following links. It refuses devices and
// pipes, which may be endless, without waiting for them.
func Open(path string, limit int64) (*os.File, error) {
	return open(path, limit, 0)
}

// Read returns the content of a file that Open takes.
func Read(path string, limit int64) ([]byte, error) {
	file, err := Open(path, limit)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, err // not a part of it
	}
	return data, nil
}

// SHA256 returns the size of a file that Open takes, whatever its size, and its SHA-256, 64 hex digits.
func SHA256(path string) (size int64, sum string, err error) {
	file, err := Open(path, 0)
	if err != nil {
		return 0, "", err
	}
	defer file.Close() // read only: nothing to lose
	hash, room := sha256.New(), int64(1<<17)
	if info, err := file.Stat(); err == nil { // it may be one of a million small files
		room = min(room, info.Size()+1)
	}
	size, err = io.CopyBuffer(hash, struct{ io.Reader }{file}, make([]byte, room)) // without WriteTo, which takes 32 KiB
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

// OpenOwn is Open for a file that only this user can have written: not a link, owned by this user, and not writable
// by the group or others.
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

// Target returns the path that a dump to out writes: out, or the file that out links to. It returns an error if that
// path exists and is not a regular file, or cannot be created.
func Target(out, format string) (string, error) {
	if out == "-" {
		return "", hint.With(errors.New("cannot write the archive to stdout: it is read back before it gets its name, "+
			"and its manifest is written beside it"),
			"name a file (./- is a file of that name), or use pg_dump itself in a pipe")
	}
	path, err := Writable(cmp.Or(strings.TrimRight(out, "/"), "/"))
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); err == nil && format == "directory" {
		return "", fmt.Errorf("%s exists; a folder is not replaced: name one that does not exist", out)
	}
	if strings.HasPrefix(path, "-") { // programs would take it for an option
		path = "./" + path
	}
	return path, nil
}

// Writable returns the path that is replaced when out is written: out, or the file that out links to. It returns an
// error if that path exists and is not a regular file: a device, pipe or socket would be replaced, not written to.
func Writable(out string) (string, error) {
	cannot := func(err error) error { return fmt.Errorf("cannot write %s: %w", out, err) }
	if info, err := os.Stat(out); err == nil && !info.Mode().IsRegular() {
		return "", notRegular(out, info.Mode())
	}
	path := out
	for range maxLinks {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if _, err := os.Stat(filepath.Dir(path)); err != nil {
				return "", cannot(err)
			}
			return path, nil
		case err != nil:
			return "", cannot(err)
		case info.Mode().IsRegular():
			return path, nil
		case info.Mode()&fs.ModeSymlink == 0:
			return "", notRegular(out, info.Mode())
		}
		if path, err = follow(path, info); err != nil {
			return "", cannot(err)
		}
	}
	return "", cannot(syscall.ELOOP)
}

// maxLinks is the number of symbolic links that are followed, as in the kernel.
const maxLinks = 40

// follow returns the target of the symbolic link path. Requires info from Lstat. In a folder where everyone may
// create files it follows only this user's links and those of the folder's owner, like the kernel's
// protected_symlinks: another user's link could lead anywhere.
func follow(path string, info fs.FileInfo) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	folder, err := os.Stat(dir)
	if err != nil {
		return "", err
	}
	const shared = fs.ModeSticky | 0o002
	if folder.Mode()&shared == shared && !isOwn(info) && platform.Owner(info) != platform.Owner(folder) {
		return "", fmt.Errorf("%s is a symbolic link of another user in a folder that everyone may write to", path)
	}
	to, err := os.Readlink(path)
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(to) {
		to = dir + "/" + to // not cleaned: a folder before ".." may itself be a link
	}
	to = strings.TrimRight(to, "/")
	at := strings.LastIndexByte(to, '/')
	if dir, err = filepath.EvalSymlinks(to[:at+1]); err != nil {
		return "", err
	}
	return filepath.Join(dir, to[at+1:]), nil
}

// notRegular returns the error for a target that is not a regular file.
func notRegular(out string, mode fs.FileMode) error {
	if mode.IsDir() {
		return fmt.Errorf("%s exists; a folder is not replaced: name one that does not exist", out)
	}
	what := "a device"
	switch {
	case mode&fs.ModeNamedPipe != 0:
		what = "a pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	}
	return hint.With(fmt.Errorf("cannot write %s: it is %s, not a file", out, what),
		"name a file: the archive is read back whole, and its manifest is written beside it")
}
