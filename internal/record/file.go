package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ErrFile marks a record that cannot be used: edited, cut, or of another form.
var ErrFile = errors.New("the record cannot be used")

// Write writes the record as JSON.
func (r *Record) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
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
