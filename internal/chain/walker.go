package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/merkle"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
)

// A walker is a connection that walks ranges of the chain, within the session.Limits of a server in use.
type walker struct {
	conn  *pgx.Conn
	about session.Limits
	where string // the server, for people

	hashes []byte // of the rows of a range
}

// open connects with the suite's settings. Timeouts that are set for the role stay in force. If there is none for
// locks, a lock is waited for as long as for a standby: behind a session that waits to change the table, all others
// would wait without end.
func (v *Walk) open(ctx context.Context, server *cluster.Server) (*walker, error) {
	conn, err := server.ConnectAsGuest(ctx)
	if err != nil {
		return nil, err
	}
	w := &walker{conn: conn, where: server.Describe()}
	v.mu.Lock()
	v.pids = append(v.pids, int32(conn.PgConn().PID()))
	v.mu.Unlock()
	if err := w.settle(ctx, v); err != nil {
		w.close()
		return nil, w.explain(err)
	}
	return w, nil
}

func (w *walker) settle(ctx context.Context, v *Walk) (err error) {
	if w.about, err = session.AskLimits(ctx, w.conn); err != nil {
		return err
	}
	if err := session.Prepare(ctx, w.conn, v.Suite, session.DefaultRows); err != nil {
		return err
	}
	lock := w.about.LockTimeout
	if lock == "0" {
		lock = strconv.FormatInt(max(v.Wait.Milliseconds(), 1), 10)
	}
	_, err = w.conn.Exec(ctx, "select set_config('statement_timeout', '0', false), set_config('lock_timeout', $1, false)",
		lock)
	return err
}

func (w *walker) close() { w.conn.Close(context.Background()) } // read-only: nothing to lose

// take takes the record of some queries over a range.
func (w *walker) take(ctx context.Context, p span, queries ...*suite.File) (r *record.Record, err error) {
	err = w.within(ctx, p, func() (err error) { r, err = w.record(ctx, queries...); return err })
	return r, err
}

func (w *walker) record(ctx context.Context, queries ...*suite.File) (*record.Record, error) {
	return take.Record(ctx, session.Wires(w.conn), queries, take.Options{Phase: "verify"})
}

// within asks about a range. A failure does not end the transaction, which holds the snapshot: the role's
// statement_timeout limits the queries of the range alone, never the savepoint around them.
func (w *walker) within(ctx context.Context, p span, ask func() error) error {
	const enter = "savepoint span; select set_config('statement_timeout', %s, true), " +
		"set_config('pgroundtrip.after_pos', %s, true), set_config('pgroundtrip.upto_pos', %s, true)"
	const leave = "rollback to span; release span"
	if _, err := w.conn.Exec(ctx, fmt.Sprintf(enter, session.Literal(w.about.StatementTimeout), session.Literal(p.After),
		session.Literal(p.Upto))); err != nil {
		return err
	}
	err := ask()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if w.conn.IsClosed() {
		return err
	}
	_, leaveErr := w.conn.Exec(ctx, leave)
	if w.timedOut(leaveErr) { // its error has ended the limit
		_, leaveErr = w.conn.Exec(ctx, leave)
	}
	return errors.Join(err, leaveErr)
}

// walk returns the answer for a range. If statement_timeout ends the query, it walks the halves of the range.
func (w *walker) walk(ctx context.Context, v *Walk, p span) (*answer, error) {
	var r *record.Record
	var tree *merkle.Tree
	err := w.within(ctx, p, func() (err error) {
		if v.Tree {
			if _, err := w.conn.Exec(ctx, "set local pgroundtrip.row_hashes = 'wanted'"); err != nil {
				return err
			}
		}
		r, err = w.record(ctx, v.asked()...)
		if err == nil && v.Tree && r.Chain.IsWhole() {
			tree, err = w.readTree(ctx, v, p)
		}
		return err
	})
	if w.timedOut(err) {
		return w.walkHalves(ctx, v, p, err)
	}
	if err != nil {
		return nil, w.explain(err)
	}
	a := &answer{Snapshot: *r.Chain, Tree: tree}
	if r.Payload != nil {
		a.FirstFault, a.Faults = r.Payload.First, r.Payload.Faults
	}
	if v.AllBreaks && !a.Snapshot.IsWhole() {
		if a.Breaks, err = w.listBreaks(ctx, v, p); err != nil {
			return nil, w.explain(err)
		}
	}
	return a, nil
}

// readTree builds the tree of the row hashes that verify_chain.sql has stored for a range.
func (w *walker) readTree(ctx context.Context, v *Walk, p span) (*merkle.Tree, error) {
	tree := merkle.New(p.First, v.proofs...)
	rows, err := w.conn.Query(ctx, `
		select current_setting('pgroundtrip.row_hashes_' || n)
		from generate_series(1, current_setting('pgroundtrip.row_hashes')::int) as n
		order by n`)
	if err != nil {
		return nil, err
	}
	// All are read before the first is hashed: a server that waits for the reader costs more than a copy.
	w.hashes = w.hashes[:0]
	for rows.Next() {
		if len(w.hashes) > 0 {
			w.hashes = append(w.hashes, '|')
		}
		w.hashes = append(w.hashes, rows.RawValues()[0]...)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return tree, tree.Add(w.hashes)
}

func (w *walker) timedOut(err error) bool {
	return sqlstate.Of(err) == sqlstate.Canceled && w.about.StatementTimeout != "0"
}

// walkHalves walks the halves of a range that took too long for one statement.
func (w *walker) walkHalves(ctx context.Context, v *Walk, p span, cut error) (*answer, error) {
	end, err := strconv.ParseInt(p.Upto, 10, 64)
	if p.isOpen() {
		end, err = max(v.state.RowCount-1, p.First), nil
	}
	rows := end + 1 - p.First
	if err != nil || rows < 2 || !v.Suite.File("verify_chain").TakesRange() {
		return nil, w.explain(cut)
	}
	halves := p.halves(rows)
	for i := range halves {
		if halves[i].Answer, err = w.walk(ctx, v, halves[i]); err != nil {
			return nil, err
		}
	}
	return merge(halves[:], p.First), nil
}

// listBreaks lists every break in a range.
func (w *walker) listBreaks(ctx context.Context, v *Walk, p span) (*record.Breaks, error) {
	b := newBreaks()
	add := func(_ int64, values []string) error {
		pos, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil {
			return fmt.Errorf("chain_breaks.sql: break_pos is %q, not a number", values[0])
		}
		b.Total++
		b.ByClass[values[2]]++
		if len(b.First) < shownBreaks {
			b.First = append(b.First, record.Break{Pos: pos, ID: values[1], Class: values[2], Reason: values[3]})
		}
		return nil
	}
	return b, w.within(ctx, p, func() error {
		_, err := record.EachRow(ctx, w.conn.PgConn(), v.Suite.File("chain_breaks"), add)
		return err
	})
}

// sessions returns the backend process ids of this run's own connections to any server.
func (v *Walk) sessions() []int32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.pids)
}

// idle waits while more other sessions are active on the server than -max-load allows.
func (w *walker) idle(ctx context.Context, v *Walk) error {
	if v.MaxLoad < 0 {
		return nil
	}
	for told := false; ; told = true {
		var active, hidden int
		err := w.conn.QueryRow(ctx, `
			with fresh as materialized (select pg_stat_clear_snapshot())
			select count(*) filter (where backend_type = 'client backend' and state = 'active'),
				count(*) filter (where backend_type is null)
			from fresh, pg_stat_activity
			where datid is not null and pid <> all ($1::int[])`, v.sessions()).Scan(&active, &hidden)
		switch {
		case err != nil:
			return fmt.Errorf("could not find out how busy the server is: %w", err)
		case hidden > 0:
			return hint.With(errors.New("-max-load: this role may not see whether other sessions are active"),
				"grant pg_read_all_stats to it, or leave -max-load away")
		case active <= v.MaxLoad:
			return nil
		case !told:
			v.Log("paused: %d other sessions are active on the %s, -max-load is %d", active, w.where, v.MaxLoad)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Second):
		}
	}
}

// explain adds what to do about a timeout that is set for the role.
func (w *walker) explain(err error) error {
	switch {
	case sqlstate.Of(err) == sqlstate.NoLock:
		return hint.With(err, "another session holds the table, or waits for it, in ACCESS EXCLUSIVE MODE: "+
			"verify when it is done (pg_blocking_pids names them), or allow more time with -timeout")
	case w.timedOut(err):
		limit := "statement_timeout"
		if w.about.StatementTimeout != "" { // otherwise a setting of ours ended the query
			limit += " = " + w.about.StatementTimeout
		}
		return hint.With(fmt.Errorf("%s cut it short: %w", limit, err),
			"allow this role more: alter role ... set statement_timeout, or options='-c statement_timeout=5min' in the DSN")
	}
	return err
}
