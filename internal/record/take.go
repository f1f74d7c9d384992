package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/suite"
)

// Options say what is kept of a record beside its digests.
type Options struct {
	Phase string // kept in the state of the chain
	// Keep says whether the rows of a query are kept in memory; nil keeps those whose file allows it (About.Keeps).
	Keep func(*suite.File) bool
}

// All keeps the rows of every query.
func All(*suite.File) bool { return true }

// keeps says whether the rows of f are kept. The one row of snapshot.sql and verify_chain.sql always is, and so are rows
// that may be ahead in a copy: how far must be known.
func (o *Options) keeps(f *suite.File) bool {
	return f.About.Keys == 0 || f.About.Grows != "" || o.Keep == nil && f.About.Keeps || o.Keep != nil && o.Keep(f)
}

// Take runs the queries over the connections, which must have the suite's session settings and see the same moment, and
// returns their results in the order of the queries. It is one pass: rows are streamed from COPY into digests, and
// memory does not grow with rows that are not kept. Each connection takes the next query when it is done with one.
func Take(ctx context.Context, conns []*pgconn.PgConn, queries []*suite.File, o Options) (*Record, error) {
	parts, errs := make([]*part, len(queries)), make([]error, len(queries))
	var begun atomic.Int64
	var group sync.WaitGroup
	order := longestFirst(queries)
	for _, conn := range conns {
		group.Go(func() {
			for n := begun.Add(1) - 1; n < int64(len(order)); n = begun.Add(1) - 1 {
				i := order[n]
				if parts[i], errs[i] = take(ctx, conn, queries[i], &o); errs[i] != nil {
					begun.Store(int64(len(order))) // the others finish their query and take no more
				}
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return join(parts, queries, o.Phase)
}

// TakeEach is Take over one connection that is in a transaction, which goes on when the server refuses a query.
// instead is handed each query that was refused, and why, and returns the query to take in its place, or nil to leave it
// out. The queries that were taken are returned in the order of the results.
func TakeEach(ctx context.Context, conn *pgconn.PgConn, queries []*suite.File, o Options,
	instead func(f *suite.File, refused error) (*suite.File, error)) (r *Record, taken []*suite.File, err error) {
	var parts []*part
	for _, f := range queries {
		for f != nil {
			var p *part
			refused, err := suite.Attempt(ctx, conn, func() (err error) { p, err = take(ctx, conn, f, &o); return err })
			if err != nil {
				return nil, nil, err
			}
			if refused == nil {
				parts, taken = append(parts, p), append(taken, f)
				break
			}
			if f, err = instead(f, refused); err != nil {
				return nil, nil, err
			}
		}
	}
	r, err = join(parts, taken, o.Phase)
	return r, taken, err
}

// longestFirst is the order in which queries are begun, so that none is left alone at the end: those that read every
// row, by their header, before the others.
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

// A part is what one query adds to a record.
type part struct {
	result  *Result
	payload *Payload // nil unless it is canonical_payload
}

// take runs one query.
func take(ctx context.Context, conn *pgconn.PgConn, f *suite.File, o *Options) (*part, error) {
	columns, err := columnsOf(ctx, conn, f)
	if err != nil {
		return nil, err
	}
	s := newSink(f, columns, o.keeps(f))
	if _, err := suite.Copy(ctx, conn, f, s); err != nil {
		return nil, err
	}
	p := &part{result: s.end()}
	if s.payload != nil {
		p.payload = &Payload{Faults: s.payload.faults, First: s.payload.first}
	}
	return p, nil
}

// columnsOf are the names of the query's columns, as a header line of COPY writes them.
func columnsOf(ctx context.Context, conn *pgconn.PgConn, f *suite.File) ([]string, error) {
	columns, err := suite.Columns(ctx, conn, f)
	for i, name := range columns {
		columns[i] = Printable(escapeName(name))
	}
	return columns, err
}

// escapeName writes a column's name as COPY's own option HEADER does, so that no name can be taken for two, or for a row.
var escapeName = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\b", `\b`, "\f", `\f`, "\v", `\v`).Replace

// join makes a record of its parts, one for each query.
func join(parts []*part, queries []*suite.File, phase string) (*Record, error) {
	r := &Record{}
	for i, p := range parts {
		r.KeySHA256 = cmp.Or(r.KeySHA256, queries[i].KeySHA256())
		r.Results = append(r.Results, p.result)
		if p.payload != nil {
			r.Payload = p.payload
		}
	}
	if err := r.readChain(phase); err != nil {
		return nil, err
	}
	return r, nil
}

// readChain reads the state of the chain out of the two results of one row. One that is not there leaves its fields at
// "nothing known": no rows, no break.
func (r *Record) readChain(phase string) error {
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

// EachRow runs a query and hands every row to do as it comes, with the position from 0: its values as stored; NULL is
// "". It returns the number of rows. An error of do ends it.
func EachRow(ctx context.Context, conn *pgconn.PgConn, f *suite.File, do func(position int64, values []string) error) (int64, error) {
	if _, err := suite.Columns(ctx, conn, f); err != nil {
		return 0, err
	}
	position := int64(-1)
	return suite.Copy(ctx, conn, f, &lineWriter{line: func(line []byte) error {
		position++
		return do(position, storedAll(strings.Split(string(printable(line)), "\t")))
	}})
}

// RowAt runs a query again and returns the row at a position, from 0, as COPY text; "" if there are fewer.
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
