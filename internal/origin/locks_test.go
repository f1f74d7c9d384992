//go:build unix

package origin_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/locks"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// blockedDump dumps with a short patience, and requires that it ends soon with an error that says every text.
func blockedDump(t *testing.T, source *cluster.Server, texts ...string) {
	t.Helper()
	begun := time.Now()
	storytest.RefusedDump(t, source, func(o *origin.Options) { o.Timeout, o.Strict = time.Second, true }, texts...)
	if took := time.Since(begun); took > 25*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestALockThatIsHeldIsWaitedForAndItsHolderNamed(t *testing.T) {
	server := pgtest.Server(t)
	for name, c := range map[string]struct{ make, lock, says string }{
		"a table": {"", "lock table public.t in access exclusive mode",
			"holds public.t in access exclusive mode"},
		"a table being made": {"", "alter table public.t add column more int", "holds public.t in access exclusive mode"},
		"a child": {"create table public.c () inherits (public.t)", "truncate public.c",
			"holds public.c in access exclusive mode"},
		"a view": {"create view public.v as select * from public.t; create view public.w as select * from " +
			"public.v", "drop view public.w; drop view public.v", "holds public.v, public.w in access exclusive mode"},
		"a catalog of all databases": {"", "lock table pg_shdescription in access exclusive mode",
			"holds pg_catalog.pg_shdescription in access exclusive mode"},
		"a sequence": {"create sequence public.s", "drop sequence public.s",
			"holds public.s in access exclusive mode"},
		"a materialized view": {"create materialized view public.m as select 1 as one", "refresh materialized view public.m",
			"holds public.m in access exclusive mode"},
	} {
		t.Run(name, func(t *testing.T) {
			source, _ := storytest.Filled(t, server, "create table public.t (id int)", c.make)
			holder := storytest.Connection(t, storytest.At(t, source, "application_name", "migration 17"))
			storytest.MustExec(t, holder, "begin")
			storytest.MustExec(t, holder, c.lock)
			defer storytest.MustExec(t, holder, "rollback")
			blockedDump(t, source, fmt.Sprintf("the session %d %s", holder.PgConn().PID(), c.says), "application migration 17",
				"idle in transaction since",
				"query: "+c.lock, "-timeout")
		})
	}
}

// TestALockThatIsGivenBackIsWaitedFor: the wait is told, and the dump goes on.
func TestALockThatIsGivenBackIsWaitedFor(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), "create table public.t (id int)")
	holder := storytest.Connection(t, source)
	storytest.MustExec(t, holder, "begin; lock table public.t in access exclusive mode")
	done := make(chan struct{})
	go func() {
		defer close(done)
		time.Sleep(4 * time.Second)
		storytest.MustExec(t, holder, "commit")
	}()
	var log bytes.Buffer
	storytest.TakeDump(t, source, func(o *origin.Options) {
		o.Timeout = time.Minute
		o.Log = func(format string, args ...any) { fmt.Fprintf(&log, format+"\n", args...) }
	})
	<-done
	if want := fmt.Sprintf("waiting for locks: the session %d holds public.t in access exclusive mode", holder.PgConn().PID()); !strings.Contains(log.String(), want) {
		t.Errorf("log: %q, want %q", log.String(), want)
	}
}

// TestAWaitForAWaitIsNamed: a reader holds up an ALTER TABLE, and that holds up the dump.
func TestAWaitForAWaitIsNamed(t *testing.T) {
	source, watcher := storytest.Filled(t, pgtest.Server(t), "create table public.t (id int)")
	reader, changer := storytest.Connection(t, source), storytest.Connection(t, source)
	storytest.MustExec(t, reader, "begin; lock table public.t in access share mode")
	done := make(chan error, 1)
	go func() {
		_, err := changer.Exec(t.Context(), "alter table public.t add column more int")
		done <- err
	}()
	storytest.WaitUntil(t, watcher, "select exists (select from pg_locks where not granted and mode = 'AccessExclusiveLock')")
	blockedDump(t, source, fmt.Sprintf("the session %d waits for public.t in access exclusive mode",
		changer.PgConn().PID()), "alter table public.t add column more int")
	storytest.MustExec(t, reader, "commit")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestAPreparedTransactionThatHoldsALockIsNamed: it has no session to end.
func TestAPreparedTransactionThatHoldsALockIsNamed(t *testing.T) {
	server := pgtest.Under(t, "", cluster.Options{Settings: map[string]string{"max_prepared_transactions": "2"}})
	source, conn := storytest.Filled(t, server, "create table public.t (id int)")
	storytest.MustExec(t, conn, "begin; alter table public.t add column more int")
	storytest.MustExec(t, conn, "prepare transaction 'order 4711'")
	defer storytest.MustExec(t, conn, "rollback prepared 'order 4711'")
	blockedDump(t, source, "the prepared transaction 'order 4711' holds public.t in access exclusive mode",
		"rollback prepared")
}

// TestTooFewLocksAreRefusedBeforeTheFirst: and the setting that the hint names is enough.
func TestTooFewLocksAreRefusedBeforeTheFirst(t *testing.T) {
	const tables = "create table public.t_%d (id int generated always as identity primary key, name text unique);"
	under := func(locks string) *cluster.Server {
		settings := map[string]string{"max_locks_per_transaction": locks, "max_connections": "10", "max_wal_senders": "2"}
		source, conn := storytest.Filled(t, pgtest.Under(t, "", cluster.Options{Settings: settings}))
		for n := range 400 {
			storytest.MustExec(t, conn, fmt.Sprintf(tables, n))
		}
		return source
	}
	source := under("10")
	storytest.RefusedDump(t, source, nil, "1600 tables, indexes, views and sequences must be locked",
		"set max_locks_per_transaction = ")
	if err := locks.Need(context.Background(), storytest.Connection(t, source), locks.Budget{Least: 10, Most: 10}); err != nil {
		t.Errorf("a restore locks nothing in the database that it is asked in: %v", err)
	}
	_, err := storytest.TryDump(t, source, nil)
	setting := regexp.MustCompile(`max_locks_per_transaction = (\d+)`).FindStringSubmatch(storytest.FullText(err))
	if setting == nil {
		t.Fatalf("no setting is named: %s", storytest.FullText(err))
	}
	storytest.TakeDump(t, under(setting[1]), nil)
}
