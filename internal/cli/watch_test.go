package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"pgroundtrip/internal/cli"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/pgtest"
)

// watched runs the program with stderr on a terminal, and returns what was displayed.
func watched(t *testing.T, env []string, args ...string) string {
	t.Helper()
	terminal, other, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(other, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	shown := make(chan string)
	go func() {
		var all strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := terminal.Read(buf)
			all.Write(buf[:n])
			if err != nil {
				shown <- all.String()
				return
			}
		}
	}()
	var stdout bytes.Buffer
	status := cli.Run(context.Background(), args, &stdout, other, env)
	if err := other.Close(); err != nil {
		t.Error(err)
	}
	seen := <-shown
	if status != command.Proven || strings.ContainsAny(stdout.String(), "\r\x1b") {
		t.Errorf("%s: exit %d\n%q\n%s", args, status, seen, stdout.String())
	}
	return seen
}

const manyRows = `
	create table public.many (n int primary key, text text);
	insert into public.many select n, repeat(md5(n::text), 8) from generate_series(1, 250000) as n;
	analyze public.many`

func TestATerminalShowsHowFarARunIs(t *testing.T) {
	env := append(os.Environ(), "TERM=xterm", "CI=")
	filled, full := newDatabase(t), newDatabase(t)
	if _, err := pgtest.Connect(t, full).Exec(context.Background(), manyRows); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(t.TempDir(), "full.dump")
	for _, run := range []struct {
		args []string
		want []string
	}{
		{[]string{"workload", "-dsn", connection(filled.DSN()), "-rows", "20000"},
			[]string{"workload", "20000 rows, ", " rows/s", " left"}},
		{[]string{"verify", "-dsn", connection(filled.DSN()), "-jobs", "1"}, []string{"verify", "20000 rows, ", " rows/s"}},
		{[]string{"dump", "-dsn", connection(full.DSN()), "-o", archive, "--", "-Z9"},
			[]string{"dump and record", " rows, ", " rows/s", " left", " 250000 rows, "}},
		{[]string{"restore", "-dsn", connection(full.DSN()), archive},
			[]string{"restore", "record after", " rows, ", " rows/s", " left", " 250000 rows, "}},
		{[]string{"check", "-dsn", connection(full.DSN()), "-workload", "lifecycle"},
			[]string{"lifecycle: build", "24 rows", "lifecycle: compare"}},
	} {
		t.Run(run.args[0], func(t *testing.T) {
			seen := watched(t, env, run.args...)
			for _, want := range run.want {
				// 13 cannot say how far a COPY is.
				if s, err := pgtest.Open(); err == nil && s.Version.Major < 14 && strings.Contains("dump restore", run.args[0]) &&
					strings.HasPrefix(want, " ") {
					continue
				}
				if !strings.Contains(seen, want) {
					t.Errorf("%q was not to be seen in %q", want, seen)
				}
			}
		})
	}
}

func TestALogHasALineForEachPhaseAndNoCarriageReturn(t *testing.T) {
	filled := connection(newDatabase(t).DSN())
	archive := filepath.Join(t.TempDir(), "a.dump")
	for _, run := range []struct {
		command, want string
		args          func() []string
	}{
		{"workload", "workload\n", func() []string { return []string{"-dsn", connection(newDatabase(t).DSN())} }},
		{"dump", "prepare\ndump and record\ndigest\npublish\n",
			func() []string { return []string{"-dsn", filled, "-o", archive} }},
		{"restore", "inspect\nserver\nprepare\nrestore\nrecord after\ncompare\n",
			func() []string { return []string{"-dsn", filled, archive} }},
		{"verify", "prepare\nverify\n", func() []string {
			fresh := connection(newDatabase(t).DSN())
			if status := cli.Run(context.Background(), []string{"workload", "-dsn", fresh}, io.Discard, io.Discard, os.Environ()); status != command.Proven {
				t.Fatalf("workload: exit %d", status)
			}
			return []string{"-dsn", fresh}
		}},
		{"check", "", func() []string { return []string{"-dsn", filled, "-workload", "lifecycle"} }},
	} {
		for _, form := range []string{"-json=false", "-json"} {
			t.Run(run.command+" "+form, func(t *testing.T) {
				var stdout, stderr bytes.Buffer
				args := append([]string{run.command, form}, run.args()...)
				status := cli.Run(context.Background(), args, &stdout, &stderr, append(os.Environ(), "TERM=xterm"))
				if status != command.Proven || stderr.String() != run.want ||
					strings.ContainsAny(stdout.String()+stderr.String(), "\r\x1b") {
					t.Errorf("exit %d, want 0 and %q on stderr, got %q\n%s", status, run.want, stderr.String(), stdout.String())
				}
			})
		}
	}
}

// A role with two connections can dump, even with a progress bar: one for the record, one for pg_dump.
func TestWhoOnlyLooksTakesNoConnectionThatIsNeeded(t *testing.T) {
	db := newDatabase(t)
	conn := pgtest.Connect(t, db)
	role := db.Name + "_two"
	if _, err := conn.Exec(context.Background(), "create role "+role+" login connection limit 2 password 'two'; create "+
		"table public.a (n int);"+
		"insert into public.a values (1); grant select on public.a to "+role+", public"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec(context.Background(), "drop owned by "+role+"; drop role "+role); err != nil {
			t.Error(err)
		}
	})
	dsn := connection(db.DSN().With("user", role).With("password", "two"))
	seen := watched(t, append(os.Environ(), "TERM=xterm", "CI="), "dump", "-dsn", dsn, "-o",
		filepath.Join(t.TempDir(), "a"))
	if !strings.Contains(seen, "publish") {
		t.Errorf("%q", seen)
	}
}

// Messages of pg_dump while bars are drawn stay complete on the screen. The rows of a table that was never
// analyzed are unknown: then there is neither a bar nor a time left.
func TestABarDrawsOverNothingAndMakesNothingUp(t *testing.T) {
	db := newDatabase(t)
	if _, err := pgtest.Connect(t, db).Exec(context.Background(), strings.Replace(manyRows, "analyze public.many", `
		alter table public.many set (autovacuum_enabled = off);
		create table public.few (n int); insert into public.few values (1), (2), (3); analyze public.few`, 1)); err != nil {
		t.Fatal(err)
	}
	// In a folder of its own: what killed runs left in the shared one would be named first.
	seen := watched(t, append(os.Environ(), "TERM=xterm", "CI=", "TMPDIR="+t.TempDir()),
		"dump", "-dsn", connection(db.DSN()), "-o", filepath.Join(t.TempDir(), "a"), "--", "--verbose")
	shown := screen(seen)
	said := 0
	for _, line := range shown {
		if strings.HasPrefix(line, "pg_dump: dumping contents of table") {
			said++
		}
	}
	if said != 2 || !strings.HasPrefix(shown[0], "prepare ") ||
		strings.Count(strings.Join(shown, "\n"), "dump and record") != 1 {
		t.Errorf("the screen shows\n%s", strings.Join(shown, "\n"))
	}
	if !strings.Contains(seen, "rows/s") || strings.Contains(seen, " left") || strings.Contains(seen, "==") {
		t.Errorf("want rows per second and no more in %q", seen)
	}
	if last := strings.Join(shown, "\n"); !strings.Contains(last, " 250003 rows, ") {
		t.Errorf("in the end the rows are known; the screen shows\n%s", last)
	}
}

// screen returns what a terminal shows in the end, when some lines were drawn over others.
func screen(seen string) []string {
	lines := []string{""}
	for rest := seen; rest != ""; {
		var up int
		switch n, _ := fmt.Sscanf(rest, "\x1b[%dA\x1b[J", &up); {
		case n == 1:
			lines = append(lines[:len(lines)-1-up], "")
			_, rest, _ = strings.Cut(rest, "\x1b[J")
		case strings.HasPrefix(rest, "\r\n"):
			lines, rest = append(lines, ""), rest[2:]
		default:
			lines[len(lines)-1] += rest[:1]
			rest = rest[1:]
		}
	}
	return lines
}

// newDatabase returns an empty database on the server that the package's tests share.
func newDatabase(t *testing.T) *cluster.Database {
	t.Helper()
	s, err := pgtest.Open()
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.Scratch(t, s)
}
