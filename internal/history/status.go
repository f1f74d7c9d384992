package history

import (
	"cmp"
	"slices"
	"time"

	"pgroundtrip/internal/verdict"
)

// A State is what a line of the status means.
type State string

// The states. Fresh alone is good; TooOld and Differs are known to be bad, the others could not be told.
const (
	Fresh   State = "fresh"
	TooOld  State = "too old"
	Differs State = "differs"
	Unknown State = "could not tell"
	Never   State = "never proven"
)

// verdicts are what the states come to.
var verdicts = map[State]verdict.Verdict{Fresh: verdict.Pass, TooOld: verdict.Fail, Differs: verdict.Fail,
	Unknown: verdict.Error, Never: verdict.Error}

// Verdict is what the state comes to.
func (s State) Verdict() verdict.Verdict { return verdicts[s] }

// A Target is what is known about one target of one command.
type Target struct {
	Target      string          `json:"target"` // "" if no run of the command came far enough to know it
	Command     string          `json:"command"`
	State       State           `json:"state"`
	LastProven  *time.Time      `json:"last_proven"` // null: never
	LastRun     time.Time       `json:"last_run"`
	LastVerdict verdict.Verdict `json:"last_verdict"`
	// RecoverySeconds are the recovery times of the last runs, the newest last.
	RecoverySeconds []float64 `json:"recovery_seconds"`
}

// Recoveries are the newest runs of the command and target of r that restored something, r itself as the last one.
func Recoveries(runs []Run, r *Run) (all []Run) {
	for _, old := range append(slices.Clip(runs), *r) {
		if old.Command == r.Command && slices.Equal(old.Targets, r.Targets) && old.RecoverySeconds > 0 {
			all = append(all, old)
		}
	}
	return all[max(0, len(all)-mostRecoveries):]
}

// mostRecoveries is how many recovery times are kept of each target.
const mostRecoveries = 20

// maxAhead is how far the clock of another machine may be ahead.
const maxAhead = 5 * time.Minute

// Status is what the runs, in the order in which they ended, say at a moment about each target of each command: in the
// order of targets and commands. A run that ended before its target was known counts for every target of its command.
func Status(runs []Run, now time.Time, maxAge time.Duration) []*Target {
	var all []*Target
	for _, r := range runs {
		for _, name := range r.Targets {
			if find(all, r.Command, name) == nil {
				all = append(all, &Target{Target: name, Command: r.Command})
			}
		}
	}
	for _, r := range runs {
		if len(r.Targets) == 0 && !slices.ContainsFunc(all, func(t *Target) bool { return t.Command == r.Command }) {
			all = append(all, &Target{Command: r.Command})
		}
	}
	for _, r := range runs {
		for _, t := range all {
			if t.Command == r.Command && (len(r.Targets) == 0 || slices.Contains(r.Targets, t.Target)) {
				t.add(r)
			}
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

func find(all []*Target, command, target string) *Target {
	i := slices.IndexFunc(all, func(t *Target) bool { return t.Command == command && t.Target == target })
	if i < 0 {
		return nil
	}
	return all[i]
}

// add adds a run that is newer than those before it.
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

// judge returns what is known: what is known to be bad comes before what is not known.
func (t *Target) judge(now time.Time, maxAge time.Duration) State {
	switch {
	case t.LastVerdict == verdict.Fail:
		return Differs
	case t.LastProven == nil:
		return Never
	case t.LastProven.After(now.Add(maxAhead)):
		return Unknown // by a clock that was wrong: it would be fresh for ever
	case now.Sub(*t.LastProven) > maxAge:
		return TooOld
	case t.LastVerdict == verdict.Error:
		return Unknown
	}
	return Fresh
}

// Worst is the verdict over all targets: fail if any is known to be bad, else error if one could not be told or there
// is none, else pass.
func Worst(targets []*Target) verdict.Verdict {
	worst := verdict.Pass
	if len(targets) == 0 {
		worst = verdict.Error
	}
	for _, t := range targets {
		switch t.State.Verdict() {
		case verdict.Fail:
			return verdict.Fail
		case verdict.Error:
			worst = verdict.Error
		}
	}
	return worst
}
