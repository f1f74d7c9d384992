package record

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"pgroundtrip/internal/suite"
)

// Suffix ends the name of a golden: a result as COPY prints it with a header line.
const Suffix = ".golden"

// A Result is what one query file printed: digests of all its rows and, where they are kept, the rows.
type Result struct {
	Query string `json:"query"` // without .sql
	// QuerySHA256 is over the .sql file; "" for a query that is in no file.
	QuerySHA256 string      `json:"query_sha256,omitempty"`
	About       suite.About `json:"about"`
	// Skipped are the tables that the result leaves out because they could not be read, "schema.table", quoted as in SQL.
	Skipped []string `json:"skipped,omitempty"`
	Columns []string `json:"columns"` // escaped, as in the header line of COPY
	Rows    int64    `json:"rows"`
	// SHA256 is over the result as COPY prints it with a header line.
	SHA256 string `json:"sha256"`
	// Blocks are digests of blocks of rows (see BlockRows): they say where two results differ.
	Blocks []string `json:"blocks"`
	// Kept are the rows themselves, as COPY text; null where they are not kept.
	Kept []string `json:"kept"`
	// Moved is true where the result had changed by the time the archive was done, because it is outside snapshots
	// (sequences). The column About.Grows then may be ahead in the copy, never back.
	Moved bool `json:"moved,omitempty"`
	// Ends are, for each kept row, how far that column was when the archive was done: a row may be ahead up to there,
	// and only if it moved. They are nil where nothing moved.
	Ends []string `json:"ends,omitempty"`
}

// A Sink takes in one result as it is printed. Rows go into digests and are forgotten, unless they are to be kept.
type Sink struct {
	result  *Result
	whole   hash.Hash
	blocks  *blocks
	payload *payloadChecker // of canonical_payload alone
	keeps   bool
	lines   lineWriter
}

// NewSink begins a result; columns are its names, escaped.
func NewSink(f *suite.File, columns []string, keeps bool) *Sink {
	s := &Sink{whole: sha256.New(), blocks: newBlocks(), keeps: keeps,
		result: &Result{Query: f.Name, About: f.About, Skipped: f.Skipped, Columns: columns}}
	if f.Text != "" { // a golden does not say which
		s.result.QuerySHA256 = f.SHA256()
	}
	if keeps {
		s.result.Kept = []string{}
	}
	if f.Name == "canonical_payload" {
		s.payload = &payloadChecker{columns: columns}
	}
	s.lines.line = s.Row
	s.header(strings.Join(columns, "\t"))
	return s
}

func (s *Sink) header(line string) { io.WriteString(s.whole, line+"\n") }

// Write takes in a piece of COPY text.
func (s *Sink) Write(p []byte) (int, error) { return s.lines.Write(p) }

// Row takes in one row, without its newline.
func (s *Sink) Row(line []byte) error {
	line = printable(line)
	s.whole.Write(line)
	s.whole.Write(newline)
	s.result.Rows++
	s.blocks.add(line)
	if s.keeps {
		s.result.Kept = append(s.result.Kept, string(line))
	}
	if s.payload != nil {
		return s.payload.check(line)
	}
	return nil
}

// End finishes the result; the payload is nil unless it is canonical_payload.
func (s *Sink) End() (*Result, *Payload) {
	s.result.SHA256, s.result.Blocks = hex.EncodeToString(s.whole.Sum(nil)), s.blocks.end()
	if s.payload == nil {
		return s.result, nil
	}
	return s.result, &Payload{Faults: s.payload.faults, First: s.payload.first}
}

// ReadResult reads a result back from the text that COPY printed with a header line: a golden. Its rows are kept.
func ReadResult(r io.Reader, query string) (*Result, error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	header, err := lines.ReadString('\n')
	switch {
	case errors.Is(err, io.EOF) && header == "":
		return nil, fmt.Errorf("%s: it is empty, without even the line of column names", query)
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: the last line has no end: the file was cut short", query)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	columns := strings.Split(strings.TrimSuffix(header, "\n"), "\t")
	s := NewSink(suite.Query(query, ""), columns, true)
	if _, err := io.Copy(s, lines); err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	if len(s.lines.rest) > 0 {
		return nil, fmt.Errorf("%s: the last line has no end: the file was cut short", query)
	}
	result, _ := s.End()
	return result, nil
}

// Text is the result as COPY prints it with a header line. Its rows must have been kept.
func (r *Result) Text() string {
	var b strings.Builder
	b.WriteString(strings.Join(r.Columns, "\t") + "\n")
	for _, row := range r.Kept {
		b.WriteString(row + "\n")
	}
	return b.String()
}

// With is a copy of the result that has these rows kept in place of its own, and their digest.
func (r *Result) With(kept []string) *Result {
	again := *r
	again.Kept = kept
	sum := sha256.Sum256([]byte(again.Text()))
	again.SHA256 = hex.EncodeToString(sum[:])
	return &again
}

// without is the result without the kept rows about these tables, named as in Skipped.
func (r *Result) without(tables []string) *Result {
	rest := make([]string, 0, len(r.Kept))
	for i, key := range r.Keys(2) {
		if len(key) < 2 || !slices.ContainsFunc(tables, func(table string) bool { return isNamed(table, key[0], key[1]) }) {
			rest = append(rest, r.Kept[i])
		}
	}
	if len(rest) == len(r.Kept) {
		return r
	}
	again := r.With(rest)
	again.Rows, again.Blocks = int64(len(rest)), nil
	return again
}

// isNamed reports whether text names a table, each part in quotes where it needs them.
func isNamed(text, schema, table string) bool {
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	return slices.ContainsFunc([]string{schema + ".", quoted(schema) + "."}, func(start string) bool {
		return text == start+table || text == start+quoted(table)
	})
}

// Keys are the values of the first n columns of every row that was kept, as stored; NULL is "".
func (r *Result) Keys(n int) (keys [][]string) {
	for _, row := range r.Kept {
		values := strings.SplitN(row, "\t", n+1)
		keys = append(keys, storedAll(values[:min(n, len(values))]))
	}
	return keys
}

func storedAll(values []string) (all []string) {
	for _, value := range values {
		stored, _ := Stored(value)
		all = append(all, stored)
	}
	return all
}

// Stored turns a COPY text value back into what was stored; isNull is true for \N.
func Stored(value string) (stored string, isNull bool) {
	bytes, isNull := unescape([]byte(value))
	return string(bytes), isNull
}

// countByTable reads how many rows each table has out of a result that lists tables; it is empty if the rows were not
// kept, or are about something else.
func (r *Result) countByTable() map[string]int64 {
	counts := map[string]int64{}
	at := slices.Index(r.Columns, "row_count")
	if at < 2 || r.Columns[1] != "table" {
		return counts
	}
	for _, row := range r.Kept {
		values := strings.Split(row, "\t")
		if n, err := strconv.ParseInt(values[at], 10, 64); err == nil {
			names := storedAll(values[:2])
			counts[names[0]+"."+names[1]] = n
		}
	}
	return counts
}

// oneRow are the values of a result of one row by column; NULL is "".
func (r *Result) oneRow() (map[string]string, error) {
	fields := map[string]string{}
	for _, row := range r.Kept {
		values := strings.Split(row, "\t")
		if len(values) != len(r.Columns) {
			return nil, fmt.Errorf("a row of %d values under %d columns", len(values), len(r.Columns))
		}
		for i, value := range storedAll(values) {
			fields[r.Columns[i]] = value
		}
	}
	return fields, nil
}

// MoveTo notes that what is outside snapshots was another result by the time that the archive was done. Requires
// that About.Grows is one of the columns.
func (r *Result) MoveTo(last *Result) {
	r.Moved = r.SHA256 != last.SHA256
	if !r.Moved || r.Kept == nil || len(r.Kept) != len(last.Kept) {
		return
	}
	at, keys := slices.Index(r.Columns, r.About.Grows), r.About.Keys
	for i, row := range last.Kept {
		values, then := strings.Split(row, "\t"), strings.Split(r.Kept[i], "\t")
		if at < 0 || at >= len(values) || len(then) != len(values) || !slices.Equal(then[:keys], values[:keys]) {
			r.Ends = nil // not the same rows: nothing is known of each
			return
		}
		r.Ends = append(r.Ends, values[at])
	}
}

// Check returns what is wrong with a result that was read from a file, or nil.
func (r *Result) Check() error {
	switch {
	case r == nil || r.Query == "" || r.Rows < 0 || len(r.Columns) == 0 || len(r.SHA256) != 2*sha256.Size:
		return errors.New("one of its results is incomplete")
	case r.About.Keys < 0 || r.About.Keys > len(r.Columns):
		return fmt.Errorf("%s has %d columns, and %d name a row", r.Query, len(r.Columns), r.About.Keys)
	case slices.ContainsFunc(r.About.Either, func(column string) bool { return !slices.Contains(r.Columns, column) }):
		return fmt.Errorf("%s has not all of the columns %s, of which either may be the same", r.Query,
			strings.Join(r.About.Either, ", "))
	case r.Kept != nil && int64(len(r.Kept)) != r.Rows:
		return fmt.Errorf("%s has %d rows and keeps %d", r.Query, r.Rows, len(r.Kept))
	case r.Moved && !slices.Contains(r.Columns, r.About.Grows):
		return fmt.Errorf("%s moved, but no column says how far", r.Query)
	case r.Ends != nil && (!r.Moved || len(r.Ends) != len(r.Kept)):
		return fmt.Errorf("%s has %d rows and says of %d how far they moved", r.Query, len(r.Kept), len(r.Ends))
	case slices.ContainsFunc(r.Kept, func(row string) bool { return strings.Count(row, "\t") != len(r.Columns)-1 }):
		return fmt.Errorf("a row of %s has not as many values as columns", r.Query)
	case r.Kept != nil && r.With(r.Kept).SHA256 != r.SHA256:
		return fmt.Errorf("the digest of %s is not that of the rows it keeps", r.Query)
	}
	return nil
}
