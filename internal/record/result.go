package record

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/suite"
)

// Suffix ends the name of a golden, which is a result as COPY prints it with a header line.
const Suffix = ".golden"

// A Result is what one query file printed: digests of all its rows and, if they are kept, the rows.
type Result struct {
	Query string `json:"query"` // without .sql
	// QuerySHA256 is the hash of the .sql file; "" for a query that is not in a file.
	QuerySHA256 string      `json:"query_sha256,omitempty"`
	About       suite.About `json:"about"`
	// Skipped are the tables and large objects that the result leaves out because they could not be read:
	// "schema.table", quoted as in SQL, or "large object 16400".
	Skipped []string `json:"skipped,omitempty"`
	Columns []string `json:"columns"` // escaped, as in the header line of COPY
	Rows    int64    `json:"rows"`
	// SHA256 is the hash of the result as COPY prints it with a header line.
	SHA256 string `json:"sha256"`
	// Blocks are digests of blocks of rows (see BlockRows), which locate a difference.
	Blocks []string `json:"blocks"`
	// Kept are the rows as COPY text; null if they are not kept.
	Kept []string `json:"kept"`
	// Moved is set if the result, which is outside snapshots (sequences), had changed by the end of the archive. The
	// column About.Grows may then be ahead in the copy, never behind.
	Moved bool `json:"moved,omitempty"`
	// Ends holds the value of that column at the end of the archive for each kept row: a row may be ahead up to
	// there. It is nil if nothing moved.
	Ends []string `json:"ends,omitempty"`
}

// A Sink receives one result as it is printed. Rows are added to digests and dropped, unless they are to be kept.
type Sink struct {
	result  *Result
	whole   hash.Hash
	blocks  *blocks
	payload *payloadChecker // only for canonical_payload
	keeps   bool
	lines   lineWriter
}

// NewSink returns a Sink for a result with these columns, whose names are escaped; nil: the first row has the names.
func NewSink(f *suite.File, columns []string, keeps bool) *Sink {
	s := &Sink{whole: sha256.New(), blocks: newBlocks(), keeps: keeps,
		result: &Result{Query: f.Name, About: f.About, Skipped: f.Skipped}}
	if f.Text != "" { // a golden has no text of its query
		s.result.QuerySHA256 = f.SHA256()
	}
	if keeps {
		s.result.Kept = []string{}
	}
	if f.Name == "canonical_payload" {
		s.payload = &payloadChecker{columns: columns}
	}
	s.lines.line = s.Row
	if columns != nil {
		s.begin(columns)
	}
	return s
}

func (s *Sink) begin(columns []string) {
	s.result.Columns = columns
	io.WriteString(s.whole, strings.Join(columns, "\t")+"\n")
}

// Write receives a piece of COPY text.
func (s *Sink) Write(p []byte) (int, error) { return s.lines.Write(p) }

// Row receives one row, without its newline.
func (s *Sink) Row(line []byte) error {
	line = printable(line)
	if s.result.Columns == nil {
		s.begin(strings.Split(string(line), "\t"))
		return nil
	}
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

// End returns the result; the payload is nil unless the query is canonical_payload.
func (s *Sink) End() (*Result, *Payload) {
	s.result.SHA256, s.result.Blocks = hex.EncodeToString(s.whole.Sum(nil)), s.blocks.end()
	if s.payload == nil {
		return s.result, nil
	}
	return s.result, &Payload{Faults: s.payload.faults, First: s.payload.first}
}

// ReadResult reads a golden: a result as COPY prints it with a header line. Its rows are kept.
func ReadResult(r io.Reader, query string) (*Result, error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	header, err := lines.ReadString('\n')
	switch {
	case errors.Is(err, io.EOF) && header == "":
		return nil, fmt.Errorf("%s: it is empty, without even the line of column names", query)
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: the last line is incomplete: the file was cut short", query)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	columns := strings.Split(strings.TrimSuffix(header, "\n"), "\t")
	s := NewSink(suite.Query(query, ""), columns, true)
	if _, err := io.Copy(s, lines); err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	if len(s.lines.rest) > 0 {
		return nil, fmt.Errorf("%s: the last line is incomplete: the file was cut short", query)
	}
	result, _ := s.End()
	return result, nil
}

// Text returns the result as COPY prints it with a header line. Requires that its rows were kept.
func (r *Result) Text() string {
	var b strings.Builder
	b.WriteString(strings.Join(r.Columns, "\t") + "\n")
	for _, row := range r.Kept {
		b.WriteString(row + "\n")
	}
	return b.String()
}

// With returns a copy of the result with other kept rows and their digest.
func (r *Result) With(kept []string) *Result {
	again := *r
	again.Kept = kept
	sum := sha256.Sum256([]byte(again.Text()))
	again.SHA256 = hex.EncodeToString(sum[:])
	return &again
}

// without returns the result without the kept rows about these tables, named as in Skipped, and without those of blocks
// in which one of the large objects is.
func (r *Result) without(skipped []string) *Result {
	rest := make([]string, 0, len(r.Kept))
	for i, key := range r.Keys(2) {
		isOf := func(name string) bool {
			if first, isObject := blockOf(name); isObject {
				return r.About.Bits != "" && key[0] == strconv.FormatInt(first, 10)
			}
			return isNamed(name, key[0], key[1])
		}
		if len(key) < 2 || !slices.ContainsFunc(skipped, isOf) {
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

// isNamed reports whether text names a table, with either part quoted or not.
func isNamed(text, schema, table string) bool {
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	return slices.ContainsFunc([]string{schema + ".", quoted(schema) + "."}, func(start string) bool {
		return text == start+table || text == start+quoted(table)
	})
}

// Keys returns the unescaped values of the first n columns of every kept row; NULL is "".
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

// Stored unescapes a COPY text value (PostgreSQL documentation, COPY, "Text Format"); isNull is true for \N.
func Stored(value string) (stored string, isNull bool) {
	bytes, isNull := unescape(nil, []byte(value))
	return string(bytes), isNull
}

// countByTable returns the row count of each table, if the result lists tables with row counts; else it is empty.
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

// oneRow returns the values of a one-row result by column; NULL is "".
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

// MoveTo notes that this result, which is outside snapshots, had become last by the end of the archive. Requires that
// About.Grows is one of the columns.
func (r *Result) MoveTo(last *Result) {
	r.Moved = r.SHA256 != last.SHA256
	if !r.Moved || r.Kept == nil || len(r.Kept) != len(last.Kept) {
		return
	}
	at, keys := slices.Index(r.Columns, r.About.Grows), r.About.Keys
	for i, row := range last.Kept {
		values, then := strings.Split(row, "\t"), strings.Split(r.Kept[i], "\t")
		if at < 0 || at >= len(values) || len(then) != len(values) || !slices.Equal(then[:keys], values[:keys]) {
			r.Ends = nil // not the same rows: nothing is known about any
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
		return fmt.Errorf("%s has %d columns, but %d key columns", r.Query, len(r.Columns), r.About.Keys)
	case slices.ContainsFunc(r.About.Either, func(column string) bool { return !slices.Contains(r.Columns, column) }):
		return fmt.Errorf("%s lacks some of the columns %s, which its header lists under Either", r.Query,
			strings.Join(r.About.Either, ", "))
	case r.Kept != nil && int64(len(r.Kept)) != r.Rows:
		return fmt.Errorf("%s has %d rows but keeps %d", r.Query, r.Rows, len(r.Kept))
	case r.Moved && !slices.Contains(r.Columns, r.About.Grows):
		return fmt.Errorf("%s moved, but no column shows how far", r.Query)
	case r.Ends != nil && (!r.Moved || len(r.Ends) != len(r.Kept)):
		return fmt.Errorf("%s has %d rows but end values for %d", r.Query, len(r.Kept), len(r.Ends))
	case slices.ContainsFunc(r.Kept, func(row string) bool { return strings.Count(row, "\t") != len(r.Columns)-1 }):
		return fmt.Errorf("a row of %s has more or fewer values than columns", r.Query)
	case r.Kept != nil && r.With(r.Kept).SHA256 != r.SHA256:
		return fmt.Errorf("the digest of %s does not match the rows it keeps", r.Query)
	}
	return nil
}

// blocksPerSize is the number of consecutive blocks of equal size: the first 1024 blocks hold one row each, the next
// 1024 two, then four, and so on. The number of rows need not be known in advance, the number of blocks grows with
// the logarithm of the rows, and a difference is located to about a thousandth of its position.
const blocksPerSize = 1024

// BlockRows returns how many rows block i holds; the last block of a result may hold fewer.
func BlockRows(i int) int64 { return 1 << (i / blocksPerSize) }

// BlockStart returns the position, from 0, of the first row of block i.
func BlockStart(i int) int64 {
	whole := i / blocksPerSize
	return blocksPerSize*(BlockRows(i)-1) + int64(i-whole*blocksPerSize)*BlockRows(i)
}

// blocks computes a digest per block: the first 16 hex digits of the SHA-256 of its rows, with their newlines.
type blocks struct {
	digests []string
	hash    hash.Hash
	filled  int64 // rows in the unfinished block
}

func newBlocks() *blocks { return &blocks{hash: sha256.New(), digests: []string{}} }

func (b *blocks) add(line []byte) {
	b.hash.Write(line)
	b.hash.Write(newline)
	if b.filled++; b.filled == BlockRows(len(b.digests)) {
		b.finish()
	}
}

func (b *blocks) finish() {
	b.digests = append(b.digests, hex.EncodeToString(b.hash.Sum(nil)[:8]))
	b.hash.Reset()
	b.filled = 0
}

// end returns the digests of all blocks.
func (b *blocks) end() []string {
	if b.filled > 0 {
		b.finish()
	}
	return b.digests
}

var newline = []byte{'\n'}

// ColumnsOf returns the names of the query's columns, escaped as in a header line of COPY.
func ColumnsOf(ctx context.Context, conn *pgconn.PgConn, f *suite.File) ([]string, error) {
	names, err := suite.Columns(ctx, conn, f)
	columns := []string{}
	for _, name := range names {
		columns = append(columns, Printable(escapeName(name)))
	}
	return columns, err
}

// escapeName escapes a column name like COPY's HEADER option, so that a name cannot be mistaken for two, or for a
// row.
var escapeName = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\b", `\b`, "\f", `\f`, "\v",
	`\v`).Replace

// ReadChain reads the state of the chain from the results of snapshot and verify_chain, which have one row each. If a
// result is missing, its fields stay at "nothing known": no rows, no break.
func (r *Record) ReadChain(phase string) error {
	for _, query := range []string{"snapshot", "verify_chain"} {
		result := r.Result(query)
		if result == nil {
			continue
		}
		if r.Chain == nil {
			r.Chain = &Snapshot{Phase: phase, FirstBreakPos: -1}
		}
		fields, err := result.oneRow()
		for column, value := range fields {
			err = errors.Join(err, r.Chain.set(column, value))
		}
		if err != nil {
			return fmt.Errorf("%s.sql: %w", query, err)
		}
	}
	return nil
}

func (s *Snapshot) set(column, value string) error {
	switch column {
	case "chain_head_hash":
		s.ChainHeadHash = value
	case "first_break_id":
		s.FirstBreakID = value
	case "first_break_reason":
		s.FirstBreakReason = value
	case "row_count":
		return setNumber(&s.RowCount, column, value)
	case "verifier_walked":
		return setNumber(&s.VerifierWalked, column, value)
	case "first_break_pos":
		if value != "" {
			return setNumber(&s.FirstBreakPos, column, value)
		}
	}
	return nil
}

func setNumber(to *int64, column, value string) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return fmt.Errorf("%s is %q, not a number", column, value)
	}
	*to = n
	return nil
}

// EachRow runs a query and calls do with the position, from 0, and the unescaped values of every row as it arrives;
// NULL is "". It returns the number of rows. An error of do ends the query.
func EachRow(ctx context.Context, conn *pgconn.PgConn, f *suite.File,
	do func(position int64, values []string) error) (int64, error) {
	if _, err := suite.Columns(ctx, conn, f); err != nil {
		return 0, err
	}
	position := int64(-1)
	return suite.Copy(ctx, conn, f, &lineWriter{line: func(line []byte) error {
		position++
		return do(position, storedAll(strings.Split(string(printable(line)), "\t")))
	}})
}

// RowAt runs a query again and returns the row at a position, from 0, as COPY text; "" if there are fewer rows.
func RowAt(ctx context.Context, conn *pgconn.PgConn, f *suite.File, at int64) (row string, err error) {
	position := int64(0)
	_, err = suite.Copy(ctx, conn, f, &lineWriter{line: func(line []byte) error {
		if position == at {
			row = string(printable(line))
		}
		position++
		return nil
	}})
	return row, err
}

// payloadChecker recomputes the hash of each row of canonical_payload, whose last two columns are the payload and its
// hash.
type payloadChecker struct {
	columns []string
	rows    int64
	faults  int64
	first   *HashFault
	buf     []byte
}

// check checks one row of COPY text, without its newline.
func (c *payloadChecker) check(line []byte) error {
	position := c.rows
	c.rows++
	hashAt := bytes.LastIndexByte(line, '\t')
	if hashAt < 0 {
		return fmt.Errorf("canonical_payload: row %d has a single column", position)
	}
	payloadAt := bytes.LastIndexByte(line[:hashAt], '\t') + 1
	payload, isNull := unescape(c.buf[:0], line[payloadAt:hashAt])
	c.buf = payload
	got := string(line[hashAt+1:])
	sum := sha256.Sum256(payload)
	want := hex.EncodeToString(sum[:])
	if !isNull && got == want {
		return nil
	}
	c.faults++
	if c.first != nil {
		return nil
	}
	if isNull {
		want = "no hash: the payload is NULL"
	}
	keys := ""
	if payloadAt > 0 {
		keys = NameKeys(c.columns, strings.Split(string(line[:payloadAt-1]), "\t"))
	}
	c.first = &HashFault{Position: position, Key: keys, Want: want, Got: got}
	return nil
}

// NameKeys formats key columns as "seq=3 id=evt-3".
func NameKeys(columns, values []string) string {
	var keys []string
	for i, value := range values {
		if i < len(columns) {
			keys = append(keys, columns[i]+"="+value)
		}
	}
	return strings.Join(keys, " ")
}

// unescape appends what a COPY text value stands for to buf; isNull is true for \N (PostgreSQL documentation, COPY,
// "Text Format").
func unescape(buf, value []byte) (stored []byte, isNull bool) {
	if string(value) == `\N` {
		return buf, true
	}
	for {
		i := bytes.IndexByte(value, '\\')
		if i < 0 || i+1 == len(value) {
			return append(buf, value...), false
		}
		buf = append(buf, value[:i]...)
		c := value[i+1]
		end := min(i+4, len(value))
		if n, err := strconv.ParseUint(string(value[i+2:end]), 16, 8); c == 'x' && err == nil { // written by Printable
			buf, value = append(buf, byte(n)), value[end:]
			continue
		}
		if at := strings.IndexByte("bfnrtv", c); at >= 0 {
			c = "\b\f\n\r\t\v"[at]
		}
		buf = append(buf, c)
		value = value[i+2:]
	}
}

// lineWriter calls line with each complete line, without the newline. The slice is valid only during the call.
type lineWriter struct {
	line func([]byte) error
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	for rest := p; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			w.rest = append(w.rest, rest...)
			return len(p), nil
		}
		whole := rest[:i]
		if len(w.rest) > 0 {
			w.rest = append(w.rest, whole...)
			whole = w.rest
		}
		if err := w.line(whole); err != nil {
			return 0, err
		}
		w.rest, rest = w.rest[:0], rest[i+1:]
	}
}

// Printable returns COPY text with every byte that is not valid UTF-8 written as \xHH, which COPY reads: an SQL_ASCII
// database may hold any bytes, JSON may not.
func Printable(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, text[i])
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// printable is Printable for bytes; it returns line itself if that is valid UTF-8.
func printable(line []byte) []byte {
	if utf8.Valid(line) {
		return line
	}
	return []byte(Printable(string(line)))
}
