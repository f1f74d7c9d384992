// Package sqlstate reads the SQLSTATE of a server's error (PostgreSQL documentation, appendix A).
package sqlstate

import (
	"errors"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// The codes on which this program acts.
const (
	NoRight  = "42501" // insufficient_privilege
	Canceled = "57014" // by a timeout, or by somebody
	Conflict = "40001" // serialization_failure: on a standby, replay cancelled the query; it can be repeated
	IsFull   = "53300" // too_many_connections, of the server, the database or the role
	InUse    = "55006"
	NoLock   = "55P03" // not granted in time
	Starting = "57P03" // the server does not accept connections yet
)

// Of returns the SQLSTATE of the server's error in err's tree, or "".
func Of(err error) string {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return answer.Code
	}
	return ""
}

// IsAbsent reports whether a code means that a table or its schema does not exist.
func IsAbsent(code string) bool { return code == "42P01" || code == "3F000" }

// IsAboutServer reports whether a code is about the server rather than the contents of the database: connections,
// rolled-back transactions, resources, limits, interventions, the server's own files and bugs.
func IsAboutServer(code string) bool {
	return len(code) > 1 && slices.Contains([]string{"08", "25", "40", "53", "54", "55", "57", "58", "F0", "XX"}, code[:2])
}
