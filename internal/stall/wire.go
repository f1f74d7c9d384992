package stall

import (
	"context"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// Over has the guard look after the connection that config makes. The function that it returns is handed the
// connection when it is made: before, there is no session that could be asked about.
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

// A wire is a network connection on which a read or a write that takes too long is looked into.
type wire struct {
	net.Conn
	guard *Guard
	mu    sync.Mutex
	pid   string // of the session; "" before there is one
	cause error  // why the connection was closed
}

func (w *wire) Read(p []byte) (int, error) {
	return w.watch(func() (int, error) { return w.Conn.Read(p) })
}
func (w *wire) Write(p []byte) (int, error) {
	return w.watch(func() (int, error) { return w.Conn.Write(p) })
}

// watch does what may wait.
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

// inVain is the error of a wait that was ended. To pgx it is a timeout: of other errors it may lose the text.
type inVain struct{ error }

func (e inVain) Unwrap() error { return e.error }
func (inVain) Timeout() bool   { return true }
func (inVain) Temporary() bool { return false }

// lookUntil closes the connection when two looks in a row find that a wait is in vain.
func (w *wire) lookUntil(ended <-chan struct{}) {
	for inVain := 0; ; {
		pause := w.guard.Limit
		w.mu.Lock()
		pid := w.pid
		w.mu.Unlock()
		if pid != "" { // else the time to connect is bounded as a whole
			seen, err := w.guard.look(context.Background(), pid, "", 0)
			why := w.guard.judge(seen, err, true)
			if inVain++; why == nil {
				inVain = 0
			}
			if why != nil {
				pause = time.Second // what was on its way is there by then
			}
			if inVain == 2 && !isClosed(ended) {
				w.mu.Lock()
				w.cause = why
				w.mu.Unlock()
				_ = w.Conn.Close() // wakes up who waits
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
