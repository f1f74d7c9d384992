package physical

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/sqlstate"
)

// recover waits until the server has replayed the WAL up to the moment of the record and has paused.
func (b *recovery) recover(ctx context.Context) error {
	dsn := conninfo.DSN{"host": b.dir.Sockets, "port": "5432", "user": superuser(b.Record),
		"dbname": b.Record.Source.Database, "sslmode": "disable", "options": ofSession}
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			conn.Close(context.WithoutCancel(ctx))
		}
	}()
	for told := time.Now(); ; {
		restarted, err := b.await(ctx)
		if err != nil {
			return err
		}
		if restarted {
			conn = nil
		}
		if conn == nil || conn.IsClosed() { // before the backup is consistent the server refuses connections
			if conn, err = b.connect(ctx, dsn); err != nil {
				return err
			}
			if conn == nil {
				continue
			}
		}
		m, err := moment.Read(ctx, conn)
		if err != nil && conn.IsClosed() {
			continue
		}
		if err != nil {
			return err
		}
		b.reportProgress(m, &told)
		if m.Kind == moment.Paused && m.Position().Since(b.Record.Moment.Position()) != 0 && !b.isHeld {
			if err := b.raise(ctx); err != nil {
				return err
			}
			continue
		}
		if isThere, err := b.hasReachedTarget(ctx, conn, m); err != nil {
			return err
		} else if isThere {
			b.server, err = cluster.Open(ctx, cluster.Options{DSN: dsn.String(), Env: map[string]string{}, Finder: b.Finder,
				Wait: 10 * time.Second, Log: b.Log})
			return err
		}
	}
}

// await waits a moment, or until the server has ended and was started again, and checks what the server has made.
func (b *recovery) await(ctx context.Context) (restarted bool, err error) {
	select {
	case <-b.running.Done():
		if restarted, err = b.restart(ctx); err != nil {
			return false, err
		}
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case <-time.After(100 * time.Millisecond):
	}
	return restarted, b.checkLinks()
}

// connect connects to the server; it returns nil without an error if a later try may succeed.
func (b *recovery) connect(ctx context.Context, dsn conninfo.DSN) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	// Settings of the role or the database in the backup must not change these queries.
	pinned := dsn.With("options", ofSession+" -c search_path=pg_catalog,pg_temp -c role=none -c statement_timeout=0 "+
		`-c default_transaction_isolation=read\ committed`)
	conn, err := pgx.Connect(ctx, pinned.String())
	switch {
	case err == nil:
		return conn, nil
	case b.isClosed(ctx, pinned, err):
		return nil, fmt.Errorf("the server has replayed all WAL and accepts no connection: %w", err)
	}
	return nil, nil
}

// isClosed reports whether a connection was refused for good. While WAL is being replayed the database may still
// appear; template1 shows how far the server is.
func (b *recovery) isClosed(ctx context.Context, dsn conninfo.DSN, refused error) bool {
	code := sqlstate.Of(refused)
	if code == "" || code == sqlstate.Starting {
		return false
	}
	conn, err := pgx.Connect(ctx, dsn.With("dbname", "template1").String())
	if err != nil {
		return code[:2] == "XX" || code[:2] == "58" // data corruption or I/O error
	}
	defer conn.Close(context.WithoutCancel(ctx))
	m, err := moment.Read(ctx, conn)
	isAtEnd := b.end != nil && m.Position().Since(b.Record.Moment.Position()) >= 0
	return err == nil && (m.Kind == moment.Paused || isAtEnd)
}

// reportProgress reports the progress of the recovery.
func (b *recovery) reportProgress(m record.Moment, told *time.Time) {
	target := b.Record.Moment.Position()
	if b.OnProgress != nil {
		b.OnProgress(m.Position().Since(b.control.redo), target.Since(b.control.redo))
	}
	if time.Since(*told) > 5*time.Second {
		*told = time.Now()
		fmt.Fprintf(b.Log, "replayed up to LSN %s of %s\n", m.LSN, target.LSN)
	}
}

// hasReachedTarget reports whether the server is paused at the target. It pauses a server that was started again, at
// the end of all WAL.
func (b *recovery) hasReachedTarget(ctx context.Context, conn *pgx.Conn, m record.Moment) (bool, error) {
	switch at := m.Position(); {
	case m.Kind == moment.Paused:
		return true, nil
	case !m.Standby:
		return false, errors.New("the server ended recovery instead of pausing")
	case b.end != nil && at.Since(b.Record.Moment.Position()) == 0:
		if _, err := conn.Exec(ctx, "select pg_catalog.pg_wal_replay_pause()"); err != nil {
			return false, fmt.Errorf("could not pause replay: %w", err)
		}
	case b.end != nil && at.Since(*b.end) > 0:
		return false, b.explain()
	}
	return false, nil
}

// raise restarts a server that paused before the moment, as it does if a setting of the primary was raised after the
// backup. If that is not the reason, it pauses at the same position again.
func (b *recovery) raise(ctx context.Context) error {
	b.running.Stop(syscall.SIGINT, 10*time.Second)
	b.isHeld = !b.isRaised()
	return b.launch(ctx)
}

// isRaised raises the settings that the stopped server reported as lower than the primary's; false if there are none.
func (b *recovery) isRaised() bool {
	found := lower.FindAllStringSubmatch(b.running.Stderr(), -1)
	for _, setting := range found {
		b.args = append(b.args, "-c", setting[1]+"="+setting[2])
	}
	return len(found) > 0
}

// restart restarts the server with higher settings if the primary's were raised, or as a standby if all WAL
// was replayed and its last record may be the last one before the moment: recovery then found no record to stop at. A
// standby waits for more WAL, and can be paused.
func (b *recovery) restart(ctx context.Context) (bool, error) {
	said := b.running.Stderr()
	done := redone.FindStringSubmatch(said)
	if b.isRaised() {
		return true, b.launch(ctx)
	}
	if b.end != nil || done == nil || !strings.Contains(said, tooEarly) ||
		!strings.Contains(said, "consistent recovery state reached") {
		return false, b.explain()
	}
	b.end, b.said = &record.Position{LSN: done[1]}, said
	err := os.Rename(filepath.Join(b.data, "recovery.signal"), filepath.Join(b.data, "standby.signal"))
	if err != nil {
		return false, err
	}
	return true, b.launch(ctx)
}

// superuser returns the name of a superuser of the cluster, by the record; "postgres" if it names none.
func superuser(r *record.Record) string {
	const usual = "postgres"
	roles := r.Result("cluster/roles")
	if roles == nil || len(roles.Columns) < 2 {
		return usual
	}
	var names []string
	for _, row := range roles.Kept {
		name, attributes, _ := strings.Cut(row, "\t")
		attributes, _, _ = strings.Cut(attributes, "\t")
		if strings.Contains(attributes, "superuser") && strings.Contains(attributes, "login") {
			name, _ = record.Stored(name)
			names = append(names, name)
		}
	}
	if len(names) == 0 || slices.Contains(names, usual) {
		return usual
	}
	return names[0]
}

// tooEarly is the server's message if the WAL ends before the target.
const tooEarly = "before configured recovery target was reached"

var (
	reasons  = regexp.MustCompile(`(?m)^.*(?:FATAL|PANIC|HINT|DETAIL): .*$`)
	refusals = regexp.MustCompile(`is starting up|not yet accepting connections|Consistent recovery state has not been`)
	restored = regexp.MustCompile(`restored log file "([0-9A-F]{24})" from archive`)
	redone   = regexp.MustCompile(`redo done at ([0-9A-F]+/[0-9A-F]+)`)
	missed   = regexp.MustCompile(`(?m)^.*\b([0-9A-F]{24})\b.*$`)
	lower    = regexp.MustCompile(`(max_\w+) = \d+ is a lower setting than on the \w+ server.*its value was (\d+)`)
)

// explain turns an ended server into an error: the reason, and the last WAL file that was found.
func (b *recovery) explain() error {
	said := b.said
	if said == "" {
		said = b.running.Stderr()
	}
	lines := slices.DeleteFunc(reasons.FindAllString(said, -1), refusals.MatchString)
	why := strings.Join(lines, "; ")
	if why == "" {
		why = said
	}
	failure, advice := errors.New("the server stopped before it reached the moment of the record: "+why), ""
	switch {
	case strings.Contains(said, tooEarly):
		failure = fmt.Errorf("the WAL ends before %s: %s (%w)", b.Record.Moment.Position(), lastOf(said), failure)
		advice = "name the WAL archive with -restore-command 'cp /archive/%f %p'; if it is given, a file is missing " +
			"from it, or the last one was not archived yet: select pg_switch_wal() on the primary after each record"
	case strings.Contains(said, "WAL file is from different database system"):
		advice = "the archive holds the WAL of another cluster"
	case strings.Contains(said, "before consistent recovery point"), strings.Contains(said, "requested timeline"),
		strings.Contains(said, "could not locate required checkpoint record"):
		advice = "the backup was taken after the moment of the record, or on another timeline: take an older backup"
	case strings.Contains(said, "could not restore file"):
		advice = "the restore_command failed: run it by hand, with the name of a file of WAL for %f and a new file for %p"
	case strings.Contains(said, "could not access file"):
		advice = "the primary preloads this library, and an extension of the database needs it: install it here too"
	}
	return hint.With(failure, advice)
}

// lastOf returns the last WAL file that was restored, by the server's messages, and the one that could not be, with
// what the restore_command printed about it.
func lastOf(said string) string {
	last, next := "none was restored from the archive", "the first one could not be"
	if all := restored.FindAllStringSubmatch(said, -1); len(all) > 0 {
		last, next = "the last that was restored is "+all[len(all)-1][1], "the next one could not be"
	}
	if all := missed.FindAllStringSubmatch(restored.ReplaceAllString(said, ""), -1); len(all) > 0 {
		next = fmt.Sprintf("%s could not be: %q", all[len(all)-1][1], all[len(all)-1][0])
	}
	return last + ", and " + next
}
