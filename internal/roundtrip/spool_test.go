//go:build unix

package roundtrip_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// TestNoRowIsSpooledToDisk: while a record is taken, alone or beside an archive, and while a copy is compared, no byte
// is written below TMPDIR. A folder that somebody does write to is seen.
func TestNoRowIsSpooledToDisk(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server, "create table public.wide (id integer primary key, text text)")
	storytest.MustExec(t, conn,
		"insert into public.wide select n, repeat('x', 500) || n from generate_series(1, 40000) as n")
	binary, out := storytest.Build(t), t.TempDir()
	for _, args := range [][]string{
		{"record", "-o", filepath.Join(out, "record.json")},
		{"dump", "-o", filepath.Join(out, "app.dump")},
		{"restore", filepath.Join(out, "app.dump")},
	} {
		folder := t.TempDir()
		if most := mostBytes(t, folder, storytest.BinaryOn(binary, source, []string{"TMPDIR=" + folder}, args...)); most > 0 {
			t.Errorf("%s wrote %d bytes below TMPDIR", args[0], most)
		}
	}
	folder := t.TempDir()
	if most := mostBytes(t, folder, exec.Command("sh", "-c", "echo row > "+filepath.Join(folder, "spool")+"; sleep 0.3; rm "+filepath.Join(folder, "spool"))); most != 4 {
		t.Errorf("%d bytes were seen of a file of 4", most)
	}
}

// mostBytes runs cmd to its end and returns the maximum size in bytes of the files of a folder meanwhile.
func mostBytes(t *testing.T, folder string, cmd *exec.Cmd) (most int64) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", cmd, err, output)
		}
		done <- err
	}()
	for {
		select {
		case <-done:
			return most
		case <-time.After(2 * time.Millisecond):
			most = max(most, bytesBelow(folder))
		}
	}
}

// bytesBelow returns the total size of the files below a folder. A file that disappears meanwhile counts as 0.
func bytesBelow(folder string) (bytes int64) {
	_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := os.Stat(path); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}
