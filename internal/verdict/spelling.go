package verdict

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/spelling"
)

// compareSpelled compares two results again without the definitions that differ only in their spelling. It is for
// records alone, without a server that could print both sides in the same way.
func (r *Report) compareSpelled(c Check, older, newer *record.Result, o *Options) (Check, error) {
	spelled, n := InSpelling(older, newer)
	if n == 0 {
		return c, nil
	}
	c, err := r.CompareResult(spelled, newer, o)
	if c.Verdict == Pass {
		c.Detail = fmt.Sprintf("the same; %d definitions are printed in another way", n)
	}
	return c, err
}

// InSpelling returns older with newer's spelling of each definition that means the same there, and their number.
func InSpelling(older, newer *record.Result) (*record.Result, int) {
	if older.Kept == nil || newer.Kept == nil || !slices.Equal(older.Columns, newer.Columns) {
		return older, 0
	}
	kept, n := slices.Clone(older.Kept), 0
	for i, rows := range pairs(older, newer) {
		was, is := rows[0], rows[1]
		for at, column := range older.Columns {
			isPrinted := slices.Contains(older.About.Spells, column) && !isSource(column, was[at])
			if isPrinted && was[at] != is[at] && spelling.Same(was[at], is[at]) {
				was[at], n = is[at], n+1
			}
		}
		kept[i] = strings.Join(was, "\t")
	}
	return older.With(kept), n
}

// isSource reports whether a value is the body of a function that is stored as text, and so is the same on every
// server. One that is stored parsed is printed as a whole statement.
func isSource(column, value string) bool {
	return column == "body" && !strings.HasPrefix(value, "CREATE OR REPLACE ")
}

// A Speller returns other spellings of values of a row, as COPY text by column. It receives the row's values by
// column, nil for NULL. An empty result leaves the row unchanged.
type Speller func(values map[string]*string) (map[string]string, error)

// Respelled returns older with respelled values, and the number of rows changed. It respells the rows that differ
// from newer's row with the same key in the given columns and in no others. A result without kept rows is returned
// unchanged.
func Respelled(older, newer *record.Result, columns []string, spell Speller) (*record.Result, int, error) {
	if older.Kept == nil || !slices.Equal(older.Columns, newer.Columns) {
		return older, 0, nil // other columns: nothing to respell
	}
	kept, spelled := slices.Clone(older.Kept), 0
	for i, rows := range pairs(older, newer) {
		was, is := rows[0], rows[1]
		if !differsOnlyIn(older.Columns, columns, was, is) {
			continue
		}
		values, err := spell(valuesByColumn(older.Columns, was))
		if err != nil {
			return nil, 0, err
		}
		for _, column := range columns {
			if value, isSpelled := values[column]; isSpelled {
				was[slices.Index(older.Columns, column)] = value
			}
		}
		if len(values) > 0 {
			kept[i], spelled = strings.Join(was, "\t"), spelled+1
		}
	}
	return older.With(kept), spelled, nil
}

// matchEither returns older with newer's values in the columns of About.Either, if at least one of these columns is
// equal on both sides. If none is, only the first one is left different.
func matchEither(older, newer *record.Result) *record.Result {
	isKept := older.Kept != nil && newer.Kept != nil && slices.Equal(older.Columns, newer.Columns)
	if len(older.About.Either) == 0 || older.SHA256 == newer.SHA256 || !isKept {
		return older
	}
	var either []int
	for _, column := range older.About.Either {
		either = append(either, slices.Index(older.Columns, column))
	}
	kept := slices.Clone(older.Kept)
	for i, rows := range pairs(older, newer) {
		was, is := rows[0], rows[1]
		take := either
		switch isOne := func(at int) bool { return was[at] == is[at] && was[at] != `\N` }; {
		case slices.ContainsFunc(either, isOne):
		case was[either[0]] != is[either[0]]:
			take = either[1:]
		default:
			continue
		}
		for _, at := range take {
			was[at] = is[at]
		}
		kept[i] = strings.Join(was, "\t")
	}
	return older.With(kept)
}

// pairs returns, by their positions, the values of the kept rows of older, each with those of newer's row with the same
// key. Rows that newer lacks are left out.
func pairs(older, newer *record.Result) iter.Seq2[int, [2][]string] {
	now := map[string]string{}
	for _, line := range newer.Kept {
		now[keyOf(line, newer.About.Keys)] = line
	}
	return func(yield func(int, [2][]string) bool) {
		for i, line := range older.Kept {
			was, is := strings.Split(line, "\t"), strings.Split(now[keyOf(line, older.About.Keys)], "\t")
			if len(was) == len(is) && !yield(i, [2][]string{was, is}) {
				return
			}
		}
	}
}

// keyOf returns the key of a row: its first keys values.
func keyOf(line string, keys int) string {
	end := 0
	for range keys {
		next := strings.IndexByte(line[end:], '\t')
		if next < 0 {
			return line
		}
		end += next + 1
	}
	return line[:end]
}

// differsOnlyIn reports whether two rows differ, and only in the given columns.
func differsOnlyIn(all, some, was, is []string) bool {
	if slices.Equal(was, is) {
		return false
	}
	for i, name := range all {
		if was[i] != is[i] && !slices.Contains(some, name) {
			return false
		}
	}
	return true
}

// valuesByColumn returns the values of a row by column, as stored.
func valuesByColumn(columns, row []string) map[string]*string {
	values := map[string]*string{}
	for i, name := range columns {
		stored, isNull := record.Stored(row[i])
		if values[name] = nil; !isNull {
			values[name] = &stored
		}
	}
	return values
}
