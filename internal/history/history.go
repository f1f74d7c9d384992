// Package history keeps the history of runs: one line of JSON each, in a file that is only appended to.
package history

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

// A Run is one line of the history.
type Run struct {
	Time    time.Time `json:"time"` // when it ended, in UTC
	Command string    `json:"command"`
	// Targets are what the run was about; empty if it ended before that was known.
	Targets []string        `json:"targets"`
	Verdict verdict.Verdict `json:"verdict"`
	// Proof is whether the run proved something: a restore without a manifest passes but proves nothing.
	Proof           bool    `json:"proof"`
	RecoverySeconds float64 `json:"recovery_seconds,omitempty"` // how long the restore took
	Version         string  `json:"version,omitempty"`          // of pgroundtrip
	StatementSHA256 string  `json:"statement_sha256,omitempty"` // of the run's statement, if it wrote one
}

// LastStatement returns the SHA-256 of the newest statement in runs, or "".
func LastStatement(runs []Run) string {
	for _, r := range slices.Backward(runs) {
		if r.StatementSHA256 != "" {
			return r.StatementSHA256
		}
	}
	return ""
}

// Append adds a line to the file and returns once it is on disk. If an interrupted run left an incomplete line, that
// is ended first, so that it does not spoil the new one.
func Append(path string, r *Run) (err error) {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE|platform.NonBlock, safefile.Public)
	if err != nil {
		return fmt.Errorf("could not write the history: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := appendLine(file, append(line, '\n')); err != nil {
		return fmt.Errorf("could not write the history %s: %w", path, err)
	}
	return nil
}

func appendLine(file *os.File, line []byte) error {
	// Two runs may end at once. Without locks each line is still a single write.
	_ = platform.AwaitLock(file)
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return safefile.ErrKind
	}
	if size := info.Size(); size > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := file.Write(line); err != nil {
		return err
	}
	return file.Sync()
}

// maxBytes bounds the size of a file that is read.
const maxBytes = 1 << 30

// Read returns the runs of a file in the order of its lines, and a note for each line that is not a complete run,
// such as the partial line of a killed run.
func Read(path string) (runs []Run, notes []string, err error) {
	data, err := safefile.Read(path, maxBytes)
	if err != nil {
		return nil, nil, fmt.Errorf("could not read the history: %w", err)
	}
	number := 0
	for line := range bytes.Lines(data) {
		number++
		var r Run
		if err := json.Unmarshal(line, &r); err != nil || !r.isWhole() {
			notes = append(notes, fmt.Sprintf("line %d of %s is not a complete run and was ignored", number, path))
			continue
		}
		runs = append(runs, r)
	}
	return runs, notes, nil
}

// isWhole reports whether the line has what every run has.
func (r *Run) isWhole() bool {
	isVerdict := r.Verdict == verdict.Pass || r.Verdict == verdict.Fail || r.Verdict == verdict.Error
	return isVerdict && r.Command != "" && !r.Time.IsZero() && (!r.Proof || r.Verdict == verdict.Pass)
}
