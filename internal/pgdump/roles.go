package pgdump

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

// ReadRoles returns the roles of an archive with their names in UTF-8: an archive holds them in the encoding of its
// database. For SQL_ASCII that is unknown, and names that are not UTF-8 are made printable. It connects only if a
// name has to be converted.
func (c Contents) ReadRoles(ctx context.Context, connect func(context.Context) (*pgx.Conn, error)) ([]Role, error) {
	roles := slices.Clone(c.Roles)
	var foreign []string
	for i, role := range roles {
		isForeign := strings.ContainsFunc(role.Name, func(r rune) bool { return r >= utf8.RuneSelf })
		switch {
		case !isForeign || c.Encoding == "UTF8":
		case c.Encoding == "" || c.Encoding == "SQL_ASCII":
			roles[i].Name = record.Printable(role.Name)
		default:
			foreign = append(foreign, fmt.Sprintf("(%d, convert_from('\\x%x', %s))", i, role.Name, session.Literal(c.Encoding)))
		}
	}
	if len(foreign) == 0 {
		return roles, nil
	}
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "values "+strings.Join(foreign, ", "))
	if err != nil {
		return nil, fmt.Errorf("could not read the names of the archive's roles as %s: %w", c.Encoding, err)
	}
	var i int
	var name string
	if _, err := pgx.ForEachRow(rows, []any{&i, &name}, func() error { roles[i].Name = name; return nil }); err != nil {
		return nil, fmt.Errorf("could not read the names of the archive's roles as %s: %w", c.Encoding, err)
	}
	return roles, nil
}
