package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

// statementTitle is the first line of a statement.
const statementTitle = "pgroundtrip statement v1"

// IsStatement reports whether a report of that name is a statement, which can be signed.
func IsStatement(path string) bool { return extension(path) == ".statement" }

// A fact is a line of a statement; an empty value is written as -.
type fact struct{ key, value string }

// writeStatement writes the findings of the run as lines of a key and a value, in an order that never changes.
func (d *Document) writeStatement(w io.Writer) error {
	reportSum, err := d.jsonSHA256()
	if err != nil {
		return err
	}
	recordFile, copyFile := cmp.Or(d.Record, d.Manifest, d.Records[0]), d.Records[1]
	recordSum, err := sumOf(recordFile)
	if err != nil {
		return err
	}
	copySum, err := sumOf(copyFile)
	if err != nil {
		return err
	}
	copied := cmp.Or(d.Copy, &Source{})
	facts := []fact{{"verdict", string(d.Verdict)}, {"command", d.Command}, {"time", d.Time.UTC().Format(time.RFC3339)}}
	facts = append(facts, d.Source.facts()...)
	facts = append(facts, d.chainFacts()...)
	facts = append(facts, fact{"record", base(recordFile)}, fact{"record-sha256", recordSum},
		fact{"copy-system-identifier", copied.SystemIdentifier}, fact{"copy-database", copied.Database},
		fact{"copy-record", base(copyFile)}, fact{"copy-record-sha256", copySum},
		fact{"json-report-sha256", reportSum}, fact{"suite", d.Suite},
		fact{"pgroundtrip", d.Version}, fact{"run-on", d.runOn()},
		fact{"pg_dump", d.Tools["pg_dump"]}, fact{"pg_restore", d.Tools["pg_restore"]})
	facts = append(facts, d.counts()...)
	facts = append(facts, fact{"previous-statement-sha256", d.Previous},
		fact{"does-not-prove", "that the rows were true, that no one rewrote the whole chain before, " +
			"or anything about what was not covered"})
	var b bytes.Buffer
	b.WriteString(statementTitle + "\n")
	for _, f := range facts {
		plain.Printf(&b, "%s %s\n", f.key, cmp.Or(f.value, "-"))
	}
	return plain.Emit(w, b.String())
}

// jsonSHA256 is the SHA-256 of the document as the file of -report X.json.
func (d *Document) jsonSHA256() (string, error) {
	hash := sha256.New()
	err := record.WriteJSON(hash, d)
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}

func (d *Document) runOn() string {
	if d.Server == nil {
		return ""
	}
	return d.Server.Version
}

// facts returns the facts about the database and the moment at which it was recorded.
func (s *Source) facts() []fact {
	if s == nil {
		s = &Source{}
	}
	at, lsn, timeline, kind := "", "", "", ""
	if m := s.Moment; m != nil {
		at, lsn, timeline, kind = m.Time.UTC().Format(time.RFC3339Nano), m.LSN, fmt.Sprint(m.Timeline), m.Kind
	}
	return []fact{{"system-identifier", s.SystemIdentifier}, {"database", s.Database}, {"server", s.Version},
		{"moment", at}, {"moment-lsn", lsn}, {"moment-timeline", timeline}, {"moment-kind", kind}, {"suite-sha256",
			s.SuiteSHA256},
		{"key-sha256", s.KeySHA256}, {"archive-sha256", s.ArchiveSHA256}}
}

// chainFacts returns the rows and the head of the chain, if the run is about one database that has a chain.
func (d *Document) chainFacts() []fact {
	rows, walked, head, root := "", "", "", ""
	if len(d.Workloads) == 1 && d.Workloads[0].Pre != nil {
		pre := d.Workloads[0].Pre
		rows, walked = fmt.Sprint(pre.RowCount), fmt.Sprint(pre.VerifierWalked)
		head, root = pre.ChainHeadHash, pre.TreeRoot
	}
	return []fact{{"chain-rows", rows}, {"chain-rows-walked", walked}, {"chain-head", head}, {"chain-tree-root", root},
		{"archive", base(d.Archive)}}
}

// counts returns the number of checks by verdict, and the number of items that were not covered.
func (d *Document) counts() []fact {
	n := map[verdict.Verdict]int{}
	for _, w := range d.Workloads {
		for _, c := range w.Checks {
			n[c.Verdict]++
		}
	}
	return []fact{{"checks-passed", fmt.Sprint(n[verdict.Pass])}, {"checks-failed", fmt.Sprint(n[verdict.Fail])},
		{"checks-unknown", fmt.Sprint(n[verdict.Error])}, {"not-covered", fmt.Sprint(len(d.NotCovered))},
		{"expected-differences", fmt.Sprint(len(d.Expected))}}
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
