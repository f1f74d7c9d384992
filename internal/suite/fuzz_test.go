package suite_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"pgroundtrip/internal/suite"
)

// FuzzOpen requires, for any text, that an error names the file, and that headers are read only from the comment at
// the top.
func FuzzOpen(f *testing.F) {
	f.Add("snapshot", "-- Key a, b\n-- Class content\nselect 1 as row_count")
	f.Add("invariant/x", "-- x.sql: what.\n--\n-- Key    a\nselect 1 as a order by a")
	f.Add("invariant/x", "select 1 as a order by a\n-- Key a, b, c")
	f.Add("tamper/x", "--Caught by\n-- Caught by a,, b\ndelete from t")
	f.Add("probe/x", "select 1; select 2 as fault")
	f.Add("../x", "select 1")
	f.Add("unknown", "select 1")
	f.Fuzz(func(t *testing.T, name, text string) {
		if !fs.ValidPath(name + ".sql") {
			return // no file has such a name
		}
		s, err := suite.Open(fstest.MapFS{name + ".sql": &fstest.MapFile{Data: []byte(text)}}, "fuzz")
		if err != nil {
			if !errors.Is(err, suite.ErrInvalid) && !strings.Contains(err.Error(), "cannot read suite") {
				t.Errorf("not about the suite: %v", err)
			}
			return
		}
		file := s.File(name)
		if file == nil {
			t.Fatalf("%q was read, and is not there", name)
		}
		if file.About.Keys < 0 || file.About.Class == "" || file.Text != text {
			t.Errorf("%+v, text %q", file.About, file.Text)
		}
		top := topComment(text)
		for _, value := range append(file.About.CaughtBy, file.About.Hint, file.About.Grows) {
			if value != strings.TrimSpace(value) || strings.Contains(value, "\n") || !strings.Contains(top, value) {
				t.Errorf("%q is not in the comment at the top: %q", value, top)
			}
		}
	})
}

// topComment returns the text up to its first line that is not a comment.
func topComment(text string) string {
	end := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "--") {
			break
		}
		end += len(line)
	}
	return text[:end]
}
