package verdict

import (
	"strings"
	"testing"

	"pgroundtrip/internal/record"
)

// TestNamesThatBecameKeywords: 17 quotes names such as json, which older majors print as they are.
func TestNamesThatBecameKeywords(t *testing.T) {
	for _, tt := range []struct {
		name, column string
		older, newer []string
		same         []string // servers
		want         Verdict
	}{
		{"in values and keys, which come in another order", "type", []string{"a x", "json json_value[]", "z y"},
			[]string{`"json" "json_value"[]`, "a x", "z y"}, []string{"16.1", "17.1"}, Pass},
		{"in one that the copy prints again", "type", []string{"a (json)"}, []string{`a "json"`},
			[]string{"16.1", "17.1"}, Pass},
		{"in a string", "type", []string{"a 'json'"}, []string{`a '"json"'`}, []string{"16.1", "17.1"}, Fail},
		{"in a longer name", "type", []string{`a "x.json.y"`}, []string{`a "x.""json"".y"`}, []string{"16.1", "17.1"}, Fail},
		{"a row with more values", "type", []string{"a x y"}, []string{"a x z"}, []string{"16.1", "17.1"}, Fail},
		{"another difference", "type", []string{"json json"}, []string{`"json" "json_value"`},
			[]string{"16.1", "17.1"}, Fail},
		{"one is lost", "type", []string{"a x", "json x"}, []string{"a x"}, []string{"16.1", "17.1"}, Fail},
		{"another name", "type", []string{"Json x"}, []string{`"Json" x`}, []string{"16.1", "17.1"}, Fail},
		{"a comment", "comment", []string{"a json"}, []string{`a "json"`}, []string{"16.1", "17.1"}, Fail},
		{"a body", "body", []string{"a json"}, []string{`a "json"`}, []string{"16.1", "17.1"}, Fail},
		{"one server", "type", []string{"a json"}, []string{`a "json"`}, []string{"16.1", "16.1"}, Fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			taken := func(server string, rows []string) *record.Record {
				r := keep(t, "name "+tt.column, rows...)
				r.About.Keys, r.About.Class = 1, "definition"
				return &record.Record{Server: server, Results: []*record.Result{r}}
			}
			o := *sides
			o.Respell = func(older, newer *record.Result) (*record.Result, string, error) {
				spell := func(values map[string]*string) (map[string]string, error) {
					return map[string]string{"type": strings.ReplaceAll(*values["type"], "(json)", `"json"`)}, nil
				}
				again, _, err := Respelled(older, newer, []string{"type"}, spell)
				return again, "printed again", err
			}
			r := &Report{}
			if err := r.Compare(taken(tt.same[0], tt.older), taken(tt.same[1], tt.newer), &o); err != nil {
				t.Fatal(err)
			}
			if got := r.Checks[0]; got.Verdict != tt.want {
				t.Errorf("%s: %s", got.Verdict, got.Detail)
			}
		})
	}
}
