// Package evidence signs statements and verifies them, with OpenSSH signatures, so that ssh-keygen can verify them
// too.
package evidence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/merkle"
	"pgroundtrip/internal/record"
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

// ReadTree reads the size and root of a chain's Merkle tree from a file that verify -tree wrote, from the output of
// verify -tree -json, or from a statement. It does not check a statement's signature.
func ReadTree(path string) (*record.Anchor, error) {
	data, err := safefile.Read(path, 1<<20)
	if err != nil {
		return nil, err
	}
	var tree struct {
		RowCount int64  `json:"row_count"`
		Root     string `json:"tree_root"`
	}
	if bytes.HasPrefix(data, []byte(title)) {
		s, err := read(path)
		if err != nil {
			return nil, err
		}
		tree.Root = s.keys["chain-tree-root"]
		if tree.RowCount, err = strconv.ParseInt(s.keys["chain-rows"], 10, 64); err != nil && tree.Root != "-" {
			return nil, fmt.Errorf("it does not contain the number of rows of the chain: %w", err)
		}
	} else if err := json.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("it is neither a statement nor what verify -tree writes: %w", err)
	}
	if root, err := hex.DecodeString(tree.Root); err != nil || len(root) != 32 || tree.RowCount < 0 {
		return nil, errors.New("it has no Merkle tree root: it was not written with -tree")
	}
	return &record.Anchor{RowCount: tree.RowCount, HeadHash: tree.Root}, nil
}

// ReadEdge reads, from what verify -tree -json printed, what is needed to add rows to the tree. It must be that of the
// tree's root.
func ReadEdge(data []byte) (string, error) {
	var night struct {
		RowCount int64  `json:"row_count"`
		Head     string `json:"chain_head_hash"`
		Root     string `json:"tree_root"`
		Edge     string `json:"tree_edge"`
	}
	if err := json.Unmarshal(data, &night); err != nil || night.Edge == "" {
		return "", hint.With(errors.New("it holds no Merkle tree to add rows to"),
			"give what verify -tree FILE -json printed, or verify the whole chain, without -since")
	}
	tree, err := merkle.Regrow(night.RowCount, night.Edge, night.Head)
	if err != nil {
		return "", fmt.Errorf("its tree_edge cannot be used: %w", err)
	}
	if root, err := tree.Root(); err != nil || root != night.Root {
		return "", errors.Join(errors.New("its tree_edge is not that of its tree_root"), err)
	}
	return night.Edge, nil
}
