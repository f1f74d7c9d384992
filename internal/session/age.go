package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pgroundtrip/internal/hint"
)

// errTooOld marks a run that was ended because its snapshot was too old. While a snapshot is held, VACUUM cannot
// remove any row of the server that was deleted since.
var errTooOld = errors.New("the snapshot is too old")

// An Age measures how long a snapshot has been held.
type Age struct {
	since  time.Time // zero until the snapshot is taken
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// Begin notes that the snapshot was taken, and cancels the run once it is older than most; 0 means no limit.
func (a *Age) Begin(most time.Duration) {
	a.since = time.Now()
	if most > 0 {
		a.timer = time.AfterFunc(most, func() {
			a.cancel(hint.With(fmt.Errorf("%w: it was held for %s (-max-snapshot-age)", errTooOld, most),
				"allow more time, use more -jobs, or record a standby"))
		})
	}
}

// Limited returns a context that ends with the run, or when the snapshot becomes too old. end must be called with the
// error of the run; it returns that error, or the reason why the run was cancelled.
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

// Note logs the age of the snapshot at its end, if that is long enough to be of interest.
func (a *Age) Note(log func(format string, args ...any)) {
	const noteworthy = 10 * time.Second
	if held := time.Since(a.since); log != nil && !a.since.IsZero() && held >= noteworthy {
		log("the snapshot was held for %s", held.Round(time.Second))
	}
}
