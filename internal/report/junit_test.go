package report_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	gojunit "github.com/joshdk/go-junit"

	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

// A junitElement is what the schema that Jenkins validates with says about an element (xunit-plugin, junit-10.xsd).
type junitElement struct {
	Children   []string
	Attributes map[string]string // the kind of its value
	Required   []string
	Text       bool // whether it may hold text
}

// junitKinds are the values that the schema allows.
var junitKinds = map[string]*regexp.Regexp{
	"text": regexp.MustCompile(`(?s)^.*$`), "count": regexp.MustCompile(`^\d+$`),
	"seconds": regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?$`),
	"time":    regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`),
}

// junitDocuments are documents of each verdict, and hostile ones.
func junitDocuments() map[string]*report.Document {
	all := map[string]*report.Document{"hostile": malicious(), "twice": document("verify", passed("a"), passed("a")),
		"long": document("restore", passed("a"))}
	for name, d := range documents() {
		all[name] = sourced(d)
	}
	all["long"].Workloads[0].Phases = []verdict.Phase{{Name: "restore", Seconds: 123456.789}}
	return all
}

func TestJUnitFollowsTheSchemaOfJenkins(t *testing.T) {
	data, err := os.ReadFile("../../testdata/junit/jenkins.json")
	var schema map[string]junitElement
	if err == nil {
		err = json.Unmarshal(data, &schema)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range junitDocuments() {
		for _, problem := range junitProblems(t, written(t, d, ".xml", ""), schema) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	for _, wrong := range []string{`<testsuites skipped="1"></testsuites>`,
		`<testsuites><testcase name="a"/></testsuites>`,
		`<testsuites><testsuite name="a" tests="1" failures="0" errors="0" time="1.2345"/></testsuites>`, `<testsuites>text</testsuites>`,
		`<testsuites><testsuite tests="1" failures="0" errors="0"/></testsuites>`, `<testsuites><testsuite name="a" tests="x" failures="0" errors="0"/></testsuites>`} {
		if len(junitProblems(t, wrong, schema)) == 0 {
			t.Errorf("nothing is wrong with %s", wrong)
		}
	}
}

// junitProblems are what is wrong with a file by the schema.
func junitProblems(t *testing.T, text string, schema map[string]junitElement) (problems []string) {
	t.Helper()
	open := []string{""}
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return problems
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		in := schema[open[len(open)-1]]
		switch token := token.(type) {
		case xml.StartElement:
			is := schema[token.Name.Local]
			if !slices.Contains(in.Children, token.Name.Local) {
				problems = append(problems, token.Name.Local+" in "+open[len(open)-1])
			}
			var has []string
			for _, a := range token.Attr {
				kind := junitKinds[is.Attributes[a.Name.Local]]
				if has = append(has, a.Name.Local); kind == nil || !kind.MatchString(a.Value) {
					problems = append(problems, token.Name.Local+" "+a.Name.Local+"="+a.Value)
				}
			}
			for _, needed := range is.Required {
				if !slices.Contains(has, needed) {
					problems = append(problems, token.Name.Local+" without "+needed)
				}
			}
			open = append(open, token.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if !in.Text && strings.TrimSpace(string(token)) != "" {
				problems = append(problems, "text in "+open[len(open)-1])
			}
		}
	}
}

// A parser that nobody here wrote is told each verdict as it is.
func TestJUnitArrivesInAnotherParser(t *testing.T) {
	for name, d := range junitDocuments() {
		suites, err := gojunit.Ingest([]byte(written(t, d, ".xml", "")))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := map[gojunit.Status]int{}
		for _, w := range d.Workloads {
			for _, c := range w.Checks {
				want[map[verdict.Verdict]gojunit.Status{verdict.Pass: gojunit.StatusPassed, verdict.Fail: gojunit.StatusFailed,
					verdict.Error: gojunit.StatusError}[c.Verdict]]++
			}
			if w.Err != nil {
				want[gojunit.StatusError]++
			}
		}
		if d.Error != nil {
			want[gojunit.StatusError]++
		}
		want[gojunit.StatusSkipped] = len(d.NotCovered)
		got := map[gojunit.Status]int{}
		for _, suite := range suites {
			got[gojunit.StatusPassed] += suite.Totals.Passed
			got[gojunit.StatusFailed] += suite.Totals.Failed
			got[gojunit.StatusError] += suite.Totals.Error
			got[gojunit.StatusSkipped] += suite.Totals.Skipped
			for _, c := range suite.Tests {
				if !strings.HasPrefix(c.Classname, "pgroundtrip."+d.Command) ||
					(c.Status == gojunit.StatusSkipped) != (c.Message != "" && c.Error == nil) {
					t.Errorf("%s: %+v", name, c)
				}
			}
		}
		for status, n := range want {
			if got[status] != n {
				t.Errorf("%s: %d are %s, want %d", name, got[status], status, n)
			}
		}
	}
}

// TestJUnitNamesTheDatabase: a restore is followed over many runs, whatever its archive is called.
func TestJUnitNamesTheDatabase(t *testing.T) {
	d := sourced(documents()["restore_pass"])
	d.Workloads[0].Workload = "night-42.dump"
	text := written(t, d, ".xml", "")
	if !strings.Contains(text, `classname="pgroundtrip.restore.shop"`) || strings.Contains(text, "night-42") {
		t.Error(text)
	}
}
