package verdict

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"

	"pgroundtrip/internal/record"
)

// A Difference is the first place where two results of one query differ.
type Difference struct {
	Query string `json:"query"`
	// Position is the position of the row, from 0; -1 is the header line.
	Position int64 `json:"position"`
	// Row names the row by its leading columns, on the old side (on the new side if the old result has ended).
	Row string `json:"row"`
	// What says what differs: the names of the columns, "the columns themselves", "the row is extra", or "the row and
	// all later ones are missing".
	What string `json:"what"`
	// Diff is a unified diff of the first differing rows. Long values are cut to the part around the difference.
	Diff string `json:"diff"`
}

// Mask removes the values of rows from the difference, and leaves the names of row and columns.
func (d *Difference) Mask() {
	if d != nil {
		d.Diff = ""
	}
}

// Limits of Difference.Diff: rows before the difference, and rows of each side from there on.
const (
	contextRows = 2
	shownRows   = 4
	shownBytes  = 2000 // of one row
)

// inRows returns the first difference between two results that kept their rows, or nil.
func inRows(older, newer *record.Result, o *Options) *Difference {
	a, b := lines(older), lines(newer)
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	if at == len(a) && at == len(b) {
		return nil
	}
	d := &Difference{Query: older.Query, Position: int64(at) - 1}
	row := func(all []string) string {
		if at < len(all) {
			return all[at]
		}
		return ""
	}
	d.describe(older.Columns, row(a), row(b), at >= len(a), at >= len(b))
	shown := func(all []string) []string { return all[max(0, at-contextRows):min(len(all), at+shownRows)] }
	place := commonPrefix(row(a), row(b))
	d.Diff = string(diff.Diff(o.OldName, cut(shown(a), place), o.NewName, cut(shown(b), place)))
	if d.Diff == "" { // the difference is beyond what the diff shows: show the two rows themselves
		d.Diff = fmt.Sprintf("%s and %s differ at byte %d of the row\n", o.OldName, o.NewName, place)
	}
	return d
}

// lines returns the header line and the rows of a result.
func lines(r *record.Result) []string {
	return append([]string{strings.Join(r.Columns, "\t")}, r.Kept...)
}

// describe sets Row and What.
func (d *Difference) describe(columns []string, oldRow, newRow string, oldEnded, newEnded bool) {
	oldValues, newValues := strings.Split(oldRow, "\t"), strings.Split(newRow, "\t")
	switch {
	case d.Position < 0:
		d.What = "the columns themselves"
		return
	case oldEnded:
		d.Row, d.What = leadingColumns(columns, newValues), "the row is extra"
		return
	case newEnded:
		d.Row, d.What = leadingColumns(columns, oldValues), "the row and all later ones are missing"
		return
	}
	d.Row = leadingColumns(columns, oldValues)
	var differing []string
	for i := range min(len(oldValues), len(newValues), len(columns)) {
		if oldValues[i] != newValues[i] {
			differing = append(differing, columns[i])
		}
	}
	d.What = strings.Join(differing, ", ")
	if len(differing) == 0 {
		d.What = "the number of values"
	}
}

// leadingColumns names a row by its first columns: at most two, never the last one, and none that is too long.
func leadingColumns(columns, values []string) string {
	var keys []string
	for i := 0; i < min(2, len(values)-1, len(columns)); i++ {
		if len(values[i]) > 100 {
			break
		}
		keys = append(keys, columns[i]+"="+values[i])
	}
	return strings.Join(keys, " ")
}

// commonPrefix returns the number of leading bytes that two rows have in common.
func commonPrefix(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// cut joins rows as lines, and shortens a long row to the part around byte at.
func cut(rows []string, at int) []byte {
	var b bytes.Buffer
	for _, row := range rows {
		if len(row) > shownBytes {
			from := max(0, min(at, len(row))-shownBytes/2)
			to := min(len(row), from+shownBytes)
			for from > 0 && !utf8.RuneStart(row[from]) {
				from--
			}
			for to < len(row) && !utf8.RuneStart(row[to]) {
				to++
			}
			fmt.Fprintf(&b, "[%d bytes] %s [%d bytes]\n", from, row[from:to], len(row)-to)
			continue
		}
		b.WriteString(row + "\n")
	}
	return b.Bytes()
}

// moved compares rows that are outside snapshots and changed during the dump (sequences): all columns but the counter
// must be equal, and the counter must not have gone back.
func moved(older, newer *record.Result) *Difference {
	grows, keys := slices.Index(older.Columns, older.About.Grows), older.About.Keys
	for i, text := range older.Kept {
		d := &Difference{Query: older.Query, Position: int64(i),
			Row: leadingColumns(older.Columns, strings.Split(text, "\t"))}
		if i == len(newer.Kept) {
			d.What, d.Diff = "the row and all later ones are missing", fmt.Sprintf("-%s\n", text)
			return d
		}
		d.Diff = fmt.Sprintf("-%s\n+%s\n", text, newer.Kept[i])
		then, is := strings.Split(text, "\t"), strings.Split(newer.Kept[i], "\t")
		if len(is) != len(then) || !slices.Equal(then[:keys], is[:keys]) {
			d.What = "the row is missing, or another is in its place"
			return d
		}
		if d.What = rowMoved(older, i, then, is, grows); d.What != "" {
			return d
		}
	}
	if len(newer.Kept) > len(older.Kept) {
		return &Difference{Query: older.Query, Position: int64(len(older.Kept)), What: "a row is extra"}
	}
	return nil
}

// rowMoved returns what is wrong with a row of values is that had the values then before the dump, or "". A counter
// may be ahead only if it moved during the dump, and not beyond its value at the end. grows is the index of the
// counter.
func rowMoved(r *record.Result, i int, then, is []string, grows int) string {
	switch {
	case r.Ends == nil && !hasGrown(then[grows], is[grows]):
		return r.About.Grows + " went back"
	case r.Ends == nil:
		return ""
	case then[grows] == `\N` && is[grows] == `\N`: // a cycling sequence: its position is unknown
		return ""
	case r.Ends[i] == then[grows]:
		if slices.Equal(then, is) {
			return ""
		}
		return "it has other values, and did not move during the dump"
	case hasGrown(then[grows], r.Ends[i]):
		if hasGrown(then[grows], is[grows]) && hasGrown(is[grows], r.Ends[i]) {
			return ""
		}
	case hasGrown(then[grows], is[grows]) || hasGrown(is[grows], r.Ends[i]): // it started again at its first value
		return ""
	}
	return fmt.Sprintf("%s is not between %s and %s, where it was during the dump", r.About.Grows, then[grows], r.Ends[i])
}

// hasGrown reports whether now >= then as whole numbers. A value that is not a number is only equal to itself.
func hasGrown(then, now string) bool {
	a, okA := new(big.Int).SetString(then, 10)
	b, okB := new(big.Int).SetString(now, 10)
	if !okA || !okB {
		return then == now
	}
	return b.Cmp(a) >= 0
}

// inBlocksOfNumbers names the objects that differ in a result whose rows are blocks of objects (About.Bits), for
// example "loid=16385". It returns "" if they cannot be named.
func inBlocksOfNumbers(older, newer *record.Result) string {
	column := slices.Index(older.Columns, older.About.Bits)
	if column < 1 || older.Kept == nil || newer.Kept == nil {
		return ""
	}
	was, is := sumsByBlock(older, column), sumsByBlock(newer, column)
	var named []string
	for _, block := range slices.Compact(slices.Sorted(slices.Values(append(blocksOf(older), blocksOf(newer)...)))) {
		if name := whichDiffers(strings.TrimPrefix(older.Columns[0], "first_"), block, was[block], is[block]); name != "" {
			named = append(named, name)
		}
	}
	if more := len(named) - shownChanges; more > 0 {
		named = append(named[:shownChanges], fmt.Sprintf("and in %d more blocks", more))
	}
	return strings.Join(named, ", ")
}

// blocksOf returns the lowest number of each block.
func blocksOf(r *record.Result) (blocks []int64) {
	for _, key := range r.Keys(1) {
		if n, err := strconv.ParseInt(key[0], 10, 64); err == nil {
			blocks = append(blocks, n)
		}
	}
	return blocks
}

// sumsByBlock returns the sums of each block: of all hashes, of their first bits, and, for each bit of an object's
// number, of the hashes of those objects that have it set.
func sumsByBlock(r *record.Result, column int) map[int64][]string {
	sums := map[int64][]string{}
	for _, row := range r.Kept {
		values := strings.Split(row, "\t")
		if first, err := strconv.ParseInt(values[0], 10, 64); err == nil && column < len(values) {
			sums[first] = strings.Split(values[column], " ")
		}
	}
	return sums
}

// whichDiffers names what differs in one block, which may be missing on one side; empty if nothing does.
func whichDiffers(name string, first int64, was, is []string) string {
	if slices.Equal(was, is) {
		return ""
	}
	several := fmt.Sprintf("several of %s=%d to %d", name, first, first|4095)
	by := func(i int) *big.Int { return new(big.Int).Sub(numberAt(is, i), numberAt(was, i)) }
	const bits = 2 // index of the first sum by bit
	all, number := by(1), first
	for i := bits; i < max(len(was), len(is)); i++ {
		switch d := by(i); {
		case all.Sign() == 0 || d.Sign() != 0 && d.Cmp(all) != 0:
			return several
		case d.Sign() != 0:
			number |= 1 << (i - bits)
		}
	}
	return fmt.Sprintf("%s=%d", name, number)
}

// numberAt returns list[i] as a number, or 0.
func numberAt(list []string, i int) *big.Int {
	n := new(big.Int)
	if i < len(list) {
		n.SetString(list[i], 10) // text that is not a number counts as 0: the rows differ in any case
	}
	return n
}
