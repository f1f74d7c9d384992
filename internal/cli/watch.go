package cli

import (
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/watch"
)

// board is where the run shows that it goes on. From then on what is written to stderr passes
// through it, so that it is printed between the bars and not into them.
func (p *program) board(s *shared) *progress.Board {
	if p.shown == nil {
		p.shown = progress.New(p.screen, !s.json && progress.IsTerminal(p.screen, p.env))
		p.stderr = report.NewLog(p.shown)
	}
	return p.shown
}

// watch returns what shows phases and progress; the latter is nil where no one looks.
func (p *program) watch(s *shared) (onPhase func(string), onProgress func(done, total int64)) {
	board := p.board(s)
	onPhase = func(phase string) { board.Phase(report.Plain(phase), "rows") }
	if board.Draws() {
		onProgress = board.Set
	}
	return onPhase, onProgress
}

// onNotice reads how far a workload has come out of its notices.
func onNotice(onProgress func(done, total int64)) func(string) {
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
func (p *program) endWatch(isDone bool) {
	if p.shown != nil {
		p.shown.End(isDone)
	}
}
