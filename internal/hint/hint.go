// Package hint attaches advice to an error: what the user can do about it. The advice is data, printed on its own
// line, and not part of the error's text.
package hint

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
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

//go:embed failures.txt
var failures string

//go:embed refusals.txt
var refusals string

//go:embed network.txt
var network string

// known is advice, and the pattern of the messages that it is about.
type known struct {
	pattern *regexp.Regexp
	advice  string
}

var ofFailures, ofRefusals, ofNetwork = read(failures), read(refusals), read(network)

// read reads a file of advice; failures.txt describes its form.
func read(text string) (all []known) {
	for entry := range strings.SplitSeq(text, "\n\n") {
		var patterns, advice []string
		for line := range strings.Lines(entry) {
			switch more, isAdvice := strings.CutPrefix(line, "    "); {
			case isAdvice:
				advice = append(advice, strings.TrimSuffix(more, "\n"))
			case line[0] != '#':
				patterns = append(patterns, strings.TrimSuffix(line, "\n"))
			}
		}
		for _, pattern := range patterns {
			all = append(all, known{regexp.MustCompile(pattern), strings.Join(advice, " ")})
		}
	}
	return all
}

// adviceIn returns the advice about a text, or "".
func adviceIn(all []known, text string) string {
	for _, k := range all {
		if at := k.pattern.FindStringSubmatchIndex(text); at != nil {
			return string(k.pattern.ExpandString(nil, k.advice, text, at))
		}
	}
	return ""
}

// Explain adds advice to an error that users commonly meet. An error that already has advice is returned unchanged.
func Explain(err error) error {
	if err == nil || Of(err) != "" {
		return err
	}
	if advice := adviceIn(ofFailures, err.Error()); advice != "" {
		return With(err, advice)
	}
	return err
}

// OfRefusal is what to do about a connection that a server refuses, by SQLSTATE and message; "" if that is not known.
func OfRefusal(code, message string) string {
	return adviceIn(ofRefusals, message+" (SQLSTATE "+code+")")
}

// OfNetwork is what to do when no server has answered; detail is the error of each address.
func OfNetwork(detail string) string { return adviceIn(ofNetwork, detail) }
