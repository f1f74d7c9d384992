// Package record hides what a record is made of: what the query files of a suite printed, kept as
// files of the server's own bytes, and how two of them are compared.
package record

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/suite"
)

// Suffix ends the name of a result's file, in a record as in the golden folder.
const Suffix = ".golden"

// A Record is what the query files of a suite printed, on one server at one moment.
type Record struct {
	// Dir holds one file per result: a header line with the column names, separated by tabs, then
	// COPY text rows. The golden folder of a workload is such a folder.
	Dir      string
	Results  []Result
	Snapshot Snapshot
	// Faults are rows whose row_hash is not the SHA-256 of their payload, recomputed here and not
	// by the server: the first one in chain order, and how many.
	FirstFault *HashFault
	Faults     int64
	// HasPayload says whether the suite has canonical_payload.sql.
	HasPayload bool
}

// A Result is what one query file printed.
type Result struct {
	Query   string   // without .sql
	Columns []string // escaped, as in the header line
	Rows    int64
}

// A Snapshot is the state of the chain in one line: the stable shape that workload and verify
// print with -json. Without a chain head, or without a break, the texts are "" and
// FirstBreakPos is -1.
type Snapshot struct {
	Phase            string `json:"phase"`
	RowCount         int64  `json:"row_count"`
	ChainHeadHash    string `json:"chain_head_hash"`
	FirstBreakID     string `json:"first_break_id"`
	FirstBreakPos    int64  `json:"first_break_pos"`
	FirstBreakReason string `json:"first_break_reason"`
	VerifierWalked   int64  `json:"verifier_walked"`
}

// A HashFault is a row whose row_hash is not the SHA-256 of its payload.
type HashFault struct {
	Position int64  // in chain order, from 0
	Key      string // the row's key columns, "seq=3 id=evt-3"
	Want     string // what was recomputed, 64 hex digits
	Got      string // row_hash
}

// Take runs the queries of the suite over conn, which must have the suite's session settings, and
// keeps what they print as files under dir, which is made. Rows are streamed: memory does not grow
// with them. phase is kept in the snapshot.
func Take(ctx context.Context, conn *pgconn.PgConn, s *suite.Suite, dir, phase string) (*Record, error) {
	return TakeQueries(ctx, conn, s.Queries(), dir, phase)
}

// TakeSnapshot is Take for snapshot.sql and verify_chain.sql, the two of them that the suite has.
func TakeSnapshot(ctx context.Context, conn *pgconn.PgConn, s *suite.Suite, dir, phase string) (*Record, error) {
	var queries []*suite.File
	for _, name := range []string{"snapshot", "verify_chain"} {
		if f := s.File(name); f != nil {
			queries = append(queries, f)
		}
	}
	return TakeQueries(ctx, conn, queries, dir, phase)
}

// TakeQueries is Take for some queries only.
func TakeQueries(ctx context.Context, conn *pgconn.PgConn, queries []*suite.File, dir, phase string) (*Record, error) {
	return TakeBeside(ctx, []*pgconn.PgConn{conn}, queries, dir, phase)
}

// Has says whether the record has a result of that query.
func (r *Record) Has(query string) bool {
	return slices.ContainsFunc(r.Results, func(result Result) bool { return result.Query == query })
}

// TakeBeside is TakeQueries over several connections at once: each takes the next query when it is
// done with one, the longest first. All must see the same; where nobody writes they do.
func TakeBeside(ctx context.Context, conns []*pgconn.PgConn, queries []*suite.File, dir, phase string) (*Record, error) {
	parts, errs := make([]Record, len(queries)), make([]error, len(queries))
	var begun atomic.Int64
	var group sync.WaitGroup
	order := longestFirst(queries)
	for _, conn := range conns {
		group.Go(func() {
			for n := begun.Add(1) - 1; n < int64(len(order)); n = begun.Add(1) - 1 {
				i := order[n]
				parts[i].Dir = dir
				if errs[i] = parts[i].add(ctx, conn, queries[i]); errs[i] != nil {
					begun.Store(int64(len(order))) // the others end their query and no more
				}
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	r := &Record{Dir: dir}
	for i := range parts {
		r.merge(&parts[i])
	}
	snapshot, err := readSnapshot(dir, phase)
	if err != nil {
		return nil, err
	}
	r.Snapshot = snapshot
	return r, nil
}

// TakeEach is TakeQueries over one connection that is in a transaction, which goes on when the server refuses a query.
// instead is handed each query that was refused, and why, and returns the query to take in its place, or nil to leave it
// out. The queries that were taken are returned in the order of the results.
func TakeEach(ctx context.Context, conn *pgconn.PgConn, queries []*suite.File, dir, phase string,
	instead func(f *suite.File, refused error) (*suite.File, error)) (r *Record, taken []*suite.File, err error) {
	r = &Record{Dir: dir}
	for _, f := range queries {
		for f != nil {
			part := &Record{Dir: dir}
			refused, err := suite.Attempt(ctx, conn, func() error { return part.add(ctx, conn, f) })
			if err != nil {
				return nil, nil, err
			}
			if refused == nil {
				r.merge(part)
				taken = append(taken, f)
				break
			}
			if err := os.Remove(part.Path(f.Name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, nil, fmt.Errorf("could not keep a record: %w", err)
			}
			if f, err = instead(f, refused); err != nil {
				return nil, nil, err
			}
		}
	}
	r.Snapshot, err = readSnapshot(dir, phase)
	return r, taken, err
}

// merge adds the results of part.
func (r *Record) merge(part *Record) {
	r.Results = append(r.Results, part.Results...)
	if part.HasPayload {
		r.HasPayload, r.FirstFault, r.Faults = true, part.FirstFault, part.Faults
	}
}

// longestFirst is the order in which queries are begun, so that none is left alone at the end: those
// that read every row, by their header, before the others.
func longestFirst(queries []*suite.File) (order []int) {
	for _, readsRows := range []bool{true, false} {
		for i, f := range queries {
			if f.About.Rows == readsRows {
				order = append(order, i)
			}
		}
	}
	return order
}

// add runs one query and keeps its result.
func (r *Record) add(ctx context.Context, conn *pgconn.PgConn, f *suite.File) (err error) {
	columns, err := suite.Columns(ctx, conn, f)
	if err != nil {
		return err
	}
	for i, name := range columns {
		columns[i] = Printable(escapeName(name))
	}
	path := r.Path(f.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("could not keep a record: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("could not keep a record: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	out := bufio.NewWriterSize(file, 1<<16)
	fmt.Fprintln(out, strings.Join(columns, "\t")) // a write error stays in out until Flush
	var sink io.Writer = printableWriter{out}
	var hashes *payloadChecker
	if f.Name == "canonical_payload" {
		r.HasPayload = true
		hashes = &payloadChecker{columns: columns}
		sink = io.MultiWriter(sink, &lineWriter{line: hashes.check})
	}
	rows, err := suite.Copy(ctx, conn, f, sink)
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("could not keep a record: %w", err)
	}
	if hashes != nil {
		r.FirstFault, r.Faults = hashes.first, hashes.faults
	}
	r.Results = append(r.Results, Result{Query: f.Name, Columns: columns, Rows: rows})
	return nil
}

// escapeName is how a header line writes a column's name: as COPY's own option HEADER does, so that
// no name can be taken for two, or for a row.
var escapeName = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\b", `\b`, "\f", `\f`, "\v", `\v`).Replace

// EachRow hands every row of a result to do: its values as stored; NULL is "".
func (r *Record) EachRow(query string, do func(values []string) error) error {
	file, err := openRows(r.Side("record"), query)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	for isHeader := true; ; isHeader = false {
		line, err := file.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if isHeader {
			continue
		}
		values := strings.Split(string(line), "\t")
		for i := range values {
			stored, _ := unescape([]byte(values[i]))
			values[i] = string(stored)
		}
		if err := do(values); err != nil {
			return err
		}
	}
}

// ValueAt is one value of a result: in the row at that position, from 0, and the column of that name.
// It is "" if there is no such row.
func (r *Record) ValueAt(query string, position int64, column string) (value string, err error) {
	at := int64(-1)
	i := slices.IndexFunc(r.Results, func(result Result) bool { return result.Query == query })
	if i < 0 {
		return "", fmt.Errorf("the record has no result of %s", query)
	}
	columnAt := slices.Index(r.Results[i].Columns, column)
	err = r.EachRow(query, func(values []string) error {
		if at++; at == position && columnAt >= 0 {
			value = values[columnAt]
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return value, err
}

// errFound ends a search.
var errFound = errors.New("found")

// Keys reads the first n values of every row of a result, as stored; NULL is "".
func (r *Record) Keys(query string, n int) (keys [][]string, err error) {
	err = r.EachRow(query, func(values []string) error {
		keys = append(keys, slices.Clone(values[:n]))
		return nil
	})
	return keys, err
}

// Path is the file that holds the result of a query (its name without .sql).
func (r *Record) Path(query string) string {
	return filepath.Join(r.Dir, filepath.FromSlash(query)+Suffix)
}

// readSnapshot reads the two one-row results back; a result that is not there leaves its fields
// at "nothing known": no rows, no break.
func readSnapshot(dir, phase string) (Snapshot, error) {
	s := Snapshot{Phase: phase, FirstBreakPos: -1}
	for _, query := range []string{"snapshot", "verify_chain"} {
		fields, err := oneRow(filepath.Join(dir, query+Suffix))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return s, err
		}
		for column, value := range fields {
			if err := s.set(column, value); err != nil {
				return s, fmt.Errorf("%s.sql: %w", query, err)
			}
		}
	}
	return s, nil
}

// oneRow reads a result of one row: its values by column; NULL is "".
func oneRow(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	header, row, _ := strings.Cut(strings.TrimSuffix(string(data), "\n"), "\n")
	columns, values := strings.Split(header, "\t"), strings.Split(row, "\t")
	if len(columns) != len(values) {
		return nil, fmt.Errorf("%s: a row of %d values under %d columns", path, len(values), len(columns))
	}
	fields := map[string]string{}
	for i, column := range columns {
		value, _ := unescape([]byte(values[i]))
		fields[column] = string(value)
	}
	return fields, nil
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

// IsWhole says whether the verifier found no break: each of its three answers says so.
func (s Snapshot) IsWhole() bool {
	return s.FirstBreakID == "" && s.FirstBreakPos == -1 && s.FirstBreakReason == ""
}
