package report_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sebdah/goldie/v2"

	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

// about gives a document an archive and a manifest that are there.
func about(t *testing.T, d *report.Document) *report.Document {
	t.Helper()
	dir := t.TempDir()
	d.Archive, d.Manifest = filepath.Join(dir, "app.dump"), filepath.Join(dir, "app.dump.manifest.json")
	for _, path := range []string{d.Archive, d.Manifest} {
		if err := os.WriteFile(path, []byte(filepath.Base(path)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return sourced(d)
}

func TestInToto(t *testing.T) {
	golden := goldie.New(t, goldie.WithNameSuffix(".golden"), goldie.WithFixtureDir("testdata/intoto"))
	for _, name := range []string{"restore_pass", "restore_fail", "restore_with_an_edited_suite"} {
		t.Run(name, func(t *testing.T) {
			golden.Assert(t, name, []byte(written(t, about(t, documents()[name]), ".intoto.json", "")))
		})
	}
}

// subject is what a document as a statement of in-toto is about, and its result.
func subject(t *testing.T, d *report.Document) (name, sum, result string) {
	t.Helper()
	var s struct {
		Subject []struct {
			Name   string
			Digest map[string]string
		}
		Predicate struct{ Result string }
	}
	if err := json.Unmarshal([]byte(written(t, d, ".intoto.json", "")), &s); err != nil || len(s.Subject) != 1 {
		t.Fatal(s, err)
	}
	return s.Subject[0].Name, s.Subject[0].Digest["sha256"], s.Predicate.Result
}

func TestInTotoNamesTheFileThatWasLookedAt(t *testing.T) {
	claimed := strings.Repeat("0", 64) // by the manifest
	looked := documents()["restore_pass"]
	about(t, looked)
	looked.Source.ArchiveSHA256 = claimed
	if name, sum, result := subject(t, looked); name != "app.dump" || sum == claimed || result != "PASSED" {
		t.Errorf("the archive was not compared with the manifest, and is %s %s: %s", name, sum, result)
	}
	looked.Workloads[0].Checks = append(looked.Workloads[0].Checks, verdict.Check{Name: "archive", Verdict: verdict.Fail})
	if _, sum, _ := subject(t, looked); sum == claimed {
		t.Error("the archive is another one than the manifest has, and is called by the manifest's digest")
	}
	looked.Workloads[0].Checks[len(looked.Workloads[0].Checks)-1].Verdict = verdict.Pass
	if _, sum, _ := subject(t, looked); sum != claimed {
		t.Errorf("the archive was compared with the manifest, and is %s", sum)
	}
	folder := about(t, documents()["restore_pass"])
	folder.Archive = filepath.Dir(folder.Archive)
	if name, _, _ := subject(t, folder); name != "app.dump.manifest.json" {
		t.Errorf("the subject of an archive that is a folder is %s", name)
	}
	unproven := about(t, documents()["restore_pass_without_manifest"])
	unproven.Manifest = ""
	if _, _, result := subject(t, unproven); result != "WARNED" {
		t.Errorf("a restore that was compared with nothing is %s", result)
	}
	both := documents()["restore_pass_without_manifest"]
	both.Archive, both.Manifest, both.Records = "", "", [2]string{"", folder.Manifest}
	if name, _, _ := subject(t, both); name != "app.dump.manifest.json" {
		t.Errorf("the subject of a comparison with a record is %s", name)
	}
}

// TestInTotoWithoutAFile: what is about no file is about the head of a chain, else about the report itself.
func TestInTotoWithoutAFile(t *testing.T) {
	for name, want := range map[string]string{"check_fail": "the JSON report", "check_without_a_server": "the JSON report"} {
		d := documents()[name]
		if got, sum, _ := subject(t, d); got != want || sum != fmt.Sprintf("%x", sha256.Sum256([]byte(written(t, d, ".json",
			"")))) {
			t.Errorf("%s is about %s, %s", name, got, sum)
		}
	}
	d := documents()["check_pass"]
	d.Workloads = d.Workloads[:1]
	if name, sum, _ := subject(t, d); !strings.HasPrefix(name, "the head of the chain of ") ||
		sum != d.Workloads[0].Pre.ChainHeadHash {
		t.Errorf("one chain is %s, %s", name, sum)
	}
}

func TestInTotoShowsNamesAsText(t *testing.T) {
	d := malicious()
	manifest := filepath.Join(t.TempDir(), "m")
	if err := os.WriteFile(manifest, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d.Manifest = manifest
	if text := written(t, d, ".intoto.json", ""); strings.ContainsAny(text, "\x1b\u202e") ||
		!strings.Contains(text, `"result": "FAILED"`) {
		t.Error(text)
	}
}
