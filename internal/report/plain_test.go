package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/selftest"
)

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"visible text stays", `Zoë's "日本" 🙂 100% \N`, `Zoë's "日本" 🙂 100% \N`},
		{"a newline", "a\nPASS: b", `a\nPASS: b`},
		{"a carriage return", "FAIL\rPASS", `FAIL\rPASS`},
		{"a tab would be a cell of its own", "a\tb", `a\tb`},
		{"an escape sequence", "\x1b[2Ja", `\x1b[2Ja`},
		{"a backspace and a delete", "a\bb\x7f", `a\x08b\x7f`},
		{"a zero byte", "a\x00", `a\x00`},
		{"the one-character form of ESC [", "\u009b31m", `\u{9b}31m`},
		{"bytes that are not UTF-8, ESC [ in Latin 1 among them", "caf\xe9 \x9b31m", `caf\xe9 \x9b31m`},
		{"text that is turned round", "abc\u202efed\u2066", `abc\u{202e}fed\u{2066}`},
		{"separators of lines", "a\u2028b\u2029c\u0085d", `a\u{2028}b\u{2029}c\u{85}d`},
		{"characters without a width", "a\u200bb\ufeff", `a\u{200b}b\u{feff}`},
		{"characters of private use", "a\ue000\U000e0041", `a\u{e000}\u{e0041}`},
		{"the replacement character is a character", "\ufffd", "\ufffd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := report.Plain(tt.value); got != tt.want {
				t.Errorf("%q, not %q", got, tt.want)
			}
		})
	}
}

func TestLog(t *testing.T) {
	for _, tt := range []struct{ name, message, want string }{
		{"a line", "pgroundtrip: note: a\n", "pgroundtrip: note: a\n"},
		{"an error over several lines", "error: a\n  line 1: b\n\t  ^\n", "error: a\n  line 1: b\n  \t  ^\n"},
		{"a name with a line of its own", "no table \"a\npgroundtrip: note: proven\"\n",
			"no table \"a\n  pgroundtrip: note: proven\"\n"},
		{"a command in a name", "pg_dump: warning: a\n::error::b\n", "pg_dump: warning: a\n  :\\x3aerror::b\n"},
		{"lines of a program", "pg_dump: warning: a\npg_dump: detail: b\nc\n",
			"pg_dump: warning: a\npg_dump: detail: b\n  c\n"},
		{"no line of our own", "pgroundtrip: note: a\npgroundtrip: note: b\n",
			"pgroundtrip: note: a\n  pgroundtrip: note: b\n"},
		{"a command at the start", "::add-mask::e\n", ":\\x3aadd-mask::e\n"},
		{"a command behind blanks", "\u3000 ::add-mask::e\n", "\u3000 :\\x3aadd-mask::e\n"},
		{"older commands stand anywhere", "a ##[add-mask]b ##vso[x] ##[error]\n",
			"a #\\x23[add-mask]b #\\x23vso[x] #\\x23[error]\n"},
		{"what is no command", "schema::table, a#[1], ## b\n", "schema::table, a#[1], ## b\n"},
		{"escape sequences", "\x1b]0;title\x07a\r\n", "\\x1b]0;title\\x07a\\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if _, err := fmt.Fprint(report.NewLog(&b), tt.message); err != nil || b.String() != tt.want {
				t.Errorf("%q, not %q (%v)", b.String(), tt.want, err)
			}
		})
	}
}

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
	o.Err = &cluster.HintError{Err: errors.New(hostile), Hint: hostile}
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
	annotations := report.NewLog(&log)
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
