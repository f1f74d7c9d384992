// Package history keeps the history of runs: one line of JSON each, in a file that is only appended to.
package history

import (
	"bytes"
	"cmp"
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

// A State is the state of one target.
type State string

// The states. Only Fresh is good; TooOld and Differs are known to be bad; the others are undecided.
const (
	Fresh   State = "fresh"
	TooOld  State = "too old"
	Differs State = "differs"
	Unknown State = "could not tell"
	Never   State = "never proven"
)

// verdicts maps each state to its verdict.
var verdicts = map[State]verdict.Verdict{Fresh: verdict.Pass, TooOld: verdict.Fail, Differs: verdict.Fail,
	Unknown: verdict.Error, Never: verdict.Error}

// Verdict returns the verdict of the state.
func (s State) Verdict() verdict.Verdict { return verdicts[s] }

// A Target is the status of one target of one command.
type Target struct {
	Target      string          `json:"target"` // "" if no run of the command got far enough to know it
	Command     string          `json:"command"`
	State       State           `json:"state"`
	LastProven  *time.Time      `json:"last_proven"` // null: never
	LastRun     time.Time       `json:"last_run"`
	LastVerdict verdict.Verdict `json:"last_verdict"`
	// RecoverySeconds are the recovery times of the last runs, oldest first.
	RecoverySeconds []float64 `json:"recovery_seconds"`
}

// Recoveries returns the newest runs with the command and target of r that restored something, ending with r itself.
func Recoveries(runs []Run, r *Run) (all []Run) {
	for _, old := range append(slices.Clip(runs), *r) {
		if old.Command == r.Command && slices.Equal(old.Targets, r.Targets) && old.RecoverySeconds > 0 {
			all = append(all, old)
		}
	}
	return all[max(0, len(all)-mostRecoveries):]
}

// mostRecoveries is the number of recovery times kept for each target.
const mostRecoveries = 20

// maxAhead is how far the clock of another machine may be ahead.
const maxAhead = 5 * time.Minute

// Status returns the status of each target of each command at now, ordered by target and command. Requires runs in
// the order in which they ended. A run that ended before its target was known counts for every target of its command.
func Status(runs []Run, now time.Time, maxAge time.Duration) []*Target {
	var all []*Target
	known, of := map[[2]string]*Target{}, map[string][]*Target{} // by command and target, by command
	get := func(command, name string) *Target {
		t := known[[2]string{command, name}]
		if t == nil {
			t = &Target{Target: name, Command: command}
			all, known[[2]string{command, name}], of[command] = append(all, t), t, append(of[command], t)
		}
		return t
	}
	for _, r := range runs {
		for _, name := range r.Targets {
			get(r.Command, name)
		}
	}
	for _, r := range runs {
		if len(r.Targets) == 0 && of[r.Command] == nil {
			get(r.Command, "")
		}
	}
	for _, r := range runs {
		targets := of[r.Command]
		if len(r.Targets) > 0 {
			targets = nil
		}
		for _, name := range slices.Compact(slices.Sorted(slices.Values(r.Targets))) {
			targets = append(targets, get(r.Command, name))
		}
		for _, t := range targets {
			t.add(r)
		}
	}
	for _, t := range all {
		t.State = t.judge(now, maxAge)
	}
	slices.SortFunc(all, func(a, b *Target) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Command, b.Command))
	})
	return all
}

// add adds a run. Requires runs to be added in the order in which they ended.
func (t *Target) add(r Run) {
	t.LastRun, t.LastVerdict = r.Time, r.Verdict
	if r.Proof && (t.LastProven == nil || r.Time.After(*t.LastProven)) {
		t.LastProven = &r.Time
	}
	if r.RecoverySeconds > 0 {
		t.RecoverySeconds = append(t.RecoverySeconds, r.RecoverySeconds)
		t.RecoverySeconds = t.RecoverySeconds[max(0, len(t.RecoverySeconds)-mostRecoveries):]
	}
}

// judge returns the state. Known to be bad takes precedence over unknown.
func (t *Target) judge(now time.Time, maxAge time.Duration) State {
	switch {
	case t.LastVerdict == verdict.Fail:
		return Differs
	case t.LastProven == nil:
		return Never
	case t.LastProven.After(now.Add(maxAhead)):
		return Unknown // the clock was wrong: it would be fresh for ever
	case now.Sub(*t.LastProven) > maxAge:
		return TooOld
	case t.LastVerdict == verdict.Error:
		return Unknown
	}
	return Fresh
}

// Worst returns the verdict over all targets: fail if any is known to be bad, else error if any is undecided or there
// are none, else pass.
func Worst(targets []*Target) verdict.Verdict {
	return verdict.Worst(targets, func(t *Target) verdict.Verdict { return t.State.Verdict() })
}
