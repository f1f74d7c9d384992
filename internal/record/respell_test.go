package record

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestRespelled(t *testing.T) {
	conn := connect(t)
	query := func(rows string) *Record {
		return taken(t, conn, own(t, "invariant/q", "select * from (values "+rows+") as t (name, kind, a, b) order by name"))
	}
	older := query("('both', 'k', '(1)', '(2)'), ('gone', 'k', '(1)', '(1)'), ('kind', 'k', '(1)', '(1)'), ('null', 'k', null, '(1)'), ('one', 'k', E'(x\\t)', '(1)'), ('same', 'k', '(1)', '(1)')")
	newer := query("('both', 'k', '1', '2'), ('kind', 'other', '1', '1'), ('new', 'k', '1', '1'), ('null', 'k', '1', '(1)'), ('one', 'k', E'x\\t', '(1)'), ('same', 'k', '(1)', '(1)')")
	digest, err := older.Digest(older.Results[0], true)
	if err != nil {
		t.Fatal(err)
	}
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
			again, _, err := digest.Respelled(newer, 1, tt.columns, spell)
			if err != nil {
				t.Fatal(err)
			}
			changes, err := again.ChangesOf(newer, 1, 100)
			if err != nil {
				t.Fatal(err)
			}
			var differ []string
			for _, change := range changes.First {
				differ = append(differ, change.KeyValues[0])
			}
			if !slices.Equal(asked, tt.asked) || !slices.Equal(differ, tt.differ) {
				t.Errorf("asked for %q, want %q; then %q differ, want %q", asked, tt.asked, differ, tt.differ)
			}
			if difference, err := CompareDigest(again, newer); difference == nil || err != nil {
				t.Errorf("the results are called equal: %v", err)
			}
		})
	}
	t.Run("all rows", func(t *testing.T) {
		same := query("('both', 'k', '1', '2'), ('gone', 'k', '1', '1'), ('kind', 'k', '1', '1'), ('null', 'k', null, '(1)'), ('one', 'k', E'x\\t', '1'), ('same', 'k', '(1)', '(1)')")
		again, spelled, err := digest.Respelled(same, 1, []string{"a", "b"}, spell)
		if err != nil || spelled != 4 {
			t.Fatalf("%d rows were spelled anew: %v", spelled, err)
		}
		if difference, err := CompareDigest(again, same); difference != nil || err != nil {
			t.Errorf("they differ: %+v, %v", difference, err)
		}
		if digest.Text[0] == again.Text[0] {
			t.Error("the digest itself was changed")
		}
	})
	t.Run("a speller that fails", func(t *testing.T) {
		failure := errors.New("no")
		_, _, err := digest.Respelled(newer, 1, []string{"a"}, func(map[string]*string) (map[string]string, error) { return nil, failure })
		if !errors.Is(err, failure) {
			t.Error(err)
		}
	})
	t.Run("rows that were not kept", func(t *testing.T) {
		bare, err := older.Digest(older.Results[0], false)
		if err != nil {
			t.Fatal(err)
		}
		if again, spelled, err := bare.Respelled(newer, 1, []string{"a"}, spell); again != bare || spelled != 0 || err != nil {
			t.Errorf("%d were spelled anew: %v", spelled, err)
		}
	})
	t.Run("other columns", func(t *testing.T) {
		other := taken(t, conn, own(t, "invariant/q", "select 'both' as name, 'k' as kind, '1' as b, '2' as a order by 1"))
		if _, spelled, err := digest.Respelled(other, 1, []string{"a", "b"}, spell); spelled != 0 || err != nil {
			t.Errorf("%d were spelled anew: %v", spelled, err)
		}
	})
}
