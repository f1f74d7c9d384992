//go:build unix

package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
)

// TestDumpWritesToNoFileThatWasThere: links and files that someone else put into the target folder, under names that a
// dump could use, are neither followed nor reused.
func TestDumpWritesToNoFileThatWasThere(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	for _, format := range pgtest.Dealt(t, 2, pgdump.Formats) {
		t.Run(format, func(t *testing.T) {
			folder, victim := t.TempDir(), filepath.Join(t.TempDir(), "victim")
			storytest.Write(t, victim, []byte("precious"))
			if err := os.Chmod(victim, 0o600); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(folder, "backup")
			planted := []string{out + ".part", out + record.ManifestSuffix + ".part", out + ".0123456789abcdef.part",
				out + record.ManifestSuffix + ".0123456789abcdef.part"}
			for _, path := range planted {
				if err := os.Symlink(victim, path); err != nil {
					t.Fatal(err)
				}
			}
			foreign := out + record.ManifestSuffix + ".fedcba9876543210.part"
			storytest.Write(t, foreign, []byte("another user's"))
			if os.Geteuid() == 0 {
				if err := os.Chown(foreign, 65534, 65534); err != nil {
					t.Fatal(err)
				}
				planted = append(planted, foreign)
			}
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-format", format, "-o", out)).Require(t, 0)
			if got := string(storytest.Read(t, victim)); got != "precious" {
				t.Errorf("the victim holds %d bytes", len(got))
			}
			for _, path := range planted {
				if _, err := os.Lstat(path); err != nil {
					t.Errorf("what another put there is gone: %v", err)
				}
			}
			for _, path := range []string{out, out + record.ManifestSuffix} {
				info, err := os.Lstat(path)
				if err != nil || info.Mode()&os.ModeSymlink != 0 || int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
					t.Errorf("%s is not a file of this user: %v (%v)", path, info, err)
				}
			}
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", out)).Require(t, 0)
		})
	}
}

// TestModesOfADump: files with rows are readable by this user only, from the first byte on and with any umask.
func TestModesOfADump(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	storytest.MustExec(t, pgtest.Connect(t, db), "create table t as select 1 as n")
	for _, format := range pgtest.Dealt(t, 2, pgdump.Formats) {
		for flag, manifest := range map[string]os.FileMode{"-with-rows": 0o600, "-with-rows=false": 0o644} {
			t.Run(format+" "+flag, func(t *testing.T) {
				folder := t.TempDir()
				out, seen := filepath.Join(folder, "backup"), filepath.Join(t.TempDir(), "seen")
				script := fmt.Sprintf(`ls -ldn '%s'/*.part >'%s'; exec "$real" "$@"`, folder, seen)
				cmd := storytest.OnDatabase(binary, db, "dump", "-format", format, flag, "-o", out, "-bindir",
					storytest.BindirWith(t, server, "pg_dump", script))
				defer syscall.Umask(syscall.Umask(0o022))
				storytest.RunToEnd(t, cmd).Require(t, 0)
				archive := os.FileMode(0o600)
				if format == "directory" {
					archive = os.ModeDir | 0o700
				}
				for path, want := range map[string]os.FileMode{out: archive, out + record.ManifestSuffix: manifest} {
					if info, err := os.Lstat(path); err != nil || info.Mode() != want {
						t.Errorf("%s: %v, not %v (%v)", filepath.Base(path), info.Mode(), want, err)
					}
				}
				listing := strings.Split(strings.TrimSpace(string(storytest.Read(t, seen))), "\n") // backup first, then its manifest
				if len(listing) != 2 || listing[0][4:10] != "------" || (listing[1][4:10] == "------") != (manifest == 0o600) {
					t.Errorf("while pg_dump ran there stood\n%s", strings.Join(listing, "\n"))
				}
			})
		}
	}
}

// TestOnlyFilesAreRead: a device or a pipe in place of a file is refused at once, by name.
func TestOnlyFilesAreRead(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, folder := pgtest.Scratch(t, server), t.TempDir()
	fifo, sparse := filepath.Join(folder, "fifo"), filepath.Join(folder, "sparse")
	out, directory := filepath.Join(folder, "backup"), filepath.Join(folder, "directory")
	storytest.Write(t, sparse, []byte("{"))
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.Truncate(sparse, 2<<30)); err != nil {
		t.Fatal(err)
	}
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out)).Require(t, 0)
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-format", "directory", "-o", directory)).Require(t, 0)
	if err := errors.Join(os.Remove(filepath.Join(directory, "toc.dat")), syscall.Mkfifo(filepath.Join(directory, "toc.dat"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		says string
	}{
		{"a manifest without end", []string{"restore", "-manifest", "/dev/zero", out},
			"cannot read the manifest: /dev/zero is not a file that can be read here: it is a device"},
		{"a manifest from a pipe", []string{"restore", "-manifest", fifo, out}, fifo + " is not a file"},
		{"a manifest that is too large", []string{"restore", "-manifest", sparse, out},
			"it has 2147483648 bytes, more than 1073741824"},
		{"an archive without end", []string{"restore", "/dev/zero"}, "/dev/zero is not a file"},
		{"an archive from a pipe", []string{"restore", fifo}, fifo + " is not a file"},
		{"a pipe in a folder", []string{"restore", directory}, "toc.dat is not a file"},
		{"an anchor without end", []string{"verify", "-since", "/dev/zero"}, "-since: /dev/zero is not a file"},
		{"a file of -resume without end", []string{"verify", "-resume", "/dev/zero"}, "/dev/zero"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ended := storytest.RunToEnd(t, limited(storytest.OnDatabase(binary, db, tt.args[0], tt.args[1:]...)))
			ended.Require(t, 1, tt.says)
		})
	}
}

// limited limits the memory of a program, which ends one that reads without end.
func limited(cmd *exec.Cmd) *exec.Cmd {
	shell := exec.Command("sh", append([]string{"-c", `ulimit -v 3000000; exec "$0" "$@"`}, cmd.Args...)...)
	shell.Env = cmd.Env
	return shell
}

// TestTheStateOfARunFollowsNoLink: the file of -resume is written under an unpredictable name.
func TestTheStateOfARunFollowsNoLink(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	_, conn := pgtest.Built(t, server)
	folder := t.TempDir()
	resume := filepath.Join(folder, "run.json")
	if err := os.Symlink(filepath.Join(folder, "victim"), resume+".part"); err != nil {
		t.Fatal(err)
	}
	cmd := storytest.OnServer(binary, server.DSN().With("dbname", conn.Config().Database), "verify", "-resume", resume)
	storytest.RunToEnd(t, cmd).Require(t, 0, "the chain is whole")
	if _, err := os.Stat(filepath.Join(folder, "victim")); err == nil {
		t.Error("a link was followed")
	}
}

// TestNobodyElseConnectsToTheCopy: on a shared server only its owner can connect to the copy, from the moment it
// exists.
func TestNobodyElseConnectsToTheCopy(t *testing.T) {
	named := storytest.At(t, pgtest.Server(t))
	admin := pgtest.Connect(t, pgtest.Scratch(t, pgtest.Server(t)))
	storytest.MustExec(t, admin, "create role copy_reader login password 'p'")
	t.Cleanup(func() { storytest.MustExec(t, admin, "drop role copy_reader") })
	const mayConnect = "select has_database_privilege('copy_reader', $1, 'connect')"
	first := pgtest.Scratch(t, named)
	copied, err := first.Copy(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := copied.Drop(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	again := pgtest.Scratch(t, named)
	if err := again.Recreate(context.Background()); err != nil {
		t.Fatal(err)
	}
	for name, database := range map[string]string{"created": first.Name, "copied": copied.Name,
		"created again": again.Name} {
		if storytest.Value[bool](t, admin, mayConnect, database) {
			t.Errorf("%s: everyone may connect", name)
		}
		if !storytest.Value[bool](t, admin, "select datallowconn from pg_database where datname = $1", database) {
			t.Errorf("%s: nobody can connect", name)
		}
	}
	stranger := first.DSN().With("user", "copy_reader")
	server, err := cluster.Open(context.Background(),
		cluster.Options{DSN: stranger.String(), Env: map[string]string{"PGPASSWORD": "p"}})
	if err == nil || !strings.Contains(err.Error(), "42501") {
		t.Errorf("a stranger: %v, %v", server, err)
	}
}
