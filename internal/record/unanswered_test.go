package record

import (
	"slices"
	"testing"
)

func TestUnanswered(t *testing.T) {
	for _, tt := range []struct {
		name   string
		record Record
		want   []string
	}{
		{"a result of each", Record{Queries: []string{"a"}, Results: []*Result{{Query: "a"}, {Query: "invariant/b"}}}, nil},
		{"none of one that was asked", Record{Queries: []string{"a", "invariant/b"}, Results: []*Result{{Query: "a"}}},
			[]string{"invariant/b.sql (the manifest names it but has no result for it: it was changed)"}},
		{"none of one that the suite has", Record{Results: []*Result{{Query: "a"}}},
			[]string{"invariant/b.sql (the manifest has no result for it)"}},
		{"listed already", Record{NotCovered: []string{"a.sql (relation \"a\" does not exist)", "invariant/*.sql"}}, nil},
		{"another one is listed", Record{Results: []*Result{{Query: "a"}},
			NotCovered: []string{"invariant/b2.sql", "invariant/b.sqlx (y)"}},
			[]string{"invariant/b.sql (the manifest has no result for it)"}},
		{"rows that are left out", Record{Results: []*Result{{Query: "a", Skipped: []string{"public.t", "public.u"}},
			{Query: "invariant/b"}},
			NotCovered: []string{"rows of public.u (permission denied)"}}, []string{"rows of public.t (the manifest's result " +
			"of a leaves them out)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.record.Unanswered([]string{"a", "invariant/b"}); !slices.Equal(got, tt.want) {
				t.Errorf("%q, not %q", got, tt.want)
			}
		})
	}
}
