package history_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgroundtrip/internal/history"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

// now is the time for which these tests compute the status.
var now = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

// run is a run of a command that ended some days before now.
func run(daysAgo float64, command string, v verdict.Verdict, targets ...string) history.Run {
	return history.Run{Time: now.Add(-time.Duration(daysAgo * 24 * float64(time.Hour))), Command: command,
		Targets: targets,
		Verdict: v, Proof: v == verdict.Pass}
}

func unproven(r history.Run) history.Run {
	r.Proof = false
	return r
}

func TestStatus(t *testing.T) {
	const pass, fail, unknown = verdict.Pass, verdict.Fail, verdict.Error
	for _, tt := range []struct {
		name  string
		runs  []history.Run
		want  string // "command target: state" for each
		worst verdict.Verdict
	}{
		{"no run at all", nil, "", unknown},
		{"a pass within the time", []history.Run{run(1, "restore", pass, "a")}, "restore a: fresh", pass},
		{"a pass too long ago", []history.Run{run(9, "restore", pass, "a")}, "restore a: too old", fail},
		{"a pass at the very end of the time", []history.Run{run(8, "restore", pass, "a")}, "restore a: fresh", pass},
		{"the last run differs", []history.Run{run(2, "restore", pass, "a"), run(1, "restore", fail, "a")},
			"restore a: differs", fail},
		{"a difference that a later run does not have",
			[]history.Run{run(2, "restore", fail, "a"), run(1, "restore", pass, "a")},
			"restore a: fresh", pass},
		{"the last run could not tell", []history.Run{run(2, "restore", pass, "a"), run(1, "restore", unknown, "a")},
			"restore a: could not tell", unknown},
		{"it could not tell, and the proof is too old",
			[]history.Run{run(9, "restore", pass, "a"), run(1, "restore", unknown, "a")},
			"restore a: too old", fail},
		{"never proven", []history.Run{run(1, "restore", unknown, "a")}, "restore a: never proven", unknown},
		{"a pass that proves nothing", []history.Run{unproven(run(1, "restore", pass, "a"))}, "restore a: never proven",
			unknown},
		{"another command's proof is not this one's", []history.Run{run(1, "dump", pass, "a"), run(9, "restore", pass, "a")},
			"dump a: fresh, restore a: too old", fail},
		{"another target's proof is not this one's",
			[]history.Run{run(9, "verify", pass, "a@1"), run(1, "verify", pass, "a@2")},
			"verify a@1: too old, verify a@2: fresh", fail},
		{"an error before the target was known is every target's",
			[]history.Run{run(3, "verify", pass, "a"), run(2, "verify", pass, "b"),
				run(1, "verify", unknown), run(0.5, "verify", pass, "b"), run(0, "dump", unknown)},
			"dump : never proven, verify a: could not tell, verify b: fresh", unknown},
		{"several targets in one run", []history.Run{run(1, "check", pass, "a", "b")}, "check a: fresh, check b: fresh",
			pass},
		{"a proof by a clock that was wrong", []history.Run{run(-400, "verify", pass, "a")}, "verify a: could not tell",
			unknown},
		{"a clock that was turned back", []history.Run{run(1, "verify", pass, "a"), run(2, "verify", fail, "a")},
			"verify a: differs", fail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			targets := history.Status(tt.runs, now, 8*24*time.Hour)
			var got []string
			for _, target := range targets {
				got = append(got, fmt.Sprintf("%s %s: %s", target.Command, target.Target, target.State))
			}
			slices.Sort(got)
			if text := strings.Join(got, ", "); text != tt.want || history.Worst(targets) != tt.worst {
				t.Errorf("%s (%s), want %s (%s)", text, history.Worst(targets), tt.want, tt.worst)
			}
		})
	}
}

func TestStatusKeepsTheLastRecoveryTimes(t *testing.T) {
	var runs []history.Run
	for i := range 30 {
		r := run(float64(30-i), "restore", verdict.Pass, "a")
		r.RecoverySeconds = float64(i)
		runs = append(runs, r)
	}
	got := history.Status(runs, now, time.Hour)[0].RecoverySeconds
	if len(got) != 20 || got[0] != 10 || got[19] != 29 {
		t.Errorf("%v", got)
	}
}

func TestRecoveriesAreThoseOfTheSameTarget(t *testing.T) {
	var runs []history.Run
	for i := range 30 {
		for _, r := range []history.Run{run(float64(30-i), "restore", verdict.Pass, "a"),
			run(float64(30-i), "restore", verdict.Pass, "b"),
			run(float64(30-i), "check", verdict.Pass, "a")} {
			if r.RecoverySeconds = float64(i); i%2 == 0 { // it ended before the restore
				r.RecoverySeconds = 0
			}
			runs = append(runs, r)
		}
	}
	now := run(0, "restore", verdict.Fail, "a")
	if got := history.Recoveries(runs, &now); len(got) != 15 || got[14].RecoverySeconds != 29 {
		t.Errorf("without a time of its own: %+v", got)
	}
	now.RecoverySeconds = 99
	if got := history.Recoveries(slices.Concat(runs, runs), &now); len(got) != 20 || got[19].RecoverySeconds != 99 ||
		got[18].RecoverySeconds != 29 {
		t.Errorf("with one: %+v", got)
	}
	if got := history.Recoveries(nil, &now); len(got) != 1 {
		t.Errorf("alone: %+v", got)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	want := []history.Run{run(2, "dump", verdict.Pass, "a\nb"), run(1, "restore", verdict.Error)}
	for _, r := range want {
		if err := history.Append(path, &r); err != nil {
			t.Fatal(err)
		}
	}
	want[1].Targets = nil
	if got, notes, err := history.Read(path); err != nil || notes != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %q, %v", got, notes, err)
	}
}

// A run is killed at each byte of its line: neither the lines before nor the one after it is lost.
func TestATornLineIsLeftOut(t *testing.T) {
	first, torn, last := run(3, "dump", verdict.Pass, "a"), run(2, "dump", verdict.Fail, "a"), run(1, "dump", verdict.Pass,
		"b")
	path := filepath.Join(t.TempDir(), "history")
	for _, r := range []history.Run{first, torn} {
		if err := history.Append(path, &r); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from := strings.IndexByte(string(whole), '\n') + 1
	for end := from; end <= len(whole); end++ {
		if err := os.WriteFile(path, whole[:end], 0o600); err != nil {
			t.Fatal(err)
		}
		before, notes, err := history.Read(path)
		isTorn := end > from && end < len(whole)-1
		if isTorn != (len(notes) == 1) || len(before) == 0 || err != nil {
			t.Fatalf("%d bytes: %d runs, %q, %v", end, len(before), notes, err)
		}
		if err := history.Append(path, &last); err != nil {
			t.Fatal(err)
		}
		after, _, err := history.Read(path)
		if err != nil || len(after) != len(before)+1 || after[0].Targets[0] != "a" || after[len(after)-1].Targets[0] != "b" {
			t.Fatalf("%d bytes: %+v, %v", end, after, err)
		}
	}
}

func TestLinesThatAreNoRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	for _, line := range []string{
		`{}`, `null`, `[]`, `{"time":"2026-02-03T04:05:06Z","command":"dump","verdict":"fine","proof":true}`,
		`{"time":"2026-02-03T04:05:06Z","command":"dump","verdict":"fail","proof":true}`, `{"command":"dump","verdict":"pass"}`, ``, "\x00",
	} {
		if err := os.WriteFile(path, []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if runs, notes, err := history.Read(path); err != nil || len(runs) != 0 || len(notes) != 1 {
			t.Errorf("%q: %+v, %q, %v", line, runs, notes, err)
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	r := run(1, "dump", verdict.Pass, "a")
	gone := filepath.Join(t.TempDir(), "gone", "history")
	if _, _, err := history.Read(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := history.Append(gone, &r); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := history.Append(os.DevNull, &r); !errors.Is(err, safefile.ErrKind) {
		t.Error(err)
	}
}

func TestRunsThatEndAtOnceKeepTheirLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			r := run(1, "dump", verdict.Pass, strings.Repeat("a", 5000))
			if err := history.Append(path, &r); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if runs, notes, err := history.Read(path); err != nil || len(runs) != 40 || notes != nil {
		t.Errorf("%d runs, %q, %v", len(runs), notes, err)
	}
}

// The best of several tries counts: others use the machine too.
func TestTenThousandRunsAreReadInTime(t *testing.T) {
	path, line := filepath.Join(t.TempDir(), "history"), filepath.Join(t.TempDir(), "line")
	r := run(1, "restore", verdict.Pass, "shop@7412345678901234567")
	r.RecoverySeconds, r.Version = 12.345, "v1.2.3"
	if err := history.Append(line, &r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat(string(text), 10000)), 0o600); err != nil {
		t.Fatal(err)
	}
	best, least := time.Hour, time.Hour // the time of reading the lines is the measure: the machine may be slow
	for range 10 {
		start := time.Now()
		runs, _, err := history.Read(path)
		if targets := history.Status(runs, now, time.Hour); err != nil || len(runs) != 10000 || len(targets) != 1 {
			t.Fatal(len(runs), err)
		}
		best, start = min(best, time.Since(start)), time.Now()
		for range 10000 {
			var r history.Run
			if err := json.Unmarshal(text, &r); err != nil {
				t.Fatal(err)
			}
		}
		least = min(least, time.Since(start))
	}
	if t.Logf("best of 10: %s, of which %s for JSON", best, least); best > 3*least {
		t.Errorf("10,000 runs took %s, and their JSON alone %s", best, least)
	}
}
