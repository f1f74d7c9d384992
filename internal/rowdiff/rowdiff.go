// Package rowdiff finds the rows in which two copies of a table differ.
package rowdiff

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
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
)

//go:embed row_query.sql
var rowQuery string

// ErrNoColumns marks a table that does not exist or has no columns.
var ErrNoColumns = errors.New("there is no such table, or it has no columns")

// Query returns the query that prints the rows of a table ordered by its key, which is its first keys columns.
func Query(ctx context.Context, conn *pgx.Conn, schema, table string) (query string, keys int, err error) {
	if _, err := conn.Exec(ctx, "select pg_catalog.set_config('pgroundtrip.schema', $1, false), "+
		"pg_catalog.set_config('pgroundtrip.table', $2, false)", schema, table); err != nil {
		return "", 0, err
	}
	err = conn.QueryRow(ctx, session.Statement(rowQuery)).Scan(&query, &keys)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", 0, fmt.Errorf("%s.%s: %w", schema, table, ErrNoColumns)
	}
	return query, keys, err
}

// shown is the number of rows that are shown of one table.
const shown = 20

// Explain adds to each failed check about tables the rows that differ. read finds them: its result names what the
// table was compared with, and has no changes if no other copy of the rows can be read. Values are masked unless show
// is set.
func Explain(report *verdict.Report, older *record.Record, show bool,
	read func(schema, table string) (verdict.TableRows, error)) error {
	for i := range report.Checks {
		check := &report.Checks[i]
		result := older.Result(strings.TrimPrefix(check.Name, "record/"))
		if check.Verdict == verdict.Pass || result == nil || !result.About.Rows || check.Changes == nil {
			continue
		}
		for _, change := range check.Changes.First {
			if change.Kind != "changed" || len(change.KeyValues) < 2 {
				continue
			}
			schema, table := change.KeyValues[0], change.KeyValues[1]
			rows, err := read(schema, table)
			if err = noteUnread(report, schema, table, err); err != nil {
				return err
			}
			if rows.Changes != nil && !show {
				rows.Changes.Mask()
			}
			rows.Table = record.Printable(schema + "." + table)
			check.Tables = append(check.Tables, rows)
		}
	}
	return nil
}

// A Side is one side of a comparison: a record that may keep the rows of a table, or a database.
type Side struct {
	Record *record.Record
	Open   func(context.Context) (*pgx.Conn, error) // opens a read-only transaction; nil: there is no database
}

// Compare compares the rows of a table on both sides. It returns nil if a side can neither be asked nor has kept them.
func Compare(ctx context.Context, older, newer Side, schema, table string) (*verdict.Changes, error) {
	was, is := older.kept(schema, table), newer.kept(schema, table)
	switch {
	case was != nil && is != nil:
		return verdict.ChangesOf(was.Rows.Columns, was.Keys, was.Rows.Kept, is.Rows.Kept), nil
	case newer.Open == nil, was == nil && older.Open == nil:
		return nil, nil
	}
	conn, err := newer.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if was != nil {
		return compareKept(ctx, was, conn, schema, table)
	}
	other, err := older.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer other.Close(context.WithoutCancel(ctx))
	return compareLive(ctx, other, conn, schema, table)
}

func (s Side) kept(schema, table string) *record.Table {
	if s.Record == nil {
		return nil
	}
	return s.Record.Table(schema, table)
}

// compareLive compares the rows of a table in two databases. Both sides are streamed.
func compareLive(ctx context.Context, older, newer *pgx.Conn, schema, table string) (*verdict.Changes, error) {
	query, keys, err := Query(ctx, older, schema, table)
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
	changes := verdict.MergeChanges(was.columns, keys, shown, was.rows(), is.rows())
	return changes, errors.Join(was.close(), is.close())
}

// noteUnread returns err, or nil and a note if a server refused to read the rows of a table that differs: the rows
// only explain the difference, which counts without them.
func noteUnread(report *verdict.Report, schema, table string, err error) error {
	var refused *pgconn.PgError
	if isRefused := errors.As(err, &refused) && refused.Severity == "ERROR"; !isRefused && !errors.Is(err, ErrNoColumns) {
		return err
	}
	report.Note("which rows of %s differ could not be read: %v", record.Printable(schema+"."+table), err)
	return nil
}

// A rowStream streams the rows that a query prints.
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
	s.reader.Close() // unread rows are not wanted
	if err := <-s.done; err != nil && !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	return s.err
}

// All returns the result of a query that is not in a file.
func All(ctx context.Context, conn *pgx.Conn, query string) (*record.Result, error) {
	r, err := take.Record(ctx, []*pgconn.PgConn{conn.PgConn()}, []*suite.File{suite.Query("rows", query)},
		take.Options{KeepAll: true})
	if err != nil {
		return nil, err
	}
	return r.Results[0], nil
}

// compareKept compares the rows of a table with those that a record kept.
func compareKept(ctx context.Context, kept *record.Table, newer *pgx.Conn, schema, table string) (*verdict.Changes,
	error) {
	query, _, err := Query(ctx, newer, schema, table)
	if err != nil {
		return nil, err
	}
	rows, err := All(ctx, newer, query)
	if err != nil {
		return nil, err
	}
	return verdict.ChangesOf(kept.Rows.Columns, kept.Keys, kept.Rows.Kept, rows.Kept), nil
}
