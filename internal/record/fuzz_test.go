package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A seed of the targets below is a pair of results, as they lie in a record.
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

// FuzzCompare: two results are the same exactly if their bytes are, whichever comes first.
func FuzzCompare(f *testing.F) {
	for _, pair := range fuzzPairs {
		f.Add([]byte(pair[0]), []byte(pair[1]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		side := func(name string, data []byte) Side {
			return Side{name, fstest.MapFS{"q" + Suffix: &fstest.MapFile{Data: data}}}
		}
		difference, err := Compare("q", side("old", a), side("new", b))
		back, errBack := Compare("q", side("new", b), side("old", a))
		if (difference == nil) != (back == nil) || (err == nil) != (errBack == nil) {
			t.Errorf("one way %+v (%v), the other way %+v (%v)", difference, err, back, errBack)
		}
		if err == nil && (difference == nil) != bytes.Equal(a, b) {
			t.Errorf("%q and %q: %+v", a, b, difference)
		}
		if difference != nil && difference.Diff == "" {
			t.Errorf("the difference says nothing: %+v", difference)
		}
		for keys := range 3 {
			changes, err := ChangesOf("q", side("old", a), side("new", b), keys, 2)
			if err == nil && bytes.Equal(a, b) && changes.Total() != 0 {
				t.Errorf("changes without a difference: %+v", changes)
			}
		}
	})
}

// asRecord is a record of one result with that content.
func asRecord(t *testing.T, data []byte) *Record {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "q"+Suffix), data, 0o644); err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(string(data), "\n")
	rows := max(0, int64(bytes.Count(data, []byte{'\n'}))-1)
	return &Record{Dir: dir, Results: []Result{{Query: "q", Columns: strings.Split(header, "\t"), Rows: rows}}}
}

// FuzzCompareDigest: a digest that a manifest would be taken with finds a result the same exactly if
// its bytes are, with its rows kept or without; one of what has moved, if the same things are there.
func FuzzCompareDigest(f *testing.F) {
	for _, pair := range fuzzPairs {
		for _, keep := range []bool{true, false} {
			f.Add([]byte(pair[0]), []byte(pair[1]), keep, keep)
		}
	}
	f.Fuzz(func(t *testing.T, a, b []byte, keep, moved bool) {
		older, newer := asRecord(t, a), asRecord(t, b)
		digest, err := older.Digest(older.Results[0], keep)
		if err != nil {
			return
		}
		if digest.Moved = moved && len(digest.Columns) > 2; digest.Moved {
			digest.GrowsColumn = digest.Columns[len(digest.Columns)-1]
		}
		if (&Manifest{Results: []*Digest{digest}}).validate() != nil {
			return
		}
		difference, err := CompareDigest(digest, newer)
		if err != nil {
			return
		}
		switch {
		case bytes.Equal(a, b) != (difference == nil) && (!digest.Moved || !keep):
			t.Errorf("%q and %q: %+v", a, b, difference)
		case digest.Moved && difference == nil && keep && !sameButMoved(a, b):
			t.Errorf("%q and %q name other rows", a, b)
		}
		for keys := range 3 {
			if _, err := digest.ChangesOf(newer, keys, 2); err != nil {
				return
			}
		}
	})
}

// sameButMoved says whether two results have the same rows by the first two columns, which name what
// has moved; how far may stand in any other.
func sameButMoved(a, b []byte) bool {
	names := func(data []byte) (names [][]string) {
		for line := range strings.Lines(string(data)) {
			names = append(names, strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)[:2])
		}
		return names[1:] // less the header
	}
	return slices.EqualFunc(names(a), names(b), slices.Equal[[]string])
}

// FuzzPayload: a row of canonical_payload is no fault only if its hash is that of the payload which
// COPY wrote, and what COPY writes is read back as it was.
func FuzzPayload(f *testing.F) {
	f.Add("k\t", []byte("audit_events/1 seq=1"), "")
	f.Add("", []byte("tab \t newline \n \\N \\. \x00\xff"), "\t")
	f.Add("1\t2\t", []byte{}, strings.Repeat("0", 64))
	f.Fuzz(func(t *testing.T, keys string, payload []byte, hash string) {
		escaped := escapeName(string(payload))
		if stored, isNull := unescape([]byte(escaped)); isNull || !bytes.Equal(stored, payload) {
			t.Fatalf("%q is written %q and read %q", payload, escaped, stored)
		}
		sum := sha256.Sum256(payload)
		honest := hex.EncodeToString(sum[:])
		if strings.ContainsAny(hash, "\t\n") {
			hash = honest
		}
		c := &payloadChecker{columns: []string{"k"}}
		if err := c.check([]byte(keys + escaped + "\t" + hash)); err != nil && strings.Contains(keys+escaped, "\t") {
			t.Fatal(err)
		}
		if isHonest := hash == honest; strings.HasSuffix(keys, "\t") && isHonest != (c.faults == 0) {
			t.Errorf("the hash %q of %q: %d faults", hash, payload, c.faults)
		}
		c = &payloadChecker{}
		_ = c.check([]byte(keys)) // whatever stands there, it ends
	})
}

// FuzzReadSnapshot: whatever stands in the two results, only one that says so is a whole chain.
func FuzzReadSnapshot(f *testing.F) {
	f.Add([]byte("row_count\tchain_head_hash\n24\tab\n"), []byte("first_break_id\tfirst_break_pos\tfirst_break_reason\tverifier_walked\n\\N\t\\N\t\\N\t24\n"))
	f.Add([]byte("row_count\tchain_head_hash\n24\tab\n"), []byte("first_break_id\tfirst_break_pos\tfirst_break_reason\tverifier_walked\nx\t3\ty\t24\n"))
	f.Add([]byte("row_count\n"), []byte("first_break_pos\tx\n\t\n"))
	f.Fuzz(func(t *testing.T, snapshot, chain []byte) {
		dir := t.TempDir()
		for name, data := range map[string][]byte{"snapshot": snapshot, "verify_chain": chain} {
			if err := os.WriteFile(filepath.Join(dir, name+Suffix), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		s, err := readSnapshot(dir, "fuzz")
		if err != nil {
			return
		}
		header, row, _ := strings.Cut(string(chain), "\n")
		values := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		for i, column := range strings.Split(header, "\t") {
			names := i < len(values) && values[i] != `\N` && values[i] != ""
			if column == "first_break_id" && names && strings.Count(header, column) == 1 && s.IsWhole() {
				t.Errorf("%q is read as a whole chain: %+v", chain, s)
			}
		}
	})
}
