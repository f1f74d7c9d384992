package take

import (
	"cmp"
	"math"
	"slices"
	"testing"
)

// piecesOf cuts tables of these sizes as pieces.sql does: those that are large by their size, many small ones together.
func piecesOf(tables []float64) (pieces []float64) {
	const least, most, overhead = 32 << 20, 4000, 128 << 10
	total := 0.0
	for _, size := range tables {
		total += size
	}
	bytes, few := max(least, total/most), map[int]float64{}
	reached := 0.0
	for _, size := range tables {
		if parts := math.Floor(size / bytes); parts > 1 {
			for range int(parts) {
				pieces = append(pieces, size/parts)
			}
		} else if size >= bytes {
			pieces = append(pieces, size)
		} else {
			reached += size + overhead
			few[int(reached/bytes)] += size
		}
	}
	for _, size := range few {
		pieces = append(pieces, size)
	}
	return pieces
}

// spanOf is how long members take who each take the next piece, the largest first, in bytes that one of them reads
// meanwhile. Each piece costs as much as delay bytes beside its own.
func spanOf(pieces []float64, members int, delay float64) float64 {
	slices.SortFunc(pieces, func(a, b float64) int { return cmp.Compare(b, a) })
	busy := make([]float64, members)
	for _, size := range pieces {
		next := slices.Index(busy, slices.Min(busy))
		busy[next] += size + delay
	}
	return slices.Max(busy)
}

// TestDealtPiecesKeepManyCoresBusy with sizes as databases have them. The rate and the time that each piece costs were
// measured, see testdata/README.md.
func TestDealtPiecesKeepManyCoresBusy(t *testing.T) {
	const rate, each, tera = 0.15e9, 0.005, 1e12 // bytes a second and core, seconds
	small := func(n int, total float64) (tables []float64) {
		for i := range n { // the sizes of most tables are far below their average
			tables = append(tables, total/float64(n)*0.1*math.Exp(3.4*math.Sin(float64(i))))
		}
		return tables
	}
	for _, c := range []struct {
		name   string
		tables func(total float64) []float64
	}{
		{"one giant table", func(total float64) []float64 { return append(small(1000, total/10), total*0.9) }},
		{"30,000 small tables", func(total float64) []float64 { return small(30_000, total) }},
		{"a mix", func(total float64) (tables []float64) {
			for i := range 100 {
				tables = append(tables, total*0.15/float64(i+1))
			}
			return append(tables, small(30_000, total*0.2)...)
		}},
	} {
		for _, total := range []float64{tera, 10 * tera, 100 * tera} {
			for _, cores := range []int{8, 64} {
				tables := c.tables(total)
				sum := 0.0
				for _, size := range tables {
					sum += size
				}
				span := spanOf(piecesOf(tables), cores, each*rate)
				used := sum / float64(cores) / span
				t.Logf("%s, %.0f TB on %d cores: %.1f minutes, %.0f %% of the cores used", c.name, sum/tera, cores, span/rate/60,
					used*100)
				if used < 0.93 {
					t.Errorf("%s of %.0f TB on %d cores: only %.0f %% of the cores are used", c.name, sum/tera, cores, used*100)
				}
			}
		}
	}
	// A table that cannot be cut is where it ends: all others wait for it.
	if span := spanOf(append(small(1000, tera/10), tera*0.9), 64, 0); span != tera*0.9 {
		t.Errorf("a table that is one piece takes %g, not %g", span, tera*0.9)
	}
}
