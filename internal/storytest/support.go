// Package storytest helps tests that tell whole stories: it takes backups, restores them and reads the verdicts. The
// databases of testdata/field are judged here.
package storytest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
	"pgroundtrip/sql"
)

// AppendEvents is how an ordinary insert begins.
const AppendEvents = "insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id) "

// Numbered is an ordinary insert of n events in one statement, whose ids begin with prefix.
const Numbered = AppendEvents +
	"select $1 || n, 'a', 'user', 'x.y', 'thing', n::text from generate_series(1, $2) as n order by n.n"

// MustExec runs a statement that the server must take.
func MustExec(t testing.TB, conn *pgx.Conn, text string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), text, args...); err != nil {
		t.Fatalf("%s: %v", FirstLine(text), err)
	}
}

// Value is the single value that a query prints.
func Value[T any](t testing.TB, conn *pgx.Conn, query string, args ...any) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(context.Background(), query, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", FirstLine(query), err)
	}
	return v
}

// FirstLine is the first line of a text, of at most 200 bytes.
func FirstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line[:min(len(line), 200)]
}

// Inside runs do in a transaction that is rolled back.
func Inside(t *testing.T, conn *pgx.Conn, do func()) {
	t.Helper()
	MustExec(t, conn, "begin")
	defer MustExec(t, conn, "rollback")
	do()
}

// Refusal is the server's error for a statement that it must refuse.
func Refusal(t *testing.T, conn *pgx.Conn, statement string) *pgconn.PgError {
	t.Helper()
	_, err := conn.Exec(context.Background(), statement)
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		t.Fatalf("not refused: %s (error: %v)", FirstLine(statement), err)
	}
	return refused
}

// A WalkVerdict is what verify_chain.sql prints; NULL is "" and -1.
type WalkVerdict struct {
	ID     string
	Pos    int64
	Reason string
	Walked int64
}

// Broken is the verdict on a chain that is broken first at id.
func Broken(id string, pos int64, reason string, walked int64) WalkVerdict {
	return WalkVerdict{ID: id, Pos: pos, Reason: reason, Walked: walked}
}

// Whole is the verdict on a chain without a break.
func Whole(walked int64) WalkVerdict { return WalkVerdict{Pos: -1, Walked: walked} }

// Verify runs verify_chain.sql.
func Verify(t testing.TB, conn *pgx.Conn) WalkVerdict {
	t.Helper()
	var v WalkVerdict
	query := "select coalesce(first_break_id, ''), coalesce(first_break_pos, -1), coalesce(first_break_reason, ''), " +
		"verifier_walked from (" +
		QueryText(t, "verify_chain") + ") as v"
	if err := conn.QueryRow(context.Background(), query).Scan(&v.ID, &v.Pos, &v.Reason, &v.Walked); err != nil {
		t.Fatalf("verify_chain.sql: %v", err)
	}
	return v
}

// A Head is what snapshot.sql prints.
type Head struct {
	Rows int64
	Hash string
}

// Snapshot runs snapshot.sql.
func Snapshot(t testing.TB, conn *pgx.Conn) Head {
	t.Helper()
	var h Head
	query := "select row_count, coalesce(chain_head_hash, '') from (" + QueryText(t, "snapshot") + ") as s"
	if err := conn.QueryRow(context.Background(), query).Scan(&h.Rows, &h.Hash); err != nil {
		t.Fatalf("snapshot.sql: %v", err)
	}
	return h
}

// QueryText is the statement of a query file of the default suite, without its semicolon.
func QueryText(t testing.TB, name string) string {
	t.Helper()
	return pgtest.DefaultSuite(t).File(name).Statements[0].Text
}

// RunFile brings a file of the default suite to the server.
func RunFile(t testing.TB, conn *pgx.Conn, name string) {
	t.Helper()
	pgtest.OK(t, suite.Run(context.Background(), conn.PgConn(), pgtest.DefaultSuite(t).File(name)))
}

// PayloadPattern finds the expression of the payload in a file of the default suite.
var PayloadPattern = regexp.MustCompile(`(?s)\bformat\(\s*('audit_events/1.*?\bdetails)\s*\)`)

// PayloadOf is the payload expression of a file, on one line, without "new.".
func PayloadOf(t testing.TB, name string) string {
	t.Helper()
	found := PayloadPattern.FindAllStringSubmatch(pgtest.DefaultSuite(t).File(name).Text, -1)
	if len(found) != 1 {
		t.Fatalf("%s.sql has %d payload expressions, want 1", name, len(found))
	}
	text := OnOneLine(found[0][1])
	return "format(" + strings.ReplaceAll(text, "new.", "") + ")"
}

// OnOneLine joins lines, and the parts of a string that is continued on the next line.
func OnOneLine(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "' '", "")
}

// Overlay is the default suite with some files replaced, added, or (with "") taken away.
func Overlay(t testing.TB, files map[string]string) *suite.Suite {
	t.Helper()
	all := fstest.MapFS{}
	err := fs.WalkDir(sql.Files, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(sql.Files, p)
		all[p] = &fstest.MapFile{Data: data}
		return err
	})
	pgtest.OK(t, err)
	for name, text := range files {
		if delete(all, name); text != "" {
			all[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return openSuite(t, all)
}

// Own is a suite of these files alone.
func Own(t testing.TB, files map[string]string) *suite.Suite {
	t.Helper()
	all := fstest.MapFS{}
	for name, text := range files {
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return openSuite(t, all)
}

func openSuite(t testing.TB, files fs.FS) *suite.Suite {
	t.Helper()
	return pgtest.Must(suite.Open(files, "own"))(t)
}

// Program is a PostgreSQL program that fits the server.
func Program(t testing.TB, server *cluster.Server, name string) string {
	t.Helper()
	finder := pgtest.Options().Finder
	finder.Near = server.Bindir
	tool, err := finder.Pick(context.Background(), name, server.Version, func(v pgtool.Version) string {
		if v.Major < server.Version.Major {
			return "it is older than the server"
		}
		return ""
	})
	pgtest.OK(t, err)
	return tool.Path
}

// Command is a PostgreSQL program connected to a database.
func Command(t testing.TB, server *cluster.Server, db *cluster.Database, name string, args ...string) *exec.Cmd {
	t.Helper()
	return commandOn(t, server, db.DSN(), name, args...)
}

func commandOn(t testing.TB, server *cluster.Server, dsn conninfo.DSN, name string, args ...string) *exec.Cmd {
	t.Helper()
	conninfo, secrets := dsn.Programs()
	cmd := exec.Command(Program(t, server, name), append([]string{"--dbname=" + conninfo}, args...)...)
	cmd.Env = pgtool.CleanEnv(os.Environ(), secrets...)
	return cmd
}

// Build compiles the program itself, once for each test binary, and returns its path. TestMain must call pgtest.Main.
func Build(t testing.TB) string {
	t.Helper()
	return pgtest.Must(Binary())(t)
}

// Binary is Build without a test.
var Binary = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "prt-")
	if err != nil {
		return "", err
	}
	pgtest.AtEnd(func() error { return os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil { // some tests run the program as another user
		return "", err
	}
	binary := filepath.Join(folder, "pgroundtrip")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", binary, "pgroundtrip/cmd/pgroundtrip")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("could not build: %w\n%s", err, out)
	}
	return binary, nil
})

// BinaryOn is the built program with a command line for one server. more is added to the caller's
// environment, of which nothing that names a server is kept.
func BinaryOn(binary string, server *cluster.Server, more []string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append(args, "-dsn", server.DSN().String())...)
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "PG") && name != "DATABASE_URL" && !strings.HasPrefix(name, "GITHUB_") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	if password := server.DSN()["password"]; password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	cmd.Env = append(cmd.Env, more...)
	return cmd
}

// Failed returns the names of an outcome's failed checks and all that they report.
func Failed(o *verdict.Report) (names []string, details string) {
	var b strings.Builder
	for _, c := range o.Checks {
		if c.Verdict == verdict.Fail {
			names = append(names, c.Name)
			b.WriteString(c.Name + ": " + c.Detail + "\n")
			if c.Difference != nil {
				b.WriteString(c.Difference.Diff)
			}
		}
	}
	return names, b.String()
}

// GoldenDir is the folder of goldens, from the folder of a package.
const GoldenDir = "../../golden"

// GoldenFiles lists the files below dir, relative to it.
func GoldenFiles(t testing.TB, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, filepath.ToSlash(name))
		return err
	})
	pgtest.OK(t, err)
	return files
}

// CheckOptions are those of "pgroundtrip check" without flags, without goldens.
func CheckOptions(t testing.TB, s *suite.Suite) *roundtrip.Options {
	t.Helper()
	server := pgtest.Server(t)
	return &roundtrip.Options{Suite: s, Server: server, Tools: Tools(t, server, pgtest.Options().Finder, "custom"),
		Rows: session.DefaultRows, Format: "custom", Jobs: 1, Wipe: "schema", Folder: t.TempDir(), Tool: "test", Log: t.Logf}
}

// RequirePass ends the test, with every check that did not pass, unless the verdict is a pass.
func RequirePass(t testing.TB, o *verdict.Report) {
	t.Helper()
	if o.Verdict() == verdict.Pass {
		return
	}
	for _, c := range o.Checks {
		if c.Verdict != verdict.Pass {
			t.Errorf("%s: %s", c.Name, c.Detail)
		}
	}
	t.Fatalf("%s: %s: %v", o.Workload, o.Verdict(), o.Err)
}

// Check makes the round trip of one workload of the options' suite.
func Check(t *testing.T, o *roundtrip.Options, workload string) *verdict.Report {
	t.Helper()
	f := o.Suite.File("workload/" + workload)
	if f == nil {
		t.Fatalf("no workload %s", workload)
	}
	return roundtrip.Check(context.Background(), o, f)
}

func Tools(t testing.TB, server *cluster.Server, finder pgtool.Finder, format string) *pgdump.Tools {
	t.Helper()
	return pgtest.Must(pgdump.FindTools(context.Background(), finder, server, format, os.Stderr))(t)
}

// RequireVerdict ends the test unless the outcome has that verdict.
func RequireVerdict(t *testing.T, o *verdict.Report, want verdict.Verdict) {
	t.Helper()
	if got := o.Verdict(); got != want {
		_, details := Failed(o)
		t.Fatalf("verdict %s, want %s\nerror: %v\n%s", got, want, o.Err, details)
	}
}
