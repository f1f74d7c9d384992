package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/selftest"
)

// hostile is a name, as PostgreSQL takes it, that tries all that a name can do to a reader of the output.
const hostile = "x\n::add-mask::e\n##[error]\n\x1b[2J\u202e\u009b31m\rthe chain is whole\n\nPASS: forged | <b> `` ````` [a](http://e) \t\x7f"

// poison sets every text in v to the hostile one, but for those that the program makes itself.
func poison(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() && v.Type().Field(i).Name != "Diff" {
				poison(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i))
		}
	case reflect.Interface:
		if !v.IsNil() && v.Type() == reflect.TypeFor[error]() {
			v.Set(reflect.ValueOf(&hint.Error{Err: errors.New(hostile), Hint: hostile}))
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(hostile)
		}
	}
}

// forms writes what a person or a CI system gets to see of a hostile outcome, by the name of the form.
func hostileForms(t *testing.T) map[string]string {
	t.Helper()
	o := failed("shop")
	o.Notes, o.NotCovered = []string{""}, []string{"a"}
	o.Expected = []record.Expectation{{What: "a", Reason: "b"}}
	poison(reflect.ValueOf(o))
	o.Checks[3].Difference.Diff = "--- a\n+++ b\n-x\t\x1b[2J\n ::add-mask::e\n"
	o.Err = &hint.Error{Err: errors.New(hostile), Hint: hostile}
	d := document("restore", o)
	d.Tools = nil
	poison(reflect.ValueOf(d).Elem().FieldByName("Server"))
	d.Archive, d.Manifest, d.NotCovered, d.Warnings = hostile, hostile, []string{hostile}, []string{hostile}
	table := document("check", o)
	matrix := &report.Matrix{Command: "selftest", Suite: hostile, Server: d.Server, NotCovered: []string{hostile},
		Damages: []*selftest.Damage{{Kind: hostile, Name: hostile, What: hostile, Expected: []string{hostile}, Caught: []string{hostile}, Verdict: "fail", Detail: hostile}}}
	breaks := &record.Breaks{Total: 1, ByClass: map[string]int64{hostile: 1}, First: []record.Break{{}}}
	poison(reflect.ValueOf(breaks))
	snapshot := &record.Snapshot{FirstBreakPos: 1}
	poison(reflect.ValueOf(snapshot))
	var text, check, kills, chainText, log bytes.Buffer
	path := filepath.Join(t.TempDir(), "summary")
	annotations := plain.NewLog(&log)
	if err := errors.Join(d.WriteText(&text), table.WriteText(&check), matrix.WriteText(&kills), table.AppendSummary(path),
		report.WriteSnapshot(&chainText, snapshot, breaks, []string{hostile}), d.WriteAnnotations(annotations), matrix.Document().WriteAnnotations(annotations)); err != nil {
		t.Fatal(err)
	}
	summary, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"text": text.String(), "table": check.String(), "matrix": kills.String(), "snapshot": chainText.String(),
		"annotations": log.String(), "summary": string(summary)}
}

func TestNoValueForgesALine(t *testing.T) {
	command := regexp.MustCompile(`(?m)^\s*::|##\[`)
	for form, text := range hostileForms(t) {
		t.Run(form, func(t *testing.T) {
			if !strings.Contains(text, `\u{202e}`) {
				t.Errorf("nothing hostile is in it:\n%s", text)
			}
			if at := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) && r != '\n' && r != '\t' }); at >= 0 {
				t.Errorf("%q passes", text[at:min(len(text), at+20)])
			}
			if form == "annotations" {
				for line := range strings.Lines(text) {
					if !strings.HasPrefix(line, "::error title=") {
						t.Errorf("a line is no annotation: %q", line)
					}
				}
				return
			}
			if found := command.FindString(text); found != "" {
				t.Errorf("%q passes:\n%s", found, text)
			}
			lines := strings.Split(text, "\n")
			for _, forged := range []string{"the chain is whole", "PASS: forged"} {
				if slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, forged) }) {
					t.Errorf("a line is forged: %q\n%s", forged, text)
				}
			}
		})
	}
}

func TestNoValueIsMarkdown(t *testing.T) {
	var table []string
	for line := range strings.Lines(hostileForms(t)["summary"]) {
		if strings.HasPrefix(line, "| ") {
			table = append(table, line)
		}
		if !strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "#") {
			continue
		}
		for _, mark := range []string{" <b>", " [a]", "://"} {
			if strings.Contains(line, mark) {
				t.Errorf("%q passes in %s", mark, line)
			}
		}
	}
	cells := strings.NewReplacer(`\|`, "")
	if len(table) != 2 || strings.Count(cells.Replace(table[1]), "|") != strings.Count(table[0], "|") {
		t.Errorf("a value adds a row or a cell:\n%s", strings.Join(table, ""))
	}
}

func TestJSONKeepsEveryValueAndNoControlCharacter(t *testing.T) {
	var b bytes.Buffer
	values := []string{hostile, "\u2028\u200b\U000e0041", `\u202e \\`, "é日🙂"}
	if err := record.WriteJSON(&b, values); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(b.String(), func(r rune) bool { return !unicode.IsGraphic(r) && r != '\n' }) {
		t.Errorf("a character passes that is not visible: %q", b.String())
	}
	var back []string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || !slices.Equal(back, values) {
		t.Errorf("%q, not %q (%v)", back, values, err)
	}
}
