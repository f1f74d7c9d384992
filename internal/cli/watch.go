package cli

import (
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/progress"
	"pgroundtrip/internal/report"
)

// board is where the run shows that it goes on. From then on what is written to stderr passes
// through it, so that it stands between the bars and not in them.
func (p *program) board(s *shared) *progress.Board {
	if p.shown == nil {
		p.shown = progress.New(p.screen, !s.json && progress.IsTerminal(p.screen, p.env))
		p.stderr = report.NewLog(p.shown)
	}
	return p.shown
}

// watch gives what tells phases and how far they have come; the latter is nil where nobody looks.
func (p *program) watch(s *shared) (onPhase func(string), onProgress func(done, total int64)) {
	board := p.board(s)
	onPhase = func(phase string) { board.Phase(report.Plain(phase), "rows") }
	if board.Draws() {
		onProgress = board.Set
	}
	return onPhase, onProgress
}

// onNotice reads a workload's notices for whoever looks.
func onNotice(onProgress func(done, total int64)) func(string) {
	if onProgress == nil {
		return nil
	}
	return func(message string) {
		if done, total, ok := pgdump.Progress(message); ok {
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
