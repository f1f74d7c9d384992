// Package hint attaches advice to an error: what the user can do about it. The advice is data, printed on its own
// line, and not part of the error's text.
package hint

import (
	"errors"
	"fmt"
	"strings"
)

// An Error is an error with advice.
type Error struct {
	Err  error
	Hint string // what to do, in one sentence without a full stop
}

// Error returns the text of the error without the advice.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error that the advice is about.
func (e *Error) Unwrap() error { return e.Err }

// With returns an error with advice.
func With(err error, advice string) error { return &Error{err, advice} }

// OfLock is what to do about a lock that another session holds.
const OfLock = "wait until that has ended, end it (pg_terminate_backend(PID), rollback prepared), or allow more time " +
	"with -timeout"

// Of returns the advice of the outermost Error in err's tree, or "".
func Of(err error) string {
	var advice *Error
	if errors.As(err, &advice) {
		return advice.Hint
	}
	return ""
}

// A Failure is why a run could not reach a verdict, and what to do about it.
type Failure struct {
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Describe returns the Failure of an error with known advice, or nil if err is nil.
func Describe(err error) *Failure {
	if err == nil {
		return nil
	}
	return &Failure{Message: err.Error(), Hint: Of(Explain(err))}
}

// Shown is the largest number of names that List shows.
const Shown = 20

// List joins names by commas. If there are more than Shown, it shows the first of them and how many follow.
func List(names []string) string {
	if more := len(names) - Shown; more > 0 {
		names = append(names[:Shown:Shown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
