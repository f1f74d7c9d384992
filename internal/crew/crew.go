// Package crew hides how several things are done at the same time, with one error for all.
package crew

import (
	"context"
	"sync"
)

// Alongside does all at the same time and returns when all have ended. The first error ends the
// context of the others; what they then say of being ended is left out.
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
