package record

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadResultRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"an empty file", "", "q: it is empty, without even the line of column names"},
		{"a header that was cut", "id\tact", "q: the last line is incomplete: the file was cut short"},
		{"a row that was cut", "id\n1\n2", "q: the last line is incomplete: the file was cut short"},
		{"a long row that was cut", "id\n" + strings.Repeat("x", 1<<17),
			"q: the last line is incomplete: the file was cut short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if r, err := ReadResult(strings.NewReader(tt.text), "q"); err == nil || err.Error() != tt.want {
				t.Errorf("\n got %+v, %v\nwant %s", r, err, tt.want)
			}
		})
	}
	t.Run("a file that cannot be read", func(t *testing.T) {
		broken := errors.New("the disk is broken")
		if _, err := ReadResult(io.MultiReader(strings.NewReader("id\n1\n"), iotest.ErrReader(broken)), "q"); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

func TestReadChainRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a row with another number of values", "row_count\tchain_head_hash\n1\n", "a row of 1 values under 2 columns"},
		{"a count that is no number", "row_count\tchain_head_hash\nmany\t\n",
			`snapshot.sql: row_count is "many", not a number`},
		{"a count beyond 64 bits", "row_count\tchain_head_hash\n9223372036854775808\t\n", "not a number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			result, err := ReadResult(strings.NewReader(tt.text), "snapshot")
			if err != nil {
				t.Fatal(err)
			}
			if err := (&Record{Results: []*Result{result}}).ReadChain(""); err == nil ||
				!strings.Contains(err.Error(), tt.want) {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
}

// TestBlocks requires that the start of a block follows from its number alone.
func TestBlocks(t *testing.T) {
	for i, start := range map[int]int64{0: 0, 1: 1, 1023: 1023, 1024: 1024, 1025: 1026, 2047: 3070, 2048: 3072,
		2049: 3076} {
		if got := BlockStart(i); got != start {
			t.Errorf("block %d begins at %d, not %d", i, got, start)
		}
	}
	for i := range 5000 {
		if BlockStart(i)+BlockRows(i) != BlockStart(i+1) {
			t.Fatalf("block %d has a gap behind it", i)
		}
	}
	b := newBlocks()
	for range 10_000_000 {
		b.filled++ // as add does, without hashing
		if b.filled == BlockRows(len(b.digests)) {
			b.finish()
		}
	}
	if n := len(b.end()); n > 15*1024 {
		t.Errorf("10,000,000 rows have %d blocks", n)
	}
}

func TestIsWhole(t *testing.T) {
	for _, tt := range []struct {
		name     string
		snapshot Snapshot
		want     bool
	}{
		{"a snapshot without a break is whole", Snapshot{FirstBreakPos: -1}, true},
		{"an id alone is a break", Snapshot{FirstBreakPos: -1, FirstBreakID: "x"}, false},
		{"a position alone is a break: the row's id may be empty", Snapshot{}, false},
		{"a reason alone is a break", Snapshot{FirstBreakPos: -1, FirstBreakReason: "gap"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.snapshot.IsWhole(); got != tt.want {
				t.Errorf("%+v is whole: %t", tt.snapshot, got)
			}
		})
	}
}

func TestCountByTable(t *testing.T) {
	for _, tt := range []struct {
		name    string
		columns []string
		text    []string
		want    map[string]int64
	}{
		{"tables", []string{"schema", "table", "row_count", "digest"}, []string{"public\ta\\tb\t3\tx", "public\tc\t0\tx"},
			map[string]int64{"public.a\tb": 3, "public.c": 0}},
		{"one that could not be read says nothing", []string{"schema", "table", "row_count"}, []string{"public\ta\t\\N"},
			nil},
		{"materialized views are not copied", []string{"schema", "materialized_view", "row_count"}, []string{"public\ta\t3"},
			nil},
		{"no counts", []string{"schema", "table", "digest"}, []string{"public\ta\tx"}, nil},
		{"rows that were not kept", []string{"schema", "table", "row_count"}, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (&Result{Columns: tt.columns, Kept: tt.text}).countByTable(); !maps.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// TestARecordIsWrittenAsOneDocument requires that writing result by result gives what the encoder writes for the
// whole.
func TestARecordIsWrittenAsOneDocument(t *testing.T) {
	one := &Result{Query: "a", Columns: []string{"x <&>"}, Kept: []string{`  "results": []`, "a\nb"}, Blocks: []string{}}
	for _, results := range [][]*Result{{}, {one}, {one, {Query: "b"}}} {
		r := &Record{FormatVersion: FormatVersion, Tool: `"results": []`, Results: results, NotCovered: []string{`[]`},
			Warnings: []string{"\n  \"results\": []"}}
		var got, want strings.Builder
		encoder := json.NewEncoder(&want)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(r); err != nil {
			t.Fatal(err)
		}
		if err := r.Write(&got); err != nil || got.String() != want.String() {
			t.Errorf("%v: %s\nwant %s", err, got.String(), want.String())
		}
	}
}

// TestWhatAServerRefusesIsNotMissing: a right or a library that is missing says nothing about rows, damage does.
func TestWhatAServerRefusesIsNotMissing(t *testing.T) {
	const query = "invariant/tables"
	whole := &Record{Results: []*Result{{Query: query}}}
	for _, tt := range []struct {
		why  string
		want bool
	}{
		{"permission denied for table t (SQLSTATE 42501)", true},
		{`could not access file "$libdir/hll": No such file or directory (SQLSTATE 58P01)`, true},
		{`could not load library "/usr/lib/x.so": undefined symbol (SQLSTATE 58P01)`, true},
		{`could not find function "hll_out" in file "/usr/lib/hll.so" (SQLSTATE 42883)`, true},
		{"could not access status of transaction 3 (SQLSTATE 58P01)", false},
		{`could not open file "base/5/16384": No such file or directory (SQLSTATE 58P01)`, false},
		{"invalid page in block 0 of relation base/5/16384 (SQLSTATE XX001)", false},
	} {
		r := &Record{Results: []*Result{{Query: query, Skipped: []string{"public.t"}}},
			NotCovered: []string{"rows of public.t (" + tt.why + ")"}}
		if got := len(r.Refused(whole, query)) > 0; got != tt.want {
			t.Errorf("%s: %t, want %t", tt.why, got, tt.want)
		}
	}
}
