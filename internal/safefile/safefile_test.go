//go:build unix

package safefile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/safefile"
)

// must fails the test at once on an error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}

func TestWriteReplacesWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, text := range []string{"longer than the next", "short"} {
		must(t, safefile.Write(path, []byte(text), safefile.Private))
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q (%v)", got, err)
		}
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("left behind: %q", left)
	}
}

func TestPermissions(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	for perm, want := range map[fs.FileMode]fs.FileMode{safefile.Private: 0o600, safefile.Public: 0o640} {
		path := filepath.Join(t.TempDir(), "f")
		must(t, os.WriteFile(path, nil, 0o666), os.Chmod(path, 0o666)) // the mode of the replaced file must not matter
		must(t, safefile.Write(path, nil, perm))
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%04o, not %04o (%v)", info.Mode().Perm(), want, err)
		}
	}
}

// Anything that someone put there in advance is not written to: neither a link, nor a file with the name of a
// temporary one.
func TestWriteFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	victim, path := filepath.Join(dir, "victim"), filepath.Join(dir, "f")
	must(t, os.WriteFile(victim, []byte("precious"), 0o600))
	for _, link := range []string{"f", "f.part", "f.0000000000000000.part"} {
		must(t, os.Symlink(victim, filepath.Join(dir, link)))
	}
	must(t, safefile.Write(path, []byte("new"), safefile.Public))
	if got, err := os.ReadFile(victim); err != nil || string(got) != "precious" {
		t.Errorf("the victim holds %q (%v)", got, err)
	}
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v (%v)", info.Mode(), err)
	}
	if err := safefile.Create(filepath.Join(dir, "f.part")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("Create over a link: %v", err)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	leftover := safefile.PartName(path, "00000000000000aa")
	spared := []string{"f", "f.part", "f.00000000000000aa", "f.00000000000000AA.part", "g.00000000000000aa.part",
		"f.00000000000000a.part", "f.00000000000000ab.part.part"}
	for _, name := range spared {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	must(t, os.WriteFile(leftover, nil, 0o600), os.Symlink(leftover, safefile.PartName(path, "00000000000000bb")),
		syscall.Mkfifo(safefile.PartName(path, "00000000000000cc"),
			0o600), os.Mkdir(safefile.PartName(path, "00000000000000dd"), 0o700))
	spared = append(spared, "f.00000000000000bb.part", "f.00000000000000cc.part", "f.00000000000000dd.part")
	p, err := safefile.Begin(path, safefile.Private)
	must(t, err)
	var removed []string
	must(t, p.Sweep(func(id string) error { removed = append(removed, id); return nil }))
	if strings.Join(removed, " ") != "00000000000000aa" {
		t.Errorf("removed %q", removed)
	}
	for _, name := range spared {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	second, err := safefile.Begin(path, safefile.Private)
	must(t, err)
	if err := second.Sweep(func(string) error { return nil }); !errors.Is(err, safefile.ErrBusy) {
		t.Errorf("the first is being written: %v", err)
	}
	must(t, second.Discard(), p.Publish())
	if err := p.Discard(); err != nil {
		t.Errorf("after Publish: %v", err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	file, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "fifo")
	must(t, os.WriteFile(file, []byte("12345"), 0o600), syscall.Mkfifo(fifo, 0o600),
		os.Symlink(file, filepath.Join(dir, "link")))
	for _, tt := range []struct {
		name, path string
		limit      int64
		says       string
	}{
		{"a file", file, 5, ""},
		{"a file of any size", file, 0, ""},
		{"a link to a file", filepath.Join(dir, "link"), 5, ""},
		{"a file that is too large", file, 4, "it has 5 bytes, more than 4"},
		{"a device without end", "/dev/zero", 1 << 20, "a device"},
		{"a device without content", "/dev/null", 0, "a device"},
		{"a pipe that nobody writes to", fifo, 0, "a pipe"},
		{"a folder", dir, 0, "it is a folder"},
		{"nothing", filepath.Join(dir, "none"), 0, "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			begun := time.Now()
			f, err := safefile.Open(tt.path, tt.limit)
			if err == nil {
				f.Close()
			}
			if (tt.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.says) ||
				time.Since(begun) > 30*time.Second {
				t.Errorf("%v after %v", err, time.Since(begun))
			}
		})
	}
}

func TestOpenOwn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(path string) error
		says   string
	}{
		{"an own file", func(string) error { return nil }, ""},
		{"one that others may read", func(path string) error { return os.Chmod(path, 0o644) }, ""},
		{"one that the group may write", func(path string) error { return os.Chmod(path, 0o620) },
			"others may write to it (its mode is 0620)"},
		{"one that everyone may write", func(path string) error { return os.Chmod(path, 0o602) }, "others may write to it"},
		{"a link to an own file", func(path string) error {
			return errors.Join(os.Rename(path, path+"2"), os.Symlink(path+"2", path))
		}, "it is a symbolic link"},
		{"a pipe", func(path string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) }, "a pipe"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			must(t, os.WriteFile(path, []byte("x"), 0o600), tt.change(path))
			f, err := safefile.OpenOwn(path, 10)
			if err == nil {
				f.Close()
			}
			if (tt.says == "") != (err == nil) || err != nil &&
				(!strings.Contains(err.Error(), tt.says) || !errors.Is(err, safefile.ErrKind)) {
				t.Error(err)
			}
		})
	}
	t.Run("another user's", func(t *testing.T) {
		if os.Geteuid() != 0 {
			if f, err := safefile.OpenOwn("/etc/passwd", 0); err == nil {
				f.Close()
				t.Error("root's file is taken for this user's")
			}
			return
		}
		path := filepath.Join(t.TempDir(), "f")
		must(t, os.WriteFile(path, nil, 0o600), os.Chown(path, 65534, 65534))
		if _, err := safefile.OpenOwn(path, 0); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Error(err)
		}
	})
}
