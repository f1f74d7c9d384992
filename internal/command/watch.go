package command

import (
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/watch"
)

// Board returns the run's progress display. From then on everything written to stderr passes
// through it, so that it is printed between the bars and not into them.
func (p *Program) Board(s *Shared) *progress.Board {
	if p.shown == nil {
		p.shown = progress.New(p.screen, !s.JSON && progress.IsTerminal(p.screen, p.Env))
		p.Stderr = plain.NewLog(p.shown)
	}
	return p.shown
}

// Watch returns functions that show phases and progress; onProgress is nil if stderr is not a terminal.
func (p *Program) Watch(s *Shared) (onPhase func(string), onProgress func(done, total int64)) {
	return p.WatchIn(s, "rows")
}

// WatchIn is Watch with another unit of progress.
func (p *Program) WatchIn(s *Shared, unit string) (onPhase func(string), onProgress func(done, total int64)) {
	board := p.Board(s)
	onPhase = func(phase string) { board.Phase(plain.Text(phase), unit) }
	if board.Draws() {
		onProgress = board.Set
	}
	return onPhase, onProgress
}

// OnNotice returns a function that reads the progress of a workload from its notices.
func OnNotice(onProgress func(done, total int64)) func(string) {
	if onProgress == nil {
		return nil
	}
	return func(message string) {
		if done, total, ok := watch.Progress(message); ok {
			onProgress(done, total)
		}
	}
}

// endWatch ends the last bar, before results are printed.
func (p *Program) endWatch(isDone bool) {
	if p.shown != nil {
		p.shown.End(isDone)
	}
}
