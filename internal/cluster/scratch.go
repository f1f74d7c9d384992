package cluster

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/sqlstate"
)

// ScratchPrefix begins the name of every scratch database.
const ScratchPrefix = "pgroundtrip_"

// A Database is a scratch database: created by this run under a random name, and dropped by it.
type Database struct {
	Name   string
	Like   Properties
	server *Server
	role   conninfo.DSN // how its own role connects; nil if it is not confined
}

// CreateScratch creates an empty scratch database from template0 with encoding UTF8 and locale C, so that it needs no
// locale of the machine and sorts the same everywhere. After an error it does not exist.
func (s *Server) CreateScratch(ctx context.Context) (*Database, error) {
	return s.CreateLike(ctx, Properties{})
}

// CreateLike is CreateScratch with the encoding and locale of another database.
func (s *Server) CreateLike(ctx context.Context, like Properties) (*Database, error) {
	db := s.newDatabase(like)
	if err := s.guard.hold(ctx, db); err != nil {
		return db, err
	}
	if err := db.create(ctx); err != nil {
		s.guard.release(context.WithoutCancel(ctx), db)
		return db, err
	}
	return db, nil
}

// newDatabase returns a database that is yet to be created.
func (s *Server) newDatabase(like Properties) *Database {
	name := s.scratch
	if s.scratch = ""; name == "" {
		name = NewScratchName()
	}
	return &Database{Name: name, Like: like, server: s}
}

// NewScratchName returns a new random name for a scratch database.
func NewScratchName() string {
	random := make([]byte, 8)
	rand.Read(random) // never fails (crypto/rand)
	return ScratchPrefix + hex.EncodeToString(random)
}

// Limits for what continues when ctx ends: dropping a hundred thousand files may take minutes.
const connectTime, statementTime = time.Minute, 10 * time.Minute

func (db *Database) create(ctx context.Context) error {
	isThere := false
	err := db.server.admin(ctx,
		run("create database "+db.identifier()+" template template0"+db.Like.clauses()+db.closed()),
		func(context.Context, *pgx.Conn) error { isThere = true; return nil },
		run(db.mark()))
	if err == nil {
		err = context.Cause(ctx)
	}
	switch {
	case err == nil:
		return nil
	case isThere, sqlstate.Of(err) == "": // the server may have done it without reporting so
		if dropped := db.drop(ctx); !isUnreachable(dropped) { // what cannot be reached at all cannot be asked
			err = errors.Join(err, dropped)
		}
	}
	if explained := db.Like.explainLocale(err); explained != err {
		return explained
	}
	return hint.Explain(fmt.Errorf("could not create a scratch database: %w", err))
}

func isUnreachable(err error) bool {
	var unreachable *ConnectError
	return errors.As(err, &unreachable)
}

// Drop drops the database, even if others are connected to it or ctx has ended: what this run created must not stay.
func (db *Database) Drop(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if err := db.drop(ctx); err != nil {
		return err
	}
	db.server.guard.release(ctx, db)
	return nil
}

// drop is Drop for a name that this run may use again.
func (db *Database) drop(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	steps := []step{db.awaitLeaving, run("drop database if exists " + db.identifier() + " with (force)")}
	if db.role != nil {
		steps = append(steps, run(db.dropRole()))
	}
	err := db.server.admin(ctx, steps...)
	if sqlstate.Of(err) == sqlstate.InUse { // a subscription holds it
		if err = db.dropSubscriptions(ctx); err == nil {
			err = db.server.admin(ctx, steps...)
		}
	}
	if db.server.Throwaway && (isUnreachable(err) || sqlstate.Of(err) == "") {
		return nil // gone with its cluster
	}
	if err != nil {
		return hint.With(fmt.Errorf("could not drop the scratch database %s: %w", db.Name, err),
			"drop it by hand: drop database "+db.identifier()+" with (force)")
	}
	return nil
}

// awaitLeaving waits briefly for sessions that were just closed: DROP DATABASE, if it meets one, checks again only
// after 100 ms.
func (db *Database) awaitLeaving(ctx context.Context, conn *pgx.Conn) error {
	const query = "select count(*) from pg_catalog.pg_stat_activity where datname = $1"
	var err error // if the server does not report them, do not wait
	for n, try := 1, 0; err == nil && n > 0 && try < 10; try++ {
		time.Sleep(time.Duration(try) * time.Millisecond)
		err = conn.QueryRow(ctx, query, db.Name).Scan(&n)
	}
	return nil
}

// Recreate drops the database and creates it again, empty.
func (db *Database) Recreate(ctx context.Context) error {
	if err := db.drop(ctx); err != nil {
		return err
	}
	return db.create(ctx)
}

// Connect opens a connection to the scratch database.
func (db *Database) Connect(ctx context.Context) (*pgx.Conn, error) {
	return db.dial(ctx, db.DSN(), pin)
}

func (db *Database) dial(ctx context.Context, dsn conninfo.DSN,
	pin func(*pgx.ConnConfig, pgtool.Version)) (*pgx.Conn, error) {
	return db.server.dial(ctx, dsn, db.server.wait, db.server.mutesLogins && db.role == nil, pin)
}

// ConnectUnder is Connect with more settings, in the form of libpq's keyword options. onNotice is called with the
// server's notices.
func (db *Database) ConnectUnder(ctx context.Context, options string,
	onNotice func(*pgconn.Notice)) (*pgx.Conn, error) {
	dsn := db.DSN()
	dsn = dsn.With("options", strings.TrimSpace(dsn["options"]+" "+options))
	return db.dial(ctx, dsn, func(config *pgx.ConnConfig, server pgtool.Version) {
		pin(config, server)
		config.DefaultQueryExecMode = pgx.QueryExecModeExec // an archive sets its encoding; else pgx sends UTF-8 only
		config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { onNotice(n) }
	})
}

// DSN returns how to connect to the scratch database.
func (db *Database) DSN() conninfo.DSN {
	if db.role != nil {
		return db.role
	}
	return db.CallersDSN()
}

// CallersDSN returns how the caller's role connects to the scratch database.
func (db *Database) CallersDSN() conninfo.DSN { return db.server.dsn.With("dbname", db.Name) }

func (db *Database) identifier() string { return pgx.Identifier{db.Name}.Sanitize() }

// noLimits lifts the defaults of a role or database that could make a session read-only or cut it short.
const noLimits = "set statement_timeout = 0; set lock_timeout = 0; set default_transaction_read_only = off"

// A step of admin.
type step func(context.Context, *pgx.Conn) error

// meanwhile matches PostgreSQL's errors if another session changes, or adds, the same row of a catalog.
var meanwhile = regexp.MustCompile(`tuple concurrently |violates unique constraint "pg_`)

// run returns a step that runs one text outside a transaction. It tries again where another run grants or drops at the
// same moment: the rights on a setting or a tablespace are one row of a shared catalog.
func run(statement string) step {
	return func(ctx context.Context, conn *pgx.Conn) (err error) {
		const tries = 50
		for range tries {
			if _, err = conn.Exec(ctx, statement); err == nil || !meanwhile.MatchString(err.Error()) {
				return err
			}
			time.Sleep(20 * time.Millisecond)
		}
		return err
	}
}

// admin runs steps on a connection of its own. Once begun they continue when ctx ends: otherwise it would be unknown
// whether the database exists.
func (s *Server) admin(ctx context.Context, steps ...step) error {
	connectCtx, cancelConnect := context.WithTimeout(ctx, max(s.wait, connectTime))
	defer cancelConnect()
	conn, err := s.Connect(connectCtx)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), statementTime)
	defer cancel()
	defer conn.Close(ctx)
	for _, do := range append([]step{run(noLimits)}, steps...) {
		if err = do(ctx, conn); err != nil {
			break
		}
	}
	return err
}

// Properties are the encoding and locale of a database, as in pg_database. The zero value is UTF8 with the locale C,
// which every machine has.
type Properties struct {
	Encoding string // "UTF8", "LATIN1" ...; "" means UTF8
	Provider string // "c" libc, "i" ICU, "b" built in; "" means libc
	Collate  string // of libc; "" means C
	Ctype    string // of libc; "" means C
	Locale   string // of ICU or the built-in provider
}

// clauses returns the options of CREATE DATABASE for these properties.
func (p Properties) clauses() string {
	or := func(value, other string) string {
		return "'" + strings.ReplaceAll(cmp.Or(value, other), "'", "''") + "'"
	}
	clauses := " encoding " + or(p.Encoding, "UTF8") + " lc_collate " + or(p.Collate, "C") + " lc_ctype " +
		or(p.Ctype, "C")
	switch p.Provider {
	case "i":
		clauses += " locale_provider icu icu_locale " + or(p.Locale, "und")
	case "b":
		clauses += " locale_provider builtin builtin_locale " + or(p.Locale, "C")
	}
	return clauses
}

// explainLocale adds advice if the server does not have the locale of the source.
func (p Properties) explainLocale(err error) error {
	if !slices.Contains([]string{"42809", "22023", "42704"}, sqlstate.Of(err)) {
		return err
	}
	return hint.With(fmt.Errorf("could not create a scratch database like the source: %w", err),
		"install the locale on the server's machine (on Debian: locale-gen), then restart the server; or name a server "+
			"that has it with -dsn")
}

// Rename renames the database, which is kept from then on.
func (db *Database) Rename(ctx context.Context, name string) error {
	rename := run("alter database " + db.identifier() + " rename to " + pgx.Identifier{name}.Sanitize())
	if err := db.server.admin(ctx, rename); err != nil {
		return fmt.Errorf("could not keep the database as %s: %w", name, err)
	}
	db.server.guard.release(ctx, db)
	db.Name = name
	if err := db.server.admin(ctx, run("comment on database "+db.identifier()+" is null")); err != nil {
		return fmt.Errorf("the database stays as %s, but with the comment of a scratch database: %w", name, err)
	}
	return nil
}

// dropSubscriptions drops the subscriptions that a restore created. It first detaches each from its replication slot,
// which belongs to the source's subscription and must survive.
func (db *Database) dropSubscriptions(ctx context.Context) error {
	return db.AsCaller(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, disableEventTriggers); err != nil {
			return err
		}
		names, err := texts(ctx, conn, `
			select subname::text
			from pg_catalog.pg_subscription
			where subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`)
		for _, name := range names {
			subscription := "subscription " + pgx.Identifier{name}.Sanitize()
			for _, text := range []string{"alter %s disable", "alter %s set (slot_name = none)", "drop %s"} {
				if err == nil {
					_, err = conn.Exec(ctx, strings.ReplaceAll(text, "%s", subscription))
				}
			}
		}
		return err
	})
}

// disableEventTriggers disables the event triggers of the archive: their functions would run with all rights.
const disableEventTriggers = `do $$ declare t name; begin
	if pg_catalog.current_setting('is_superuser') = 'on' then
		for t in select evtname from pg_catalog.pg_event_trigger loop
			execute pg_catalog.format('alter event trigger %I disable', t);
		end loop;
	end if;
end $$`

// Copy creates another scratch database as a copy of this one. Requires that no one is connected to this one (CREATE
// DATABASE refuses otherwise).
func (db *Database) Copy(ctx context.Context) (*Database, error) {
	other := db.server.newDatabase(db.Like)
	if err := db.server.guard.hold(ctx, other); err != nil {
		return nil, err
	}
	create := run("create database " + other.identifier() + " template " + db.identifier() + other.closed())
	if err := db.server.admin(ctx, create, run(other.mark())); err != nil {
		return nil, fmt.Errorf("could not copy the scratch database: %w", err)
	}
	return other, nil
}
