package roundtrip

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

//go:embed copies.sql
var copiesSQL string

//go:embed estimates.sql
var estimatesSQL string

// A watch looks at how far pg_dump or pg_restore has come, over a connection of its own.
type watch struct {
	connect func(context.Context) (*pgx.Conn, error)
	rows    map[string]int64 // of each table, where that is known; nil has the server estimate them
	tell    func(done, total int64)
	seen    map[string]int64 // the most rows that were seen of each table that was copied
	copying map[string]bool
}

// during runs do, and tells meanwhile how far it has come, if somebody looks. What goes wrong with
// the looking is nobody's business: it must neither fail nor hold up what it looks at. The
// connection is gone when do is.
func (w *watch) during(ctx context.Context, do func() error) error {
	if w.tell == nil {
		return do()
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		w.look(ctx, stop)
	}()
	err := do()
	close(stop)
	<-stopped
	return err
}

const (
	lookEvery = 250 * time.Millisecond
	lookTime  = 2 * time.Second // for one look
)

func (w *watch) look(ctx context.Context, stop <-chan struct{}) {
	// Not cut short in the middle: a connection that is closed cleanly is gone at once.
	within := func(do func(context.Context) error) bool {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
		defer cancel()
		return do(ctx) == nil
	}
	var conn *pgx.Conn
	if !within(func(ctx context.Context) (err error) { conn, err = w.connect(ctx); return err }) {
		return
	}
	defer within(conn.Close)
	w.seen = map[string]int64{}
	if w.rows == nil && !within(func(ctx context.Context) (err error) { w.rows, err = counts(ctx, conn, estimatesSQL); return err }) {
		return
	}
	for {
		select {
		case <-stop:
			return
		case <-time.After(lookEvery):
		}
		var now map[string]int64
		if !within(func(ctx context.Context) (err error) { now, err = counts(ctx, conn, copiesSQL); return err }) {
			return // 13 does not know the view
		}
		w.tell(w.sum(now))
	}
}

// sum is how many rows are copied, and of how many. A table that is not copied any more is done.
func (w *watch) sum(now map[string]int64) (done, total int64) {
	for name := range w.copying {
		if _, still := now[name]; !still {
			w.seen[name] = max(w.seen[name], w.rows[name])
		}
	}
	w.copying = map[string]bool{}
	for name, n := range now {
		w.seen[name], w.copying[name] = max(w.seen[name], n), true
	}
	for _, n := range w.rows {
		total += n
	}
	for _, n := range w.seen {
		done += n
	}
	return done, total
}

// Progress reads how far a workload has come out of a notice that it raised: "5000 of 200000 rows".
func Progress(notice string) (done, total int64, ok bool) {
	n, err := fmt.Sscanf(notice, "%d of %d rows", &done, &total)
	return done, total, err == nil && n == 2
}

// counts runs a query that prints names and numbers.
func counts(ctx context.Context, conn *pgx.Conn, query string) (map[string]int64, error) {
	rows, err := conn.Query(ctx, statement(query))
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

// countsIn is how many rows each table has by the manifest; nil if it does not say.
func countsIn(m *record.Manifest, s *suite.Suite) map[string]int64 {
	if m == nil {
		return map[string]int64{}
	}
	for _, digest := range m.Results {
		if f := s.File(digest.Query); f != nil && f.Header("Rows") != "" {
			if rows := digest.CountByTable(); len(rows) > 0 {
				return rows
			}
		}
	}
	return map[string]int64{}
}
