package resume_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/resume"
)

// written returns a file with a question and three answers.
func written(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "resume")
	f, err := resume.Begin(path, "question")
	for _, answer := range []string{"one", "two", "three"} {
		err = errors.Join(err, f.Add(answer))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(path string) (texts []string, err error) {
	lines, err := resume.Read(path)
	for _, line := range lines {
		var text string
		err = errors.Join(err, resume.Decode(line, &text))
		texts = append(texts, text)
	}
	return texts, err
}

// TestWhatWasKeptIsRead also requires that a line which a killed run did not finish is ignored.
func TestWhatWasKeptIsRead(t *testing.T) {
	path := written(t)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"question", "one", "two", "three"}
	for cut, want := range map[int][]string{0: all, 1: all[:3], len(data) / 8: all[:3]} {
		if err := os.WriteFile(path, data[:len(data)-cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := read(path); err != nil || !slices.Equal(got, want) {
			t.Errorf("without the last %d bytes: %q, %v", cut, got, err)
		}
	}
}

func TestAFileThatWasChangedIsRefused(t *testing.T) {
	swap := func(data []byte) []byte {
		lines := bytes.SplitAfter(data, []byte("\n"))
		lines[1], lines[2] = lines[2], lines[1]
		return bytes.Join(lines, nil)
	}
	for name, change := range map[string]func([]byte) []byte{
		"an answer":           func(b []byte) []byte { return bytes.Replace(b, []byte("two"), []byte("2"), 1) },
		"the question":        func(b []byte) []byte { return bytes.Replace(b, []byte("question"), []byte("other"), 1) },
		"two lines swapped":   swap,
		"a line left out":     func(b []byte) []byte { return b[bytes.IndexByte(b, '\n')+1:] },
		"a line added":        func(b []byte) []byte { return append(b, "{\"value\":\"x\",\"sha256\":\"\"}\n"...) },
		"no JSON":             func(b []byte) []byte { return append(b, "x\n"...) },
		"nothing":             func([]byte) []byte { return nil },
		"one line, not ended": func(b []byte) []byte { return b[:20] },
	} {
		path := written(t)
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, change(data), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read(path); !errors.Is(err, resume.ErrFile) || hint.Of(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyAFileOfThisUsersOwnIsRead(t *testing.T) {
	path := written(t)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o620); err != nil {
		t.Fatal(err)
	}
	if _, err := read(path); !errors.Is(err, resume.ErrFile) || !strings.Contains(err.Error(), "others may write") {
		t.Errorf("%v", err)
	}
}

// TestWithoutAPathNothingIsKept also covers a file that does not exist.
func TestWithoutAPathNothingIsKept(t *testing.T) {
	f, err := resume.Begin("", "question")
	if err := errors.Join(err, f.Add("one"), f.Close(), f.Forget()); f != nil || err != nil {
		t.Errorf("%v, %v", f, err)
	}
	for _, path := range []string{"", filepath.Join(t.TempDir(), "none")} {
		if lines, err := resume.Read(path); lines != nil || err != nil {
			t.Errorf("%q: %q, %v", path, lines, err)
		}
	}
	path := written(t)
	if f, err = resume.Begin(path, "other"); err != nil {
		t.Fatal(err)
	}
	if got, err := read(path); err != nil || !slices.Equal(got, []string{"other"}) {
		t.Errorf("begun anew: %q, %v", got, err)
	}
	if err := f.Forget(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
