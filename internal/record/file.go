package record

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"pgroundtrip/internal/safefile"
)

// ErrFile marks a record that cannot be used: edited, truncated, or of another format.
var ErrFile = errors.New("the record cannot be used")

// Write writes the record as JSON, escaped like Graphic, result by result and row by row, since all of it may be
// large.
func (r *Record) Write(to io.Writer) error {
	buffer := bufio.NewWriterSize(to, 1<<16)
	w := Graphic{buffer}
	shell := *r
	shell.Results = []*Result{}
	if err := writeList(w, &shell, "", "results", len(r.Results), func(i int) error {
		if r.Results[i] == nil {
			return writeAll(w, []byte("null"))
		}
		result, kept := *r.Results[i], r.Results[i].Kept
		result.Kept = kept[:0:0]
		return writeList(w, &result, "    ", "kept", len(kept), func(i int) error {
			text, err := indented(kept[i], "")
			return errors.Join(err, writeAll(w, text))
		})
	}); err != nil {
		return err
	}
	return errors.Join(writeAll(w, newline), buffer.Flush())
}

// writeList writes a value as indented JSON after prefix. If the value has an empty list of that name, each is called
// to write its n elements there.
func writeList(w io.Writer, value any, prefix, name string, n int, each func(i int) error) error {
	text, err := indented(value, prefix)
	if err != nil {
		return err
	}
	empty := "\n" + prefix + `  "` + name + `": []` // a JSON string contains no line break
	before, after, hasList := bytes.Cut(text, []byte(empty))
	if !hasList || n == 0 {
		return writeAll(w, text)
	}
	err = writeAll(w, before, []byte(empty[:len(empty)-1]))
	for i := range n {
		separator := ","
		if i == 0 {
			separator = ""
		}
		if err == nil {
			err = writeAll(w, []byte(separator+"\n"+prefix+"    "))
		}
		if err == nil {
			err = each(i)
		}
	}
	return errors.Join(err, writeAll(w, []byte("\n"+prefix+"  ]"), after))
}

// indented returns a value as indented JSON, without a newline at the end.
func indented(value any, prefix string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent(prefix, "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), newline), err
}

func writeAll(w io.Writer, parts ...[]byte) error {
	for _, part := range parts {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes v as one indented document. Characters that a terminal acts upon are escaped (\u009b), including
// those that JSON would allow.
func WriteJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(Graphic{w})
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// Graphic passes JSON on to a writer and escapes invisible characters, which can only be in strings. Each Write must
// hold whole characters, as an encoder's writes do.
type Graphic struct{ To io.Writer }

// Write writes a part of a document.
func (g Graphic) Write(p []byte) (int, error) {
	done := 0
	for at := 0; at < len(p); {
		r, size := rune(p[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(p[at:])
		}
		if at += size; r == '\n' || unicode.IsGraphic(r) {
			continue
		}
		if _, err := g.To.Write(p[done : at-size]); err != nil {
			return done, err
		}
		done = at
		for _, unit := range utf16.Encode([]rune{r}) {
			if _, err := fmt.Fprintf(g.To, `\u%04x`, unit); err != nil {
				return done, err
			}
		}
	}
	_, err := g.To.Write(p[done:])
	return len(p), err
}

// Read reads a record result by result and row by row. Errors wrap ErrFile.
func Read(from io.Reader) (*Record, error) {
	r, decoder := &Record{}, json.NewDecoder(from)
	var results []*Result
	err := readObject(decoder, r, "results", func() error {
		results = append(results, &Result{})
		return results[len(results)-1].read(decoder)
	})
	// Check the version first: another version has other fields, and those are not what is wrong.
	if r.FormatVersion != 0 && r.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("%w: its format version is %d, this program reads %d; use the program that wrote it, %s",
			ErrFile, r.FormatVersion, FormatVersion, cmp.Or(r.Tool, "which it does not name"))
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: it is not the JSON that pgroundtrip writes: %w", ErrFile, err)
	case r.FormatVersion != FormatVersion:
		return nil, fmt.Errorf("%w: it has no format version; it should be %d", ErrFile, FormatVersion)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it continues after its end", ErrFile)
	}
	r.Results = results
	return r, r.check()
}

// read reads one result.
func (r *Result) read(decoder *json.Decoder) error {
	var kept []string
	err := readObject(decoder, r, "kept", func() error {
		var row string
		err := decoder.Decode(&row)
		kept = append(kept, row)
		return err
	})
	if kept != nil {
		r.Kept = kept
	}
	return err
}

// readObject reads a JSON object into a value and calls each for every element of the list of that name, which stays
// empty in the value. The rest is assumed to be small. After an error the value holds what came before it.
func readObject(decoder *json.Decoder, into any, list string, each func() error) error {
	rest, err := readMembers(decoder, list, each)
	strict := json.NewDecoder(bytes.NewReader(append(rest, '}')))
	strict.DisallowUnknownFields()
	return cmp.Or(err, strict.Decode(into))
}

// readMembers reads an object up to its end and returns it without the elements of the list and without its closing
// brace.
func readMembers(decoder *json.Decoder, list string, each func() error) (rest []byte, err error) {
	begin, err := decoder.Token()
	rest = []byte("{")
	switch {
	case err == nil && begin == nil: // null has none of the fields, and is refused for that
		return rest, nil
	case err == nil && begin != json.Delim('{'):
		err = fmt.Errorf("%v is not an object", begin)
	}
	for comma, seen := "", false; err == nil && decoder.More(); comma = "," {
		key, err := decoder.Token() // a string: the decoder accepts nothing else
		if err != nil {
			return rest, err
		}
		value := json.RawMessage("null")
		if seen && key == list {
			return rest, fmt.Errorf("it has two lists %q", list)
		}
		if key != list {
			err = decoder.Decode(&value)
		} else if seen = true; err == nil {
			value, err = readList(decoder, each)
		}
		if err != nil {
			return rest, err
		}
		name, _ := json.Marshal(key) // cannot fail for a string
		rest = append(append(append(append(rest, comma...), name...), ':'), value...)
	}
	if err == nil {
		_, err = decoder.Token()
	}
	return rest, err
}

// readList calls each for every element of a list and returns what replaces it: an empty list, or null if it is null.
func readList(decoder *json.Decoder, each func() error) (left json.RawMessage, err error) {
	begin, err := decoder.Token()
	switch {
	case err != nil || begin == nil:
		return json.RawMessage("null"), err
	case begin != json.Delim('['):
		return nil, fmt.Errorf("%v is not a list", begin)
	}
	for err == nil && decoder.More() {
		err = each()
	}
	if err == nil {
		_, err = decoder.Token()
	}
	return json.RawMessage("[]"), err
}

// check checks what a comparison relies on.
func (r *Record) check() error {
	if len(r.Results) == 0 {
		return fmt.Errorf("%w: it holds no result, so there is nothing to compare with", ErrFile)
	}
	for i, result := range r.Results {
		if err := result.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrFile, err)
		}
		if slices.ContainsFunc(r.Results[:i], func(other *Result) bool { return other.Query == result.Query }) {
			return fmt.Errorf("%w: it has two results of %s", ErrFile, result.Query)
		}
	}
	for _, t := range r.Tables {
		if t == nil || t.Keys < 1 || t.Rows.Check() != nil || t.Rows.Kept == nil {
			return fmt.Errorf("%w: the rows of one of its tables are incomplete", ErrFile)
		}
	}
	if r.Archive != nil && len(r.Archive.Files) == 0 {
		return fmt.Errorf("%w: it names no archive file", ErrFile)
	}
	return nil
}

// An Anchor is a row of the chain that was filed away. Rows after it can be verified without the rows before it, as
// long as the anchor row itself is still there.
type Anchor struct {
	RowCount int64  `json:"row_count"`       // rows up to and including it; its position is one less
	HeadHash string `json:"chain_head_hash"` // its row_hash
}

// EvidenceOf returns the database that a manifest or the output of verify -json is about. Fields that the data does
// not name are "".
func EvidenceOf(data []byte) Source {
	var e struct {
		SystemIdentifier string `json:"system_identifier"`
		Database         string `json:"database"`
		Source           Source `json:"source"`
	}
	if json.Unmarshal(data, &e) != nil || e.SystemIdentifier == "" {
		return e.Source
	}
	return Source{SystemIdentifier: e.SystemIdentifier, Database: e.Database}
}

// ReadAnchor reads the end of the chain from a manifest, or from the snapshot that verify and workload print with
// -json.
func ReadAnchor(r io.ReadSeeker) (*Anchor, error) {
	var kind struct {
		FormatVersion *int    `json:"format_version"`
		Phase         *string `json:"phase"`
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &kind); err != nil {
		return nil, fmt.Errorf("no anchor: it is not JSON: %w", err)
	}
	chain := &Snapshot{}
	switch {
	case kind.FormatVersion != nil:
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		m, err := Read(r)
		if err != nil {
			return nil, err
		}
		if chain = m.Chain; chain == nil {
			return nil, errors.New("no anchor: the manifest's database has no chain")
		}
	case kind.Phase != nil:
		if err := json.Unmarshal(data, chain); err != nil {
			return nil, fmt.Errorf("no anchor: %w", err)
		}
	default:
		return nil, errors.New("no anchor: it is neither a manifest nor what verify -json prints")
	}
	switch {
	case !chain.IsWhole():
		return nil, fmt.Errorf("no anchor: the chain was already broken when the file was written, at position %d",
			chain.FirstBreakPos)
	case chain.RowCount < 1 || chain.ChainHeadHash == "":
		return nil, errors.New("no anchor: the chain was empty when the file was written, so there is nothing to start from")
	}
	return &Anchor{RowCount: chain.RowCount, HeadHash: chain.ChainHeadHash}, nil
}

// ManifestSuffix ends the name of the manifest beside an archive.
const ManifestSuffix = ".manifest.json"

// SumsSuffix ends the name of the checksum file beside a manifest or a record; sha256sum -c reads it.
const SumsSuffix = ".sha256"

// maxSums bounds the size of a checksum file, which has a line for each file of an archive.
const maxSums = 1 << 28

// SumsBeside returns the path of the checksums of a manifest or a record.
func SumsBeside(file string) string { return strings.TrimSuffix(file, ManifestSuffix) + SumsSuffix }

// SumLine returns one line of a checksum file. Names that would break the line are escaped like sha256sum does
// (coreutils documentation, "md5sum invocation").
func SumLine(sum, name string) string {
	escaped := escapePath.Replace(name)
	if escaped != name {
		sum = `\` + sum
	}
	return sum + "  " + escaped + "\n"
}

var escapePath = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// SumsOf returns the checksums of an archive, whose file or folder is called name, and of its manifest.
func SumsOf(a *Archive, name string, manifest []byte) []byte {
	var b bytes.Buffer
	for _, f := range a.Files {
		file := name
		if f.Name != "" {
			file += "/" + f.Name
		}
		b.WriteString(SumLine(f.SHA256, file))
	}
	b.WriteString(SumLine(hex.EncodeToString(manifest), name+ManifestSuffix))
	return b.Bytes()
}

// CheckSums compares sum, the SHA-256 of a file, with the checksums beside the file. It reports whether there are
// any. If they do not match, the error wraps ErrFile.
func CheckSums(path string, sum []byte) (known bool, err error) {
	sums := SumsBeside(path)
	file, err := safefile.Open(sums, maxSums)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read the checksums: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	want := SumLine(hex.EncodeToString(sum), filepath.Base(path))
	_, name, _ := strings.Cut(want, "  ")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text() + "\n"
		if line == want {
			return true, nil
		}
		if strings.HasSuffix(line, "  "+name) {
			return true, fmt.Errorf("%w: it was changed after it was written: %s has another SHA-256 for it", ErrFile, sums)
		}
	}
	return true, fmt.Errorf("%w: %s has no SHA-256 for it", ErrFile, sums)
}
