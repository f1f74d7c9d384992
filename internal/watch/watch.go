// Package watch reads the progress of a running pg_dump or pg_restore.
package watch

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/session"
)

//go:embed copies.sql
var copiesSQL string

//go:embed sizes.sql
var sizesSQL string

// Copying polls the progress of pg_dump over a connection of its own. pg_dump copies tables in a known order: those
// before the ones that it is copying are done, even if they began and ended between two polls.
type Copying struct {
	Connect func(context.Context) (*pgx.Conn, error)
	Jobs    int                     // of pg_dump
	Report  func(done, total int64) // bytes of tables on disk; not called before a table is seen being copied
	conn    *pgx.Conn
	isOver  bool  // the progress can no longer be read
	sizes   []row // in the order of pg_dump
	begun   int   // how many tables of sizes were begun, or passed by
	done    int64
	total   int64
}

// A row is what a query prints about one table.
type row struct{ ID, Bytes int64 }

// WithRoom returns report if the server has a free connection for polling, besides those of a program that runs that
// many jobs; else nil. It asks over conn, which must not be in a transaction. Polling must never take the last
// connection away from the program.
func WithRoom(ctx context.Context, conn *pgx.Conn, jobs int, report func(done, total int64)) func(done, total int64) {
	if report == nil {
		return nil
	}
	const ours, leader, poll = 2, 1, 1
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
	err := crew.Beside(pollInterval, func() { w.poll(ctx) }, do)
	if w.conn != nil {
		within(ctx, w.conn.Close)
	}
	if err == nil && w.begun > 0 {
		w.Report(w.total, w.total)
	}
	return err
}

const (
	pollInterval = 250 * time.Millisecond
	pollTimeout  = 2 * time.Second // for one poll
)

// poll reports the progress, unless it can no longer be read: PostgreSQL 13 does not have the view.
func (w *Copying) poll(ctx context.Context) {
	var now []row
	w.isOver = w.isOver ||
		w.conn == nil && !within(ctx, w.open) ||
		!within(ctx, func(ctx context.Context) (err error) {
			now, err = session.Rows[row](ctx, w.conn, copiesSQL, "read the progress")
			return err
		})
	if w.isOver {
		return
	}
	if w.note(now); w.begun > 0 {
		w.Report(w.done, w.total)
	}
}

// within runs do for at most pollTimeout and reports whether it succeeded. It is not interrupted when ctx ends: a
// cleanly closed connection is gone at once.
func within(ctx context.Context, do func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollTimeout)
	defer cancel()
	return do(ctx) == nil
}

// open opens the connection, and reads the sizes of the tables. It must not call an operator defined in the database,
// nor wait for a lock.
func (w *Copying) open(ctx context.Context) (err error) {
	if w.conn, err = w.Connect(ctx); err != nil {
		return err
	}
	if _, err = w.conn.Exec(ctx, "set search_path = pg_catalog, pg_temp; set lock_timeout = '500ms'; "+
		fmt.Sprintf("set pgroundtrip.jobs = %d", w.Jobs)); err != nil {
		return err
	}
	w.sizes, err = session.Rows[row](ctx, w.conn, sizesSQL, "read the sizes of the tables")
	for _, table := range w.sizes {
		w.total += table.Bytes
	}
	return err
}

// note takes in which tables are being copied now, and how far.
func (w *Copying) note(now []row) {
	left := int64(0)
	for _, table := range now {
		i := slices.IndexFunc(w.sizes, func(other row) bool { return other.ID == table.ID })
		if i >= 0 {
			w.begun, left = max(w.begun, i+1), left+max(0, w.sizes[i].Bytes-table.Bytes)
		}
	}
	for _, table := range w.sizes[:w.begun] {
		left -= table.Bytes
	}
	w.done = max(w.done, -left)
}

// Progress reads the progress of a workload from a notice that it raised: "5000 of 200000 rows".
func Progress(notice string) (done, total int64, ok bool) {
	n, err := fmt.Sscanf(notice, "%d of %d rows", &done, &total)
	return done, total, err == nil && n == 2
}
