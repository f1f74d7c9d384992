package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
)

// needSpace refuses a restore that a throw-away cluster has no room for. The copy has no dead rows and its
// indexes are packed, so it can be smaller than the source was, but hardly by half.
func (r *restore) needSpace() error {
	free, known := r.Server.FreeBytes()
	if !known || r.Manifest == nil || free >= r.Manifest.Source.SizeBytes/2 {
		return nil
	}
	const mega = 1 << 20
	return &cluster.HintError{
		Err:  fmt.Errorf("the source had %d MB, and the disk of the throw-away cluster has %d MB left", r.Manifest.Source.SizeBytes/mega, free/mega),
		Hint: "free some space, point TMPDIR at a disk that has it, or name a server with -dsn",
	}
}

func (r *restore) needExtensions(ctx context.Context, conn *pgx.Conn) error {
	there, err := texts(ctx, conn, "select name::text from pg_available_extensions")
	if err != nil {
		return err
	}
	return explainExtensions(slices.DeleteFunc(slices.Clone(r.Contents.Extensions), func(name string) bool { return slices.Contains(there, name) }))
}

// explainExtensions is an error that names the extensions the server cannot create.
func explainExtensions(missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	return &cluster.HintError{
		Err:  fmt.Errorf("the archive needs extensions that the server does not have: %s", strings.Join(missing, ", ")),
		Hint: "install them for this major (on Debian most are in postgresql-contrib or postgresql-<major>-<name>), or name another server with -dsn",
	}
}

// needRoles creates the roles that are missing on a throw-away cluster, without a right to log in;
// on a user's server it names the statements that do.
func (r *restore) needRoles(ctx context.Context, conn *pgx.Conn) error {
	there, err := texts(ctx, conn, "select rolname::text from pg_roles")
	if err != nil {
		return err
	}
	noOwners, noGrants := leavesOut(r.Args)
	var names, statements []string
	for _, role := range r.Contents.Roles {
		if noOwners {
			role.Uses &^= Owns | OwnsAsSuper
		}
		if noGrants {
			role.Uses &^= Granted
		}
		if role.Uses == 0 || slices.Contains(there, role.Name) {
			continue
		}
		names, statements = append(names, role.Name), append(statements, r.createRole(role))
	}
	if len(statements) == 0 {
		return nil
	}
	if !r.Server.Throwaway {
		return &cluster.HintError{
			Err:  errors.New("the archive refers to roles that the server does not have"),
			Hint: "create them: " + strings.Join(statements, "; ") + ";",
		}
	}
	r.Log("created as roles without login, because the archive refers to them: %s", strings.Join(names, ", "))
	if _, err := conn.Exec(ctx, strings.Join(statements, "; ")); err != nil {
		return fmt.Errorf("could not create the roles that the archive refers to: %w", err)
	}
	return nil
}

// createRole is the statement that creates a stand-in for a role of the source. A materialized view is
// refreshed with the rights of its owner, some of which come from roles that it is a member of; what is
// a member of which, no archive says. On a throw-away cluster such a role may therefore read all.
func (r *restore) createRole(role Role) string {
	statement := "create role " + pgx.Identifier{role.Name}.Sanitize() + " nologin"
	if role.Uses&OwnsAsSuper != 0 {
		statement += " superuser"
	}
	if r.Server.Throwaway && r.Server.Version.Major >= 14 {
		statement += " in role pg_read_all_data"
	}
	return statement
}

// needAttver asks the server whether it takes pg_attver, on a table that does not stay.
func (r *restore) needAttver(ctx context.Context) error {
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "begin; create temporary table attver (c int); alter table attver alter column c set (pg_attver = 1); rollback")
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return errAttver(fmt.Sprintf("the server, %s, does not take it", r.Server.Version))
	}
	return err
}
