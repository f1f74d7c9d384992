package drill

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

// needRoles creates missing roles on a throw-away cluster, without the right to log in. On any other server it
// returns an error with the statements that create them. conn must be connected to the scratch database, because the
// server stores a role's name in the encoding of the database where it was created.
func (d *Drill) needRoles(ctx context.Context, conn *pgx.Conn) (err error) {
	if d.Contents.Roles, err = d.Contents.ReadRoles(ctx, d.db.Connect); err != nil {
		return err
	}
	missing, rights := d.rolesInUse(), d.rightsByName()
	there, err := existingRoles(ctx, conn, missing, rights)
	if err != nil {
		return err
	}
	maps.DeleteFunc(missing, func(name string, _ pgdump.Use) bool { return there[name] })
	addGranted(missing, rights, there)
	if len(missing) == 0 {
		return nil
	}
	statements := d.createRoles(missing, rights, there)
	if !d.Server.Throwaway {
		return hint.With(errors.New("the archive refers to roles that the server does not have"),
			"create them: "+strings.Join(statements, "; ")+";")
	}
	names := slices.Sorted(maps.Keys(missing))
	d.Log("created as roles without login, because the archive refers to them: %s", strings.Join(names, ", "))
	if _, err := conn.Exec(ctx, strings.Join(statements, "; ")); err != nil {
		return fmt.Errorf("could not create the roles that the archive refers to: %w", err)
	}
	return nil
}

// existingRoles returns which of the roles, and of the roles they are members of, exist on the server. It asks by name,
// because a name stored in another encoding may be unreadable in this database.
func existingRoles(ctx context.Context, conn *pgx.Conn, uses map[string]pgdump.Use,
	rights map[string]record.RoleRights) (map[string]bool, error) {
	names := slices.Collect(maps.Keys(uses))
	for _, role := range rights {
		names = append(append(names, role.MemberOf...), role.Name)
	}
	found, err := session.Texts(ctx, conn,
		"select rolname::text from pg_roles where rolname = any (array["+session.Literals(names)+"]::name[])")
	there := map[string]bool{}
	for _, name := range found {
		there[name] = true
	}
	return there, err
}

// rolesInUse returns the roles that the restore needs, by name.
func (d *Drill) rolesInUse() map[string]pgdump.Use {
	noOwners, noGrants := arguments.LeavesOut(d.Args)
	inUse := map[string]pgdump.Use{}
	for _, role := range d.Contents.Roles {
		if noOwners {
			role.Uses &^= pgdump.Owns | pgdump.OwnsAsSuper
		}
		if noGrants {
			role.Uses &^= pgdump.Granted
		}
		if role.Uses != 0 {
			inUse[role.Name] = role.Uses
		}
	}
	if d.Manifest != nil {
		for _, role := range d.Manifest.RoleRights {
			if role.InRows {
				inUse[role.Name] |= pgdump.Named
			}
		}
	}
	return inUse
}

// rightsByName returns the rights of roles that the manifest knows.
func (d *Drill) rightsByName() map[string]record.RoleRights {
	rights := map[string]record.RoleRights{}
	if d.Manifest != nil {
		for _, role := range d.Manifest.RoleRights {
			rights[role.Name] = role
		}
	}
	return rights
}

// addGranted adds the roles that missing ones are members of, if those are missing too.
func addGranted(missing map[string]pgdump.Use, rights map[string]record.RoleRights, there map[string]bool) {
	for next := slices.Collect(maps.Keys(missing)); len(next) > 0; next = next[1:] {
		for _, role := range rights[next[0]].MemberOf {
			if _, isKnown := rights[role]; isKnown && missing[role] == 0 && !there[role] {
				missing[role] = pgdump.Named
				next = append(next, role)
			}
		}
	}
}

// createRoles returns the statements that create stand-ins for roles of the source. Materialized views are refreshed
// with their owner's rights, so the stand-ins get the rights that the manifest knows. Without a manifest, roles of a
// throw-away cluster may read everything.
func (d *Drill) createRoles(roles map[string]pgdump.Use, known map[string]record.RoleRights,
	there map[string]bool) []string {
	var statements, grants []string
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		rights, isKnown := known[name]
		statement := "create role " + quoteName(name) + " nologin"
		if rights.Superuser || roles[name]&pgdump.OwnsAsSuper != 0 {
			statement += " superuser"
		}
		if rights.BypassRLS || !isKnown && d.Server.Throwaway {
			statement += " bypassrls"
		}
		if !isKnown && d.Server.Throwaway && d.Server.Version.Major >= 14 {
			statement += " in role pg_read_all_data"
		}
		statements = append(statements, statement)
		for _, role := range rights.MemberOf {
			if roles[role] != 0 || there[role] {
				grants = append(grants, "grant "+quoteName(role)+" to "+quoteName(name))
			}
		}
	}
	return append(statements, grants...)
}

func quoteName(name string) string { return pgx.Identifier{name}.Sanitize() }
