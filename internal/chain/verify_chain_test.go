//go:build unix

package chain_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// unguarded is the default schema with twelve events, e1 to e12, and nothing that would refuse
// damage: no triggers, no constraints.
func unguarded(t *testing.T) *pgx.Conn {
	t.Helper()
	_, conn := pgtest.Built(t, pgtest.Server(t))
	storytest.MustExec(t, conn, storytest.Numbered, "e", 12)
	layBare(t, conn)
	return conn
}

// rehash sets a row's hash to that of its current content.
func rehash(t *testing.T, seq int) string {
	t.Helper()
	return fmt.Sprintf("update public.audit_events set row_hash = encode(sha256(convert_to(%s, 'UTF8')), 'hex') where "+
		"seq = %d",
		storytest.PayloadOf(t, "canonical_payload"), seq)
}

// copyOf inserts a copy of the event e7 with some columns changed.
func copyOf(set string) string {
	return "insert into public.audit_events select (jsonb_populate_record(e, " + set +
		")).* from public.audit_events as e where id = 'e7'"
}

// either is the id of one of two rows with the same seq, whose order is not defined.
const either = "*"

// The reasons that verify_chain.sql prints.
const (
	gap     = "gap: expected seq %d, found %d"
	order   = "order: expected seq %d, found %d"
	link    = "link: prev_hash is not the row_hash before it"
	content = "content: row_hash is not the SHA-256 of the payload"
)

func TestVerifyChainFindsTheFirstBreak(t *testing.T) {
	conn := unguarded(t)
	type damage struct {
		name, statement string
		want            storytest.WalkVerdict
	}
	damages := []damage{
		{"none", "select 1", storytest.Whole(12)},
		{"id edited", "update public.audit_events set id = 'edited' where seq = 7",
			storytest.Broken("edited", 6, content, 12)},
		{"details edited", `update public.audit_events set details = '{"a": 1}' where seq = 7`,
			storytest.Broken("e7", 6, content, 12)},
		{"timestamp edited", `update public.audit_events set "timestamp" = "timestamp" + '1 microsecond' where seq = 7`,
			storytest.Broken("e7", 6, content, 12)},
		{"seq edited", "update public.audit_events set seq = 99 where seq = 7",
			storytest.Broken("e8", 6, fmt.Sprintf(gap, 7, 8), 12)},
		{"prev_hash edited", "update public.audit_events set prev_hash = row_hash where seq = 7",
			storytest.Broken("e7", 6, link, 12)},
		{"prev_hash null", "update public.audit_events set prev_hash = null where seq = 7",
			storytest.Broken("e7", 6, link, 12)},
		{"prev_hash of the first row", "update public.audit_events set prev_hash = row_hash where seq = 1",
			storytest.Broken("e1", 0, link, 12)},
		{"prev_hash empty in the first row", "update public.audit_events set prev_hash = '' where seq = 1",
			storytest.Broken("e1", 0, link, 12)},
		{"row_hash edited", "update public.audit_events set row_hash = prev_hash where seq = 7",
			storytest.Broken("e7", 6, content, 12)},
		{"row_hash null", "update public.audit_events set row_hash = null where seq = 7",
			storytest.Broken("e7", 6, content, 12)},
		{"row_hash in upper case", "update public.audit_events set row_hash = upper(row_hash) where seq = 7",
			storytest.Broken("e7", 6, content, 12)},
		{"row_hash null in the last row", "update public.audit_events set row_hash = null where seq = 12",
			storytest.Broken("e12", 11, content, 12)},
		{"every hash null", "update public.audit_events set row_hash = null, prev_hash = null",
			storytest.Broken("e1", 0, content, 12)},
		{"first row deleted", "delete from public.audit_events where seq = 1",
			storytest.Broken("e2", 0, fmt.Sprintf(gap, 1, 2), 11)},
		{"middle row deleted", "delete from public.audit_events where seq = 7",
			storytest.Broken("e8", 6, fmt.Sprintf(gap, 7, 8), 11)},
		{"several rows deleted", "delete from public.audit_events where seq in (5, 7, 8)",
			storytest.Broken("e6", 4, fmt.Sprintf(gap, 5, 6), 9)},
		{"row deleted and the rest renumbered",
			"delete from public.audit_events where seq = 7; update public.audit_events set seq = seq - 1 where seq > 7", storytest.Broken("e8", 6, link, 11)},
		{"rows swapped", "update public.audit_events set seq = 13 - seq where seq in (6, 7)",
			storytest.Broken("e7", 5, link, 12)},
		{"contents swapped", "update public.audit_events set id = case id when 'e6' then 'e7' else 'e6' end where seq in " +
			"(6, 7)", storytest.Broken("e7", 5, content, 12)},
		{"row doubled", copyOf(`'{"id": "e7"}'`), storytest.Broken("e7", 7, fmt.Sprintf(order, 8, 7), 13)},
		{"fork: two rows link to the same one", "update public.audit_events set actor = 'mallory' where seq = 12; " +
			rehash(t, 12) +
			"; insert into public.audit_events select (jsonb_populate_record(e, '{\"id\": \"e12b\"}')).* from " +
			"public.audit_events as e where seq = 12; " + rehash(t, 12),
			storytest.Broken(either, 12, fmt.Sprintf(order, 13, 12), 13)},
		{"row in front, seq 0", copyOf(`'{"seq": 0}'`), storytest.Broken("e7", 0, fmt.Sprintf(order, 1, 0), 13)},
		{"row in front, seq negative", copyOf(`'{"seq": -5}'`), storytest.Broken("e7", 0, fmt.Sprintf(order, 1, -5), 13)},
		{"row far behind", copyOf(`'{"seq": 9223372036854775806}'`),
			storytest.Broken("e7", 12, fmt.Sprintf(gap, 13, 9223372036854775806), 13)},
		{"row in front that the first row links to", copyOf(`'{"seq": 0}'`) +
			"; update public.audit_events set prev_hash = (select row_hash from public.audit_events where seq = 0) where seq " +
			"= 1; " + rehash(t, 1),
			storytest.Broken("e7", 0, fmt.Sprintf(order, 1, 0), 13)},
		{"one row edited and hashed again", "update public.audit_events set actor = 'mallory' where seq = 7; " + rehash(t, 7),
			storytest.Broken("e8", 7, link, 12)},
		{"two breaks", "update public.audit_events set actor = 'mallory' where seq in (3, 9)",
			storytest.Broken("e3", 2, content, 12)},
		{"infinity", `update public.audit_events set "timestamp" = 'infinity' where seq = 7`,
			storytest.Broken("e7", 6, content, 12)},
	}
	for _, column := range []string{"actor", "actor_type", "action", "resource_type", "resource_id", "event_category"} {
		damages = append(damages, damage{column + " edited",
			"update public.audit_events set " + column + " = " + column +
				" || ' ' where seq = 7", storytest.Broken("e7", 6, content, 12)})
	}
	for _, d := range damages {
		t.Run(d.name, func(t *testing.T) {
			storytest.Inside(t, conn, func() {
				storytest.MustExec(t, conn, d.statement)
				got := storytest.Verify(t, conn)
				if d.want.ID == either {
					got.ID = either
				}
				if got != d.want {
					t.Errorf("got %+v, want %+v", got, d.want)
				}
			})
		})
	}
}

// With the index of the primary key the chain is read in blocks of 500 rows: damage at and after block
// boundaries is found as by chain_breaks.sql, which does not use blocks.
func TestVerifyChainFindsTheFirstBreakBetweenItsBlocks(t *testing.T) {
	_, conn := pgtest.Built(t, pgtest.Server(t))
	storytest.MustExec(t, conn, storytest.Numbered, "e", 1203)
	layBare(t, conn)
	storytest.MustExec(t, conn, "analyze public.audit_events")
	if got := storytest.Verify(t, conn); got != storytest.Whole(1203) {
		t.Fatalf("got %+v of a whole chain", got)
	}
	for _, seq := range pgtest.Dealt(t, 5, []int{1, 2, 499, 500, 501, 502, 999, 1000, 1001, 1002, 1202, 1203}) {
		for name, damage := range map[string]string{
			"edited":          "update public.audit_events set actor = 'mallory' where seq = %[1]d",
			"deleted":         "delete from public.audit_events where seq = %[1]d",
			"hashed again":    "update public.audit_events set actor = 'mallory' where seq = %[1]d; %[2]s",
			"prev_hash null":  "update public.audit_events set prev_hash = null where seq = %[1]d",
			"prev_hash empty": "update public.audit_events set prev_hash = '' where seq = %[1]d; %[2]s",
			"row_hash null":   "update public.audit_events set row_hash = null where seq = %[1]d",
			"doubled":         "insert into public.audit_events select * from public.audit_events where seq = %[1]d",
			"many times": "insert into public.audit_events select e.* from public.audit_events as e, " +
				"generate_series(1, 600) where seq = %[1]d",
			"prev_hashes joined": "update public.audit_events as e set prev_hash = case seq when %[1]d then prev_hash || " +
				"'|' || row_hash end where seq in (%[1]d, %[1]d + 1)",
			"the rest moved on":    "update public.audit_events set seq = seq + 1 where seq > %[1]d",
			"the rest is far away": "update public.audit_events set seq = seq + 9223372036854774604 where seq > %[1]d",
		} {
			t.Run(fmt.Sprintf("row %d %s", seq, name), func(t *testing.T) {
				storytest.Inside(t, conn, func() {
					statements := strings.NewReplacer("%[1]d", strconv.Itoa(seq), "%[2]s", rehash(t, seq))
					storytest.MustExec(t, conn, statements.Replace(damage))
					want, breaks := storytest.Whole(storytest.Snapshot(t, conn).Rows), allBreaks(t, conn)
					if len(breaks) > 0 {
						want = storytest.Broken(breaks[0].ID, breaks[0].Pos, breaks[0].Reason, want.Walked)
					}
					if got := storytest.Verify(t, conn); got != want {
						t.Errorf("got %+v, want %+v", got, want)
					}
				})
			})
		}
	}
}

// A chain does not show that its tail was removed, or that all of it was replaced: only a snapshot
// kept elsewhere does.
func TestWhatVerifiesCleanIsSeenInTheSnapshot(t *testing.T) {
	conn := unguarded(t)
	before := storytest.Snapshot(t, conn)
	var again strings.Builder
	again.WriteString("update public.audit_events set actor = 'mallory' where seq = 7;")
	for seq := 7; seq <= 12; seq++ {
		fmt.Fprintf(&again, "update public.audit_events set prev_hash = (select row_hash from public.audit_events where "+
			"seq = %d) where seq = %d; %s;",
			seq-1, seq, rehash(t, seq))
	}
	for _, test := range []struct {
		name, damage string
		walked       int64
	}{
		{"last row deleted", "delete from public.audit_events where seq = 12", 11},
		{"tail deleted", "delete from public.audit_events where seq > 3", 3},
		{"truncated", "truncate public.audit_events", 0},
		{"written again from row 7", again.String(), 12},
	} {
		t.Run(test.name, func(t *testing.T) {
			storytest.Inside(t, conn, func() {
				storytest.MustExec(t, conn, test.damage)
				if got := storytest.Verify(t, conn); got != storytest.Whole(test.walked) {
					t.Errorf("got %+v, want a whole chain of %d", got, test.walked)
				}
				after := storytest.Snapshot(t, conn)
				if after.Hash == before.Hash || after.Rows != test.walked {
					t.Errorf("the snapshot does not show it: %+v before, %+v after", before, after)
				}
			})
		})
	}
}

// A row without a position in the chain is counted, but cannot be walked.
func TestARowWithoutSeqIsMissingFromTheWalk(t *testing.T) {
	conn := unguarded(t)
	storytest.MustExec(t, conn, copyOf(`'{"seq": null}'`))
	if walked, rows := storytest.Verify(t, conn).Walked, storytest.Snapshot(t, conn).Rows; walked != 12 || rows != 13 {
		t.Errorf("walked %d of %d, want 12 of 13", walked, rows)
	}
}

func TestAnEmptyChainIsWhole(t *testing.T) {
	_, conn := pgtest.Built(t, pgtest.Server(t))
	if got := storytest.Verify(t, conn); got != storytest.Whole(0) {
		t.Errorf("got %+v", got)
	}
	if got := storytest.Snapshot(t, conn); got != (storytest.Head{Rows: 0, Hash: ""}) {
		t.Errorf("got %+v", got)
	}
}

func TestARangeOfTheChain(t *testing.T) {
	conn := unguarded(t)
	const editSeventh = "update public.audit_events set actor = 'mallory' where seq = 7"
	for _, test := range []struct {
		name, damage, after, upto string
		want                      storytest.WalkVerdict
		payloads                  int
	}{
		{"all, unset", "select 1", "", "", storytest.Whole(12), 12},
		{"from the start", "select 1", "-1", "", storytest.Whole(12), 12},
		{"behind the first", "select 1", "0", "", storytest.Whole(11), 11},
		{"a piece", "select 1", "2", "4", storytest.Whole(2), 2},
		{"up to the first", "select 1", "", "0", storytest.Whole(1), 1},
		{"the last alone", "select 1", "10", "11", storytest.Whole(1), 1},
		{"behind the end", "select 1", "11", "", storytest.Whole(0), 0},
		{"beyond the end", "select 1", "", "99", storytest.Whole(12), 12},
		{"ends before the break", editSeventh, "", "5", storytest.Whole(6), 6},
		{"ends at the break", editSeventh, "", "6", storytest.Broken("e7", 6, content, 7), 7},
		{"begins at the break", editSeventh, "5", "", storytest.Broken("e7", 6, content, 6), 6},
		{"begins behind the break", editSeventh, "6", "", storytest.Whole(5), 5},
		{"the anchor was hashed again", editSeventh + "; " + rehash(t, 7), "6", "", storytest.Broken("e8", 7, link, 5), 5},
		{"the anchor is missing", "delete from public.audit_events where seq = 7", "6", "",
			storytest.Broken("e8", 6, fmt.Sprintf(gap, 7, 8), 5), 5},
		{"the first behind the anchor is missing", "delete from public.audit_events where seq = 8", "6", "",
			storytest.Broken("e9", 7, fmt.Sprintf(gap, 8, 9), 4), 4},
		{"the anchor has no hash", "update public.audit_events set row_hash = null where seq = 7", "6", "",
			storytest.Broken("e8", 7, link, 5), 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			storytest.Inside(t, conn, func() {
				storytest.MustExec(t, conn, test.damage)
				storytest.MustExec(t, conn,
					"select set_config('pgroundtrip.after_pos', $1, true), set_config('pgroundtrip.upto_pos', $2, true)", test.after, test.upto)
				if got := storytest.Verify(t, conn); got != test.want {
					t.Errorf("got %+v, want %+v", got, test.want)
				}
				if n := storytest.Value[int](t, conn, "select count(*)::int from ("+storytest.QueryText(t, "canonical_payload")+") as c"); n != test.payloads {
					t.Errorf("%d payloads, want %d", n, test.payloads)
				}
			})
		})
	}
}
