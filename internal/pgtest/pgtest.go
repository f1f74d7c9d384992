// Package pgtest gives tests a real PostgreSQL server: the one that the environment names, else a
// throw-away cluster per test binary. A missing server fails the test; nothing is skipped.
package pgtest

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/suite"
	"pgroundtrip/sql"
)

// Open returns the server that the package's tests share: the environment's, else a throw-away cluster. TestMain must
// call Main.
var Open = sync.OnceValues(func() (*cluster.Server, error) {
	server, err := cluster.Open(context.Background(), Options())
	if err == nil {
		AtEnd(server.Close)
	}
	return server, err
})

// atEnd is what Main does when the tests have ended.
var atEnd []func() error

// AtEnd has Main do something when the tests have ended.
func AtEnd(do func() error) { atEnd = append(atEnd, do) }

// Main runs the tests of a package and then stops the server that they used, if it was ours.
func Main(m *testing.M) {
	status := m.Run()
	for _, do := range atEnd {
		if err := do(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	os.Exit(status)
}

// Server is Open for a test, which a missing server ends.
func Server(t testing.TB) *cluster.Server {
	t.Helper()
	server, err := Open()
	if err != nil {
		t.Fatalf("no PostgreSQL server for the test: %v", err)
	}
	return server
}

// Must returns a function that ends the test if a call has failed, and else returns the call's value.
func Must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		OK(t, err)
		return value
	}
}

// OK ends the test if a call has failed.
func OK(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Options are those of the environment.
func Options() cluster.Options {
	return cluster.Options{Env: Env(), Finder: finder(""), Wait: 30 * time.Second, Log: os.Stderr, Temp: temp()}
}

// finder finds the programs in bindir, or where the program itself looks; the tests of a package ask each for its
// version once.
func finder(bindir string) pgtool.Finder {
	return pgtool.Finder{Bindir: bindir, Env: os.Environ(), Known: &versions}
}

var versions sync.Map

// temp is the folder for servers: that of PGROUNDTRIP_TEST_TMPDIR, "" without it.
func temp() string { return os.Getenv("PGROUNDTRIP_TEST_TMPDIR") }

// shortTemp is the folder for servers, or /tmp if its path is too long for a socket below it.
func shortTemp() string {
	if dir := temp(); dir != "" && len(dir) < 20 {
		return dir
	}
	return "/tmp"
}

// Env is this process's environment by name.
func Env() map[string]string {
	env := map[string]string{}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return env
}

// Shared returns a throw-away cluster of the programs in bindir, which the package's tests share: "" is Server.
func Shared(t testing.TB, bindir string) *cluster.Server {
	t.Helper()
	if bindir == "" {
		return Server(t)
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.servers[bindir] == nil {
		s := start(t, bindir, cluster.Options{})
		AtEnd(s.Close)
		shared.servers[bindir] = s
	}
	return shared.servers[bindir]
}

var shared = struct {
	sync.Mutex
	servers map[string]*cluster.Server // by the folder of their programs
}{servers: map[string]*cluster.Server{}}

// On starts a throw-away cluster of the programs in bindir, for the time of the test.
func On(t testing.TB, bindir string) *cluster.Server {
	t.Helper()
	return Under(t, bindir, cluster.Options{})
}

// Under is On with the Settings and the Scratch of options.
func Under(t testing.TB, bindir string, options cluster.Options) *cluster.Server {
	t.Helper()
	s := start(t, bindir, options)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func start(t testing.TB, bindir string, options cluster.Options) *cluster.Server {
	t.Helper()
	options.Env, options.Wait, options.Log = map[string]string{}, 30*time.Second, os.Stderr
	options.Finder, options.Temp = finder(bindir), temp()
	s, err := cluster.Open(context.Background(), options)
	if err != nil {
		t.Fatalf("could not start PostgreSQL from %s: %v", bindir, err)
	}
	return s
}

// Bindirs lists the folders of PGROUNDTRIP_TEST_BINDIRS: complete PostgreSQL installations, one per
// major, that tests run on beside the default one. It is empty when the variable is.
func Bindirs() []string { return Folders("PGROUNDTRIP_TEST_BINDIRS") }

// Majors is Bindirs, or "" for the default installation where it is empty.
func Majors() []string {
	if dirs := Bindirs(); len(dirs) > 0 {
		return dirs
	}
	return []string{""}
}

// Full reports whether tests are wanted at full length, as make test-all has them: what majors are not the subject of
// runs on some of them otherwise.
func Full() bool { return os.Getenv("PGROUNDTRIP_MATRIX") == "full" }

// Long reports whether tests are wanted as .ci/run and make test-all have them. Otherwise, for those who wait for
// them, variants of cases are dealt out.
func Long() bool { return Full() || os.Getenv("PGROUNDTRIP_TEST_LONG") != "" }

// Dealt returns one of n, and all where tests are long: of variants of one case, those that a short run does.
func Dealt[T any](t testing.TB, n int, all []T) (some []T) {
	t.Helper()
	if Long() {
		return all
	}
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	reportDealt(t, len(all)-len(some), len(all))
	return some
}

// DealtByName is Dealt for variants that have names, in the order of these.
func DealtByName[T any](t testing.TB, n int, all map[string]T) map[string]T {
	t.Helper()
	some := map[string]T{}
	for _, name := range Dealt(t, n, slices.Sorted(maps.Keys(all))) {
		some[name] = all[name]
	}
	return some
}

// OneOfEach is Dealt with the first variant of each group: of the cases that one check must find, for example.
func OneOfEach[T any](t testing.TB, all []T, group func(T) string) (some []T) {
	t.Helper()
	seen := map[string]bool{}
	for _, one := range all {
		if g := group(one); Long() || !seen[g] {
			seen[g], some = true, append(some, one)
		}
	}
	reportDealt(t, len(all)-len(some), len(all))
	return some
}

func reportDealt(t testing.TB, left, all int) {
	t.Helper()
	if left > 0 {
		t.Logf("NOT COVERED: %d of %d variants: PGROUNDTRIP_TEST_LONG=1", left, all)
	}
}

// SomeMajors is the oldest and the newest of Majors, or all at full length.
func SomeMajors() []string {
	dirs := Majors()
	if len(dirs) <= 2 || Full() {
		return dirs
	}
	major := func(dir string) int {
		for _, tool := range finder(dir).All(context.Background(), "postgres") {
			return tool.Version.Major
		}
		return 0
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return major(a) - major(b) })
	return []string{dirs[0], dirs[len(dirs)-1]}
}

// Folders lists the folders that an environment variable names, separated as in PATH.
func Folders(variable string) []string {
	return slices.DeleteFunc(filepath.SplitList(os.Getenv(variable)), func(dir string) bool { return dir == "" })
}

// Scratch creates a scratch database that is dropped when the test ends.
func Scratch(t testing.TB, s *cluster.Server) *cluster.Database {
	t.Helper()
	return ScratchLike(t, s, cluster.Properties{})
}

// ScratchLike is Scratch with another encoding or locale.
func ScratchLike(t testing.TB, s *cluster.Server, like cluster.Properties) *cluster.Database {
	t.Helper()
	db := Must(s.CreateLike(context.Background(), like))(t)
	t.Cleanup(func() {
		if err := db.Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return db
}

// Connect opens a connection, to a scratch database or a server, that is closed when the test ends.
func Connect(t testing.TB, to interface {
	Connect(context.Context) (*pgx.Conn, error)
}) *pgx.Conn {
	t.Helper()
	conn := Must(to.Connect(context.Background()))(t)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// Built is a scratch database with the default suite's schema and chain, and a connection to it
// with the suite's session settings.
func Built(t testing.TB, s *cluster.Server) (*cluster.Database, *pgx.Conn) {
	t.Helper()
	db := Scratch(t, s)
	conn := Connect(t, db)
	su := DefaultSuite(t)
	for _, name := range []string{"session", "schema", "chain_insert"} {
		OK(t, suite.Run(context.Background(), conn.PgConn(), su.File(name)))
	}
	return db, conn
}

// DefaultSuite is the suite that the binary carries.
func DefaultSuite(t testing.TB) *suite.Suite {
	t.Helper()
	return Must(defaultSuite())(t)
}

var defaultSuite = sync.OnceValues(func() (*suite.Suite, error) { return suite.Open(sql.Files, suite.DefaultName) })

// OpenFolder makes a folder with a short path (a socket's must be) that other users can enter, unlike t.TempDir. The
// server of a throw-away cluster may be one of them.
func OpenFolder(t testing.TB, mode fs.FileMode) string {
	t.Helper()
	folder := Must(os.MkdirTemp(shortTemp(), "prt-"))(t)
	t.Cleanup(func() { os.RemoveAll(folder) })
	OK(t, os.Chmod(folder, mode))
	return folder
}
