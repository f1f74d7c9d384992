package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

// snapshot is a whole chain of that many rows.
func snapshot(phase string, rows int64) *record.Snapshot {
	return &record.Snapshot{Phase: phase, RowCount: rows, ChainHeadHash: strings.Repeat("0123456789abcdef", 4),
		FirstBreakPos: -1, VerifierWalked: rows}
}

// count is a number of rows; -1 means nothing.
func count(rows int64) *int64 {
	if rows < 0 {
		return nil
	}
	return &rows
}

func pass(name string, rows int64) verdict.Check {
	return verdict.Check{Name: name, Verdict: verdict.Pass, Detail: "the same in every byte", RowsBefore: count(rows),
		RowsAfter: count(rows)}
}

// passed is the outcome of a workload that came back.
func passed(workload string) *verdict.Report {
	return &verdict.Report{
		Workload: workload, Pre: snapshot("pre", 24), Post: snapshot("post", 24),
		Phases: []verdict.Phase{{Name: "build", Seconds: 0.125},
			{Name: "dump and record", Seconds: 0.5}, {Name: "restore", Seconds: 1.5}},
		Checks: []verdict.Check{pass("row_count", -1), pass("record/snapshot", 1)},
	}
}

// failed is the outcome of a workload whose rows did not all come back.
func failed(workload string) *verdict.Report {
	o := passed(workload)
	o.Post = &record.Snapshot{Phase: "post", RowCount: 0, FirstBreakID: "evt-1", FirstBreakPos: 0,
		FirstBreakReason: "content: <b> & 100%"}
	changes := &verdict.Changes{Missing: 1, Changed: 2, First: []verdict.Change{
		{Kind: "missing", Key: "seq=1"},
		{Kind: "changed", Key: "seq=2", Columns: []string{"actor", "note"}, Old: []string{"a", strings.Repeat("é", 201)},
			New: []string{"b", `\N`}},
	}}
	o.Checks = append(o.Checks,
		verdict.Check{Name: "first_break_id", Verdict: verdict.Fail, Class: "link",
			Detail: "the chain breaks at position 0 (id=evt-1): content: <b> & 100%"},
		verdict.Check{Name: "record/q", Verdict: verdict.Fail, Class: "content",
			Detail: "differs at position 0 (seq=1): note", Hint: "look at q", RowsBefore: count(24), RowsAfter: count(0),
			Difference: &verdict.Difference{Query: "q", Row: "seq=1", What: "note", Diff: "--- before the dump\n+++ after the restore\n-1\t````\n+1\t`````\n"},
			Changes:    changes, Tables: []verdict.TableRows{{Table: "public.t", Against: "the source", Changes: changes}, {Table: "public.u", Against: "the source"}}})
	return o
}

// stopped is the outcome of a workload that could not be told.
func stopped(workload string) *verdict.Report {
	return &verdict.Report{Workload: workload, Pre: snapshot("pre", 0), Phases: []verdict.Phase{{Name: "dump", Seconds: 1}},
		Err: fmt.Errorf("could not dump: %w", &hint.Error{Err: errors.New("pg_dump exited 1: no space\nleft"), Hint: "free some space"})}
}

// document is what command says about the outcomes on one server.
func document(command string, outcomes ...*verdict.Report) *report.Document {
	d := &report.Document{Command: command, Verdict: verdict.Worst(outcomes, (*verdict.Report).Verdict), Suite: "default suite", NotCovered: []string{"probe/*.sql", "tamper/*.sql"},
		Server: &report.Server{Version: "16.4", Throwaway: true, Where: "throw-away cluster"}, Tools: map[string]string{"pg_restore": "16.4", "pg_dump": "16.3"}}
	for _, o := range outcomes {
		d.Add(o)
	}
	return d
}

const forms = `
-- text --
%s
-- json --
%s
-- annotations --
%s
-- summary --
%s`

// documents are results of every kind, by name.
func documents() map[string]*report.Document {
	nothingMissing := document("check", passed("lifecycle"))
	nothingMissing.NotCovered = []string{}
	backup := document("dump", passed("shop"))
	backup.Archive, backup.Manifest = "shop.dump", "shop.dump.manifest.json"
	backup.Warnings, backup.Expected = []string{"--enable-row-security hides rows"}, []string{"statistics: the server gathers them anew"}
	damaged := document("dump", failed("shop"))
	damaged.Archive = "shop.dump"
	complete := passed("shop")
	complete.Expected = []record.Expectation{{Query: "q", Key: "seq=9", What: "a row", Reason: "it belongs to the cluster"}}
	restored := document("restore", complete)
	restored.Archive, restored.Manifest = "shop.dump", "shop.dump.manifest.json"
	unproven := document("restore", passed("shop"))
	unproven.Archive, unproven.Notes = "shop.dump", []string{"there is no manifest"}
	different := document("restore", failed("shop"))
	different.Manifest = "shop.dump.manifest.json"
	edited := passed("shop")
	edited.Checks = append(edited.Checks, verdict.Check{Name: "record/q", Verdict: verdict.Error, Detail: "q.sql is not the file that the dump was made with", RowsBefore: count(24), RowsAfter: count(24)})
	unknown := document("restore", edited)
	unknown.Manifest = "shop.dump.manifest.json"
	return map[string]*report.Document{
		"check_pass":                    nothingMissing,
		"check_fail":                    document("check", passed("lifecycle"), failed("text"), stopped("time")),
		"check_error":                   document("check", stopped("lifecycle")),
		"check_without_a_server":        {Command: "check", Verdict: verdict.Error, NotCovered: []string{}, Error: hint.Describe(&hint.Error{Err: errors.New("could not connect"), Hint: "check the host"})},
		"dump_pass":                     backup,
		"dump_of_a_damaged_chain":       damaged,
		"restore_pass":                  restored,
		"restore_pass_without_manifest": unproven,
		"restore_fail":                  different,
		"restore_with_an_edited_suite":  unknown,
	}
}

// inFiles are the documents that are held to a golden in each form of -report.
var inFiles = []string{"check_fail", "check_without_a_server", "restore_fail", "restore_pass"}

// TestForms holds each form of each document to testdata/<name>.golden. To rewrite them:
// go test ./internal/report -update
func TestForms(t *testing.T) {
	cases := documents()
	golden := goldie.New(t, goldie.WithNameSuffix(".golden"))
	for name, d := range cases {
		t.Run(name, func(t *testing.T) {
			var text, doc, annotations bytes.Buffer
			if err := errors.Join(d.WriteText(&text), record.WriteJSON(&doc, d)); err != nil {
				t.Fatal(err)
			}
			if err := d.WriteAnnotations(plain.NewLog(&annotations)); err != nil {
				t.Fatal(err)
			}
			summary := filepath.Join(t.TempDir(), "summary")
			if err := d.AppendSummary(summary); err != nil {
				t.Fatal(err)
			}
			markdown, err := os.ReadFile(summary)
			if err != nil {
				t.Fatal(err)
			}
			golden.Assert(t, name, fmt.Appendf(nil, forms[1:], &text, &doc, &annotations, markdown))
		})
	}
	files, err := filepath.Glob("testdata/*.golden")
	if want := len(cases) + len(inFiles)*len(extensions); err != nil || len(files) != want {
		t.Errorf("%d goldens, want %d: %q (%v)", len(files), want, files, err)
	}
}

func TestJSONIsOneDocument(t *testing.T) {
	var b bytes.Buffer
	if err := record.WriteJSON(&b, document("check", failed("text"))); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(&b)
	var shape struct {
		Verdict   string
		Workloads []struct {
			Checks []struct {
				RowsBefore *int64 `json:"rows_before"`
			}
		}
	}
	if err := decoder.Decode(&shape); err != nil || decoder.More() {
		t.Fatalf("%v, and more behind it: %t", err, decoder.More())
	}
	checks := shape.Workloads[0].Checks
	if shape.Verdict != "fail" || checks[0].RowsBefore != nil || checks[1].RowsBefore == nil || *checks[1].RowsBefore != 1 {
		t.Errorf("%+v", shape)
	}
}

func TestVerdictOfAnOutcomeWithoutChecksIsError(t *testing.T) {
	d := document("check", &verdict.Report{Workload: "none"})
	var b bytes.Buffer
	if err := d.WriteText(&b); err != nil || d.Workloads[0].Verdict() != verdict.Error ||
		!strings.HasSuffix(b.String(), "\nERROR: could not tell; 0 of 1 workloads came back exactly as they were dumped\n") {
		t.Errorf("%s%v", b.String(), err)
	}
}

func TestDescribe(t *testing.T) {
	plain := errors.New("it failed")
	for _, tt := range []struct {
		name string
		err  error
		want *hint.Failure
	}{
		{"no error is no failure", nil, nil},
		{"an error is its message", plain, &hint.Failure{Message: "it failed"}},
		{"a hint is kept apart", &hint.Error{Err: plain, Hint: "try again"}, &hint.Failure{Message: "it failed", Hint: "try again"}},
		{"a hint is found within", fmt.Errorf("outer: %w", &hint.Error{Err: plain, Hint: "try again"}), &hint.Failure{Message: "outer: it failed", Hint: "try again"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := hint.Describe(tt.err)
			if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("%+v, not %+v", got, tt.want)
			}
		})
	}
}

func TestAnnotate(t *testing.T) {
	for _, tt := range []struct{ name, title, message, want string }{
		{"plain texts", "a", "b", "::error title=a::b\n"},
		{"a message keeps colons and commas", "a", "b: c, d::e", "::error title=a::b: c, d::e\n"},
		{"a title does not", "text: row_count, x::y", "b", "::error title=text%3A row_count%2C x%3A%3Ay::b\n"},
		{"line breaks would end the command", "a\r\nb", "c\r\nd\n", "::error title=a\\r\\nb::c\\r%0A  d\n"},
		{"an escape is not taken for one that stood there", "100%0A", "100%0A", "::error title=100%250A::100%250A\n"},
		{"other scripts stay", "é日", "🙂", "::error title=é日::🙂\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := plain.NewLog(&b).Annotate(tt.title, tt.message); err != nil || b.String() != tt.want {
				t.Errorf("%q, not %q (%v)", b.String(), tt.want, err)
			}
		})
	}
}

func TestAppendSummary(t *testing.T) {
	t.Run("keeps what other steps wrote", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "summary")
		if err := os.WriteFile(path, []byte("# before\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := document("check", passed("lifecycle")).AppendSummary(path); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(text), "# before\n### pgroundtrip check") || strings.Count(string(text), "### ") != 2 {
			t.Errorf("%s%v", text, err)
		}
	})
	t.Run("says when it cannot be written", func(t *testing.T) {
		err := document("check").AppendSummary(filepath.Join(t.TempDir(), "gone", "summary"))
		if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "could not write the job summary: ") {
			t.Error(err)
		}
	})
	t.Run("shows rows in a block that no row can end", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "summary")
		o := failed("text")
		o.Err = errors.New("pg_restore exited 1:\n```````\n# hostile")
		if err := document("check", o).AppendSummary(path); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), "\n````````\n") != 2 {
			t.Errorf("%s%v", text, err)
		}
	})
}

func TestWriteSnapshot(t *testing.T) {
	broken := *snapshot("", 3)
	broken.FirstBreakID, broken.FirstBreakPos, broken.FirstBreakReason = "evt-2", 1, "link: a"
	for _, tt := range []struct {
		name       string
		snapshot   record.Snapshot
		notCovered []string
		want       string
	}{
		{"a whole chain", *snapshot("", 3), nil, "the chain is whole\nrows          3\nrows walked   3\nchain head    " +
			"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"},
		{"an empty chain", record.Snapshot{FirstBreakPos: -1}, nil,
			"the chain is whole\nrows          0\nrows walked   0\nchain head    none\n"},
		{"a broken chain", broken, []string{"a.sql", "b.sql"},
			"the chain BREAKS at position 1 (id=evt-2): link: a\nrows          3\nrows walked   3\n" +
				"chain head    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nNOT COVERED   a.sql, b.sql\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := report.WriteSnapshot(&b, &tt.snapshot, nil, tt.notCovered); err != nil || b.String() != tt.want {
				t.Errorf("\n got %s\nwant %s(%v)", b.String(), tt.want, err)
			}
		})
	}
}

func TestWritersSayWhenTheyCannotWrite(t *testing.T) {
	d := document("check", passed("lifecycle"))
	for name, err := range map[string]error{
		"WriteText":     d.WriteText(fullDisk{}),
		"WriteJSON":     record.WriteJSON(fullDisk{}, d),
		"WriteSnapshot": report.WriteSnapshot(fullDisk{}, snapshot("", 1), nil, nil),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var errFull = errors.New("no space left")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// TestEveryTextIsMadePlain: what text.txt prints goes through plain or the like, unless it is a number or computed.
func TestEveryTextIsMadePlain(t *testing.T) {
	text, err := os.ReadFile("text.txt")
	if err != nil {
		t.Fatal(err)
	}
	safe := strings.Fields(". $indent $separator $n .RowCount .VerifierWalked .FirstBreakPos .Passed .Total .Pos .Bad .Limit .Caught")
	printed := regexp.MustCompile(`\{\{-? *([.$][\w.]*) *-?\}\}`).FindAllStringSubmatch(string(text), -1)
	for _, m := range printed {
		if !slices.Contains(safe, m[1]) {
			t.Errorf("%s is printed as it is", m[0])
		}
	}
	if len(printed) < 10 {
		t.Errorf("%d values are printed", len(printed))
	}
}
