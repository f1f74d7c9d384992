// Package watch reads how far pg_dump or pg_restore has come while it runs.
package watch

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/session"
)

//go:embed copies.sql
var copiesSQL string

//go:embed estimates.sql
var estimatesSQL string

// Copying reads how far pg_dump or pg_restore has come, over a connection of its own.
type Copying struct {
	Connect func(context.Context) (*pgx.Conn, error)
	Rows    map[string]int64 // of each table, where that is known; nil has the server estimate them
	Tell    func(done, total int64)
	seen    map[string]int64 // the most rows that were seen of each table that was copied
	copying map[string]bool
}

// WithRoom is tell if the server has a connection to spare for the looking, beside those of a program
// that runs that many jobs; else nil. It asks over conn, which is in no transaction. The program must
// never find the last connection taken by what only looks.
func WithRoom(ctx context.Context, conn *pgx.Conn, jobs int, tell func(done, total int64)) func(done, total int64) {
	if tell == nil {
		return nil
	}
	const ours, leader, look = 2, 1, 1 // of a restore a record is taken over two
	about, err := session.AskLimits(ctx, conn)
	if err != nil || about.FreeConnections < ours+leader+jobs+look {
		return nil // a run without a bar; what is wrong with the server, the run itself will say
	}
	return tell
}

// During runs do, and reports meanwhile how far it has come, if anyone wants it. What goes wrong with
// the looking is ignored: it must neither fail nor hold up what it looks at. The
// connection is gone when do is.
func (w *Copying) During(ctx context.Context, do func() error) error {
	if w.Tell == nil {
		return do()
	}
	known := len(w.Rows) > 0
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		w.look(ctx, stop)
	}()
	err := do()
	close(stop)
	<-stopped
	if err == nil && len(w.seen) > 0 {
		done, total := w.sum(nil)
		if known {
			done = total // what came and went between two looks is done too
		}
		w.Tell(done, total)
	}
	return err
}

const (
	lookEvery = 250 * time.Millisecond
	lookTime  = 2 * time.Second // for one look
)

// look reports how far the copying has come until stop is closed, or until it cannot see.
func (w *Copying) look(ctx context.Context, stop <-chan struct{}) {
	w.seen = map[string]int64{}
	var conn *pgx.Conn
	for {
		select {
		case <-stop:
			return
		case <-time.After(lookEvery):
		}
		if conn == nil { // only now: most phases are over before anybody could look
			if !within(ctx, func(ctx context.Context) (err error) { conn, err = w.Connect(ctx); return err }) {
				return
			}
			defer within(ctx, conn.Close)
			if !within(ctx, func(ctx context.Context) error { return w.prepare(ctx, conn) }) {
				return
			}
		}
		var now map[string]int64
		if !within(ctx, func(ctx context.Context) (err error) { now, err = counts(ctx, conn, copiesSQL); return err }) {
			return // 13 does not know the view
		}
		w.Tell(w.sum(now))
	}
}

// within does something that may take no longer than one look, and reports whether it could. It is not
// cut short when ctx ends: a connection that is closed cleanly is gone at once.
func within(ctx context.Context, do func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	return do(ctx) == nil
}

// prepare makes the connection ready, and asks how many rows there are if that is not known. No
// operator that the database brings may be called, and no lock be waited for.
func (w *Copying) prepare(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set search_path = pg_catalog, pg_temp; set lock_timeout = '500ms'")
	if err == nil && w.Rows == nil {
		w.Rows, err = counts(ctx, conn, estimatesSQL)
	}
	return err
}

// sum is how many rows are copied, and of how many, 0 if that of any table is unknown (-1). A table
// that is not copied any more is done.
func (w *Copying) sum(now map[string]int64) (done, total int64) {
	for name := range w.copying {
		if _, still := now[name]; !still {
			w.seen[name] = max(w.seen[name], w.Rows[name])
		}
	}
	w.copying = map[string]bool{}
	for name, n := range now {
		w.seen[name], w.copying[name] = max(w.seen[name], n), true
	}
	for _, n := range w.seen {
		done += n
	}
	return done, SumOf(w.Rows)
}

// SumOf is how many rows there are in all; 0 is unknown, and is what one unknown table (-1) makes it.
func SumOf(rows map[string]int64) (total int64) {
	for _, n := range rows {
		if n < 0 {
			return 0
		}
		total += n
	}
	return total
}

// Progress reads how far a workload has come out of a notice that it raised: "5000 of 200000 rows".
func Progress(notice string) (done, total int64, ok bool) {
	n, err := fmt.Sscanf(notice, "%d of %d rows", &done, &total)
	return done, total, err == nil && n == 2
}

// counts runs a query that prints names and numbers.
func counts(ctx context.Context, conn *pgx.Conn, query string) (map[string]int64, error) {
	rows, err := conn.Query(ctx, session.Statement(query))
	if err != nil {
		return nil, err
	}
	found, name, n := map[string]int64{}, "", int64(0)
	_, err = pgx.ForEachRow(rows, []any{&name, &n}, func() error {
		found[name] = n
		return nil
	})
	return found, err
}
