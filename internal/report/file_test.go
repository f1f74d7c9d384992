package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/sebdah/goldie/v2"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/history"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

// extensions are the forms of -report.
var extensions = []string{".html", ".json", ".md", ".prom", ".statement", ".xml"}

// ended is when the runs of these tests ended.
var ended = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

// hostileName is a name that wants to be more than text in a page, a table, a log or a terminal.
const hostileName = `<script>alert("1")</script>'&amp;]]><!--|` + "`\x1b[31m\u202eevil\n::error::a\nPASS שלום"

// written is what a report holds that replaces one that held was.
func written(t *testing.T, d *report.Document, extension, was string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report"+extension)
	if was != "" {
		if err := os.WriteFile(path, []byte(was), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// sourced is a document about a database whose record is known.
func sourced(d *report.Document) *report.Document {
	d.Time, d.Version = ended, "v1.2.3"
	if d.Command == "restore" {
		d.Source = report.SourceOf(&record.Record{Server: "15.18",
			Source:  record.Source{SystemIdentifier: "7412345678901234567", Database: "shop"},
			Moment:  record.Moment{Time: ended.Add(-time.Hour), LSN: "0/1A2B3C8", Timeline: 1, Kind: "snapshot"},
			Archive: &record.Archive{Format: "custom", SizeBytes: 123456}})
		for i, seconds := range []float64{60, 45.5, 90.25} {
			d.Past = append(d.Past, history.Run{Time: ended.AddDate(0, 0, 7*(i-2)), Verdict: verdict.Pass, RecoverySeconds: seconds})
		}
	}
	return d
}

// TestFiles holds each form of -report to testdata/<name><extension>.golden.
func TestFiles(t *testing.T) {
	golden := goldie.New(t, goldie.WithNameSuffix(".golden"))
	for _, name := range inFiles {
		for _, extension := range extensions {
			t.Run(name+extension, func(t *testing.T) {
				golden.Assert(t, name+extension, []byte(written(t, sourced(documents()[name]), extension, "")))
			})
		}
	}
}

// malicious is a document in which every text is hostile.
func malicious() *report.Document {
	o := failed(hostileName)
	for i := range o.Checks {
		o.Checks[i].Name, o.Checks[i].Detail, o.Checks[i].Hint = hostileName, hostileName, hostileName
	}
	o.Checks[3].Difference.Diff = "-" + hostileName
	change := verdict.Change{Kind: "changed", Key: hostileName, Columns: []string{hostileName}, Old: []string{hostileName}, New: []string{hostileName}}
	o.Checks[3].Changes = &verdict.Changes{Changed: 1, First: []verdict.Change{change}}
	o.Err, o.Notes = errors.New(hostileName), []string{hostileName}
	o.Phases[0].Name = hostileName
	d := sourced(document("restore", o))
	d.Archive, d.Manifest, d.Suite, d.NotCovered, d.Warnings = hostileName, hostileName, hostileName, []string{hostileName}, []string{hostileName}
	d.Source.Database, d.Expected, d.Error = hostileName, []string{hostileName}, &hint.Failure{Message: hostileName, Hint: hostileName}
	return d
}

func TestFilesShowNamesAsText(t *testing.T) {
	for _, extension := range extensions {
		text := written(t, malicious(), extension, "")
		for _, bad := range []string{"\x1b", "\u202e"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", extension, bad)
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::error") {
				t.Errorf("%s holds a command: %s", extension, line)
			}
		}
		if extension == ".html" && (strings.Contains(text, "<script") || strings.Contains(text, "<!--") || !strings.Contains(text, "שלום")) {
			t.Errorf("a name is not shown as text:\n%s", text)
		}
	}
}

func TestJUnitIsWellFormedAndUnique(t *testing.T) {
	for name, d := range map[string]*report.Document{"hostile": malicious(), "several workloads": documents()["check_fail"],
		"an error": documents()["check_without_a_server"], "the same check twice": document("verify", passed("a"), passed("a"))} {
		var suites struct {
			Skipped *int `xml:"skipped,attr"`
			Tests   int  `xml:"tests,attr"`
			Suites  []struct {
				Cases []struct {
					Name  string `xml:"name,attr"`
					Class string `xml:"classname,attr"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(written(t, d, ".xml", "")), &suites); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := map[string]bool{}
		for _, suite := range suites.Suites {
			for _, c := range suite.Cases {
				if !strings.HasPrefix(c.Class, "pgroundtrip."+d.Command+".") || seen[c.Class+"\n"+c.Name] {
					t.Errorf("%s: %+v: another class, or twice", name, c)
				}
				seen[c.Class+"\n"+c.Name] = true
			}
		}
		if suites.Skipped != nil || suites.Tests != len(seen) || suites.Tests == 0 {
			t.Errorf("%s: %d tests, %d cases, skipped %v", name, suites.Tests, len(seen), suites.Skipped)
		}
	}
}

func TestPrometheusIsLinted(t *testing.T) {
	for name, d := range documents() {
		problems, err := promlint.New(strings.NewReader(written(t, sourced(d), ".prom", ""))).Lint()
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v, %v", name, problems, err)
		}
	}
}

func TestLastProvenMovesOnProofOnly(t *testing.T) {
	const (
		proven  = `pgroundtrip_last_proven_timestamp_seconds{command="restore",target="shop@7412345678901234567"} `
		earlier = "# TYPE pgroundtrip_last_proven_timestamp_seconds gauge\n" + proven + "1.7e+09\n"
		other   = `pgroundtrip_last_proven_timestamp_seconds{command="verify",target="shop@7412345678901234567"} 1.7e+09` + "\n"
	)
	unproven := documents()["restore_pass_without_manifest"]
	early := documents()["check_without_a_server"]
	early.Command = "restore"
	for _, tt := range []struct {
		name, was string
		d         *report.Document
		want      string // "" is none
	}{
		{"a pass is a proof", "", documents()["restore_pass"], "1.770091506e+09"},
		{"a pass replaces an older proof", earlier, documents()["restore_pass"], "1.770091506e+09"},
		{"a difference carries the older one over", earlier, documents()["restore_fail"], "1.7e+09"},
		{"so does what could not be told", earlier, documents()["restore_with_an_edited_suite"], "1.7e+09"},
		{"so does an error before the target was known", earlier, withoutSource(early), "1.7e+09"},
		{"a pass without a manifest proves nothing", earlier, unproven, "1.7e+09"},
		{"nothing was ever proven", "", documents()["restore_fail"], ""},
		{"what another command proved is not this one's", other, documents()["restore_fail"], ""},
		{"a file that is no metrics", "\x00garbage", documents()["restore_fail"], ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := written(t, tt.d, ".prom", tt.was)
			if tt.d.Source == nil && tt.d.Error == nil {
				text = written(t, sourced(tt.d), ".prom", tt.was)
			}
			_, got, _ := strings.Cut(text, "\n"+proven)
			got, _, _ = strings.Cut(got, "\n")
			if got != tt.want || !strings.HasSuffix(text, "\n") {
				t.Errorf("last proven %q, want %q:\n%s", got, tt.want, text)
			}
		})
	}
}

// withoutSource is a document that ended before its database was known.
func withoutSource(d *report.Document) *report.Document {
	d.Time = ended
	return d
}

func TestMarkdownIsCutByRows(t *testing.T) {
	o := failed("text")
	for i := range 30000 {
		o.Checks[3].Changes.First = append(o.Checks[3].Changes.First, verdict.Change{Kind: "missing", Key: fmt.Sprintf("seq=%d %s", i, hostileName)})
	}
	text := written(t, document("check", o), ".md", "")
	if len(text) > 1<<20 || len(text) < 1<<19 || !strings.Contains(text, "more rows are not shown here\n") || strings.Count(text, "\n``````\n") != 2 {
		t.Errorf("%d bytes, ending %q", len(text), text[len(text)-200:])
	}
}

func TestAnnotationsAreTenAtMost(t *testing.T) {
	o := passed("text")
	for i := range 12 {
		o.Add(verdict.Check{Name: fmt.Sprint(i), Verdict: verdict.Error})
		o.Add(verdict.Check{Name: fmt.Sprint(i), Verdict: verdict.Fail})
	}
	var b bytes.Buffer
	if err := document("check", o).WriteAnnotations(plain.NewLog(&b)); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "::error") != 10 || !strings.HasSuffix(b.String(), "\n... and 14 more that did not pass: see the job summary\n") {
		t.Error(b.String())
	}
}

func TestWriteFileSaysWhenItCannot(t *testing.T) {
	for _, extension := range extensions {
		err := documents()["check_pass"].WriteFile(filepath.Join(t.TempDir(), "gone", "a"+extension))
		if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "could not write the report ") {
			t.Error(err)
		}
	}
}
