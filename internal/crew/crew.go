// Package crew deals out pieces of work to members that may leave: what one leaves unfinished, another does.
package crew

import (
	"context"
	"sync"
	"time"
)

// A Pool holds pieces of work, numbered from 0. Its members are either own workers, without which the run fails, or
// helpers (standbys), which may fail and leave.
type Pool struct {
	mu      sync.Mutex
	changed *sync.Cond
	pieces  []piece
	left    int
	err     error
}

// A piece is the state of one piece of work.
type piece struct {
	isDone      bool
	own, helper bool // who is working on it
	ownOnly     bool
}

// NewPool returns a pool of n pieces.
func NewPool(n int) *Pool {
	p := &Pool{pieces: make([]piece, n), left: n}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// Next returns the first free piece. It waits while all remaining pieces are being worked on, since they may be given
// back; ok is false when nothing is left or the run has failed. An own worker does not wait for a helper: if nothing
// else is left it takes a helper's piece as well, and the first to finish it counts.
func (p *Pool) Next(isHelper bool) (i int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.left > 0 && p.err == nil {
		for _, shareWithHelper := range []bool{false, !isHelper} {
			if i, ok := p.find(isHelper, shareWithHelper); ok {
				return i, true
			}
		}
		p.changed.Wait()
	}
	return 0, false
}

func (p *Pool) find(isHelper, shareWithHelper bool) (i int, ok bool) {
	for i := range p.pieces {
		piece := &p.pieces[i]
		if piece.isDone || piece.own || piece.helper && !shareWithHelper || isHelper && piece.ownOnly {
			continue
		}
		piece.own, piece.helper = piece.own || !isHelper, piece.helper || isHelper
		return i, true
	}
	return 0, false
}

// Work lets a member do pieces until none is left for it. An error of an own worker ends the run; a helper's
// unfinished piece goes back to the pool.
func (p *Pool) Work(isHelper bool, do func(i int) error) error {
	for i, ok := p.Next(isHelper); ok; i, ok = p.Next(isHelper) {
		if err := do(i); err != nil {
			if isHelper {
				p.GiveBack(i)
			} else {
				p.Fail(err)
			}
			return err
		}
	}
	return nil
}

// Done marks a piece as done. It returns how many pieces are done, and whether this call was the first to finish this
// one.
func (p *Pool) Done(i int) (done int, isFirst bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if isFirst = !p.pieces[i].isDone; isFirst {
		p.pieces[i].isDone = true
		p.left--
	}
	p.changed.Broadcast()
	return len(p.pieces) - p.left, isFirst
}

// Keep reserves a piece for own workers.
func (p *Pool) Keep(i int) {
	p.mu.Lock()
	p.pieces[i].ownOnly = true
	p.mu.Unlock()
}

// GiveBack returns a helper's piece to the pool.
func (p *Pool) GiveBack(i int) {
	p.mu.Lock()
	p.pieces[i].helper = false
	p.mu.Unlock()
	p.changed.Broadcast()
}

// Fail ends the run. Only the first error is kept.
func (p *Pool) Fail(err error) {
	p.mu.Lock()
	if p.err == nil {
		p.err = err
	}
	p.mu.Unlock()
	p.changed.Broadcast()
}

// Err returns why the run failed, or nil.
func (p *Pool) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Left returns the number of pieces that are not done.
func (p *Pool) Left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left
}

// Beside runs do and calls poll at intervals meanwhile, not before the first has passed: most work ends earlier.
func Beside(interval time.Duration, poll func(), do func() error) error {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(interval):
				poll()
			}
		}
	}()
	defer func() { close(stop); <-stopped }()
	return do()
}

// Alongside runs all functions concurrently and returns when all have ended. The first error cancels the others and
// is the one returned.
func Alongside(ctx context.Context, all ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for _, do := range all {
		group.Go(func() {
			if err := do(ctx); err != nil {
				cancel(err)
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}
