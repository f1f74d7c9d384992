// Package evidence signs statements and verifies them, with OpenSSH signatures, so that ssh-keygen can verify them
// too.
package evidence

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/secret"
)

// Namespace keeps a signature made for one purpose from being accepted for another.
const Namespace = "pgroundtrip"

// Suffix ends the name of the file that holds the signature of a statement.
const Suffix = ".sig"

// OpenKey returns a private key: from a file, from a variable of env ("env:NAME"), or from the ssh-agent ("agent" if
// it has one key, "agent:SHA256:..." for one of several).
func OpenKey(name string, env map[string]string) (ssh.Signer, error) {
	if fingerprint, ok := strings.CutPrefix(name, "agent"); ok && (fingerprint == "" || fingerprint[0] == ':') {
		return fromAgent(strings.TrimPrefix(fingerprint, ":"), env["SSH_AUTH_SOCK"])
	}
	text, err := secret.Read(name, env)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		return nil, hint.With(errors.New("the key has a passphrase"), "load it into an ssh-agent and use -sign agent")
	}
	if err != nil {
		return nil, fmt.Errorf("%s is not an OpenSSH private key: %w", name, err)
	}
	return signer, nil
}

// fromAgent returns the agent's key with a fingerprint, or its only key if fingerprint is "".
func fromAgent(fingerprint, socket string) (ssh.Signer, error) {
	if socket == "" {
		return nil, errors.New("there is no ssh-agent: SSH_AUTH_SOCK is not set")
	}
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, fmt.Errorf("could not reach the ssh-agent: %w", err)
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("could not read the keys of the ssh-agent: %w", err), conn.Close())
	}
	var has []string
	for _, signer := range signers {
		is := ssh.FingerprintSHA256(signer.PublicKey())
		if is == fingerprint || fingerprint == "" && len(signers) == 1 {
			return signer, nil // conn stays open: the signer uses it
		}
		has = append(has, is)
	}
	return nil, errors.Join(hint.With(fmt.Errorf("the ssh-agent has no such key: it has %d", len(has)),
		"name one as agent:FINGERPRINT: "+strings.Join(has, ", ")), conn.Close())
}

// Sign signs a statement and writes the signature beside it.
func Sign(path string, signer ssh.Signer) error {
	statement, err := safefile.Open(path, 0)
	if err != nil {
		return fmt.Errorf("could not sign the statement: %w", err)
	}
	defer statement.Close() // read only: nothing to lose
	signature, err := sshsig.Sign(statement, signer, sshsig.HashSHA512, Namespace)
	if err != nil {
		return fmt.Errorf("could not sign the statement %s: %w", path, err)
	}
	return safefile.Write(path+Suffix, sshsig.Armor(signature), safefile.Public)
}
