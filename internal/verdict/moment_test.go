package verdict_test

import (
	"strings"
	"testing"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// TestSequencesAreUpTo32AheadInWAL: in a physical copy of a primary, in that column only, and not more than 32.
func TestSequencesAreUpTo32AheadInWAL(t *testing.T) {
	of := func(standby bool, timeline int, row string) *record.Record {
		about := suite.About{Keys: 1, Class: "content", Keeps: true, Grows: "handed_out"}
		result := (&record.Result{Query: "invariant/sequences", About: about,
			Columns: []string{"sequence", "last_value", "handed_out"}, Rows: 1}).With([]string{row})
		return &record.Record{Source: record.Source{SystemIdentifier: "7", Database: "d"}, Results: []*record.Result{result},
			Moment: record.Moment{LSN: "0/10", Timeline: timeline, Standby: standby, Kind: "snapshot"}}
	}
	for _, tt := range []struct {
		name     string
		was, is  string
		standby  bool
		timeline int
		want     verdict.Verdict
	}{
		{"the same", "s\t5\t5", "s\t5\t5", true, 1, verdict.Pass},
		{"32 ahead", "s\t5\t5", "s\t37\t37", true, 1, verdict.Pass},
		{"32 ahead, promoted", "s\t5\t5", "s\t37\t37", false, 2, verdict.Pass},
		{"32 ahead on the same server", "s\t5\t5", "s\t37\t37", false, 1, verdict.Fail},
		{"33 ahead", "s\t5\t5", "s\t38\t38", true, 1, verdict.Fail},
		{"behind", "s\t5\t5", "s\t4\t4", true, 1, verdict.Fail},
		{"32 behind", "s\t50\t50", "s\t18\t18", true, 1, verdict.Fail},
		{"further than 32 back", "s\t50\t50", "s\t17\t17", true, 1, verdict.Fail},
		{"not called", "s\t5\t5", "s\t1\t0", true, 1, verdict.Fail},
		{"never called", "s\t1\t0", "s\t1\t1", true, 1, verdict.Fail},
		{"another, with as many handed out", "s\t5\t5", "s\t6\t5", true, 1, verdict.Fail},
		{"one that cycles", "s\t5\t\\N", "s\t3\t\\N", true, 1, verdict.Pass},
		{"one that does not cycle any more", "s\t5\t\\N", "s\t3\t3", true, 1, verdict.Fail},
		{"gone", "s\t5\t5", "t\t5\t5", true, 1, verdict.Fail},
	} {
		a, b := of(false, 1, tt.was), of(tt.standby, tt.timeline, tt.is)
		o := &verdict.Report{Expected: verdict.LostInWAL(a, b)}
		if err := o.Compare(a, b, &verdict.Options{}); err != nil {
			t.Fatal(err)
		}
		if got := o.Verdict(); got != tt.want {
			t.Errorf("%s: %s, want %s: %s", tt.name, got, tt.want, o.Checks[0].Detail)
		}
		a.Moment.Standby = true
		o = &verdict.Report{Expected: verdict.LostInWAL(a, b)}
		if err := o.Compare(a, b, &verdict.Options{}); err != nil {
			t.Fatal(err)
		}
		// A standby is ahead of its primary's files, or was made of them.
		want := tt.want
		if strings.HasSuffix(tt.name, "behind") || strings.HasSuffix(tt.name, "on the same server") {
			want = verdict.Pass
		}
		if o.Verdict() != want {
			t.Errorf("%s, recorded on a standby: %s", tt.name, o.Verdict())
		}
	}
}

// TestTwoMomentsAreNeverProven: two moments of one cluster, by LSN and timeline, in any notation.
func TestTwoMomentsAreNeverProven(t *testing.T) {
	at := func(kind, lsn string, timeline int, end string) *record.Record {
		r := &record.Record{Source: record.Source{SystemIdentifier: "7", Database: "d"},
			Moment: record.Moment{LSN: lsn, Timeline: timeline, Kind: kind, Standby: kind == "paused"}}
		if end != "" {
			r.Moment.RecoveryEnd = &record.Position{LSN: end, Timeline: 1}
		}
		return r
	}
	exact := at("paused", "1/A0", 1, "")
	for _, tt := range []struct {
		name  string
		other *record.Record
		want  bool
		said  int // checks
	}{
		{"the same", at("paused", "1/A0", 1, ""), true, 1},
		{"the same, as 19 writes it", at("paused", "1/000000A0", 1, ""), true, 1},
		{"another LSN", at("paused", "1/A8", 1, ""), false, 1},
		{"another upper half", at("paused", "0/A0", 1, ""), false, 1},
		{"another timeline", at("paused", "1/A0", 2, ""), false, 1},
		{"a barrier there", at("barrier", "1/A0", 1, ""), true, 1},
		{"no LSN", at("paused", "", 1, ""), false, 1},
		{"promoted there", at("snapshot", "1/B0", 2, "1/A0"), true, 1},
		{"promoted elsewhere", at("snapshot", "1/A0", 2, "1/B0"), false, 1},
		{"promoted, nobody knows where", at("snapshot", "1/A0", 2, ""), false, 1},
		{"a primary in service", at("snapshot", "1/B0", 1, ""), true, 0},
		{"promoted before the record", at("snapshot", "1/B0", 1, "0/10"), true, 0},
	} {
		for _, sides := range [][2]*record.Record{{exact, tt.other}, {tt.other, exact}} {
			var o verdict.Report
			if got := o.CompareMoments(sides[0], sides[1]); got != tt.want || len(o.Checks) != tt.said || !got &&
				o.Verdict() != verdict.Error {
				t.Errorf("%s: %t, want %t: %+v", tt.name, got, tt.want, o.Checks)
			}
			if isInUse := tt.said == 0; isInUse != (len(o.Notes) == 1) {
				t.Errorf("%s: %q", tt.name, o.Notes)
			}
		}
	}
	var ownTwice verdict.Report
	if !ownTwice.CompareMoments(at("quiet", "1/A0", 1, ""), at("quiet", "1/B0", 1, "")) || len(ownTwice.Checks) > 0 {
		t.Errorf("one primary at two times: %+v", ownTwice.Checks)
	}
	elsewhere := at("paused", "1/B0", 1, "")
	elsewhere.Source.SystemIdentifier = "8"
	var o verdict.Report
	if !o.CompareMoments(exact, elsewhere) || len(o.Checks) > 0 {
		t.Errorf("another cluster: %+v", o.Checks)
	}
}
