package safefile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
)

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
