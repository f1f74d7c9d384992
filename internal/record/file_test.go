package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// written returns a record whose results keep many rows, no rows, and nothing at all, and its text.
func written(t *testing.T) (*Record, string) {
	t.Helper()
	r := &Record{FormatVersion: FormatVersion, Tool: "test"}
	for i, rows := range []string{"1\t\"kept\": []\n2\t\\N\n", "", "3\t</results>\n"} {
		result, err := ReadResult(strings.NewReader("k\tv\n"+rows), fmt.Sprintf("invariant/%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(rows, "3") {
			result.Kept = nil
		} else if rows == "" {
			result.Kept = []string{}
		}
		r.Results = append(r.Results, result)
	}
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	return r, text.String()
}

func TestARecordWrittenRowByRowIsTheJSONOfTheWhole(t *testing.T) {
	r, text := written(t)
	var whole bytes.Buffer
	if err := WriteJSON(&whole, r); err != nil {
		t.Fatal(err)
	}
	if text != whole.String() {
		t.Errorf("written:\n%s\nwant:\n%s", text, whole.String())
	}
	again, err := Read(strings.NewReader(text))
	if err != nil || !reflect.DeepEqual(again.Results, r.Results) {
		t.Errorf("read back: %v, %+v", err, again)
	}
}

func TestARecordThatIsNotOneIsRefused(t *testing.T) {
	_, text := written(t)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		t.Fatal(err)
	}
	results := string(fields["results"])
	for what, bad := range map[string]string{
		"two lists of results":   strings.Replace(text, `"results": [`, `"results": [], "results": [`, 1),
		"two lists of rows":      strings.Replace(text, `"kept": [`, `"kept": [], "kept": [`, 1),
		"results that are text":  strings.Replace(text, results, `"x"`, 1),
		"results that are null":  strings.Replace(text, results, `null`, 1),
		"a result that is null":  strings.Replace(text, results, `[null]`, 1),
		"two results of a query": strings.Replace(text, results, strings.TrimSuffix(results, "]")+","+strings.TrimPrefix(results, "["), 1),
		"a row that is a number": strings.Replace(text, `"kept": [`, `"kept": [1,`, 1),
		"an unknown field":       strings.Replace(text, `"results": [`, `"more": 1, "results": [`, 1),
		"one of a result":        strings.Replace(text, `"kept": [`, `"more": 1, "kept": [`, 1),
		"more after its end":     text + "{}",
		"a cut":                  text[:len(text)-3],
		"another version":        strings.Replace(text, `"format_version": 3`, `"format_version": 4`, 1),
	} {
		if bad == text {
			t.Errorf("%s: the text is the same", what)
		}
		if _, err := Read(strings.NewReader(bad)); !errors.Is(err, ErrFile) {
			t.Errorf("%s: error %v", what, err)
		}
	}
}
