package cli_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgroundtrip/internal/pgtest"
)

func TestADiskThatIsFullInTheMiddleOfARecordIsExplained(t *testing.T) {
	t.Parallel()
	s := anyThrowaway(t)
	if os.Geteuid() != 0 {
		t.Log("not root: not tested")
		return
	}
	dir, isSmall := smallDisk(t)
	if !isSmall {
		return
	}
	r := pgroundtrip(t, []string{"TMPDIR=" + dir}, "check", "-workload", "text", "-dsn", s.DSN().String())
	r.wants(t, 1)
	if !strings.Contains(r.stdout, "no space left on device") || !strings.Contains(r.stdout, "hint: free some space") {
		t.Errorf("stdout:\n%s", r.stdout)
	}
}

// smallDisk returns a disk of 64 KiB, if this process may mount one.
func smallDisk(t *testing.T) (dir string, isSmall bool) {
	t.Helper()
	dir = pgtest.OpenFolder(t, 0o755)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); errors.Is(err, fs.ErrPermission) {
		t.Logf("no right to mount: not tested: %v", err)
		return dir, false
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir, true
}

// The verdict is printed even if no report of it can be written.
func TestReportsToAFullDisk(t *testing.T) {
	t.Parallel()
	s := anyThrowaway(t)
	if os.Geteuid() != 0 {
		t.Log("not root: not tested")
		return
	}
	dir, isSmall := smallDisk(t)
	if !isSmall {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "full"), make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	args := []string{"check", "-workload", "text", "-dsn", s.DSN().String(), "-history", filepath.Join(dir, "history")}
	for _, extension := range []string{"html", "json", "md", "prom", "statement", "xml"} {
		args = append(args, "-report", filepath.Join(dir, "a."+extension))
	}
	r := pgroundtrip(t, nil, args...)
	r.wants(t, 1)
	if n := strings.Count(r.stderr, "no space left on device"); !strings.Contains(r.stdout, "\nPASS: 1 of 1 ") || n != 7 {
		t.Errorf("%d files could not be written, want all 7\n%s\n%s", n, r.stdout, r.stderr)
	}
	left, err := filepath.Glob(filepath.Join(dir, "a.*"))
	if err != nil || len(left) > 0 {
		t.Errorf("half written: %q, %v", left, err)
	}
}
