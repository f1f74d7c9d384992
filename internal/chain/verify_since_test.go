//go:build unix

package chain_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// A walk that begins at an anchor finds damage after it.
func TestAWalkFromAnAnchorFindsWhatTheWholeWalkFinds(t *testing.T) {
	c := newWalkedChain(t)
	for seed := range uint64(max(1, *damageCases/6)) {
		v := newVandal(t, 1000+seed, 1, 0)
		events := 60 + v.IntN(longestChain-60+1)
		c.reset(t, events)
		anchor := c.anchorAt(t, 1+v.IntN(events-1))
		v.first, v.last = int(anchor.RowCount)+1, events
		spree := v.spreeBehind()
		storytest.MustExec(t, c.conn, strings.Join(spree, ";\n"))
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			whole := c.ask(t, func(o *roundtrip.VerifyOptions) { o.AllBreaks = true })
			since := way{"one range", func(o *roundtrip.VerifyOptions) { o.AllBreaks = true }}
			for _, w := range append(c.ways(v), since) {
				t.Run(w.name, func(t *testing.T) {
					got := c.ask(t, func(o *roundtrip.VerifyOptions) { w.change(o); o.Since = anchor })
					requireSameSince(t, got, whole, anchor)
				})
			}
			if t.Failed() {
				t.Logf("%d events, anchor %d; damage:\n%s", events, anchor.RowCount, strings.Join(spree, ";\n"))
			}
		})
	}
}

// requireSameSince is requireSameAnswer for a walk that began at the anchor, with all damage after it.
func requireSameSince(t *testing.T, got, whole *verdict.Report, anchor *record.Anchor) {
	t.Helper()
	want := *whole.Pre
	want.VerifierWalked -= anchor.RowCount
	if *got.Pre != want {
		t.Errorf("got  %+v\nwant %+v", *got.Pre, want)
	}
	if got.Verdict() != whole.Verdict() {
		t.Errorf("the verdict is %s, of the whole it is %s", got.Verdict(), whole.Verdict())
	}
	if got.Breaks != nil && !reflect.DeepEqual(got.Breaks, whole.Breaks) {
		t.Errorf("got breaks  %+v\nwant breaks %+v", breaksOf(got), breaksOf(whole))
	}
}

// An anchor that is no longer in the chain is a difference, whatever follows it.
func TestALostAnchorIsADifference(t *testing.T) {
	c := newWalkedChain(t)
	for _, test := range []struct{ name, damage, says string }{
		{"hashed again", "update public.audit_events set row_hash = repeat('0', 64) where seq = 40", "changed"},
		{"without a hash", "update public.audit_events set row_hash = null where seq = 40", "changed"},
		{"in upper case", "update public.audit_events set row_hash = upper(row_hash) where seq = 40", "changed"},
		{"deleted", "delete from public.audit_events where seq = 40", "missing"},
		{"deleted with all behind it", "delete from public.audit_events where seq >= 40", "missing"},
		{"deleted with all before it", "delete from public.audit_events where seq <= 40", "missing"},
		{"moved", "update public.audit_events set seq = 400 where seq = 40", "missing"},
		{"emptied", "truncate public.audit_events", "missing"},
		{"the row before it deleted and the rest renumbered",
			"delete from public.audit_events where seq = 39; update public.audit_events set seq = seq - 1 where seq > 39", "changed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.reset(t, 60)
			anchor := c.anchorAt(t, 40)
			storytest.MustExec(t, c.conn, test.damage)
			for _, jobs := range []int{1, 2} {
				o := c.ask(t, func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows, o.Since = jobs, 7, anchor })
				requireLostAnchor(t, o, test.says)
			}
		})
	}
}

// requireLostAnchor fails the test unless a check of class anchor failed and says why.
func requireLostAnchor(t *testing.T, o *verdict.Report, says string) {
	t.Helper()
	_, details := storytest.Failed(o)
	if o.Verdict() != verdict.Fail {
		t.Errorf("the verdict is %s, want fail", o.Verdict())
	}
	for _, c := range o.Checks {
		if c.Verdict == verdict.Fail && c.Class == "anchor" && strings.Contains(c.Detail, says) {
			return
		}
	}
	t.Errorf("no check says that the anchor is %s:\n%s", says, details)
}

// TestEvidenceOfAnotherDatabaseProvesNothing: it is refused, whatever chain it has.
func TestEvidenceOfAnotherDatabaseProvesNothing(t *testing.T) {
	db, conn := pgtest.Built(t, pgtest.Server(t))
	storytest.RunFile(t, conn, "workload/lifecycle")
	server := storytest.At(t, pgtest.Server(t), "dbname", db.Name)
	system := storytest.Value[string](t, conn, "select system_identifier::text from pg_control_system()")
	for _, tt := range []struct {
		name string
		of   record.Source
		want string
	}{
		{"of this one", record.Source{SystemIdentifier: system, Database: db.Name}, ""},
		{"that does not say", record.Source{}, ""},
		{"of another database", record.Source{SystemIdentifier: system, Database: "other"}, "of another database"},
		{"of another server", record.Source{SystemIdentifier: "1", Database: db.Name}, "of another database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := roundtrip.Verify(context.Background(), verifyOptions(t, server, func(o *roundtrip.VerifyOptions) {
				o.Since, o.SinceOf = &record.Anchor{RowCount: 1, HeadHash: "none"}, tt.of
			}))
			if (err != nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
