package record

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/suite"
)

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
