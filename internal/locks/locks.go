// Package locks finds out how many locks a run needs, and which sessions it is waiting for.
package locks

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/session"
)

//go:embed lock_holders.sql
var lockHoldersSQL string

//go:embed lock_budget.sql
var lockBudgetSQL string

// A Watch finds out who holds the locks that a run waits for.
type Watch struct {
	Connect func(context.Context) (*pgx.Conn, error) // with the settings of a session
	Dumper  string                                   // application_name of pg_dump; "" means its own
	Timeout time.Duration                            // of each wait; 0 means no limit
	Log     func(format string, args ...any)         // may be nil
}

// A Budget is what a transaction locks: by default every table and index, by pg_dump with Jobs processes and by Others
// connections that take the record besides one more; or everything that the role Owner has, to give it to another one;
// or at least Least objects and at most Most, which counts for the setting that the error suggests.
type Budget struct {
	Jobs, Others int
	Owner        string
	Least, Most  int64
}

// Need returns an error if the server has no room for that many locks. It is called before the first lock is taken: a
// server that runs out of lock space fails other sessions too.
func Need(ctx context.Context, conn *pgx.Conn, b Budget) error {
	objects := ""
	if b.Most > 0 {
		objects = strconv.FormatInt(b.Least, 10)
	}
	if _, err := conn.Exec(ctx, fmt.Sprintf("set pgroundtrip.objects = '%s'; set pgroundtrip.most = '%d'; "+
		"set pgroundtrip.owner = %s; set pgroundtrip.jobs = '%d'; set pgroundtrip.others = '%d'",
		objects, b.Most, session.Literal(b.Owner), b.Jobs, b.Others)); err != nil {
		return err
	}
	var needed, room, setting int64
	if err := conn.QueryRow(ctx, session.Statement(lockBudgetSQL)).Scan(&needed, &room, &setting); err != nil {
		return fmt.Errorf("could not count the locks that are needed: %w", err)
	}
	if needed <= room {
		return nil
	}
	return hint.With(fmt.Errorf("%d tables, indexes, views and sequences must be locked, and the server has room for "+
		"%d locks", needed, room),
		fmt.Sprintf("set max_locks_per_transaction = %d on the server, which needs a restart", setting))
}

// Report logs, if the wait is long, who holds the locks. The caller must call stop when the wait ends.
func (w *Watch) Report(ctx context.Context) (stop func()) {
	const soon = 2 * time.Second
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
			return
		case <-time.After(soon):
		}
		if holders := w.Holders(ctx); holders != "" && w.Log != nil {
			w.Log("waiting for locks: %s", holders)
		}
	}()
	return func() { cancel(); <-done }
}

// Holders names the sessions and prepared transactions that block reading a table; "" if there are none or if they
// cannot be read.
func (w *Watch) Holders(ctx context.Context) string {
	conn, err := w.Connect(ctx)
	if err != nil {
		return ""
	}
	defer conn.Close(context.WithoutCancel(ctx))
	found, err := session.Texts(ctx, conn, session.Statement(lockHoldersSQL))
	if err != nil {
		return ""
	}
	return strings.Join(found, "; ")
}

var lockTimeout = regexp.MustCompile(`canceling statement due to (?:lock|statement) timeout`)

// Explain adds to the error of a lock timeout who held the locks.
func (w *Watch) Explain(ctx context.Context, err error) error {
	if err == nil || !WaitedInVain(err) {
		return err
	}
	if holders := w.Holders(ctx); holders != "" {
		return hint.With(fmt.Errorf("%w: %s", err, holders), hint.OfLock)
	}
	return err
}

// WaitedInVain reports whether an error is about a lock that was not granted in time.
func WaitedInVain(err error) bool { return lockTimeout.MatchString(err.Error()) }

// DuringDump runs pg_dump by calling do, and cancels it once it has waited for a lock for longer than Timeout:
// pg_dump also locks views and sequences, which its own option --lock-wait-timeout does not cover.
func (w *Watch) DuringDump(ctx context.Context, do func(context.Context) error) error {
	if w.Timeout == 0 {
		return do(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	return crew.Beside(w.Timeout, func() {
		if w.isBlocked(ctx) {
			cancel(hint.With(fmt.Errorf("pg_dump has waited too long for a lock: %s", w.Holders(ctx)), hint.OfLock))
		}
	}, func() error {
		defer cancel(nil) // ends a look at the locks, too
		return do(ctx)
	})
}

// isBlocked reports whether a session of pg_dump has been waiting for a lock for as long as Timeout. It returns false
// if it cannot connect.
func (w *Watch) isBlocked(ctx context.Context) bool {
	conn, err := w.Connect(ctx)
	if err != nil {
		return false
	}
	defer conn.Close(context.WithoutCancel(ctx))
	blocked, err := session.Texts(ctx, conn, fmt.Sprintf(`
		select pid::text
		from pg_catalog.pg_stat_activity
		where datname = current_database() and usename = session_user and application_name = %s
			and wait_event_type = 'Lock' and query_start <= clock_timestamp() - interval '%d milliseconds'`,
		session.Literal(cmp.Or(w.Dumper, "pg_dump")), w.Timeout.Milliseconds()))
	return err == nil && len(blocked) > 0
}
