// Package take takes a record: it deals queries, and pieces of queries, to several connections to one server and to
// others that show the same moment, and can continue an interrupted run. The record is the same as that taken over
// one connection.
package take

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// Options say what to keep of a record besides its digests, and how to take it.
type Options struct {
	Phase string // stored in the state of the chain
	// KeepAll keeps the rows of every query in memory; otherwise only those of files that allow it (About.Keeps).
	KeepAll bool
	// Pieces lists the pieces of queries, so that several connections can share one; nil: no query is split. With
	// Pieces, or with Instead, each connection must be in a transaction.
	Pieces *suite.File
	// Known returns what a piece of a query prints if that is known already, else nil; may be nil.
	Known func(ctx context.Context, conn *pgconn.PgConn, f *suite.File, piece string) ([]byte, error)
	// Helpers are connections to other servers that show the same moment as conns. Tasks that a helper does not
	// finish are done by others. Helpers are not asked for definitions, nor for what is outside snapshots.
	Helpers []*Helper
	// Holds returns an error if the server of a connection no longer shows the moment. It is called after each piece,
	// before its result counts; may be nil.
	Holds func(context.Context, *pgconn.PgConn) error
	// Resume is the file of an interrupted run to continue, and to store answers in; may be nil.
	Resume *Resume
	// OnProgress is called with the number of bytes read, of the tables that are split, if there are any; may be nil.
	OnProgress func(done, total int64)
	// Instead is called with each query that the server refused and the reason. It returns the query to run in its
	// place, or nil to leave it out. If Instead is nil, a refusal is an error.
	Instead func(f *suite.File, refused error) (*suite.File, error)
}

// A Helper is a connection to another server.
type Helper struct {
	Conn *pgconn.PgConn
	Left func(error) // called with the reason when it stops helping
}

// keeps reports whether to keep the rows of f. The single rows of snapshot.sql and verify_chain.sql are always kept,
// and rows that may be ahead in a copy: the comparison needs to know by how much.
func (o *Options) keeps(f *suite.File) bool {
	return f.About.Keys == 0 || f.About.Grows != "" || f.About.Keeps || o.KeepAll
}

// Record runs the queries over the connections, which must have the suite's session settings and see the same moment,
// and returns their results in the order of the queries. It reads each row once: rows are streamed from COPY into
// digests, and memory does not grow with rows that are not kept. Each connection takes the next query, or piece of a
// query, when it has finished one; the results do not depend on how they were dealt.
func Record(ctx context.Context, conns []*pgconn.PgConn, queries []*suite.File, o Options) (*record.Record, error) {
	t := &taking{Options: &o, conns: conns, queries: slices.Clone(queries), parts: make([]*part, len(queries))}
	var todo []int
	for i := range queries {
		todo = append(todo, i)
	}
	for len(todo) > 0 {
		if err := t.deal(ctx, todo); err != nil {
			return nil, err
		}
		todo, t.Resume = nil, nil // the server would refuse them again
		t.before, _ = t.bytes()
		for _, i := range slices.Sorted(maps.Keys(t.refused)) {
			f, err := o.Instead(t.queries[i], t.refused[i])
			if err != nil {
				return nil, err
			}
			if f != nil {
				t.queries[i], todo = f, append(todo, i)
			}
		}
	}
	return join(t.parts, t.queries, o.Phase)
}

// taking is one running record.
type taking struct {
	*Options
	conns   []*pgconn.PgConn
	queries []*suite.File
	parts   []*part // per query; nil until it is done, or if it was refused
	splits  map[int]*split
	tasks   []task
	pool    *crew.Pool
	mu      sync.Mutex
	isDone  []bool // per task
	refused map[int]error
	before  int64 // bytes read before what is dealt now
	told    int64 // bytes reported
}

// deal has the connections share the queries.
func (t *taking) deal(ctx context.Context, todo []int) error {
	t.refused, t.splits = map[int]error{}, map[int]*split{}
	if err := t.prepare(ctx, todo); err != nil {
		return err
	}
	var members []func(context.Context) error
	for _, conn := range t.conns {
		members = append(members, func(ctx context.Context) error {
			return t.pool.Work(false, func(i int) error { return t.do(ctx, conn, i) })
		})
	}
	helping, cancel := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	left := make([]error, len(t.Helpers))
	for n, h := range t.Helpers {
		helpers.Go(func() {
			left[n] = t.pool.Work(true, func(i int) error { return t.help(helping, h, i) })
			if helping.Err() != nil {
				left[n] = nil // it was cancelled because it was no longer needed
			}
		})
	}
	err := crew.Alongside(ctx, members...)
	cancel() // other members have finished what the helpers are still doing
	helpers.Wait()
	if err != nil {
		return err
	}
	t.dismiss(left)
	for i, s := range t.splits {
		if t.refused[i] == nil {
			if t.parts[i], err = s.end(t.queries[i], t.keeps(t.queries[i])); err != nil {
				return err
			}
		}
	}
	return nil
}

// dismiss dismisses helpers that failed or were cancelled.
func (t *taking) dismiss(left []error) {
	var stay []*Helper
	for n, h := range t.Helpers {
		switch {
		case left[n] != nil:
			h.Left(left[n])
		case !h.Conn.IsClosed():
			stay = append(stay, h)
		}
	}
	t.Helpers = stay
}

// prepare turns queries into tasks and reuses the answers of an interrupted run.
func (t *taking) prepare(ctx context.Context, todo []int) error {
	tasks, answers, err := t.Resume.read(t.queries)
	if err == nil && tasks == nil {
		tasks, err = t.cut(ctx, todo)
	}
	if err == nil {
		err = t.Resume.begin(tasks)
	}
	if err != nil {
		return err
	}
	for _, k := range tasks {
		if t.splits[k.Query] != nil || k.Piece == "" {
			continue
		}
		if err := t.attempt(ctx, t.conns[0], k.Query, func(f *suite.File) (err error) {
			t.splits[k.Query], err = newSplit(ctx, t.conns[0], f)
			return err
		}); err != nil {
			return err
		}
	}
	t.tasks, t.pool, t.isDone = tasks, crew.NewPool(len(tasks)), make([]bool, len(tasks))
	for i, k := range tasks {
		if about := t.queries[k.Query].About; about.Class == "definition" || about.Cluster || about.Grows != "" {
			t.pool.Keep(i)
		}
	}
	for _, a := range answers {
		if a.Part != nil {
			a.Part.Result.About = t.queries[tasks[a.Task].Query].About // a file stores less of it
		}
		if err := t.add(&a); err != nil {
			return err
		}
	}
	t.tellProgress()
	return nil
}

// little is the size in bytes below which a table is not worth splitting: the extra questions cost more.
const little = 32 << 20

// cut turns queries into tasks, in the order in which they start, so that no long task is left alone at the end:
// first whole queries, whose cost is unknown, then pieces, largest first.
func (t *taking) cut(ctx context.Context, todo []int) (tasks []task, err error) {
	var pieces map[string][]task // none: no query is split
	isCut := len(t.conns)+len(t.Helpers) > 1 || t.Resume != nil || t.OnProgress != nil || t.Known != nil
	if isCut && t.Pieces != nil {
		// If the server refuses this query, no query is split.
		if _, err := suite.Attempt(ctx, t.conns[0], func() error {
			pieces, err = listPieces(ctx, t.conns[0], t.Pieces)
			return err
		}); err != nil {
			return nil, err
		}
	}
	for _, i := range todo {
		f := t.queries[i]
		isOne := len(pieces[f.Name]) == 1 && pieces[f.Name][0].Size < little && t.Known == nil
		if !f.About.Splits || len(pieces[f.Name]) == 0 || isOne {
			tasks = append(tasks, task{Query: i, Size: math.MaxInt64})
			continue
		}
		for _, piece := range pieces[f.Name] {
			tasks = append(tasks, task{i, piece.Piece, piece.Size})
		}
	}
	slices.SortStableFunc(tasks, func(a, b task) int { return cmp.Compare(b.Size, a.Size) })
	return tasks, nil
}

// attempt runs part of a query, and records it if the server refuses.
func (t *taking) attempt(ctx context.Context, conn *pgconn.PgConn, query int, do func(*suite.File) error) error {
	f := t.queries[query]
	t.mu.Lock()
	isRefused := t.refused[query] != nil
	t.mu.Unlock()
	switch {
	case isRefused:
		return nil
	case t.Instead == nil && t.Pieces == nil:
		return do(f)
	}
	refused, err := suite.Attempt(ctx, conn, func() error { return do(f) })
	if refused != nil && t.Instead == nil {
		return refused
	}
	if refused != nil {
		t.mu.Lock()
		t.refused[query] = refused
		t.mu.Unlock()
	}
	return err
}

// do runs a task over one of the run's own connections.
func (t *taking) do(ctx context.Context, conn *pgconn.PgConn, i int) error {
	a := &answer{Task: i}
	err := t.attempt(ctx, conn, t.tasks[i].Query, func(f *suite.File) error { return t.ask(ctx, conn, f, a) })
	if err == nil && t.Holds != nil {
		err = t.Holds(ctx, conn)
	}
	if err != nil {
		return err
	}
	return t.finish(a)
}

// help runs a task over a helper. If its server refuses, one of the run's own connections decides.
func (t *taking) help(ctx context.Context, h *Helper, i int) error {
	a := &answer{Task: i}
	refused, err := suite.Attempt(ctx, h.Conn, func() error {
		return t.ask(ctx, h.Conn, t.queries[t.tasks[i].Query], a)
	})
	if err == nil && t.Holds != nil {
		err = t.Holds(ctx, h.Conn)
	}
	switch {
	case err != nil:
		return err
	case refused != nil:
		t.pool.Keep(i)
		t.pool.GiveBack(i)
		return nil
	}
	return t.finish(a)
}

// ask runs a query or a piece of one.
func (t *taking) ask(ctx context.Context, conn *pgconn.PgConn, f *suite.File, a *answer) (err error) {
	if piece := t.tasks[a.Task].Piece; piece != "" {
		if t.Known != nil {
			if a.Rows, err = t.Known(ctx, conn, f, piece); a.Rows != nil || err != nil {
				return err
			}
		}
		var rows bytes.Buffer
		_, err := suite.Copy(ctx, conn, f.Piece(piece), &rows)
		a.Rows = rows.Bytes()
		return err
	}
	a.Part, err = whole(ctx, conn, f, t.Options)
	return err
}

// finish adds the answer of a task to the record, once.
func (t *taking) finish(a *answer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.add(a)
	t.tellProgress()
	return err
}

// add is finish while no other member adds.
func (t *taking) add(a *answer) error {
	k := t.tasks[a.Task]
	isRefused := t.refused[k.Query] != nil // a refused query is not part of the record
	if t.isDone[a.Task] {
		return nil
	}
	if !isRefused && k.Piece != "" {
		if err := t.splits[k.Query].add(t.queries[k.Query], a.Rows); err != nil {
			return err
		}
	} else if !isRefused {
		t.parts[k.Query] = a.Part
	}
	t.isDone[a.Task] = true
	t.pool.Done(a.Task)
	if isRefused {
		return nil
	}
	return t.Resume.keep(a)
}

// tellProgress reports the bytes read.
func (t *taking) tellProgress() {
	if done, total := t.bytes(); t.OnProgress != nil && total > 0 {
		t.told = max(t.told, done) // pieces of a query that was refused since then are read again
		t.OnProgress(t.told, total)
	}
}

// bytes returns how many bytes were read of tables that are split, and how many they have; the size of other queries is
// unknown.
func (t *taking) bytes() (done, total int64) {
	done, total = t.before, t.before
	for i, k := range t.tasks {
		if k.Piece == "" {
			continue
		}
		if total += k.Size; t.isDone[i] && t.refused[k.Query] == nil {
			done += k.Size
		}
	}
	return done, total
}

// part is what one query contributes to a record.
type part struct {
	Result  *record.Result  `json:"result"`
	Payload *record.Payload `json:"payload"` // nil, except of canonical_payload
}

// whole runs a complete query.
func whole(ctx context.Context, conn *pgconn.PgConn, f *suite.File, o *Options) (*part, error) {
	var columns []string
	asked := f.WithNames(conn)
	if asked == nil {
		var err error
		if columns, err = record.ColumnsOf(ctx, conn, f); err != nil {
			return nil, err
		}
		asked = f
	}
	s := record.NewSink(f, columns, o.keeps(f))
	if _, err := suite.Copy(ctx, conn, asked, s); err != nil {
		return nil, err
	}
	p := &part{}
	p.Result, p.Payload = s.End()
	return p, nil
}

// join makes a record of the parts of all queries.
func join(parts []*part, queries []*suite.File, phase string) (*record.Record, error) {
	r := &record.Record{}
	for i, p := range parts {
		if p == nil {
			continue
		}
		r.KeySHA256 = cmp.Or(r.KeySHA256, queries[i].KeySHA256())
		r.Results = append(r.Results, p.Result)
		if p.Payload != nil {
			r.Payload = p.Payload
		}
	}
	if err := r.ReadChain(phase); err != nil {
		return nil, err
	}
	return r, nil
}
