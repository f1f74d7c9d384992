package moment

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
)

// A Counter is how far a primary is: in its WAL, and in counting its transactions.
type Counter struct {
	Position     record.Position
	Transactions string // those that have ended, and those that are open: a snapshot
}

// Count asks how far the primary is. It takes a session that is in no transaction.
func Count(ctx context.Context, conn *pgx.Conn) (c Counter, err error) {
	m, err := Read(ctx, conn)
	if err != nil {
		return c, err
	}
	if m.Standby {
		return c, &hint.Error{Err: errors.New("-quiet: this server is a standby"), Hint: "record it with -pause"}
	}
	c.Position = m.Position()
	if err = conn.QueryRow(ctx, "select pg_catalog.pg_current_snapshot()::text").Scan(&c.Transactions); err != nil {
		err = fmt.Errorf("could not ask for the transactions: %w", err)
	}
	return c, err
}

// Since returns an error that names what was written since then, or nil. It is transient where no transaction wrote:
// then it was this run's own reading, which removes dead rows and marks others, or a checkpoint.
func (c Counter) Since(then Counter) (isTransient bool, err error) {
	switch {
	case c.Transactions != then.Transactions:
		return false, &hint.Error{
			Err: fmt.Errorf("-quiet: somebody wrote meanwhile: the transactions were %s, and are %s; %s, now %s",
				then.Transactions, c.Transactions, then.Position, c.Position),
			Hint: "record when no session writes, or with -barrier",
		}
	case !c.Position.Is(then.Position):
		return true, &hint.Error{
			Err:  fmt.Errorf("-quiet: something was written meanwhile: %s, now %s", then.Position, c.Position),
			Hint: "no transaction wrote: record again, what is written when rows are first read is written by now",
		}
	}
	return false, nil
}
