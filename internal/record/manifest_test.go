package record

import (
	"slices"
	"testing"
)

func TestUnanswered(t *testing.T) {
	for _, tt := range []struct {
		name     string
		manifest Manifest
		want     []string
	}{
		{"a result of each", Manifest{Queries: []string{"a"}, Results: []*Digest{{Query: "a"}, {Query: "invariant/b"}}}, nil},
		{"none of one that was asked", Manifest{Queries: []string{"a", "invariant/b"}, Results: []*Digest{{Query: "a"}}},
			[]string{"invariant/b.sql (the manifest names it and has no result of it: it was changed)"}},
		{"none of one that the suite has", Manifest{Results: []*Digest{{Query: "a"}}}, []string{"invariant/b.sql (the manifest has no result of it)"}},
		{"listed already", Manifest{NotCovered: []string{"a.sql (relation \"a\" does not exist)", "invariant/*.sql"}}, nil},
		{"another one is listed", Manifest{Results: []*Digest{{Query: "a"}}, NotCovered: []string{"invariant/b2.sql", "invariant/b.sqlx (y)"}},
			[]string{"invariant/b.sql (the manifest has no result of it)"}},
		{"rows that are left out", Manifest{Results: []*Digest{{Query: "a", Skipped: []string{"public.t", "public.u"}}, {Query: "invariant/b"}},
			NotCovered: []string{"rows of public.u (permission denied)"}}, []string{"rows of public.t (the manifest's result of a leaves them out)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.manifest.Unanswered([]string{"a", "invariant/b"}); !slices.Equal(got, tt.want) {
				t.Errorf("%q, not %q", got, tt.want)
			}
		})
	}
}
