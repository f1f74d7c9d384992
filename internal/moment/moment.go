// Package moment holds a server at one moment of its WAL, and reads which moment it shows.
package moment

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/tempdir"
)

// Kinds of moments (record.Moment.Kind).
const (
	Snapshot = "snapshot" // of a server in use: its LSN is not exact
	Paused   = "paused"   // of a standby while its replay was paused
	Locked   = "barrier"  // of a primary while its tables were locked against writers
	Still    = "quiet"    // of a primary on which nothing was written from beginning to end
)

// How says how to hold a server at one moment while it is recorded. The zero value does not hold it.
type How struct {
	Pause   Pause
	Barrier *Barrier // may be nil
	Quiet   bool
}

// physical marks, in record.Expectation.Copy, what a copy made of files and WAL lacks.
const physical = "physical"

//go:embed moment.sql
var momentSQL string

// Read returns the WAL position of a server. The LSN of a standby whose replay is paused is exact; any other moment
// is a Snapshot until the caller knows better. conn must have a suite's session settings.
func Read(ctx context.Context, conn *pgx.Conn) (m record.Moment, err error) {
	var taken string
	var isPaused bool
	var endLSN *string
	var endTimeline *int
	err = conn.QueryRow(ctx, session.Statement(momentSQL)).
		Scan(&taken, &m.LSN, &m.Timeline, &m.Standby, &isPaused, &endLSN, &endTimeline)
	if err == nil {
		m.Time, err = time.Parse(time.RFC3339Nano, taken)
	}
	if err != nil {
		return m, fmt.Errorf("could not read the WAL position of the server: %w", err)
	}
	if m.Kind = Snapshot; isPaused {
		m.Kind = Paused
	}
	if endLSN != nil && endTimeline != nil {
		m.RecoveryEnd = &record.Position{LSN: *endLSN, Timeline: *endTimeline}
	}
	return m, nil
}

// Holds returns an error unless the server of conn is a standby paused at p.
func Holds(ctx context.Context, conn *pgconn.PgConn, p record.Position) error {
	results, err := conn.Exec(ctx, session.Statement(momentSQL)).ReadAll()
	if err != nil {
		return fmt.Errorf("could not read the WAL position of the server: %w", err)
	}
	row := results[0].Rows[0]
	timeline, err := strconv.Atoi(string(row[2]))
	now, isPaused := record.Position{LSN: string(row[1]), Timeline: timeline}, string(row[4]) == "t"
	switch {
	case err != nil:
		return fmt.Errorf("could not read the timeline: %w", err)
	case !isPaused:
		return fmt.Errorf("%w: its replay is not paused", ErrElsewhere)
	case !now.Is(p):
		return fmt.Errorf("%w: it is paused at %s, not at %s", ErrElsewhere, now, p)
	}
	return nil
}

// ErrElsewhere is returned for a server that does not show the moment of the record.
var ErrElsewhere = errors.New("the server shows another moment")

//go:embed unlogged.sql
var unloggedSQL string

// AppendUnlogged appends to expected what a copy made of files and WAL lacks of this database.
func AppendUnlogged(ctx context.Context, conn *pgx.Conn, expected []record.Expectation) ([]record.Expectation, error) {
	unlogged, err := session.Rows[record.Expectation](ctx, conn, unloggedSQL, "find out what WAL does not carry")
	for _, e := range unlogged {
		e.Key, e.What, e.Copy = record.Printable(e.Key), record.Printable(e.What), physical
		expected = append(expected, e)
	}
	return expected, err
}

// A Counter is the position of a primary: in its WAL, and in its transaction counter.
type Counter struct {
	Position     record.Position
	Transactions string // pg_current_snapshot: those that have ended, and those that are open
}

// Count reads the counter. The session must not be in a transaction.
func Count(ctx context.Context, conn *pgx.Conn) (c Counter, err error) {
	m, err := Read(ctx, conn)
	if err != nil {
		return c, err
	}
	if m.Standby {
		return c, hint.With(errors.New("-quiet: this server is a standby"), "record it with -pause")
	}
	c.Position = m.Position()
	c.Transactions, err = Transactions(ctx, conn)
	return c, err
}

// Transactions returns which transactions conn sees: the oldest that is open, the next one, and those that are open.
func Transactions(ctx context.Context, conn *pgx.Conn) (string, error) {
	return session.Value[string](ctx, conn, "select pg_catalog.pg_current_snapshot()::pg_catalog.text",
		"read the transactions")
}

// Since returns an error that says what was written since then, or nil. The error is transient if no transaction
// wrote: the WAL then comes from a checkpoint, or from this run's own reading, which prunes dead rows and sets hint
// bits.
func (c Counter) Since(then Counter) (isTransient bool, err error) {
	switch {
	case c.Transactions != then.Transactions:
		return false, hint.With(fmt.Errorf("-quiet: another session wrote meanwhile: the transactions were %s, and are "+
			"%s; %s, now %s", then.Transactions, c.Transactions, then.Position, c.Position),
			"record when no session writes, or with -barrier")
	case !c.Position.Is(then.Position):
		return true, hint.With(fmt.Errorf("-quiet: something was written meanwhile: %s, now %s", then.Position, c.Position),
			"no transaction wrote: record again; what PostgreSQL writes when rows are first read has been written now")
	}
	return false, nil
}

// A Pause says what to do with the replay of a standby while it is recorded. Only a standby that does not move shows
// an exact moment: the WAL up to its replay LSN.
type Pause string

// The ways of pausing.
const (
	PauseNone   Pause = ""
	PauseResume Pause = "resume" // resume replay afterwards
	PauseKeep   Pause = "keep"   // leave replay paused; also accepts a standby that is already paused
)

// A Connect opens a connection to the server.
type Connect func(context.Context) (*pgx.Conn, error)

// While runs work while replay is paused.
func (p Pause) While(ctx context.Context, connect Connect, do func() error) (err error) {
	if p == PauseNone {
		return do()
	}
	conn, err := connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := session.Shield(ctx, conn); err != nil {
		return err
	}
	mark, err := pauseReplay(ctx, conn, p)
	if mark != nil {
		defer func() { err = errors.Join(err, resumeReplay(context.WithoutCancel(ctx), connect, mark)) }()
	}
	if err == nil {
		err = do()
	}
	return err
}

// pauseReplay pauses replay and waits until nothing moves. If this run is to resume replay, it leaves a mark in the
// folder for temporary files: should the run be killed, the next one knows from the mark that it may resume replay.
func pauseReplay(ctx context.Context, conn *pgx.Conn, pause Pause) (mark *tempdir.Dir, err error) {
	if err := mayPause(ctx, conn); err != nil {
		return nil, err
	}
	var isPaused bool
	var marks string
	err = conn.QueryRow(ctx, `
		select pg_catalog.pg_is_wal_replay_paused(),
			(extract(epoch from pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint::text`).Scan(&isPaused, &marks)
	if err != nil {
		return nil, fmt.Errorf("could not read the state of replay: %w", err)
	}
	if pause == PauseResume {
		prefix := tempdir.Prefix + "paused-" + marks + "-"
		if isKilled := len(tempdir.Sweep("", prefix)) > 0; isPaused && !isKilled {
			return nil, hint.With(errors.New("somebody else has paused the replay of this standby"),
				"-pause=keep records it as it is, and leaves it paused")
		}
		if mark, err = tempdir.Make("", prefix, io.Discard); err != nil {
			return nil, err
		}
	}
	if _, err := conn.Exec(ctx, "select pg_catalog.pg_wal_replay_pause()"); err != nil {
		return mark, fmt.Errorf("could not pause replay: %w", err)
	}
	return mark, waitUntilPaused(ctx, conn)
}

// mayPause refuses a primary, and a role that lacks a right needed to pause and resume.
func mayPause(ctx context.Context, conn *pgx.Conn) error {
	isStandby, err := session.Value[bool](ctx, conn, "select pg_catalog.pg_is_in_recovery()",
		"find out whether this is a standby")
	if err != nil {
		return err
	}
	if !isStandby {
		return hint.With(errors.New("-pause: this server is a primary, and replays nothing"),
			"name a standby, or record the primary without -pause when no one writes")
	}
	grants, err := session.Texts(ctx, conn, `
		select pg_catalog.format('grant execute on function pg_catalog.%I() to %I', proname, current_user)
		from pg_catalog.pg_proc
		where proname in ('pg_wal_replay_pause', 'pg_wal_replay_resume')
			and pronamespace = 'pg_catalog'::pg_catalog.regnamespace
			and not pg_catalog.has_function_privilege(oid, 'execute')
		order by proname`)
	if err != nil {
		return fmt.Errorf("could not read the rights of the role: %w", err)
	}
	if len(grants) > 0 {
		return hint.With(errors.New("-pause: the role may not pause and resume replay"),
			"have an administrator run on the primary: "+strings.Join(grants, "; "))
	}
	return nil
}

// waitUntilPaused waits until replay has paused: after the request, replay still finishes the current WAL record.
// PostgreSQL 13 cannot report that; there replay counts as paused when its LSN has not moved for a while.
func waitUntilPaused(ctx context.Context, conn *pgx.Conn) error {
	const every, longest, enough = 100 * time.Millisecond, time.Minute, 4
	still := 0
	for last, deadline := "", time.Now().Add(longest); ; {
		var state, lsn string
		err := conn.QueryRow(ctx, `select case when current_setting('server_version_num')::int < 140000 then ''
			else (xpath('//state/text()', query_to_xml(
				'select pg_get_wal_replay_pause_state() as state', false, true, '')))[1]::text end,
			coalesce(pg_last_wal_replay_lsn()::text, '')`).Scan(&state, &lsn)
		if still++; lsn != last {
			still = 0
		}
		switch {
		case err != nil:
			return fmt.Errorf("could not find out whether replay has paused: %w", err)
		case state == "paused", state == "" && still == enough:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("replay did not pause within %s", longest)
		}
		last = lsn
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(every):
		}
	}
}

// resumeReplay resumes replay over a new connection, because the others may be lost. If that fails the mark stays for
// the next run.
func resumeReplay(ctx context.Context, connect Connect, mark *tempdir.Dir) error {
	conn, err := connect(ctx)
	if err == nil {
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "select pg_catalog.pg_wal_replay_resume()")
	}
	if err != nil {
		return hint.With(fmt.Errorf("could not resume replay: %w", err),
			"the standby stays paused: select pg_wal_replay_resume() on it")
	}
	return mark.Remove()
}
