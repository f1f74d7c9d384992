package take

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// task is a query or a piece of one.
type task struct {
	Query int    `json:"query"` // index among the queries
	Piece string `json:"piece"` // empty: all of it
	Size  int64  `json:"size"`  // bytes
}

// answer is the result of a task.
type answer struct {
	Task int    `json:"task"`
	Part *part  `json:"part,omitempty"` // for a query that is not split
	Rows []byte `json:"rows,omitempty"` // of a piece, as COPY text
}

// split is the result of a query that is read in pieces.
type split struct {
	columns []string
	adds    []int          // columns to add up
	rows    [][]string     // all rows, in order, as COPY text
	at      map[string]int // index of the row with a key
	named   []bool         // whether a piece contained the row
}

// listPieces reads how to split the queries; empty for a query that cannot be split.
func listPieces(ctx context.Context, conn *pgconn.PgConn, f *suite.File) (map[string][]task, error) {
	pieces := map[string][]task{}
	_, err := record.EachRow(ctx, conn, f, func(_ int64, values []string) error {
		t := task{Piece: values[1]}
		size, err := strconv.ParseInt(values[2], 10, 64)
		t.Size = size
		pieces[values[0]] = append(pieces[values[0]], t)
		return err
	})
	return pieces, err
}

// newSplit reads the rows of a query without the columns to add up, so that their order and all other columns come
// from the server.
func newSplit(ctx context.Context, conn *pgconn.PgConn, f *suite.File) (*split, error) {
	columns, err := record.ColumnsOf(ctx, conn, f)
	if err != nil {
		return nil, err
	}
	s := &split{columns: columns, at: map[string]int{}}
	for _, name := range f.About.Adds {
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("%w: %s adds up a column %s, which it does not print", suite.ErrInvalid, f.Path, name)
		}
		s.adds = append(s.adds, slices.Index(columns, name))
	}
	var text bytes.Buffer
	_, err = suite.Copy(ctx, conn, f.Piece("{}"), &text)
	for row := range rowsOf(text.Bytes()) {
		s.at[keyOf(f, row)] = len(s.rows)
		s.rows = append(s.rows, row)
	}
	s.named = make([]bool, len(s.rows))
	return s, err
}

// rowsOf splits COPY text into rows.
func rowsOf(text []byte) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for line := range bytes.Lines(text) {
			if !yield(strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")) {
				return
			}
		}
	}
}

// keyOf returns the key of a row. COPY text contains no raw tab inside values.
func keyOf(f *suite.File, row []string) string {
	return strings.Join(row[:min(f.About.Keys, len(row))], "\t")
}

// add adds all rows of a piece, or none if one of them is wrong.
func (s *split) add(f *suite.File, text []byte) error {
	type cell struct {
		row, column int
		sum         string
	}
	var sums []cell
	for row := range rowsOf(text) {
		i, isThere := s.at[keyOf(f, row)]
		if !isThere || len(row) != len(s.columns) {
			return fmt.Errorf("%w: %s prints a row for a piece (%s) that it does not print for all", suite.ErrInvalid, f.Path,
				keyOf(f, row))
		}
		for _, column := range s.adds {
			sum, err := sumOf(s.rows[i][column], row[column])
			if err != nil {
				return fmt.Errorf("%w: %s: column %s: %w", suite.ErrInvalid, f.Path, s.columns[column], err)
			}
			sums = append(sums, cell{i, column, sum})
		}
	}
	for _, c := range sums {
		s.rows[c.row][c.column], s.named[c.row] = c.sum, true
	}
	return nil
}

// sumOf adds two numbers given as COPY text. NULL can only be added to NULL.
func sumOf(a, b string) (string, error) {
	if a == `\N` && b == a {
		return a, nil
	}
	x, isNumber := new(big.Int).SetString(a, 10)
	y, isToo := new(big.Int).SetString(b, 10)
	if !isNumber || !isToo {
		return "", fmt.Errorf("%q and %q cannot be added: they must be whole numbers", a, b)
	}
	return x.Add(x, y).String(), nil
}

// end returns the result after the last piece: the same as that of the whole query.
func (s *split) end(f *suite.File, keeps bool) (*part, error) {
	sink := record.NewSink(f, s.columns, keeps)
	for i, row := range s.rows {
		isRead := func(column int) bool { return row[column] != `\N` }
		if !s.named[i] && slices.ContainsFunc(s.adds, isRead) {
			return nil, fmt.Errorf("%w: pieces.sql lists no piece of %s for its row %s", suite.ErrInvalid, f.Path, keyOf(f, row))
		}
		if err := sink.Row([]byte(strings.Join(row, "\t"))); err != nil {
			return nil, err
		}
	}
	result, _ := sink.End()
	return &part{Result: result}, nil
}
