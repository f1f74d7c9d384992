package hint

import "strings"

// connectHints are advice by SQLSTATE.
var connectHints = map[string]string{
	"28P01": "check the user and password (in the DSN, PGPASSWORD or ~/.pgpass) and the server's pg_hba.conf",
	"28000": "check the user and password (in the DSN, PGPASSWORD or ~/.pgpass) and the server's pg_hba.conf",
	"3D000": "name an existing database in the DSN (dbname=postgres nearly always exists)",
	"42501": "the role may not connect to that database: grant connect on it",
	"57P03": "the server is still starting: allow it more time with -timeout",
	"53300": "the server has no free connection, or the role or database has reached its connection limit: raise " +
		"the limit, or wait until other sessions have ended; a dump or restore needs two connections at once, and one " +
		"more for each further job",
	"42704": "the server does not know a setting that the DSN asks for: check its options",
}

// connectTexts are advice by a part of the message, for errors whose SQLSTATE is not specific enough.
var connectTexts = []struct{ text, hint string }{
	{"unsupported startup parameter",
		"a connection pooler (pgbouncer) is in front of the server: name the PostgreSQL server itself in -dsn"},
	{"bouncer config error", "a connection pooler (pgbouncer) is in front of the server: name the PostgreSQL " +
		"server itself in -dsn"},
	{"no PostgreSQL user name specified", "name the user in -dsn: this process's user id has no name on this machine"},
}

// OfRefusal is what to do about a connection that a server refuses, by SQLSTATE and message; "" if that is not known.
func OfRefusal(code, message string) string {
	for _, known := range connectTexts {
		if strings.Contains(message, known.text) {
			return known.hint
		}
	}
	return connectHints[code]
}

// OfNetwork is what to do when no server has answered; detail is the error of each address.
func OfNetwork(detail string) string {
	switch {
	case strings.Contains(detail, "no such host"):
		return "check the host's name"
	case strings.Contains(detail, "certificate"):
		return "check sslrootcert and the host's name, or choose another sslmode"
	case strings.Contains(detail, "refused TLS"):
		return "the server does not support TLS: use sslmode=disable or sslmode=prefer"
	case strings.Contains(detail, "deadline exceeded") || strings.Contains(detail, "timeout"):
		return "nothing answered in time: check the host, the port and the firewall, and that no session holds a lock on " +
			"pg_authid or pg_database, for which each login waits; or allow more time with -timeout"
	}
	return "check the host and port, and that the server runs"
}
