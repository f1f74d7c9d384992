// Package hint attaches advice to an error: what the user can do about it. The advice is data, printed on its own
// line, and not part of the error's text.
package hint

import "errors"

// An Error is an error with advice.
type Error struct {
	Err  error
	Hint string // what to do, in one sentence without a full stop
}

// Error returns the text of the error without the advice.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error that the advice is about.
func (e *Error) Unwrap() error { return e.Err }

// Of returns the advice of the outermost Error in err's tree, or "".
func Of(err error) string {
	var advice *Error
	if errors.As(err, &advice) {
		return advice.Hint
	}
	return ""
}
