//go:build unix

package cli_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
)

// crashes are ways in which a child program ends, or ends this program.
var crashes = []struct {
	name, script string
	says         []string
}{
	{"killed at the end of its work", `"$real" "$@"; kill -9 $$`, []string{"was ended by signal: killed"}},
	{"killed at once", `kill -9 $$`, []string{"was ended by signal: killed"}},
	{"SIGINT to pgroundtrip", `kill -INT $PPID; exec sleep 60`, []string{"interrupted (signal: interrupt)"}},
	{"SIGTERM to pgroundtrip", `kill -TERM $PPID; exec sleep 60`, []string{"interrupted (signal: terminated)"}},
	{"SIGHUP to pgroundtrip", `kill -HUP $PPID; exec sleep 60`, []string{"interrupted (signal: hangup)"}},
}

func TestInterruptedDump(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	storytest.MustExec(t, pgtest.Connect(t, db), "create table t as select n from generate_series(1, 1000) as n")
	for _, format := range []string{"custom", "directory"} {
		for _, crash := range pgtest.Dealt(t, 2, crashes) {
			t.Run(format+" "+crash.name, func(t *testing.T) {
				folder := t.TempDir()
				out := filepath.Join(folder, "backup")
				cmd := storytest.OnDatabase(binary, db, "dump", "-format", format, "-o", out, "-bindir",
					storytest.BindirWith(t, server, "pg_dump", crash.script))
				storytest.RunToEnd(t, cmd).Require(t, 1, crash.says...)
				if left := storytest.FilesIn(t, folder); left != nil {
					t.Errorf("left behind: %q", left)
				}
				storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-format", format, "-o", out)).Require(t, 0)
			})
		}
	}
}

// TestKilledDump: after SIGKILL only the next dump of the same name can clean up.
func TestKilledDump(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	for _, format := range []string{"custom", "directory"} {
		t.Run(format, func(t *testing.T) {
			folder := t.TempDir()
			out := filepath.Join(folder, "backup")
			bindir := storytest.BindirWith(t, server, "pg_dump", `"$real" "$@"; kill -9 $PPID; exec sleep 60`)
			cmd := storytest.OnDatabase(binary, db, "dump", "-format", format, "-o", out, "-bindir", bindir)
			cmd.Env = append(cmd.Env, "TMPDIR="+t.TempDir())
			storytest.RunToEnd(t, cmd).Require(t, -1)
			if left := storytest.FilesIn(t, folder); slices.Contains(left, "backup") ||
				slices.Contains(left, "backup"+record.ManifestSuffix) {
				t.Errorf("under the final names: %q", left)
			}
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-format", format, "-o", out)).Require(t, 0)
			if left := storytest.FilesIn(t, folder); !slices.Equal(left, []string{"backup", "backup" + record.ManifestSuffix, "backup" + record.SumsSuffix}) {
				t.Errorf("the next dump leaves %q", left)
			}
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", out)).Require(t, 0)
		})
	}
}

// TestTwoDumpsOfOneName: the second is refused, and the first is not affected.
func TestTwoDumpsOfOneName(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, out := pgtest.Scratch(t, server), filepath.Join(t.TempDir(), "backup")
	second := strings.Join(storytest.OnDatabase(binary, db, "dump", "-o", out).Args[1:4], "' '")
	script := fmt.Sprintf(`'%s' '%s' -o '%s' && exit 9; exec "$real" "$@"`, binary, second, out)
	first := storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out, "-bindir", storytest.BindirWith(t, server, "pg_dump", script)))
	first.Require(t, 0, "another pgroundtrip dump is writing "+out)
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", out)).Require(t, 0)
}

// TestFailingDumpKeepsTheOldOne: the file under the final name is the last good backup.
func TestFailingDumpKeepsTheOldOne(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, out := pgtest.Scratch(t, server), filepath.Join(t.TempDir(), "backup")
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out)).Require(t, 0)
	before := storytest.Read(t, out)
	bindir := storytest.BindirWith(t, server, "pg_dump", `kill -9 $$`)
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out, "-bindir", bindir)).Require(t, 1,
		"pg_dump was ended by signal: killed")
	if string(storytest.Read(t, out)) != string(before) {
		t.Error("the good archive is gone")
	}
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", out)).Require(t, 0)
}

// TestDumpOverQuota limits the size of the archive's files, as a quota does.
func TestDumpOverQuota(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	storytest.MustExec(t, pgtest.Connect(t, db),
		"create table t as select md5(n::text) from generate_series(1, 100000) as n")
	for _, format := range pgdump.Formats {
		t.Run(format, func(t *testing.T) {
			folder := t.TempDir()
			bindir := storytest.BindirWith(t, server, "pg_dump", `ulimit -f 200; exec "$real" "$@"`)
			cmd := storytest.OnDatabase(binary, db, "dump", "-format", format, "-o", filepath.Join(folder, "backup"), "-bindir", bindir)
			storytest.RunToEnd(t, cmd).Require(t, 1, "could not dump: pg_dump ")
			if left := storytest.FilesIn(t, folder); left != nil {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// requireSame requires that a run left no scratch database and no role.
func requireSame(t *testing.T, before, after []string) {
	t.Helper()
	const count = "select count(*)::int from pg_roles where rolname ~ '^pgroundtrip_[0-9a-f]{16}$'"
	if roles := storytest.Value[int](t, storytest.Connection(t, pgtest.Server(t)), count); roles > 0 {
		t.Errorf("%d roles are left", roles)
	}
	if !slices.Equal(before, after) {
		t.Errorf("scratch databases before: %q, after: %q", before, after)
	}
}

func TestInterruptedRestore(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, out := pgtest.Scratch(t, server), storytest.ArchiveOf(t, "custom")
	for _, crash := range crashes {
		t.Run(crash.name, func(t *testing.T) {
			before := storytest.ScratchDatabases(t)
			bindir := storytest.BindirWith(t, server, "pg_restore", crash.script)
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", "-bindir", bindir, out)).Require(t, 1, crash.says...)
			requireSame(t, before, storytest.ScratchDatabases(t))
		})
	}
}

// TestServerDies: the postmaster is killed while our programs run. Every server here is a throw-away cluster.
func TestServerDies(t *testing.T) {
	binary := storytest.Build(t)
	// -dsn host=... names the folder of the socket, in which the data folder lies too.
	const kill = `socket=$(printf '%s' "$*" | sed "s/.*host='\{0,1\}\([^' ]*\).*/\1/"); kill -9 "$(head -n 1 "$socket/data/postmaster.pid")"; `
	t.Run("dump", func(t *testing.T) {
		server, err := cluster.Open(context.Background(),
			cluster.Options{Env: map[string]string{}, Finder: pgtest.Options().Finder, Wait: 30 * time.Second, Log: os.Stderr})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := server.Close(); err == nil {
				t.Error("the server was not killed")
			}
		}()
		folder := t.TempDir()
		bindir := storytest.BindirWith(t, server, "pg_dump", kill+`"$real" "$@"; exit 1`)
		cmd := storytest.OnServer(binary, server.DSN(), "dump", "-timeout", "1s", "-o", filepath.Join(folder, "backup"), "-bindir",
			bindir)
		storytest.RunToEnd(t, cmd).Require(t, 1, "connection")
		if left := storytest.FilesIn(t, folder); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
	t.Run("restore on the throw-away cluster", func(t *testing.T) {
		out, temp := storytest.ArchiveOf(t, "custom"), pgtest.OpenFolder(t, 0o755)
		bindir := storytest.BindirWith(t, pgtest.Server(t), "pg_restore", kill+`exec "$real" "$@"`)
		cmd := exec.Command(binary, "restore", "-bindir", bindir, out)
		cmd.Env = pgtool.CleanEnv(storytest.WithoutServer(os.Environ()), "TMPDIR="+temp)
		storytest.RunToEnd(t, cmd).Require(t, 1, "could not restore", "the throw-away cluster ended unexpectedly")
		if left := storytest.FilesIn(t, temp); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
}

// TestLostSession ends this program's own session, in each phase.
func TestLostSession(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	storytest.MustExec(t, pgtest.Connect(t, db), "create table t as select 1 as n")
	out := filepath.Join(t.TempDir(), "good")
	const query = "select n::text as n from (select 1 as n %s) as x order by 1\n"
	const suicide = "where pg_terminate_backend(pg_backend_pid())"
	quiet := suiteFolder(t, map[string]string{"invariant/own.sql": fmt.Sprintf(query, "")})
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-sql", quiet, "-o", out)).Require(t, 0)
	for _, tt := range []struct{ name, file, text string }{
		{"as it begins", "session.sql", "select pg_terminate_backend(pg_backend_pid());\n"},
		{"in the record", "invariant/own.sql", fmt.Sprintf(query, suicide)},
	} {
		files := map[string]string{"invariant/own.sql": fmt.Sprintf(query, ""), tt.file: tt.text}
		folder := suiteFolder(t, files)
		t.Run("dump "+tt.name, func(t *testing.T) {
			target := t.TempDir()
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-sql", folder, "-o", filepath.Join(target, "backup"))).Require(t, 1,
				"terminating connection")
			if left := storytest.FilesIn(t, target); left != nil {
				t.Errorf("left behind: %q", left)
			}
		})
		t.Run("restore "+tt.name, func(t *testing.T) {
			before := storytest.ScratchDatabases(t)
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", "-sql", folder, out)).Require(t, 1, "terminating connection")
			requireSame(t, before, storytest.ScratchDatabases(t))
		})
	}
	t.Run("dump while pg_dump begins", func(t *testing.T) {
		target := t.TempDir()
		psql := filepath.Join(filepath.Dir(storytest.Program(t, server, "psql")), "psql")
		script := fmt.Sprintf(`'%s' -XAtq -c "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'pgroundtrip'" "$1" >&2; exec "$real" "$@"`, psql)
		bindir := storytest.BindirWith(t, server, "pg_dump", script)
		ended := storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-sql", quiet, "-o", filepath.Join(target, "backup"), "-bindir",
			bindir))
		if ended.Require(t, 1); !strings.Contains(ended.Said, "the session that held the snapshot is gone") &&
			!strings.Contains(ended.Said, "connection") {
			t.Errorf("it does not say that a session is gone:\n%s", ended.Said)
		}
		if left := storytest.FilesIn(t, target); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
}

// TestTerminatedTool ends the sessions of pg_dump and pg_restore while they work.
func TestTerminatedTool(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	conn := pgtest.Connect(t, db)
	storytest.MustExec(t, conn,
		"create table t as select 1 as n; create materialized view slow as select pg_sleep(case when current_database() = '"+db.Name+"' then 0 else 60 end)::text")
	psql := fmt.Sprintf("'%s' -XAtq", storytest.Program(t, server, "psql"))
	const terminate = `until %s -c "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '%s' and %s" "$1" | grep -q t; do sleep 0.01; done; wait $tool`
	t.Run("pg_dump", func(t *testing.T) {
		folder := t.TempDir()
		// It waits behind a session that waits for us.
		const waiting = `until %s -c "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query = 'truncate t'" "$1" | grep -q 1; do sleep 0.01; done; `
		script := psql + ` -c 'truncate t' "$1" >/dev/null 2>&1 & ` + fmt.Sprintf(waiting, psql) +
			`"$real" "$@" & tool=$!; ` + fmt.Sprintf(terminate, psql, "pg_dump", "wait_event_type = 'Lock'")
		cmd := storytest.OnDatabase(binary, db, "dump", "-o", filepath.Join(folder, "backup"), "-bindir",
			storytest.BindirWith(t, server, "pg_dump", script))
		storytest.RunToEnd(t, cmd).Require(t, 1, "terminating connection")
		if left := storytest.FilesIn(t, folder); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
	t.Run("pg_restore", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "backup")
		storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out)).Require(t, 0)
		before := storytest.ScratchDatabases(t)
		script := `case "$*" in *=post-data*) ;; *) exec "$real" "$@" ;; esac; exec 3<&0; "$real" "$@" <&3 & tool=$!; ` +
			fmt.Sprintf(terminate, psql, "pg_restore", "wait_event = 'PgSleep'")
		storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", "-bindir", storytest.BindirWith(t, server, "pg_restore", script), out)).Require(t,
			1, "terminating connection")
		requireSame(t, before, storytest.ScratchDatabases(t))
	})
}

// TestKilledRestore: the next run on the server drops what a killed run left there.
func TestKilledRestore(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, out := pgtest.Scratch(t, server), storytest.ArchiveOf(t, "custom")
	before := storytest.ScratchDatabases(t)
	bindir := storytest.BindirWith(t, server, "pg_restore", `kill -9 $PPID; exec sleep 60`)
	cmd := storytest.OnDatabase(binary, db, "restore", "-bindir", bindir, out)
	cmd.Env = append(cmd.Env, "TMPDIR="+t.TempDir())
	storytest.RunToEnd(t, cmd).Require(t, -1)
	left := slices.DeleteFunc(storytest.ScratchDatabases(t), func(name string) bool { return slices.Contains(before, name) })
	if len(left) != 1 {
		t.Fatalf("the killed run left %q", left)
	}
	waitUntilReleased(t, db, left[0])
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", out)).Require(t, 0, "dropped the scratch database "+left[0])
	requireSame(t, before, storytest.ScratchDatabases(t))
}

// TestKilledOnTheThrowawayCluster: the next run removes the folders of the killed one, which hold a copy
// of the database.
func TestKilledOnTheThrowawayCluster(t *testing.T) {
	binary, out, temp := storytest.Build(t), storytest.ArchiveOf(t, "custom"), pgtest.OpenFolder(t, 0o755)
	run := func(args ...string) storytest.Ended {
		cmd := exec.Command(binary, append(append([]string{"restore"}, args...), out)...)
		cmd.Env = pgtool.CleanEnv(storytest.WithoutServer(os.Environ()), "TMPDIR="+temp)
		return storytest.RunToEnd(t, cmd)
	}
	run("-bindir", storytest.BindirWith(t, pgtest.Server(t), "pg_restore", `kill -9 $PPID; exec sleep 60`)).Require(t, -1)
	left, err := filepath.Glob(filepath.Join(temp, "pgroundtrip-*", "data"))
	if err != nil || len(left) != 1 {
		t.Fatalf("the killed run left %q; %v", left, err)
	}
	waitUntilEnded(t, left[0])
	run().Require(t, 0, "PASS", "removed "+filepath.Dir(left[0])+", which a killed run left behind")
	if left := storytest.FilesIn(t, temp); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

// waitUntilEnded waits until no server runs on that data folder.
func waitUntilEnded(t *testing.T, data string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if pid, err := strconv.Atoi(storytest.FirstLine(string(text))); err == nil && syscall.Kill(pid, 0) != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a server is still running on %s", data)
		}
	}
}

// waitUntilReleased waits until the server has noticed that a client is gone and released its locks.
func waitUntilReleased(t *testing.T, db *cluster.Database, name string) {
	t.Helper()
	conn := pgtest.Connect(t, db)
	const locked = `select exists (select from pg_locks where locktype = 'advisory'
		and lpad(to_hex(classid::int8), 8, '0') || lpad(to_hex(objid::int8), 8, '0') = right($1, 16))`
	for deadline := time.Now().Add(30 * time.Second); storytest.Value[bool](t, conn, locked, name); {
		if time.Now().After(deadline) {
			t.Fatalf("the lock of %s is still held", name)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestSweepSparesALiveRun: another run starts and ends while the first restores.
func TestSweepSparesALiveRun(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, out := pgtest.Scratch(t, server), storytest.ArchiveOf(t, "custom")
	other := storytest.OnDatabase(binary, db, "restore", out)
	// No session is connected to the first run's database while the second one runs.
	script := fmt.Sprintf("'%s' || exit 9\nexec \"$real\" \"$@\"", strings.Join(other.Args, "' '"))
	first := storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", "-bindir", storytest.BindirWith(t, server, "pg_restore", script), out))
	first.Require(t, 0, "PASS")
	if strings.Contains(first.Said, "dropped the scratch database") {
		t.Errorf("something was swept:\n%s", first.Said)
	}
}

// TestSweepSparesOthers: a database without every mark of a killed run's scratch database stays.
func TestSweepSparesOthers(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	admin := pgtest.Connect(t, pgtest.Scratch(t, pgtest.Server(t)))
	const ours = "scratch database of pgroundtrip, safe to drop when no pgroundtrip runs; created 2026-01-01T00:00:00Z"
	create := func(name, comment string, options ...string) {
		storytest.MustExec(t, admin,
			"create database "+pgx.Identifier{name}.Sanitize()+" template template0 "+strings.Join(options, " "))
		t.Cleanup(func() {
			storytest.MustExec(t, admin, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)")
		})
		if comment != "" {
			storytest.MustExec(t, admin, "comment on database "+pgx.Identifier{name}.Sanitize()+" is '"+comment+"'")
		}
	}
	create("pgroundtrip_00000000000000a1", ours)
	create("pgroundtrip_00000000000000a2", "", "allow_connections false") // its run was killed before the comment
	create("pgroundtrip_00000000000000a3", ours, "allow_connections false")
	storytest.MustExec(t, admin, "create role sweep_other")
	t.Cleanup(func() { storytest.MustExec(t, admin, "drop role sweep_other") })
	spared := map[string]string{
		"pgroundtrip_00000000000000b1": "",           // somebody's own name
		"pgroundtrip_00000000000000b2": "my backups", // and comment
		"pgroundtrip_mine":             ours,
		"pgroundtrip_00000000000000B3": ours,
		"not_pgroundtrip":              ours,
		"pgroundtrip_00000000000000b4": ours, // someone is connected
		"pgroundtrip_80000000000000b5": ours, // its run is alive
	}
	for name, comment := range spared {
		create(name, comment)
	}
	for name, options := range map[string]string{
		"pgroundtrip_00000000000000c1": "owner sweep_other", // closed, without a comment, and another's
		"pgroundtrip_closed":           "",
		"pgroundtrip_80000000000000c2": "", // its run is about to comment it
		"pgroundtrip_00000000000000c3": "",
	} {
		spared[name] = ""
		create(name, "", options, "allow_connections false")
	}
	storytest.MustExec(t, admin, "comment on database pgroundtrip_00000000000000c3 is 'closed for repair'")
	storytest.MustExec(t, admin, "select pg_advisory_lock(('x80000000000000c2')::bit(64)::int8)")
	user, err := storytest.At(t, server, "dbname", "pgroundtrip_00000000000000b4").Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer user.Close(context.Background())
	storytest.MustExec(t, admin, "select pg_advisory_lock(('x80000000000000b5')::bit(64)::int8)")
	if err := pgtest.Scratch(t, server).Drop(context.Background()); err != nil {
		t.Fatal(err)
	}
	there := storytest.Value[[]string](t, admin, "select array_agg(datname::text) from pg_database")
	for name := range spared {
		if !slices.Contains(there, name) {
			t.Errorf("%s was dropped", name)
		}
	}
	for _, left := range []string{"a1", "a2", "a3"} {
		if slices.Contains(there, "pgroundtrip_00000000000000"+left) {
			t.Errorf("a killed run's scratch database is still there: %s", left)
		}
	}
}

// suiteFolder is a suite in a folder.
func suiteFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		storytest.Write(t, path, []byte(text))
	}
	return folder
}
