// Package plain makes names and values harmless that somebody else chose, before they reach a terminal, a log, a CI
// system or Markdown.
package plain

import (
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names and values come from databases, archives and file names that somebody else chose. This package is the one
// place that makes them harmless to whatever reads the output: a terminal (control characters, direction of
// writing), a person (a value with a newline must not look like a line of the report), a CI log (workflow
// commands such as ::add-mask::) and Markdown.

// Text returns a value as one line without control characters: they, formatting characters that are not
// visible, and bytes that are not UTF-8 are written as \n, \x1b or \u{202e}. Visible text is returned as it is.
func Text(value string) string {
	return escape(value, unicode.IsGraphic)
}

// escape writes as an escape each character that may not stand for itself. What unicode.IsGraphic leaves out are
// controls, formats such as the bidirectional ones, separators of lines, private and unassigned code points.
func escape(text string, mayStand func(rune) bool) string {
	var b strings.Builder
	for rest := text; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, rest[0])
		case mayStand(r):
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

// Lines are an argument of Printf that keeps its line breaks: the rows of a diff, the message of an error. Lines after
// the first are indented, so that none can be taken for one of the report's own. What PostgreSQL's programs say,
// line by line after their name, stays as it is.
type Lines string

// Lines are the lines of the text, each made plain.
func (text Lines) Lines() []string {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	speaker := program.FindString(lines[0])
	for i, line := range lines {
		lines[i] = escape(line, func(r rune) bool { return r == '\t' || unicode.IsGraphic(r) })
		if i > 0 && !strings.HasPrefix(line, " ") && (speaker == "" || !strings.HasPrefix(line, speaker)) {
			lines[i] = "  " + lines[i]
		}
	}
	return lines
}

// program is how a message of one of PostgreSQL's programs begins.
var program = regexp.MustCompile(`^(pg_[a-z]+|psql|initdb|postgres): `)

// Printf is fmt.Fprintf for output that people read. The format is the program's own; every argument that is a
// text is made plain.
func Printf(w io.Writer, format string, args ...any) {
	plain := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case Lines:
			plain[i] = strings.Join(arg.Lines(), "\n")
		case fmt.Stringer:
			plain[i] = Text(arg.String())
		default:
			plain[i] = arg
			if v := reflect.ValueOf(arg); v.Kind() == reflect.String {
				plain[i] = Text(v.String())
			}
		}
	}
	fmt.Fprintf(w, format, plain...) // a strings.Builder or a tabwriter over one: takes everything
}

// command finds what CI systems take for a command to them: GitHub and TeamCity, Azure anywhere in a line.
var command = regexp.MustCompile(`^[\s\p{Z}]*:(:)|#(#)[A-Za-z]*\[`)

// defuse makes a line that is no command to a CI system.
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

// Emit writes finished text, in one piece.
func Emit(w io.Writer, text string) error {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = defuse(lines[i])
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n"))
	return err
}

// A Log is where a run writes what is not a result. Each Write is one message, which may quote anything.
type Log struct{ w io.Writer }

// NewLog returns a log that writes to w.
func NewLog(w io.Writer) *Log { return &Log{w} }

// Write writes a message: its first line as it is but for characters that are not visible, the others indented.
func (l *Log) Write(message []byte) (int, error) {
	text := strings.Join(Lines(message).Lines(), "\n")
	if strings.HasSuffix(string(message), "\n") {
		text += "\n"
	}
	if err := Emit(l.w, text); err != nil {
		return 0, err
	}
	return len(message), nil
}

// Annotate writes one ::error:: line for GitHub (GitHub documentation, "Workflow commands").
func (l *Log) Annotate(title, message string) error {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	_, err := fmt.Fprintf(l.w, "::error title=%s::%s\n", property.Replace(defuse(Text(title))),
		data.Replace(defuse(strings.Join(Lines(message).Lines(), "\n"))))
	return err
}

// Markdown returns a value as Markdown shows it: no character of it is HTML, a link, or the end of a cell.
func Markdown(value string) string {
	return markup.ReplaceAllStringFunc(Text(value), func(found string) string {
		last := len(found) - 1
		return found[:last] + `\` + found[last:]
	})
}

// markup is what Markdown, as GitHub renders it, takes for more than text: links without brackets too.
var markup = regexp.MustCompile("[\\\\`*\\[\\]<>|&#@$!]|[wW]{3}\\.|:/")

// Code returns a value as code within a line of Markdown, also within a table.
func Code(value string) string {
	return "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(Text(value)) + "`"
}
