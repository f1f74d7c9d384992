// Package progress shows the progress of a run: as bars on a terminal, elsewhere as one line per phase.
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

// minColumns is the least terminal width: on a narrower one the rate and the remaining time are cut off.
const minColumns = 60

// IsTerminal reports whether bars can be drawn on w: it is a terminal that can move its cursor, is wide enough, and
// is not the log of a CI job. env is the environment by name.
func IsTerminal(w io.Writer, env map[string]string) bool {
	file, ok := w.(*os.File)
	if !ok || env["TERM"] == "dumb" || env["TERM"] == "" || env["CI"] != "" {
		return false
	}
	columns, _, err := term.GetSize(int(file.Fd())) // 0 if unknown
	return err == nil && columns >= minColumns
}

// A Board shows one phase at a time. It is safe for use by several goroutines.
type Board struct {
	mu    sync.Mutex
	w     io.Writer
	draws bool
	drawn *mpb.Progress // of the running phase; nil if nothing is drawn
	bar   *mpb.Bar
	pace  *pace
}

// New returns a board that writes to w: bars if draws is true, else the name of each phase on its own line.
func New(w io.Writer, draws bool) *Board { return &Board{w: w, draws: draws} }

// Draws reports whether the board draws bars.
func (b *Board) Draws() bool { return b.draws }

// Phase ends the previous phase as done and begins another one, which counts in unit.
func (b *Board) Phase(name, unit string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.draws {
		fmt.Fprintln(b.w, name) // failing to write a log does not stop the run
		return
	}
	b.end(true)
	b.pace = &pace{starts: time.Now()}
	b.drawn = mpb.New(mpb.WithOutput(b.w), mpb.WithWidth(32), mpb.WithRefreshRate(150*time.Millisecond),
		mpb.WithAutoRefresh())
	b.bar = b.drawn.New(0, mpb.BarStyle(), mpb.BarFillerMiddleware(whileKnown),
		mpb.PrependDecorators(decor.Name(name, decor.WC{W: 24, C: decor.DindentRight})),
		mpb.AppendDecorators(decor.Any(b.pace.text(unit))))
}

// Set reports how many rows of the running phase are done. A total of 0 means unknown; a total that proves too small
// counts as unknown too.
func (b *Board) Set(done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.drawn == nil {
		return
	}
	if total < done {
		total = 0
	}
	b.pace.note(time.Now(), done)
	b.bar.SetTotal(total, false)
	b.bar.SetCurrent(done)
}

// End ends the last phase, as done or as aborted.
func (b *Board) End(isDone bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(isDone)
}

// Write writes a line above the bar of the running phase, if there is one.
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
		b.bar.SetTotal(-1, true) // whatever it counted is the total
	} else {
		b.bar.Abort(false)
	}
	b.drawn.Wait()
	b.drawn = nil
}

// whileKnown draws a bar only while the total is known and not yet reached.
func whileKnown(bar mpb.BarFiller) mpb.BarFiller {
	return mpb.BarFillerFunc(func(w io.Writer, s decor.Statistics) error {
		if s.Total <= 0 || s.Completed {
			return nil
		}
		return bar.Fill(w, s)
	})
}

// Together returns the progress functions of n concurrent parts. Once every part has reported, report is called with
// the sums. If report is nil, so are the functions.
func Together(n int, report func(done, total int64)) []func(done, total int64) {
	all := make([]func(done, total int64), n)
	if report == nil {
		return all
	}
	var mu sync.Mutex
	known := map[int][2]int64{}
	for i := range all {
		all[i] = func(done, total int64) {
			mu.Lock()
			defer mu.Unlock()
			known[i] = [2]int64{done, total}
			var sum [2]int64
			for _, one := range known {
				sum[0], sum[1] = sum[0]+one[0], sum[1]+one[1]
			}
			if len(known) == n {
				report(sum[0], sum[1])
			}
		}
	}
	return all
}

// A pace measures how fast a phase goes, starting at its first report: a resumed run begins in the middle.
type pace struct {
	mu          sync.Mutex
	starts      time.Time
	first, last mark
	took        time.Duration // once it has ended
}

// A mark is a count at a point in time.
type mark struct {
	at   time.Time
	done int64
}

// note records how many are done now. It keeps the time of the last increase, so that time without counting, while
// indexes are built, does not lower the rate.
func (p *pace) note(now time.Time, done int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.first.at.IsZero() {
		p.first, p.last = mark{now, done}, mark{now, done}
	}
	if done > p.last.done {
		p.last = mark{now, done}
	}
}

// perSecond returns the average number done per second so far.
func (p *pace) perSecond() float64 {
	from, to := p.first, p.last
	if from.done == to.done {
		from = mark{at: p.starts}
	}
	return float64(to.done-from.done) / max(to.at.Sub(from.at).Seconds(), 0.001)
}

// text returns the function that writes the text after the bar. The clock stops when the phase ends.
func (p *pace) text(unit string) func(decor.Statistics) string {
	return func(s decor.Statistics) string {
		p.mu.Lock()
		defer p.mu.Unlock()
		isOver := s.Completed || s.Aborted
		if p.took == 0 || !isOver {
			p.took = time.Since(p.starts)
		}
		return describe(s.Current, s.Total, unit, p.perSecond(), p.took, isOver)
	}
}

// describe returns the progress of a phase in words: the count, the rate, and the remaining time or, once it has
// ended, the time it took. A total of 0 means unknown, and then the remaining time is unknown as well.
func describe(done, total int64, unit string, perSecond float64, took time.Duration, isOver bool) string {
	if done == 0 {
		return " " + seconds(took)
	}
	text := fmt.Sprintf(" %d %s, %.0f %s/s", done, unit, perSecond, unit)
	if unit == "bytes" {
		text = fmt.Sprintf(" %s of %s, %s/s", byteText(float64(done)), byteText(float64(max(done, total))),
			byteText(perSecond))
	}
	if isOver || total <= done || perSecond == 0 {
		return text + ", " + seconds(took)
	}
	return text + ", " + seconds(time.Duration(float64(total-done)/perSecond*float64(time.Second))) + " left"
}

// byteText formats a number of bytes for people: 512 B, 3.4 MB, 1.2 TB.
func byteText(n float64) string {
	const units = "kMGTP"
	unit := ""
	for i := 0; n >= 1000 && i < len(units); i++ {
		n, unit = n/1000, units[i:i+1]
	}
	if unit == "" {
		return fmt.Sprintf("%.0f B", n)
	}
	return fmt.Sprintf("%.1f %sB", n, unit)
}

// seconds formats a duration for people: 0.4 s, 12 s, 3 min 20 s.
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
