// Package physical starts a server on a copy of a physical backup and recovers it to one position in its WAL.
package physical

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/phase"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/serverdir"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/verdict"
)

// Options say which backup to start, and how far to recover.
type Options struct {
	Dir            string         // the backup; it is copied and never changed
	Fetch          string         // or a shell command that puts the backup into the empty folder $PGDATA
	RestoreCommand string         // restore_command; empty: that of the backup, if it has one
	Record         *record.Record // of an exact moment: the target of the recovery
	Settings       map[string]string
	Finder         pgtool.Finder
	Temp           string // folder for the copy; empty: that of the system
	Log            io.Writer
	OnPhase        func(phase string)
	OnProgress     func(done, total int64) // bytes of WAL replayed; may be nil
}

// A Copy is a server running on a copy of a backup. Close must be called.
type Copy struct {
	Server *cluster.Server
	*recovery
}

// Recover makes the copy, recovers it to the moment of the record, and leaves it paused there. It adds phases and
// checks of the backup to report. The server is nil if such a check has failed.
func Recover(ctx context.Context, o *Options, report *verdict.Report) (_ *Copy, err error) {
	b := &recovery{Options: o, report: report}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	if b.dir, b.account, err = serverdir.Make(o.Temp, o.Log, serverdir.Users); err != nil {
		return nil, err
	}
	b.data = filepath.Join(b.dir.Path, "data")
	for _, step := range []phase.Part{{Name: "fetch the backup", Do: b.fetch}, {Name: "check the backup", Do: b.check},
		{Name: "start", Do: b.start}, {Name: "recover", Do: b.recover}} {
		if err := phase.Each(ctx, report, o.OnPhase, step); err != nil {
			return nil, err
		}
		if report.Verdict() == verdict.Fail {
			break
		}
	}
	return &Copy{Server: b.server, recovery: b}, nil
}

// recovery is the state of one Recover.
type recovery struct {
	*Options
	report  *verdict.Report
	dir     *serverdir.Dir // to remove
	account *platform.Account
	data    string
	bindir  string
	args    []string // of the server
	control control
	running *pgtool.Running
	server  *cluster.Server
	// end is the position of the last WAL record, once all WAL has been replayed and the server was started again to
	// wait for more.
	end  *record.Position
	said string // stderr of the first start
	// isHeld is true once it is known that the server is not paused because of a setting that is lower than the primary's.
	isHeld bool
}

// Close stops the server and removes the copy.
func (b *recovery) Close() error {
	var errs []error
	if b.server != nil {
		errs = append(errs, b.server.Close())
	}
	if b.running != nil {
		b.running.Stop(syscall.SIGQUIT, 10*time.Second)
	}
	if b.dir != nil {
		errs = append(errs, b.dir.Remove())
	}
	return errors.Join(errs...)
}

// process returns a program that runs as the copy's user.
func (b *recovery) process(path string, args ...string) pgtool.Process {
	return pgtool.Process{Path: path, Args: args, Env: pgtool.CleanEnv(b.Finder.Env, "PGDATA="+b.data),
		Dir: b.dir.Path, Credential: b.account, Stderr: b.Log}
}

// fetch fills the data folder, by copying the backup or by running the command.
func (b *recovery) fetch(ctx context.Context) error {
	if b.Fetch == "" {
		return b.copyBackup(ctx)
	}
	if err := os.Mkdir(b.data, 0o700); err != nil {
		return err
	}
	if err := b.chown(b.data); err != nil {
		return err
	}
	command := b.process("/bin/sh", "-c", b.Fetch)
	command.Stdout = b.Log
	if err := command.Run(ctx); err != nil {
		return fmt.Errorf("-fetch: %w", err)
	}
	if err := errors.Join(b.checkLinks(), b.checkFiles()); err != nil { // before anything is moved
		return err
	}
	// The command may have changed the mode of the folder; the server requires its own.
	return errors.Join(b.linkTablespaces(), os.Chmod(b.data, 0o700))
}

// check refuses what is not a backup of the record's cluster, and runs pg_verifybackup over every file if there is a
// manifest.
func (b *recovery) check(ctx context.Context) error {
	if err := b.readControl(ctx); err != nil {
		return err
	}
	if id := b.Record.Source.SystemIdentifier; b.control.system != id {
		return fmt.Errorf("the backup is of the cluster with the system identifier %s, the record of %s",
			b.control.system, id)
	}
	if err := b.checkTablespaces(); err != nil {
		return err
	}
	if why := b.lacksManifest(); why != "" {
		b.report.NotCovered = append(b.report.NotCovered, "pg_verifybackup ("+why+")")
		return nil
	}
	// The WAL may be in an archive instead: recovery reads it.
	verify := filepath.Join(b.bindir, "pg_verifybackup")
	err := b.process(verify, "--quiet", "--exit-on-error", "--no-parse-wal", b.data).Run(ctx)
	var exit *pgtool.ExitError
	if errors.As(err, &exit) {
		b.report.Assert("backup_manifest", false, "the backup has changed since it was made: %s",
			strings.ReplaceAll(exit.Stderr, "\n", "; "))
		return nil
	}
	if err == nil {
		b.report.Assert("backup_manifest", true, "every file of the backup matches its manifest")
	}
	return err
}

// lacksManifest returns why no manifest lists the files of the copy as they were backed up; "" if there is one.
func (b *recovery) lacksManifest() string {
	if _, err := os.Stat(filepath.Join(b.data, "backup_manifest")); err != nil {
		return "there is no backup_manifest"
	}
	// A backup never has this file. A standby keeps the manifest of the backup that it was made from.
	if _, err := os.Stat(filepath.Join(b.data, "postmaster.opts")); err == nil {
		return "a server has run on this folder since its backup_manifest was written"
	}
	return ""
}

// start starts the server.
func (b *recovery) start(ctx context.Context) (err error) {
	if b.args, err = b.arguments(); err != nil {
		return err
	}
	return b.launch(ctx)
}

// launch starts the server with its arguments.
func (b *recovery) launch(ctx context.Context) (err error) {
	b.running, err = b.process(filepath.Join(b.bindir, "postgres"), b.args...).Start(ctx)
	return err
}

// has reports whether the recorded database has an extension.
func (c *Copy) has(ctx context.Context, extension string) (bool, error) {
	conn, err := c.Server.Connect(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	found, err := session.Texts(ctx, conn,
		"select extname::text from pg_catalog.pg_extension where extname = "+session.Literal(extension))
	return len(found) > 0, err
}

// Amcheck runs pg_amcheck to check that each row of a table is in the table's indexes.
func (c *Copy) Amcheck(ctx context.Context, report *verdict.Report) error {
	const name = "pg_amcheck"
	program := filepath.Join(c.bindir, name)
	isThere, err := c.has(ctx, "amcheck")
	if err != nil {
		return err
	}
	if _, err := os.Stat(program); err != nil || !isThere {
		report.NotCovered = append(report.NotCovered,
			"pg_amcheck (it needs 14 or later, and the extension amcheck in the database that was recorded)")
		return nil
	}
	dsn := c.Server.DSN()
	check := c.process(program, "--heapallindexed", "--host="+c.dir.Sockets, "--port=5432", "--username="+dsn["user"],
		dsn["dbname"])
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
