package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

var binary string // the real program, built for these tests

func TestMain(m *testing.M) {
	var err error
	if binary, err = storytest.Binary(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	pgtest.Main(m)
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
