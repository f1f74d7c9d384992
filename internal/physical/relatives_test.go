//go:build unix

package physical_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// fileOf returns the path of a relation below the data folder.
func fileOf(t *testing.T, p *pgtest.Primary, query string) string {
	t.Helper()
	return storytest.Value[string](t, storytest.Connection(t, p.Server(t, "postgres")), query)
}

// TestWhatIsWrongWithABackupIsNamed: whatever a command leaves in the copy's folder is repaired, refused, or reported
// as a difference; nothing outside that folder is written.
func TestWhatIsWrongWithABackupIsNamed(t *testing.T) {
	p := pgtest.Replicated(t, "", 0)
	change(t, p, "create table public.still (id int primary key, note text)", "create table public.later (a int)",
		"insert into public.still select n, 'still ' || n from generate_series(1, 90) as n",
		"alter table public.still alter note set storage external",
		"insert into public.still values (0, repeat('toasted ', 2000))", "vacuum public.still")
	backup, record := p.Backup(t), filepath.Join(t.TempDir(), "now.json")
	change(t, p, "insert into public.later values (1)")
	run(t, command.Proven, nil, "record", "-dsn", p.DSN("postgres").String(), "-barrier", "-o", record)
	archive := p.Archive(t)
	heap := fileOf(t, p, "select pg_relation_filepath('public.still')")
	toast := fileOf(t, p, "select pg_relation_filepath(reltoastrelid) from pg_class where oid = 'public.still'::regclass")
	folder := fileOf(t, p, "select 'base/' || oid from pg_database where datname = current_database()")
	victim := filepath.Join(p.Folder(), "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	const flip = `printf '\377' | dd of=%s bs=1 seek=%d conv=notrunc status=none`
	before := sums(t, backup)
	for _, tt := range pgtest.Dealt(t, 3, []struct {
		name, script string // the script runs in the copy's folder
		want         int
		said         string
	}{
		{"something in the background", "(sleep 600 & echo $! > " + p.Folder() + "/pid)", command.Proven,
			"PASS"},
		{"a mode that no server takes", "chmod 755 .", command.Proven, "PASS"},
		{"files of a server", "cp " + filepath.Dir(p.WAL()) + "/postmaster.pid .; touch standby.signal recovery.signal",
			command.Proven, "PASS"},
		{"another machine's settings", "printf \"include 'nope'\\nssl = on\\nport = 1\\nshared_buffers = '900GB'\\n" +
			"archive_command = 'touch " + victim + "2'\\nshared_preload_libraries = 'nope'\\ndata_directory = '/nope'\\n" +
			"primary_conninfo = 'host=/nope'\\nrecovery_target = 'immediate'\\n\" | tee postgresql.conf > postgresql.auto.conf",
			command.Proven, "PASS"},
		{"no settings at all", "rm postgresql.conf postgresql.auto.conf pg_hba.conf pg_ident.conf", command.Proven, "PASS"},
		{"a link in place of a file that is written", "ln -sf " + victim + " postgresql.auto.conf; ln -sf /nope server.key",
			command.Proven, "PASS"},
		{"hard links", "ln " + heap + " other", command.Unknown, heap + " is a link"},
		{"another server's files", "rm -r base; ln -s " + filepath.Dir(p.WAL()) + "/base base", command.Unknown,
			"base is a link"},
		{"another server's WAL", "rm -r pg_wal; ln -s " + p.WAL() + " pg_wal", command.Unknown, "outside the copy"},
		{"a folder in the folder", "mkdir inner; mv PG_VERSION base global inner", command.Unknown, "no data folder"},
		{"another major", "echo 9.6 > PG_VERSION", command.Unknown, `PostgreSQL "9.6", and no such server`},
		{"a byte of a TOAST table", fmt.Sprintf(flip, toast, 5000), command.Differs, "public table=still"},
		{"a page's header", fmt.Sprintf(flip, heap, 13), command.Differs, "public table=still"},
		{"a file that is missing", "rm " + heap, command.Differs, "could not open file"},
		{"a file that was cut", ": > " + heap, command.Differs, "public table=still"},
		{"a map of files", fmt.Sprintf(flip, folder+"/pg_filenode.map", 10), command.Unknown, "accepts no connection"},
		{"the control file", fmt.Sprintf(flip, "global/pg_control", 20), command.Unknown, "checksum in control file"},
	}) {
		t.Run(tt.name, func(t *testing.T) {
			run(t, tt.want, []string{tt.said}, "restore", "-record", record, "-restore-command", "cp "+archive+"/%f %p",
				"-restore-timeout", "60s", "-fetch",
				`cd "$PGDATA" && cp -r `+backup+"/. . && rm backup_manifest && "+tt.script)
		})
	}
	if text := storytest.FileText(t, victim); text != "mine" {
		t.Errorf("the file of another is %q", text)
	}
	if after := sums(t, backup); after != before {
		t.Error("the backup was touched")
	}
	requireGone(t, storytest.FileText(t, filepath.Join(p.Folder(), "pid")))
	for _, one := range []struct{ dir, said string }{
		{filepath.Dir(p.WAL()), "a server runs on it"},
		{filepath.Dir(filepath.Dir(p.WAL())), "no data folder"},
	} {
		run(t, command.Unknown, []string{one.said}, "restore", "-record", record, "-physical", one.dir)
	}
	others := filepath.Join(p.Folder(), "others")
	p.Run(t, "/bin/cp", "-r", archive, others)
	segments, err := filepath.Glob(filepath.Join(others, "0000000100000000????????"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	for _, segment := range segments {
		data := []byte(storytest.FileText(t, segment))
		copy(data[24:], strings.Repeat("x", 8)) // the system identifier
		if err := os.WriteFile(segment, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run(t, command.Unknown, []string{"the WAL of another cluster"}, "restore", "-record", record, "-fetch",
		"cp -r "+backup+`/. "$PGDATA" && rm "$PGDATA"/pg_wal/0*`, "-restore-command", "cp "+others+"/%f %p")

	// A tablespace that the WAL would create where the primary has it.
	space := filepath.Join(p.Folder(), "space")
	p.Run(t, "/bin/mkdir", space)
	change(t, p, "create tablespace space location '"+space+"'")
	run(t, command.Proven, nil, "record", "-dsn", p.DSN("postgres").String(), "-barrier", "-o", record)
	run(t, command.Unknown, []string{"the record has 1 tablespaces, the backup 0", "take a newer backup"}, "restore",
		"-record", record, "-physical", backup)

	// One that the command copies into the folder, where the primary has a link.
	copied := filepath.Join(p.Folder(), "copied")
	p.Run(t, "pg_basebackup", "--pgdata="+copied, "--dbname="+p.DSN("postgres").String(), "--checkpoint=fast", "--no-sync",
		"--tablespace-mapping="+space+"="+space+"-copied")
	change(t, p, "create table public.spaced tablespace space as select 1 as n")
	run(t, command.Proven, nil, "record", "-dsn", p.DSN("postgres").String(), "-barrier", "-o", record)
	run(t, command.Proven, []string{"PASS"}, "restore", "-record", record, "-fetch", "cp -rL "+copied+`/. "$PGDATA"`,
		"-restore-command", "cp "+p.Archive(t)+"/%f %p")
}

// TestADrillStartsWhateverThePrimaryWas: large WAL segments, slots, settings that were raised after the backup, and
// settings of the database; copied by pg_basebackup, by a command that copies files, or from a stopped standby. No
// query of the run calls what a database puts before pg_catalog.
func TestADrillStartsWhateverThePrimaryWas(t *testing.T) {
	p := &pgtest.Primary{Node: pgtest.Alone(t, "", "--wal-segsize=64")}
	change(t, p, "create database app", "select pg_create_logical_replication_slot('slot', 'pgoutput')")
	app := storytest.Connection(t, p.Server(t, "app"))
	storytest.MustExec(t, app, "create schema evil; create table public.pay (id int primary key); "+
		"insert into public.pay select generate_series(1, 50)")
	for _, function := range []string{"pg_is_in_recovery() returns bool", "current_setting(text) returns text",
		"to_char(timestamp, text) returns text", "pg_last_wal_replay_lsn() returns pg_lsn",
		"current_database() returns name", "pg_get_wal_replay_pause_state() returns text"} {
		storytest.MustExec(t, app, "create function evil."+function+
			" language plpgsql as $$ begin raise 'code of the database'; end $$")
	}
	storytest.MustExec(t, app, "alter database app set search_path = evil, pg_catalog; "+
		"alter database app set default_transaction_isolation = serializable; "+
		"alter database app set local_preload_libraries = nothing_here")
	of := func(n *pgtest.Node) string {
		return n.DSN("app").With("options", "-c local_preload_libraries=").String()
	}
	standby, backup, folder := p.Follow(t, p.Node, 1), p.Backup(t), t.TempDir()
	record := func(name string, n *pgtest.Node, args ...string) string {
		t.Helper()
		file := filepath.Join(folder, name)
		run(t, command.Proven, nil, append([]string{"record", "-dsn", of(n), "-o", file}, args...)...)
		return file
	}
	storytest.MustExec(t, app, "insert into public.pay values (-1)")
	p.AwaitReplay(t, standby)
	paused := record("paused", standby, "-pause")
	record("quiet", p.Node, "-quiet")
	run(t, command.Proven, nil, "dump", "-dsn", of(p.Node), "-o", filepath.Join(folder, "a.dump"))
	standby.Stop()
	files := filepath.Join(p.Folder(), "files")
	p.Run(t, "/bin/cp", "-a", p.Data(), files)
	p.Restart(t, "max_connections=400", "max_locks_per_transaction=200", "max_worker_processes=30")
	change(t, p, "create role raised")
	raised := record("raised", p.Node, "-barrier")
	wal := "cp " + p.Archive(t) + "/%f %p"
	for _, tt := range []struct{ name, record, flag, from string }{
		{"a standby's moment", paused, "-physical", backup},
		{"settings that were raised", raised, "-physical", backup},
		{"a copy of files", raised, "-fetch", "cp -a " + files + "/. $PGDATA"},
		{"a standby with the manifest of its backup", raised, "-fetch", "cp -a " + standby.Data() + "/. $PGDATA && cp " +
			backup + "/backup_manifest $PGDATA"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run(t, command.Proven, []string{"PASS"}, "restore", "-record", tt.record, tt.flag, tt.from, "-restore-command", wal)
		})
	}
	run(t, command.Unknown, []string{"has a postmaster.pid", "-fetch"}, "restore", "-record", raised, "-physical", files)
	run(t, command.Unknown, []string{"run it by hand"}, "restore", "-record", raised, "-physical", backup,
		"-restore-command", "exit 255")
}

// requireGone fails the test unless a process has ended or ends soon.
func requireGone(t *testing.T, pid string) {
	t.Helper()
	number, err := strconv.Atoi(strings.TrimSpace(pid))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(number, 0) == nil; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d is alive", number)
		}
	}
}

// TestADrillThatIsEndedLeavesNothing: on SIGTERM in any phase it removes everything itself; after SIGKILL its server
// ends with it and the next run removes the rest. The backup is unchanged.
func TestADrillThatIsEndedLeavesNothing(t *testing.T) {
	p := pgtest.Replicated(t, "", 0)
	change(t, p, "create table public.pay (id int primary key, note text)")
	backup, record := p.Backup(t), filepath.Join(t.TempDir(), "now.json")
	change(t, p, "insert into public.pay values (1)")
	run(t, command.Proven, nil, "record", "-dsn", p.DSN("postgres").String(), "-barrier", "-o", record)
	wal := "sleep 0.2; cp " + p.Archive(t) + "/%f %p"
	binary, before := storytest.Build(t), sums(t, backup)
	phases := []string{"fetch the backup", "check the backup", "start", "recover", "record", "compare", "amcheck"}
	for _, phase := range pgtest.Dealt(t, 3, phases) {
		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
			if signal == syscall.SIGKILL && phase != "recover" && phase != "record" && rounds() == 1 {
				continue
			}
			temp, err := os.MkdirTemp("/tmp", "ended")
			if err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(temp)
			if err := os.Chmod(temp, 0o777|os.ModeSticky); err != nil {
				t.Fatal(err)
			}
			drill := func() *exec.Cmd {
				cmd := exec.Command(binary, "restore", "-physical", backup, "-record", record, "-restore-command", wal, "-amcheck")
				cmd.Env = append(os.Environ(), "TMPDIR="+temp)
				return cmd
			}
			endIn(t, drill(), phase, by(signal))
			requireNoServer(t, temp)
			if signal == syscall.SIGKILL {
				if out, err := drill().CombinedOutput(); err != nil {
					t.Errorf("after %s in %q: %v\n%s", signal, phase, err, out)
				}
			}
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("%s in %q leaves %v (%v)", signal, phase, left, err)
			}
		}
	}
	if after := sums(t, backup); after != before {
		t.Error("the backup was touched")
	}
}

// TestARecordThatIsEndedResumesReplay: by SIGTERM in any phase, or when its sessions are lost, at once; after SIGKILL the
// next run does.
func TestARecordThatIsEndedResumesReplay(t *testing.T) {
	p := pgtest.Replicated(t, "", 1)
	change(t, p, "create table public.pay (id int primary key)", "insert into public.pay select generate_series(1, 900)")
	p.AwaitReplay(t, p.Standbys...)
	standby, binary, out, temp := p.Standbys[0], storytest.Build(t), filepath.Join(t.TempDir(), "r.json"), t.TempDir()
	take := func() *exec.Cmd {
		cmd := exec.Command(binary, "record", "-dsn", standby.DSN("postgres").String(), "-pause", "-o", out)
		cmd.Env = append(os.Environ(), "TMPDIR="+temp)
		return cmd
	}
	isPaused := func() bool { return standby.Do("do $$ begin assert not pg_is_wal_replay_paused(); end $$") != nil }
	lose := func(*os.Process) error {
		return standby.Do("select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and " +
			"pid <> pg_backend_pid()")
	}
	for _, tt := range []struct {
		phase, name string
		end         func(*os.Process) error
	}{
		{"prepare", "SIGTERM", by(syscall.SIGTERM)}, {"record", "SIGTERM", by(syscall.SIGTERM)},
		{"digest", "SIGTERM", by(syscall.SIGTERM)}, {"prepare", "SIGKILL", by(syscall.SIGKILL)},
		{"record", "SIGKILL", by(syscall.SIGKILL)}, {"prepare", "sessions that are lost", lose},
		{"record", "sessions that are lost", lose},
	} {
		t.Run(tt.name+" in "+tt.phase, func(t *testing.T) {
			endIn(t, take(), tt.phase, tt.end)
			if tt.name != "SIGKILL" && isPaused() {
				t.Error("replay is paused")
			}
			if said, err := take().CombinedOutput(); err != nil || isPaused() {
				t.Errorf("the next run: %v; replay is paused: %t\n%s", err, isPaused(), said)
			}
		})
	}
}

// by ends a program by a signal.
func by(signal syscall.Signal) func(*os.Process) error {
	return func(p *os.Process) error { return p.Signal(signal) }
}

// endIn starts a program and ends it when it writes the name of a phase. In its last phase it may be quicker.
func endIn(t *testing.T, cmd *exec.Cmd, phase string, end func(*os.Process) error) {
	t.Helper()
	said, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := false
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if lines.Text() == phase && !found {
			found = true
			if err := end(cmd.Process); err != nil {
				t.Fatal(err)
			}
		}
	}
	isLast := phase == "amcheck" || phase == "digest"
	if err := cmd.Wait(); !found || cmd.ProcessState.ExitCode() == command.Proven && !isLast {
		t.Errorf("in %q (seen: %t): %v", phase, found, err)
	}
}

// requireNoServer fails the test if a process still has a folder in its command line after a short wait.
func requireNoServer(t *testing.T, folder string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		all, err := exec.Command("ps", "-eo", "args").Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(all, []byte(folder)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a process is alive:\n%s", all)
		}
	}
}
