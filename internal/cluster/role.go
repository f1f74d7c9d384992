package cluster

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/conninfo"
)

// ErrNoLogin marks a server at which a role that this run created cannot log in.
var ErrNoLogin = errors.New("a role created for this run cannot log in")

//go:embed confine.sql
var confineSQL string

// Confine creates a role of the run's own, as which everything in the empty database is done from now on. The role
// can create objects there and in these tablespaces, has no other rights on the server than everyone, and can log in
// to no other database. It has the name of the database and is dropped with it. The connection that showed that it can
// log in is returned. After an error the role does not exist; if the error wraps ErrNoLogin, the database is unchanged.
func (db *Database) Confine(ctx context.Context, tablespaces []string) (conn *pgx.Conn, err error) {
	random := make([]byte, 16)
	rand.Read(random) // never fails (crypto/rand)
	password := hex.EncodeToString(random)
	var more string
	if db.server.Version.Major >= 15 {
		more += "grant set on parameter session_replication_role to NAME; "
	}
	for _, tablespace := range tablespaces {
		more += "grant create on tablespace " + pgx.Identifier{tablespace}.Sanitize() + " to NAME; "
	}
	create := strings.NewReplacer("PASSWORD", password, "ROLE_COMMENT", roleComment,
		"MORE", strings.ReplaceAll(more, "NAME", db.identifier()), "NAME", db.identifier()).Replace(confineSQL)
	err = db.AsCaller(ctx, func(conn *pgx.Conn) error { return run(create)(ctx, conn) })
	if err != nil {
		return nil, fmt.Errorf("could not create a role to restore the archive as: %w", err)
	}
	if conn, err = db.login(ctx, password); err != nil {
		ctx := context.WithoutCancel(ctx)
		err = errors.Join(err, db.AsCaller(ctx, func(conn *pgx.Conn) error { return run(db.dropRole())(ctx, conn) }))
	}
	return conn, err
}

// login finds out how the role can log in: a server may require the operating system's user name on its unix socket,
// and a password over loopback. Database and password exist on one server only.
func (db *Database) login(ctx context.Context, password string) (*pgx.Conn, error) {
	dsn := db.CallersDSN().With("user", db.Name).With("password", password)
	delete(dsn, "require_auth") // for the caller's role; this password is worthless elsewhere
	if options := dsn["options"]; strings.Contains(options, "role") || strings.Contains(options, "session_authorization") {
		delete(dsn, "options") // they would switch to the caller's role
	}
	ways := []conninfo.DSN{dsn}
	if strings.HasPrefix(dsn["host"], "/") {
		ways = append(ways, dsn.With("host", "127.0.0.1"))
	}
	var refusals []error
	for _, way := range ways {
		conn, err := db.server.dial(ctx, way, 0, false, pin)
		if err == nil {
			db.role = way
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		refusals = append(refusals, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrNoLogin, refusals[0])
}

// IsConfined reports whether a role of the run's own is used in the database.
func (db *Database) IsConfined() bool { return db.role != nil }

// SetForRole gives the sessions of a confined database a setting that its role may not make itself.
func (db *Database) SetForRole(ctx context.Context, name, literal string) error {
	setting := pgx.Identifier(strings.Split(name, ".")).Sanitize()
	return db.server.admin(ctx, run("alter role "+db.identifier()+" set "+setting+" = "+literal))
}

// AsCaller calls do with a connection to the database as the caller's role, even if the database is confined.
func (db *Database) AsCaller(ctx context.Context, do func(*pgx.Conn) error) error {
	conn, err := db.server.connect(ctx, db.CallersDSN())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, noLimits); err != nil {
		return err
	}
	return do(conn)
}

// ConnectAsCaller is ConnectUnder as the caller's role, even if the database is confined.
func (db *Database) ConnectAsCaller(ctx context.Context, options string,
	onNotice func(*pgconn.Notice)) (*pgx.Conn, error) {
	other := *db
	other.role = nil
	return other.ConnectUnder(ctx, options, onNotice)
}

// Release drops the role of a database that is kept. Requires that nothing in the database belongs to the role any
// more.
func (db *Database) Release(ctx context.Context) error {
	if db.role == nil {
		return nil
	}
	db.role = nil
	return db.server.admin(context.WithoutCancel(ctx), run(db.dropRole()))
}

// dropRole returns a statement that drops the role, if it exists, and its rights on the server.
func (db *Database) dropRole() string { return fmt.Sprintf(dropRoleSQL, db.Name) }

// roleComment is the comment of every such role.
const roleComment = "role of a scratch database of pgroundtrip, safe to drop when no pgroundtrip runs"

const dropRoleSQL = `do $$ begin
	if exists (select from pg_catalog.pg_roles where rolname = '%[1]s') then drop owned by %[1]s; drop role %[1]s; end if;
end $$`
