//go:build unix

package physical_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// installed returns the path of a program; "" if it is not installed, which is reported as not covered.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("PGROUNDTRIP_TEST_ALL") != "":
		t.Fatal(err)
	}
	t.Logf("NOT COVERED: %s is not installed", name)
	return ""
}

// busy is a primary with a table that archives its WAL with a command.
func busy(t *testing.T, command func(folder string) string) *pgtest.Primary {
	t.Helper()
	p := pgtest.Replicated(t, "", 0)
	p.Archiving(t, command(p.Folder()))
	change(t, p, "create table public.pay (id bigserial primary key, note text)",
		"insert into public.pay (note) select 'note ' || n from generate_series(1, 500) as n")
	return p
}

func change(t *testing.T, p *pgtest.Primary, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if err := p.Do(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// configure writes a file that every user can read.
func configure(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// runbook runs the commands of a tool in the page about physical backups as they are written there, with a program of
// that name that knows its settings. Each run changes rows before and after the record.
func runbook(t *testing.T, p *pgtest.Primary, tool string, args ...string) {
	t.Helper()
	_, block, isThere := strings.Cut(storytest.FileText(t, "../command/help/physical.md"), "```sh "+tool+"\n")
	if block, _, _ = strings.Cut(block, "```"); !isThere {
		t.Fatalf("the page has no commands of %s", tool)
	}
	folder := t.TempDir()
	for _, dir := range []string{filepath.Dir(folder), folder} { // the copy's user runs the shim
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.Shim(t, folder, installed(t, tool), args...)
	path := strings.Join([]string{folder, filepath.Dir(storytest.Build(t)), p.Bindir(), os.Getenv("PATH")}, ":")
	for range min(3, rounds()) {
		for line := range strings.Lines(block) {
			change(t, p, "insert into public.pay (note) select 'more' from generate_series(1, 20)")
			if strings.HasPrefix(line, "pgroundtrip restore") {
				awaitArchived(t, p)
			}
			cmd := exec.Command("bash", "-c", line)
			cmd.Dir, cmd.Env = folder, append(os.Environ(), "PATH="+path, "SOURCE="+p.DSN("postgres").String(), "TMPDIR=/tmp")
			if out, err := cmd.CombinedOutput(); err != nil || strings.HasPrefix(line, "pgroundtrip restore") &&
				!strings.Contains(string(out), "PASS: the backup is exactly what was recorded") {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
		}
	}
}

// awaitArchived waits until the WAL written so far has been archived.
func awaitArchived(t *testing.T, p *pgtest.Primary) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	change(t, p, "select pg_switch_wal()")
	for p.Do("do $$ begin assert (select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 1) from "+
		"pg_stat_archiver); end $$") != nil && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
	}
}

// TestPgBackRest runs the runbook as it is written.
func TestPgBackRest(t *testing.T) {
	program := installed(t, "pgbackrest")
	if program == "" {
		return
	}
	file := func(folder string) string { return filepath.Join(folder, "pgbackrest.conf") }
	p := busy(t, func(folder string) string {
		return program + " --config=" + file(folder) + " --stanza=main archive-push %p"
	})
	configure(t, file(p.Folder()),
		fmt.Sprintf("[global]\nrepo1-path=%[1]s/repo\nlog-level-file=off\nlock-path=%[1]s/lock\nstart-fast=y\n[main]\n"+
			"pg1-path=%[2]s\npg1-socket-path=%[1]s\npg1-user=postgres\n", p.Folder(), filepath.Dir(p.WAL())))
	p.Run(t, program, "--config="+file(p.Folder()), "--stanza=main", "stanza-create")
	space := filepath.Join(p.Folder(), "space")
	p.Run(t, "/bin/mkdir", space)
	change(t, p, "create tablespace space location '"+space+"'", "alter table public.pay set tablespace space")
	// The restore_command that it leaves in the backup finds its settings by the environment.
	t.Setenv("PGBACKREST_CONFIG", file(p.Folder()))
	runbook(t, p, "pgbackrest")
}

// TestBarman runs the runbook as it is written.
func TestBarman(t *testing.T) {
	program := installed(t, "barman")
	if program == "" {
		return
	}
	p := busy(t, func(folder string) string {
		return "mkdir -p " + folder + "/archive && cp %p " + folder + "/archive/%f"
	})
	file := filepath.Join(p.Folder(), "barman.conf")
	configure(t, file, fmt.Sprintf("[barman]\nbarman_user=postgres\nbarman_home=%[1]s/barman\nbarman_lock_directory=%[1]s\nlog_file=%[1]s/barman.log\npath_prefix=%[3]s\n"+
		"[main]\ndescription=main\nconninfo=%[2]s\nstreaming_conninfo=%[2]s\nbackup_method=postgres\narchiver=on\nincoming_wals_directory=%[1]s/archive\nbackup_options=concurrent_backup\n",
		p.Folder(), p.DSN("postgres").String(), p.Bindir()))
	change(t, p, "select pg_switch_wal()")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if entries, _ := os.ReadDir(filepath.Join(p.Folder(), "archive")); len(entries) > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.Run(t, program, "-c", file, "-q", "cron") // it goes on in the background
	for {
		err := p.Try(program, "-c", file, "-q", "check", "main")
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	runbook(t, p, "barman", "-c", file)
}
