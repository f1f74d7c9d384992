package pgdump

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/archive"
	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/locks"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/toc"
)

//go:embed confined.sql
var confinedSQL string

// A Settlement is what a confined database still lacks of its archive: owners, grants and event triggers.
type Settlement struct {
	db                   *cluster.Database
	reads, grants, fires []string     // reads are the settings under which the text of the others is read
	large                *largeGrants // the grants of large objects, and their owners
	isGiven              bool         // large objects have them
	// Named are the objects that the database's role could not make, and that were made with the caller's rights.
	Named []string
}

// confined is a restore into a confined database. All code in the archive runs as that database's role. What only a
// superuser may make is made by the caller's role, statement by statement, if it runs nothing of the archive.
type confined struct {
	tools            *Tools
	db               *cluster.Database
	asCaller, asRole *pgx.Conn // as the caller's role, and as the database's
	// isGround is set as long as nothing was made that an extension's script could call.
	isGround, isAnother bool
	like                *Settlement // nil: the archive has its own owners and grants
	reads               []string    // settings of how the text of statements is read
	grants, fires       []string
	largeGrants         *largeGrants
	large               []string // statements that make large objects, held back to run together
	named               []string
	// refusal is about the first statement that neither role may run: no rows are restored then. lacks are the next.
	refusal error
	lacks   []string
}

// LoadConfined is Load into a confined database. What it leaves out is settled later. If the archive is a dump, made
// with Unsettled, of a database that like was to settle, like supplies what is left out.
func (t *Tools) LoadConfined(ctx context.Context, db *cluster.Database, like *Settlement, format string, jobs int,
	path string, more ...string) (_ *Settlement, err error) {
	c := &confined{tools: t, db: db, isGround: true, like: like, largeGrants: &largeGrants{}}
	if arg := OtherOption(more); arg != "" {
		err := fmt.Errorf("%w: pg_restore %s, where a role without superuser restores", arguments.ErrUnsupported, arg)
		return nil, hint.With(err, TrustHint)
	}
	c.asRole, err = c.db.ConnectUnder(ctx, c.tools.pinned, c.tools.logNotice)
	defer c.close(context.WithoutCancel(ctx))
	switch {
	case err != nil:
	case format == "plain":
		err = c.feedFile(ctx, path)
	default:
		err = c.loadParts(ctx, format, jobs, path, more)
	}
	if err != nil {
		return nil, ExplainRights(hint.Explain(fmt.Errorf("could not restore %s: %w", filepath.Base(path), err)), TrustHint)
	}
	if like != nil {
		c.reads, c.grants, c.fires, c.largeGrants = like.reads, like.grants, like.fires, like.large
	}
	return &Settlement{db: db, reads: c.reads, grants: c.grants, fires: c.fires, large: c.largeGrants, Named: c.named}, nil
}

// Unsettled are the options of pg_dump for a database that is not settled.
var Unsettled = []string{"--no-owner", "--no-privileges"}

// leavesOut are the options of pg_restore that leave something out and change nothing else, and those that change
// nothing here, where the first error ends the restore.
var leavesOut = []string{"-O", "--no-owner", "-x", "--no-privileges", "--no-acl", "--no-comments", "--no-publications",
	"--no-subscriptions", "--no-security-labels", "--no-tablespaces", "-v", "--verbose",
	"-e", "--exit-on-error", "--strict-names", "--no-data-for-failed-tables"}

// OtherOption returns the first option of pg_restore that may do more than leave something out, or "".
func OtherOption(args []string) string {
	for _, arg := range args {
		if slices.ContainsFunc(arguments.OptionsIn(arg),
			func(option string) bool { return arguments.SpelledOut(option, leavesOut) == "" }) {
			return arg
		}
	}
	return ""
}

// TrustHint is the advice about an archive that a confined database cannot take.
const TrustHint = "a role without superuser restores the archive: if you trust its author with your server, " +
	"-trusted restores it with all your rights; a throw-away cluster (with no server named) takes it in any case"

// OrTrust adds to the advice of an error that -trusted needs less.
func OrTrust(err error) error {
	if advice := hint.Of(err); advice != "" {
		return hint.With(err, advice+"; else: "+TrustHint)
	}
	return err
}

// lacksRights matches errors that a role may get because it is not a superuser.
var lacksRights = regexp.MustCompile(`(?i)superuser|permission denied|must (?:be|have) |only roles|` +
	`violates check constraint|transition data type cannot be|row-level security`)

// ExplainRights adds this advice to an error that a superuser may not get, unless it has such advice.
func ExplainRights(err error, more string) error {
	advice := hint.Of(err)
	if err == nil || !lacksRights.MatchString(err.Error()) || strings.Contains(advice, "-trusted") {
		return err
	}
	if advice != "" {
		more += "; else: " + advice
	}
	return hint.With(err, more)
}

// call readies asCaller, which few archives need.
func (c *confined) call(ctx context.Context) (err error) {
	if c.asCaller == nil {
		if c.asCaller, err = c.db.ConnectAsCaller(ctx, c.tools.pinned, c.tools.logNotice); err != nil {
			return err
		}
	}
	// Do not even parse the functions that a superuser creates, whatever the archive sets: a constant can run a check.
	_, err = session.RunMany(ctx, c.asCaller.PgConn(), slices.Concat(c.reads,
		[]string{"set check_function_bodies = off", "set client_min_messages = warning", noPath}))
	return err
}

// noPath clears the search_path, so that no name resolves to an object of the archive.
const noPath = "select pg_catalog.set_config('search_path', '', false)"

func (c *confined) close(ctx context.Context) {
	for _, conn := range []*pgx.Conn{c.asCaller, c.asRole} {
		if conn != nil {
			_ = conn.Close(ctx) // nothing to save
		}
	}
}

func (c *confined) feedFile(ctx context.Context, path string) error {
	if err := toc.CheckTrailer(path); err != nil {
		return err
	}
	return c.tools.read(path, func(in io.Reader) error { return c.feed(ctx, in, archive.Makes) })
}

// feed runs the statements of turn from and later, and keeps those that belong to the settlement.
func (c *confined) feed(ctx context.Context, in io.Reader, from archive.Turn) error {
	err := eachStatement(in, false, func(s *archive.Statement, data io.Reader) error {
		switch turn := s.Turn(); {
		case turn == archive.Grants:
			c.isAnother = s.IsAuthorization(c.isAnother)
			if !c.largeGrants.add(s.Text) {
				c.grants = append(c.grants, string(s.Text))
			}
		case turn == archive.Fires:
			c.fires = append(c.fires, string(s.Text))
		case turn >= from && !c.isAnother && c.refusal == nil && makesLarge.Match(s.Text):
			c.isGround = c.isGround && s.IsGround()
			if c.large = append(c.large, string(s.Text)); len(c.large) == session.Together {
				return c.makeLarge(ctx)
			}
		case turn >= from, s.IsSetting():
			if err := c.makeLarge(ctx); err != nil {
				return err
			}
			if c.refusal != nil {
				return c.attempt(ctx, s)
			}
			return c.make(ctx, s, data)
		}
		return nil
	})
	if err == nil {
		err = c.makeLarge(ctx)
	}
	if err == nil && len(c.lacks) > 0 {
		return fmt.Errorf("%w\n    Also refused: %s", c.refusal, hint.List(c.lacks))
	}
	return cmp.Or(err, c.refusal)
}

// attempt finds out whether a statement would be refused too, as far as that shows without what was refused.
func (c *confined) attempt(ctx context.Context, s *archive.Statement) error {
	if s.IsCopy || s.IsExtension() {
		return nil
	}
	switch err := send(ctx, c.asRole.PgConn(), s, nil); sqlstate.Of(err) {
	case "":
		return err
	case sqlstate.NoRight:
		if !s.IsAllowed() {
			c.lacks = append(c.lacks, cmp.Or(strings.TrimSpace(made.FindString(s.Excerpt())), s.Excerpt()))
		}
	}
	return nil
}

// make runs a statement as the database's role, or as the caller's if that is needed and allowed.
func (c *confined) make(ctx context.Context, s *archive.Statement, data io.Reader) error {
	if c.isAnother {
		const what = "the archive was made with --use-set-session-authorization: it creates objects as other roles"
		return hint.With(errors.New(what), "dump without that option; or "+TrustHint)
	}
	if s.IsExtension() && c.isGround { // even one that a role without superuser may create
		return c.makeExtension(ctx, s)
	}
	err := send(ctx, c.asRole.PgConn(), s, data)
	switch {
	case err == nil && s.IsEncoding():
		c.reads = append(c.reads, string(s.Text))
		return nil
	case err == nil:
		c.isGround = c.isGround && s.IsGround()
		return nil
	case sqlstate.Of(err) != sqlstate.NoRight || s.IsCopy:
		return err
	case !s.IsAllowed():
		c.refusal = explainStatement(err, s)
		return nil
	}
	if err = c.call(ctx); err == nil {
		err = send(ctx, c.asCaller.PgConn(), s, data)
	}
	switch {
	case err != nil:
		return err
	case s.IsWrapper():
		return c.allow(ctx)
	case !strings.HasPrefix(s.Excerpt(), "COMMENT "):
		c.named = append(c.named, made.FindString(s.Excerpt()))
	}
	return nil
}

// makeExtension creates an extension with the caller's rights. While its script runs, the schemas have their final
// owners, because the server records which rights the script grants, and on whose behalf.
func (c *confined) makeExtension(ctx context.Context, s *archive.Statement) error {
	if err := c.call(ctx); err != nil {
		return err
	}
	role := pgx.Identifier{c.db.Name}.Sanitize()
	schemas, err := session.Texts(ctx, c.asCaller, "select nspname::text from pg_catalog.pg_namespace where "+
		"pg_catalog.pg_get_userbyid(nspowner) = "+session.Literal(c.db.Name))
	if err != nil {
		return err
	}
	var first, last []string
	for _, schema := range schemas {
		alter := "alter schema " + pgx.Identifier{schema}.Sanitize() + " owner to "
		first, last = append(first, alter+"session_user"), append(last, alter+role)
	}
	grants := c.grants
	if c.like != nil {
		grants = c.like.grants
	}
	for _, text := range grants {
		if strings.HasPrefix(text, "ALTER SCHEMA ") {
			first = append(first, text)
		}
	}
	for _, text := range slices.Concat(first, []string{string(s.Text)}, last) {
		if err := c.asCaller.PgConn().ExecParams(ctx, text, nil, nil, nil, nil).Read().Err; err != nil {
			return err
		}
	}
	return c.allow(ctx)
}

// made matches a statement up to the name of what it makes; a connection string or a password may follow.
var made = regexp.MustCompile(`^(?:CREATE|ALTER) [A-Z ]+ (?:"(?:[^"]|"")+"|[^" (])+`)

// allow lets the role fill and use what extensions made.
func (c *confined) allow(ctx context.Context) error {
	const setRole = "select pg_catalog.set_config('pgroundtrip.role', $1, false)"
	if _, err := c.asCaller.Exec(ctx, setRole, c.db.Name); err != nil {
		return err
	}
	grants, err := session.Texts(ctx, c.asCaller, session.Statement(confinedSQL))
	if err == nil {
		_, err = session.RunMany(ctx, c.asCaller.PgConn(), grants)
	}
	return err
}

// loadParts restores an archive that pg_restore reads: definitions statement by statement, rows and indexes by
// pg_restore, which can run several jobs, and then the later turns. Those have no rows, so rows are not read again.
func (c *confined) loadParts(ctx context.Context, format string, jobs int, path string, more []string) error {
	entries := toc.Entries(path, format)
	if err := c.feedFrom(ctx, archive.Makes, "", more, "--section=pre-data", path); err != nil {
		return err
	}
	c.reads, c.grants, c.fires, c.largeGrants = nil, nil, nil, &largeGrants{} // they come again, with those of the rest
	args := slices.Concat([]string{"--no-password", "--exit-on-error", "--no-owner", "--no-privileges", "--section=data",
		"--section=post-data"}, more)
	if jobs > 1 {
		args = append(args, "--jobs="+strconv.Itoa(jobs))
	}
	if err := c.tools.loadLists(ctx, c.db, entries, false, append(args, path)); err != nil {
		return err
	}
	list, err := toc.List(entries, func(e toc.Entry) bool { return !e.HasData })
	if err != nil {
		return err
	}
	return c.feedFrom(ctx, archive.Late, list, more, "--use-list=/dev/stdin", path)
}

// feedFrom feeds what pg_restore prints for a list, except rows.
func (c *confined) feedFrom(ctx context.Context, from archive.Turn, list string, more []string, args ...string) error {
	return c.tools.print(ctx, strings.NewReader(list),
		func(ctx context.Context, in io.Reader) error { return c.feed(ctx, in, from) },
		slices.Concat([]string{"--file=-"}, more, args)...)
}

// During calls do with a connection of the caller's role while everything has its final owner and all grants and
// event triggers exist. This happens in one transaction, so that nothing in the archive runs with the rights of the
// owners. ready, which may be nil, is called before the transaction. If isKept is set, the transaction is committed.
func (s *Settlement) During(ctx context.Context, isKept bool, ready, do func(*pgx.Conn) error) error {
	role := pgx.Identifier{s.db.Name}.Sanitize()
	first := []string{"begin", "reassign owned by " + role + " to session_user"}
	return s.db.AsCaller(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, noPath)
		if err == nil {
			err = OrTrust(locks.Need(ctx, conn, locks.Budget{Owner: s.db.Name}))
		}
		if err == nil && ready != nil {
			err = ready(conn)
		}
		if err == nil {
			err = runEach(ctx, conn, s.reads)
		}
		if err == nil {
			err = s.giveLargeObjects(ctx, conn)
		}
		if err == nil {
			err = runEach(ctx, conn, slices.Concat(first, s.grants, []string{"drop owned by " + role}, s.fires,
				[]string{"reset client_encoding", "reset standard_conforming_strings"}))
		}
		if err != nil {
			return err
		}
		if do != nil {
			err = do(conn)
		}
		end := map[bool]string{true: "commit", false: "rollback"}[isKept && err == nil]
		_, ended := conn.Exec(context.WithoutCancel(ctx), end)
		return errors.Join(err, ended)
	})
}

// runEach runs statements one by one, so that nothing can be appended to one.
func runEach(ctx context.Context, conn *pgx.Conn, statements []string) error {
	for _, text := range statements {
		if err := conn.PgConn().ExecParams(ctx, text, nil, nil, nil, nil).Read().Err; err != nil {
			return cannotSettle(text, err)
		}
	}
	return nil
}

func cannotSettle(text string, err error) error {
	const noMemory = "53200"
	explained := fmt.Errorf("could not restore an owner, a grant or an event trigger: %w\n    Command was: %s", err, text)
	if sqlstate.Of(err) == noMemory {
		return hint.With(explained, "owners and grants are restored in one transaction, which locks every "+
			"table and index: raise max_locks_per_transaction on the server, which needs a restart; else: "+TrustHint)
	}
	return hint.Explain(explained)
}
