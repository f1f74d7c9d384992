// Package crew deals pieces of work out to members who may leave: what one did not finish, another does.
package crew

import (
	"context"
	"sync"
)

// A Pool holds pieces of work, named by their numbers from 0. Members are the run's own, without whom it fails, or
// helpers, who may fail and leave: standbys.
type Pool struct {
	mu      sync.Mutex
	changed *sync.Cond
	pieces  []piece
	left    int
	err     error
}

// A piece is the state of a piece of work.
type piece struct {
	isDone       bool
	own, helper  bool // who is at it
	noMoreHelper bool
}

// NewPool makes a pool of n pieces.
func NewPool(n int) *Pool {
	p := &Pool{pieces: make([]piece, n), left: n}
	p.changed = sync.NewCond(&p.mu)
	return p
}

// Next gives a piece to do, the first that is free. It waits while all that are left are being done by others, who may
// give them back; ok is false when nothing is left, or the run has failed. The run's own members wait for no helper:
// with nothing else to do they take what one is at, and the first who is done counts.
func (p *Pool) Next(isHelper bool) (i int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.left > 0 && p.err == nil {
		for _, besideHelper := range []bool{false, !isHelper} {
			if i, ok := p.find(isHelper, besideHelper); ok {
				return i, true
			}
		}
		p.changed.Wait()
	}
	return 0, false
}

func (p *Pool) find(isHelper, besideHelper bool) (i int, ok bool) {
	for i := range p.pieces {
		piece := &p.pieces[i]
		if piece.isDone || piece.own || piece.helper && !besideHelper || isHelper && piece.noMoreHelper {
			continue
		}
		piece.own, piece.helper = piece.own || !isHelper, piece.helper || isHelper
		return i, true
	}
	return 0, false
}

// Work has a member do pieces until none is left for it. The error of a member of the run's own ends the run; what a
// helper did not finish goes back.
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

// Done marks a piece as done. It returns how many are, and whether it was not done before.
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

// Keep keeps a piece from helpers.
func (p *Pool) Keep(i int) {
	p.mu.Lock()
	p.pieces[i].noMoreHelper = true
	p.mu.Unlock()
}

// GiveBack has a helper leave a piece to others.
func (p *Pool) GiveBack(i int) {
	p.mu.Lock()
	p.pieces[i].helper = false
	p.mu.Unlock()
	p.changed.Broadcast()
}

// Fail ends the run. The first error counts.
func (p *Pool) Fail(err error) {
	p.mu.Lock()
	if p.err == nil {
		p.err = err
	}
	p.mu.Unlock()
	p.changed.Broadcast()
}

// Err is why the run failed, or nil.
func (p *Pool) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Left is how many pieces are not done.
func (p *Pool) Left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.left
}

// Alongside does all at the same time and returns when all have ended. The first error cancels the others and is the
// one returned.
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
