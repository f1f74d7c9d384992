// Package watch reads the progress of a running pg_dump or pg_restore.
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

// Copying polls the progress of pg_dump or pg_restore over a connection of its own.
type Copying struct {
	Connect func(context.Context) (*pgx.Conn, error)
	Rows    map[string]int64 // of each table, if known; nil: the server's estimates are used
	Report  func(done, total int64)
	seen    map[string]int64 // the highest count seen of each table
	copying map[string]bool
}

// WithRoom returns report if the server has a free connection for polling, besides those of a program that runs that
// many jobs; else nil. It asks over conn, which must not be in a transaction. Polling must never take the last
// connection away from the program.
func WithRoom(ctx context.Context, conn *pgx.Conn, jobs int, report func(done, total int64)) func(done, total int64) {
	if report == nil {
		return nil
	}
	const ours, leader, poll = 2, 1, 1 // a restore takes its record over two connections
	about, err := session.AskLimits(ctx, conn)
	if err != nil || about.FreeConnections < ours+leader+jobs+poll {
		return nil // a run without a bar; the run itself will report what is wrong with the server
	}
	return report
}

// During runs do and, if Report is set, reports its progress meanwhile. Errors of polling are ignored: it must neither
// fail nor delay what it watches. The connection is closed before During returns.
func (w *Copying) During(ctx context.Context, do func() error) error {
	if w.Report == nil {
		return do()
	}
	known := len(w.Rows) > 0
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		w.poll(ctx, stop)
	}()
	err := do()
	close(stop)
	<-stopped
	if err == nil && len(w.seen) > 0 {
		done, total := w.sum(nil)
		if known {
			done = total // copies that began and ended between two polls are done too
		}
		w.Report(done, total)
	}
	return err
}

const (
	pollInterval = 250 * time.Millisecond
	pollTimeout  = 2 * time.Second // for one poll
)

// poll reports the progress until stop is closed or the progress can no longer be read.
func (w *Copying) poll(ctx context.Context, stop <-chan struct{}) {
	w.seen = map[string]int64{}
	var conn *pgx.Conn
	for {
		select {
		case <-stop:
			return
		case <-time.After(pollInterval):
		}
		if conn == nil { // not before: most phases end before the first poll
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
			return // PostgreSQL 13 does not have the view
		}
		w.Report(w.sum(now))
	}
}

// within runs do for at most pollTimeout and reports whether it succeeded. It is not interrupted when ctx ends: a
// cleanly closed connection is gone at once.
func within(ctx context.Context, do func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollTimeout)
	defer cancel()
	return do(ctx) == nil
}

// prepare sets up the connection, and reads the estimates if the row counts are unknown. It must not call an operator
// defined in the database, nor wait for a lock.
func (w *Copying) prepare(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set search_path = pg_catalog, pg_temp; set lock_timeout = '500ms'")
	if err == nil && w.Rows == nil {
		w.Rows, err = counts(ctx, conn, estimatesSQL)
	}
	return err
}

// sum returns how many rows are copied and the total, which is 0 if any table's count is unknown (-1). A table that
// is no longer being copied counts as done.
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

// SumOf returns the total number of rows, or 0 if any table's count is unknown (-1).
func SumOf(rows map[string]int64) (total int64) {
	for _, n := range rows {
		if n < 0 {
			return 0
		}
		total += n
	}
	return total
}

// Progress reads the progress of a workload from a notice that it raised: "5000 of 200000 rows".
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
