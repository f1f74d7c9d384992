package cluster

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/conninfo"
)

// ErrNoLogin marks a server that does not let in a role of the run's own.
var ErrNoLogin = errors.New("a role of the run's own cannot log in")

// Confine has everything that is done in the empty database from now on done by a role of the run's own, which can
// make objects there and in these tablespaces, and has no other right on the server but those that everyone has; it can
// log in to no other database. It has the name of the database and is dropped with it. After an error there is none;
// one that wraps ErrNoLogin leaves the database as it was.
func (db *Database) Confine(ctx context.Context, tablespaces []string) error {
	random := make([]byte, 16)
	rand.Read(random) // never fails (crypto/rand)
	password := hex.EncodeToString(random)
	statements := []string{
		"set password_encryption = 'scram-sha-256'",                    // which every way to ask for a password takes
		"create role NAME login bypassrls password '" + password + "'", // its own tables may force row-level security on it
		"comment on role NAME is '" + roleComment + "'",
		"grant create, connect, temporary on database NAME to NAME",
		// In any other database its login fails. It may give itself a password, and connect with dblink, but not undo this.
		"alter role NAME set session_preload_libraries = 'pgroundtrip: no login to other databases'",
		"alter role NAME in database NAME set session_preload_libraries from current",
	}
	if db.server.Version.Major >= 15 {
		statements = append(statements, "grant set on parameter session_replication_role to NAME")
	}
	for _, tablespace := range tablespaces {
		statements = append(statements, "grant create on tablespace "+pgx.Identifier{tablespace}.Sanitize()+" to NAME")
	}
	// One text to the server, which does all of it or nothing.
	create := strings.ReplaceAll(strings.Join(append(statements, likeCaller), "; "), "NAME", db.identifier())
	err := db.AsCaller(ctx, func(conn *pgx.Conn) error { return run(create)(ctx, conn) })
	if err != nil {
		return fmt.Errorf("could not create a role for what the archive holds: %w", err)
	}
	if db.role, err = db.login(ctx, password); err != nil {
		ctx := context.WithoutCancel(ctx)
		err = errors.Join(err, db.AsCaller(ctx, func(conn *pgx.Conn) error { return run(db.dropRole())(ctx, conn) }))
	}
	return err
}

// likeCaller lets the role make objects, and has its sessions begin under the defaults of the caller's role.
const likeCaller = `do $$ declare setting text; begin
	grant usage, create on schema public to NAME;
	for setting in
		select (
			select pg_catalog.string_agg(pg_catalog.quote_ident(part), '.')
			from pg_catalog.unnest(pg_catalog.string_to_array(name, '.')) as part
		)
		from pg_catalog.pg_db_role_setting
		cross join pg_catalog.unnest(setconfig) as config
		cross join pg_catalog.split_part(config, '=', 1) as name
		where setdatabase = 0 and setrole = (select oid from pg_catalog.pg_roles where rolname = session_user)
			and name not in ('role', 'session_authorization', 'session_preload_libraries')
	loop
		execute 'alter role NAME set ' || setting || ' from current';
	end loop;
end $$`

// login finds out how the role can log in: a server may ask for the name of the operating system's user on its unix
// socket, and for a password over loopback. Database and password are those of one server only.
func (db *Database) login(ctx context.Context, password string) (conninfo.DSN, error) {
	dsn := db.CallersDSN().With("user", db.Name).With("password", password)
	delete(dsn, "require_auth") // how the caller's role is let in; this password is worth nothing elsewhere
	if options := dsn["options"]; strings.Contains(options, "role") || strings.Contains(options, "session_authorization") {
		delete(dsn, "options") // the caller's role would take its place
	}
	ways := []conninfo.DSN{dsn}
	if strings.HasPrefix(dsn["host"], "/") {
		ways = append(ways, dsn.With("host", "127.0.0.1"))
	}
	var refusals []error
	for _, way := range ways {
		conn, err := db.server.dialFor(ctx, way, 0, false, pin)
		if err == nil {
			return way, conn.Close(ctx)
		}
		if ctx.Err() != nil {
			return nil, err
		}
		refusals = append(refusals, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoLogin, refusals[0])
}

// IsConfined reports whether a role of the run's own does what is done in the database.
func (db *Database) IsConfined() bool { return db.role != nil }

// SetForRole gives the sessions of a confined database a setting that its role may not make itself.
func (db *Database) SetForRole(ctx context.Context, name, literal string) error {
	setting := pgx.Identifier(strings.Split(name, ".")).Sanitize()
	return db.server.admin(ctx, run("alter role "+db.identifier()+" set "+setting+" = "+literal))
}

// AsCaller does something in the database as the role that the caller named, also where it is confined.
func (db *Database) AsCaller(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := db.server.connect(ctx, db.CallersDSN())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, unhindered); err != nil {
		return err
	}
	return do(conn)
}

// ConnectAsCaller is ConnectUnder as the role that the caller named, also where the database is confined.
func (db *Database) ConnectAsCaller(ctx context.Context, options string, told func(*pgconn.Notice)) (*pgx.Conn, error) {
	other := *db
	other.role = nil
	return other.ConnectUnder(ctx, options, told)
}

// Release drops the role of a database that stays; nothing in it belongs to the role any more.
func (db *Database) Release(ctx context.Context) error {
	if db.role == nil {
		return nil
	}
	db.role = nil
	return db.server.admin(context.WithoutCancel(ctx), run(db.dropRole()))
}

// dropRole is the text that drops the role, if it is there, and what it may use of the server.
func (db *Database) dropRole() string { return fmt.Sprintf(dropRoleSQL, db.Name) }

// roleComment is the comment of every such role.
const roleComment = "role of a scratch database of pgroundtrip, safe to drop when no pgroundtrip runs"

const dropRoleSQL = `do $$ begin
	if exists (select from pg_catalog.pg_roles where rolname = '%[1]s') then drop owned by %[1]s; drop role %[1]s; end if;
end $$`
