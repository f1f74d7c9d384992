package stall

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Over makes the guard watch the connection that config makes. The caller must pass the connection to the returned
// function once it is made: before that, there is no session to ask about.
func (g *Guard) Over(config *pgx.ConnConfig) (made func(*pgx.Conn)) {
	var last *wire
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		last = &wire{Conn: conn, guard: g}
		return last, nil
	}
	return func(conn *pgx.Conn) {
		last.mu.Lock()
		last.pid = strconv.FormatUint(uint64(conn.PgConn().PID()), 10)
		last.mu.Unlock()
	}
}

// A wire is a network connection whose reads and writes are checked when they take too long.
type wire struct {
	net.Conn
	guard *Guard
	mu    sync.Mutex
	pid   string // of the session; "" until there is one
	cause error  // why the connection was closed
}

func (w *wire) Read(p []byte) (int, error) {
	return w.watch(func() (int, error) { return w.Conn.Read(p) })
}
func (w *wire) Write(p []byte) (int, error) {
	return w.watch(func() (int, error) { return w.Conn.Write(p) })
}

// watch calls do, which may block, and has lookUntil check it if it takes longer than Limit.
func (w *wire) watch(do func() (int, error)) (int, error) {
	ended := make(chan struct{})
	timer := time.AfterFunc(w.guard.Limit, func() { w.lookUntil(ended) })
	n, err := do()
	timer.Stop()
	close(ended)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.cause != nil {
			err = inVain{w.cause}
		}
	}
	return n, err
}

// inVain is the error of a wait that was ended. It is a timeout to pgx, which may drop the text of other errors.
type inVain struct{ error }

func (e inVain) Unwrap() error { return e.error }
func (inVain) Timeout() bool   { return true }
func (inVain) Temporary() bool { return false }

// lookUntil closes the connection once enough looks in a row find that the wait is in vain.
func (w *wire) lookUntil(ended <-chan struct{}) {
	for inVain := 0; ; {
		pause := w.guard.Limit
		w.mu.Lock()
		pid := w.pid
		w.mu.Unlock()
		if pid != "" { // else the connection attempt is bounded as a whole
			seen, err := w.guard.look(context.Background(), pid, "", 0)
			why := w.guard.judge(seen, err, true)
			if inVain++; why == nil {
				inVain = 0
			}
			if why != nil {
				pause = time.Second // whatever is in transit arrives in this time
			}
			if why != nil && inVain >= needed(seen, err, 2) && !isClosed(ended) {
				w.mu.Lock()
				w.cause = why
				w.mu.Unlock()
				_ = w.Conn.Close() // this ends the blocked read or write
				return
			}
		}
		select {
		case <-ended:
			return
		case <-time.After(pause):
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
