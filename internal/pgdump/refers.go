package pgdump

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

// references are what the SQL of an archive expects of the server it is restored into.
type references struct {
	roles       map[string]Use
	extensions  map[string]bool
	tablespaces map[string]bool
	logins      bool            // event triggers on login
	everyTable  map[string]bool // publications FOR ALL TABLES, which only superusers can own
}

// A Role is a role that an archive refers to. Predefined roles (pg_monitor ...) are not included: every server has
// them.
type Role struct {
	Name string
	Uses Use
}

// A Use is how an archive uses a role, as a set of bits.
type Use int

// How an archive uses a role.
const (
	Owns        Use = 1 << iota // an object; left out by --no-owner
	OwnsAsSuper                 // an object that only a superuser may own, such as an event trigger
	Granted                     // has or grants rights; left out by --no-acl
	Named                       // in a policy, a user mapping or a row
)

// The statements in which pg_dump and pg_restore name roles and extensions; each begins a line (pg_dump.c,
// dumputils.c). A name is quoted unless it is in lower case; PUBLIC in upper case is not a name.
const name = `(?:"(?:[^"]|"")+"|[a-z_][a-z0-9_]*)`

var (
	ownerLine = regexp.MustCompile(`(?s)^ALTER (.+) OWNER TO (` + name + `);$`)
	grantLine = regexp.MustCompile(`(?s)^(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) .+ (?:TO|FROM) (` + name +
		`)(?: WITH GRANT OPTION| CASCADE)?;$`)
	defaultLine = regexp.MustCompile(`^ALTER DEFAULT PRIVILEGES FOR ROLE (` + name + `) `)
	grantorLine = regexp.MustCompile(`^SET SESSION AUTHORIZATION (` + name + `);$`)
	policyLine  = regexp.MustCompile(`^CREATE POLICY ` + name + ` ON ` + name + `(?:\.` + name +
		`)?(?: AS RESTRICTIVE)?(?: FOR [A-Z]+)? TO (` + name + `(?:, ` + name + `)*)`)
	mappingLine     = regexp.MustCompile(`^CREATE USER MAPPING FOR (` + name + `) SERVER `)
	publicationLine = regexp.MustCompile(`^CREATE PUBLICATION (` + name + `) FOR ALL TABLES`)
	extensionLine   = regexp.MustCompile(`^CREATE EXTENSION (?:IF NOT EXISTS )?(` + name + `)`)
	loginLine       = regexp.MustCompile(`^CREATE EVENT TRIGGER ` + name + ` ON login$`)
	tablespaceLine  = regexp.MustCompile(`^SET default_tablespace = (` + name + `);$`)
	oneName         = regexp.MustCompile(name)
)

func newReferences() references {
	return references{roles: map[string]Use{}, extensions: map[string]bool{}, tablespaces: map[string]bool{},
		everyTable: map[string]bool{}}
}

// read collects the references in the first line of a statement, or in more lines if a name contains a line break.
func (r *references) read(line []byte) {
	switch text := string(line); {
	case strings.HasPrefix(text, "ALTER DEFAULT PRIVILEGES "):
		r.add(Granted, names(defaultLine, text)...)
		r.add(Granted, names(grantLine, text)...)
	case strings.HasPrefix(text, "ALTER "):
		if m := ownerLine.FindStringSubmatch(text); m != nil {
			r.add(r.ownership(m[1]), m[2])
		}
	case strings.HasPrefix(text, "GRANT "), strings.HasPrefix(text, "REVOKE "):
		r.add(Granted, names(grantLine, text)...)
	case strings.HasPrefix(text, "SET SESSION "):
		r.add(Granted, names(grantorLine, text)...)
	case strings.HasPrefix(text, "CREATE POLICY "):
		r.add(Named, names(policyLine, text)...)
	case strings.HasPrefix(text, "CREATE USER MAPPING "):
		r.add(Named, names(mappingLine, text)...)
	case strings.HasPrefix(text, "CREATE PUBLICATION "):
		for _, publication := range names(publicationLine, text) {
			r.everyTable[publication] = true
		}
	case strings.HasPrefix(text, "CREATE EVENT TRIGGER "):
		r.logins = r.logins || loginLine.MatchString(text)
	case strings.HasPrefix(text, "SET default_tablespace "):
		for _, tablespace := range names(tablespaceLine, text) {
			r.tablespaces[Unquote(tablespace)] = true
		}
	case strings.HasPrefix(text, "CREATE EXTENSION "):
		for _, extension := range names(extensionLine, text) {
			r.extensions[Unquote(extension)] = true
		}
	}
}

// names returns the names in the first group of the pattern's match, as written.
func names(pattern *regexp.Regexp, line string) []string {
	m := pattern.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	return oneName.FindAllString(m[1], -1)
}

// ownership returns what it takes to own an object, for example "EVENT TRIGGER name".
func (r *references) ownership(object string) Use {
	for _, kind := range []string{"EVENT TRIGGER ", "FOREIGN DATA WRAPPER ", "SUBSCRIPTION "} {
		if strings.HasPrefix(object, kind) {
			return OwnsAsSuper
		}
	}
	if publication, is := strings.CutPrefix(object, "PUBLICATION "); is && r.everyTable[publication] {
		return OwnsAsSuper
	}
	return Owns
}

func (r *references) add(use Use, roles ...string) {
	for _, role := range roles {
		if role = Unquote(role); role != "public" && !strings.HasPrefix(role, "pg_") { // no role can have these names
			r.roles[role] |= use
		}
	}
}

func Unquote(name string) string {
	if inner, isQuoted := strings.CutPrefix(name, `"`); isQuoted {
		return strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
	}
	return name
}

// sorted returns what was found, in byte order.
func (r *references) sorted() (roles []Role, extensions, tablespaces []string) {
	for _, role := range slices.Sorted(maps.Keys(r.roles)) {
		roles = append(roles, Role{role, r.roles[role]})
	}
	return roles, append([]string{}, slices.Sorted(maps.Keys(r.extensions))...), slices.Sorted(maps.Keys(r.tablespaces))
}

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
	type named struct {
		Role int
		Name string
	}
	names, err := session.Rows[named](ctx, conn, "values "+strings.Join(foreign, ", "),
		"read the names of the archive's roles as "+c.Encoding)
	for _, n := range names {
		roles[n.Role].Name = n.Name
	}
	return roles, err
}
