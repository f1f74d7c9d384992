package record

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestTakeOnAFullDisk writes its results to /dev/full.
func TestTakeOnAFullDisk(t *testing.T) {
	for _, tt := range []struct{ name, query string }{
		{"notices it at the end of a small result", "select 1 order by 1"},
		{"notices it in the middle of a large result", "select repeat('x', 1000) from generate_series(1, 1000) order by 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "invariant"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("/dev/full", filepath.Join(dir, "invariant", "a.golden")); err != nil {
				t.Fatal(err)
			}
			if _, err := Take(context.Background(), connect(t).PgConn(), own(t, "invariant/a", tt.query), dir, "pre"); !errors.Is(err, syscall.ENOSPC) {
				t.Error(err)
			}
		})
	}
}
