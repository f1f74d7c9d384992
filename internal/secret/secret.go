// Package secret reads a secret from a file or an environment variable.
package secret

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/safefile"
)

// maxBytes bounds the size of a secret: the largest is an OpenSSH key.
const maxBytes = 1 << 20

// isSecret matches a name that is itself a secret, given by mistake. No error repeats it.
var isSecret = regexp.MustCompile(`^(env:)?[0-9a-fA-F]{32,}$`)

// Read reads the secret that name refers to: "env:NAME" is the value of a variable, which is removed from env so that
// no child process inherits it; anything else is the path of a file.
func Read(name string, env map[string]string) ([]byte, error) {
	if isSecret.MatchString(name) {
		return nil, hint.With(errors.New("it must name a file, or a variable as env:NAME, not be the secret itself"),
			"others can see a command line: make a new secret, and keep it in a file")
	}
	if variable, ok := strings.CutPrefix(name, "env:"); ok {
		value := env[variable]
		if delete(env, variable); value == "" {
			return nil, fmt.Errorf("the variable %s is not set", variable)
		}
		return []byte(value), nil
	}
	file, err := safefile.Open(name, maxBytes)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	// As ssh-keygen and psql do. A file of another user, as containers mount secrets, is that user's business.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && platform.Owner(info) == os.Getuid() && os.Getuid() >= 0 {
		return nil, hint.With(fmt.Errorf("others may read or write the secret in %s: its mode is %04o", name, mode),
			"only you may have access to it: chmod 600 "+name)
	}
	return io.ReadAll(file)
}
