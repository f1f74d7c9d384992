package cluster

import (
	"errors"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/platform"
)

// FreeBytes returns the free space on the disk of a throw-away cluster's data. For a named server it is unknown: ok
// is false.
func (s *Server) FreeBytes() (bytes int64, ok bool) {
	if !s.Throwaway {
		return 0, false
	}
	return platform.FreeBytes(s.data)
}

// ExplainSpace adds advice about a full disk to an error that has no hint yet.
func ExplainSpace(err error) error {
	var hint *HintError
	var pgErr *pgconn.PgError
	switch {
	case err == nil || errors.As(err, &hint):
		return err
	case errors.As(err, &pgErr):
		if pgErr.Code == "53100" {
			return &HintError{Err: err,
				Hint: "the server's disk is full: free some space on it (a throw-away cluster is in TMPDIR)"}
		}
		return err
	case errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "No space left on device"):
		return &HintError{Err: err, Hint: "free some space, or point TMPDIR at a disk that has it"}
	}
	return err
}
