package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// Changes are the rows in which two results of one query differ.
type Changes struct {
	Missing int64    `json:"missing"` // rows of the old side alone
	Extra   int64    `json:"extra"`   // rows of the new side alone
	Changed int64    `json:"changed"` // rows of one key with other values
	First   []Change `json:"first"`   // the first of them, in the order of their keys
}

// A Change is one row that differs, named by its key columns.
type Change struct {
	Kind string `json:"kind"` // missing, extra or changed
	Key  string `json:"key"`  // "schema=public table=t"
	// KeyValues are the values of the key columns, as stored.
	KeyValues []string `json:"-"`
	// Others are the columns of a missing or extra row, beside its key, that are not NULL.
	Others []string `json:"-"`
	// Columns are those with other values; Old and New are the values, as COPY text.
	Columns []string `json:"columns,omitempty"`
	Old     []string `json:"old,omitempty"`
	New     []string `json:"new,omitempty"`
}

// Total is how many rows differ.
func (c *Changes) Total() int64 { return c.Missing + c.Extra + c.Changed }

// String counts the changes: "1 missing, 2 changed".
func (c *Changes) String() string {
	var parts []string
	for _, part := range []struct {
		n    int64
		what string
	}{{c.Missing, "missing"}, {c.Extra, "extra"}, {c.Changed, "changed"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

// MaxSorted is how many rows a result may have for Changes to be found in it: both sides are
// sorted in memory.
const MaxSorted = 100_000

// ChangesOf finds the rows in which the results of a query differ between two sides. The first keys
// columns name a row; limit bounds how many changes are kept. Results of more than MaxSorted rows
// give nil.
func ChangesOf(query string, older, newer Side, keys, limit int) (*Changes, error) {
	a, err := openRows(older, query)
	if err != nil {
		return nil, err
	}
	defer a.Close() // read only: nothing to lose
	return changesBetween(a, query, newer, keys, limit)
}

// ChangesOf is the function of that name for a digest that keeps its rows; else it gives nil.
func (d *Digest) ChangesOf(r *Record, keys, limit int) (*Changes, error) {
	if d.Text == nil {
		return nil, nil
	}
	return changesBetween(d.rows(), d.Query, r.Side("after the restore"), keys, limit)
}

// NamedRows names the rows of a result: for each the values of its first keys columns, as a Change that has no kind.
func (r *Record) NamedRows(query string, keys int) ([]Change, error) {
	rows, err := openRows(r.Side("record"), query)
	if err != nil {
		return nil, err
	}
	defer rows.Close() // read only: nothing to lose
	columns, all, err := sortedRows(rows, keys)
	if err != nil {
		return nil, err
	}
	var named []Change
	for _, row := range all {
		named = append(named, newChange("", columns, keys, row))
	}
	return named, nil
}

func changesBetween(older *rows, query string, newer Side, keys, limit int) (*Changes, error) {
	b, err := openRows(newer, query)
	if err != nil {
		return nil, err
	}
	defer b.Close() // read only: nothing to lose
	columns, was, err := sortedRows(older, keys)
	if err != nil {
		return nil, err
	}
	_, is, err := sortedRows(b, keys)
	if err != nil || was == nil || is == nil {
		return nil, err
	}
	return MergeChanges(columns, keys, limit, slices.Values(was), slices.Values(is)), nil
}

// sortedRows reads a result whole and sorts it by its key columns, byte by byte; nil if it is too
// long.
func sortedRows(r *rows, keys int) (columns []string, all [][]string, err error) {
	header, err := r.next()
	if err != nil {
		return nil, nil, err
	}
	columns, all = strings.Split(string(header), "\t"), [][]string{}
	for {
		line, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
		if len(all) == MaxSorted {
			return columns, nil, nil
		}
		all = append(all, strings.Split(string(line), "\t"))
	}
	slices.SortStableFunc(all, func(a, b []string) int { return compareKeys(a, b, keys) })
	return columns, all, nil
}

// compareKeys orders rows by their first keys values, as stored, byte by byte: what order by
// collate "C" does to text.
func compareKeys(a, b []string, keys int) int {
	for i := range min(keys, len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		was, wasNull := unescape([]byte(a[i]))
		is, isNull := unescape([]byte(b[i]))
		switch {
		case wasNull:
			return 1 // NULL comes last, as in PostgreSQL
		case isNull:
			return -1
		}
		return bytes.Compare(was, is)
	}
	return 0
}

// MergeChanges finds the changes between two sequences of rows that are ordered by their first
// keys columns, byte by byte. Memory is bound by limit.
func MergeChanges(columns []string, keys, limit int, older, newer iter.Seq[[]string]) *Changes {
	nextOld, stopOld := iter.Pull(older)
	defer stopOld()
	nextNew, stopNew := iter.Pull(newer)
	defer stopNew()
	c := &Changes{First: []Change{}}
	was, hasOld := nextOld()
	is, hasNew := nextNew()
	for hasOld || hasNew {
		order := 0
		switch {
		case !hasNew:
			order = -1
		case !hasOld:
			order = 1
		default:
			order = compareKeys(was, is, keys)
		}
		switch {
		case order < 0:
			c.Missing++
			c.keep(limit, newChange("missing", columns, keys, was))
			was, hasOld = nextOld()
		case order > 0:
			c.Extra++
			c.keep(limit, newChange("extra", columns, keys, is))
			is, hasNew = nextNew()
		default:
			c.compareRow(columns, keys, limit, was, is)
			was, hasOld = nextOld()
			is, hasNew = nextNew()
		}
	}
	return c
}

func newChange(kind string, columns []string, keys int, row []string) Change {
	change := Change{Kind: kind, Key: nameKeys(columns, row[:min(keys, len(row))])}
	for _, value := range row[:min(keys, len(row))] {
		stored, _ := unescape([]byte(value))
		change.KeyValues = append(change.KeyValues, string(stored))
	}
	for i := keys; i < min(len(row), len(columns)); i++ {
		if row[i] != `\N` {
			change.Others = append(change.Others, columns[i])
		}
	}
	return change
}

func (c *Changes) keep(limit int, change Change) {
	if len(c.First) < limit {
		c.First = append(c.First, change)
	}
}

func (c *Changes) compareRow(columns []string, keys, limit int, was, is []string) {
	if slices.Equal(was, is) {
		return
	}
	c.Changed++
	change := newChange("changed", columns, keys, was)
	for i := range min(len(was), len(is), len(columns)) {
		if was[i] != is[i] {
			change.Columns = append(change.Columns, columns[i])
			change.Old = append(change.Old, was[i])
			change.New = append(change.New, is[i])
		}
	}
	c.keep(limit, change)
}

// Mask takes the values of rows out of the changes; their keys and columns stay.
func (c *Changes) Mask() {
	if c == nil {
		return
	}
	for i := range c.First {
		c.First[i].Old, c.First[i].New = nil, nil
	}
}
