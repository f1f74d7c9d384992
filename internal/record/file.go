package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrFile marks a record that cannot be used: edited, cut, or of another form.
var ErrFile = errors.New("the record cannot be used")

// Write writes the record as JSON, with no character that a terminal acts upon, result by result: the whole of it may
// be large.
func (r *Record) Write(w io.Writer) error {
	w = Graphic{w}
	const empty = "\n  \"results\": []" // no string of JSON holds a line break
	shell := *r
	shell.Results = []*Result{}
	text, err := indented(&shell, "")
	if err != nil {
		return err
	}
	before, after, _ := bytes.Cut(text, []byte(empty))
	parts := [][]byte{before, []byte(empty[:len(empty)-1])}
	for i, result := range r.Results {
		text, err := indented(result, "    ")
		if err != nil {
			return err
		}
		separator := ","
		if i == 0 {
			separator = ""
		}
		parts = append(parts, []byte(separator+"\n    "), text)
		if err := writeAll(w, parts...); err != nil {
			return err
		}
		parts = nil
	}
	if len(r.Results) > 0 {
		parts = append(parts, []byte("\n  "))
	}
	return writeAll(w, append(parts, []byte("]"), after, newline)...)
}

// indented is a value as JSON, without a line break at its end.
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

// WriteJSON writes v as one indented document. It holds no character that a terminal acts upon: those that JSON would
// let pass are in its strings as \u009b.
func WriteJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(Graphic{w})
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// Graphic writes JSON to a writer with the characters escaped that are not visible: all are within its strings. Each
// Write must hold whole characters, as those of an encoder do.
type Graphic struct{ To io.Writer }

// Write writes a document.
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

// Read reads a record. Errors wrap ErrFile.
func Read(from io.Reader) (*Record, error) {
	data, err := io.ReadAll(from)
	if err != nil {
		return nil, err
	}
	// The version first: a form that is not known has other fields, and that is not what is wrong.
	var form struct {
		FormatVersion *int   `json:"format_version"`
		Tool          string `json:"tool"`
	}
	if json.Unmarshal(data, &form) == nil && form.FormatVersion != nil && *form.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("%w: its format version is %d, this program reads %d; use the program that wrote it, %s",
			ErrFile, *form.FormatVersion, FormatVersion, cmp.Or(form.Tool, "which it does not name"))
	}
	r := &Record{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("%w: it is not the JSON that pgroundtrip writes: %w", ErrFile, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it goes on after its end", ErrFile)
	}
	if r.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("%w: it does not say its format version, %d", ErrFile, FormatVersion)
	}
	return r, r.check()
}

// check checks what a comparison leans on.
func (r *Record) check() error {
	if len(r.Results) == 0 {
		return fmt.Errorf("%w: it holds no result, so there is nothing to compare with", ErrFile)
	}
	for _, result := range r.Results {
		if err := result.Check(); err != nil {
			return fmt.Errorf("%w: %w", ErrFile, err)
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
