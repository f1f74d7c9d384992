package pgtool

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Version is a PostgreSQL release: 15.20 is {15, 20, ""}. Pre is set before a release: 19rc1 is {19, 0, "rc1"}.
type Version struct {
	Major, Minor int
	Pre          string
}

// String returns the version as PostgreSQL writes it.
func (v Version) String() string {
	if v.Pre != "" {
		return fmt.Sprintf("%d%s", v.Major, v.Pre)
	}
	return fmt.Sprintf("%d.%d", v.Major, v.Minor)
}

// ServerVersion reads the settings server_version_num, for example 150020, and server_version, "15.20 (Debian ...)".
// Servers of other vendors write the second in their own forms; only the pre-release part is taken from it.
func ServerVersion(number int, text string) Version {
	v := Version{Major: number / 10000, Minor: number % 10000}
	if m := prePattern.FindStringSubmatch(text); m != nil && v.Minor == 0 {
		v.Pre = m[1]
	}
	return v
}

var (
	prePattern     = regexp.MustCompile(`^\d+((?:devel|alpha|beta|rc)\d*)`)
	versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+)|((?:devel|alpha|beta|rc)\d*))?`)
)

// ParseVersion reads the output of --version, for example "pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)".
func ParseVersion(text string) (Version, error) {
	m := versionPattern.FindStringSubmatch(text)
	if m == nil {
		return Version{}, fmt.Errorf("cannot read a PostgreSQL version in %q", text)
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return Version{}, fmt.Errorf("cannot read a PostgreSQL version in %q: %w", text, err)
	}
	minor, _ := strconv.Atoi(m[2]) // no minor means 0
	return Version{major, minor, m[3]}, nil
}

// Compare orders versions of the same major; pre-releases come before the release.
func (v Version) Compare(other Version) int {
	final := func(v Version) string { return cmp.Or(v.Pre, "release") }
	return cmp.Or(v.Minor-other.Minor, strings.Compare(final(v), final(other)))
}

// TransactionTimeout is the first major whose server knows the setting transaction_timeout and whose pg_dump and
// pg_restore set it.
const TransactionTimeout = 17

// noTransactionTimeout is the last major without it.
const noTransactionTimeout = TransactionTimeout - 1

// RefuseDump returns why pg_dump of version tool cannot dump from a server of version server, or "".
func RefuseDump(tool, server Version) string {
	if tool.Major < server.Major {
		return fmt.Sprintf("pg_dump %s is older than the server, %s, and would refuse to dump it", tool, server)
	}
	return ""
}

// RefuseRestore returns why pg_restore of version tool cannot restore an archive, written by pg_dump of version dump,
// into a server of version server, or "".
func RefuseRestore(tool, dump, server Version) string {
	reason := RefusePlain(dump, server)
	switch {
	case reason != "":
		return reason
	case tool.Major < dump.Major:
		return fmt.Sprintf("pg_restore %s is older than the pg_dump %s that wrote the archive, and may not read it", tool,
			dump)
	case server.Major <= noTransactionTimeout && tool.Major > noTransactionTimeout:
		return fmt.Sprintf("pg_restore %s sets transaction_timeout, which a server of version %s does not know; "+
			"use programs of version %d to %d",
			tool, server, dump.Major, noTransactionTimeout)
	}
	return ""
}

// RefusePlain returns why a plain dump written by pg_dump of version dump cannot run on a server of version server,
// or "".
func RefusePlain(dump, server Version) string {
	if server.Major <= noTransactionTimeout && dump.Major > noTransactionTimeout {
		return fmt.Sprintf("what pg_dump %s writes sets transaction_timeout, which a server of version %s does "+
			"not know; dump with pg_dump %d or older",
			dump, server, noTransactionTimeout)
	}
	return ""
}
