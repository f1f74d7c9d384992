package hint

import (
	_ "embed"
	"regexp"
	"strings"
)

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
