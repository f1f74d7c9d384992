package progress

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

func TestWithoutATerminalAPhaseIsALine(t *testing.T) {
	var b bytes.Buffer
	board := New(&b, IsTerminal(&b, map[string]string{"TERM": "xterm"}))
	board.Phase("one", "rows")
	board.Set(5, 10)
	if _, err := board.Write([]byte("a warning\n")); err != nil {
		t.Fatal(err)
	}
	board.Phase("two", "rows")
	board.End(true)
	if want := "one\na warning\ntwo\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestWhatIsATerminal(t *testing.T) {
	terminal, other := terminalPair(t)
	defer terminal.Close()
	defer other.Close()
	for _, tt := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"a terminal", map[string]string{"TERM": "xterm"}, true},
		{"a terminal of a CI job", map[string]string{"TERM": "xterm", "CI": "true"}, false},
		{"a dumb one", map[string]string{"TERM": "dumb"}, false},
		{"one that says nothing of itself", nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := IsTerminal(other, tt.env); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
	if err := pty.Setsize(other, &pty.Winsize{Rows: 40, Cols: 40}); err != nil {
		t.Fatal(err)
	}
	if IsTerminal(other, map[string]string{"TERM": "xterm"}) {
		t.Error("a terminal of 40 columns is taken for one that a line fits on")
	}
	if file, err := os.CreateTemp(t.TempDir(), ""); err != nil || IsTerminal(file, map[string]string{"TERM": "xterm"}) {
		t.Errorf("a file is taken for a terminal (%v)", err)
	}
}

func TestOnATerminalThereAreBars(t *testing.T) {
	terminal, other := terminalPair(t)
	shown := make(chan string)
	go func() {
		var all strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := terminal.Read(buf)
			all.Write(buf[:n])
			if err != nil {
				shown <- all.String()
				return
			}
		}
	}()
	board := New(other, true)
	board.Phase("restore", "rows")
	board.Set(250, 1000)
	time.Sleep(400 * time.Millisecond)
	board.Set(500, 1000)
	if _, err := board.Write([]byte("a warning\n")); err != nil {
		t.Error(err)
	}
	time.Sleep(400 * time.Millisecond)
	board.Set(1200, 1000) // the total was too small
	time.Sleep(400 * time.Millisecond)
	board.Phase("compare", "rows")
	board.End(false)
	if _, err := board.Write([]byte("a result\n")); err != nil {
		t.Error(err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	got := <-shown
	for _, want := range []string{"restore", "250 rows, ", " rows/s", " left", "500 rows", "a warning", "compare",
		"a result"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

func TestWhatStandsBehindABar(t *testing.T) {
	for _, tt := range []struct {
		done, total int64
		perSecond   float64
		took        time.Duration
		isOver      bool
		want        string
	}{
		{0, 0, 0, 1500 * time.Millisecond, false, " 1.5 s"},
		{500, 0, 250, 2 * time.Second, false, " 500 rows, 250 rows/s, 2.0 s"},
		{500, 1000, 250, 2 * time.Second, false, " 500 rows, 250 rows/s, 2.0 s left"},
		{100, 100_000, 100, time.Second, false, " 100 rows, 100 rows/s, 16 min 39 s left"},
		{1, 10_000, 1, time.Second, false, " 1 rows, 1 rows/s, 2 h 46 min left"},
		{1000, 1000, 250, 4 * time.Second, true, " 1000 rows, 250 rows/s, 4.0 s"},
		{500, 1000, 0, time.Second, false, " 500 rows, 0 rows/s, 1.0 s"},
	} {
		if got := describe(tt.done, tt.total, "rows", tt.perSecond, tt.took, tt.isOver); got != tt.want {
			t.Errorf("%d of %d after %s: got %q, want %q", tt.done, tt.total, tt.took, got, tt.want)
		}
	}
}

func TestBytesAreWrittenAsPeopleDo(t *testing.T) {
	for _, tt := range []struct {
		done, total int64
		perSecond   float64
		want        string
	}{
		{512, 0, 999, " 512 B of 512 B, 999 B/s, 2.0 s"},
		{1500, 12_345_678, 1000, " 1.5 kB of 12.3 MB, 1.0 kB/s, 3 h 25 min left"},
		{2_000_000_000_000, 3_000_000_000_000, 1e9, " 2.0 TB of 3.0 TB, 1.0 GB/s, 16 min 40 s left"},
	} {
		if got := describe(tt.done, tt.total, "bytes", tt.perSecond, 2*time.Second, false); got != tt.want {
			t.Errorf("%d of %d: got %q, want %q", tt.done, tt.total, got, tt.want)
		}
	}
}

// TestPartsAreToldTogether requires sums once all parts have reported.
func TestPartsAreToldTogether(t *testing.T) {
	var told [][2]int64
	parts := Together(2, func(done, total int64) { told = append(told, [2]int64{done, total}) })
	parts[0](1, 10)
	parts[1](2, 20)
	parts[0](5, 10)
	if want := [][2]int64{{3, 30}, {7, 30}}; !slices.Equal(told, want) {
		t.Errorf("told %v, want %v", told, want)
	}
	if parts := Together(2, nil); parts[0] != nil || parts[1] != nil {
		t.Error("there is no one to tell, and it is told")
	}
}

func TestPace(t *testing.T) {
	start := time.Now()
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	for _, tt := range []struct {
		name  string
		marks []mark
		want  float64
	}{
		{"of one mark counts from the beginning", []mark{{at(2), 500}}, 250},
		{"counts from the first mark", []mark{{at(2), 100}, {at(4), 500}}, 200},
		{"of a resumed run leaves out what was done before", []mark{{at(1), 1_000_000}, {at(3), 1_000_500}}, 250},
		{"does not sink while nothing is counted", []mark{{at(1), 100}, {at(2), 200}, {at(60), 200}}, 100},
		{"does not count backwards", []mark{{at(1), 100}, {at(2), 200}, {at(3), 150}}, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &pace{starts: start}
			for _, m := range tt.marks {
				p.note(m.at, m.done)
			}
			if got := p.perSecond(); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func terminalPair(t *testing.T) (terminal, other *os.File) {
	t.Helper()
	terminal, other, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(other, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	return terminal, other
}
