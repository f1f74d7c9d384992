package moment

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

// A Counter is the position of a primary: in its WAL, and in its transaction counter.
type Counter struct {
	Position     record.Position
	Transactions string // pg_current_snapshot: those that have ended, and those that are open
}

// Count reads the counter. The session must not be in a transaction.
func Count(ctx context.Context, conn *pgx.Conn) (c Counter, err error) {
	m, err := Read(ctx, conn)
	if err != nil {
		return c, err
	}
	if m.Standby {
		return c, hint.With(errors.New("-quiet: this server is a standby"), "record it with -pause")
	}
	c.Position = m.Position()
	c.Transactions, err = Transactions(ctx, conn)
	return c, err
}

// Transactions returns which transactions conn sees: the oldest that is open, the next one, and those that are open.
func Transactions(ctx context.Context, conn *pgx.Conn) (string, error) {
	return session.Value[string](ctx, conn, "select pg_catalog.pg_current_snapshot()::pg_catalog.text",
		"read the transactions")
}

// Since returns an error that says what was written since then, or nil. The error is transient if no transaction
// wrote: the WAL then comes from a checkpoint, or from this run's own reading, which prunes dead rows and sets hint
// bits.
func (c Counter) Since(then Counter) (isTransient bool, err error) {
	switch {
	case c.Transactions != then.Transactions:
		return false, hint.With(fmt.Errorf("-quiet: another session wrote meanwhile: the transactions were %s, and are "+
			"%s; %s, now %s", then.Transactions, c.Transactions, then.Position, c.Position),
			"record when no session writes, or with -barrier")
	case !c.Position.Is(then.Position):
		return true, hint.With(fmt.Errorf("-quiet: something was written meanwhile: %s, now %s", then.Position, c.Position),
			"no transaction wrote: record again; what PostgreSQL writes when rows are first read has been written now")
	}
	return false, nil
}
