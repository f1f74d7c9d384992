package conninfo

import (
	"fmt"
	"net/url"
	"strings"
)

// parseURL reads what follows postgres://, by libpq's rules (conninfo_uri_parse_options) and not those of net/url:
// several hosts, each with its own port, a socket folder written as %2Frun%2Fpostgresql, and a literal +. It is
// stricter than libpq where a password with an unescaped special character would end up in the host or the database
// name.
func parseURL(text string) (DSN, error) {
	authority, path, query := cutURL(text)
	user, hosts := "", authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, hosts = authority[:at], authority[at+1:]
	}
	if strings.Contains(path, "@") || hosts == authority && authority != "" && strings.Contains(query, "@") {
		return nil, notURL("there is an @ in the wrong place")
	}
	name, password, _ := strings.Cut(user, ":")
	host, port, err := parseHosts(hosts)
	if err != nil {
		return nil, err
	}
	dsn := DSN{}
	for key, value := range map[string]string{"user": name, "password": password, "host": host, "port": port,
		"dbname": path} {
		if dsn[key], err = unescapeURL(value); err != nil {
			return nil, err
		}
	}
	if err := dsn.addQuery(query); err != nil {
		return nil, err
	}
	return dsn.normalized()
}

// cutURL splits a URL at the first / and the first ? after it.
func cutURL(text string) (authority, path, query string) {
	end := strings.IndexAny(text, "/?")
	if end < 0 {
		return text, "", ""
	}
	authority, path = text[:end], text[end:]
	path, query, _ = strings.Cut(path, "?")
	return authority, strings.TrimPrefix(path, "/"), query
}

// parseHosts splits host1:5432,[::1]:5433,... into a list of hosts and a list of ports.
func parseHosts(text string) (host, port string, err error) {
	var hosts, ports []string
	for one := range strings.SplitSeq(text, ",") {
		name, number, after := one, "", ""
		if inner, ok := strings.CutPrefix(one, "["); ok {
			var closed bool
			if name, after, closed = strings.Cut(inner, "]"); !closed || name == "" {
				return "", "", notURL("an IPv6 address must be between [ and ]")
			}
			number, ok = strings.CutPrefix(after, ":")
			if !ok && after != "" {
				return "", "", notURL("the ] of an IPv6 address must be followed by :port, a comma or a slash")
			}
		} else {
			name, number, _ = strings.Cut(one, ":")
		}
		hosts, ports = append(hosts, name), append(ports, number)
	}
	return strings.Join(hosts, ","), strings.Join(ports, ","), nil
}

// addQuery reads key=value&key=value; the last of several values wins.
func (d DSN) addQuery(query string) error {
	if query == "" {
		return nil
	}
	for pair := range strings.SplitSeq(query, "&") {
		key, value, found := strings.Cut(pair, "=")
		if !found {
			return notURL("what follows the ? is not key=value&key=value")
		}
		key, err := unescapeURL(key)
		if err != nil {
			return err
		}
		if value, err = unescapeURL(value); err != nil {
			return err
		}
		if key == "ssl" && value == "true" { // as JDBC writes it
			key, value = "sslmode", "require"
		}
		if keywords[key] == nil {
			return unknownKeyword(key, !strings.Contains(query, "@"))
		}
		d[key] = value
	}
	return nil
}

func unescapeURL(text string) (string, error) {
	plain, err := url.PathUnescape(text)
	if err != nil || strings.ContainsRune(plain, 0) {
		return "", notURL("a % is not followed by two hex digits")
	}
	return plain, nil
}

func notURL(why string) error {
	return fmt.Errorf("%w: it begins like a URL, but %s (is a special character in the password written as %%XX?)", ErrDSN,
		why)
}
