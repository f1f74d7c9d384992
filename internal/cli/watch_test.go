package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
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
	archive, dumped := filepath.Join(t.TempDir(), "full.dump"), []string(nil)
	if showsCopies(t) {
		dumped = []string{"dump and record"}
	}
	for _, run := range []struct {
		args []string
		want []string
		bars []string
	}{
		{[]string{"workload", "-dsn", connection(filled.DSN()), "-rows", "20000"},
			[]string{"workload", "20000 rows, ", " rows/s", " left"}, nil},
		{[]string{"verify", "-dsn", connection(filled.DSN()), "-jobs", "1"}, []string{"verify", "20000 rows, ", " rows/s"}, nil},
		{[]string{"dump", "-dsn", connection(full.DSN()), "-o", archive, "--", "-Z9"},
			[]string{"dump and record", "B of ", "B/s", " left"}, dumped},
		{[]string{"restore", "-dsn", connection(full.DSN()), archive},
			[]string{"restore", "record after", "B of ", "B/s", " left"}, []string{"restore", "record after"}},
		{[]string{"check", "-dsn", connection(full.DSN()), "-workload", "lifecycle"},
			[]string{"lifecycle: build", "24 rows", "lifecycle: compare"}, nil},
	} {
		t.Run(run.args[0], func(t *testing.T) {
			seen := watched(t, env, run.args...)
			requireOneWay(t, seen, run.bars...)
			for _, want := range run.want {
				isShown := run.args[0] != "dump" || want == "dump and record" || showsCopies(t)
				if strings.Contains(seen, want) != isShown {
					t.Errorf("%q to be seen: want %t in %q", want, isShown, seen)
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

// A role with two connections can dump, on a terminal too: one for the record, one for pg_dump. Then there is no bar.
func TestWhoOnlyLooksTakesNoConnectionThatIsNeeded(t *testing.T) {
	db := newDatabase(t)
	conn := pgtest.Connect(t, db)
	role := db.Name + "_two"
	if _, err := conn.Exec(context.Background(), "create role "+role+" login connection limit 2 password 'two'; create "+
		"table public.a (n int);"+
		"insert into public.a select generate_series(1, 400000); grant select on public.a to "+role+", public"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec(context.Background(), "drop owned by "+role+"; drop role "+role); err != nil {
			t.Error(err)
		}
	})
	dsn := connection(db.DSN().With("user", role).With("password", "two"))
	seen := watched(t, append(os.Environ(), "TERM=xterm", "CI="), "dump", "-dsn", dsn, "-o",
		filepath.Join(t.TempDir(), "a"), "--", "-Z9")
	if !strings.Contains(seen, "publish") || strings.Contains(seen, "B of ") {
		t.Errorf("%q", seen)
	}
}

// showsCopies reports whether the server shows how far a COPY is.
func showsCopies(t *testing.T) bool {
	t.Helper()
	s, err := pgtest.Open()
	if err != nil {
		t.Fatal(err)
	}
	return s.Version.Major >= 14
}

// Each bar has one total, never goes back, and ends when all is done; in every format, with one job and with more.
func TestABarGoesOneWay(t *testing.T) {
	db := newDatabase(t)
	if _, err := pgtest.Connect(t, db).Exec(context.Background(), strings.ReplaceAll(manyRows, "250000", "30000")+`;
		create table public.more as select * from public.many`); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "TERM=xterm", "CI=")
	for _, way := range pgtest.Dealt(t, 2, []struct {
		name string
		jobs string
		args []string
	}{
		{"directory", "2", []string{"--", "-Z9"}}, {"custom", "1", []string{"--", "-Z9"}}, {"plain", "1", nil}, {"tar", "1", nil},
	}) {
		t.Run(way.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "a")
			args := append([]string{"dump", "-dsn", connection(db.DSN()), "-o", out, "-format", way.name, "-jobs", way.jobs}, way.args...)
			requireOneWay(t, watched(t, env, args...))
			requireOneWay(t, watched(t, env, "restore", "-dsn", connection(db.DSN()), "-jobs", way.jobs, out), "restore")
		})
	}
}

// frame matches one drawing of a bar that counts bytes.
var frame = regexp.MustCompile(`([a-z][a-z ]+?) +(?:\[[-=>]*\])? +([0-9.]+) ([kMG]?)B of ([0-9.]+) ([kMG]?)B, `)

// requireOneWay requires of each phase that its bar has one total and never goes back, and that those phases have a bar,
// which is complete in the end.
func requireOneWay(t *testing.T, seen string, phases ...string) {
	t.Helper()
	units := map[string]float64{"": 1, "k": 1e3, "M": 1e6, "G": 1e9}
	done, total := map[string]float64{}, map[string]float64{}
	for _, m := range frame.FindAllStringSubmatch(seen, -1) {
		var now, all float64
		if _, err := fmt.Sscan(m[2], &now); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(m[4], &all); err != nil {
			t.Fatal(err)
		}
		now, all = now*units[m[3]], all*units[m[5]]
		if now < done[m[1]] || total[m[1]] != 0 && total[m[1]] != all {
			t.Errorf("%s: %.0f of %.0f after %.0f of %.0f in %q", m[1], now, all, done[m[1]], total[m[1]], seen)
		}
		done[m[1]], total[m[1]] = now, all
	}
	for _, phase := range phases {
		if done[phase] == 0 || done[phase] != total[phase] {
			t.Errorf("%s ends with %.0f of %.0f in %q", phase, done[phase], total[phase], seen)
		}
	}
}

// Messages of pg_dump while bars are drawn stay complete on the screen. The size of a table that was never analyzed is
// known. How far pg_dump is with rows as INSERT is not: then there is neither a bar nor a time left.
func TestABarDrawsOverNothingAndMakesNothingUp(t *testing.T) {
	db := newDatabase(t)
	if _, err := pgtest.Connect(t, db).Exec(context.Background(), strings.Replace(manyRows, "analyze public.many", `
		alter table public.many set (autovacuum_enabled = off);
		create table public.few (n int); insert into public.few values (1), (2), (3); analyze public.few`, 1)); err != nil {
		t.Fatal(err)
	}
	// In a folder of its own: what killed runs left in the shared one would be named first.
	env := append(os.Environ(), "TERM=xterm", "CI=", "TMPDIR="+t.TempDir())
	seen := watched(t, env, "dump", "-dsn", connection(db.DSN()), "-o", filepath.Join(t.TempDir(), "a"), "--", "--verbose",
		"-Z9")
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
	if strings.Contains(seen, " left") != showsCopies(t) {
		t.Errorf("the time left is shown: want %t in %q", showsCopies(t), seen)
	}
	seen = watched(t, env, "dump", "-dsn", connection(db.DSN()), "-o", filepath.Join(t.TempDir(), "b"), "--", "--inserts")
	if strings.Contains(seen, "B of ") || strings.Contains(seen, " left") || strings.Contains(seen, "==") {
		t.Errorf("want seconds and no more in %q", seen)
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
