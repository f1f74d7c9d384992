package crew_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgroundtrip/internal/crew"
)

// work takes pieces until none is left, and returns how many of them it was the first to finish.
func work(p *crew.Pool, isHelper bool) (n int64) {
	for i, ok := p.Next(isHelper); ok; i, ok = p.Next(isHelper) {
		if _, isFirst := p.Done(i); isFirst {
			n++
		}
	}
	return n
}

func TestEachPieceIsDoneOnce(t *testing.T) {
	const n = 1000
	p := crew.NewPool(n)
	var all atomic.Int64
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() { all.Add(work(p, i%2 == 1)) })
	}
	group.Wait()
	if all.Load() != n || p.Left() != 0 || p.Err() != nil {
		t.Errorf("%d pieces done, %d left, %v", all.Load(), p.Left(), p.Err())
	}
}

func TestPiecesAreDealtInTheirOrder(t *testing.T) {
	p := crew.NewPool(3)
	for want := range 3 {
		if got, ok := p.Next(false); got != want || !ok {
			t.Fatalf("piece %d, want %d", got, want)
		}
	}
}

// TestWhatAHelperLeavesAnotherDoes covers pieces given back and pieces still held by a helper that never returns.
func TestWhatAHelperLeavesAnotherDoes(t *testing.T) {
	p := crew.NewPool(3)
	left, _ := p.Next(true)
	held, _ := p.Next(true)
	p.GiveBack(left)
	if n := work(p, false); n != 3 {
		t.Errorf("%d pieces done, want 3: what a helper holds too", n)
	}
	if _, isFirst := p.Done(held); isFirst {
		t.Error("a piece was done twice")
	}
}

func TestAPieceThatIsKeptFromHelpersIsNotTheirs(t *testing.T) {
	p := crew.NewPool(2)
	p.Keep(0)
	if i, _ := p.Next(true); i != 1 {
		t.Errorf("a helper was given piece %d", i)
	}
}

// TestAHelperWaitsForWhatMayComeBack also requires that the helper is released once nothing can come back.
func TestAHelperWaitsForWhatMayComeBack(t *testing.T) {
	p := crew.NewPool(1)
	i, _ := p.Next(true)
	taken := make(chan bool)
	go func() { _, ok := p.Next(true); taken <- ok }()
	p.GiveBack(i)
	if !<-taken {
		t.Error("a piece that was given back was not taken")
	}
	go func() { _, ok := p.Next(true); taken <- ok }()
	p.Done(i)
	if <-taken {
		t.Error("a piece was taken that is done")
	}
}

func TestAFailureEndsTheWait(t *testing.T) {
	p, cause := crew.NewPool(1), errors.New("cause")
	p.Next(false)
	ended := make(chan bool)
	go func() { _, ok := p.Next(false); ended <- ok }()
	p.Fail(cause)
	p.Fail(errors.New("a later one"))
	if <-ended || p.Err() != cause {
		t.Errorf("%v", p.Err())
	}
}

func TestTheFirstErrorCancelsTheOthersAndIsTheOneReturned(t *testing.T) {
	cause := errors.New("cause")
	begun := time.Now()
	err := crew.Alongside(context.Background(),
		func(context.Context) error { return cause },
		func(ctx context.Context) error {
			select {
			case <-ctx.Done():
			case <-time.After(time.Minute):
			}
			return ctx.Err()
		})
	if err != cause || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
	if err := crew.Alongside(context.Background(), func(context.Context) error { return nil }); err != nil {
		t.Error(err)
	}
}
