package suite

import (
	"errors"
	"io"
	"slices"
	"strings"

	"pgroundtrip/internal/archive"
)

// A Statement is one SQL statement of a file, without its semicolon. Comments before it belong to it.
type Statement struct {
	Text string
	Line int // line of the file, from 1, on which Text begins: often with comments
	// firstLine is the line of the first token after those comments.
	firstLine int
	// words are the statement's bare words in lower case, and outside those of them outside all parentheses. Quoted
	// identifiers, strings and comments are not words.
	words, outside []string
	// literals are its string literals as written, with their quotes.
	literals []string
}

// Split splits SQL text into statements where psql would: at each semicolon outside strings, quoted identifiers,
// dollar quotes, comments, parentheses and the body of a BEGIN ATOMIC routine (PostgreSQL documentation, "Lexical
// Structure"; psqlscan.l). It assumes standard_conforming_strings = on. An unterminated quote or comment, or a psql
// meta-command, is an error that names its line.
func Split(text string) (statements []Statement, err error) {
	in := strings.NewReader(text + "\n;") // the last statement needs no semicolon of its own
	reader := archive.NewReader(in, false)
	reader.Any = true
	for start, line := 0, 1; ; {
		s, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return statements, nil
		}
		if err != nil {
			return nil, err
		}
		after := int(in.Size()) - in.Len() - reader.Unread()
		end := min(after-1, len(text))
		if s.Line > 0 {
			one := Statement{Text: text[start:end], Line: line, firstLine: int(s.Line), literals: s.Strings()}
			one.words, one.outside = s.Words()
			statements = append(statements, one)
		}
		line += strings.Count(text[start:end], "\n")
		start = after
	}
}

// hasWords reports whether the words follow each other in the statement, at any depth.
func (s Statement) hasWords(words ...string) bool { return hasRun(s.words, words) }

// isOrdered reports whether the statement has an ORDER BY of its own. Those of subqueries, windows and aggregates are
// in parentheses and do not count.
func (s Statement) isOrdered() bool { return hasRun(s.outside, []string{"order", "by"}) }

// hasRun reports whether the list has these words in a row.
func hasRun(list, words []string) bool {
	for i := range list {
		if len(list)-i >= len(words) && slices.Equal(list[i:i+len(words)], words) {
			return true
		}
	}
	return false
}

// isQuery reports whether the statement begins with select, with, values or table. It is only for the error message:
// the transaction that it runs in is read-only.
func (s Statement) isQuery() bool {
	return len(s.words) > 0 && slices.Contains([]string{"select", "with", "values", "table"}, s.words[0])
}
