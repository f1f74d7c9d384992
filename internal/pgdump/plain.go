package pgdump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/archive"
	"pgroundtrip/internal/cluster"
)

// feed runs a plain dump in a scratch database, statement by statement, streaming the COPY data. psql is not used: it
// would run the backslash commands in a dump, as this user and on this machine.
func (t *Tools) feed(ctx context.Context, db *cluster.Database, path string) error {
	conn, err := db.ConnectUnder(ctx, t.pinned, t.logNotice)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return t.read(path, func(in io.Reader) error {
		return eachStatement(in, t.trusts, func(s *archive.Statement, data io.Reader) error {
			return send(ctx, conn.PgConn(), s, data)
		})
	})
}

// read calls do with a plain dump, and has Reading watch how much of it is read.
func (t *Tools) read(path string, do func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	return do(io.TeeReader(file, t.Reading))
}

// eachStatement calls do for each statement, until it returns an error. Unless the archive is trusted, a statement that
// does not belong in it is refused here too: someone may have changed the file since it was inspected.
func eachStatement(in io.Reader, trusts bool, do func(s *archive.Statement, data io.Reader) error) error {
	r := archive.NewReader(in, false)
	r.Keep, r.Whole = archive.MaxStatement, true
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if what := s.Refusal(); what != "" && !trusts {
			return fmt.Errorf("%w: line %d: %s", ErrReaches, s.Line, what)
		}
		if err := do(s, r.Data()); err != nil {
			return explainStatement(err, s)
		}
	}
}

// send runs one statement. The extended protocol makes the server refuse a text with more than one, should it ever
// parse a text differently from this program.
func send(ctx context.Context, conn *pgconn.PgConn, s *archive.Statement, data io.Reader) error {
	if s.IsCopy {
		_, err := conn.CopyFrom(ctx, data, string(s.Text))
		return err
	}
	return conn.ExecParams(ctx, string(s.Text), nil, nil, nil, nil).Read().Err
}

// logNotice logs a notice of the server, as psql does.
func (t *Tools) logNotice(n *pgconn.Notice) {
	if t.stderr != nil {
		fmt.Fprintf(t.stderr, "%s:  %s\n", n.Severity, n.Message)
	}
}

// explainStatement returns a server error in the form that PostgreSQL's programs print, with the line of the
// statement.
func explainStatement(err error, s *archive.Statement) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return fmt.Errorf("line %d: %s: %w", s.Line, s.Excerpt(), err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "line %d: %s:  %s", s.Line, refused.Severity, refused.Message)
	if refused.Position > 0 {
		text := []rune(string(s.Text))
		line := 1 + strings.Count(string(text[:min(int(refused.Position), len(text))]), "\n")
		fmt.Fprintf(&b, "\nLINE %d: %s", line, s.Excerpt())
	}
	for _, more := range []struct{ name, text string }{{"DETAIL", refused.Detail}, {"HINT", refused.Hint},
		{"CONTEXT", refused.Where}} {
		if more.text != "" {
			fmt.Fprintf(&b, "\n%s:  %s", more.name, more.text)
		}
	}
	fmt.Fprintf(&b, "\n    Command was: %s", s.Excerpt())
	return &statementError{b.String(), err}
}

// A statementError is about a statement of a plain dump that the server refused.
type statementError struct {
	text string
	err  error
}

func (e *statementError) Error() string { return e.text }

func (e *statementError) Unwrap() error { return e.err }
