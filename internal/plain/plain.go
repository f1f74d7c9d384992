// Package plain makes untrusted names and values harmless before they reach a terminal, a log, a CI system or
// Markdown.
package plain

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names and values come from databases, archives and file names that others chose. This package is the only place
// that makes them harmless for a terminal (control characters, writing direction), a person (a value with a newline
// must not look like a line of the report), a CI log (workflow commands such as ::add-mask::) and Markdown.

// Text returns a value as one line without control characters. Those, invisible formatting characters and bytes that
// are not UTF-8 become escapes such as \n, \x1b or \u{202e}; visible text is unchanged.
func Text(value string) string {
	return escape(value, unicode.IsGraphic)
}

// escape replaces each character that is not plain by an escape. unicode.IsGraphic excludes control characters,
// formatting characters such as the bidirectional ones, line separators, and private and unassigned code points.
func escape(text string, isPlain func(rune) bool) string {
	var b strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, rest[0])
		case isPlain(r):
			b.WriteRune(r)
		case strings.ContainsRune("\n\t\r", r):
			b.WriteString(map[rune]string{'\n': `\n`, '\t': `\t`, '\r': `\r`}[r])
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		rest = rest[size:]
	}
	return b.String()
}

// Lines makes each line of a text plain: the rows of a diff, the message of an error. Lines after the first are
// indented, so that none can be mistaken for a line of the report. Lines that repeat the name of a PostgreSQL program,
// as its messages do, are not indented.
func Lines(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	name := program.FindString(lines[0])
	for i, line := range lines {
		lines[i] = escape(line, func(r rune) bool { return r == '\t' || unicode.IsGraphic(r) })
		if i > 0 && !strings.HasPrefix(line, " ") && (name == "" || !strings.HasPrefix(line, name)) {
			lines[i] = "  " + lines[i]
		}
	}
	return strings.Join(lines, "\n")
}

// program matches the beginning of a message of one of PostgreSQL's programs.
var program = regexp.MustCompile(`^(pg_[a-z]+|psql|initdb|postgres): `)

// command matches what CI systems take for a command: GitHub and TeamCity at the start of a line, Azure anywhere in
// it.
var command = regexp.MustCompile(`^[\s\p{Z}]*:(:)|#(#)[A-Za-z]*\[`)

// defuse escapes a line until no CI system takes it for a command.
func defuse(line string) string {
	for {
		at := command.FindStringSubmatchIndex(line)
		if at == nil {
			return line
		}
		i := max(at[2], at[4])
		line = line[:i] + fmt.Sprintf(`\x%02x`, line[i]) + line[i+1:]
	}
}

// Emit writes finished text in one piece.
func Emit(w io.Writer, text string) error {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = defuse(lines[i])
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err
}

// A Log is where a run writes everything that is not a result. Each Write is one message, which may quote untrusted
// text.
type Log struct{ w io.Writer }

// NewLog returns a log that writes to w.
func NewLog(w io.Writer) *Log { return &Log{w} }

// Write writes a message, made plain; lines after the first are indented.
func (l *Log) Write(message []byte) (int, error) {
	text := Lines(string(message))
	if strings.HasSuffix(string(message), "\n") {
		text += "\n"
	}
	if err := Emit(l.w, text); err != nil {
		return 0, err
	}
	return len(message), nil
}

// Annotate writes an ::error:: line for GitHub (GitHub documentation, "Workflow commands").
func (l *Log) Annotate(title, message string) error {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	_, err := fmt.Fprintf(l.w, "::error title=%s::%s\n", property.Replace(defuse(Text(title))),
		data.Replace(defuse(Lines(message))))
	return err
}

// Markdown escapes a value for Markdown: no part of it can become HTML, a link, or the end of a table cell.
func Markdown(value string) string {
	return markup.ReplaceAllStringFunc(Text(value), func(found string) string {
		last := len(found) - 1
		return found[:last] + `\` + found[last:]
	})
}

// markup matches what GitHub's Markdown does not render as plain text, including links without brackets.
var markup = regexp.MustCompile("[\\\\`*\\[\\]<>|&#@$!]|[wW]{3}\\.|:/")

// Code returns a value as inline code for Markdown, valid within a table too.
func Code(value string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(Text(value)) + "`"
}
