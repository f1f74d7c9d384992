package ahead

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const tablesQuery = "invariant/tables"

// readerOf reads each table of db as a piece of its own, whatever its size.
func readerOf(t *testing.T, db *cluster.Database) *Reader {
	s := pgtest.DefaultSuite(t)
	return &Reader{Pieces: s.File("pieces"), Unchanged: s.File("unchanged"), Members: 2,
		Queries: map[string]*suite.File{tablesQuery: s.File(tablesQuery), "invariant/materialized_views": s.File("invariant/materialized_views")},
		Connect: func(ctx context.Context) (*pgx.Conn, error) {
			conn, err := db.Connect(ctx)
			if err == nil {
				err = session.Prepare(ctx, conn, s, 1)
			}
			if err == nil {
				_, err = conn.Exec(ctx, "set pgroundtrip.piece_bytes = 1")
			}
			return conn, err
		}}
}

// tables are restored into the schema s. Each has several blocks, as a piece is a range of them.
const tables = `
	drop schema if exists s cascade; create schema s;
	create table s.t (id int, note text, large text);
	insert into s.t select n, 'n' || n, repeat('x', 200) from generate_series(1, 200) as n;
	insert into s.t select 0, 'toast', string_agg(md5(n::text), '') from generate_series(1, 1000) as n;
	create type s.mood as enum ('fine', 'sad');
	create table s.u (id int, mood s.mood);
	insert into s.u values (1, 'fine'), (2, 'sad');
	create table s.p (id int) partition by range (id);
	create table s.p1 partition of s.p for values from (0) to (10);
	create table s.p2 partition of s.p for values from (10) to (20);
	insert into s.p select generate_series(1, 19);
	create table s.other (id int);
	insert into s.other values (1)`

// waitUntil waits for what another goroutine does.
func waitUntil(t *testing.T, is func() bool) {
	t.Helper()
	for begun := time.Now(); !is(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Error("waited in vain")
			return
		}
	}
}

// isIdle reports whether no piece is left, and none is being read.
func (r *Reader) isIdle(pieces int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.todo) == 0 && len(r.done) == pieces
}

var blocks = regexp.MustCompile(`:[\d:]*`)

// listed returns the pieces of tables.sql, and the name of the table that each is of.
func (r *Reader) listed(t *testing.T, conn *pgx.Conn) map[piece]string {
	t.Helper()
	reader, names := &Reader{Pieces: r.Pieces, Queries: map[string]*suite.File{tablesQuery: r.Queries[tablesQuery]}, Connect: r.Connect}, map[piece]string{}
	reader.list(context.Background())
	for _, p := range reader.todo {
		var name string
		const query = "select string_agg(relname::text, ' and ' order by relname) from pg_class where oid = any ($1::text::oid[])"
		if err := conn.QueryRow(context.Background(), query, blocks.ReplaceAllString(p.text, "")).Scan(&name); err != nil {
			t.Fatal(err)
		}
		names[p] = name
	}
	return names
}

// refreshed returns the tables of which a piece is not vouched for. It fails the test if a piece that is vouched for
// prints something else now.
func (r *Reader) refreshed(t *testing.T, conn *pgx.Conn, pieces map[piece]string) []string {
	t.Helper()
	ctx, again := context.Background(), map[string]bool{}
	if err := session.Begin(ctx, conn, ""); err != nil {
		t.Fatal(err)
	}
	defer conn.Exec(ctx, "rollback")
	for p, name := range pieces {
		f := r.Queries[p.query]
		known, err := r.Known(ctx, conn.PgConn(), f, p.text)
		if err != nil {
			t.Fatal(err)
		}
		again[name] = again[name] || known == nil
		var now bytes.Buffer
		if known != nil {
			if _, err := suite.Copy(ctx, conn.PgConn(), f.Piece(p.text), &now); err != nil || now.String() != string(known) {
				t.Errorf("%s is vouched for, but prints %q, and printed %q; %v", name, now.String(), known, err)
			}
		}
	}
	maps.DeleteFunc(again, func(_ string, is bool) bool { return !is })
	return slices.Sorted(maps.Keys(again))
}

// Whatever code in an archive does to rows that were read ahead, they are read again; what pg_restore does when it
// builds indexes changes none.
func TestWhatChangedSinceItWasReadIsReadAgain(t *testing.T) {
	for _, dir := range pgtest.SomeMajors() {
		server := pgtest.On(t, dir)
		db := pgtest.Scratch(t, server)
		work := pgtest.Connect(t, db)
		ctx, r := context.Background(), readerOf(t, db)
		other, err := r.Connect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close(ctx)
		for _, c := range []struct{ change, want string }{
			{"select 1", ""},
			{"alter table s.t add primary key (id); create index on s.t using gin (string_to_array(note, '1'))", ""},
			{"alter table s.u add primary key (id); alter table s.t add foreign key (id) references s.u not valid", ""},
			{"create index on s.p (id); analyze s.t; alter table s.t alter note set statistics 7", ""},
			{"create view s.v as select * from s.t; create rule r as on insert to s.t do also nothing", ""},
			{"alter table s.t enable row level security; create policy p on s.t; create publication p for table s.u", ""},
			{"vacuum freeze s.t", ""},
			{"begin; delete from s.t; rollback", ""},
			{"delete from s.t where id = 7", "t"},
			{"delete from s.t", "t"},
			{"update s.t set note = note where id = 7", "t"},
			{"set track_counts = off; update s.t set large = large || 'x' where id = 0; reset track_counts", "t"},
			{"delete from s.u where id = 1; select pg_stat_reset()", "u"},
			{"insert into s.t values (300)", "t"},
			{"insert into s.p values (3)", "p1"},
			{"with gone as (delete from s.u where id = 1 returning *) insert into s.u select * from gone", "u"},
			{"begin; savepoint a; update s.u set id = 3 where id = 2; release a; commit", "u"},
			{"do $$ begin begin update s.u set id = 3 where id = 2; exception when others then null; end; end $$", "u"},
			{"truncate s.u", "p and u"},
			{"create table s.kept as table s.u; truncate s.u; insert into s.u table s.kept", "kept, u"},
			{"vacuum full s.u", "u"},
			{"alter table s.u add extra int default 7", "u"},
			{"alter table s.t drop large", "t"},
			{"alter table s.t rename note to notes", "t"},
			{"alter table s.t alter note type varchar", "t"},
			{"alter table s.u rename to w", "w"},
			{"alter table s.u set schema public; drop table public.u", ""},
			{"alter type s.mood rename value 'sad' to 'glad'", "u"},
			{"alter table s.p detach partition s.p2", "p2"},
			{"alter table s.p rename to q", "p1, p2, q"},
			{"drop table s.u; create table s.u as values (1), (2)", "u"},
		} {
			if _, err := work.Exec(ctx, tables); err != nil {
				t.Fatal(err)
			}
			pieces := r.listed(t, other)
			if err := r.During(ctx, func(ctx context.Context) error {
				waitUntil(t, func() bool { return r.isIdle(len(pieces)) })
				for _, text := range strings.Split(c.change, "; ") {
					if strings.Contains(c.change, "do $$") {
						text = c.change
					}
					if _, err := work.Exec(ctx, text); err != nil {
						return fmt.Errorf("%s: %w", text, err)
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.refreshed(t, other, r.listed(t, other)), ", "); got != c.want {
				t.Errorf("%s: %s: read again: %q, want %q", dir, c.change, got, c.want)
			}
		}
	}
}

// A transaction that is open while a table is read can hide what it does until later, with an older number.
func TestAnOpenTransactionIsNotTakenForAnEndedOne(t *testing.T) {
	db := pgtest.Scratch(t, pgtest.Server(t))
	ctx, r, work, open := context.Background(), readerOf(t, db), pgtest.Connect(t, db), pgtest.Connect(t, db)
	other, err := r.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(ctx)
	do := func(conn *pgx.Conn, text string) {
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	do(work, tables)
	do(open, "begin; insert into s.u values (3)")
	do(work, "insert into s.other values (2)") // of a newer transaction
	pieces := r.listed(t, other)
	if err := r.During(ctx, func(context.Context) error {
		waitUntil(t, func() bool { return r.isIdle(len(pieces)) })
		do(work, "delete from s.u where id = 1")
		do(open, "commit")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(r.refreshed(t, other, pieces), ", "); got != "other, u" {
		t.Errorf("read again: %q", got)
	}
}

// A table that pg_restore works on is left for later; nobody waits for the reader, nor it for them.
func TestATableThatIsLockedIsReadLater(t *testing.T) {
	db := pgtest.Scratch(t, pgtest.Server(t))
	ctx, r, work := context.Background(), readerOf(t, db), pgtest.Connect(t, db)
	other, err := r.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(ctx)
	do := func(text string) {
		if _, err := work.Exec(ctx, text); err != nil {
			t.Fatal(err)
		}
	}
	do(tables)
	pieces := r.listed(t, other)
	locked := 0
	for _, name := range pieces {
		if name == "t" {
			locked++
		}
	}
	failed := errors.New("failed")
	for _, want := range []error{nil, failed} {
		err := r.During(ctx, func(context.Context) error {
			do("begin; lock table s.t in access exclusive mode")
			defer do("rollback")
			waitUntil(t, func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.done) == len(pieces)-locked })
			if want == nil {
				do("rollback")
				waitUntil(t, func() bool { return r.isIdle(len(pieces)) })
				do("begin")
			}
			return want
		})
		if err != want || locked == 0 {
			t.Errorf("%v, want %v; %d pieces were locked", err, want, locked)
		}
	}
	waitUntil(t, func() (isGone bool) {
		const query = "select count(*) = 2 from pg_stat_activity where datname = current_database()"
		if err := work.QueryRow(ctx, query).Scan(&isGone); err != nil {
			t.Fatal(err)
		}
		return isGone
	})
}

// What a column prints may depend on more than its value: nothing vouches for that.
func TestOnlyPlainRowsAreReadAhead(t *testing.T) {
	for _, dir := range pgtest.SomeMajors() {
		server := pgtest.On(t, dir)
		db := pgtest.Scratch(t, server)
		ctx, r, work := context.Background(), readerOf(t, db), pgtest.Connect(t, db)
		if _, err := work.Exec(ctx, `create schema s; create domain s.d as int; create type s.c as (a int); create type s.r as range (subtype = int);
			create type s.e as enum ('a'); create table s.plain (a int, b text[], c numrange, d s.e, e s.e[], f timestamptz, g jsonb);
			create table s.domains (a s.d); create table s.rows (a s.c); create table s.ranges (a s.r); create table s.lists (a s.c[]);
			create table s.names (a regclass); create table s.functions (a regproc[]);
			insert into s.plain default values; insert into s.domains default values; insert into s.rows default values;
			insert into s.ranges default values; insert into s.lists default values; insert into s.names default values;
			insert into s.functions default values;
			create materialized view s.view as select 1 as a`); err != nil {
			t.Fatal(err)
		}
		const virtual = 18
		if server.Version.Major >= virtual {
			if _, err := work.Exec(ctx, "create table s.virtual (a int, b int generated always as (a + 1)); insert into s.virtual default values"); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		other, err := r.Connect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close(ctx)
		pieces := r.listed(t, other)
		if err := r.During(ctx, func(context.Context) error {
			waitUntil(t, func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.todo) == 0 })
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for p := range r.done {
			got = append(got, pieces[p])
		}
		if strings.Join(got, ", ") != "plain" {
			t.Errorf("%s: read ahead: %q", dir, got)
		}
	}
}
