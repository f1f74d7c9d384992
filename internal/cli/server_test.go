package cli_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
)

// execute runs statements over a new connection.
func execute(dsn, statements string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	parsed, err := conninfo.Parse(dsn)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dropLibpqOnly(parsed))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statements, pgx.QueryExecModeSimpleProtocol)
	return err
}

// dropLibpqOnly returns a throw-away cluster's DSN without the parameters that pgx would send to the server.
func dropLibpqOnly(dsn conninfo.DSN) string {
	delete(dsn, "gssencmode")
	return connection(dsn)
}

// ownServer returns a throw-away cluster for one test.
func ownServer(t *testing.T) *cluster.Server {
	t.Helper()
	s, err := cluster.Open(context.Background(), cluster.Options{
		Env: map[string]string{}, Finder: pgtool.Finder{Env: os.Environ()}, Temp: pgtest.OpenFolder(t, 0o755),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// anyThrowaway returns a throw-away cluster that other tests may use, too: the one that the scripts share, or
// one for this test if the environment names a server.
func anyThrowaway(t *testing.T) *cluster.Server {
	t.Helper()
	s, err := pgtest.Open()
	if err != nil {
		t.Fatal(err)
	}
	if s.Throwaway {
		return s
	}
	return ownServer(t)
}

// requirePasswords makes the throw-away cluster ask every role but postgres for its password.
func requirePasswords(t *testing.T, s *cluster.Server) {
	t.Helper()
	hba := filepath.Join(s.DSN()["host"], "data", "pg_hba.conf")
	if err := os.WriteFile(hba, []byte("local all postgres trust\nlocal all all scram-sha-256\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := execute(s.DSN().String(), "select pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
}

// A result is the outcome of a run of the program.
type result struct {
	status         int
	stdout, stderr string
}

// pgroundtrip runs the real program with nothing but PATH and env in its environment.
func pgroundtrip(t *testing.T, env []string, args ...string) result {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}, env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	status, err := exitStatus(cmd.Run())
	if err != nil {
		t.Fatal(err)
	}
	return result{status, stdout.String(), stderr.String()}
}

// wants checks the exit status, and that stderr contains each of the texts.
func (r result) wants(t *testing.T, status int, stderr ...string) {
	t.Helper()
	if r.status != status {
		t.Errorf("exited %d, want %d", r.status, status)
	}
	for _, text := range stderr {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("stderr does not say %q", text)
		}
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", r.stdout, r.stderr)
	}
}

const secret = "s3cr3t p@ss'w/%"

func TestAPasswordGetsThereAndIsNeverShown(t *testing.T) {
	t.Parallel()
	s := ownServer(t)
	requirePasswords(t, s)
	port := behindTCP(t, s, fault{})
	if err := execute(s.DSN().String(), "set password_encryption = 'scram-sha-256'; create role bob login createdb "+
		"password '"+strings.ReplaceAll(secret, "'", "''")+"'"); err != nil {
		t.Fatal(err)
	}
	address := "host=127.0.0.1 dbname=postgres user=bob port=" + port
	quoted := " password='" + strings.ReplaceAll(secret, "'", `\'`) + "'"
	url := "postgres://bob:s3cr3t%20p%40ss%27w%2F%25@127.0.0.1:" + port + "/postgres"

	seen := filepath.Join(t.TempDir(), "argv")
	bindir := wrappers(t, map[string]string{
		"pg_dump":    `printf '%s\n' "pg_dump $*" >>` + seen,
		"pg_restore": `printf '%s\n' "pg_restore $*" >>` + seen,
	})
	for name, c := range map[string]struct{ env, args []string }{
		"in pairs": {nil, []string{"-dsn", address + quoted}},
		"in a URL": {nil, []string{"-dsn", url}},
		"in PGPASSWORD": {[]string{"PGPASSWORD=" + secret, "PGHOST=127.0.0.1", "PGPORT=" + port, "PGUSER=bob",
			"PGDATABASE=postgres"}, nil},
		"in the URL of the environment": {[]string{"DATABASE_URL=" + url}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := pgroundtrip(t, c.env, append([]string{"check", "-v", "-workload", "writers", "-wipe", "database", "-bindir",
				bindir}, c.args...)...)
			r.wants(t, 0)
			mustNotHold(t, r)
		})
	}
	argv, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(argv); !strings.Contains(text, "pg_dump --dbname=") ||
		!strings.Contains(text, "pg_restore --dbname=") || strings.Contains(text, "s3cr3t") {
		t.Errorf("the programs got:\n%s", text)
	}
	for name, dsn := range map[string]string{
		"wrong, in pairs": address + " password=" + "s3cr3tly-wrong",
		"wrong, in a URL": strings.Replace(url, "%25@", "@", 1),
	} {
		t.Run(name, func(t *testing.T) { mustRefusePassword(t, dsn) })
	}
}

func mustRefusePassword(t *testing.T, dsn string) {
	start := time.Now()
	r := pgroundtrip(t, nil, "verify", "-timeout", "5m", "-dsn", dsn)
	r.wants(t, 1, `as user "bob"`, `password authentication failed for user "bob"`, "hint: check the user and password")
	mustNotHold(t, r)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("took %v: a wrong password is not waited for", took)
	}
}

func TestWhatAServerRefusesIsExplained(t *testing.T) {
	t.Parallel()
	s := anyThrowaway(t)
	if err := execute(s.DSN().String(), "create role plain login"); err != nil {
		t.Fatal(err)
	}
	dsn := "dbname=postgres host=" + s.DSN()["host"]
	r := pgroundtrip(t, nil, "check", "-workload", "writers", "-dsn", dsn+" user=plain")
	r.wants(t, 1)
	for _, want := range []string{
		"ERROR writers: create: could not create a scratch database: ERROR: permission denied to create database " +
			"(SQLSTATE 42501)\n",
		"hint: let the role create databases (alter role ... createdb), or name no server to use a throw-away cluster\n",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("stdout does not say %q:\n%s", want, r.stdout)
		}
	}
	for _, c := range []struct {
		name, dsn string
		want      []string
	}{
		{"no such database", "user=postgres host=" + s.DSN()["host"] + " dbname=nosuch",
			[]string{`database "nosuch" does not exist`, "hint: name an existing database in the DSN"}},
		{"no such role", dsn + " user=nosuch", []string{`as user "nosuch"`, "hint: check the user and password"}},
		{"the wrong port", dsn + " user=postgres port=1",
			[]string{"waiting up to 1s for server at ", "could not connect to server at ", "hint: check the host and port"}},
		{"the wrong TCP port", "host=127.0.0.1 user=postgres port=1",
			[]string{"waiting up to 1s for server at 127.0.0.1:1 ", "connection refused", "hint: check the host and port"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			pgroundtrip(t, nil, "verify", "-timeout", "1s", "-dsn", c.dsn).wants(t, 1, c.want...)
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestAFullDiskIsExplained(t *testing.T) {
	t.Parallel()
	s := anyThrowaway(t)
	bindir := wrappers(t, map[string]string{"pg_dump": "echo 'pg_dump: error: could not write to file: No space left " +
		"on device' >&2; exit 1"})
	r := pgroundtrip(t, nil, "check", "-workload", "writers", "-bindir", bindir, "-dsn", s.DSN().String())
	r.wants(t, 1)
	if !strings.Contains(r.stdout, "ERROR writers: dump and record: ") ||
		!strings.Contains(r.stdout, "hint: free some space on the disk that is written to; ") {
		t.Errorf("stdout:\n%s", r.stdout)
	}
}

func mustNotHold(t *testing.T, r result) {
	t.Helper()
	if strings.Contains(r.stdout+r.stderr, "s3cr3t") {
		t.Errorf("the password is shown:\n%s\n%s", r.stdout, r.stderr)
	}
}

// wrappers returns a folder with every program of PostgreSQL, some of which run shell commands first.
func wrappers(t *testing.T, before map[string]string) string {
	t.Helper()
	real, err := pgtool.Finder{Env: os.Environ()}.ServerDir()
	if err != nil {
		t.Fatal(err)
	}
	if real, err = filepath.EvalSymlinks(filepath.Join(real, "postgres")); err != nil {
		t.Fatal(err)
	}
	real = filepath.Dir(real)
	dir := pgtest.OpenFolder(t, 0o755)
	for _, name := range []string{"initdb", "postgres", "pg_dump", "pg_restore", "psql"} {
		script := "#!/bin/sh\ncase $1 in --version) exec " + filepath.Join(real, name) + " --version ;; esac\n" +
			before[name] + "\nexec " + filepath.Join(real, name) + " \"$@\"\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
