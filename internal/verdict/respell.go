package verdict

import (
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// A Speller gives another spelling of some values of a row. It is handed the row's values by column, nil for NULL, and
// returns those that it spells, as COPY text. No values at all leave the row as it is.
type Speller func(values map[string]*string) (map[string]string, error)

// Respelled returns older with other spellings in the rows that newer has under the same key with other values in those
// columns, and in no other column, and how many rows were spelled anew. A result that keeps no rows is returned as it
// is.
func Respelled(older, newer *record.Result, columns []string, spell Speller) (*record.Result, int, error) {
	if older.Kept == nil || !slices.Equal(older.Columns, newer.Columns) {
		return older, 0, nil // rows with other columns are other rows
	}
	now := byKey(newer)
	kept, spelled := slices.Clone(older.Kept), 0
	for i, line := range older.Kept {
		was, is := strings.Split(line, "\t"), strings.Split(now[keyOf(line, older.About.Keys)], "\t")
		if !differsOnlyIn(older.Columns, columns, was, is) {
			continue
		}
		values, err := spell(named(older.Columns, was))
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

// alike returns older with the values of newer in the columns of About.Either, where one of them is the same in both.
// Where none is, the first column alone is left to differ.
func alike(older, newer *record.Result) *record.Result {
	isKept := older.Kept != nil && newer.Kept != nil && slices.Equal(older.Columns, newer.Columns)
	if len(older.About.Either) == 0 || older.SHA256 == newer.SHA256 || !isKept {
		return older
	}
	var either []int
	for _, column := range older.About.Either {
		either = append(either, slices.Index(older.Columns, column))
	}
	now := byKey(newer)
	kept := slices.Clone(older.Kept)
	for i, line := range kept {
		was, is := strings.Split(line, "\t"), strings.Split(now[keyOf(line, older.About.Keys)], "\t")
		if len(was) != len(is) {
			continue // there is no such row
		}
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

// byKey are the kept rows of a result by what names them.
func byKey(r *record.Result) map[string]string {
	rows := map[string]string{}
	for _, line := range r.Kept {
		rows[keyOf(line, r.About.Keys)] = line
	}
	return rows
}

// keyOf is the part of a row that names it: its first keys values.
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

// differsOnlyIn reports whether two rows differ, and in none but some of the columns.
func differsOnlyIn(all, some, was, is []string) bool {
	if len(was) != len(is) || slices.Equal(was, is) {
		return false
	}
	for i, name := range all {
		if was[i] != is[i] && !slices.Contains(some, name) {
			return false
		}
	}
	return true
}

// named gives the values of a row by column, as stored.
func named(columns, row []string) map[string]*string {
	values := map[string]*string{}
	for i, name := range columns {
		stored, isNull := record.Stored(row[i])
		if values[name] = nil; !isNull {
			values[name] = &stored
		}
	}
	return values
}
