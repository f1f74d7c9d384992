package verdict

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// PostgreSQL prints the same definition in several ways, depending on the text that it parsed and on its major. If no
// server is available that could print both sides in the same way, definitions are compared by their words.

// compareWords compares two results again without the definitions that differ only in their spelling. It adds what
// words cannot show (parentheses and casts) to what is not covered.
func (r *Report) compareWords(c Check, older, newer *record.Result, o *Options) (Check, error) {
	spelled, n := inWords(older, newer)
	if n == 0 {
		return c, nil
	}
	r.NotCovered = append(r.NotCovered,
		fmt.Sprintf("parentheses and casts in %d definitions of %s.sql (the two sides print them in "+
			"different ways: only a server can tell whether they mean the same, as restore does)", n, older.Query))
	c, err := r.CompareResult(spelled, newer, o)
	if c.Verdict == Pass {
		c.Detail = fmt.Sprintf("the same in every word; %d definitions are printed in another way", n)
	}
	return c, err
}

// inWords returns older with newer's spelling of each definition that has the same words there, and their number.
func inWords(older, newer *record.Result) (*record.Result, int) {
	if older.Kept == nil || newer.Kept == nil || !slices.Equal(older.Columns, newer.Columns) {
		return older, 0
	}
	now, kept, n := byKey(newer), slices.Clone(older.Kept), 0
	for i, line := range kept {
		was, is := strings.Split(line, "\t"), strings.Split(now[keyOf(line, older.About.Keys)], "\t")
		if len(was) != len(is) {
			continue // newer has no such row
		}
		for at, column := range older.Columns {
			isPrinted := slices.Contains(older.About.Spells, column) && !isSource(column, was[at])
			if isPrinted && was[at] != is[at] && sameWords(wordsOf(was[at]), wordsOf(is[at])) {
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

// lexeme matches a token of SQL: a string, a quoted name, a cast, a word, a number, an operator, or a single
// character. A function name includes its opening parenthesis.
var lexeme = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"\(?` +
	`|::\s*(?:"(?:[^"]|"")*"|[\pL_][\pL\pN_$]*)(?:\.(?:"(?:[^"]|"")*"|[\pL_][\pL\pN_$]*))*` +
	`(?: varying| precision)?(?:\([\d, ]*\))?(?: with(?:out)? time zone)?(?:\[\])*` +
	`|[\pL_][\pL\pN_$]*\(?|\d[\d.eE]*|\\[ntr]|[-+*/<>=~!@#%^&|?]+|\S`)

// quotedNumber matches a number written as a string, as in casts.
var quotedNumber = regexp.MustCompile(`^'(-?)(\d[\d.eE]*)'$`)

var lsn = regexp.MustCompile(`^'([0-9A-F]+)/0*([0-9A-F]+)'$`)

// wordsOf returns the tokens of a definition given as COPY text, without parentheses and casts.
func wordsOf(definition string) (words []string) {
	for _, word := range lexeme.FindAllString(definition, -1) {
		switch number := quotedNumber.FindStringSubmatch(word); {
		case strings.HasPrefix(word, "::"), word == "(", word == ")", strings.HasPrefix(word, `\`):
		case lsn.MatchString(word): // 19 pads LSNs with zeros
			words = append(words, lsn.ReplaceAllString(word, "$1/$2"))
		case number != nil && number[1] != "":
			words = append(words, "-", number[2])
		case number != nil:
			words = append(words, number[2])
		default:
			words = append(words, word)
		}
	}
	return words
}

// sameWords reports whether two definitions have the same words, apart from what one side may leave out: AS before an
// alias, an alias that repeats the column's name, and the table before an unambiguous column.
func sameWords(a, b []string) bool {
	var before []string
	for len(a) > 0 && len(b) > 0 {
		switch {
		case isColumn(before, a, b):
			a = a[2:]
		case isColumn(before, b, a):
			b = b[2:]
		case isAliasedTwice(a, b):
			a = a[2:]
		case isAliasedTwice(b, a):
			b = b[2:]
		case a[0] == b[0]:
			before, a, b = append(before, a[0]), a[1:], b[1:]
		case a[0] == "AS" || b[0] == "AS":
			a, b = withoutAlias(a, b), withoutAlias(b, a)
		default:
			return false
		}
	}
	isAlias := func(rest []string) bool { return len(rest) == 2 && rest[0] == "AS" }
	return len(a) == 0 && len(b) == 0 || len(a) == 0 && isAlias(b) || len(b) == 0 && isAlias(a)
}

// isColumn reports whether words begin with a column whose table the other side leaves out, and not with a function
// or a schema-qualified table.
func isColumn(before, words, other []string) bool {
	last := before[max(0, len(before)-4):]
	isArgument := slices.ContainsFunc(last, func(word string) bool {
		return slices.Contains([]string{"EXTRACT(", "SUBSTRING(", "TRIM(", "OVERLAY("}, word)
	}) || len(last) > 1 && last[len(last)-2] == "DISTINCT" // IS DISTINCT FROM
	isTable := !isArgument && len(last) > 0 &&
		slices.Contains([]string{"FROM", "JOIN", "INTO", "UPDATE", "USING", "ONLY", "TABLE"}, last[len(last)-1])
	// otherwise it is a field of the column
	isNamed := len(other) > 1 && other[1] == "." && !(len(words) > 3 && words[3] == ".")
	return len(words) > 2 && words[1] == "." && words[2] == other[0] && !isNamed && !isTable &&
		!strings.HasSuffix(other[0], "(")
}

// isAliasedTwice reports whether a has two aliases in a row, of the column of a sub-select and of the sub-select, and
// b only the second.
func isAliasedTwice(a, b []string) bool {
	return len(a) > 3 && len(b) > 1 && a[0] == "AS" && a[2] == "AS" && b[0] == "AS" && a[3] == b[1] && a[1] != b[1]
}

// withoutAlias returns a without a leading AS, and without the alias after it if b has none.
func withoutAlias(a, b []string) []string {
	switch {
	case a[0] != "AS" || len(a) < 2:
		return a
	case a[1] == b[0]:
		return a[1:]
	}
	return a[2:]
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
	now := byKey(newer)
	kept, spelled := slices.Clone(older.Kept), 0
	for i, line := range older.Kept {
		was, is := strings.Split(line, "\t"), strings.Split(now[keyOf(line, older.About.Keys)], "\t")
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
	now := byKey(newer)
	kept := slices.Clone(older.Kept)
	for i, line := range kept {
		was, is := strings.Split(line, "\t"), strings.Split(now[keyOf(line, older.About.Keys)], "\t")
		if len(was) != len(is) {
			continue // newer has no such row
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

// byKey returns the kept rows of a result by their keys.
func byKey(r *record.Result) map[string]string {
	rows := map[string]string{}
	for _, line := range r.Kept {
		rows[keyOf(line, r.About.Keys)] = line
	}
	return rows
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
