package recordfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/recordfile"
)

// TestGoldensAreReadWhateverTheFolderIsCalled: a name can look like a pattern.
func TestGoldensAreReadWhateverTheFolderIsCalled(t *testing.T) {
	want, err := recordfile.ReadSide("../../golden/text")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "gold[1]*")
	if err := os.CopyFS(dir, os.DirFS("../../golden")); err != nil {
		t.Fatal(err)
	}
	got, err := recordfile.ReadSide(filepath.Join(dir, "text"))
	if err != nil || len(got.Results) != len(want.Results) {
		t.Errorf("%v: %v, want %d results", got, err, len(want.Results))
	}
}

// TestGoldensThatCannotBeReadAreNotLeftOut: a link to itself stands for a folder of another user, because root may read
// that.
func TestGoldensThatCannotBeReadAreNotLeftOut(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "text"), os.DirFS("../../golden/text")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("invariant", filepath.Join(dir, "invariant")); err != nil {
		t.Logf("NOT COVERED: a folder that cannot be read: %v", err)
		return
	}
	if got, err := recordfile.ReadSide(filepath.Join(dir, "text")); err == nil || !strings.Contains(err.Error(), "invariant") {
		t.Errorf("%v, %v", got, err)
	}
}
