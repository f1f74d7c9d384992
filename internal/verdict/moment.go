package verdict

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// CompareMoments adds a check that two records of one cluster show the same moment of its WAL, if one moment is exact
// and the other is known. It returns false if they do not: different rows are then no fault of the copy.
func (r *Report) CompareMoments(a, b *record.Record) (isSame bool) {
	if !a.IsSameCluster(b) || isOneServer(a, b) { // a record before and one after: differences are changes
		return true
	}
	was, is := a, b
	if !a.Moment.IsExact() {
		was, is = b, a
	}
	then, now := was.Moment.Position(), is.Moment.Position()
	switch isPromoted := !is.Moment.Standby && now.Timeline > then.Timeline; {
	case !was.Moment.IsExact():
		return true
	case !is.Moment.IsExact() && !isPromoted:
		if !then.Is(now) {
			r.Note("one side shows exactly %s, the other is in use and was at %s: what was written in between differs",
				then, now)
		}
		return true
	case !is.Moment.IsExact() && is.Moment.RecoveryEnd == nil:
		r.Add(Check{Name: "moment", Verdict: Error,
			Detail: fmt.Sprintf("one side shows %s; the other has left that timeline, and its role may not read where", then),
			Hint:   "grant execute on function pg_catalog.pg_read_file(text, bigint, bigint, boolean) to the role"})
		return false
	case !is.Moment.IsExact():
		now = *is.Moment.RecoveryEnd
	}
	if then.Is(now) {
		r.Assert("moment", true, "both show %s", then)
		return true
	}
	ofA, ofB := then, now
	if was == b {
		ofA, ofB = now, then
	}
	r.Add(Check{Name: "moment", Verdict: Error, Detail: fmt.Sprintf("another moment: A shows %s, B shows %s", ofA, ofB),
		Hint: "restore the backup again up to the moment of the other side: " + RecoveryTarget(then)})
	return false
}

// isOneServer reports whether two records of one cluster are of the same server.
func isOneServer(a, b *record.Record) bool {
	return !a.Moment.Standby && !b.Moment.Standby && a.Moment.Timeline == b.Moment.Timeline
}

// RecoveryTarget returns the settings with which a server recovers to a position and pauses there. The target is not
// inclusive: the WAL record that begins at the LSN comes after the moment.
func RecoveryTarget(p record.Position) string {
	return fmt.Sprintf("recovery_target_lsn = '%s', recovery_target_inclusive = off, recovery_target_timeline = '%d', "+
		"recovery_target_action = pause", p.LSN, p.Timeline)
}

// LostInWAL returns the expected differences of a copy b that was made from files and WAL of a; nil if b is not such
// a copy, or is the source itself.
func LostInWAL(a, b *record.Record) (lost []record.Expectation) {
	if !a.IsSameCluster(b) || isOneServer(a, b) {
		return nil
	}
	for _, e := range a.Expected {
		if e.Copy != "" {
			lost = append(lost, e)
		}
	}
	for _, result := range a.Results {
		lost = append(lost, aheadInWAL(result, a.Moment.Standby)...)
	}
	for i := range lost {
		lost[i].Quiet = true
	}
	return lost
}

// aheadInWAL returns expectations for the rows of a result about sequences. A primary writes each sequence to WAL up
// to 32 values before they are handed out (SEQ_LOG_VALS in PostgreSQL); its files have the exact value. A standby has
// either value, depending on whether its base backup is younger than the WAL record, and so has a copy of it.
func aheadInWAL(older *record.Result, ofStandby bool) (ahead []record.Expectation) {
	grows := slices.Index(older.Columns, older.About.Grows)
	if older.About.Grows == "" || grows < 0 {
		return nil
	}
	for i, text := range older.Kept {
		row := strings.Split(text, "\t")
		upTo := row[grows]
		if older.Ends != nil {
			upTo = older.Ends[i]
		}
		from, most := "", big.NewInt(32)
		if n, isNumber := new(big.Int).SetString(upTo, 10); isNumber && n.Sign() > 0 {
			if least := new(big.Int).Sub(n, most); ofStandby && least.Sign() > 0 {
				from = least.String()
			} else if ofStandby {
				from = "1"
			}
			upTo = n.Add(n, most).String()
		} else if isNumber { // never called
			continue
		}
		row = row[:older.About.Keys]
		ahead = append(ahead, record.Expectation{Query: older.Query, Key: record.NameKeys(older.Columns, row),
			Column: older.About.Grows, UpTo: upTo, From: from, What: "how far " + strings.Join(row, ".") + " is",
			Reason: "WAL has sequences up to 32 values ahead"})
	}
	return ahead
}
