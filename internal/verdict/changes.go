package verdict

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// Changes are the rows in which two results of one query differ.
type Changes struct {
	Missing int64    `json:"missing"` // rows only in the old result
	Extra   int64    `json:"extra"`   // rows only in the new result
	Changed int64    `json:"changed"` // rows with the same key and other values
	First   []Change `json:"first"`   // the first of them, ordered by key
}

// A Change is one row that differs, named by its key columns.
type Change struct {
	Kind string `json:"kind"` // missing, extra or changed
	Key  string `json:"key"`  // "schema=public table=t"
	// KeyValues are the values of the key columns, as stored.
	KeyValues []string `json:"-"`
	// Others are the non-key columns of a missing or extra row that are not NULL.
	Others []string `json:"-"`
	// Columns are those whose values changed; Old and New are their values, as COPY text.
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

// ChangesOf returns the differences between two lists of rows, in whatever order they are. The first keys columns
// identify a row.
func ChangesOf(columns []string, keys int, older, newer []string) *Changes {
	return MergeChanges(columns, keys, math.MaxInt, sorted(older, keys), sorted(newer, keys))
}

// NamedRows returns a Change without a kind for each row, with the values of its first keys columns.
func NamedRows(columns []string, keys int, rows []string) (named []Change) {
	for row := range sorted(rows, keys) {
		named = append(named, newChange("", columns, keys, row))
	}
	return named
}

// sorted returns the values of rows, ordered by their key columns, byte by byte.
func sorted(rows []string, keys int) iter.Seq[[]string] {
	all := make([][]string, len(rows))
	for i, row := range rows {
		all[i] = strings.Split(row, "\t")
	}
	slices.SortStableFunc(all, func(a, b []string) int { return compareKeys(a, b, keys) })
	return slices.Values(all)
}

// compareKeys orders rows by their first keys values, byte by byte, as order by ... collate "C" does.
func compareKeys(a, b []string, keys int) int {
	for i := range min(keys, len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		was, wasNull := record.Stored(a[i])
		is, isNull := record.Stored(b[i])
		switch {
		case wasNull:
			return 1 // NULLs last, as in PostgreSQL
		case isNull:
			return -1
		}
		return strings.Compare(was, is)
	}
	return 0
}

// MergeChanges returns the differences between two sequences of rows that are ordered by their first keys columns,
// byte by byte. It keeps at most limit changes in memory, and counts the others.
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
	change := Change{Kind: kind, Key: record.NameKeys(columns, row[:min(keys, len(row))])}
	for _, value := range row[:min(keys, len(row))] {
		stored, _ := record.Stored(value)
		change.KeyValues = append(change.KeyValues, stored)
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

// Mask removes the values of rows from the changes, and leaves their keys and column names.
func (c *Changes) Mask() {
	if c == nil {
		return
	}
	for i := range c.First {
		c.First[i].Old, c.First[i].New = nil, nil
	}
}
