package record

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// keep writes a result of the query q under a new record.
func keep(t *testing.T, columns string, rows ...string) *Record {
	t.Helper()
	r := &Record{Dir: t.TempDir(), Results: []Result{{Query: "q", Columns: strings.Split(columns, " "), Rows: int64(len(rows))}}}
	text := strings.ReplaceAll(columns, " ", "\t") + "\n"
	for _, row := range rows {
		text += strings.ReplaceAll(row, " ", "\t") + "\n"
	}
	if err := os.WriteFile(filepath.Join(r.Dir, "q"+Suffix), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestChangesNameEachRowThatDiffers(t *testing.T) {
	for _, test := range []struct {
		name         string
		before, then []string
		keys         int
		want         string
		first        []string
	}{
		{"equal results have no change", []string{"a 1 x", "b 2 y"}, []string{"a 1 x", "b 2 y"}, 1, "", nil},
		{"a changed value names its row and column", []string{"a 1 x", "b 2 y"}, []string{"a 1 x", "b 2 z"}, 1, "1 changed", []string{"changed k=b w"}},
		{"a missing row is named by its key", []string{"a 1 x", "b 2 y"}, []string{"b 2 y"}, 1, "1 missing", []string{"missing k=a "}},
		{"an extra row is named by its key", []string{"b 2 y"}, []string{"a 1 x", "b 2 y"}, 1, "1 extra", []string{"extra k=a "}},
		{"a row under another key is missing and extra", []string{"a 1 x"}, []string{"c 1 x"}, 1, "1 missing, 1 extra", []string{"missing k=a ", "extra k=c "}},
		{"two columns can name a row", []string{"a 1 x", "a 2 y"}, []string{"a 1 x", "a 2 z"}, 2, "1 changed", []string{"changed k=a v=2 w"}},
		{"another order of the same rows is no change", []string{"b 2 y", "a 1 x"}, []string{"a 1 x", "b 2 y"}, 1, "", nil},
		{"of two equal rows one is missing", []string{"a 1 x", "a 1 x"}, []string{"a 1 x"}, 3, "1 missing", []string{"missing k=a v=1 w=x "}},
		{"keys are compared as stored, not as escaped", []string{`\\ 1 x`, "a 2 y"}, []string{`\\ 1 x`, "a 2 y"}, 1, "", nil},
		{"NULL comes after every text", []string{`\N 1 x`, "z 2 y"}, []string{"z 2 y"}, 1, "1 missing", []string{`missing k=\N `}},
	} {
		t.Run(test.name, func(t *testing.T) {
			was, is := keep(t, "k v w", test.before...), keep(t, "k v w", test.then...)
			changes, err := ChangesOf("q", was.Side("was"), is.Side("is"), test.keys, 10)
			if err != nil {
				t.Fatal(err)
			}
			var first []string
			for _, c := range changes.First {
				first = append(first, c.Kind+" "+c.Key+" "+strings.Join(c.Columns, ","))
			}
			if changes.String() != test.want || !slices.Equal(first, test.first) {
				t.Errorf("got %q %q, want %q %q", changes, first, test.want, test.first)
			}
		})
	}
}

func TestChangesKeepOnlyTheFirstButCountAll(t *testing.T) {
	was, is := keep(t, "k v", "a 1", "b 1", "c 1"), keep(t, "k v", "a 2", "b 2", "c 2")
	changes, err := ChangesOf("q", was.Side("was"), is.Side("is"), 1, 2)
	if err != nil || changes.Total() != 3 || len(changes.First) != 2 {
		t.Fatalf("got %+v, %v", changes, err)
	}
	if c := changes.First[0]; c.Old[0] != "1" || c.New[0] != "2" || c.KeyValues[0] != "a" {
		t.Errorf("got %+v", c)
	}
	changes.Mask()
	if c := changes.First[0]; c.Old != nil || c.New != nil || c.Columns[0] != "v" {
		t.Errorf("masked: %+v", c)
	}
}

func TestADigestSaysWhereAResultDiffers(t *testing.T) {
	rows := make([]string, 9000) // more than maxBlocks: several rows to a block
	for i := range rows {
		rows[i] = "r" + strconv.Itoa(i) + " v"
	}
	small, large := rows[:10], rows
	change := func(rows []string, at int) []string {
		changed := slices.Clone(rows)
		changed[at] += "!"
		return changed
	}
	for _, test := range []struct {
		name     string
		rows     []string
		now      []string
		position int64
		what     string
	}{
		{"equal", small, small, -2, ""},
		{"a changed row of a short result is named", small, change(small, 7), 7, "the row is not the one in the manifest"},
		{"a changed row of a long result is found to a few rows", large, change(large, 5003), 5000, "one of the 4 rows from here on"},
		{"a missing tail is told with both counts", small, small[:8], 8, "8 rows, 10 in the manifest"},
		{"an extra row is told with both counts", small[:8], small, 8, "10 rows, 8 in the manifest"},
		{"a missing row in the middle", small, slices.Delete(slices.Clone(small), 3, 4), 3, "9 rows, 10 in the manifest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := keep(t, "k v", test.rows...)
			digest, err := before.Digest(before.Results[0], false)
			if err != nil {
				t.Fatal(err)
			}
			d, err := CompareDigest(digest, keep(t, "k v", test.now...))
			if err != nil {
				t.Fatal(err)
			}
			if test.what == "" {
				if d != nil {
					t.Errorf("got %+v", d)
				}
				return
			}
			if d == nil || d.Position != test.position || !strings.Contains(d.What, test.what) {
				t.Errorf("got %+v, want position %d and %q", d, test.position, test.what)
			}
		})
	}
}

func TestADigestThatKeepsItsRowsShowsThem(t *testing.T) {
	before := keep(t, "k v", "a 1", "b 2")
	digest, err := before.Digest(before.Results[0], true)
	if err != nil {
		t.Fatal(err)
	}
	d, err := CompareDigest(digest, keep(t, "k v", "a 1", "b 3"))
	if err != nil || d == nil || d.What != "v" || !strings.Contains(d.Diff, "-b\t2") || !strings.Contains(d.Diff, "+b\t3") {
		t.Errorf("got %+v, %v", d, err)
	}
	other := keep(t, "k other", "a 1", "b 2")
	if d, err := CompareDigest(digest, other); err != nil || d == nil || d.Position != -1 {
		t.Errorf("another column: got %+v, %v", d, err)
	}
	if d, err := CompareDigest(digest, &Record{Dir: t.TempDir()}); err != nil || d == nil {
		t.Errorf("no such result: got %+v, %v", d, err)
	}
}

func TestOnlyWhatMovedMayBeAhead(t *testing.T) {
	for _, test := range []struct{ name, now, what string }{
		{"as it was before", "s a 10 x|s b 5 x|s c 4 x", ""},
		{"between", "s a 11 x|s b 5 x|s c 4 x", ""},
		{"as it was at the end", "s a 12 y|s b 5 x|s c 4 x", ""},
		{"ahead of the end", "s a 13 x|s b 5 x|s c 4 x", "n is not between 10 and 12"},
		{"behind", "s a 9 x|s b 5 x|s c 4 x", "n is not between 10 and 12"},
		{"one that did not move", "s a 11 x|s b 6 x|s c 4 x", "did not move"},
		{"another value of one that did not move", "s a 11 x|s b 5 y|s c 4 x", "did not move"},
		{"one that began anew, before", "s a 10 x|s b 5 x|s c 5 x", ""},
		{"one that began anew, after", "s a 10 x|s b 5 x|s c 1 x", ""},
		{"one that began anew, and neither", "s a 10 x|s b 5 x|s c 3 x", "n is not between 4 and 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			digestOf := func(rows ...string) *Digest {
				r := keep(t, "schema sequence n m", rows...)
				d, err := r.Digest(r.Results[0], true)
				if err != nil {
					t.Fatal(err)
				}
				return d
			}
			digest := digestOf("s a 10 x", "s b 5 x", "s c 4 x")
			digest.MoveTo(digestOf("s a 12 z", "s b 5 x", "s c 2 x"), "n")
			d, err := CompareDigest(digest, keep(t, "schema sequence n m", strings.Split(test.now, "|")...))
			if err != nil || (test.what == "") != (d == nil) || d != nil && !strings.Contains(d.What, test.what) {
				t.Errorf("got %+v, want %q (%v)", d, test.what, err)
			}
		})
	}
}

func TestWhatStandsOutsideSnapshotsMayBeAheadAndNeverBehind(t *testing.T) {
	for _, test := range []struct {
		name, now string
		more      []string
		what      string
	}{
		{"the same", "s q 41 x", nil, ""},
		{"ahead", "s q 99999999999999999999 x", nil, ""},
		{"behind", "s q 40 x", nil, "n went back"},
		{"unknown", `s q \N x`, nil, "n went back"},
		{"another in its place", "s p 41 x", nil, "another stands in its place"},
		{"an extra one", "s q 41 x", []string{"s r 1 x"}, "a row is extra"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := keep(t, "schema sequence n m", "s q 41 y")
			digest, err := before.Digest(before.Results[0], true)
			if err != nil {
				t.Fatal(err)
			}
			digest.Moved, digest.GrowsColumn = true, "n"
			d, err := CompareDigest(digest, keep(t, "schema sequence n m", append([]string{test.now}, test.more...)...))
			if err != nil {
				t.Fatal(err)
			}
			if (test.what == "") != (d == nil) || d != nil && !strings.Contains(d.What, test.what) {
				t.Errorf("got %+v, want %q", d, test.what)
			}
		})
	}
}
