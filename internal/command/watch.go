package command

import (
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/watch"
)

// Board is where the run shows that it goes on. From then on what is written to stderr passes
// through it, so that it is printed between the bars and not into them.
func (p *Program) Board(s *Shared) *progress.Board {
	if p.shown == nil {
		p.shown = progress.New(p.screen, !s.JSON && progress.IsTerminal(p.screen, p.Env))
		p.Stderr = plain.NewLog(p.shown)
	}
	return p.shown
}

// Watch returns what shows phases and progress; the latter is nil where no one looks.
func (p *Program) Watch(s *Shared) (onPhase func(string), onProgress func(done, total int64)) {
	return p.WatchIn(s, "rows")
}

// WatchIn is Watch of progress that counts in another unit.
func (p *Program) WatchIn(s *Shared, unit string) (onPhase func(string), onProgress func(done, total int64)) {
	board := p.Board(s)
	onPhase = func(phase string) { board.Phase(plain.Text(phase), unit) }
	if board.Draws() {
		onProgress = board.Set
	}
	return onPhase, onProgress
}

// OnNotice reads how far a workload has come out of its notices.
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

// endWatch ends the last bar, before results are told.
func (p *Program) endWatch(isDone bool) {
	if p.shown != nil {
		p.shown.End(isDone)
	}
}
