package storytest

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// Connection is a connection to the database of the server's DSN that is closed when the test ends.
func Connection(t testing.TB, server *cluster.Server) *pgx.Conn {
	t.Helper()
	return pgtest.Connect(t, server)
}

// NewRole creates a role that can log in, for the time of the test, and is the server with that role
// in its DSN.
func NewRole(t testing.TB, server *cluster.Server, attributes string) *cluster.Server {
	t.Helper()
	name, password := "pgroundtrip_test_"+strings.ToLower(rand.Text()), rand.Text()
	conn := pgtest.Must(server.Connect(context.Background()))(t)
	MustExec(t, conn, "create role "+name+" login password '"+password+"' "+attributes)
	t.Cleanup(func() {
		MustExec(t, conn, "drop role "+name)
		conn.Close(context.Background())
	})
	return At(t, server, "user", name, "password", password)
}

// A FieldPair is a server that is dumped and a throw-away cluster of the same major for the copies.
type FieldPair struct{ Source, Target *cluster.Server }

// FieldServers are a pair for each major of PGROUNDTRIP_TEST_BINDIRS, oldest first; without it, one of the default
// major.
func FieldServers(t *testing.T) []FieldPair {
	t.Helper()
	var pairs []FieldPair
	for _, dir := range pgtest.Bindirs() {
		pairs = append(pairs, FieldPair{pgtest.On(t, dir), pgtest.On(t, dir)})
	}
	if len(pairs) == 0 {
		pairs = append(pairs, FieldPair{pgtest.On(t, ""), pgtest.On(t, "")})
	}
	slices.SortFunc(pairs, func(a, b FieldPair) int { return a.Source.Version.Major - b.Source.Version.Major })
	return pairs
}

// Reconfigure has the server read its configuration again, and waits until it has: later sessions begin under it.
func Reconfigure(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	before := Value[string](t, conn, "select pg_conf_load_time()::text")
	MustExec(t, conn, "select pg_reload_conf()")
	WaitUntil(t, conn, "select pg_conf_load_time()::text <> '"+before+"'")
}

// FullText is an error with its hint.
func FullText(err error) string {
	if err == nil {
		return ""
	}
	return strings.TrimSuffix(err.Error()+"\n"+hint.Of(err), "\n")
}

// HintOf is the advice that comes with an error.
func HintOf(err error) string {
	return hint.Of(err)
}

// FileText is the content of a file.
func FileText(t testing.TB, path string) string {
	t.Helper()
	return string(Read(t, path))
}

// Incomplete dumps what cannot be recorded as a whole: the archive must be there, the verdict an error, and each text
// named as not covered.
func Incomplete(t *testing.T, source *cluster.Server, su *suite.Suite, texts ...string) *Backup {
	t.Helper()
	b, outcome, err := DumpOutcome(t, source, func(o *origin.Options) { o.Suite = su })
	pgtest.OK(t, err)
	if outcome.Verdict() != verdict.Error {
		t.Errorf("verdict %s, want error", outcome.Verdict())
	}
	for _, text := range texts {
		if !slices.ContainsFunc(outcome.NotCovered, func(gap string) bool { return strings.Contains(gap, text) }) {
			t.Errorf("%q is not named as not covered: %q", text, outcome.NotCovered)
		}
		if _, said := Failed(outcome); said != "" {
			t.Errorf("failed: %s", said)
		}
	}
	return b
}
