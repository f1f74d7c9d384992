package verdict

import (
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/record"
)

// TestOnlyWhatDiffersInMoreThanSpellingIsNamed: definitions that are printed in another way beside one that is lost, one that is
// new and one that differs are no changes.
func TestOnlyWhatDiffersInMoreThanSpellingIsNamed(t *testing.T) {
	const columns = "name owner definition"
	older := keep(t, columns, "a me (x>1)", "b me (x>1)", "c me (x>1)", "gone me (x>1)")
	newer := keep(t, columns, "a me x>1", "b me (x>2)", "c you x>1", "new me x>1")
	older.About.Spells, older.About.Keys = []string{"definition"}, 1
	var r Report
	c, err := r.compareResult(older, newer, &Options{Spelled: true})
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, change := range c.Changes.First {
		named = append(named, change.Kind+" "+change.KeyValues[0]+" "+strings.Join(change.Columns, " "))
	}
	slices.Sort(named)
	if got := strings.Join(named, ", "); c.Verdict != Fail || got != "changed b definition, changed c owner, extra new , missing gone " {
		t.Errorf("%s: %s", c.Verdict, got)
	}
	if len(r.NotCovered) != 0 {
		t.Errorf("not covered: %q", r.NotCovered)
	}
}

// TestWhatIsNotExpectedIsNamed: not only the first difference, which may be one that was expected.
func TestWhatIsNotExpectedIsNamed(t *testing.T) {
	older, newer := keep(t, "name owner", "a me", "b me", "c me"), keep(t, "name owner", "a you", "b you", "c me")
	older.About.Keys = 1
	r := Report{Expected: []record.Expectation{{Query: older.Query, Key: "name=a", What: "a", Reason: "it was sold"}}}
	c, err := r.compareResult(older, newer, &Options{})
	if err != nil || c.Verdict != Fail || !strings.Contains(c.Detail, "1 of them as expected, but not name=b") {
		t.Errorf("%s: %s, %v", c.Verdict, c.Detail, err)
	}
}
