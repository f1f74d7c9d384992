package platform_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"pgroundtrip/internal/platform"
)

// What a program read counts, what its children did while they run and after their end, and not what came over a pipe
// that is still open.
func TestBytesReadCountsChildren(t *testing.T) {
	const size = 1 << 20
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `cat "$0" >/dev/null; cat "$0" - >/dev/null; exit 0`, path)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	const most = 2*size + 1<<18 // with the libraries of three programs
	n := int64(0)
	for deadline := time.Now().Add(time.Minute); n < 2*size && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
		n = platform.BytesRead(cmd.Process.Pid)
	}
	if n < 2*size || n > most {
		t.Errorf("%d bytes, want %d to %d", n, 2*size, most)
	}
	if err := stdin.Close(); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if n := platform.BytesRead(cmd.Process.Pid); n != 0 {
		t.Errorf("%d bytes of a program that has ended", n)
	}
}
