package verdict

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgroundtrip/internal/record"
)

// result returns a result of the query "q", read from text.
func result(t *testing.T, text string) *record.Result {
	t.Helper()
	r, err := record.ReadResult(strings.NewReader(text), "q")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// bare returns a result without its rows.
func bare(r *record.Result) *record.Result {
	without := *r
	without.Kept = nil
	return &without
}

// sides are the names of the two sides.
var sides = &Options{OldName: "old", NewName: "new"}

// differ returns the first difference between two results.
func differ(t *testing.T, older, newer string) *Difference {
	t.Helper()
	return firstDifference(result(t, older), result(t, newer), sides)
}

// lineup returns a result with the columns id, actor and note, and these rows.
func lineup(rows ...string) string {
	return "id\tactor\tnote\n" + strings.Join(append(rows, ""), "\n")
}

func TestCompareFindsNothingInEqualResults(t *testing.T) {
	long := strings.Repeat("é", 1<<17)
	for _, tt := range []struct{ name, text string }{
		{"with a header alone", lineup()},
		{"with rows", lineup("1\ta\tb", "2\ta\t\\N")},
		{"with no columns", "\n\n\n"},
		{"with lines beyond every buffer", lineup("1\t"+long+"\tx", "2\tb\t"+long, "3\tb\tc")},
		{"with lines as long as the buffer, and around it",
			lineup(strings.Repeat("a", 1<<16-1), strings.Repeat("b", 1<<16), strings.Repeat("c", 1<<16+1))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := differ(t, tt.text, tt.text); d != nil {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestCompareFindsTheFirstDifference(t *testing.T) {
	rows := lineup("1\ta\tx", "2\tb\ty", "3\tc\tz")
	wide, high := strings.Repeat("w", 101), strings.Repeat("é", 70_000)
	for _, tt := range []struct {
		name, older, newer string
		want               Difference // without its Diff
		diff               string     // "" is any
	}{
		{"a changed value, by its column", rows, lineup("1\ta\tx", "2\tB\ty", "3\tc\tz"),
			Difference{Position: 1, Row: "id=2 actor=b", What: "actor"},
			"diff old new\n--- old\n+++ new\n@@ -1,4 +1,4 @@\n id\tactor\tnote\n 1\ta\tx\n-2\tb\ty\n+2\tB\ty\n 3\tc\tz\n"},
		{"several changed values, by all their columns", rows, lineup("1\ta\tx", "9\tb\tY", "3\tc\tz"),
			Difference{Position: 1, Row: "id=2 actor=b", What: "id, note"}, ""},
		{"the first of several rows", rows, lineup("1\ta\t", "2\t\ty", "3\t\tz"),
			Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"null beside an empty text", lineup("1\ta\t\\N"), lineup("1\ta\t"),
			Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"a blank at the end", lineup("1\ta\tb"), lineup("1\ta\tb "),
			Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"a carriage return at the end", lineup("1\ta\tb"), lineup("1\ta\tb\r"),
			Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"precomposed beside combining characters", lineup("1\ta\té"), lineup("1\ta\te\u0301"),
			Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"rows in another order", rows, lineup("2\tb\ty", "1\ta\tx", "3\tc\tz"),
			Difference{Position: 0, Row: "id=1 actor=a", What: "id, actor, note"}, ""},
		{"a lost tail", rows, lineup("1\ta\tx"), Difference{Position: 1, Row: "id=2 actor=b",
			What: "the row and all later ones are missing"},
			"diff old new\n--- old\n+++ new\n@@ -1,4 +1,2 @@\n id\tactor\tnote\n 1\ta\tx\n-2\tb\ty\n-3\tc\tz\n"},
		{"every row lost", rows, lineup(), Difference{Position: 0, Row: "id=1 actor=a",
			What: "the row and all later ones are missing"}, ""},
		{"an extra row", rows, rows + "4\td\tw\n", Difference{Position: 3, Row: "id=4 actor=d", What: "the row is extra"},
			"diff old new\n--- old\n+++ new\n@@ -1,2 +1,3 @@\n 2\tb\ty\n 3\tc\tz\n+4\td\tw\n"},
		{"an extra row that is empty", "a\n", "a\n\n", Difference{Position: 0, What: "the row is extra"},
			"diff old new\n--- old\n+++ new\n@@ -1,1 +1,2 @@\n a\n+\n"},
		{"another number of values", lineup("1\ta"), lineup("1\ta\tb"),
			Difference{Position: 0, Row: "id=1", What: "the number of values"}, ""},
		{"a column by another name", rows, strings.Replace(rows, "actor", "Actor", 1),
			Difference{Position: -1, What: "the columns themselves"}, ""},
		{"a column more", rows, strings.Replace(rows, "note", "note\tmore", 1),
			Difference{Position: -1, What: "the columns themselves"}, ""},
		{"a single column, which names nothing", "a\n1\n", "a\n2\n", Difference{Position: 0, What: "a"},
			"diff old new\n--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-1\n+2\n"},
		{"a row whose first value is too long to name it", lineup(wide + "\ta\tb"), lineup(wide + "\ta\tc"),
			Difference{Position: 0, What: "note"}, ""},
		{"a row whose second value is too long to name it", lineup("1\t" + wide + "\tb"), lineup("1\t" + wide + "\tc"),
			Difference{Position: 0, Row: "id=1", What: "note"}, ""},
		{"a value beyond every buffer, behind another", lineup("1\ta\t"+high, "2\tb\t"+high),
			lineup("1\ta\t"+high, "2\tb\t"+high+"x"), Difference{Position: 1, Row: "id=2 actor=b", What: "note"}, ""},
		{"a value beyond every buffer, by its column", lineup("1\ta\t" + high + "x"), lineup("1\ta\t" + high + "y"),
			Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := differ(t, tt.older, tt.newer)
			if d == nil {
				t.Fatal("no difference")
			}
			got := *d
			got.Diff, tt.want.Query = "", "q"
			if got != tt.want {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
			if d.Diff == "" || tt.diff != "" && d.Diff != tt.diff {
				t.Errorf("\n got %.500q\nwant %q", d.Diff, tt.diff)
			}
		})
	}
}

func TestCompareShowsLittleOfMuch(t *testing.T) {
	t.Run("rows: two before the difference, and four from it on", func(t *testing.T) {
		var older, newer []string
		for i := range 100 {
			older = append(older, fmt.Sprintf("%d\ta\tb", i))
			newer = append(newer, fmt.Sprintf("%d\ta\t%s", i, []string{"b", "c"}[i/50]))
		}
		d := differ(t, lineup(older...), lineup(newer...))
		if d == nil {
			t.Fatal("no difference")
		}
		want := "diff old new\n--- old\n+++ new\n@@ -1,6 +1,6 @@\n 48\ta\tb\n 49\ta\tb\n" +
			"-50\ta\tb\n-51\ta\tb\n-52\ta\tb\n-53\ta\tb\n+50\ta\tc\n+51\ta\tc\n+52\ta\tc\n+53\ta\tc\n"
		if d.Diff != want {
			t.Errorf("\n got %s\nwant %s", d.Diff, want)
		}
	})
	t.Run("rows before the difference as they were, wherever the buffer ends", func(t *testing.T) {
		const rows = 100
		row := func(i int, note string) string { return fmt.Sprintf("%02d\ta\t%s", i, strings.Repeat(note, 1800)) }
		for changed := 2; changed < rows; changed++ {
			var older, newer []string
			for i := range rows {
				older = append(older, row(i, "b"))
				newer = append(newer, row(i, "b"))
			}
			newer[changed] = row(changed, "c")
			d := differ(t, lineup(older...), lineup(newer...))
			if d == nil || !strings.Contains(d.Diff, "@@\n "+older[changed-2]+"\n "+older[changed-1]+"\n-"+older[changed]+"\n") {
				t.Fatalf("%d: %+v", changed, d)
			}
		}
	})
	const size = 64 << 10 / 3 * 3
	for _, tt := range []struct {
		name   string
		at     int // of the difference in a value of 64 KiB
		before string
		after  string
	}{
		{"a value that differs at its start", 0, "[0 bytes] 1\ta\t_", "bytes]"},
		{"a value that differs in the middle", size / 6 * 3, "日_日", "bytes]"},
		{"a value that differs at its end", size - 3, "日_", " [0 bytes]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			value := strings.Repeat("日", size/3)
			changed := value[:tt.at] + "_" + value[tt.at+3:]
			d := differ(t, lineup("1\ta\t"+value), lineup("1\ta\t"+changed))
			if d == nil {
				t.Fatal("no difference")
			}
			if !strings.Contains(d.Diff, tt.before) || !strings.Contains(d.Diff, tt.after) || d.What != "note" {
				t.Errorf("%s, without %q or %q:\n%s", d.What, tt.before, tt.after, d.Diff)
			}
			if len(d.Diff) > 3*shownBytes || !utf8.ValidString(d.Diff) {
				t.Errorf("the diff has %d bytes (valid UTF-8: %t)", len(d.Diff), utf8.ValidString(d.Diff))
			}
		})
	}
	t.Run("a value that goes on on one side", func(t *testing.T) {
		value := strings.Repeat("x", size)
		d := differ(t, lineup("1\ta\t"+value), lineup("1\ta\t"+value+value))
		if d == nil || len(d.Diff) > 3*shownBytes || !strings.Contains(d.Diff, " [0 bytes]\n") ||
			!strings.Contains(d.Diff, fmt.Sprintf(" [%d bytes]\n", size-shownBytes/2)) {
			t.Errorf("%v", d)
		}
	})
}

func TestMaskTakesTheValues(t *testing.T) {
	d := &Difference{Query: "q", Position: 1, Row: "id=1", What: "note", Diff: "-secret\n"}
	if d.Mask(); *d != (Difference{Query: "q", Position: 1, Row: "id=1", What: "note"}) {
		t.Errorf("%+v", d)
	}
	(*Difference)(nil).Mask()
}

func TestCompareOfDigestsUnderDifferentKeys(t *testing.T) {
	side := func(key string, keyed bool, text string) *record.Record {
		r := result(t, text)
		r.About.Keyed, r.QuerySHA256 = keyed, "q"
		return &record.Record{KeySHA256: key, Results: []*record.Result{r}}
	}
	for _, tt := range []struct {
		name         string
		older, newer *record.Record
		want         Verdict
	}{
		{"one key, the same rows", side("a", true, lineup("1\ta\tb")), side("a", true, lineup("1\ta\tb")), Pass},
		{"one key, other rows", side("a", true, lineup("1\ta\tb")), side("a", true, lineup("1\ta\tc")), Fail},
		{"two keys", side("a", true, lineup("1\ta\tb")), side("b", true, lineup("1\ta\tc")), Error},
		{"two keys, where rows are the same by chance", side("a", true, lineup("1\ta\tb")),
			side("b", true, lineup("1\ta\tb")), Error},
		{"a key and none", side("a", true, lineup("1\ta\tb")), side("", true, lineup("1\ta\tc")), Error},
		{"none and a key, where one side does not say that it reads one", side("", false, lineup("1\ta\tb")),
			side("a", true, lineup("1\ta\tc")), Error},
		{"two keys, and a result without", side("a", false, lineup("1\ta\tb")), side("b", false, lineup("1\ta\tb")), Pass},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r Report
			if err := r.Compare(tt.older, tt.newer, sides); err != nil || r.Verdict() != tt.want {
				t.Errorf("%s, want %s: %+v (%v)", r.Verdict(), tt.want, r.Checks, err)
			}
		})
	}
}
