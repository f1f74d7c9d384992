package cluster

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// ErrDSN marks a connection string that cannot be read. Its messages never quote the string: it
// may hold a password.
var ErrDSN = errors.New("cannot read the connection string")

// A DSN is a set of libpq connection keywords (PostgreSQL documentation, "Parameter Key Words"):
// the one form that libpq's programs and pgx both understand.
type DSN map[string]string

// ParseDSN reads a connection string, a URL (postgres:// or postgresql://) or key=value pairs.
// Errors wrap ErrDSN.
func ParseDSN(text string) (DSN, error) {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		return parseURL(text)
	}
	return parsePairs(text)
}

func parseURL(text string) (DSN, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: it begins like a URL but is none (is a special character in the password written as %%XX?)", ErrDSN)
	}
	dsn := DSN{}
	if u.User != nil {
		dsn["user"] = u.User.Username()
		if password, ok := u.User.Password(); ok {
			dsn["password"] = password
		}
	}
	// Several hosts: host1:5432,host2:5433.
	var hosts, ports []string
	for host := range strings.SplitSeq(u.Host, ",") {
		name, port := host, ""
		if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
			name, port = host[:i], host[i+1:]
		}
		hosts = append(hosts, strings.Trim(name, "[]"))
		ports = append(ports, port)
	}
	dsn["host"], dsn["port"] = strings.Join(hosts, ","), strings.Join(ports, ",")
	dsn["dbname"] = strings.TrimPrefix(u.Path, "/")
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("%w: what follows the ? is not key=value&key=value", ErrDSN)
	}
	for key, values := range query {
		dsn[key] = values[len(values)-1]
	}
	return dsn.normalized(), nil
}

// parsePairs reads key=value pairs: blanks around =, values in single quotes, and a backslash
// before a quote or a backslash, as libpq does.
func parsePairs(text string) (DSN, error) {
	dsn := DSN{}
	for rest := strings.TrimLeft(text, " \t\r\n"); rest != ""; rest = strings.TrimLeft(rest, " \t\r\n") {
		key, after, found := strings.Cut(rest, "=")
		key = strings.TrimSpace(key)
		if !found || key == "" || strings.ContainsAny(key, " \t\r\n'\\") {
			return nil, fmt.Errorf("%w: it is neither a URL (postgres://...) nor key=value pairs", ErrDSN)
		}
		value, next, err := pairValue(strings.TrimLeft(after, " \t\r\n"))
		if err != nil {
			return nil, err
		}
		dsn[key], rest = value, next
	}
	return dsn.normalized(), nil
}

func pairValue(s string) (value, rest string, err error) {
	quoted := strings.HasPrefix(s, "'")
	if quoted {
		s = s[1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case quoted && c == '\'':
			return b.String(), s[i+1:], nil
		case !quoted && strings.IndexByte(" \t\r\n", c) >= 0:
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

// normalized drops empty values and gives aliases their libpq name.
func (d DSN) normalized() DSN {
	if name := d["database"]; name != "" && d["dbname"] == "" {
		d["dbname"] = name
	}
	delete(d, "database")
	maps.DeleteFunc(d, func(_, value string) bool { return strings.Trim(value, ",") == "" })
	return d
}

// String is the DSN as key=value pairs, sorted, without the password.
func (d DSN) String() string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if !isSecret(key) {
			pairs = append(pairs, key+"="+quotePair(d[key]))
		}
	}
	return strings.Join(pairs, " ")
}

func isSecret(key string) bool { return key == "password" || key == "sslpassword" }

func quotePair(value string) string {
	if value != "" && !strings.ContainsAny(value, " \t\r\n'\\") {
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

// forPgx is the DSN as pgx reads it: with the password, without the keywords that only libpq knows
// (pgx would send them to the server as settings).
func (d DSN) forPgx() string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(d)) {
		if !libpqOnly[key] {
			pairs = append(pairs, key+"="+quotePair(d[key]))
		}
	}
	return strings.Join(pairs, " ")
}

var libpqOnly = map[string]bool{
	"hostaddr": true, "keepalives": true, "keepalives_idle": true, "keepalives_interval": true,
	"keepalives_count": true, "tcp_user_timeout": true, "gssencmode": true, "gsslib": true,
	"gssdelegation": true, "sslcompression": true, "sslcrl": true, "sslcrldir": true,
	"ssl_min_protocol_version": true, "ssl_max_protocol_version": true, "requirepeer": true,
	"load_balance_hosts": true, "client_encoding": true, "fallback_application_name": true, "requiressl": true,
}

// Programs returns what a PostgreSQL program needs to connect: the --dbname argument, without
// secrets, and the environment variables that carry the secrets.
func (d DSN) Programs() (conninfo string, env []string) {
	if password := d["password"]; password != "" {
		env = append(env, "PGPASSWORD="+password)
	}
	if password := d["sslpassword"]; password != "" {
		env = append(env, "PGSSLPASSWORD="+password)
	}
	// array_nulls = off turns {NULL} into {"NULL"} on its way in, and money moves its decimal
	// point when lc_monetary differs; a database can carry both as its default.
	d = d.With("options", strings.TrimSpace(d["options"]+" -c array_nulls=on -c lc_monetary=C"))
	delete(d, "client_encoding")
	return d.String(), env
}
