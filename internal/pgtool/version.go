package pgtool

import (
	"fmt"
	"regexp"
	"strconv"
)

// A Version is a PostgreSQL release: 15.20 is {15, 20}.
type Version struct{ Major, Minor int }

func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// VersionFromNumber reads the setting server_version_num, for example 150020.
func VersionFromNumber(n int) Version { return Version{n / 10000, n % 10000} }

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)(?:\.(\d+))?`)

// ParseVersion reads what a program prints for --version, for example
// "pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)". A beta such as 19beta1 is minor 0.
func ParseVersion(text string) (Version, error) {
	m := versionPattern.FindStringSubmatch(text)
	if m == nil {
		return Version{}, fmt.Errorf("cannot read a PostgreSQL version in %q", text)
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return Version{}, fmt.Errorf("cannot read a PostgreSQL version in %q: %w", text, err)
	}
	minor, _ := strconv.Atoi(m[2]) // no minor is 0
	return Version{major, minor}, nil
}

// TransactionTimeout is the first major whose server knows the setting transaction_timeout, and whose
// pg_dump and pg_restore set it.
const TransactionTimeout = 17

// noTransactionTimeout is the last major without it.
const noTransactionTimeout = TransactionTimeout - 1

// RefuseDump says why pg_dump of version tool cannot dump from a server of version server, or "".
func RefuseDump(tool, server Version) string {
	if tool.Major < server.Major {
		return fmt.Sprintf("pg_dump %s is older than the server, %s, and would refuse to dump it", tool, server)
	}
	return ""
}

// RefuseRestore says why an archive that pg_dump of version dump wrote cannot be restored by
// pg_restore of version tool into a server of version server, or "".
func RefuseRestore(tool, dump, server Version) string {
	switch {
	case server.Major <= noTransactionTimeout && dump.Major > noTransactionTimeout:
		return fmt.Sprintf("what pg_dump %s writes sets transaction_timeout when it is restored, which a server of version %s does not know; dump with pg_dump %d or older",
			dump, server, noTransactionTimeout)
	case tool.Major < dump.Major:
		return fmt.Sprintf("pg_restore %s is older than the pg_dump %s that wrote the archive, and may not read it", tool, dump)
	case server.Major <= noTransactionTimeout && tool.Major > noTransactionTimeout:
		return fmt.Sprintf("pg_restore %s sets transaction_timeout, which a server of version %s does not know; use programs of version %d to %d",
			tool, server, dump.Major, noTransactionTimeout)
	}
	return ""
}

// RefusePlain says why a plain dump that pg_dump of version dump wrote cannot be run on a server of version server, or "".
func RefusePlain(dump, server Version) string {
	if server.Major <= noTransactionTimeout && dump.Major > noTransactionTimeout {
		return fmt.Sprintf("what pg_dump %s writes sets transaction_timeout, which a server of version %s does not know; dump with pg_dump %d or older",
			dump, server, noTransactionTimeout)
	}
	return ""
}
