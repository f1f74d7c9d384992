package roundtrip

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/session"
)

//go:embed lock_holders.sql
var lockHoldersSQL string

//go:embed lock_budget.sql
var lockBudgetSQL string

// needLocks refuses a database with more tables and indexes than the server has room for locks, before the first is
// taken: a server that has run out of them refuses other sessions too.
func (d *dump) needLocks(ctx context.Context) error {
	if _, err := d.conn.Exec(ctx, fmt.Sprintf("set pgroundtrip.jobs = '%d'; set pgroundtrip.others = '%d'", d.jobs, d.members-1)); err != nil {
		return err
	}
	var needed, room, setting int64
	if err := d.conn.QueryRow(ctx, session.Statement(lockBudgetSQL)).Scan(&needed, &room, &setting); err != nil {
		return fmt.Errorf("could not count what must be locked: %w", err)
	}
	if needed <= room {
		return nil
	}
	return &hint.Error{
		Err: fmt.Errorf("%d tables, indexes, views and sequences must be locked, and the server has room for %d locks",
			needed, room),
		Hint: fmt.Sprintf("set max_locks_per_transaction = %d on the server, which needs a restart", setting),
	}
}

// tellWaiting has the log say who is waited for, if the wait is long, until stop is called.
func (d *dump) tellWaiting(ctx context.Context) (stop func()) {
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
		if holders := d.holders(ctx); holders != "" && d.Log != nil {
			d.Log("waiting for locks: %s", holders)
		}
	}()
	return func() { cancel(); <-done }
}

// holders names the sessions and prepared transactions that hold up the reading of a table; "" if there are none, or if
// they cannot be asked for.
func (d *dump) holders(ctx context.Context) string {
	conn, err := d.From.Connect(ctx)
	if err != nil {
		return ""
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := session.Prepare(ctx, conn, d.Suite, session.DefaultRows); err != nil {
		return ""
	}
	found, err := session.Texts(ctx, conn, session.Statement(lockHoldersSQL))
	if err != nil {
		return ""
	}
	return strings.Join(found, "; ")
}

var waitedInVain = regexp.MustCompile(`canceling statement due to (?:lock|statement) timeout`)

// explainWait adds to an error about a wait in vain who was waited for.
func (d *dump) explainWait(ctx context.Context, err error) error {
	if err == nil || !waitedInVain.MatchString(err.Error()) {
		return err
	}
	if holders := d.holders(ctx); holders != "" {
		return &hint.Error{Err: fmt.Errorf("%w: %s", err, holders),
			Hint: "dump when that has ended, end it (pg_terminate_backend(PID), rollback prepared), or allow more time with " +
				"-timeout"}
	}
	return err
}

// errBlocked marks a pg_dump that waits for a lock.
var errBlocked = errors.New("pg_dump has waited too long for a lock")

// unblocked runs pg_dump by do, and ends it when it has waited for a lock for longer than Timeout: beside tables it
// takes locks of views and sequences, and its own option does not bound these.
func (d *dump) unblocked(ctx context.Context, do func(context.Context) error) error {
	if d.Timeout == 0 {
		return do(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(d.Timeout):
			}
			if d.isBlocked(ctx) {
				cancel(&hint.Error{Err: fmt.Errorf("%w: %s", errBlocked, d.holders(ctx)),
					Hint: "dump when that has ended, end it (pg_terminate_backend(PID), rollback prepared), or allow more time " +
						"with -timeout"})
				return
			}
		}
	}()
	err := do(ctx)
	cancel(nil)
	<-done
	return err
}

// isBlocked reports whether a session of pg_dump has waited for a lock for as long as Timeout. Without a connection to
// ask over it is not known to.
func (d *dump) isBlocked(ctx context.Context) bool {
	conn, err := d.From.Connect(ctx)
	if err != nil {
		return false
	}
	defer conn.Close(context.WithoutCancel(ctx))
	blocked, err := session.Texts(ctx, conn, fmt.Sprintf(`
		select pid::text
		from pg_catalog.pg_stat_activity
		where datname = current_database() and usename = session_user and application_name = %s
			and wait_event_type = 'Lock' and query_start <= clock_timestamp() - interval '%d milliseconds'`,
		session.Literal(cmp.Or(d.From.DSN()["application_name"], "pg_dump")), d.Timeout.Milliseconds()))
	return err == nil && len(blocked) > 0
}
