package cli_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestADiskThatIsFullInTheMiddleOfARecordIsExplained(t *testing.T) {
	t.Parallel()
	s := anyThrowaway(t)
	if os.Geteuid() != 0 {
		t.Log("not root: not tested")
		return
	}
	dir := openFolder(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); errors.Is(err, fs.ErrPermission) {
		t.Logf("no right to mount: not tested: %v", err)
		return
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	r := pgroundtrip(t, []string{"TMPDIR=" + dir}, "check", "-workload", "text", "-dsn", s.DSN().String())
	r.wants(t, 1)
	if !strings.Contains(r.stdout, "no space left on device") || !strings.Contains(r.stdout, "hint: free some space") {
		t.Errorf("stdout:\n%s", r.stdout)
	}
}
