package storytest

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
)

// ZooFolder holds a database with at least one of everything; see the heads of its files.
const ZooFolder = "../../testdata/zoo"

// NeededMajor is the oldest major that understands a file, by its name; 0 is any.
func NeededMajor(path string) int {
	m := needsMajor.FindStringSubmatch(filepath.Base(path))
	if m == nil {
		return 0
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		panic(err) // not digits after all
	}
	return major
}

// ZooFiles are the SQL files of a folder that a server of that major understands, in order. None at
// all is an error.
func ZooFiles(folder string, major int) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(folder, "*.sql"))
	if err != nil {
		return nil, err
	}
	files := slices.DeleteFunc(all, func(path string) bool { return NeededMajor(path) > major })
	if len(files) == 0 {
		return nil, fmt.Errorf("no file in %s for PostgreSQL %d", folder, major)
	}
	return files, nil
}

// LoadFolder makes a scratch database of the SQL files in a folder.
func LoadFolder(t testing.TB, server *cluster.Server, folder string) *cluster.Server {
	t.Helper()
	source, conn := Filled(t, server)
	Fill(t, conn, folder, server.Version.Major)
	return source
}

// Fill runs the SQL files in a folder that a server of that major understands.
func Fill(t testing.TB, conn *pgx.Conn, folder string, major int) {
	t.Helper()
	files := pgtest.Must(ZooFiles(folder, major))(t)
	for _, path := range files {
		if strings.HasPrefix(filepath.Base(path), "40_") &&
			!Value[bool](t, conn,
				"select count(*) = 4 from pg_available_extensions where name in ('hstore', 'citext', 'pg_trgm', 'btree_gist')") {
			continue // contrib is a package of its own
		}
		if err := RunText(context.Background(), conn, FileText(t, path)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}

// EveryMajor returns a throw-away cluster for each folder of PGROUNDTRIP_TEST_BINDIRS, oldest major first, which the
// package's tests share; without it, the server that they share anyway.
func EveryMajor(t *testing.T) []*cluster.Server {
	t.Helper()
	var servers []*cluster.Server
	for _, dir := range pgtest.Majors() {
		servers = append(servers, pgtest.Shared(t, dir))
	}
	slices.SortFunc(servers, func(a, b *cluster.Server) int { return a.Version.Major - b.Version.Major })
	if len(servers) == 1 {
		t.Log("NOT COVERED: other majors: PGROUNDTRIP_TEST_BINDIRS names none")
	}
	return servers
}

// SameAndNewest returns the first of some servers and the last, which is the newest; at full length, all.
func SameAndNewest(servers []*cluster.Server) []*cluster.Server {
	if len(servers) > 2 && !pgtest.Full() {
		return []*cluster.Server{servers[0], servers[len(servers)-1]}
	}
	return servers
}

var needsMajor = regexp.MustCompile(`_?needs(\d+)`)

// WaitUntil asks until the answer is true.
func WaitUntil(t testing.TB, conn *pgx.Conn, question string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !Value[bool](t, conn, question); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not true: %s", question)
		}
	}
}

// Chained is a scratch database with the default suite's chain of n events.
func Chained(t testing.TB, server *cluster.Server, n int) (*cluster.Server, *pgx.Conn) {
	t.Helper()
	db, conn := pgtest.Built(t, server)
	MustExec(t, conn, Numbered, "evt-", n)
	return At(t, server, "dbname", db.Name), conn
}

// InEncoding is a scratch database of that encoding.
func InEncoding(t testing.TB, server *cluster.Server, encoding string) (*cluster.Server, *pgx.Conn) {
	t.Helper()
	db := pgtest.ScratchLike(t, server, cluster.Properties{Encoding: encoding})
	return At(t, server, "dbname", db.Name), pgtest.Connect(t, db)
}

// LoginAs is the same server, named by a DSN, with another login role.
func LoginAs(t *testing.T, server *cluster.Server, role string) *cluster.Server {
	t.Helper()
	return At(t, server, "user", role)
}
