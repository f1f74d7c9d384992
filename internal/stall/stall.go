// Package stall ends the wait for a server that sends nothing although the connection is open, because the network
// lost something or a proxy stalls. It keeps waiting for a server that is working on the answer.
package stall

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/sqlstate"
)

//go:embed work.sql
var workSQL string

// A Guard asks a server, over a separate connection, whether it is working.
type Guard struct {
	// Limit is how long nothing may arrive before the server is asked.
	Limit time.Duration
	// Ask connects, within a time limit of its own.
	Ask func(context.Context) (*pgx.Conn, error)
}

// work is the row of work.sql.
type work struct {
	Sessions     int
	Works, Sends bool
	Blockers     string
	Self         uint32 // the process id of the session that answered
}

// look reads the state of the session pid or, if that is "", of the sessions of a program that began age ago.
func (g *Guard) look(ctx context.Context, pid, program string, age time.Duration) (w work, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*max(g.Limit, minLook))
	defer cancel()
	conn, err := g.Ask(ctx)
	if err != nil {
		return w, err
	}
	defer conn.Close(ctx)
	const settings = "set search_path = pg_catalog, pg_temp; set statement_timeout = '%ds'; " +
		"set pgroundtrip.pid = '%s'; set pgroundtrip.program = '%s'; set pgroundtrip.age = '%d'"
	if _, err := conn.Exec(ctx, fmt.Sprintf(settings, max(g.Limit, minLook)/time.Second, pid,
		strings.ReplaceAll(program, "'", "''"), age.Milliseconds())); err != nil {
		return w, err
	}
	rows, err := conn.Query(ctx, strings.TrimSuffix(strings.TrimSpace(workSQL), ";"))
	if err == nil {
		w, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[work])
	}
	if w.Sessions == 0 && w.Self != conn.PgConn().PID() {
		w.Works = true // a pooler invents process ids and reuses sessions: whether this one works is unknown
	}
	return w, err
}

// needed returns how many looks in a row must find that the wait is in vain. An address can lead to several servers, of
// which one has the session: a look that does not find it counts less than others.
func needed(w work, err error, usual int) int {
	if err == nil && w.Sessions == 0 {
		return 10
	}
	return usual
}

// minLook is the least time that a look may take: the machine may be busy.
const minLook = 5 * time.Second

// judge returns why the wait is in vain, or nil if the server is working on it or nothing speaks against that. If
// isKnown is false, only a server that waits for its answer to be read shows that the client is waiting.
func (g *Guard) judge(w work, err error, isKnown bool) error {
	switch {
	case sqlstate.Of(err) != "": // it responds, but has no free connection
		return nil
	case err != nil:
		return hint.With(fmt.Errorf("nothing came from the server for %s (-timeout), and it takes no other connection: %w",
			g.Limit, err), "check the network between here and the server, and the server's log")
	case w.Works:
		return nil
	case w.Blockers != "":
		return hint.With(fmt.Errorf("waited for a lock for longer than %s (-timeout): it is held by %s", g.Limit, w.Blockers),
			hint.OfLock)
	case !isKnown && !w.Sends:
		return nil
	}
	why := "while the server waits for this side"
	if w.Sessions == 0 {
		why = "and the server that answers there has no such session"
	}
	return hint.With(fmt.Errorf("nothing came from the server for %s (-timeout), %s", g.Limit, why),
		"a proxy or the network between here and the server stalls, or leads to another server now: name the PostgreSQL "+
			"server itself in -dsn")
}

// Program waits until a program waits for the server in vain, and returns why, or nil once ctx ends. name is its
// application_name, pid its process id.
func (g *Guard) Program(ctx context.Context, name string, pid int) error {
	begun, before := time.Now(), ""
	for inVain := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(g.Limit):
		}
		now, isKnown := platform.Asleep(pid)
		isStill := isKnown && now != "" && now == before || !isKnown
		if before = now; !isStill {
			inVain = 0
			continue
		}
		w, err := g.look(ctx, "", name, time.Since(begun)+time.Second)
		if ctx.Err() != nil {
			return nil
		}
		if after, _ := platform.Asleep(pid); after != now {
			continue
		}
		why := g.judge(w, err, isKnown)
		if inVain++; why == nil {
			inVain = 0
		}
		if why != nil && inVain >= needed(w, err, 1) {
			return why
		}
	}
}

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
