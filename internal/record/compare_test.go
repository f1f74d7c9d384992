package record

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

// side is a side whose only result, of the query "q", is text.
func side(name, text string) Side {
	return Side{name, fstest.MapFS{"q.golden": {Data: []byte(text)}}}
}

// lines is a result with the columns id, actor and note, and these rows.
func lines(rows ...string) string {
	return "id\tactor\tnote\n" + strings.Join(append(rows, ""), "\n")
}

func TestCompareFindsNothingInEqualResults(t *testing.T) {
	long := strings.Repeat("é", 1<<17)
	for _, tt := range []struct{ name, text string }{
		{"with a header alone", lines()},
		{"with rows", lines("1\ta\tb", "2\ta\t\\N")},
		{"with no columns", "\n\n\n"},
		{"with lines beyond every buffer", lines("1\t"+long+"\tx", "2\tb\t"+long, "3\tb\tc")},
		{"with lines as long as the buffer, and around it", lines(strings.Repeat("a", 1<<16-1), strings.Repeat("b", 1<<16), strings.Repeat("c", 1<<16+1))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d, err := Compare("q", side("old", tt.text), side("new", tt.text)); d != nil || err != nil {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}

func TestCompareFindsTheFirstDifference(t *testing.T) {
	rows := lines("1\ta\tx", "2\tb\ty", "3\tc\tz")
	wide, high := strings.Repeat("w", 101), strings.Repeat("é", 70_000)
	for _, tt := range []struct {
		name, older, newer string
		want               Difference // without its Diff
		diff               string     // "" is any
	}{
		{"a changed value, by its column", rows, lines("1\ta\tx", "2\tB\ty", "3\tc\tz"), Difference{Position: 1, Row: "id=2 actor=b", What: "actor"},
			"diff old new\n--- old\n+++ new\n@@ -1,4 +1,4 @@\n id\tactor\tnote\n 1\ta\tx\n-2\tb\ty\n+2\tB\ty\n 3\tc\tz\n"},
		{"several changed values, by all their columns", rows, lines("1\ta\tx", "9\tb\tY", "3\tc\tz"), Difference{Position: 1, Row: "id=2 actor=b", What: "id, note"}, ""},
		{"the first of several rows", rows, lines("1\ta\t", "2\t\ty", "3\t\tz"), Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"null beside an empty text", lines("1\ta\t\\N"), lines("1\ta\t"), Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"a blank at the end", lines("1\ta\tb"), lines("1\ta\tb "), Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"a carriage return at the end", lines("1\ta\tb"), lines("1\ta\tb\r"), Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"precomposed beside combining characters", lines("1\ta\té"), lines("1\ta\te\u0301"), Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
		{"rows in another order", rows, lines("2\tb\ty", "1\ta\tx", "3\tc\tz"), Difference{Position: 0, Row: "id=1 actor=a", What: "id, actor, note"}, ""},
		{"a lost tail", rows, lines("1\ta\tx"), Difference{Position: 1, Row: "id=2 actor=b", What: "the row is missing, and all behind it"},
			"diff old new\n--- old\n+++ new\n@@ -1,4 +1,2 @@\n id\tactor\tnote\n 1\ta\tx\n-2\tb\ty\n-3\tc\tz\n"},
		{"every row lost", rows, lines(), Difference{Position: 0, Row: "id=1 actor=a", What: "the row is missing, and all behind it"}, ""},
		{"an extra row", rows, rows + "4\td\tw\n", Difference{Position: 3, Row: "id=4 actor=d", What: "the row is extra"},
			"diff old new\n--- old\n+++ new\n@@ -1,2 +1,3 @@\n 2\tb\ty\n 3\tc\tz\n+4\td\tw\n"},
		{"an extra row that is empty", "a\n", "a\n\n", Difference{Position: 0, What: "the row is extra"}, "diff old new\n--- old\n+++ new\n@@ -1,1 +1,2 @@\n a\n+\n"},
		{"another number of values", lines("1\ta"), lines("1\ta\tb"), Difference{Position: 0, Row: "id=1", What: "the number of values"}, ""},
		{"a column by another name", rows, strings.Replace(rows, "actor", "Actor", 1), Difference{Position: -1, What: "the columns themselves"}, ""},
		{"a column more", rows, strings.Replace(rows, "note", "note\tmore", 1), Difference{Position: -1, What: "the columns themselves"}, ""},
		{"an empty file", rows, "", Difference{Position: -1, What: "the columns themselves"}, ""},
		{"a single column, which names nothing", "a\n1\n", "a\n2\n", Difference{Position: 0, What: "a"}, "diff old new\n--- old\n+++ new\n@@ -1,2 +1,2 @@\n a\n-1\n+2\n"},
		{"a row whose first value is too long to name it", lines(wide + "\ta\tb"), lines(wide + "\ta\tc"), Difference{Position: 0, What: "note"}, ""},
		{"a row whose second value is too long to name it", lines("1\t" + wide + "\tb"), lines("1\t" + wide + "\tc"), Difference{Position: 0, Row: "id=1", What: "note"}, ""},
		{"a value beyond every buffer, behind another", lines("1\ta\t"+high, "2\tb\t"+high), lines("1\ta\t"+high, "2\tb\t"+high+"x"), Difference{Position: 1, Row: "id=2 actor=b", What: "note"}, ""},
		{"a value beyond every buffer, by its column", lines("1\ta\t" + high + "x"), lines("1\ta\t" + high + "y"), Difference{Position: 0, Row: "id=1 actor=a", What: "note"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Compare("q", side("old", tt.older), side("new", tt.newer))
			if err != nil || d == nil {
				t.Fatalf("%+v, %v", d, err)
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
		d, err := Compare("q", side("old", lines(older...)), side("new", lines(newer...)))
		if err != nil || d == nil {
			t.Fatal(d, err)
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
			d, err := Compare("q", side("old", lines(older...)), side("new", lines(newer...)))
			if err != nil || d == nil || !strings.Contains(d.Diff, "@@\n "+older[changed-2]+"\n "+older[changed-1]+"\n-"+older[changed]+"\n") {
				t.Fatalf("%d: %+v, %v", changed, d, err)
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
			d, err := Compare("q", side("old", lines("1\ta\t"+value)), side("new", lines("1\ta\t"+changed)))
			if err != nil || d == nil {
				t.Fatal(d, err)
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
		d, err := Compare("q", side("old", lines("1\ta\t"+value)), side("new", lines("1\ta\t"+value+value)))
		if err != nil || d == nil || len(d.Diff) > 3*shownBytes || !strings.Contains(d.Diff, " [0 bytes]\n") || !strings.Contains(d.Diff, fmt.Sprintf(" [%d bytes]\n", size-shownBytes/2)) {
			t.Errorf("%v, %v", d, err)
		}
	})
}

func TestCompareRefuses(t *testing.T) {
	rows := lines("1\ta\tx", "2\tb\ty")
	long := strings.Repeat("x", 1<<17)
	for _, tt := range []struct{ name, older, newer, want string }{
		{"a new side whose last line has no end", rows, strings.TrimSuffix(rows, "\n"), "new: q.golden: the last line has no end: the file was cut short"},
		{"an old side whose last line has no end", strings.TrimSuffix(rows, "\n"), rows, "old: q.golden: the last line has no end"},
		{"two sides that were cut at the same place", rows + "3", rows + "3", "old: q.golden: the last line has no end"},
		{"a long last line without an end", lines(long), strings.TrimSuffix(lines(long), "\n"), "new: q.golden: the last line has no end"},
		{"a side that was cut shortly behind the difference", rows, lines("1\ta\tX") + "2", "new: q.golden: the last line has no end"},
		{"an old side that was cut shortly behind the difference", lines("1\ta\tX") + "2", rows, "old: q.golden: the last line has no end"},
		{"a header that was cut", "id\tact", "id\tact", "old: q.golden: the last line has no end"},
		{"two empty files", "", "", "old: q.golden, new: q.golden: both are empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := Compare("q", side("old", tt.older), side("new", tt.newer))
			if d != nil || err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("\n got %v, %v\nwant %s", d, err, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		name         string
		older, newer Side
		want         error
	}{
		{"a missing result on the old side", Side{"old", fstest.MapFS{}}, side("new", rows), fs.ErrNotExist},
		{"a missing result on the new side", side("old", rows), Side{"new", fstest.MapFS{}}, fs.ErrNotExist},
		{"a result that cannot be read", side("old", rows), Side{"new", broken{}}, errBroken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d, err := Compare("q", tt.older, tt.newer); d != nil || !errors.Is(err, tt.want) {
				t.Errorf("%v, %v", d, err)
			}
		})
	}
}

func TestMaskTakesTheValues(t *testing.T) {
	d := &Difference{Query: "q", Position: 1, Row: "id=1", What: "note", Diff: "-secret\n"}
	if d.Mask(); *d != (Difference{Query: "q", Position: 1, Row: "id=1", What: "note"}) {
		t.Errorf("%+v", d)
	}
	(*Difference)(nil).Mask()
}

// broken is a folder of files that break off in the middle of a line.
type broken struct{}

var errBroken = errors.New("the disk is broken")

func (broken) Open(string) (fs.File, error) {
	return &stream{io.MultiReader(strings.NewReader("id\tact"), brokenReader{})}, nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errBroken }

// stream is a file that is read and never kept.
type stream struct{ io.Reader }

func (stream) Close() error               { return nil }
func (stream) Stat() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

// generated is a folder of results of so many rows of 500 bytes, made while they are read. The
// last row of the new one differs.
type generated struct {
	rows int
	last string
}

func (g generated) Open(string) (fs.File, error) {
	row := "\t" + strings.Repeat("x", 490) + "\n"
	reader, writer := io.Pipe()
	go func() {
		fmt.Fprint(writer, "id\tvalue\n")
		for i := range g.rows {
			if _, err := fmt.Fprintf(writer, "%08d%s", i, row); err != nil {
				return // the reader has seen enough
			}
		}
		fmt.Fprintf(writer, "%08d\t%s\n", g.rows, g.last)
		writer.Close()
	}()
	return &stream{reader}, nil
}

func TestCompareNeedsLittleMemory(t *testing.T) {
	const rows, bound = 100_000, 16 << 20
	peak := watchHeap(t)
	d, err := Compare("q", Side{"old", generated{rows, "a"}}, Side{"new", generated{rows, "b"}})
	if err != nil || d == nil || d.Position != rows || d.What != "value" {
		t.Fatalf("%+v, %v", d, err)
	}
	if grown := peak(); grown > bound {
		t.Errorf("to compare 50 MB with 50 MB took %d MiB", grown>>20)
	}
}

// watchHeap watches the heap until peak is called, which says how much it grew.
func watchHeap(t *testing.T) (peak func() uint64) {
	t.Helper()
	runtime.GC()
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse
	}
	before, highest := inUse(), uint64(0)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			highest = max(highest, inUse())
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() uint64 {
		close(stop)
		<-stopped
		return highest - min(before, highest)
	}
}
