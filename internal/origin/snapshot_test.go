//go:build unix

package origin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// between the snapshot and pg_dump: every table is locked already.
const between = "dump and record"

func TestATableCannotBeEmptiedOrRewrittenBetweenSnapshotAndDump(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server,
		"create table public.bare (i int); insert into public.bare select generate_series(1, 1000)")
	storytest.MustExec(t, conn, "set lock_timeout = '200ms'")
	tried := 0
	b := storytest.TakeDump(t, source, func(o *origin.Options) {
		o.OnPhase = func(phase string) {
			if phase != between {
				return
			}
			for _, statement := range []string{"truncate public.bare", "alter table public.bare alter column i type bigint",
				"drop table public.bare"} {
				tried++
				if refused := storytest.Refusal(t, conn, statement); refused.Code != "55P03" {
					t.Errorf("%s: %v, want a lock timeout", statement, refused)
				}
			}
		}
	})
	if tried != 3 {
		t.Fatalf("%d statements were tried, want 3", tried)
	}
	storytest.RequirePass(t, storytest.AfterRestore(t, server, b, func(conn *pgx.Conn) {
		if got := storytest.Value[int](t, conn, "select count(*) from public.bare"); got != 1000 {
			t.Errorf("%d rows, want 1000", got)
		}
	}))
}

// A TRUNCATE that waits for the dump would have pg_dump wait for itself, and so all three for ever: it has its turn,
// and the dump begins again.
func TestATruncateThatWaitsForTheDumpHasItsTurn(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server,
		"create table public.bare (i int); insert into public.bare select generate_series(1, 1000)")
	watcher := storytest.Connection(t, source)
	done := make(chan error, 1)
	truncated := false
	b := storytest.TakeDump(t, source, func(o *origin.Options) {
		o.OnPhase = func(phase string) {
			if phase != between || truncated {
				return
			}
			truncated = true
			pid := conn.PgConn().PID()
			go func() {
				_, err := conn.Exec(context.Background(), "truncate public.bare")
				done <- err
			}()
			storytest.WaitUntil(t, watcher, fmt.Sprintf("select exists (select from pg_locks where pid = %d and not granted)", pid))
		}
	})
	if err := <-done; err != nil {
		t.Errorf("the TRUNCATE: %v", err)
	}
	storytest.RequirePass(t, storytest.AfterRestore(t, server, b, func(conn *pgx.Conn) {
		if got := storytest.Value[int](t, conn, "select count(*) from public.bare"); got != 0 {
			t.Errorf("%d rows, want none", got)
		}
	}))
}

// busyTables are what the writers write, beside the chain.
const busyTables = `
	create table public.accounts (id serial primary key, balance numeric not null default 0, touched timestamptz);
	insert into public.accounts (balance) select n from generate_series(1, 200) as n;
	create table public.journal (id bigint generated always as identity primary key, account int, change numeric);
	create sequence public.tickets increment by 3;`

// transaction is what a writer does once, as client number n of them.
const transaction = `
	begin;
	` + storytest.AppendEvents + `values ('w%[1]d-%[2]d', 'writer', 'user', 'x.y', 'thing', '%[2]d');
	update public.accounts set balance = balance + 1, touched = clock_timestamp() where id = 1 + %[2]d %% 150;
	insert into public.journal (account, change) values (%[2]d, nextval('public.tickets'));
	delete from public.journal where id %% 7 = 0 and id < %[2]d;
	insert into public.accounts (balance) values (%[2]d);
	delete from public.accounts where id = 200 + %[2]d;
	commit;`

func TestEveryRestoreEqualsItsManifestWhileWritersGoOn(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Chained(t, server, 50)
	if err := storytest.RunText(context.Background(), conn, busyTables); err != nil {
		t.Fatal(err)
	}
	stop := startWriters(t, source, 4)
	var dumps []*storytest.Backup
	var last int64
	for i := range 4 {
		// Each dump begins among writers: at least a hundred transactions after the one before.
		last += 100
		storytest.WaitUntil(t, conn, fmt.Sprintf("select count(*) > %d from public.audit_events", last))
		dumps = append(dumps, storytest.TakeDump(t, source, func(o *origin.Options) {
			if i%2 == 1 {
				o.Format, o.Jobs = "directory", 2
			}
		}))
		last = max(last, storytest.Value[int64](t, conn, "select count(*) from public.audit_events"))
	}
	if committed := stop(); committed < 300 {
		t.Fatalf("%d transactions, want hundreds", committed)
	}
	for i, b := range dumps {
		storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
		if i > 0 && b.Manifest.Chain.RowCount <= dumps[i-1].Manifest.Chain.RowCount {
			t.Errorf("dump %d has %d events, the one before %d", i, b.Manifest.Chain.RowCount,
				dumps[i-1].Manifest.Chain.RowCount)
		}
	}
	// The check of the last one can fail.
	o := storytest.Damaging(t, server, dumps[3], "select setval('public.tickets', 1)")
	storytest.RequireFails(t, o, "record/invariant/sequences", "tickets")
}

// startWriters starts clients that write until stop is called, which says how many transactions were
// committed.
func startWriters(t *testing.T, source *cluster.Server, clients int) (stop func() int64) {
	t.Helper()
	var committed atomic.Int64
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	for client := range clients {
		conn := storytest.Connection(t, source)
		group.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				_, err := conn.Exec(context.Background(), fmt.Sprintf(transaction, client, n))
				var refused *pgconn.PgError
				switch {
				case err == nil:
					committed.Add(1)
				// deadlock or serialization: an ordinary retry
				case errors.As(err, &refused) && strings.HasPrefix(refused.Code, "40"):
					if _, err := conn.Exec(context.Background(), "rollback"); err != nil {
						t.Error(err)
						return
					}
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	return func() int64 {
		cancel()
		group.Wait()
		return committed.Load()
	}
}

func TestADumpThatTheServerHasNoLocksForSaysWhatToDo(t *testing.T) {
	server := pgtest.On(t, "") // its own: nobody else gets a lock there either
	source, conn := storytest.Filled(t, server,
		"do $$ begin for n in 1..2000 loop execute format('create table t%s (n int)', n); end loop; end $$")
	// They stay although the statement fails: the session has them, not its transaction.
	if _, err := conn.Exec(context.Background(), "select count(pg_advisory_lock(n)) from generate_series(1, 10000000) as n"); err == nil {
		t.Fatal("the server has room for any number of locks")
	}
	// enough to connect
	storytest.MustExec(t, conn, "select count(pg_advisory_unlock(n)) from generate_series(1, 1000) as n")
	_, err := storytest.TryDump(t, source, nil)
	var hint *hint.Error
	if !errors.As(err, &hint) || !strings.Contains(hint.Hint, "raise max_locks_per_transaction") {
		t.Errorf("the error is %v, want one with a hint about max_locks_per_transaction", err)
	}
}
