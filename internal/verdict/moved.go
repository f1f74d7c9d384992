package verdict

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

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
