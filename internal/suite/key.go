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

// A Key is secret bytes that a query hashes in front of each row. It never appears in output.
type Key struct{ digits string }

// keyBytes is the length of a key: a short key could be guessed from its fingerprint.
const keyBytes = 32

// ParseKey reads a key: 64 hex digits, optionally surrounded by blanks. Errors do not quote them.
func ParseKey(text []byte) (*Key, error) {
	digits := strings.ToLower(strings.TrimSpace(string(text)))
	if decoded, err := hex.DecodeString(digits); err != nil || len(decoded) != keyBytes {
		return nil, hint.With(fmt.Errorf("a key must be %d hex digits, and nothing else", 2*keyBytes),
			fmt.Sprintf("make one: (umask 077; openssl rand -hex %d > key)", keyBytes))
	}
	return &Key{digits}, nil
}

// Fingerprint returns the SHA-256 of the key's bytes, 64 hex digits; "" if k is nil.
func (k *Key) Fingerprint() string {
	if k == nil {
		return ""
	}
	key, _ := hex.DecodeString(k.digits) // ParseKey has checked the digits
	return fmt.Sprintf("%x", sha256.Sum256(key))
}

// String returns what a message may contain of a key.
func (k *Key) String() string { return "key " + k.Fingerprint() }

// readsKey reports whether the query honours pgroundtrip.key. A query that reads the setting is taken to honour it.
func (f *File) readsKey() bool { return slices.Contains(f.query().literals, "'pgroundtrip.key'") }

// WithKey returns s with a key for those of its queries that read pgroundtrip.key. If there are none, the key would
// change nothing, and the error wraps ErrInvalid.
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

// KeySHA256 returns the fingerprint of the suite's key, or "".
func (s *Suite) KeySHA256() string { return s.key.Fingerprint() }

// KeySHA256 returns the fingerprint of the key that the query is run with, or "".
func (f *File) KeySHA256() string { return f.key.Fingerprint() }

// setKey sets the key of the session. nil clears it, even if the database or role has a default.
func setKey(ctx context.Context, conn *pgconn.PgConn, key *Key) error {
	if key == nil {
		return conn.Exec(ctx, "set pgroundtrip.key = ''").Close()
	}
	return setSecret(ctx, conn, "pgroundtrip.key", key.digits)
}

// setConfigOID is pg_catalog.set_config(text, text, boolean), the same on every major.
const setConfigOID = 2078

// setSecret sets a session parameter by the protocol's function call: the server may log statements and their bound
// values, but not the arguments of such a call.
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
