package report_test

import (
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/history"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

func TestStatusIsATable(t *testing.T) {
	proven := ended.Add(-50 * time.Hour)
	s := &report.Status{Verdict: verdict.Fail, Time: ended, MaxAgeSeconds: 8 * 86400, Notes: []string{hostileName},
		Targets: []*history.Target{
			{Target: "shop@1", Command: "restore", State: history.Fresh, LastProven: &proven, LastRun: ended,
				LastVerdict:     verdict.Pass,
				RecoverySeconds: []float64{1, 2, 4, 8, 4}},
			{Target: hostileName, Command: "verify", State: history.Differs, LastRun: ended, LastVerdict: verdict.Fail},
		}}
	for isTerminal, want := range map[bool]string{
		true:  "2026-02-01 02:05 (2 d ago)   2026-02-03 04:05   pass      4.00 s ▂▃▅█▅   fresh\n",
		false: "2026-02-01 02:05 (2 d ago)   2026-02-03 04:05   pass      4.00 s (longest of 5: 8.00 s)   fresh\n",
	} {
		var b strings.Builder
		if err := s.WriteText(&b, isTerminal); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); !strings.Contains(text, want) || strings.Count(text, "\n") != 7 ||
			strings.ContainsAny(text, "\x1b\u202e") ||
			!strings.HasSuffix(text, "\nFAIL: 1 of 2 differ, or were not proven within 8 d, or could not be told\n") {
			t.Errorf("%s", text)
		}
	}
}
