//go:build unix

package chain_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
)

// slowWalk is the default suite with a verify_chain.sql that also sleeps: for a fixed time, and for
// each row of the range.
func slowWalk(t *testing.T, once, eachRow time.Duration) map[string]string {
	t.Helper()
	return map[string]string{"verify_chain.sql": fmt.Sprintf(`
		select v.*
		from (%s) as v,
			(select pg_sleep(%g)) as once,
			(
				select count(*)
				from (
					select pg_sleep(%g)
					from public.audit_events
					where seq >= coalesce(nullif(current_setting('pgroundtrip.after_pos', true), '')::bigint + 2, 0)
						and seq <= coalesce(nullif(current_setting('pgroundtrip.upto_pos', true), '')::bigint + 1, 1000000)
					offset 0
				) as row
			) as each_row`, storytest.QueryText(t, "verify_chain"), once.Seconds(), eachRow.Seconds())}
}

// A range that takes longer than the role's statement_timeout is walked in halves.
func TestAStatementTimeoutMakesRangesSmaller(t *testing.T) {
	server, conn := reader(t, "statement_timeout = '500ms'")
	for _, damage := range []string{"select 1",
		"update public.audit_events set actor = 'mallory' where seq in (77, 150)"} {
		if damage != "select 1" {
			layBare(t, conn)
		}
		storytest.MustExec(t, conn, damage)
		for _, rangeRows := range []int64{1000, 90} {
			o := verifyOptions(t, server, func(o *roundtrip.VerifyOptions) {
				o.Suite, o.RangeRows, o.AllBreaks = storytest.Overlay(t, slowWalk(t, 0, 8*time.Millisecond)), rangeRows, true
			})
			outcome, err := roundtrip.Verify(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if want := storytest.Verify(t, conn); outcome.Pre.VerifierWalked != 200 || outcome.Pre.FirstBreakPos != want.Pos ||
				outcome.Pre.FirstBreakID != want.ID {
				t.Errorf("got %+v, want %+v", *outcome.Pre, want)
			}
			requireBreaks(t, outcome, allBreaks(t, conn))
		}
	}
}

// If no range is short enough, the run ends with an error that names the cause, and never with a pass.
func TestAStatementTimeoutThatNothingFitsIntoIsAnError(t *testing.T) {
	server, _ := reader(t, "statement_timeout = '150ms'")
	o := verifyOptions(t, server, func(o *roundtrip.VerifyOptions) {
		o.Suite, o.Jobs, o.RangeRows = storytest.Overlay(t, slowWalk(t, time.Second, 0)), 2, 50
	})
	requireRefused(t, o, "statement_timeout = 150ms")
}

// requireRefused fails the test unless the run ends in time, with an error that contains the texts, and a hint.
func requireRefused(t *testing.T, o *roundtrip.VerifyOptions, texts ...string) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	outcome, err := roundtrip.Verify(ctx, o)
	if err == nil {
		t.Fatalf("the verdict is %s, want an error", outcome.Verdict())
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
	var hint *hint.Error
	if !errors.As(err, &hint) {
		t.Errorf("it does not say what to do: %v", err)
	}
	if took := time.Since(began); took > 50*time.Second {
		t.Errorf("it took %s", took)
	}
}

// Even the first query may take too long.
func TestATinyStatementTimeoutIsNeverAPass(t *testing.T) {
	server, _ := reader(t, "statement_timeout = '1ms'")
	o := verifyOptions(t, server,
		func(o *roundtrip.VerifyOptions) { o.Suite = storytest.Overlay(t, slowWalk(t, 10*time.Millisecond, 0)) })
	requireRefused(t, o, "statement", "timeout")
}

// A run waits for a lock of another session as long as the role's lock_timeout allows, else up to -timeout.
func TestALockIsNotWaitedForWithoutEnd(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings []string
		wait     time.Duration
	}{
		{"lock_timeout of the role", []string{"lock_timeout = '200ms'"}, time.Minute},
		{"no lock_timeout", nil, 200 * time.Millisecond},
		{"no lock_timeout, and no time", nil, 0},
		{"statement_timeout of the role", []string{"statement_timeout = '200ms'"}, time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, conn := reader(t, test.settings...)
			storytest.MustExec(t, conn, "begin; lock table public.audit_events in access exclusive mode")
			says := "timeout"
			if test.settings == nil || strings.HasPrefix(test.settings[0], "lock") {
				says = "lock timeout"
			}
			requireRefused(t, verifyOptions(t, server,
				func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows, o.Wait = 2, 50, test.wait }), says)
			storytest.MustExec(t, conn, "rollback")
		})
	}
}
