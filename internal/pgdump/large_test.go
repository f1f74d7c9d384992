package pgdump

import (
	"fmt"
	"slices"
	"testing"
)

// TestGrantsOfLargeObjectsComeInTheirOrder, whatever they are, and many that are alike are kept as one.
func TestGrantsOfLargeObjectsComeInTheirOrder(t *testing.T) {
	var g largeGrants
	var want []string
	for n := range 3000 {
		want = append(want, fmt.Sprintf("ALTER LARGE OBJECT %d OWNER TO web", 16384+n))
	}
	want = append(want, "ALTER LARGE OBJECT 4294967295 OWNER TO \"a\nb\"", "ALTER LARGE OBJECT 1 OWNER TO web",
		"REVOKE ALL ON LARGE OBJECT 7 FROM web", "GRANT SELECT, UPDATE ON LARGE OBJECT 7 TO web WITH GRANT OPTION",
		"REVOKE ALL ON LARGE OBJECT 8 FROM web", "GRANT SELECT ON LARGE OBJECT 8 TO web", "GRANT ALL ON LARGE OBJECT 7 TO web")
	for _, text := range want {
		if !g.add([]byte(text)) {
			t.Errorf("%q is not taken", text)
		}
	}
	if len(g.runs) != 8 {
		t.Errorf("%d runs", len(g.runs))
	}
	for _, text := range []string{"GRANT SELECT ON TABLE \" ON LARGE OBJECT 7 TO \" TO web", "ALTER LARGE OBJECT 0 OWNER TO web",
		"ALTER LARGE OBJECT 4294967296 OWNER TO web", "GRANT SELECT ON LARGE OBJECT 7, 8 TO web", "ALTER LARGE OBJECT 7"} {
		if g.add([]byte(text)) {
			t.Errorf("%q is taken", text)
		}
	}
	var got []string
	for batch := range g.batches() {
		got = append(got, batch...)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d statements, not the %d that were added", len(got), len(want))
	}
}
