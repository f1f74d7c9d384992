//go:build unix

package origin_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/storytest"
)

// TestTargetsThatAreNotFilesAreRefused: a rename would replace a device or a pipe by a file.
func TestTargetsThatAreNotFilesAreRefused(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(syscall.Mkfifo(in("pipe"), 0o600))
	socket, err := net.Listen("unix", in("socket"))
	must(err)
	defer socket.Close()
	must(os.Mkdir(in("folder"), 0o755))
	must(os.WriteFile(in("file"), nil, 0o600))
	must(os.Symlink(in("loop"), in("loop")))
	refused := map[string]string{
		"pipe": "it is a pipe", "socket": "it is a socket", "folder": "a folder is not replaced", "folder/": "a folder is not replaced",
		"loop": "too many", "nowhere/x": "no such file", "file/x": "not a directory", "dead_end": "no such file",
	}
	must(os.Symlink("nowhere/x", in("dead_end")))
	if os.Geteuid() == 0 { // only root makes devices
		must(syscall.Mknod(in("device"), syscall.S_IFCHR|0o600, 1<<8|3))
		must(syscall.Mknod(in("disk"), syscall.S_IFBLK|0o600, 7<<8))
		refused["device"], refused["disk"] = "it is a device", "it is a device"
	}
	for _, name := range []string{"pipe", "socket", "folder", "device"} {
		if refused[name] != "" {
			must(os.Symlink(name, in("to_"+name)))
			refused["to_"+name] = refused[name]
		}
	}
	for name, why := range refused {
		if path, err := safefile.Target(in(name), "custom"); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %q, error: %v, want one that says %q", name, path, err, why)
		}
	}
	if _, err := safefile.Target(in("file"), "directory"); err == nil ||
		!strings.Contains(err.Error(), "a folder is not replaced") {
		t.Errorf("a file, as a folder: %v", err)
	}
	for _, out := range []string{"/", "//", ".", ".."} {
		if path, err := safefile.Target(out, "custom"); err == nil {
			t.Errorf("%s is written as %s", out, path)
		}
	}
	if _, err := safefile.Target("-", "custom"); err == nil || !strings.Contains(err.Error(), "stdout") ||
		hint.Of(err) == "" {
		t.Errorf("-: %v", err)
	}
}

// TestLinksOfOthersAreNotFollowed: in /tmp anybody can make a link that leads to root's files.
func TestLinksOfOthersAreNotFollowed(t *testing.T) {
	if os.Geteuid() != 0 { // what belongs to another user can only be made by root
		return
	}
	folder := t.TempDir()
	link := filepath.Join(folder, "link")
	if err := os.Symlink("file", link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mode     os.FileMode
		uid      int
		followed bool
	}{{0o755, 1, true}, {0o777 | os.ModeSticky, 0, true}, {0o777 | os.ModeSticky, 1, false}} {
		if err := os.Chmod(folder, c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Lchown(link, c.uid, c.uid); err != nil {
			t.Fatal(err)
		}
		path, err := safefile.Target(link, "custom")
		if (err == nil) != c.followed || c.followed && filepath.Base(path) != "file" {
			t.Errorf("in a folder of mode %v a link of user %d leads to %q, %v", c.mode, c.uid, path, err)
		}
	}
}

// TestALinkIsKept: what it leads to is written, whether that exists or not, archive and manifest both.
func TestALinkIsKept(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, "create table public.t (id int primary key)")
	for name, format := range pgtest.DealtByName(t, 2, map[string]string{"there": "custom", "new": "plain", "far": "tar", "folder": "directory"}) {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			for _, dir := range []string{"a", "b", "b/c"} {
				if err := os.Mkdir(filepath.Join(folder, dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			link, to := filepath.Join(folder, "a", "link"), filepath.Join(folder, "b", "backup")
			// The folder "up" is a link itself: what ".." means is known only after it was followed.
			links := [][2]string{{to, link}}
			if name == "far" {
				links = [][2]string{{"../b/c", filepath.Join(folder, "a", "up")}, {"up/../backup", link}}
			}
			for _, l := range links {
				if err := os.Symlink(l[0], l[1]); err != nil {
					t.Fatal(err)
				}
			}
			if name == "there" {
				if err := os.WriteFile(to, []byte("old"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Out, o.Format = link, format })
			if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("the link is not one any more: %v", err)
			}
			for _, path := range []string{to, to + record.ManifestSuffix} {
				if _, err := os.Lstat(path); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
			if left, err := filepath.Glob(filepath.Join(folder, "*", "*.part")); err != nil || len(left) > 0 {
				t.Errorf("left: %q, %v", left, err)
			}
			storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil)) // through the link
			storytest.RequirePass(t, storytest.TryRestore(t, server, &storytest.Backup{Path: to}, nil))
		})
	}
}

// TestAManifestThatIsNotAFileIsRefused: before anything is written.
func TestAManifestThatIsNotAFileIsRefused(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), "create table public.t (id int primary key)")
	out := filepath.Join(t.TempDir(), "backup")
	if err := syscall.Mkfifo(out+record.ManifestSuffix, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := storytest.TryDump(t, source, func(o *origin.Options) { o.Out = out }); err == nil ||
		!strings.Contains(err.Error(), "it is a pipe") {
		t.Errorf("error: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(out)); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}
