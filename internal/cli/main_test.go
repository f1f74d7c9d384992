package cli_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgtest"
)

var (
	binary    string // the real program, built for these tests
	once      sync.Once
	server    *cluster.Server
	serverErr error
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (status int) {
	dir, err := os.MkdirTemp("", "prt-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "pgroundtrip")
	build := exec.Command("go", "build", "-o", binary, "pgroundtrip/cmd/pgroundtrip")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "go build:", err)
		return 1
	}
	defer func() {
		if server == nil {
			return
		}
		if err := server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}()
	return m.Run()
}

// shared is the server that the scripts share: the environment's, else a throw-away cluster.
func shared() (*cluster.Server, error) {
	once.Do(func() { server, serverErr = cluster.Open(context.Background(), pgtest.Options()) })
	return server, serverErr
}

// connection is a DSN as the program under test gets it: with the password.
func connection(dsn conninfo.DSN) string {
	text := dsn.String()
	if password := dsn["password"]; password != "" {
		text += " password='" + password + "'"
	}
	return text
}

// exitStatus is how a program ended: 0, another status, or -1 for a signal.
func exitStatus(err error) (int, error) {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
