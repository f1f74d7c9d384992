package suite

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A Statement is one SQL statement of a file, without its semicolon. Comments before it belong to it.
type Statement struct {
	Text string
	Line int // line of the file, from 1, on which Text begins: often with comments
	// firstLine is the line of the first token after those comments.
	firstLine int
	// words are the statement's bare words in lower case, in order, with their nesting depth in parentheses. Quoted
	// identifiers, strings and comments are not words.
	words []word
	// literals are its string literals as written, with their quotes.
	literals []string
}

type word struct {
	text  string
	depth int
}

// Split splits SQL text into statements where psql would: at each semicolon outside strings, quoted identifiers,
// dollar quotes, comments, parentheses and the body of a BEGIN ATOMIC routine (PostgreSQL documentation, "Lexical
// Structure"; psqlscan.l). It assumes standard_conforming_strings = on. An unterminated quote or comment, or a psql
// meta-command, is an error that names its line.
func Split(text string) ([]Statement, error) {
	s := scanner{text: text, line: 1, startLine: 1}
	for s.pos < len(text) {
		if err := s.next(); err != nil {
			return nil, err
		}
	}
	s.end()
	return s.statements, nil
}

type scanner struct {
	text       string
	pos        int
	line       int // of pos
	start      int // of the current statement
	startLine  int
	depth      int // of parentheses
	atomic     int // of begin ... end in a routine's body
	words      []word
	literals   []string
	firstLine  int // of the current statement's first token; 0 if there is none yet
	statements []Statement
}

// next consumes blanks, a comment or one token.
func (s *scanner) next() error {
	rest := s.text[s.pos:]
	c := rest[0]
	switch {
	case isSpace(c):
		s.advance(1)
		return nil
	case strings.HasPrefix(rest, "--"):
		s.advance(lineLength(rest))
		return nil
	case strings.HasPrefix(rest, "/*"):
		return s.blockComment()
	}
	if c != ';' && s.firstLine == 0 {
		s.firstLine = s.line
	}
	return s.token(c, rest)
}

// token consumes one token. Requires c to be the first byte of rest.
func (s *scanner) token(c byte, rest string) error {
	switch {
	case c == '\'':
		return s.quoted('\'', false)
	case c == '"':
		return s.quoted('"', false)
	case (c == 'e' || c == 'E') && strings.HasPrefix(rest[1:], "'"):
		s.advance(1)
		return s.quoted('\'', true)
	case c == '$' && dollarTag(rest) != "":
		return s.dollarQuoted(dollarTag(rest))
	case c == '\\':
		return fmt.Errorf("line %d: %q is a psql command, not SQL: a suite holds plain SQL only",
			s.line, rest[:min(len(rest), max(1, lineLength(rest)))])
	case c == ';' && s.depth == 0 && s.atomic == 0:
		s.end()
		s.advance(1)
		s.start, s.startLine = s.pos, s.line
		return nil
	case isWordStart(c):
		s.word(rest[:wordLength(rest)])
		return nil
	case c >= '0' && c <= '9':
		// A number, with anything attached to it: 1e5, 0x1F, 1_000. A $ begins another token.
		number, _, _ := strings.Cut(rest[:wordLength(rest)], "$")
		s.advance(len(number))
		return nil
	}
	switch c {
	case '(':
		s.depth++
	case ')':
		s.depth = max(0, s.depth-1)
	}
	s.advance(1)
	return nil
}

func (s *scanner) word(w string) {
	lower := strings.ToLower(w)
	s.words = append(s.words, word{lower, s.depth})
	// As in psql, semicolons inside a BEGIN ATOMIC body do not end the statement.
	if len(s.words) > 1 && s.words[0].text == "create" {
		last := s.words[len(s.words)-2].text
		switch {
		case lower == "atomic" && last == "begin":
			s.atomic++
		case lower == "case" && s.atomic > 0:
			s.atomic++
		case lower == "end" && s.atomic > 0:
			s.atomic--
		}
	}
	s.advance(len(w))
}

// quoted consumes text up to the closing quote. A doubled quote does not close it, nor, with escapes, a quote after a
// backslash.
func (s *scanner) quoted(quote byte, escapes bool) error {
	line, start := s.line, s.pos
	s.advance(1)
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case escapes && c == '\\' && s.pos+1 < len(s.text):
			s.advance(2)
		case c == quote && strings.HasPrefix(s.text[s.pos+1:], string(quote)):
			s.advance(2)
		case c == quote:
			s.advance(1)
			gap := continuation(s.text[s.pos:])
			if !escapes || gap == 0 {
				if quote == '\'' {
					s.literals = append(s.literals, s.text[start:s.pos])
				}
				return nil
			}
			s.advance(gap + 1)
		default:
			s.advance(1)
		}
	}
	return fmt.Errorf("line %d: a quote %c is opened and never closed", line, quote)
}

// continuation returns the length of the gap between two parts of one string: blanks and line comments with a line
// break among them, then a quote. It returns 0 if text does not begin with such a gap. It matters only for E'...',
// whose next part has escapes too.
func continuation(text string) int {
	broken := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' && broken:
			return i
		case isSpace(c):
			broken = broken || c == '\n' || c == '\r'
		case strings.HasPrefix(text[i:], "--"):
			i += lineLength(text[i:]) - 1
		default:
			return 0
		}
	}
	return 0
}

func (s *scanner) dollarQuoted(tag string) error {
	end := strings.Index(s.text[s.pos+len(tag):], tag)
	if end < 0 {
		return fmt.Errorf("line %d: a dollar quote %s is opened and never closed", s.line, tag)
	}
	s.advance(end + 2*len(tag))
	return nil
}

func (s *scanner) blockComment() error {
	line, depth := s.line, 0
	for s.pos < len(s.text) {
		switch rest := s.text[s.pos:]; {
		case strings.HasPrefix(rest, "/*"):
			depth++
			s.advance(2)
		case strings.HasPrefix(rest, "*/"):
			depth--
			s.advance(2)
			if depth == 0 {
				return nil
			}
		default:
			s.advance(1)
		}
	}
	return fmt.Errorf("line %d: a comment /* is opened and never closed", line)
}

// end closes the current statement, unless it consists of comments only.
func (s *scanner) end() {
	if s.firstLine > 0 {
		s.statements = append(s.statements, Statement{Text: s.text[s.start:s.pos], Line: s.startLine, firstLine: s.firstLine,
			words: s.words, literals: s.literals})
	}
	s.words, s.literals, s.firstLine, s.depth, s.atomic = nil, nil, 0, 0, 0
}

func (s *scanner) advance(n int) {
	s.line += strings.Count(s.text[s.pos:s.pos+n], "\n")
	s.pos += n
}

func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\n\r\f\v", c) >= 0 }

func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// wordLength returns the length of the identifier, key word or number that s begins with.
func wordLength(s string) int {
	for i := 1; i < len(s); i++ {
		if c := s[i]; !isWordStart(c) && (c < '0' || c > '9') && c != '$' {
			return i
		}
	}
	return len(s)
}

// dollarTag returns the opening $tag$ that s begins with, or "".
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == '$' {
			return s[:i+1]
		}
		if !isWordStart(c) && (i == 1 || c < '0' || c > '9') {
			return ""
		}
	}
	return ""
}

// hasWords reports whether the words follow each other in the statement, at any depth.
func (s Statement) hasWords(words ...string) bool {
	for i := 0; i+len(words) <= len(s.words); i++ {
		match := true
		for j, w := range words {
			match = match && s.words[i+j].text == w
		}
		if match {
			return true
		}
	}
	return false
}

// isOrdered reports whether the statement has an ORDER BY of its own. Those of subqueries, windows and aggregates are
// in parentheses and do not count.
func (s Statement) isOrdered() bool {
	for i := 1; i < len(s.words); i++ {
		if s.words[i-1] == (word{"order", 0}) && s.words[i] == (word{"by", 0}) {
			return true
		}
	}
	return false
}

// isQuery reports whether the statement begins with select, with, values or table. It is only for the error message:
// the transaction that it runs in is read-only.
func (s Statement) isQuery() bool {
	if len(s.words) == 0 {
		return false
	}
	switch s.words[0].text {
	case "select", "with", "values", "table":
		return true
	}
	return false
}
