//go:build unix

package cli_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
)

// TestFullDisk fills a real disk: that of the archive, and that of the throw-away cluster.
func TestFullDisk(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	storytest.MustExec(t, pgtest.Connect(t, db),
		"create table t as select md5(n::text) as a, md5((n + 1)::text) as b from generate_series(1, 250000) as n")
	small, large := pgtest.OpenFolder(t, 0o755), pgtest.OpenFolder(t, 0o755)
	if !mount(t, small, "size=4m") || !mount(t, large, "size=72m") {
		return
	}
	restoring := func(out string) *exec.Cmd {
		cmd := exec.Command(binary, "restore", "-bindir", filepath.Dir(storytest.Program(t, server, "pg_restore")), out)
		cmd.Env = pgtool.CleanEnv(storytest.WithoutServer(os.Environ()), "TMPDIR="+large)
		return cmd
	}
	t.Run("dump", func(t *testing.T) {
		storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", filepath.Join(small, "backup"))).Require(t, 1,
			"No space left on device", "hint: free some space")
		if left := storytest.FilesIn(t, small); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
	out := filepath.Join(t.TempDir(), "backup")
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out)).Require(t, 0)
	t.Run("restore", func(t *testing.T) {
		// Either a table cannot grow, or the server cannot write its log, and ends itself.
		ended := storytest.RunToEnd(t, restoring(out))
		ended.Require(t, 1, "could not restore backup: ")
		if strings.Contains(ended.Said, "could not drop") {
			t.Errorf("there was nothing to drop:\n%s", ended.Said)
		}
		if left := storytest.FilesIn(t, large); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
	t.Run("a disk that has not half of what the source had", func(t *testing.T) {
		storytest.Reseal(t, out, func(m *record.Record) { m.Source.SizeBytes = 10 << 30 })
		ended := storytest.RunToEnd(t, restoring(out))
		ended.Require(t, 1, "prepare: the source had 10240 MB, and the disk of the throw-away cluster has ",
			"hint: free some space, point TMPDIR")
		if left := storytest.FilesIn(t, large); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
}

// mount mounts a small file system over a folder, and reports whether this machine allows it.
func mount(t *testing.T, folder, options string) bool {
	t.Helper()
	err := syscall.Mount("tmpfs", folder, "tmpfs", 0, options)
	if errors.Is(err, fs.ErrPermission) {
		t.Logf("no right to mount: a full disk is not tested: %v", err)
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, 0); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return true
}
