//go:build unix

package sql_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

const oneEvent = storytest.AppendEvents + "values ($1, 'a', 'user', 'x.y', 'thing', 'e')"

// together runs do once per writer at the same time, each with a connection of its own.
func together(t *testing.T, db *cluster.Database, writers int, do func(writer int, conn *pgx.Conn) error) {
	t.Helper()
	errs := make(chan error, writers)
	for writer := range writers {
		conn := pgtest.Connect(t, db)
		go func() { errs <- do(writer, conn) }()
	}
	for range writers {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

func TestEightWritersMakeOneChain(t *testing.T) {
	const writers, events = 8, 250
	db, conn := pgtest.Built(t, pgtest.Server(t))
	together(t, db, writers, func(writer int, conn *pgx.Conn) error {
		for n := range events {
			if _, err := conn.Exec(context.Background(), oneEvent, fmt.Sprintf("%d-%d", writer, n)); err != nil {
				return err
			}
		}
		return nil
	})
	if got := storytest.Verify(t, conn); got != storytest.Whole(writers*events) {
		t.Errorf("got %+v, want %d rows, whole", got, writers*events)
	}
	if got := storytest.Snapshot(t, conn).Rows; got != writers*events {
		t.Errorf("%d rows, want %d", got, writers*events)
	}
}

// A transaction whose view of the chain is stale fails with 40001, the error that retry loops know.
func TestAStaleTransactionIsToldToRetry(t *testing.T) {
	for _, level := range []string{"repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			db, conn := pgtest.Built(t, pgtest.Server(t))
			other := pgtest.Connect(t, db)
			storytest.MustExec(t, conn, "begin isolation level "+level)
			storytest.MustExec(t, conn, "select count(*) from public.audit_events")
			storytest.MustExec(t, other, oneEvent, "other")
			_, err := conn.Exec(context.Background(), oneEvent, "stale")
			var refused *pgconn.PgError
			if !errors.As(err, &refused) || refused.Code != serializationFailure {
				t.Fatalf("a stale insert says %v, want SQLSTATE %s", err, serializationFailure)
			}
			storytest.MustExec(t, conn, "rollback")
			storytest.MustExec(t, conn, oneEvent, "again")
			if got := storytest.Verify(t, conn); got != storytest.Whole(2) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

const serializationFailure = "40001"

// Whatever writers do at the same time, the committed events are one chain.
func TestRandomWritersMakeOneChain(t *testing.T) {
	for _, level := range []string{"read committed", "repeatable read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			const writers, transactions = 4, 40
			db, conn := pgtest.Built(t, pgtest.Server(t))
			var mutex sync.Mutex
			var committed []string
			together(t, db, writers, func(writer int, conn *pgx.Conn) error {
				w := &randomWriter{conn: conn, name: fmt.Sprint(writer), random: rand.New(rand.NewPCG(2026, uint64(writer)))}
				for range transactions {
					if err := w.transaction(level); err != nil {
						return err
					}
				}
				mutex.Lock()
				defer mutex.Unlock()
				committed = append(committed, w.committed...)
				return nil
			})
			ids := storytest.Value[[]string](t, conn, "select array_agg(id order by id collate \"C\") from public.audit_events")
			if slices.Sort(committed); !slices.Equal(ids, committed) {
				t.Errorf("%d events in the table, %d committed", len(ids), len(committed))
			}
			if got := storytest.Verify(t, conn); got != storytest.Whole(int64(len(committed))) {
				t.Errorf("got %+v, want %d rows, whole", got, len(committed))
			}
		})
	}
}

// A randomWriter makes transactions of events, savepoints and rollbacks, and keeps what it committed.
type randomWriter struct {
	conn      *pgx.Conn
	name      string
	random    *rand.Rand
	events    int
	committed []string
}

// transaction tries one transaction until it is not told to retry.
func (w *randomWriter) transaction(level string) error {
	for {
		ids, err := w.try(level)
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == serializationFailure && level != "read committed" {
			if _, err := w.conn.Exec(context.Background(), "rollback"); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		w.committed = append(w.committed, ids...)
		return nil
	}
}

func (w *randomWriter) try(level string) (ids []string, err error) {
	ctx := context.Background()
	if _, err := w.conn.Exec(ctx, "begin isolation level "+level); err != nil {
		return nil, err
	}
	for range 1 + w.random.IntN(4) {
		kept, err := w.step(ctx)
		if err != nil {
			return nil, err
		}
		ids = append(ids, kept...)
	}
	if w.random.IntN(5) == 0 {
		_, err := w.conn.Exec(ctx, "rollback")
		return nil, err
	}
	_, err = w.conn.Exec(ctx, "commit")
	return ids, err
}

// step inserts some events, perhaps inside a savepoint, and returns those that it left standing.
func (w *randomWriter) step(ctx context.Context) (ids []string, err error) {
	var values []string
	for range 1 + w.random.IntN(3) {
		w.events++
		id := fmt.Sprintf("%s-%d", w.name, w.events)
		ids = append(ids, id)
		values = append(values, fmt.Sprintf("('%s', 'a', 'user', 'x.y', 'thing', 'e')", id))
	}
	statement := storytest.AppendEvents + "values " + strings.Join(values, ", ")
	switch w.random.IntN(4) {
	case 0: // rolled back to a savepoint
		_, err = w.conn.Exec(ctx, "savepoint s; "+statement+"; rollback to savepoint s")
		return nil, err
	case 1: // released
		statement = "savepoint s; " + statement + "; release savepoint s"
	case 2: // the first one is there already, and is skipped
		statement += "; " + statement + " on conflict do nothing"
	}
	_, err = w.conn.Exec(ctx, statement)
	return ids, err
}

// many rows may take less than limit times as long as few: 8 times is linear, 64 times quadratic, and other tests run
// beside this one.
const few, many, limit = 5_000, 40_000, 16

// The cost of a row does not grow with the rows before it. Noise of the machine can only lengthen a
// run, so each is measured up to five times and the shortest counts: what grows never passes.
func TestInsertTimeGrowsLinearly(t *testing.T) {
	oneStatement := func(t *testing.T, conn *pgx.Conn, n int) {
		storytest.MustExec(t, conn, storytest.Numbered, fmt.Sprint(time.Now()), n)
	}
	for _, test := range []struct {
		name   string
		before func(*testing.T, *pgx.Conn)
		insert func(*testing.T, *pgx.Conn, int)
	}{
		{"one statement", nil, oneStatement},
		{"one transaction of many statements", nil, func(t *testing.T, conn *pgx.Conn, n int) {
			var b strings.Builder
			prefix := fmt.Sprint(time.Now())
			b.WriteString("begin;")
			for i := range n {
				fmt.Fprintf(&b, "%svalues ('%s-%d', 'a', 'user', 'x.y', 'thing', 'e');", storytest.AppendEvents, prefix, i)
			}
			b.WriteString("commit")
			if _, err := conn.PgConn().Exec(context.Background(), b.String()).ReadAll(); err != nil {
				t.Fatal(err)
			}
		}},
		{"behind a large insert that was rolled back", func(t *testing.T, conn *pgx.Conn) {
			storytest.Inside(t, conn, func() { oneStatement(t, conn, many) })
		}, oneStatement},
		// A plan that reads the whole table is right for 60 rows, and is kept.
		{"in a session that met the table small", func(t *testing.T, conn *pgx.Conn) {
			oneStatement(t, conn, 60)
			storytest.MustExec(t, conn, "analyze public.audit_events")
			oneStatement(t, conn, 1)
		}, oneStatement},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, conn := pgtest.Built(t, pgtest.Server(t))
			if test.before != nil {
				test.before(t, conn)
			}
			shortest := map[int]time.Duration{}
			for range 5 {
				for _, n := range []int{few, many} {
					start := time.Now()
					test.insert(t, conn, n)
					if d := time.Since(start); shortest[n] == 0 || d < shortest[n] {
						shortest[n] = d
					}
				}
				if shortest[many] < limit*shortest[few] {
					t.Logf("%d rows %s, %d rows %s", few, shortest[few], many, shortest[many])
					return
				}
			}
			t.Errorf("%d rows took %s, %d rows %s: not less than %d times as long", few, shortest[few], many, shortest[many],
				limit)
		})
	}
}
