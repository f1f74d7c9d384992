package take

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// parity counts the even and the odd numbers up to 10, and is cut into ranges of them. "{}" reads none.
const parity = `-- parity.sql
--
-- Key      name
-- Splits   by a range of numbers
-- Adds     count, sum
with asked as (
    select nullif(nullif(current_setting('pgroundtrip.piece', true), ''), '{}') as piece, current_setting('pgroundtrip.piece', true) = '{}' as nothing
)
select
    name,
    'a	b' as other,
    case when name <> 'none' then count(n) end as count,
    case when name <> 'none' then coalesce(sum(n), 0) end * 10000000000000000000 as sum
from (values ('odd', 1), ('even', 0), ('none', 2)) as names (name, rest)
cross join asked
left join generate_series(1, 10) as n on n % 2 = rest and nothing is not true
    and (piece is null or n between split_part(piece, '-', 1)::int and split_part(piece, '-', 2)::int)
where true
group by name
order by name desc`

// parityPieces are pieces of it.
const parityPieces = `select query, piece, size
from (values ('invariant/parity', '1-2', 1::bigint), ('invariant/parity', '3-8', 3), ('invariant/parity', '9-10', 2)) as p (query, piece, size)
order by size`

// crewOf opens connections to a scratch database, each in a transaction.
func crewOf(t *testing.T, n int) (conns []*pgconn.PgConn) {
	t.Helper()
	db := pgtest.Scratch(t, pgtest.Server(t))
	for range n {
		conn := pgtest.Connect(t, db)
		if _, err := conn.Exec(context.Background(), "begin"); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn.PgConn())
	}
	return conns
}

func TestPiecesAddUpToTheResultOfOneConnection(t *testing.T) {
	s := own(t, "invariant/parity", parity, "invariant/whole", "select 1 as a order by a", "pieces", parityPieces)
	var want *record.Record
	for _, n := range []int{1, 2, 7} {
		got, err := Record(context.Background(), crewOf(t, n), s.Queries(), Options{Pieces: s.File("pieces"), KeepAll: true})
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d connections: %+v\nwant %+v", n, got.Results[0], want.Results[0])
		}
	}
	if got := want.Results[0].Kept[0]; got != `odd	a\tb	5	250000000000000000000` {
		t.Errorf("the first row is %q", got)
	}
}

func TestPiecesThatAreNotTheWholeAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ query, pieces, want string }{
		"a query of no piece": {parity, strings.Replace(parityPieces, "('invariant/parity', '1-2', 1::bigint), ",
			"('invariant/other', '', 1::bigint), ", 1), ""},
		"a row that no piece names": {strings.Replace(parity, "where true", "where name <> 'even' or piece is null", 1),
			parityPieces, "pieces.sql lists no piece of own/invariant/parity.sql for its row even"},
		"a row that the whole has not": {strings.Replace(parity, "where true", "where name <> 'even' or nothing is not true",
			1),
			parityPieces, "prints a row for a piece (even) that it does not print for all"},
		"NULL and a number": {strings.Replace(parity, "coalesce(sum(n), 0)", "sum(n)", 1), parityPieces,
			`column sum: "\\N" and`},
		"a column that is not there": {strings.Replace(parity, "Adds     count, sum", "Adds     total", 1), parityPieces,
			"adds up a column total, which it does not print"},
		"a text": {strings.Replace(parity, "Adds     count, sum", "Adds     other", 1), parityPieces,
			"they must be whole numbers"},
	} {
		t.Run(name, func(t *testing.T) {
			s := own(t, "invariant/parity", c.query, "pieces", c.pieces)
			_, err := Record(context.Background(), crewOf(t, 2), s.Queries(), Options{Pieces: s.File("pieces")})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestAQueryWithoutPiecesStaysWhole: neither Splits alone nor a list alone cuts it.
func TestAQueryWithoutPiecesStaysWhole(t *testing.T) {
	other := strings.ReplaceAll(parityPieces, "invariant/parity", "invariant/whole")
	s := own(t, "invariant/parity", strings.Replace(parity, "where true", "where 1 / length(coalesce(piece, 'whole')) = 0",
		1),
		"invariant/whole", "select 1 as a order by a", "pieces", other)
	r, err := Record(context.Background(), crewOf(t, 3), s.Queries(), Options{Pieces: s.File("pieces")})
	if err != nil || r.Results[0].Rows != 3 || r.Results[1].Rows != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestARefusedPieceIsARefusedQuery, and what is taken in its place is cut again. The progress has one total, and does not
// go back.
func TestARefusedPieceIsARefusedQuery(t *testing.T) {
	s := own(t, "invariant/parity", strings.Replace(parity, "where true",
		"where 1 / (length(current_setting('pgroundtrip.skip', true)) - 2 + case when piece like '9%' then 0 else 1 end) < 2", 1),
		"pieces", parityPieces)
	var refused []string
	var done, totals []int64
	o := Options{Pieces: s.File("pieces"), OnProgress: func(n, total int64) {
		done, totals = append(done, n), append(totals, total)
	}, Instead: func(f *suite.File, cause error) (*suite.File, error) {
		refused = append(refused, cause.Error())
		return f.Without([]string{"100"}), nil
	}}
	r, err := Record(context.Background(), crewOf(t, 3), s.Queries(), o)
	if err != nil || len(refused) != 1 || !strings.Contains(refused[0], "division by zero") {
		t.Fatalf("refused %q, %v", refused, err)
	}
	if got := r.Results[0]; got.Rows != 3 || got.Skipped[0] != "100" {
		t.Errorf("%+v", got)
	}
	if last := len(done) - 1; !slices.IsSorted(done) || slices.Min(totals) != slices.Max(totals) || done[last] != totals[last] {
		t.Errorf("progress: %d of %d", done, totals)
	}
}

// TestAMemberThatDiesEndsTheOthers: one error with its cause, soon.
func TestAMemberThatDiesEndsTheOthers(t *testing.T) {
	s := own(t, "invariant/a", "select pg_sleep(60)::text as a order by a", "invariant/b",
		"select pg_sleep(60)::text as a order by a")
	ctx := context.Background()
	conns := crewOf(t, 2)
	control := connect(t)
	begun := time.Now()
	ended := make(chan error, 1)
	time.AfterFunc(500*time.Millisecond, func() {
		_, err := control.Exec(ctx, "select pg_terminate_backend($1)", int32(conns[1].PID()))
		ended <- err
	})
	_, err := Record(ctx, conns, s.Queries(), Options{})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if err == nil || !strings.Contains(err.Error(), "terminating connection due to administrator command") ||
		strings.Contains(err.Error(), "context canceled") {
		t.Errorf("%v", err)
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestACancelledRecordSaysWhy(t *testing.T) {
	s := own(t, "invariant/a", "select pg_sleep(60)::text as a order by a", "invariant/b", "select 1 as a order by a",
		"invariant/c", "select 1 as a order by a")
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := Record(ctx, crewOf(t, 3), s.Queries(), Options{}); err == nil ||
		!strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
		t.Errorf("%v", err)
	}
}
