//go:build unix

package physical_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// TestCopiesAlongEachTimeline: a standby of a standby, a prepared transaction, and a standby that was promoted while
// its primary continued: a moment that a backup cannot be recovered to is refused with the reason, everything else is
// equal. A standby that gets WAL from an archive alone knows that it has changed its timeline.
func TestCopiesAlongEachTimeline(t *testing.T) {
	p := pgtest.Replicated(t, "", 1)
	change(t, p, "create table public.pay (id bigserial primary key, note text)",
		"insert into public.pay (note) select 'note ' || n from generate_series(1, 50) as n")
	promoted, folder := p.Standbys[0], t.TempDir()
	early := p.Backup(t)
	cascade, fed := p.Follow(t, promoted, 2), p.Follow(t, p.Node, 3)
	fed.Stop()
	record := func(of *pgtest.Node, name string, args ...string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		run(t, command.Proven, nil, append([]string{"record", "-dsn", of.DSN("postgres").String(), "-o", path}, args...)...)
		return path
	}
	change(t, p, "begin; insert into public.pay (note) values ('prepared'); prepare transaction 'open'")
	run(t, command.Unknown, []string{"the prepared transaction 'open' holds public.pay"}, "record", "-dsn",
		p.DSN("postgres").String(), "-barrier", "-max-wait", "100ms", "-o", filepath.Join(folder, "refused"))
	late := p.Backup(t) // which has the sequence where it is, and the standby 32 values ahead
	change(t, p, "create table public.later (a int)")
	p.AwaitReplay(t, promoted, cascade)
	cascaded := record(cascade, "cascaded", "-pause")
	change(t, p, "commit prepared 'open'")
	before := record(p.Node, "before", "-barrier")
	p.AwaitReplay(t, promoted)
	promoted.Promote(t)
	if err := promoted.Do("insert into public.pay (note) values ('on the new timeline')"); err != nil {
		t.Fatal(err)
	}
	after := record(promoted, "after", "-barrier")
	change(t, p, "insert into public.pay (note) values ('on the old timeline')")
	beside := record(p.Node, "beside", "-barrier")
	newest := promoted.Backup(t)
	if err := promoted.Do("insert into public.pay (note) values ('after the backup')"); err != nil {
		t.Fatal(err)
	}
	last := record(promoted, "last", "-barrier")
	wal := "cp " + p.Archive(t) + "/%f %p || cp " + promoted.Archive(t) + "/%f %p"
	if err := os.WriteFile(filepath.Join(fed.Data(), "postgresql.auto.conf"), []byte("restore_command = '"+wal+"'\n"),
		0o644); err != nil {
		t.Fatal(err)
	}
	fed.Restart(t)
	for fed.Do("select 1 / count(*) from public.pay where note = 'after the backup'") != nil {
		time.Sleep(100 * time.Millisecond)
	}
	archived := record(fed, "archived", "-pause")
	for _, tt := range []struct {
		name, backup, record string
		want                 int
		said                 string
	}{
		{"a cascade", early, cascaded, command.Proven, "PASS"},
		{"a cascade, from a backup that is younger than its sequences", late, cascaded, command.Proven, "PASS"},
		{"before the switch", early, before, command.Proven, "PASS"},
		{"across the switch", early, after, command.Proven, "PASS"},
		{"on the timeline that was left", early, beside, command.Proven, "PASS"},
		{"across the switch, of a standby that is fed from an archive", early, archived, command.Proven, "PASS"},
		{"after the switch", newest, last, command.Proven, "PASS"},
		{"below the switch, from a backup above it", newest, before, command.Unknown, "or on another timeline"},
		{"the old timeline, from a backup of the new one", newest, beside, command.Unknown, "or on another timeline"},
		{"a moment before the backup", newest, after, command.Unknown, "take an older backup"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run(t, tt.want, []string{tt.said}, "restore", "-physical", tt.backup, "-record", tt.record, "-restore-command",
				wal)
		})
	}
}

// TestEveryMajorIsDrilled: a backup of each major is equal, and one with a damaged row or index is not.
func TestEveryMajorIsDrilled(t *testing.T) {
	for i, dir := range pgtest.Majors() {
		t.Run(dir, func(t *testing.T) { drill(t, dir, i == 0) })
	}
}

func drill(t *testing.T, bindir string, inFull bool) {
	p := pgtest.Replicated(t, bindir, 0)
	change(t, p, "create table public.pay (id int primary key, note text unique)",
		"insert into public.pay select n, 'first note ' || n from generate_series(10, 90) as n",
		"create database checked template postgres")
	checked, folder := p.Server(t, "checked"), t.TempDir()
	there := storytest.Connection(t, checked)
	storytest.MustExec(t, there, "create extension amcheck")
	if checked.Version.Major >= 17 { // which would refuse each login to the copy
		storytest.MustExec(t, there, `create function public.no() returns event_trigger language plpgsql as
			$$ begin if pg_is_in_recovery() then raise 'code of the backup'; end if; end $$;
			create event trigger no on login execute function public.no(); alter event trigger no enable always`)
	}
	backup := p.Backup(t)
	change(t, p, "insert into public.pay values (100, 'second')")
	plain, byAmcheck := filepath.Join(folder, "plain"), filepath.Join(folder, "checked")
	for path, dsn := range map[string]string{plain: p.DSN("postgres").String(), byAmcheck: p.DSN("checked").String()} {
		run(t, command.Proven, nil, "record", "-dsn", dsn, "-barrier", "-o", path)
	}
	wal := "cp " + p.Archive(t) + "/%f %p"
	restore := func(want int, texts []string, record string, args ...string) {
		t.Helper()
		run(t, want, texts, append([]string{"restore", "-bindir", p.Bindir(), "-physical", backup, "-restore-command", wal,
			"-record", record}, args...)...)
	}
	restore(command.Proven, []string{"PASS"}, plain)
	if inFull {
		restore(command.Proven, []string{"PASS"}, byAmcheck, "-amcheck")
	}
	const row = "\x21\x00\x00\x00\x1dfirst no" // with the id in front of it, as the index has it not
	damage(t, backup, row+"te 33", row+"se 33")
	if inFull {
		restore(command.Differs, []string{"backup_manifest"}, plain)
	}
	if err := os.Remove(filepath.Join(backup, "backup_manifest")); err != nil {
		t.Fatal(err)
	}
	if inFull {
		const named = "rows are not found by the unique index pay_note_key, for example the one at (0,24)"
		restore(command.Differs, []string{"public table=pay", named}, plain)
	}
	restore(command.Differs, []string{"public table=pay", `heap tuple (0,24) from table "pay" lacks matching index tuple`},
		byAmcheck, "-amcheck")
}
