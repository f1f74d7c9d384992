package verdict

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"pgroundtrip/internal/record"
)

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
