package suite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"pgroundtrip/internal/hint"
)

// A Key is secret bytes that a query hashes in front of each row. No output of it holds them.
type Key struct{ digits string }

// keyBytes is the length of a key: a short one could be guessed from its fingerprint.
const keyBytes = 32

// ParseKey reads a key: 64 hex digits, with or without blanks around them. No error holds them.
func ParseKey(text []byte) (*Key, error) {
	digits := strings.ToLower(strings.TrimSpace(string(text)))
	if decoded, err := hex.DecodeString(digits); err != nil || len(decoded) != keyBytes {
		return nil, &hint.Error{Err: fmt.Errorf("a key must be %d hex digits, and nothing else", 2*keyBytes),
			Hint: fmt.Sprintf("make one: openssl rand -hex %d > key", keyBytes)}
	}
	return &Key{digits}, nil
}

// Fingerprint is the SHA-256 of the key's bytes, 64 hex digits; "" of no key.
func (k *Key) Fingerprint() string {
	if k == nil {
		return ""
	}
	key, _ := hex.DecodeString(k.digits) // ParseKey has decoded it
	return fmt.Sprintf("%x", sha256.Sum256(key))
}

// String is what a message may hold of a key.
func (k *Key) String() string { return "key " + k.Fingerprint() }

// readsKey reports whether the query honours pgroundtrip.key. It is enough that it reads the setting.
func (f *File) readsKey() bool { return slices.Contains(f.query().literals, "'pgroundtrip.key'") }

// WithKey returns s with a key that those of its queries are asked under that read pgroundtrip.key. ErrInvalid if there
// are none: the key would change nothing.
func (s *Suite) WithKey(key *Key) (*Suite, error) {
	keyed := &Suite{Name: s.Name, files: maps.Clone(s.files), Workloads: s.Workloads, key: key}
	n := 0
	for _, f := range s.Queries() {
		if f.About.Keyed {
			like := *f
			like.key = key
			keyed.files[f.Name] = &like
			n++
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("%w: no query of %s reads pgroundtrip.key: a key would change nothing", ErrInvalid, s.Name)
	}
	return keyed, nil
}

// KeySHA256 is the fingerprint of the suite's key; "" if it has none.
func (s *Suite) KeySHA256() string { return s.key.Fingerprint() }

// KeySHA256 is the fingerprint of the key that the query is asked under; "" if there is none.
func (f *File) KeySHA256() string { return f.key.Fingerprint() }

// setKey gives the session a key. nil takes away what the session has, also by a default of the database or the role.
func setKey(ctx context.Context, conn *pgconn.PgConn, key *Key) error {
	if key == nil {
		return conn.Exec(ctx, "set pgroundtrip.key = ''").Close()
	}
	return setSecret(ctx, conn, "pgroundtrip.key", key.digits)
}

// setConfigOID is pg_catalog.set_config(text, text, boolean), the same on every major.
const setConfigOID = 2078

// setSecret sets a parameter of the session by the protocol's own function call: the server may log statements, and the
// values that are bound to them, but not the arguments of such a call.
func setSecret(ctx context.Context, conn *pgconn.PgConn, name, value string) error {
	conn.Frontend().Send(&pgproto3.FunctionCall{Function: setConfigOID,
		Arguments: [][]byte{[]byte(name), []byte(value), []byte("false")}})
	if err := conn.Frontend().Flush(); err != nil {
		return fmt.Errorf("could not set %s: %w", name, err)
	}
	var refused error
	for {
		message, err := conn.ReceiveMessage(ctx)
		if err != nil {
			return fmt.Errorf("could not set %s: %w", name, errors.Join(refused, err))
		}
		switch m := message.(type) {
		case *pgproto3.ErrorResponse:
			refused = fmt.Errorf("could not set %s: %w", name, pgconn.ErrorResponseToPgError(m))
		case *pgproto3.ReadyForQuery:
			return refused
		}
	}
}
