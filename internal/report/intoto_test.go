package report_test

import (
	"encoding/json"
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

func TestInTotoNamesTheFileThatWasLookedAt(t *testing.T) {
	subject := func(d *report.Document) (name, sum, result string) {
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
	claimed := strings.Repeat("0", 64) // by the manifest
	looked := documents()["restore_pass"]
	about(t, looked)
	looked.Source.ArchiveSHA256 = claimed
	if name, sum, result := subject(looked); name != "app.dump" || sum == claimed || result != "PASSED" {
		t.Errorf("the archive was not compared with the manifest, and is %s %s: %s", name, sum, result)
	}
	looked.Workloads[0].Checks = append(looked.Workloads[0].Checks, verdict.Check{Name: "archive", Verdict: verdict.Fail})
	if _, sum, _ := subject(looked); sum == claimed {
		t.Error("the archive is another one than the manifest has, and is called by the manifest's digest")
	}
	looked.Workloads[0].Checks[len(looked.Workloads[0].Checks)-1].Verdict = verdict.Pass
	if _, sum, _ := subject(looked); sum != claimed {
		t.Errorf("the archive was compared with the manifest, and is %s", sum)
	}
	folder := about(t, documents()["restore_pass"])
	folder.Archive = filepath.Dir(folder.Archive)
	if name, _, _ := subject(folder); name != "app.dump.manifest.json" {
		t.Errorf("the subject of an archive that is a folder is %s", name)
	}
	unproven := about(t, documents()["restore_pass_without_manifest"])
	unproven.Manifest = ""
	if _, _, result := subject(unproven); result != "WARNED" {
		t.Errorf("a restore that was compared with nothing is %s", result)
	}
	if err := documents()["check_pass"].WriteFile(filepath.Join(t.TempDir(), "a.intoto.json")); err == nil {
		t.Error("a statement about nothing was written")
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
