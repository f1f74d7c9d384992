package hint

import "testing"

// TestEveryPatternHasAdvice: an entry in another form would be advice about nothing, or a pattern without any.
func TestEveryPatternHasAdvice(t *testing.T) {
	for text, all := range map[string][]known{failures: ofFailures, refusals: ofRefusals, network: ofNetwork} {
		if len(all) == 0 {
			t.Errorf("no advice in %.40q", text)
		}
		for _, k := range all {
			if k.advice == "" || k.pattern.String() == "" {
				t.Errorf("the pattern %q has the advice %q", k.pattern, k.advice)
			}
		}
	}
}
