package cluster

import (
	"errors"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// FreeBytes is how much room a throw-away cluster's data has on its disk. Of a server that was named no one
// knows: ok is false.
func (s *Server) FreeBytes() (bytes int64, ok bool) {
	var disk syscall.Statfs_t
	if !s.Throwaway || syscall.Statfs(s.data, &disk) != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}

// ExplainSpace adds what to do when a disk is full, to an error that has no hint yet.
func ExplainSpace(err error) error {
	var hint *HintError
	var pgErr *pgconn.PgError
	switch {
	case err == nil || errors.As(err, &hint):
		return err
	case errors.As(err, &pgErr):
		if pgErr.Code == "53100" {
			return &HintError{Err: err,
				Hint: "the server's disk is full: free some space on it (a throw-away cluster lies in TMPDIR)"}
		}
		return err
	case errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), "No space left on device"):
		return &HintError{Err: err, Hint: "free some space, or point TMPDIR at a disk that has it"}
	}
	return err
}
