package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
)

// refusePooler returns an error for a connection pooler that gives each transaction another session of the server
// (pgbouncer's pool_mode = transaction). Behind one, settings and snapshots would belong to other sessions than the
// next transaction's. A pooler is recognized by the process id that it invents, and the mode by a second client that
// gets the session of the first, which is still connected.
func (s *Server) refusePooler(ctx context.Context, conn *pgx.Conn) error {
	const tries = 3
	for range tries {
		ours, err := backendOf(ctx, conn)
		if err != nil || ours == conn.PgConn().PID() {
			return err
		}
		other, err := s.Connect(ctx)
		if err != nil {
			return err
		}
		theirs, err := backendOf(ctx, other)
		if err := errors.Join(err, other.Close(ctx)); err != nil {
			return err
		}
		if theirs == ours {
			return hint.With(fmt.Errorf("%s is a connection pooler that gives each transaction another session", s.Describe()),
				"name the PostgreSQL server itself in -dsn: its settings, locks and snapshots belong to one session")
		}
	}
	return nil
}

// backendOf returns the process id of the session that serves conn.
func backendOf(ctx context.Context, conn *pgx.Conn) (pid uint32, err error) {
	if err := conn.QueryRow(ctx, "select pg_catalog.pg_backend_pid()").Scan(&pid); err != nil {
		return 0, fmt.Errorf("could not ask the server for its process id: %w", err)
	}
	return pid, nil
}
