package verdict

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestRespelled(t *testing.T) {
	const columns = "name kind a b"
	older := keep(t, columns, "both k (1) (2)", "gone k (1) (1)", "kind k (1) (1)", `null k \N (1)`, `one k (x\t) (1)`,
		"same k (1) (1)")
	newer := keep(t, columns, "both k 1 2", "kind other 1 1", "new k 1 1", `null k 1 (1)`, `one k x\t (1)`,
		"same k (1) (1)")
	var asked []string
	spell := func(values map[string]*string) (map[string]string, error) {
		asked = append(asked, *values["name"])
		if values["a"] == nil {
			return nil, nil
		}
		unwrapped := strings.ReplaceAll(strings.Trim(*values["a"], "()"), "\t", `\t`)
		return map[string]string{"a": unwrapped, "kind": "never", "b": strings.Trim(*values["b"], "()")}, nil
	}
	for _, tt := range []struct {
		name    string
		columns []string
		asked   []string // the rows that may be spelled anew
		differ  []string // those that differ all the same
	}{
		{"one column", []string{"a"}, []string{"null", "one"}, []string{"both", "gone", "kind", "new", "null"}},
		{"two columns", []string{"a", "b"}, []string{"both", "null", "one"}, []string{"gone", "kind", "new", "null", "one"}},
		{"no column", nil, nil, []string{"both", "gone", "kind", "new", "null", "one"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked = nil
			again, _, err := Respelled(older, newer, tt.columns, spell)
			if err != nil {
				t.Fatal(err)
			}
			var differ []string
			for _, change := range changesOf(again, newer, 1).First {
				differ = append(differ, change.KeyValues[0])
			}
			if !slices.Equal(asked, tt.asked) || !slices.Equal(differ, tt.differ) {
				t.Errorf("asked for %q, want %q; then %q differ, want %q", asked, tt.asked, differ, tt.differ)
			}
			if firstDifference(again, newer, sides) == nil {
				t.Error("the results are called equal")
			}
		})
	}
	t.Run("all rows", func(t *testing.T) {
		same := keep(t, columns, "both k 1 2", "gone k 1 1", "kind k 1 1", `null k \N (1)`, `one k x\t 1`, "same k (1) (1)")
		again, spelled, err := Respelled(older, same, []string{"a", "b"}, spell)
		if err != nil || spelled != 4 {
			t.Fatalf("%d rows were spelled anew: %v", spelled, err)
		}
		if d := firstDifference(again, same, sides); d != nil {
			t.Errorf("they differ: %+v", d)
		}
		if older.Kept[0] == again.Kept[0] {
			t.Error("the result itself was changed")
		}
	})
	t.Run("a speller that fails", func(t *testing.T) {
		failure := errors.New("no")
		_, _, err := Respelled(older, newer, []string{"a"},
			func(map[string]*string) (map[string]string, error) { return nil, failure })
		if !errors.Is(err, failure) {
			t.Error(err)
		}
	})
	t.Run("rows that were not kept", func(t *testing.T) {
		without := bare(older)
		if again, spelled, err := Respelled(without, newer, []string{"a"}, spell); again != without || spelled != 0 ||
			err != nil {
			t.Errorf("%d were spelled anew: %v", spelled, err)
		}
	})
	t.Run("other columns", func(t *testing.T) {
		other := keep(t, "name kind b a", "both k 1 2")
		if _, spelled, err := Respelled(older, other, []string{"a", "b"}, spell); spelled != 0 || err != nil {
			t.Errorf("%d were spelled anew: %v", spelled, err)
		}
	})
}

func TestEitherColumnMayBeTheSame(t *testing.T) {
	const columns = "name detail version other"
	for _, tt := range []struct{ name, was, is, differs string }{
		{"both columns", "x default 1.8 a", "x default 1.8 a", ""},
		{"the first is the same", "x default 1.8 a", "x default 1.9 a", ""},
		{"the second is the same", "x default 1.8 a", `x \N 1.8 a`, ""},
		{"neither is", `x \N 1.6 a`, "x default 1.9 a", "detail"},
		{"NULL is no value", `x \N 1.6 a`, `x \N 1.7 a`, "version"},
		{"another column differs", "x default 1.8 a", `x \N 1.8 b`, "other"},
		{"all differ", `x \N 1.6 a`, "x default 1.9 b", "detail other"},
		{"the row is gone", "x default 1.8 a", "y default 1.8 a", "name detail version other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			older, newer := keep(t, columns, tt.was), keep(t, columns, tt.is)
			older.About.Either = []string{"detail", "version"}
			c, err := (&Report{}).compareResult(older, newer, &Options{})
			if err != nil {
				t.Fatal(err)
			}
			var differs []string
			if c.Changes != nil {
				for _, change := range c.Changes.First {
					differs = append(differs, change.Columns...)
				}
			}
			if isGone := tt.was[0] != tt.is[0]; (c.Verdict == Pass) != (tt.differs == "") || !isGone &&
				strings.Join(differs, " ") != tt.differs {
				t.Errorf("%s, %q; want %q", c.Verdict, differs, tt.differs)
			}
		})
	}
}
