package verdict

import (
	"fmt"
	"strings"
	"testing"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// blockOf returns a row of large_objects.sql for objects whose hash is their number times a prime.
func blockOf(first int64, changed int64, numbers ...int64) string {
	var sums [14]int64
	for _, n := range numbers {
		hash := n * 7919
		if n == changed {
			hash++
		}
		sums[0], sums[1] = sums[0]+hash, sums[1]+hash
		for bit := range 12 {
			if n>>bit&1 == 1 {
				sums[bit+2] += hash
			}
		}
	}
	return fmt.Sprintf("%d\t%d\t%s", first, len(numbers), strings.Trim(fmt.Sprint(sums), "[]"))
}

func TestTheOneObjectOfABlockThatDiffersIsNamed(t *testing.T) {
	older := []string{blockOf(4096, 0, 4096, 5000, 8191), blockOf(16384, 0, 16385)}
	for name, c := range map[string]struct {
		newer []string
		want  string
	}{
		"nothing":              {older, ""},
		"changed":              {[]string{blockOf(4096, 5000, 4096, 5000, 8191), older[1]}, "loid=5000"},
		"the first":            {[]string{blockOf(4096, 4096, 4096, 5000, 8191), older[1]}, "loid=4096"},
		"the last":             {[]string{blockOf(4096, 8191, 4096, 5000, 8191), older[1]}, "loid=8191"},
		"lost":                 {[]string{blockOf(4096, 0, 4096, 8191), older[1]}, "loid=5000"},
		"new":                  {[]string{blockOf(4096, 0, 4096, 5000, 5001, 8191), older[1]}, "loid=5001"},
		"the last of a block":  {older[:1], "loid=16385"},
		"the first of a block": {append([]string{blockOf(0, 0, 7)}, older...), "loid=7"},
		"one in each of two": {[]string{blockOf(4096, 5000, 4096, 5000, 8191), blockOf(16384, 16385, 16385)},
			"loid=5000, loid=16385"},
		"another number":    {[]string{blockOf(4096, 0, 4096, 5001, 8191), older[1]}, "several of loid=4096 to 8191"},
		"two":               {[]string{blockOf(4096, 0, 8191), older[1]}, "several of loid=4096 to 8191"},
		"what is no number": {[]string{"4096\t3\tx", older[1]}, "several of loid=4096 to 8191"},
	} {
		t.Run(name, func(t *testing.T) {
			result := func(rows []string) *record.Result {
				return &record.Result{Query: "q", About: suite.About{Keys: 1, Bits: "sums"},
					Columns: []string{"first_loid", "objects", "sums"}, Kept: rows,
					Rows: int64(len(rows)), SHA256: strings.Join(rows, "\n")}
			}
			var r Report
			check, err := r.CompareResult(result(older), result(c.newer), &Options{})
			if err != nil || (check.Verdict == Pass) != (c.want == "") || c.want != "" &&
				!strings.HasSuffix(check.Detail, ": "+c.want) {
				t.Errorf("%v: %s, want %q", err, check.Detail, c.want)
			}
		})
	}
}
