package verdict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// keep returns a result of the query "q" that keeps these rows; blanks separate columns and values.
func keep(t *testing.T, columns string, rows ...string) *record.Result {
	t.Helper()
	return result(t, strings.ReplaceAll(strings.Join(append([]string{columns}, rows...), "\n"), " ", "\t")+"\n")
}

// changesOf returns the changes between two results, keyed by the first keys columns.
func changesOf(older, newer *record.Result, keys int) *Changes {
	return ChangesOf(older.Columns, keys, older.Kept, newer.Kept)
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
		{"a changed value names its row and column", []string{"a 1 x", "b 2 y"}, []string{"a 1 x", "b 2 z"}, 1, "1 changed",
			[]string{"changed k=b w"}},
		{"a missing row is named by its key", []string{"a 1 x", "b 2 y"}, []string{"b 2 y"}, 1, "1 missing",
			[]string{"missing k=a "}},
		{"an extra row is named by its key", []string{"b 2 y"}, []string{"a 1 x", "b 2 y"}, 1, "1 extra",
			[]string{"extra k=a "}},
		{"a row under another key is missing and extra", []string{"a 1 x"}, []string{"c 1 x"}, 1, "1 missing, 1 extra",
			[]string{"missing k=a ", "extra k=c "}},
		{"two columns can name a row", []string{"a 1 x", "a 2 y"}, []string{"a 1 x", "a 2 z"}, 2, "1 changed",
			[]string{"changed k=a v=2 w"}},
		{"another order of the same rows is no change", []string{"b 2 y", "a 1 x"}, []string{"a 1 x", "b 2 y"}, 1, "", nil},
		{"of two equal rows one is missing", []string{"a 1 x", "a 1 x"}, []string{"a 1 x"}, 3, "1 missing",
			[]string{"missing k=a v=1 w=x "}},
		{"keys are compared as stored, not as escaped", []string{`\\ 1 x`, "a 2 y"}, []string{`\\ 1 x`, "a 2 y"}, 1, "", nil},
		{"NULL comes after every text", []string{`\N 1 x`, "z 2 y"}, []string{"z 2 y"}, 1, "1 missing",
			[]string{`missing k=\N `}},
	} {
		t.Run(test.name, func(t *testing.T) {
			was, is := keep(t, "k v w", test.before...), keep(t, "k v w", test.then...)
			changes := changesOf(was, is, test.keys)
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

func TestChangesAreMaskedAndCounted(t *testing.T) {
	was, is := keep(t, "k v", "a 1", "b 1", "c 1"), keep(t, "k v", "a 2", "b 2", "c 2")
	changes := changesOf(was, is, 1)
	if changes.Total() != 3 || len(changes.First) != 3 {
		t.Fatalf("got %+v", changes)
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
	rows := make([]string, 9000) // several rows to a block
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
		{"a changed row of a long result is found to a few rows", large, change(large, 5003), 5000,
			"one of the 4 rows from here on"},
		{"a missing tail is told with both counts", small, small[:8], 8, "8 rows, 10 in the manifest"},
		{"an extra row is told with both counts", small[:8], small, 8, "10 rows, 8 in the manifest"},
		{"a missing row in the middle", small, slices.Delete(slices.Clone(small), 3, 4), 3, "9 rows, 10 in the manifest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := firstDifference(bare(keep(t, "k v", test.rows...)), keep(t, "k v", test.now...),
				&Options{OldName: "in the manifest"})
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

func TestAResultThatKeepsItsRowsShowsThem(t *testing.T) {
	before := keep(t, "k v", "a 1", "b 2")
	d := firstDifference(before, keep(t, "k v", "a 1", "b 3"), sides)
	if d == nil || d.What != "v" || !strings.Contains(d.Diff, "-b\t2") || !strings.Contains(d.Diff, "+b\t3") {
		t.Errorf("got %+v", d)
	}
	for _, older := range []*record.Result{before, bare(before)} {
		if d := firstDifference(older, keep(t, "k other", "a 1", "b 2"), sides); d == nil || d.Position != -1 {
			t.Errorf("another column: got %+v", d)
		}
	}
	r := &Report{}
	if err := r.Compare(&record.Record{Results: []*record.Result{before}}, &record.Record{}, sides); err != nil ||
		r.Verdict() != Error {
		t.Errorf("no such result: %s, %v", r.Verdict(), err)
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
			older := keep(t, "schema sequence n m", "s a 10 x", "s b 5 x", "s c 4 x")
			older.About = suite.About{Keys: 2, Grows: "n"}
			older.MoveTo(keep(t, "schema sequence n m", "s a 12 z", "s b 5 x", "s c 2 x"))
			d := firstDifference(older, keep(t, "schema sequence n m", strings.Split(test.now, "|")...), sides)
			if (test.what == "") != (d == nil) || d != nil && !strings.Contains(d.What, test.what) {
				t.Errorf("got %+v, want %q", d, test.what)
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
		{"another in its place", "s p 41 x", nil, "another is in its place"},
		{"an extra one", "s q 41 x", []string{"s r 1 x"}, "a row is extra"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := keep(t, "schema sequence n m", "s q 41 y")
			before.About, before.Moved = suite.About{Keys: 2, Grows: "n"}, true
			d := firstDifference(before, keep(t, "schema sequence n m", append([]string{test.now}, test.more...)...), sides)
			if (test.what == "") != (d == nil) || d != nil && !strings.Contains(d.What, test.what) {
				t.Errorf("got %+v, want %q", d, test.what)
			}
		})
	}
}

// TestOneColumnMayNameWhatMoved: the default suite uses two key columns, but that is not required.
func TestOneColumnMayNameWhatMoved(t *testing.T) {
	older := keep(t, "name n", "a 10", "b 5")
	older.About = suite.About{Keys: 1, Grows: "n"}
	older.MoveTo(keep(t, "name n", "a 12", "b 5"))
	for now, what := range map[string]string{"a 11|b 5": "", "a 13|b 5": "n is not between", "a 11|b 6": "did not move",
		"c 11|b 5": "another is in its place", "a 11": "missing"} {
		d := firstDifference(older, keep(t, "name n", strings.Split(now, "|")...), sides)
		if (what == "") != (d == nil) || d != nil && !strings.Contains(d.What, what) {
			t.Errorf("%s: got %+v, want %q", now, d, what)
		}
	}
}

// TestManyExpectedLossesAreAllExcused: more losses than a report would show.
func TestManyExpectedLossesAreAllExcused(t *testing.T) {
	var rows []string
	var expected []record.Expectation
	for i := range 10 * shownChanges {
		rows = append(rows, fmt.Sprintf("r%03d x", i))
		expected = append(expected, record.Expectation{Query: "q", Key: fmt.Sprintf("k=r%03d", i), What: "a row",
			Reason: "no archive holds it"})
	}
	older, newer := keep(t, "k v", rows...), keep(t, "k v")
	judge := func(expected []record.Expectation) *Report {
		r := &Report{Expected: expected}
		if err := r.Compare(&record.Record{Results: []*record.Result{older}}, &record.Record{Results: []*record.Result{newer}}, sides); err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := judge(expected); r.Verdict() != Pass {
		t.Errorf("%+v", r.Checks)
	}
	r := judge(expected[1:])
	if c := r.Checks[0]; r.Verdict() != Fail || len(c.Changes.First) != shownChanges ||
		c.Changes.First[0].Key != "k=r000" {
		t.Errorf("one that is not expected is not shown first: %+v", c)
	}
}
