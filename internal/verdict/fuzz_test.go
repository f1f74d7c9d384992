package verdict

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// A seed of the targets below is a pair of results, as stored in a record.
var fuzzPairs = [][2]string{
	{"a\tb\n1\tx\n2\ty\n", "a\tb\n1\tx\n2\ty\n"},
	{"a\tb\n1\tx\n2\ty\n", "a\tb\n1\tx\n2\tz\n"},
	{"a\tb\n1\tx\n2\ty\n", "a\tb\n1\tx\n"},
	{"a\n", "a\n\n"},
	{"a\n\\N\n", "a\n\n"},
	{"a\nx\n", "a\nx"},
	{"", ""},
	{"a\tb\tc\n1\t2\n", "a\tb\tc\n1\t2\t3\t4\n"},
	{"s\tn\tlast\np\tq\t9\n", "s\tn\tlast\np\tq\t10\n"},
}

// FuzzCompare: two results are the same exactly if their bytes are, in either order.
func FuzzCompare(f *testing.F) {
	for _, pair := range fuzzPairs {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		older, errA := record.ReadResult(bytes.NewReader(a), "q")
		newer, errB := record.ReadResult(bytes.NewReader(b), "q")
		if errA != nil || errB != nil {
			return
		}
		difference, back := firstDifference(older, newer, sides), firstDifference(newer, older, sides)
		if (difference == nil) != (back == nil) {
			t.Errorf("one way %+v, the other way %+v", difference, back)
		}
		if (difference == nil) != (older.Text() == newer.Text()) {
			t.Errorf("%q and %q: %+v", a, b, difference)
		}
		if difference != nil && difference.Diff == "" {
			t.Errorf("the difference says nothing: %+v", difference)
		}
		for keys := range 3 {
			if changes := changesOf(older, newer, keys); difference == nil && changes.Total() != 0 {
				t.Errorf("changes without a difference: %+v", changes)
			}
		}
	})
}

// FuzzCompareDigest: a result as stored in a manifest, with or without kept rows, equals another exactly if the bytes
// are the same; a result of what has moved, if the same rows exist.
func FuzzCompareDigest(f *testing.F) {
	for _, pair := range fuzzPairs {
		for _, keep := range []bool{true, false} {
			f.Add([]byte(pair[0]), []byte(pair[1]), keep, keep)
		}
	}
	f.Fuzz(func(t *testing.T, a, b []byte, keep, hasMoved bool) {
		older, errA := record.ReadResult(bytes.NewReader(a), "q")
		newer, errB := record.ReadResult(bytes.NewReader(b), "q")
		if errA != nil || errB != nil || !utf8.Valid(a) || !utf8.Valid(b) {
			return
		}
		if older.Moved = hasMoved && len(older.Columns) > 2; older.Moved {
			older.About = suite.About{Keys: 2, Grows: older.Columns[len(older.Columns)-1]}
		}
		if older.Check() != nil || newer.Check() != nil {
			return
		}
		if !keep {
			older = bare(older)
		}
		difference := firstDifference(older, newer, sides)
		switch {
		case bytes.Equal(a, b) != (difference == nil) && (!older.Moved || !keep):
			t.Errorf("%q and %q: %+v", a, b, difference)
		case older.Moved && difference == nil && keep && !sameButMoved(a, b):
			t.Errorf("%q and %q name other rows", a, b)
		}
	})
}

// sameButMoved reports whether two results have the same rows by the first two columns, which name what
// has moved; the other columns may say how far.
func sameButMoved(a, b []byte) bool {
	names := func(data []byte) (names [][]string) {
		for line := range strings.Lines(string(data)) {
			names = append(names, strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)[:2])
		}
		return names[1:] // less the header
	}
	return slices.EqualFunc(names(a), names(b), slices.Equal[[]string])
}
