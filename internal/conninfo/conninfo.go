// Package conninfo reads libpq's connection strings and environment, and passes them in the same way to pgx and to
// PostgreSQL's programs.
package conninfo

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
)

// ErrDSN marks a connection string that cannot be read. Its messages never quote a value: it may be a password, or
// part of one that was not quoted correctly.
var ErrDSN = errors.New("cannot read the connection string")

// A DSN is a set of libpq connection keywords (PostgreSQL documentation, "Parameter Key Words"), which libpq's
// programs and pgx both understand. No value is empty.
type DSN map[string]string

// blanks are the separators of key=value pairs: isspace() in the C locale.
const blanks = " \t\n\r\v\f"

// Parse reads a connection string as libpq does: a URL (postgres:// or postgresql://) or key=value pairs. Errors wrap
// ErrDSN.
func Parse(text string) (DSN, error) {
	if strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("%w: it holds a zero byte", ErrDSN)
	}
	for _, scheme := range []string{"postgres://", "postgresql://"} {
		if rest, ok := strings.CutPrefix(text, scheme); ok {
			return parseURL(rest)
		}
	}
	return parsePairs(text)
}

// parsePairs reads key=value pairs as libpq does: blanks around =, values in single quotes, and a backslash before a
// quote or a backslash.
func parsePairs(text string) (DSN, error) {
	dsn := DSN{}
	// The rest of an unquoted password with a blank in it looks like the next keyword.
	passwordSeen := false
	for rest := strings.TrimLeft(text, blanks); rest != ""; rest = strings.TrimLeft(rest, blanks) {
		key, after, found := strings.Cut(rest, "=")
		key = strings.TrimRight(key, blanks)
		if !found || key == "" || strings.ContainsAny(key, blanks+`'\`) {
			return nil, fmt.Errorf("%w: it is neither a URL (postgres://...) nor key=value pairs (a value with a "+
				"blank in it must be in single quotes)", ErrDSN)
		}
		if keywords[key] == nil {
			return nil, unknownKeyword(key, !passwordSeen)
		}
		value, next, err := pairValue(strings.TrimLeft(after, blanks))
		if err != nil {
			return nil, err
		}
		passwordSeen = passwordSeen || isSecret(key)
		dsn[key], rest = value, next
	}
	return dsn.normalized()
}

func pairValue(s string) (value, rest string, err error) {
	quoted := strings.HasPrefix(s, "'")
	if quoted {
		s = s[1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case quoted && c == '\'':
			return b.String(), s[i+1:], nil
		case !quoted && strings.IndexByte(blanks, c) >= 0:
			return b.String(), s[i:], nil
		default:
			b.WriteByte(c)
		}
	}
	if quoted {
		return "", "", fmt.Errorf("%w: a quote ' is opened and never closed", ErrDSN)
	}
	return b.String(), "", nil
}

// unknownKeyword returns the error for an unknown keyword. Requires quote to be false if key may be part of a
// password.
func unknownKeyword(key string, quote bool) error {
	if !quote {
		return fmt.Errorf("%w: it has a parameter that PostgreSQL's programs do not know (a value with a blank or "+
			"special character must be quoted)", ErrDSN)
	}
	return fmt.Errorf("%w: PostgreSQL's programs do not know the parameter %q: leave it out", ErrDSN, key)
}

// normalized drops empty values, replaces aliases by their libpq names, and checks the port and the secrets.
func (d DSN) normalized() (DSN, error) {
	if name := d["database"]; name != "" && d["dbname"] == "" {
		d["dbname"] = name
	}
	delete(d, "database")
	maps.DeleteFunc(d, func(_, value string) bool { return strings.Trim(value, ",") == "" })
	for port := range strings.SplitSeq(d["port"], ",") {
		if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
			return nil, fmt.Errorf("%w: the port is not a number from 1 to 65535 (is a special character in the "+
				"password written as %%XX?)", ErrDSN)
		}
	}
	for key := range d {
		if key != "password" && isSecret(key) {
			return nil, fmt.Errorf("%w: %s would show in the process list of pg_dump: put it into a service file "+
				"(PGSERVICEFILE)", ErrDSN, key)
		}
	}
	return d, nil
}

// String returns the DSN as sorted key=value pairs, without secrets.
func (d DSN) String() string {
	return d.pairs(func(key string) bool { return !isSecret(key) })
}

// pairs returns the wanted keywords of the DSN as sorted key=value pairs.
func (d DSN) pairs(wanted func(key string) bool) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if wanted(key) {
			pairs = append(pairs, key+"="+quotePair(d[key]))
		}
	}
	return strings.Join(pairs, " ")
}

func quotePair(value string) string {
	if value != "" && !strings.ContainsAny(value, blanks+`'\`) {
		return value
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}

// With returns a copy of d with one keyword set.
func (d DSN) With(key, value string) DSN {
	c := maps.Clone(d)
	c[key] = value
	return c
}

// Programs returns what a PostgreSQL program needs to connect: the --dbname argument, without secrets, and
// environment variables for the secrets.
func (d DSN) Programs() (conninfo string, env []string) {
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if variable := keywords[key]["to"]; variable != "" && d[key] != "" {
			env = append(env, variable+"="+d[key])
		}
	}
	return d.pairs(func(key string) bool { return keywords[key]["to"] == "" && key != "client_encoding" }), env
}

// WithEnv fills the keywords that d lacks from libpq's environment variables, so that children need not inherit them.
func (d DSN) WithEnv(env map[string]string) DSN {
	if d["service"] == "" && env["PGSERVICE"] != "" {
		d["service"] = env["PGSERVICE"]
	}
	for key, about := range keywords {
		// A service file takes precedence over the environment, and only libpq can read it.
		isOpen := about["from"] != "" && d[key] == "" && (d["service"] == "" || key == "password")
		if value := env[about["from"]]; isOpen && value != "" {
			d[key] = value
		}
	}
	return d
}

// Address returns where a DSN leads, for people: host:port, the path of a socket, or a list of them.
func (d DSN) Address() string {
	hosts, ports := d["host"], strings.Split(d["port"], ",")
	if hosts == "" {
		hosts = d["hostaddr"]
	}
	var all []string
	for i, host := range strings.Split(hosts, ",") {
		port := ports[min(i, len(ports)-1)]
		switch {
		case host == "":
			host = "localhost"
		case strings.HasPrefix(host, "/") && port != "":
			all = append(all, filepath.Join(host, ".s.PGSQL."+port))
			continue
		}
		if port != "" {
			host = net.JoinHostPort(host, port)
		}
		all = append(all, host)
	}
	return strings.Join(all, ", ")
}

// PGX returns the DSN as a pgx configuration. The password is set after parsing, so that no error can quote it.
func (d DSN) PGX() (*pgx.ConnConfig, error) {
	text := d.pairs(func(key string) bool { return keywords[key]["libpq"] == "" && !isSecret(key) })
	if d["host"] == "" && d["hostaddr"] != "" {
		text += " host=" + quotePair(d["hostaddr"])
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, explainConfig(err, d)
	}
	if d["password"] != "" {
		config.Password = d["password"]
	}
	d.useHostaddr(config)
	// pgx also sends PGOPTIONS, PGTZ ... of this process; only the DSN must count.
	for name := range config.RuntimeParams {
		if d[name] == "" {
			delete(config.RuntimeParams, name)
		}
	}
	if d["application_name"] == "" {
		config.RuntimeParams["application_name"] = "pgroundtrip"
	}
	// pgx needs these to send a query as text, whatever the defaults of the database are.
	config.RuntimeParams["client_encoding"] = "UTF8"
	config.RuntimeParams["standard_conforming_strings"] = "on"
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return config, nil
}

// useHostaddr makes pgx connect where libpq does: host is only a name, hostaddr is its address.
func (d DSN) useHostaddr(config *pgx.ConnConfig) {
	if d["host"] == "" || d["hostaddr"] == "" {
		return
	}
	hosts, addresses := strings.Split(d["host"], ","), strings.Split(d["hostaddr"], ",")
	lookup := config.LookupFunc
	config.LookupFunc = func(ctx context.Context, host string) ([]string, error) {
		if i := slices.Index(hosts, host); i >= 0 && i < len(addresses) && addresses[i] != "" {
			return []string{addresses[i]}, nil
		}
		return lookup(ctx, host)
	}
}

// explainConfig returns what is wrong with the values of a DSN, without quoting the connection string.
func explainConfig(err error, d DSN) error {
	text := err.Error()
	if i := strings.LastIndex(text, "`: "); i >= 0 { // after the connection string
		text = text[i+len("`: "):]
	}
	err = fmt.Errorf("%w: %s", ErrDSN, text)
	if d["service"] != "" && strings.Contains(text, "service") {
		return hint.With(err,
			fmt.Sprintf("the service %q is looked for in PGSERVICEFILE, else ~/.pg_service.conf", d["service"]))
	}
	return err
}

//go:embed keywords.txt
var keywordsText string

// keywords are the lines of keywords.txt: for each keyword what is written after it, "yes" or a name.
var keywords = func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for line := range strings.Lines(keywordsText) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		all[fields[0]] = map[string]string{}
		for _, word := range fields[1:] {
			what, name, _ := strings.Cut(word, "=")
			all[fields[0]][what] = cmp.Or(name, "yes")
		}
	}
	return all
}()

func isSecret(key string) bool { return keywords[key]["secret"] != "" }
