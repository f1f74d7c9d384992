// Package physical hides how a server is brought up on a copy of a physical backup and held at one place in its WAL.
package physical

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/tempdir"
	"pgroundtrip/internal/verdict"
)

// Options say which backup is brought up, and where to.
type Options struct {
	Dir            string         // the backup; it is copied, and not touched
	Fetch          string         // or a shell command that puts it into the empty folder $PGDATA
	RestoreCommand string         // restore_command; "" takes that of the backup, if it has one
	Record         *record.Record // of an exact moment: the target of the recovery
	Settings       map[string]string
	Finder         pgtool.Finder
	Temp           string // folder for the copy; "" is the system's
	Log            io.Writer
	OnPhase        func(phase string)
	OnProgress     func(done, total int64) // bytes of WAL replayed; nil tells nobody
}

// A Copy is a server on a copy of a backup. Close must be called.
type Copy struct {
	Server *cluster.Server
	*bringing
}

// Bring makes the copy, recovers it up to the moment of the record, and leaves it paused there. Phases and checks of
// the backup go to report. The server is nil where such a check has failed.
func Bring(ctx context.Context, o *Options, report *verdict.Report) (_ *Copy, err error) {
	b := &bringing{Options: o, report: report}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	var account *syscall.Credential
	dir, account, err := cluster.ServerFolder(o.Temp, o.Log)
	if err != nil {
		return nil, err
	}
	b.dirs, b.account, b.data, b.sockets = []*tempdir.Dir{dir}, account, filepath.Join(dir.Path, "data"), dir.Path
	if len(b.sockets) > 60 { // a socket's path must be short
		short, _, err := cluster.ServerFolder("/tmp", o.Log)
		if err != nil {
			return nil, err
		}
		b.dirs, b.sockets = append(b.dirs, short), short.Path
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"fetch the backup", b.fetch}, {"check the backup", b.check}, {"start", b.start}, {"recover", b.recover}} {
		o.OnPhase(step.name)
		begun := time.Now()
		err := step.do(ctx)
		report.Phases = append(report.Phases, verdict.Phase{Name: step.name, Duration: time.Since(begun)})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
		if report.Verdict() == verdict.Fail {
			break
		}
	}
	return &Copy{Server: b.server, bringing: b}, nil
}

// A bringing is what Bring is about, while it happens.
type bringing struct {
	*Options
	report  *verdict.Report
	dirs    []*tempdir.Dir // to remove
	account *syscall.Credential
	data    string
	sockets string
	bindir  string
	args    []string // of the server
	control control
	running *pgtool.Running
	server  *cluster.Server
	// end is where the last record of all WAL that there is begins, of a server that is started once more to wait for more.
	end  *record.Position
	said string // by the first one
}

// Close ends the server and removes the copy.
func (b *bringing) Close() error {
	var errs []error
	if b.server != nil {
		errs = append(errs, b.server.Close())
	}
	if b.running != nil {
		b.running.Stop(syscall.SIGQUIT, 10*time.Second)
	}
	for _, dir := range b.dirs {
		errs = append(errs, dir.Remove())
	}
	return errors.Join(errs...)
}

// process is a program that runs as the copy's user.
func (b *bringing) process(path string, args ...string) pgtool.Process {
	return pgtool.Process{Path: path, Args: args, Env: pgtool.CleanEnv(b.Finder.Env, "PGDATA="+b.data), Dir: b.dirs[0].Path,
		Credential: b.account, Stderr: b.Log}
}

// fetch puts the backup into the data folder, by copying it or by the command.
func (b *bringing) fetch(ctx context.Context) error {
	if b.Fetch == "" {
		return b.copyBackup(ctx)
	}
	if err := os.Mkdir(b.data, 0o700); err != nil {
		return err
	}
	if b.account != nil {
		if err := os.Chown(b.data, int(b.account.Uid), int(b.account.Gid)); err != nil {
			return err
		}
	}
	command := b.process("/bin/sh", "-c", b.Fetch)
	command.Stdout = b.Log
	if err := command.Run(ctx); err != nil {
		return fmt.Errorf("-fetch: %w", err)
	}
	return b.seeLinks()
}

// check refuses what is no backup of the record's cluster, and has pg_verifybackup read every file where there is a manifest.
func (b *bringing) check(ctx context.Context) error {
	if err := b.readControl(ctx); err != nil {
		return err
	}
	if id := b.Record.Source.SystemIdentifier; b.control.system != id {
		return fmt.Errorf("the backup is of the cluster with the system identifier %s, the record of %s", b.control.system, id)
	}
	if _, err := os.Stat(filepath.Join(b.data, "backup_manifest")); err != nil {
		b.report.NotCovered = append(b.report.NotCovered, "pg_verifybackup (there is no backup_manifest)")
		return nil
	}
	// WAL may lie in an archive: the recovery reads it.
	err := b.process(filepath.Join(b.bindir, "pg_verifybackup"), "--quiet", "--exit-on-error", "--no-parse-wal", b.data).Run(ctx)
	var exit *pgtool.ExitError
	if errors.As(err, &exit) {
		b.report.Assert("backup_manifest", false, "the backup is not what it was: %s", strings.ReplaceAll(exit.Stderr, "\n", "; "))
		return nil
	}
	if err == nil {
		b.report.Assert("backup_manifest", true, "every file of the backup is as its manifest has it")
	}
	return err
}

// start starts the server.
func (b *bringing) start(ctx context.Context) (err error) {
	if b.args, err = b.arguments(); err != nil {
		return err
	}
	b.running, err = b.process(filepath.Join(b.bindir, "postgres"), b.args...).Start(ctx)
	return err
}

// recover waits until the server has replayed the WAL up to the moment of the record, and is paused.
func (b *bringing) recover(ctx context.Context) error {
	dsn := conninfo.DSN{"host": b.sockets, "port": "5432", "user": superuser(b.Record), "dbname": b.Record.Source.Database, "sslmode": "disable"}
	var conn *pgx.Conn
	target := b.Record.Moment.Position()
	for told := time.Now(); ; {
		select {
		case <-b.running.Done():
			if again, err := b.again(ctx); !again {
				return err
			}
			conn = nil
			continue
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
		if err := b.seeLinks(); err != nil {
			return err
		}
		if conn == nil { // until all that the backup needs is replayed the server takes none
			attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
			conn, _ = pgx.Connect(attempt, dsn.String())
			if cancel(); conn == nil {
				continue
			}
			defer conn.Close(context.WithoutCancel(ctx))
		}
		m, err := moment.Read(ctx, conn)
		if err != nil {
			if conn.IsClosed() {
				conn = nil
				continue
			}
			return err
		}
		if b.OnProgress != nil {
			b.OnProgress(m.Position().Since(b.control.redo), target.Since(b.control.redo))
		}
		if time.Since(told) > 5*time.Second {
			told = time.Now()
			fmt.Fprintf(b.Log, "replayed up to LSN %s of %s\n", m.LSN, target.LSN)
		}
		switch at := m.Position(); {
		case m.Kind == moment.Paused:
			return b.open(ctx, dsn)
		case !m.Standby:
			return errors.New("the server ended recovery instead of pausing")
		case b.end != nil && at.Since(target) == 0:
			if _, err := conn.Exec(ctx, "select pg_catalog.pg_wal_replay_pause()"); err != nil {
				return fmt.Errorf("could not pause replay: %w", err)
			}
		case b.end != nil && at.Since(*b.end) > 0:
			return b.explain()
		}
	}
}

func (b *bringing) open(ctx context.Context, dsn conninfo.DSN) (err error) {
	b.server, err = cluster.Open(ctx, cluster.Options{DSN: dsn.String(), Env: map[string]string{}, Finder: b.Finder, Wait: 10 * time.Second, Log: b.Log})
	return err
}

// again starts the server once more where all WAL was replayed and the last record may be the last one before the moment:
// then there is none at which a recovery could stop. A standby waits for more, and can be paused.
func (b *bringing) again(ctx context.Context) (bool, error) {
	said := b.running.Stderr()
	done := redone.FindStringSubmatch(said)
	if b.end != nil || done == nil || !strings.Contains(said, "before configured recovery target was reached") ||
		!strings.Contains(said, "consistent recovery state reached") {
		return false, b.explain()
	}
	b.end, b.said = &record.Position{LSN: done[1]}, said
	if err := os.Rename(filepath.Join(b.data, "recovery.signal"), filepath.Join(b.data, "standby.signal")); err != nil {
		return false, err
	}
	var err error
	b.running, err = b.process(filepath.Join(b.bindir, "postgres"), b.args...).Start(ctx)
	return err == nil, err
}

// superuser is a role of the cluster that may do everything, by the record; "postgres" where that does not say.
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

var (
	reasons  = regexp.MustCompile(`(?m)^.*(?:FATAL|PANIC|HINT|DETAIL): .*$`)
	restored = regexp.MustCompile(`restored log file "([0-9A-F]{24})" from archive`)
	redone   = regexp.MustCompile(`redo done at ([0-9A-F]+/[0-9A-F]+)`)
	missed   = regexp.MustCompile(`\b[0-9A-F]{24}\b`)
)

// explain makes an error of a server that ended: why, and which file of WAL was the last that there was.
func (b *bringing) explain() error {
	said := b.said
	if said == "" {
		said = b.running.Stderr()
	}
	lines := slices.DeleteFunc(reasons.FindAllString(said, -1), func(line string) bool {
		return strings.Contains(line, "is starting up") ||
			strings.Contains(line, "not yet accepting connections") || strings.Contains(line, "Consistent recovery state has not been")
	})
	why := strings.Join(lines, "; ")
	if why == "" {
		why = said
	}
	var failure error = errors.New("the server ended before it was at the moment of the record: " + why)
	advice := ""
	switch {
	case strings.Contains(said, "before configured recovery target was reached"):
		last := "none was restored from the archive"
		if all := restored.FindAllStringSubmatch(said, -1); len(all) > 0 {
			last = "the last that was restored is " + all[len(all)-1][1]
		}
		if all := missed.FindAllString(restored.ReplaceAllString(said, ""), -1); len(all) > 0 {
			last += ", and " + all[len(all)-1] + " could not be"
		}
		failure = fmt.Errorf("the WAL ends before %s: %s (%w)", b.Record.Moment.Position(), last, failure)
		advice = "give the archive of WAL with -restore-command 'cp /archive/%f %p'; if it is given, a file is missing from it, " +
			"or the last one was not archived yet: select pg_switch_wal() on the primary after each record"
	case strings.Contains(said, "before consistent recovery point"), strings.Contains(said, "requested timeline"):
		advice = "the backup was taken after the moment of the record, or on another timeline: take an older backup"
	case strings.Contains(said, "insufficient parameter settings"):
		advice = "a setting of the primary was raised after the backup: take a newer one"
	}
	return &hint.Error{Err: failure, Hint: advice}
}

// has reports whether the database that was recorded has an extension.
func (c *Copy) has(ctx context.Context, extension string) (bool, error) {
	conn, err := c.Server.Connect(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	found, err := session.Texts(ctx, conn, "select extname::text from pg_catalog.pg_extension where extname = "+session.Literal(extension))
	return len(found) > 0, err
}

// Amcheck has pg_amcheck look for each row of a table in the table's indexes.
func (c *Copy) Amcheck(ctx context.Context, report *verdict.Report) error {
	const name = "pg_amcheck"
	program := filepath.Join(c.bindir, name)
	isThere, err := c.has(ctx, "amcheck")
	if err != nil {
		return err
	}
	if _, err := os.Stat(program); err != nil || !isThere {
		report.NotCovered = append(report.NotCovered, "pg_amcheck (it needs 14 or later, and the extension amcheck in the database that was recorded)")
		return nil
	}
	check := c.process(program, "--heapallindexed", "--host="+c.sockets, "--port=5432", "--username="+c.Server.DSN()["user"], c.Server.DSN()["dbname"])
	var said strings.Builder
	check.Stdout = &said
	err = check.Run(ctx)
	var exit *pgtool.ExitError
	switch {
	case err == nil:
		report.Assert(name, true, "every row is in the indexes, and every page is sound")
	case errors.As(err, &exit) && exit.State == "exited 2":
		report.Assert(name, false, "%s", strings.ReplaceAll(strings.TrimSpace(said.String()), "\n", "; "))
	default:
		return err
	}
	return nil
}
