package session

import "strings"

// IsAbsent reports whether an SQLSTATE means that a table or its schema does not exist.
func IsAbsent(sqlstate string) bool { return sqlstate == "42P01" || sqlstate == "3F000" }

// IsAboutServer reports whether an SQLSTATE is about the server rather than the contents of the database:
// connections, rolled-back transactions, resources, limits, interventions, the server's own files and bugs
// (PostgreSQL documentation, appendix A).
func IsAboutServer(sqlstate string) bool {
	for _, class := range []string{"08", "25", "40", "53", "54", "55", "57", "58", "F0", "XX"} {
		if strings.HasPrefix(sqlstate, class) {
			return true
		}
	}
	return false
}
