// Package pgdump runs pg_dump and pg_restore, and reads the archives that they write: format, contents, requirements,
// completeness, and statements that would reach beyond the database that an archive is restored into.
package pgdump

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/toc"
	"pgroundtrip/internal/watch"
)

// Formats are the formats of pg_dump, named as in its option --format.
var Formats = []string{"custom", "directory", "tar", "plain"}

// Tools are the programs of a round trip, chosen for one server.
type Tools struct {
	Dump    pgtool.Tool
	Restore pgtool.Tool // pg_restore; none for plain dumps, which this program feeds to the server itself
	Env     []string
	stderr  io.Writer
	server  *cluster.Server
	// pinned are settings for the programs' sessions, in the form of libpq's keyword options.
	pinned string
	// quiet are further settings that disable event triggers on login: for pg_dump, and see Muted.
	quiet  string
	trusts bool
	// Reading watches how much of an archive is read; may be nil.
	Reading *watch.Archive
	beside  func(ctx context.Context, rest func(context.Context) error) error // see Beside
}

// pinned returns settings with which a program starts, whatever the defaults of the server, the database or the role:
// those that could refuse or cut short what it sends before it makes its own settings, and those that it never sets.
// With quote_all_identifiers = on a function's search_path comes back quoted; array_nulls = off turns {NULL} into
// {"NULL"} on input; CREATE TYPE needs a right on default_tablespace.
func pinned(server pgtool.Version) string {
	const timeouts = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
	const all = timeouts + " -c default_transaction_read_only=off -c standard_conforming_strings=on -c " +
		"quote_all_identifiers=off -c array_nulls=on -c role=none -c default_tablespace="
	if server.Major >= 17 {
		return all + " -c transaction_timeout=0" + pinnedMoney
	}
	return all + pinnedMoney
}

// pinnedMoney makes money be written and read in a form that every machine knows. Between two values of lc_monetary,
// which no archive carries, the decimal point can move.
const pinnedMoney = " -c lc_monetary=C"

// Foreign returns the tools for an archive that another pg_dump may have written: its money values have the form of
// their server, and can only be read with the same lc_monetary.
func (t *Tools) Foreign() *Tools {
	c := *t
	c.pinned = strings.TrimSuffix(c.pinned, pinnedMoney)
	return &c
}

// Muted returns tools whose logins fire no event trigger. During a restore the event triggers of an extension must
// fire, so this is only for restores whose parallel jobs log in when the archive's own triggers exist.
func (t *Tools) Muted() *Tools {
	c := *t
	c.pinned += t.quiet
	return &c
}

// Trusting returns tools that also restore statements that pg_dump does not write.
func (t *Tools) Trusting() *Tools {
	c := *t
	c.trusts = true
	return &c
}

// Telling returns the tools with the programs' stderr also written to w.
func (t *Tools) Telling(w io.Writer) *Tools {
	c := *t
	if c.stderr = w; t.stderr != nil {
		c.stderr = io.MultiWriter(t.stderr, w)
	}
	return &c
}

// Beside returns tools that restore the rows of an archive first, and then call run, which has to call rest: that
// restores what is built on the rows. It makes no difference to plain archives.
func (t *Tools) Beside(run func(ctx context.Context, rest func(context.Context) error) error) *Tools {
	c := *t
	c.beside = run
	return &c
}

// Under returns the tools with more settings for their sessions.
func (t *Tools) Under(settings []record.Setting) *Tools {
	c := *t
	for _, setting := range settings {
		c.pinned += " -c " + setting.Name + "=" + escapeOption.Replace(setting.Value)
	}
	return &c
}

// escapeOption escapes a value for libpq's keyword options, in which white space ends a value (libpq documentation).
var escapeOption = strings.NewReplacer(`\`, `\\`, " ", `\ `, "\t", "\\\t", "\n", "\\\n")

// FindTools chooses the programs that can dump from and restore into a server of that version. A throw-away cluster's
// own programs come first. log receives the programs' stderr.
func FindTools(ctx context.Context, finder pgtool.Finder, server *cluster.Server, format string, log io.Writer) (*Tools,
	error) {
	finder.Near = server.Bindir
	dump, err := finder.Pick(ctx, "pg_dump", server.Version, func(v pgtool.Version) string {
		if reason := pgtool.RefuseDump(v, server.Version); reason != "" {
			return reason
		}
		return pgtool.RefuseRestore(v, v, server.Version)
	})
	if err != nil {
		return nil, err
	}
	tools, err := FindRestoreTool(ctx, finder, server, format, dump.Version, log)
	if err != nil {
		return nil, err
	}
	tools.Dump = dump
	return tools, nil
}

// FindRestoreTool chooses the program that can restore an archive, written in that format by pg_dump of version dump,
// into the server.
func FindRestoreTool(ctx context.Context, finder pgtool.Finder, server *cluster.Server, format string,
	dump pgtool.Version, log io.Writer) (*Tools, error) {
	tools := &Tools{Env: pgtool.CleanEnv(finder.Env), stderr: log, server: server,
		pinned: pinned(server.Version)}
	if server.MutesLogins() {
		tools.quiet = " -c event_triggers=off"
	}
	if format == "plain" {
		if reason := pgtool.RefusePlain(dump, server.Version); reason != "" {
			return nil, fmt.Errorf("the dump cannot be restored: %s", reason)
		}
		return tools, nil
	}
	finder.Near = server.Bindir
	var err error
	tools.Restore, err = finder.Pick(ctx, "pg_restore", server.Version,
		func(v pgtool.Version) string { return pgtool.RefuseRestore(v, dump, server.Version) })
	return tools, err
}

// Versions returns the versions of the programs, by name.
func (t *Tools) Versions() map[string]string {
	versions := map[string]string{}
	for _, tool := range []pgtool.Tool{t.Dump, t.Restore} {
		if tool.Name != "" {
			versions[tool.Name] = tool.Version.String()
		}
	}
	return versions
}

func (t *Tools) Run(ctx context.Context, tool pgtool.Tool, dsn conninfo.DSN, args ...string) error {
	return t.run(ctx, nil, tool, dsn, args...)
}

func (t *Tools) run(ctx context.Context, stdin io.Reader, tool pgtool.Tool, dsn conninfo.DSN, args ...string) error {
	conninfo, secrets := dsn.With("options", strings.TrimSpace(dsn["options"]+" "+t.pinned)).Programs()
	args = append([]string{"--dbname=" + conninfo}, args...)
	p := pgtool.Process{Path: tool.Path, Args: args, Env: slices.Concat(t.Env, secrets), Stdin: stdin, Stderr: t.stderr}
	if tool == t.Restore {
		p.Confine = pgtool.Confine(tool.Path)
	}
	guard, err := t.server.GuardOf(dsn)
	if err != nil {
		return err
	}
	p.Watch = t.Reading.Program
	if guard != nil {
		name := cmp.Or(dsn["application_name"], tool.Name)
		p.Watch = func(ctx context.Context, pid int) error {
			return cmp.Or(t.Reading.Program(ctx, pid), guard.Program(ctx, name, pid))
		}
	}
	return p.Run(ctx)
}

// lockWait is how long pg_dump waits for a lock that this program's own transaction already holds.
const lockWait = "5s"

// Write writes an archive of the database as of the exported snapshot, or the present if snapshot is "".
func (t *Tools) Write(ctx context.Context, dsn conninfo.DSN, snapshot, format string, jobs int, path string,
	more []string) error {
	args := []string{"--format=" + format, "--no-password", "--file=" + path}
	if snapshot != "" {
		// The tables are already locked. Another session can be queued between the two: it waits for our lock with a
		// stronger one, and pg_dump would wait behind it for ever.
		args = append(args, "--snapshot="+snapshot, "--lock-wait-timeout="+lockWait)
	}
	if jobs > 1 {
		args = append(args, "--jobs="+strconv.Itoa(jobs))
	}
	if err := t.Muted().Run(ctx, t.Dump, dsn, append(args, more...)...); err != nil {
		return hint.Explain(fmt.Errorf("could not dump: %w", err))
	}
	return nil
}

// Load restores an archive into an empty database and stops at the first error. more is passed to pg_restore
// unchanged.
func (t *Tools) Load(ctx context.Context, db *cluster.Database, format string, jobs int, path string,
	more ...string) (err error) {
	if format == "plain" {
		if err = toc.CheckTrailer(path); err == nil {
			err = t.feed(ctx, db, path)
		}
	} else {
		args := append([]string{"--no-password", "--exit-on-error"}, more...)
		if jobs > 1 {
			args = append(args, "--jobs="+strconv.Itoa(jobs))
		}
		if args = append(args, path); t.beside == nil {
			err = t.Run(ctx, t.Restore, db.DSN(), args...)
		} else {
			err = t.loadLists(ctx, db, toc.Entries(path, format), true, args)
		}
	}
	if err != nil {
		return hint.Explain(fmt.Errorf("could not restore %s: %w", filepath.Base(path), err))
	}
	return nil
}

// loadLists runs pg_restore with args for an archive up to its rows, then for the rest, or for both at once if nothing
// is to run beside the rest. Grants and the like, which pg_restore runs last, belong to the rest if takesLate is set.
func (t *Tools) loadLists(ctx context.Context, db *cluster.Database, entries iter.Seq2[toc.Entry, error],
	takesLate bool, args []string) error {
	var lists [2]string
	for i := range lists {
		isRest, err := false, error(nil)
		if lists[i], err = toc.List(entries, func(e toc.Entry) bool {
			isRest = isRest || e.IsPostData
			if e.IsLate() {
				return takesLate && i == 1
			}
			return isRest == (i == 1)
		}); err != nil {
			return err
		}
	}
	run := func(ctx context.Context, list string) error {
		return t.run(ctx, strings.NewReader(list), t.Restore, db.DSN(), append([]string{"--use-list=/dev/stdin"}, args...)...)
	}
	if t.beside == nil {
		return run(ctx, lists[0]+lists[1])
	}
	if err := run(ctx, lists[0]); err != nil {
		return err
	}
	return t.beside(ctx, func(ctx context.Context) error { return run(ctx, lists[1]) })
}
