// Package ahead reads pieces of tables while pg_restore still builds indexes on them. A record of the restored database
// then uses each of them that would still read the same, as unchanged.sql of the suite finds out.
package ahead

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
)

// A Reader reads ahead.
type Reader struct {
	// Queries are those that pieces.sql splits and unchanged.sql knows, by name.
	Queries           map[string]*suite.File
	Pieces, Unchanged *suite.File
	// Connect opens a connection with the suite's settings.
	Connect func(context.Context) (*pgx.Conn, error)
	Members int // connections to read over

	over chan struct{} // closed when what it reads beside has ended
	mu   sync.Mutex
	todo []piece
	done map[piece]answer
	used int
}

// A piece of a query, as pieces.sql lists it.
type piece struct{ query, text string }

// answer is what a piece printed, and the state of its tables then.
type answer struct{ rows, state []byte }

// During calls rest and reads as long as it runs. It returns the error of rest: whatever cannot be read ahead will be
// read, or reported, by the record.
func (r *Reader) During(ctx context.Context, rest func(context.Context) error) error {
	r.over, r.todo, r.done = make(chan struct{}), nil, map[piece]answer{}
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	r.list(ctx) // before rest locks a table
	var members sync.WaitGroup
	for range min(r.Members, len(r.todo)) {
		members.Go(func() { r.work(reading) })
	}
	err := rest(ctx)
	if close(r.over); err != nil {
		cancel()
	}
	members.Wait()
	return err
}

// list lists the pieces of the queries.
func (r *Reader) list(ctx context.Context) {
	conn, err := r.Connect(ctx)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := record.EachRow(ctx, conn.PgConn(), r.Pieces, func(_ int64, values []string) error {
		if r.Queries[values[0]] != nil {
			r.todo = append(r.todo, piece{values[0], values[1]})
		}
		return nil
	}); err != nil {
		r.todo = nil
	}
}

// settings keep a reader polite: it takes a processor of its own and no more, and never waits for a table for as long
// as the server takes to look for a deadlock, which could end the statement of pg_restore that holds the table.
const settings = "set max_parallel_workers_per_gather = 0; set lock_timeout = '10ms'"

// work reads pieces until none is left.
func (r *Reader) work(ctx context.Context) {
	conn, err := r.Connect(ctx)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, settings); err != nil {
		return
	}
	for p, ok := r.next(conn); ok; p, ok = r.next(conn) {
		a, err := r.readPiece(ctx, conn, p)
		switch {
		case err == nil && a.rows != nil:
			r.mu.Lock()
			r.done[p] = a
			r.mu.Unlock()
		case sqlstate.Of(err) == sqlstate.NoLock:
			select {
			case <-r.over:
			case <-time.After(lockPause):
			}
			r.mu.Lock()
			r.todo = append(r.todo, p)
			r.mu.Unlock()
		}
	}
}

// lockPause is how long a member waits after it came to a table that pg_restore was working on.
const lockPause = 100 * time.Millisecond

// next returns the next piece, until none is left or what the reader reads beside has ended.
func (r *Reader) next(conn *pgx.Conn) (p piece, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.over:
	default:
		if ok = len(r.todo) > 0 && !conn.IsClosed(); ok {
			p, r.todo = r.todo[0], r.todo[1:]
		}
	}
	return p, ok
}

// readPiece reads a piece in a transaction of its own. The answer is empty if it could not be told later whether the
// piece is unchanged.
func (r *Reader) readPiece(ctx context.Context, conn *pgx.Conn, p piece) (a answer, err error) {
	if err = session.Begin(ctx, conn, ""); err != nil {
		return a, err
	}
	var rows bytes.Buffer
	if a.state, err = r.stateOf(ctx, conn.PgConn(), p, answer{}); err == nil && len(a.state) > 0 {
		_, err = suite.Copy(ctx, conn.PgConn(), r.Queries[p.query].Piece(p.text), &rows)
		a.rows = rows.Bytes()
	}
	_, ended := conn.Exec(ctx, "rollback") // it only read
	return a, errors.Join(err, ended)
}

// stateOf returns what unchanged.sql prints about a piece. earlier is the answer that it judges.
func (r *Reader) stateOf(ctx context.Context, conn *pgconn.PgConn, p piece, earlier answer) ([]byte, error) {
	const set = "select set_config('pgroundtrip.piece', $1, true), set_config('pgroundtrip.earlier', $2, true), " +
		"set_config('pgroundtrip.seen', $3, true)"
	values := [][]byte{[]byte(p.text), bytes.TrimSpace(earlier.state), earlier.rows}
	if err := conn.ExecParams(ctx, set, values, nil, nil, nil).Read().Err; err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err := suite.Copy(ctx, conn, r.Unchanged, &out)
	return out.Bytes(), err
}

// Known returns what a piece of a query printed when it was read ahead, if it would print the same now; else nil. conn
// must be in a transaction.
func (r *Reader) Known(ctx context.Context, conn *pgconn.PgConn, f *suite.File, text string) (rows []byte, err error) {
	p := piece{f.Name, text}
	earlier, isRead := r.done[p]
	if !isRead {
		return nil, nil
	}
	var now []byte
	refused, err := suite.Attempt(ctx, conn, func() (err error) {
		now, err = r.stateOf(ctx, conn, p, earlier)
		return err
	})
	if err != nil || refused != nil || !bytes.Equal(now, earlier.state) {
		return nil, err
	}
	r.mu.Lock()
	r.used++
	r.mu.Unlock()
	return earlier.rows, nil
}

// Used returns how many pieces were known, of how many that were read ahead.
func (r *Reader) Used() (used, read int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used, len(r.done)
}
