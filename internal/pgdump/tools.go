// Package pgdump runs pg_dump and pg_restore, and hides the files that they write: their formats, what an archive holds
// and needs, whether it is whole, and what in it would reach beyond the database that it is restored into.
package pgdump

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
)

// Formats are the formats of pg_dump, by the names of its option --format.
var Formats = []string{"custom", "directory", "tar", "plain"}

// Tools are the programs of a round trip, chosen for one server.
type Tools struct {
	Dump    pgtool.Tool
	Restore pgtool.Tool // pg_restore; none for plain dumps, which this program feeds to the server itself
	Env     []string
	stderr  io.Writer
	// pinned are settings for the programs' sessions, as libpq's keyword options has them.
	pinned string
	// quiet are more of them for a program that logs in where event triggers on login are: pg_dump, and see muted.
	quiet string
}

// pinned has a program start under settings that defaults of the server, the database or the role
// cannot change: those that could refuse or cut short what it sends first, before it sets its own,
// and those that it leaves alone. Under quote_all_identifiers = on a function's search_path comes
// back in quotes; array_nulls = off turns {NULL} into {"NULL"} on its way in.
func pinned(server pgtool.Version) string {
	const timeouts = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
	const all = timeouts + " -c default_transaction_read_only=off -c standard_conforming_strings=on -c " +
		"quote_all_identifiers=off -c array_nulls=on"
	if server.Major >= 17 {
		return all + " -c transaction_timeout=0" + pinnedMoney
	}
	return all + pinnedMoney
}

// pinnedMoney has money written, and read, in a form that every machine knows: it moves its decimal
// point between two values of lc_monetary, which no archive carries.
const pinnedMoney = " -c lc_monetary=C"

// Foreign returns the tools for an archive that somebody else's pg_dump may have written: its money
// has the form of its own server, and can only be read where lc_monetary is the same.
func (t *Tools) Foreign() *Tools {
	c := *t
	c.pinned = strings.TrimSuffix(c.pinned, pinnedMoney)
	return &c
}

// Muted returns tools whose logins fire no event trigger. In a restore those of an extension take part, so that this is
// for one alone whose parallel jobs log in again when the archive's own are there.
func (t *Tools) Muted() *Tools {
	c := *t
	c.pinned += t.quiet
	return &c
}

// Telling returns the tools with what the programs write to stderr written to w as well.
func (t *Tools) Telling(w io.Writer) *Tools {
	c := *t
	if c.stderr = w; t.stderr != nil {
		c.stderr = io.MultiWriter(t.stderr, w)
	}
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

// escapeOption writes a value for libpq's keyword options, where white space ends one (libpq documentation).
var escapeOption = strings.NewReplacer(`\`, `\\`, " ", `\ `, "\t", "\\\t", "\n", "\\\n")

// FindTools chooses the programs that can dump from and restore into a server of that version. A
// throw-away cluster's own programs come first. log gets what the programs say as they run.
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

// FindRestoreTool chooses the program that can restore an archive, which pg_dump of version dump
// wrote in that format, into the server.
func FindRestoreTool(ctx context.Context, finder pgtool.Finder, server *cluster.Server, format string,
	dump pgtool.Version, log io.Writer) (*Tools, error) {
	tools := &Tools{Env: pgtool.CleanEnv(finder.Env), stderr: log, pinned: pinned(server.Version)}
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

// Versions are the versions of the programs, by name.
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
	return p.Run(ctx)
}

// lockWait is how long pg_dump waits for a lock that this program's own transaction already has.
const lockWait = "5s"

// Write writes an archive of the database as it is in the exported snapshot, or now if that is "".
func (t *Tools) Write(ctx context.Context, dsn conninfo.DSN, snapshot, format string, jobs int, path string,
	more []string) error {
	args := []string{"--format=" + format, "--no-password", "--file=" + path}
	if snapshot != "" {
		// The tables are locked for it already. Another session can stand between the two: one that
		// waits for us with a stronger lock, and for which pg_dump would wait in turn, for ever.
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

// Load brings an archive into an empty database, strictly: the first error ends it. more is
// handed to pg_restore as it is.
func (t *Tools) Load(ctx context.Context, db *cluster.Database, format string, jobs int, path string,
	more ...string) (err error) {
	if format == "plain" {
		if err = checkTrailer(path); err == nil {
			err = t.feed(ctx, db, path)
		}
	} else {
		args := append([]string{"--no-password", "--exit-on-error"}, more...)
		if jobs > 1 {
			args = append(args, "--jobs="+strconv.Itoa(jobs))
		}
		err = t.Run(ctx, t.Restore, db.DSN(), append(args, path)...)
	}
	if err != nil {
		return hint.Explain(fmt.Errorf("could not restore %s: %w", filepath.Base(path), err))
	}
	return nil
}

// ErrCut marks a plain dump that does not end as pg_dump ends one.
var ErrCut = errors.New("the plain dump was cut short: its last lines, which say \"PostgreSQL database dump " +
	"complete\", are missing")

// checkTrailer looks for the lines with which pg_dump ends a plain dump. One that was cut at the end of a statement
// would run without an error.
func checkTrailer(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	tail := make([]byte, min(info.Size(), 512))
	if _, err := file.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return fmt.Errorf("could not read the end of %s: %w", path, err)
	}
	body, restrict, found := bytes.Cut(tail, []byte("\n--\n-- PostgreSQL database dump complete\n--\n\n"))
	if !found || len(body) == len(tail) {
		return fmt.Errorf("%s: %w", filepath.Base(path), ErrCut)
	}
	// Newer minors close at the very end what \restrict opened at the top.
	head := make([]byte, min(info.Size(), 512))
	if _, err := file.ReadAt(head, 0); err != nil {
		return fmt.Errorf("could not read %s: %w", path, err)
	}
	want := ""
	if opened := restricted.FindSubmatch(head); opened != nil {
		want = `\unrestrict ` + string(opened[1])
	}
	if strings.TrimSpace(string(restrict)) != want {
		return fmt.Errorf("%s: %w", filepath.Base(path), ErrCut)
	}
	return nil
}

var restricted = regexp.MustCompile(`(?m)^\\restrict (\S+)$`)
