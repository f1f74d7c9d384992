package pgdump

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"pgroundtrip/internal/archive"
	"pgroundtrip/internal/hint"
)

// findings are what the SQL of an archive shows before it runs.
type findings struct {
	// attver is set if it sets pg_attver, a token that some minor releases of the server keep in pg_attribute and
	// that a pg_dump which does not know it writes out (PITFALLS.md, a3).
	attver bool
	// refused is the first statement that does not belong in an archive of one database, or nil.
	refused *archive.Refusal
	// encoding is the encoding of its text, "UTF8"; "" if it does not name one.
	encoding string
	code     bool // it brings functions
	// refers is what it expects to exist.
	refers references
}

// scan reads SQL as pg_dump and pg_restore write it, without the rows of COPY.
func scan(r io.Reader) (f findings, err error) {
	f.refers = newReferences()
	f.refused, err = archive.Judge(r, false, f.read)
	return f, err
}

// head returns the first line of a statement, with a semicolon if that is all of it, and more lines if a name
// contains a line break.
func head(text []byte) []byte {
	open := byte(0)
	for i, c := range text {
		switch {
		case c == '\n' && open != '"':
			return text[:i]
		case open == 0 && (c == '"' || c == '\''):
			open = c
		case c == open:
			open = 0
		}
	}
	return append(text[:len(text):len(text)], ';')
}

// read collects the findings of one statement.
func (f *findings) read(s *archive.Statement) {
	f.code = f.code || s.BringsCode()
	line := head(s.Text)
	if name, isSet := bytes.CutPrefix(line, []byte("SET client_encoding = '")); isSet && f.encoding == "" {
		f.encoding = string(bytes.TrimSuffix(name, []byte("';")))
	}
	if bytes.HasPrefix(line, []byte("ALTER TABLE ")) && bytes.Contains(line, []byte("SET (pg_attver=")) {
		f.attver = true
	}
	f.refers.read(line)
}

// scanArchive scans the definitions in an archive as pg_restore would run them. definitions is a list for --use-list.
func (t *Tools) scanArchive(ctx context.Context, path string, definitions []byte) (f findings, err error) {
	err = t.print(ctx, bytes.NewReader(definitions), func(_ context.Context, in io.Reader) (err error) {
		if f, err = scan(in); err == nil {
			_, err = io.Copy(io.Discard, in) // read on after a syntax error, so that pg_restore can end
		}
		return err
	}, "--use-list=/dev/stdin", "--file=-", path)
	return f, err
}

// Refuse returns an error if the archive holds something that does not belong in an archive of one database: a
// statement about another database, a role or the server, one that reads or writes files, or one that pg_dump does
// not write.
func (c *Contents) Refuse() error {
	switch r := c.Refused; {
	case r == nil:
		return nil
	case r.Creates:
		return hint.With(fmt.Errorf("%w: %w", ErrReaches, r),
			"it was made with --create or by pg_dumpall; dump one database without --create")
	default:
		return hint.With(fmt.Errorf("%w: %w", ErrReaches, r),
			"pg_dump does not write this: find out who did; if you trust them with your server, -trusted restores it")
	}
}

// ErrReaches marks an archive that is refused because of what it would run.
var ErrReaches = errors.New("the archive would leave the scratch database, or is not what pg_dump writes")

// AttverError returns why an archive with pg_attver cannot be restored.
func AttverError(where string) error {
	return hint.With(fmt.Errorf("the archive sets pg_attver, a token of the source server that its pg_dump did not know, "+
		"and %s", where), "dump it with the pg_dump of the source server's own minor release, which knows it")
}
