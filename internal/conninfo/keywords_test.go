package conninfo

import (
	"slices"
	"testing"
)

// TestKeywordsAreWritten: a word that is misspelt in the table would let a secret out, for example.
func TestKeywordsAreWritten(t *testing.T) {
	count := map[string]int{}
	for key, about := range keywords {
		for what, name := range about {
			count[what]++
			if isName := what == "to" || what == "from"; !isName && !slices.Contains([]string{"secret", "libpq"}, what) ||
				isName == (name == "yes") {
				t.Errorf("%s has the word %s=%s", key, what, name)
			}
		}
	}
	for what, want := range map[string]int{"secret": 5, "libpq": 24, "to": 11, "from": 15} {
		if count[what] != want {
			t.Errorf("%d keywords are %s, want %d", count[what], what, want)
		}
	}
}
