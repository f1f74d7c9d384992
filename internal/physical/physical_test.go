//go:build unix

package physical_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgroundtrip/internal/cli"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// run runs the program, and requires an exit status and texts in its output.
func run(t *testing.T, want int, texts []string, args ...string) {
	t.Helper()
	var printed bytes.Buffer
	temp := filepath.Join(pgtest.OpenFolder(t, 0o755), "[t]") // a name that could be taken for a pattern
	if err := os.Mkdir(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	got := cli.Run(context.Background(), args, &printed, &printed, append(os.Environ(), "TMPDIR="+temp))
	if got != want {
		t.Errorf("exit status %d, not %d: %s\n%s", got, want, strings.Join(args, " "), &printed)
	}
	for _, text := range texts {
		if !strings.Contains(printed.String(), text) {
			t.Errorf("no %q in:\n%s", text, &printed)
		}
	}
}

// sums returns the SHA-256 of every file below a folder.
func sums(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&all, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// damage changes a file at the first occurrence of a text, as a bad disk does.
func damage(t *testing.T, dir, was, is string) {
	t.Helper()
	changed := 0
	err := filepath.WalkDir(filepath.Join(dir, "base"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if at := bytes.Index(data, []byte(was)); err == nil && at >= 0 {
			changed++
			err = os.WriteFile(path, bytes.Replace(data, []byte(was), []byte(is), 1), 0o600)
		}
		return err
	})
	if err != nil || changed == 0 {
		t.Fatalf("%d files have %q: %v", changed, was, err)
	}
}

// TestABackupIsWhatWasRecorded: recovered to the moment of the record, for every kind of moment; every fault is found,
// with the reason.
func TestABackupIsWhatWasRecorded(t *testing.T) {
	p := pgtest.Replicated(t, "", 0)
	do := func(statements ...string) {
		t.Helper()
		for _, statement := range statements {
			if err := p.Do(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	do("create table public.pay (id bigserial primary key, note text)",
		"insert into public.pay (note) select 'first note ' || n from generate_series(1, 50) as n",
		"create role team")
	backup, dsn, folder := p.Backup(t), p.DSN("postgres").String(), t.TempDir()
	do("insert into public.pay (note) select 'second' from generate_series(1, 50)", "alter role team createdb")
	record, early := filepath.Join(folder, "r.json"), filepath.Join(folder, "early.json")
	run(t, command.Proven, []string{"(barrier)"}, "record", "-dsn", dsn, "-barrier", "-o", record)
	do("update public.pay set note = 'third' where id = 7")
	run(t, command.Proven, []string{"(snapshot)"}, "record", "-dsn", dsn, "-o", early)
	archive := p.Archive(t)
	fetch := "cp " + archive + "/%f %p"
	restore := func(want int, texts []string, args ...string) {
		t.Helper()
		run(t, want, texts, append([]string{"restore", "-record", record}, args...)...)
	}
	before := sums(t, backup)
	restore(command.Proven, []string{"PASS: the backup is exactly what was recorded", "recover  "}, "-physical", backup,
		"-restore-command", fetch)
	restore(command.Proven, []string{"PASS: the backup"}, "-fetch",
		"cp -r "+backup+"/. $PGDATA && rm $PGDATA/backup_manifest",
		"-restore-command", fetch)

	// What is not given, or cannot be.
	restore(command.Unknown, []string{"the WAL ends before LSN", "-restore-command"}, "-physical", backup)
	restore(command.Unknown, []string{"exited 3"}, "-fetch", "exit 3")
	restore(command.Unknown, []string{"it is no data folder"}, "-fetch", "true")
	restore(command.Unknown, []string{"outside the copy"}, "-fetch",
		"cp -r "+backup+"/. $PGDATA && ln -s /tmp $PGDATA/pg_tblspc/1")
	run(t, command.Unknown, []string{"does not show an exact moment", "-barrier"}, "restore", "-record", early, "-physical", backup)
	run(t, command.Unknown, []string{"-record is missing"}, "restore", "-physical", backup)
	restore(command.Unknown, []string{"one of -physical and -fetch"})
	restore(command.Unknown, []string{"take no ARCHIVE"}, "-physical", backup, "a.dump")
	restore(command.Unknown, []string{"take an older backup"}, "-physical", p.Backup(t), "-restore-command", fetch)
	other := pgtest.Alone(t, "")
	restore(command.Unknown, []string{"system identifier"}, "-physical", other.Backup(t))
	lsn := regexp.MustCompile(`"lsn": ?"([0-9A-F]+)/([0-9A-F]+)"`).FindStringSubmatch(storytest.FileText(t, record))
	high, _ := strconv.ParseUint(lsn[1], 16, 32)
	low, _ := strconv.ParseUint(lsn[2], 16, 32)
	segment := fmt.Sprintf("00000001%08X%08X", high, low>>20) // of 1 MB
	if err := os.Rename(filepath.Join(archive, segment), filepath.Join(p.Folder(), segment)); err != nil {
		t.Fatal(err)
	}
	restore(command.Unknown, []string{"the WAL ends before LSN", segment + " could not be: ", "No such file"}, "-physical",
		backup, "-restore-command", fetch)
	restore(command.Unknown, []string{" one could not be"}, "-physical", backup, "-restore-command", fetch+" 2> /dev/null")
	damaged := filepath.Join(archive, segment)
	if err := os.WriteFile(damaged, bytes.Repeat([]byte{0}, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	restore(command.Unknown, []string{"the WAL ends before LSN"}, "-physical", backup, "-restore-command", fetch)
	if err := os.Rename(filepath.Join(p.Folder(), segment), damaged); err != nil {
		t.Fatal(err)
	}
	if after := sums(t, backup); after != before {
		t.Error("the backup was touched")
	}

	// Damage: as the manifest knows it, and without one.
	damage(t, backup, "first note 33", "first nose 33")
	restore(command.Differs, []string{"backup_manifest", "checksum mismatch"}, "-physical", backup, "-restore-command",
		fetch)
	if err := os.Remove(filepath.Join(backup, "backup_manifest")); err != nil {
		t.Fatal(err)
	}
	// the server sees it first
	if storytest.Value[string](t, storytest.Connection(t, p.Server(t, "postgres")), "show data_checksums") == "on" {
		restore(command.Unknown, []string{"invalid page"}, "-physical", backup, "-restore-command", fetch)
		return
	}
	restore(command.Differs, []string{"public table=pay", "FAIL: the backup is not what was recorded",
		"pg_verifybackup (there is no backup_manifest)"},
		"-physical", backup, "-restore-command", fetch)
}
