package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pgroundtrip/internal/hint"
)

// errTooOld marks a run that was ended because of the age of its snapshot: as long as it is held, VACUUM can remove no
// row of the whole server that was deleted since.
var errTooOld = errors.New("the snapshot is too old")

// An Age is how long a snapshot has been held.
type Age struct {
	since  time.Time // zero before there is one
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// Begin notes that the snapshot is taken, and ends the run when it is older than most; 0 is no bound.
func (a *Age) Begin(most time.Duration) {
	a.since = time.Now()
	if most > 0 {
		a.timer = time.AfterFunc(most, func() {
			a.cancel(&hint.Error{Err: fmt.Errorf("%w: it was held for %s (-max-snapshot-age)", errTooOld, most),
				Hint: "allow more, run more -jobs, or record a standby"})
		})
	}
}

// Limited is a context that ends with the run, or when the snapshot is too old. end must be called with the error of
// the run, and returns it, or why it was ended.
func (a *Age) Limited(ctx context.Context) (limited context.Context, end func(error) error) {
	limited, a.cancel = context.WithCancelCause(ctx)
	return limited, func(err error) error {
		if a.timer != nil {
			a.timer.Stop()
		}
		if cause := context.Cause(limited); err != nil && errors.Is(cause, errTooOld) {
			err = cause
		}
		a.cancel(nil)
		return err
	}
}

// Tell logs how old the snapshot is at the end, if that is worth a line.
func (a *Age) Tell(log func(format string, args ...any)) {
	const noteworthy = 10 * time.Second
	if held := time.Since(a.since); log != nil && !a.since.IsZero() && held >= noteworthy {
		log("the snapshot was held for %s", held.Round(time.Second))
	}
}
