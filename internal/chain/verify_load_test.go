//go:build unix

package chain_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// sleeper starts a session that is active for that long, and waits until it is active.
func sleeper(t *testing.T, conn *pgx.Conn, database string, d time.Duration) {
	t.Helper()
	other := storytest.Connection(t, storytest.At(t, pgtest.Server(t), "dbname", database))
	done := make(chan error, 1)
	go func() {
		_, err := other.Exec(context.Background(), fmt.Sprintf("select pg_sleep(%g)", d.Seconds()))
		done <- err
	}()
	t.Cleanup(func() {
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); !storytest.Value[bool](t, conn, "select state = 'active' from "+
		"pg_stat_activity where pid = $1", other.PgConn().PID()); {
		if time.Now().After(deadline) {
			t.Fatal("the other session did not begin")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// A log keeps the messages.
type log struct {
	sync.Mutex
	text strings.Builder
}

func (l *log) add(format string, args ...any) {
	l.Lock()
	defer l.Unlock()
	fmt.Fprintf(&l.text, format+"\n", args...)
}

// With -max-load a run pauses while other sessions are active; its own connections do not count.
func TestVerifyPausesWhileOthersAreBusy(t *testing.T) {
	for _, test := range []struct {
		name    string
		maxLoad int
		pauses  bool
	}{
		{"none may be", 0, true},
		{"many may be", 1000, false},
		{"never", -1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, conn := guestChain(t)
			server := storytest.At(t, pgtest.Server(t), "dbname", db.Name)
			const busy = 1500 * time.Millisecond
			sleeper(t, conn, db.Name, busy)
			told := &log{}
			began := time.Now()
			outcome, err := roundtrip.Verify(context.Background(), verifyOptions(t, server, func(o *roundtrip.VerifyOptions) {
				o.Jobs, o.RangeRows, o.MaxLoad, o.Log = 2, 10, test.maxLoad, told.add
			}))
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			if outcome.Verdict() != verdict.Pass {
				t.Errorf("the verdict is %s", outcome.Verdict())
			}
			if said := told.text.String(); strings.Contains(said, "paused") != test.pauses || test.pauses && took < busy/2 {
				t.Errorf("it took %s and said %q", took, said)
			}
		})
	}
}

// A role that may not see whether other sessions are active cannot wait for them.
func TestAMaxLoadThatCannotBeSeenIsAnError(t *testing.T) {
	server, _ := reader(t)
	requireRefused(t, verifyOptions(t, server, func(o *roundtrip.VerifyOptions) { o.MaxLoad = 0 }), "-max-load")
	server, conn := reader(t)
	storytest.MustExec(t, conn, "grant pg_read_all_stats to "+server.DSN()["user"])
	if _, err := roundtrip.Verify(context.Background(), verifyOptions(t, server, func(o *roundtrip.VerifyOptions) { o.MaxLoad = 1000 })); err != nil {
		t.Error(err)
	}
}
