package cluster_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
)

func TestAFullDiskIsExplained(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: only the scripted full disk is tested")
		return
	}
	dir := pgtest.OpenFolder(t, 0o755)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=0755"); errors.Is(err, fs.ErrPermission) {
		t.Logf("no right to mount: only the scripted full disk is tested: %v", err)
		return
	} else if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	_, err := cluster.Open(context.Background(), throwaway(dir))
	if err == nil || !strings.Contains(err.Error(), "No space left on device") {
		t.Errorf("got %v", err)
	}
	wantHint(t, err, "TMPDIR")
	mustBeEmpty(t, dir)
}
