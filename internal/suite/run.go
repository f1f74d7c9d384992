package suite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
)

// Run sends the statements of f to the server one by one, as psql -f does, and discards what they print. Server
// errors are returned as *Error.
func Run(ctx context.Context, conn *pgconn.PgConn, f *File) error {
	if f.Name == "session" {
		return runSession(ctx, conn, f)
	}
	for _, s := range f.Statements {
		if err := conn.Exec(ctx, s.Text).Close(); err != nil {
			return f.wrap(s, err, 0)
		}
	}
	return nil
}

// next separates statements that are sent in one text: a statement may end in a comment.
const next = "\n;\n"

// runSession sends the statements of session.sql in one text, because every connection begins with them. After an
// error none of them has taken effect.
func runSession(ctx context.Context, conn *pgconn.PgConn, f *File) error {
	text, before := "", []int{}
	for _, s := range f.Statements {
		before = append(before, utf8.RuneCountInString(text))
		text += s.Text + next
	}
	if results, err := conn.Exec(ctx, text).ReadAll(); err != nil {
		at := min(len(results), len(f.Statements)-1)
		return f.wrap(f.Statements[at], err, before[at])
	}
	keepSettings(conn, f)
	return nil
}

// ownSettings is the key under which a connection keeps the statements of session.sql that determine how text is read
// and printed.
const ownSettings = "settings"

// keepSettings makes each query of the connection begin with the settings of session.sql. Code in the database runs
// while a table is read or a query planned (an index can call it). It could set another search_path and make the next
// query call its own functions, or make floats print with fewer digits. Timeouts are not set again.
func keepSettings(conn *pgconn.PgConn, f *File) {
	var texts []string
	for _, s := range f.Statements {
		if w := s.words; len(w) > 1 && w[0] == "set" && !strings.Contains(w[1], "timeout") &&
			!slices.Contains([]string{"local", "session", "transaction", "constraints"}, w[1]) {
			texts = append(texts, s.Text)
		}
	}
	conn.CustomData()[ownSettings] = strings.Join(texts, next) + next
}

// sameSettings returns the statements that keepSettings has kept, or "".
func sameSettings(conn *pgconn.PgConn) string {
	statements, _ := conn.CustomData()[ownSettings].(string)
	return statements
}

// Columns asks the server which columns the query f prints, without running it, and compares them with the contract.
// If they differ, the error wraps ErrInvalid; server errors are returned as *Error.
func Columns(ctx context.Context, conn *pgconn.PgConn, f *File) ([]string, error) {
	s := f.query()
	if err := conn.Exec(ctx, sameSettings(conn)).Close(); err != nil {
		return nil, f.wrap(s, err, 0)
	}
	described, err := conn.Prepare(ctx, "", s.Text, nil)
	if err != nil {
		return nil, f.wrap(s, err, 0)
	}
	if len(described.ParamOIDs) > 0 {
		return nil, fmt.Errorf("%w: %s: the query has a parameter $1; parameters are settings, read with current_setting()",
			ErrInvalid, f.Path)
	}
	var names, columns []string
	for _, field := range described.Fields {
		names = append(names, field.Name)
		columns = append(columns, field.Name+" "+typeName(field.DataTypeOID))
	}
	return names, f.checkColumns(columns)
}

// WithNames returns the query f with the names of its columns as its first row. That saves analyzing the query twice.
// It returns nil if COPY prints no text with them (before 15), or if a contract has types, which only Columns reads.
func (f *File) WithNames(conn *pgconn.PgConn) *File {
	const printsNames = 15
	version, _, _ := strings.Cut(conn.ParameterStatus("server_version"), ".")
	if major, err := strconv.Atoi(version); err != nil || major < printsNames || f.kind.columns != nil {
		return nil
	}
	named := *f
	named.names = true
	return &named
}

// checkColumns compares columns, each "name type", with the contract.
func (f *File) checkColumns(columns []string) error {
	var want []string
	for _, c := range f.kind.columns {
		want = append(want, c.name+" "+c.typeName)
	}
	if want == nil {
		return nil
	}
	got := columns
	if f.kind.atEnd && len(got) > len(want) {
		got = got[len(got)-len(want):]
	}
	if strings.Join(got, ", ") == strings.Join(want, ", ") {
		return nil
	}
	shape := "must print"
	if f.kind.atEnd {
		shape = "must end with"
	}
	return fmt.Errorf("%w: %s %s (%s), but prints (%s)", ErrInvalid, f.Path, shape,
		strings.Join(want, ", "), strings.Join(columns, ", "))
}

// typeName names the types that the contract uses, and others by their OID, which is enough for a message.
func typeName(oid uint32) string {
	names := map[uint32]string{20: "bigint", 23: "integer", 25: "text", 1043: "varchar", 1042: "char(n)"}
	return cmp.Or(names[oid], fmt.Sprintf("type %d", oid))
}

// Copy runs the query f as COPY (...) TO STDOUT and writes the server's bytes to w as they arrive. It returns the
// number of rows. Server errors are returned as *Error; w may then have received some rows.
func Copy(ctx context.Context, conn *pgconn.PgConn, f *File, w io.Writer) (int64, error) {
	if !f.About.Keyed {
		return f.copy(ctx, conn, w)
	}
	if err := setKey(ctx, conn, f.key); err != nil {
		return 0, f.wrap(f.query(), err, 0)
	}
	rows, err := f.copy(ctx, conn, w)
	// Clear the key: code of the database may run later. After an error it ends with the transaction.
	if err == nil && f.key != nil {
		err = setKey(ctx, conn, nil)
	}
	return rows, err
}

func (f *File) copy(ctx context.Context, conn *pgconn.PgConn, w io.Writer) (int64, error) {
	after := "\n) to stdout"
	if f.names {
		after += " (header)"
	}
	s, before := f.query(), sameSettings(conn) // in one text: each statement is parsed under what those before it set
	for _, setting := range []struct {
		isRead      bool
		name, value string
	}{{f.TakesSkip(), "skip", textArray(f.Skipped)}, {f.About.Splits, "piece",
		"'" + strings.ReplaceAll(f.piece, "'", "''") + "'"}} {
		if !setting.isRead {
			continue
		}
		before += "set pgroundtrip." + setting.name + " = " + setting.value + next
	}
	before += "copy (\n"
	tag, err := conn.CopyTo(ctx, w, before+s.Text+after)
	if err != nil {
		return 0, f.wrap(s, err, utf8.RuneCountInString(before))
	}
	// A server that answers with anything but COPY has printed nothing, and reported no error.
	if !strings.HasPrefix(tag.String(), "COPY ") {
		return 0, fmt.Errorf("%s: the server answered %q instead of COPY", f.Path, tag.String())
	}
	if f.kind.oneRow && tag.RowsAffected() != 1 {
		return 0, fmt.Errorf("%w: %s must print exactly 1 row, but prints %d", ErrInvalid, f.Path, tag.RowsAffected())
	}
	return tag.RowsAffected(), nil
}

// textArray returns the literal of an array of texts.
func textArray(texts []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `'`, `''`)
	var b strings.Builder
	for i, text := range texts {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + escape.Replace(text) + `"`)
	}
	return "'{" + b.String() + "}'"
}

// Attempt runs do, which only reads, in a savepoint of the transaction that conn is in, and rolls back to it. If the
// server refuses a statement of do, the transaction and its snapshot survive, and the server's error is returned as
// refused. Any other failure, such as a lost connection, is returned as err.
func Attempt(ctx context.Context, conn *pgconn.PgConn, do func() error) (refused, err error) {
	if err := conn.Exec(ctx, "savepoint attempt").Close(); err != nil {
		if isLost(err) {
			return nil, fmt.Errorf("the connection to the server was lost: %w", err)
		}
		return nil, fmt.Errorf("could not begin an attempt: %w", err)
	}
	failure := do()
	var answer *pgconn.PgError
	if failure != nil && (!errors.As(failure, &answer) || conn.IsClosed() || ctx.Err() != nil) {
		return nil, failure
	}
	// Also after success, so that the locks of what was read do not accumulate.
	if err := conn.Exec(ctx, "rollback to savepoint attempt; release savepoint attempt").Close(); err != nil {
		return nil, fmt.Errorf("could not end an attempt: %w", err)
	}
	return failure, nil
}

// An Error is a server's error about a statement, with the place in the file that it is about.
type Error struct {
	Path   string
	Line   int    // from 1
	Source string // that line of the file; "" if the server gave no position
	Column int    // of the caret under Source, in characters from 0
	Err    *pgconn.PgError
}

func (e *Error) Unwrap() error { return e.Err }

// Brief returns the error in one line, without the line of the file.
func (e *Error) Brief() string { return e.said("; ") }

// said returns the server's message and its additions, each after separator.
func (e *Error) said(separator string) string {
	text := fmt.Sprintf("%s:%d: %s: %s (SQLSTATE %s)", e.Path, e.Line, e.Err.Severity, e.Err.Message, e.Err.Code)
	for _, more := range []struct{ name, text string }{
		{"constraint", e.Err.ConstraintName}, {"detail", e.Err.Detail}, {"hint", e.Err.Hint}, {"context", e.Err.Where},
	} {
		if more.text != "" {
			text += separator + more.name + ": " + more.text
		}
	}
	return text
}

// Error returns all that the server reported, over several lines: message, detail, hint, context, and the line of the
// file with a caret.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.said("\n  "))
	if e.Source != "" {
		prefix := fmt.Sprintf("\n  line %d: ", e.Line)
		// As in psql, a tab is shown as one blank, so that the caret is below its character.
		fmt.Fprintf(&b, "%s%s\n%s^", prefix, strings.ReplaceAll(e.Source, "\t", " "),
			strings.Repeat(" ", len(prefix)-1+e.Column))
	}
	return b.String()
}

// wrap turns a server error about s into an *Error; it wraps other errors with the file's path. before is the number
// of characters that were sent ahead of the statement's own text.
func (f *File) wrap(s Statement, err error, before int) error {
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		if isLost(err) {
			return fmt.Errorf("%s: the connection to the server was lost: %w", f.Path, err)
		}
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	line, source, col := locate(s, int(pgErr.Position)-1-before)
	return &Error{Path: f.Path, Line: line, Source: source, Column: col, Err: pgErr}
}

// isLost reports whether the connection to the server was lost.
func isLost(err error) bool {
	return slices.ContainsFunc([]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.EPIPE, syscall.ECONNRESET},
		func(gone error) bool { return errors.Is(err, gone) })
}

// locate finds the character (not byte) at offset in s and returns its line number in the file, the text of that
// line, and its column in characters. Without a position (offset < 0) it returns the line of the statement's first
// word.
func locate(s Statement, offset int) (line int, source string, column int) {
	runes := []rune(s.Text)
	if offset < 0 || offset > len(runes) {
		return s.firstLine, "", 0
	}
	before := string(runes[:offset])
	start := strings.LastIndexByte(before, '\n') + 1
	source, _, _ = strings.Cut(string(runes)[start:], "\n")
	return s.Line + strings.Count(before, "\n"), strings.TrimSuffix(source, "\r"), utf8.RuneCountInString(before[start:])
}

// Lines runs the statements of f before its query, then the query, and returns its rows as COPY text, one string per
// row. It is meant for small results: faults.
func Lines(ctx context.Context, conn *pgconn.PgConn, f *File) ([]string, error) {
	if err := conn.Exec(ctx, sameSettings(conn)).Close(); err != nil {
		return nil, f.wrap(f.query(), err, 0)
	}
	for _, s := range f.Statements[:len(f.Statements)-1] {
		if err := conn.Exec(ctx, s.Text).Close(); err != nil {
			return nil, f.wrap(s, err, 0)
		}
	}
	if _, err := Columns(ctx, conn, f); err != nil {
		return nil, err
	}
	var b strings.Builder
	if _, err := Copy(ctx, conn, f, &b); err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")[:strings.Count(b.String(), "\n")], nil
}
