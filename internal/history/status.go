package history

import (
	"cmp"
	"slices"
	"time"

	"pgroundtrip/internal/verdict"
)

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
