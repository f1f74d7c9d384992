package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
)

// statementText has the lines of a statement, a key and a value each, in an order that never changes. An empty value is
// written as -.
//
//go:embed statement.txt
var statementText string

var statementTemplate = template.Must(template.New("statement").Funcs(template.FuncMap{"base": base,
	"plain": func(value any) string { return cmp.Or(plain.Text(fmt.Sprint(value)), "-") }}).Parse(statementText))

// IsStatement reports whether a report of that name is a statement, which can be signed.
func IsStatement(path string) bool { return extension(path) == ".statement" }

// writeStatement writes the findings of the run.
func (d *Document) writeStatement(w io.Writer) error {
	reportSum, err := d.jsonSHA256()
	recordFile, copyFile := cmp.Or(d.Record, d.Manifest, d.Records[0]), d.Records[1]
	recordSum, errRecord := sumOf(recordFile)
	copySum, errCopy := sumOf(copyFile)
	if err := errors.Join(err, errRecord, errCopy); err != nil {
		return err
	}
	checks := map[string]int{"pass": 0, "fail": 0, "error": 0}
	for _, w := range d.Workloads {
		for _, c := range w.Checks {
			checks[string(c.Verdict)]++
		}
	}
	var chain *record.Snapshot // if the run is about one database that has a chain
	if len(d.Workloads) == 1 {
		chain = d.Workloads[0].Pre
	}
	var b strings.Builder
	if err := statementTemplate.Execute(&b, map[string]any{"Document": d, "Source": cmp.Or(d.Source, &Source{}),
		"Copy": cmp.Or(d.Copy, &Source{}), "Chain": chain, "Checks": checks, "JSONSHA256": reportSum,
		"Record": recordFile, "RecordSHA256": recordSum, "CopyRecord": copyFile, "CopySHA256": copySum,
		"Seconds": time.RFC3339, "Nanoseconds": time.RFC3339Nano}); err != nil {
		return err
	}
	return plain.Emit(w, b.String())
}

// jsonSHA256 is the SHA-256 of the document as the file of -report X.json.
func (d *Document) jsonSHA256() (string, error) {
	hash := sha256.New()
	err := record.WriteJSON(hash, d)
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}

func base(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(path)
}

// sumOf returns the SHA-256 of a file; "" if there is no file, or it is a folder.
func sumOf(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	_, sum, err := safefile.SHA256(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, safefile.ErrKind) {
		return "", nil
	}
	return sum, err
}
