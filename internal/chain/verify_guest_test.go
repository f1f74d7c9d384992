//go:build unix

package chain_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// guestChain is a chain of 200 events on the shared server: the database, and a connection to it.
func guestChain(t *testing.T) (*cluster.Database, *pgx.Conn) {
	t.Helper()
	db, conn := pgtest.Built(t, pgtest.Server(t))
	storytest.MustExec(t, conn, storytest.Numbered, "e", 200)
	return db, conn
}

// heldLocks returns the modes of all table locks that other sessions of the database hold, and how many
// of these sessions have a writing transaction.
const heldLocks = `
	select coalesce(string_agg(distinct l.mode, ', '), ''), count(distinct a.pid) filter (where a.backend_xid is not null)
	from pg_stat_activity as a
	left join pg_locks as l on l.pid = a.pid and l.locktype = 'relation'
	where a.datname = current_database() and a.pid <> pg_backend_pid()`

// A verification holds no lock that a writer would wait for, and its answer does not include rows written
// meanwhile, whatever transaction defaults the database sets.
func TestVerifyIsAGuestThatNobodyWaitsFor(t *testing.T) {
	for _, readOnly := range []string{"off", "on"} {
		t.Run("default_transaction_read_only = "+readOnly, func(t *testing.T) {
			db, conn := guestChain(t)
			storytest.MustExec(t, conn, "alter database "+db.Name+" set default_transaction_read_only = "+readOnly)
			o := verifyOptions(t, storytest.At(t, pgtest.Server(t), "dbname", db.Name),
				func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows = 2, 10 })
			var errs []error
			seen := map[string]bool{}
			o.AfterRange = func(done int, _ string) { // one at a time
				var modes string
				var writing int
				errs = append(errs, conn.QueryRow(context.Background(), heldLocks).Scan(&modes, &writing))
				if seen[modes] = true; writing > 0 {
					errs = append(errs, fmt.Errorf("%d sessions write", writing))
				}
				_, err := conn.Exec(context.Background(), storytest.Numbered, fmt.Sprintf("while%d-", done), 2)
				errs = append(errs, err)
			}
			outcome, err := roundtrip.Verify(context.Background(), o)
			if err := errors.Join(append(errs, err)...); err != nil {
				t.Fatal(err)
			}
			if delete(seen, ""); len(seen) != 1 || !seen["AccessShareLock"] {
				t.Errorf("locks held: %v", seen)
			}
			if s := outcome.Pre; outcome.Verdict() != verdict.Pass || s.RowCount != 200 || s.VerifierWalked != 200 {
				t.Errorf("the verdict is %s: %+v", outcome.Verdict(), *s)
			}
			if rows := storytest.Snapshot(t, conn).Rows; rows != 240 {
				t.Errorf("%d rows in the end, want 240", rows)
			}
		})
	}
}

// No connection sees changes to the chain after the snapshot was taken.
func TestAllConnectionsSeeOneSnapshot(t *testing.T) {
	db, conn := guestChain(t)
	layBare(t, conn)
	var errs []error
	o := verifyOptions(t, storytest.At(t, pgtest.Server(t), "dbname", db.Name), func(o *roundtrip.VerifyOptions) {
		o.Jobs, o.RangeRows = 4, 5
		o.OnPhase = func(phase string) {
			if phase == "verify" {
				_, err := conn.Exec(context.Background(),
					"delete from public.audit_events where seq > 150; update public.audit_events set actor = 'mallory'")
				errs = append(errs, err)
			}
		}
	})
	outcome, err := roundtrip.Verify(context.Background(), o)
	if err := errors.Join(append(errs, err)...); err != nil {
		t.Fatal(err)
	}
	if len(errs) != 1 || outcome.Verdict() != verdict.Pass || outcome.Pre.VerifierWalked != 200 {
		t.Errorf("%d times damaged, the verdict is %s: %+v", len(errs), outcome.Verdict(), *outcome.Pre)
	}
	o.OnPhase = nil
	if outcome, err = roundtrip.Verify(context.Background(), o); err != nil || outcome.Verdict() != verdict.Fail {
		t.Errorf("the next run does not see it: %+v, %v", outcome, err)
	}
}

// Between two ranges no lock is held at all: a session that waits to change the table gets its turn, and so
// do those that queue behind it.
func TestBetweenRangesTheTableIsFree(t *testing.T) {
	db, conn := guestChain(t)
	o := verifyOptions(t, storytest.At(t, pgtest.Server(t), "dbname", db.Name),
		func(o *roundtrip.VerifyOptions) { o.RangeRows = 50 })
	var errs []error
	o.AfterRange = func(int, string) {
		_, err := conn.Exec(context.Background(),
			"begin; lock table public.audit_events in access exclusive mode nowait; rollback")
		if err != nil {
			_, rollbackErr := conn.Exec(context.Background(), "rollback")
			errs = append(errs, err, rollbackErr)
		}
	}
	outcome, err := roundtrip.Verify(context.Background(), o)
	if err := errors.Join(append(errs, err)...); err != nil {
		t.Fatal(err)
	}
	if outcome.Verdict() != verdict.Pass {
		t.Errorf("the verdict is %s", outcome.Verdict())
	}
}

// reader is the server as seen by a role that may read the chain, with settings of its own. Its database is
// dropped before the role.
func reader(t *testing.T, settings ...string) (server *cluster.Server, conn *pgx.Conn) {
	t.Helper()
	role := storytest.NewRole(t, pgtest.Server(t), "")
	db, conn := guestChain(t)
	user := role.DSN()["user"]
	storytest.MustExec(t, conn, "grant select on public.audit_events to "+user)
	for _, setting := range settings {
		storytest.MustExec(t, conn, "alter role "+user+" set "+setting)
	}
	return storytest.At(t, role, "dbname", db.Name), conn
}

// A role that may only read the chain can verify it, over any number of connections.
func TestARoleThatMayOnlyReadTheChainCanVerifyIt(t *testing.T) {
	server, _ := reader(t)
	for _, jobs := range []int{0, 1, 3} {
		outcome, err := roundtrip.Verify(context.Background(),
			verifyOptions(t, server, func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows, o.Rehash = jobs, 20, true }))
		if err != nil {
			t.Fatal(err)
		}
		if outcome.Verdict() != verdict.Pass || outcome.Pre.VerifierWalked != 200 {
			t.Errorf("%d jobs: the verdict is %s: %+v", jobs, outcome.Verdict(), *outcome.Pre)
		}
	}
}

// Half of the remaining connections stay free; if a role may have only one, one is used.
func TestAConnectionLimitIsRespected(t *testing.T) {
	role := storytest.NewRole(t, pgtest.Server(t), "connection limit 1")
	db, conn := guestChain(t)
	storytest.MustExec(t, conn, "grant select on public.audit_events to "+role.DSN()["user"])
	outcome, err := roundtrip.Verify(context.Background(),
		verifyOptions(t, storytest.At(t, role, "dbname", db.Name),
			func(o *roundtrip.VerifyOptions) { o.Jobs, o.RangeRows = 0, 20 }))
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Verdict() != verdict.Pass {
		t.Errorf("the verdict is %s", outcome.Verdict())
	}
}
