// Package resume reads and writes the file of -resume: the parameters of an interrupted run and its results so far,
// from which the next run continues.
package resume

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/safefile"
)

// ErrFile marks a file of -resume that does not fit this run.
var ErrFile = errors.New("cannot resume from the file of -resume")

// maxBytes bounds the size of a file that is read.
const maxBytes = 1 << 30

// A File is the file of -resume of a run; only this user may read it. Its first line is the question (what the run
// was asked), each other line an answer, written as soon as it is known. Methods of a nil File do nothing.
type File struct {
	mu   sync.Mutex
	file *os.File
	last string // the checksum of the previous line
}

// A line is a question or an answer. SHA256 is the hash of the previous line's hash and the value; it detects
// accidental changes.
type line struct {
	Value  json.RawMessage `json:"value"`
	SHA256 string          `json:"sha256"`
}

func sealed(value json.RawMessage, last string) line {
	sum := sha256.Sum256(append([]byte(last), value...))
	return line{value, hex.EncodeToString(sum[:])}
}

// Read returns what an interrupted run left: its question, then its answers. It returns nothing if path is "" or the
// file does not exist. A last line without a newline, of a run that was killed while writing it, is ignored.
func Read(path string) (lines []json.RawMessage, err error) {
	if path == "" {
		return nil, nil
	}
	file, err := safefile.OpenOwn(path, maxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, hint.With(fmt.Errorf("%w: %w", ErrFile, err),
			"name a file in a folder of your own, or remove the file to start again")
	}
	data, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFile, err)
	}
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	last := ""
	for text := range bytes.Lines(whole) {
		var l line
		switch err := Decode(text, &l); {
		case err != nil:
			return nil, Refuse(path, err)
		case sealed(l.Value, last).SHA256 != l.SHA256:
			return nil, Refuse(path, errors.New("it was changed after it was written"))
		}
		lines, last = append(lines, l.Value), l.SHA256
	}
	if lines == nil {
		return nil, Refuse(path, errors.New("it has no complete line"))
	}
	return lines, nil
}

// Decode reads JSON and refuses unknown fields.
func Decode(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("this program does not write such a file: %w", err)
	}
	return nil
}

// Refuse returns the error for a file that this run cannot resume from, and why.
func Refuse(path string, why error) error {
	return hint.With(fmt.Errorf("%w %s: %w", ErrFile, path, why),
		"repeat the command that was interrupted, or remove the file to start again")
}

// Advise adds to the error of a run what was kept, and that the same command resumes from there. Existing advice
// about the cause comes first.
func Advise(err error, kept string) error {
	if err == nil {
		return nil
	}
	advice := kept + ": the same command resumes from there"
	if first := hint.Of(err); first != "" {
		advice = first + "; " + advice
	}
	return hint.With(err, advice)
}

// Begin creates the file, or replaces it, and writes the question. It returns nil if path is "".
func Begin(path string, question any) (*File, error) {
	if path == "" {
		return nil, nil
	}
	f := &File{}
	text, err := f.seal(question)
	if err == nil {
		err = safefile.Write(path, text, safefile.Private)
	}
	if err == nil {
		f.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND|platform.NoFollow, 0)
	}
	if err != nil {
		return nil, cannotWrite(err)
	}
	return f, nil
}

// seal returns the line of a value.
func (f *File) seal(value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	l := sealed(data, f.last)
	f.last = l.SHA256
	text, err := json.Marshal(l)
	return append(text, '\n'), err
}

// Add appends an answer.
func (f *File) Add(answer any) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	text, err := f.seal(answer)
	if err == nil {
		_, err = f.file.Write(text)
	}
	if err != nil {
		return cannotWrite(err)
	}
	return nil
}

func cannotWrite(err error) error { return fmt.Errorf("could not write the file of -resume: %w", err) }

// Close closes the file and leaves it for the next run.
func (f *File) Close() error {
	if f == nil {
		return nil
	}
	return f.file.Close()
}

// Forget removes the file of a completed run: the next run starts from the beginning.
func (f *File) Forget() error {
	if f == nil {
		return nil
	}
	err := f.file.Close()
	if gone := os.Remove(f.file.Name()); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}
