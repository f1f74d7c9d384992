package roundtrip

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

//go:embed row_query.sql
var rowQuery string

var errNoColumns = errors.New("there is no such table, or it has no columns")

// rowsOf asks for the query that prints the rows of a table in the order of its key.
func rowsOf(ctx context.Context, conn *pgx.Conn, schema, table string) (query string, keys int, err error) {
	if _, err := conn.Exec(ctx, "select pg_catalog.set_config('pgroundtrip.schema', $1, false), "+
		"pg_catalog.set_config('pgroundtrip.table', $2, false)", schema, table); err != nil {
		return "", 0, err
	}
	err = conn.QueryRow(ctx, session.Statement(rowQuery)).Scan(&query, &keys)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", 0, fmt.Errorf("%s.%s: %w", schema, table, errNoColumns)
	}
	return query, keys, err
}

// compareTable lays the rows of a table in two databases side by side. Both are streamed.
func compareTable(ctx context.Context, older, newer *pgx.Conn, schema, table string, limit int) (*verdict.Changes,
	error) {
	query, keys, err := rowsOf(ctx, older, schema, table)
	if err != nil {
		return nil, err
	}
	was, err := stream(ctx, older, query)
	if err != nil {
		return nil, err
	}
	is, err := stream(ctx, newer, query)
	if err != nil {
		return nil, errors.Join(err, was.close())
	}
	changes := verdict.MergeChanges(was.columns, keys, limit, was.rows(), is.rows())
	return changes, errors.Join(was.close(), is.close())
}

// noteUnread returns err, or nil and a note where a server refused to read the rows of a table that differs: which rows
// do is an explanation, and the difference stays one without it.
func noteUnread(report *verdict.Report, schema, table string, err error) error {
	var refused *pgconn.PgError
	if isRefused := errors.As(err, &refused) && refused.Severity == "ERROR"; !isRefused && !errors.Is(err, errNoColumns) {
		return err
	}
	report.Note("which rows of %s differ could not be read: %v", record.Printable(schema+"."+table), err)
	return nil
}

// A rowStream is the rows that a query prints, as they come.
type rowStream struct {
	columns []string
	lines   *bufio.Reader
	reader  *io.PipeReader
	done    chan error
	err     error
}

func stream(ctx context.Context, conn *pgx.Conn, query string) (*rowStream, error) {
	described, err := conn.PgConn().Prepare(ctx, "", query, nil)
	if err != nil {
		return nil, err
	}
	reader, writer := io.Pipe()
	s := &rowStream{reader: reader, lines: bufio.NewReaderSize(reader, 1<<16), done: make(chan error, 1)}
	for _, field := range described.Fields {
		s.columns = append(s.columns, record.Printable(field.Name))
	}
	go func() {
		_, err := conn.PgConn().CopyTo(ctx, writer, "copy (\n"+query+"\n) to stdout")
		writer.CloseWithError(err)
		s.done <- err
	}()
	return s, nil
}

func (s *rowStream) rows() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for {
			line, err := s.lines.ReadString('\n')
			if err != nil {
				if !errors.Is(err, io.EOF) {
					s.err = err
				}
				return
			}
			if !yield(strings.Split(record.Printable(strings.TrimSuffix(line, "\n")), "\t")) {
				return
			}
		}
	}
}

// close ends the stream and returns why it broke, or nil.
func (s *rowStream) close() error {
	s.reader.Close() // what was not read is not wanted
	if err := <-s.done; err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	return s.err
}

// keepTables has the manifest keep the rows of every table that a result lists, text and all. A table whose rows the
// server refuses is a gap.
func (d *dump) keepTables(ctx context.Context, listing *record.Result) error {
	for _, t := range listing.Keys(2) {
		refused, err := suite.Attempt(ctx, d.conn.PgConn(), func() error { return d.keepTable(ctx, t[0], t[1]) })
		if err == nil && refused != nil && d.Strict {
			err = fmt.Errorf("%s.%s: %w", t[0], t[1], refused)
		}
		if err != nil {
			return err
		}
		if refused != nil {
			d.gaps = append(d.gaps, d.gapOf(ctx, listing.Query, pgx.Identifier{t[0], t[1]}.Sanitize()+" one by one", refused))
		}
	}
	return nil
}

func (d *dump) keepTable(ctx context.Context, schema, table string) error {
	query, keys, err := rowsOf(ctx, d.conn, schema, table)
	if errors.Is(err, errNoColumns) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := allRows(ctx, d.conn, query)
	if err != nil {
		return err
	}
	d.manifest.Tables = append(d.manifest.Tables,
		&record.Table{Schema: record.Printable(schema), Name: record.Printable(table), Keys: keys, Rows: rows})
	return nil
}

// allRows is the result of a query that is in no file.
func allRows(ctx context.Context, conn *pgx.Conn, query string) (*record.Result, error) {
	r, err := record.Take(ctx, []*pgconn.PgConn{conn.PgConn()}, []*suite.File{suite.Query("rows", query)},
		record.Options{Keep: record.All})
	if err != nil {
		return nil, err
	}
	return r.Results[0], nil
}

// compareKept lays the rows of a table beside those that a manifest kept.
func compareKept(ctx context.Context, kept *record.Table, newer *pgx.Conn, schema, table string) (*verdict.Changes,
	error) {
	query, _, err := rowsOf(ctx, newer, schema, table)
	if err != nil {
		return nil, err
	}
	rows, err := allRows(ctx, newer, query)
	if err != nil {
		return nil, err
	}
	return verdict.ChangesOf(kept.Rows.Columns, kept.Keys, kept.Rows.Kept, rows.Kept), nil
}
