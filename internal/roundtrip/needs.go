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

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func (r *restore) needExtensions(ctx context.Context, conn *pgx.Conn) error {
	there, err := texts(ctx, conn, "select name::text from pg_available_extensions")
	if err != nil {
		return err
	}
	return explainExtensions(slices.DeleteFunc(slices.Clone(r.Manifest.Extensions), func(name string) bool { return slices.Contains(there, name) }))
}

// needRoles creates the roles that are missing on a throw-away cluster, without a right to log in;
// on a user's server it names the statements that do.
func (r *restore) needRoles(ctx context.Context, conn *pgx.Conn) error {
	there, err := texts(ctx, conn, "select rolname::text from pg_roles")
	if err != nil {
		return err
	}
	var statements []string
	for _, role := range r.Manifest.Roles {
		if slices.Contains(there, role) {
			continue
		}
		r.stubs = append(r.stubs, role)
		statements = append(statements, "create role "+pgx.Identifier{role}.Sanitize()+" nologin")
	}
	if len(statements) == 0 {
		return nil
	}
	if !r.Server.Throwaway {
		r.stubs = nil
		return &cluster.HintError{
			Err:  errors.New("the archive refers to roles that the server does not have"),
			Hint: "create them: " + strings.Join(statements, "; ") + ";",
		}
	}
	r.Log("created as roles without login, because the archive refers to them: %s", strings.Join(r.stubs, ", "))
	if _, err := conn.Exec(ctx, strings.Join(statements, "; ")); err != nil {
		return fmt.Errorf("could not create the roles that the archive refers to: %w", err)
	}
	return nil
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
