// Package progress hides how a run shows that it goes on: as bars on a terminal, as a line for each
// phase elsewhere.
package progress

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// IsTerminal says whether bars can be drawn on w: it is a terminal that can move its cursor, and no
// log of a CI job. env is the environment by name.
func IsTerminal(w io.Writer, env map[string]string) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && env["TERM"] != "dumb" && env["TERM"] != "" && env["CI"] == ""
}

// A Board shows one phase at a time. It is safe for use by several goroutines.
type Board struct {
	mu     sync.Mutex
	w      io.Writer
	draws  bool
	drawn  *mpb.Progress // of the running phase; nil where nothing is drawn
	bar    *mpb.Bar
	starts time.Time
}

// New is a board that writes to w: bars if it draws, else the name of each phase on a line of its own.
func New(w io.Writer, draws bool) *Board { return &Board{w: w, draws: draws} }

// Draws says whether there is somebody to look at how far a phase has come.
func (b *Board) Draws() bool { return b.draws }

// Phase ends the phase before, which is done, and begins another one, that counts in that unit.
func (b *Board) Phase(name, unit string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.draws {
		fmt.Fprintln(b.w, name) // a log that cannot be written is no reason to stop
		return
	}
	b.end(true)
	b.starts = time.Now()
	b.drawn = mpb.New(mpb.WithOutput(b.w), mpb.WithWidth(100), mpb.WithRefreshRate(150*time.Millisecond), mpb.WithAutoRefresh())
	b.bar = b.drawn.New(0, mpb.BarStyle().Rbound("]"),
		mpb.BarPriority(0),
		mpb.PrependDecorators(decor.Name(name, decor.WC{W: 24, C: decor.DindentRight})),
		mpb.AppendDecorators(decor.Any(rate(b.starts, unit))))
}

// Set says that the running phase has done so many of its rows; a total of 0 is unknown.
func (b *Board) Set(done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn == nil {
		return
	}
	if total > 0 {
		b.bar.SetTotal(max(total, done), false)
	}
	b.bar.SetCurrent(done)
}

// End ends the last phase: it is done, or was given up where it stands.
func (b *Board) End(isDone bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(isDone)
}

// Write writes a line between the bars, or below them.
func (b *Board) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn == nil {
		return b.w.Write(p)
	}
	return b.drawn.Write(p)
}

func (b *Board) end(isDone bool) {
	if b.drawn == nil {
		return
	}
	if isDone {
		b.bar.SetTotal(-1, true) // what it has is all there was
	} else {
		b.bar.Abort(false)
	}
	b.drawn.Wait()
	b.drawn = nil
}

// rate writes what stands behind the bar: how many, how many per second and the time that is left, or, where
// no rows are known, the time that it took so far.
func rate(starts time.Time, unit string) func(decor.Statistics) string {
	var took time.Duration
	return func(s decor.Statistics) string {
		if took == 0 || !s.Completed && !s.Aborted {
			took = time.Since(starts)
		}
		return describe(s.Current, s.Total, unit, took, s.Completed || s.Aborted)
	}
}

// describe says in words how far a phase has come that took so long for done of total; 0 is unknown.
func describe(done, total int64, unit string, took time.Duration, isOver bool) string {
	if done == 0 {
		return " " + seconds(took)
	}
	perSecond := float64(done) / max(took.Seconds(), 0.001)
	text := fmt.Sprintf(" %d %s, %.0f %s/s", done, unit, perSecond, unit)
	switch {
	case isOver:
		return text + ", " + seconds(took)
	case total <= done:
		return text
	}
	return text + ", " + seconds(time.Duration(float64(total-done)/perSecond*float64(time.Second))) + " left"
}

// seconds writes a time as people do: 0.4 s, 12 s, 3 min 20 s.
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}
