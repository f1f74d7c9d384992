package storytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
)

// Ended is the exit status of a program (-1: by a signal) and all that it printed.
type Ended struct {
	status int
	Said   string
}

func RunToEnd(t *testing.T, cmd *exec.Cmd) Ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	context.AfterFunc(ctx, func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill() // an error means that it is gone
		}
	})
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if ctx.Err() == context.DeadlineExceeded {
		t.Fatalf("it did not end:\n%s", out)
	}
	return Ended{cmd.ProcessState.ExitCode(), string(out)}
}

// Require ends the test unless the program exited so and said every text.
func (e Ended) Require(t *testing.T, status int, texts ...string) {
	t.Helper()
	if e.status != status {
		t.Fatalf("exit status %d, want %d:\n%s", e.status, status, e.Said)
	}
	for _, text := range texts {
		if !strings.Contains(e.Said, text) {
			t.Errorf("it does not say %q:\n%s", text, e.Said)
		}
	}
}

// OnServer is the built program with a command whose -dsn is that.
func OnServer(binary string, dsn conninfo.DSN, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append([]string{name, "-dsn", dsn.String()}, args...)...)
	cmd.Env = pgtool.CleanEnv(WithoutServer(os.Environ()), "PGPASSWORD="+dsn["password"])
	return cmd
}

// OnDatabase is onServer for a scratch database.
func OnDatabase(binary string, db *cluster.Database, name string, args ...string) *exec.Cmd {
	return OnServer(binary, db.DSN(), name, args...)
}

// WithoutServer is an environment that names no server.
func WithoutServer(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		return strings.HasPrefix(kv, "DATABASE_URL=") || strings.HasPrefix(kv, "PGROUNDTRIP_") ||
			strings.HasPrefix(kv, "GITHUB_")
	})
}

// FilesIn lists a folder.
func FilesIn(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries := pgtest.Must(os.ReadDir(folder))(t)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// BindirWith is a folder of the server's programs in which one does something else when it connects.
// In the script, real runs the program itself, and $real is its path.
func BindirWith(t *testing.T, server *cluster.Server, name, script string) string {
	t.Helper()
	folder := t.TempDir()
	for _, dir := range []string{folder, filepath.Dir(folder)} { // the server of a throw-away cluster runs as another user
		pgtest.OK(t, os.Chmod(dir, 0o755))
	}
	programs := pgtest.Must(filepath.Glob(filepath.Join(filepath.Dir(Program(t, server, "pg_restore")), "*")))(t)
	for _, path := range programs {
		var err error
		if filepath.Base(path) == name {
			text := fmt.Sprintf("#!/bin/sh\nreal='%s'\ncase \"$*\" in *--dbname=*) ;; *) exec \"$real\" \"$@\" ;; esac\n%s\n",
				path, script)
			err = os.WriteFile(filepath.Join(folder, name), []byte(text), 0o755)
		} else {
			err = os.Symlink(path, filepath.Join(folder, filepath.Base(path)))
		}
		pgtest.OK(t, err)
	}
	return folder
}
