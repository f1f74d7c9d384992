//go:build unix

package sql_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// SQLSTATEs that the laws are refused with.
const (
	checkViolation    = "23514"
	notNullViolation  = "23502"
	uniqueViolation   = "23505"
	restrictViolation = "23001"
)

// built is an own database with the default schema and three events.
func built(t *testing.T) *pgx.Conn {
	t.Helper()
	_, conn := pgtest.Built(t, pgtest.Server(t))
	storytest.MustExec(t, conn, storytest.Numbered, "e", 3)
	return conn
}

func TestTableRefusesWhatThePayloadCannotTellApart(t *testing.T) {
	conn := built(t)
	const finite, years = "audit_events_timestamp_is_finite", "audit_events_timestamp_is_in_years_1_to_9999"
	for _, test := range []struct{ moment, constraint string }{
		{"infinity", finite},
		{"-infinity", finite},
		{"0044-03-15 00:00:00+00 BC", years},
		{"0001-12-31 23:59:59.999999+00 BC", years},
		{"10000-01-01 00:00:00+00", years},
		{"9999-12-31 23:59:59.999999-00:01", years},
		{"294276-12-31 23:59:59+00", years},
	} {
		t.Run(test.moment, func(t *testing.T) {
			refused := storytest.Refusal(t, conn, `insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
				values ('x', 'a', 'b', 'c', 'd', 'e', '`+test.moment+`')`)
			if refused.Code != checkViolation || refused.ConstraintName != test.constraint {
				t.Errorf("refused by %q (%s), want %q", refused.ConstraintName, refused.Code, test.constraint)
			}
		})
	}
}

func TestTableRefusesNull(t *testing.T) {
	conn := built(t)
	for _, column := range []string{"id", "actor", "actor_type", "action", "resource_type", "resource_id", "details",
		"event_category", "timestamp"} {
		t.Run(column, func(t *testing.T) {
			given := map[string]string{"id": "'x'", "actor": "'x'", "actor_type": "'x'", "action": "'x'", "resource_type": "'x'",
				"resource_id": "'x'"}
			given[column] = "null"
			var columns, values []string
			for name, v := range given {
				columns, values = append(columns, `"`+name+`"`), append(values, v)
			}
			refused := storytest.Refusal(t, conn, fmt.Sprintf("insert into public.audit_events (%s) values (%s)",
				strings.Join(columns, ", "), strings.Join(values, ", ")))
			if refused.Code != notNullViolation || refused.ColumnName != column {
				t.Errorf("refused with %s for column %q, want not-null of %q", refused.Code, refused.ColumnName, column)
			}
		})
	}
}

// The laws hold by themselves, without the trigger that gives the link.
func TestTableRefusesAnImpossibleLinkWithoutTheTrigger(t *testing.T) {
	conn := built(t)
	const link = `insert into public.audit_events (seq, id, actor, actor_type, action, resource_type, resource_id, prev_hash, row_hash)
		values (%s, %s, 'a', 'b', 'c', 'd', 'e', %s, %s)`
	hash, upper, short := "repeat('a', 64)", "repeat('A', 64)", "repeat('a', 63)"
	for _, test := range []struct{ name, seq, id, prev, row, code, law string }{
		{"seq null", "null", "'x'", hash, hash, notNullViolation, "seq"},
		{"row_hash null", "4", "'x'", hash, "null", notNullViolation, "row_hash"},
		{"seq 0", "0", "'x'", hash, hash, checkViolation, "audit_events_seq_starts_at_1"},
		{"seq negative", "-1", "'x'", hash, hash, checkViolation, "audit_events_seq_starts_at_1"},
		{"prev_hash null in a later row", "4", "'x'", "null", hash, checkViolation,
			"audit_events_only_the_first_row_has_no_prev_hash"},
		{"prev_hash in the first row", "1", "'x'", hash, hash, checkViolation,
			"audit_events_only_the_first_row_has_no_prev_hash"},
		{"prev_hash in upper case", "4", "'x'", upper, hash, checkViolation, "audit_events_prev_hash_is_sha256_hex"},
		{"prev_hash too short", "4", "'x'", short, hash, checkViolation, "audit_events_prev_hash_is_sha256_hex"},
		{"row_hash in upper case", "4", "'x'", hash, upper, checkViolation, "audit_events_row_hash_is_sha256_hex"},
		{"row_hash with a newline behind", "4", "'x'", hash, hash + " || chr(10)", checkViolation,
			"audit_events_row_hash_is_sha256_hex"},
		{"row_hash empty", "4", "'x'", hash, "''", checkViolation, "audit_events_row_hash_is_sha256_hex"},
		{"seq that is taken", "3", "'x'", hash, hash, uniqueViolation, "audit_events_pkey"},
		{"id that is taken", "4", "'e1'", hash, hash, uniqueViolation, "audit_events_id_is_unique"},
	} {
		t.Run(test.name, func(t *testing.T) {
			storytest.Inside(t, conn, func() {
				storytest.MustExec(t, conn, "alter table public.audit_events disable trigger audit_events_link")
				refused := storytest.Refusal(t, conn, fmt.Sprintf(link, test.seq, test.id, test.prev, test.row))
				if law := refused.ConstraintName + refused.ColumnName; refused.Code != test.code || law != test.law {
					t.Errorf("refused by %q (%s), want %q (%s)", law, refused.Code, test.law, test.code)
				}
			})
		})
	}
}

func TestDuplicateIDIsRefusedByName(t *testing.T) {
	refused := storytest.Refusal(t, built(t), storytest.AppendEvents+"values ('e2', 'a', 'b', 'c', 'd', 'e')")
	if refused.Code != uniqueViolation || refused.ConstraintName != "audit_events_id_is_unique" {
		t.Errorf("refused by %q (%s)", refused.ConstraintName, refused.Code)
	}
}

// The event that the tests of brought links insert, and the link that is right for it after the
// three events of built.
const broughtEvent = `insert into public.audit_events (seq, id, actor, actor_type, action, resource_type, resource_id, "timestamp", prev_hash, row_hash)
	values (%s, 'brought', 'a', 'b', 'c', 'd', 'e', '2026-01-01 00:00:00+00', %s, %s)`

func rightLink(t *testing.T, conn *pgx.Conn) (seq, prevHash, rowHash string) {
	t.Helper()
	storytest.Inside(t, conn, func() {
		storytest.MustExec(t, conn, fmt.Sprintf(broughtEvent, "null", "null", "null"))
		err := conn.QueryRow(context.Background(), "select seq::text, quote_nullable(prev_hash), quote_literal(row_hash) "+
			"from public.audit_events where id = 'brought'").
			Scan(&seq, &prevHash, &rowHash)
		if err != nil {
			t.Fatal(err)
		}
	})
	return seq, prevHash, rowHash
}

func TestABroughtLinkIsAcceptedOnlyIfItIsTheRightOne(t *testing.T) {
	conn := built(t)
	seq, prev, row := rightLink(t, conn)
	other := "'" + strings.Repeat("0", 64) + "'"
	for _, test := range []struct{ name, seq, prev, row string }{
		{"forged row_hash", seq, prev, other},
		{"forged prev_hash", seq, other, row},
		{"prev_hash of another row", seq, "(select row_hash from public.audit_events where seq = 2)", row},
		{"seq ahead", "5", prev, row},
		{"seq behind", "3", prev, row},
		{"seq 0", "0", prev, row},
		{"only seq", seq, "null", "null"},
		{"only prev_hash", "null", prev, "null"},
		{"only row_hash", "null", "null", row},
		{"without seq", "null", prev, row},
		{"without prev_hash", seq, "null", row},
		{"without row_hash", seq, prev, "null"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, role := range []string{"origin", "replica"} {
				storytest.Inside(t, conn, func() {
					storytest.MustExec(t, conn, "set local session_replication_role = "+role)
					refused := storytest.Refusal(t, conn, fmt.Sprintf(broughtEvent, test.seq, test.prev, test.row))
					if refused.Code != checkViolation || refused.ConstraintName != "audit_events_link" {
						t.Errorf("%s: refused by %q (%s)", role, refused.ConstraintName, refused.Code)
					}
					if !strings.Contains(refused.Message, `"brought"`) || !strings.Contains(refused.Detail, row) ||
						refused.Hint == "" {
						t.Errorf("%s: the error does not say what is wrong: %s\n%s\n%s", role, refused.Message, refused.Detail,
							refused.Hint)
					}
				})
			}
		})
	}
	t.Run("right link", func(t *testing.T) {
		storytest.MustExec(t, conn, fmt.Sprintf(broughtEvent, seq, prev, row))
		storytest.MustExec(t, conn, storytest.Numbered, "after", 2)
		if got := storytest.Verify(t, conn); got != storytest.Whole(6) {
			t.Errorf("got %+v", got)
		}
	})
}

// A first row that brings its link has no prev_hash to bring.
func TestABroughtFirstRowIsAccepted(t *testing.T) {
	_, conn := pgtest.Built(t, pgtest.Server(t))
	seq, _, row := rightLink(t, conn)
	refused := storytest.Refusal(t, conn, fmt.Sprintf(broughtEvent, "2", "null", row))
	if refused.ConstraintName != "audit_events_link" {
		t.Errorf("refused by %q", refused.ConstraintName)
	}
	storytest.MustExec(t, conn, fmt.Sprintf(broughtEvent, seq, "null", row))
	if got := storytest.Verify(t, conn); got != storytest.Whole(1) {
		t.Errorf("got %+v", got)
	}
}

func TestTheTableIsAppendOnly(t *testing.T) {
	conn := built(t)
	statements := []string{
		"update public.audit_events set actor = 'x' where seq = 2",
		"update public.audit_events set actor = actor",
		"update public.audit_events set actor = 'x' where false",
		"update only public.audit_events set row_hash = null",
		"delete from public.audit_events where seq = 3",
		"delete from public.audit_events",
		"delete from public.audit_events where false",
		"truncate public.audit_events",
		"truncate public.audit_events, public.audit_chain_lock cascade",
		storytest.AppendEvents + "values ('e1', 'a', 'b', 'c', 'd', 'e') on conflict (id) do update set actor = 'x'",
		"with gone as (delete from public.audit_events returning *) select * from gone",
	}
	if pgtest.Server(t).Version.Major >= 15 {
		statements = append(statements,
			"merge into public.audit_events using (values (1)) as v (n) on seq = n when matched then delete")
	}
	before := storytest.Snapshot(t, conn)
	for _, statement := range statements {
		for _, role := range []string{"origin", "replica", "local"} {
			t.Run(role+": "+statement, func(t *testing.T) {
				storytest.Inside(t, conn, func() {
					storytest.MustExec(t, conn, "set local session_replication_role = "+role)
					refused := storytest.Refusal(t, conn, statement)
					if refused.Code != restrictViolation || refused.TableName != "audit_events" ||
						!strings.Contains(refused.Message, "append-only") {
						t.Errorf("refused with %s: %s", refused.Code, refused.Message)
					}
				})
			})
		}
	}
	if after := storytest.Snapshot(t, conn); after != before {
		t.Errorf("%+v before, %+v after", before, after)
	}
}

// An event that meets "on conflict do nothing" went through the trigger and is not there: those
// behind it must neither be lost nor refused.
func TestAnEventSkippedOnConflictLosesNoOther(t *testing.T) {
	const skipping = storytest.AppendEvents + "select 'e' || n, 'a', 'b', 'c', 'd', 'e' from unnest($1::int[]) with " +
		"ordinality as u (n, place) order by place on conflict "
	for _, on := range []string{"do nothing", "(id) do nothing"} {
		t.Run(on, func(t *testing.T) {
			conn := built(t)
			storytest.MustExec(t, conn, "begin")
			storytest.MustExec(t, conn, skipping+on, []int{2, 4, 4, 1, 5, 3})
			storytest.MustExec(t, conn, skipping+on, []int{1, 2, 3})
			storytest.MustExec(t, conn, "savepoint s")
			storytest.MustExec(t, conn, skipping+on, []int{6, 1})
			storytest.MustExec(t, conn, "rollback to s")
			storytest.MustExec(t, conn, skipping+on, []int{1, 7})
			storytest.MustExec(t, conn, "commit")
			ids := storytest.Value[string](t, conn, "select string_agg(id, ' ' order by seq) from public.audit_events")
			if want := "e1 e2 e3 e4 e5 e7"; ids != want {
				t.Errorf("events %s, want %s", ids, want)
			}
			if got := storytest.Verify(t, conn); got != storytest.Whole(6) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestTheLockTableKeepsOneRow(t *testing.T) {
	conn := built(t)
	for _, role := range []string{"origin", "replica"} {
		storytest.MustExec(t, conn, "set session_replication_role = "+role)
		for _, row := range []string{"default values", "values (true)", "values (false)",
			"select true from generate_series(1, 3)"} {
			storytest.MustExec(t, conn, "insert into public.audit_chain_lock "+row)
		}
	}
	storytest.MustExec(t, conn, "reset session_replication_role")
	if n := storytest.Value[int](t, conn, "select count(*)::int from public.audit_chain_lock where is_locked"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestAMissingLockRowSaysWhatToDo(t *testing.T) {
	conn := built(t)
	storytest.MustExec(t, conn, "delete from public.audit_chain_lock")
	refused := storytest.Refusal(t, conn, fmt.Sprintf(broughtEvent, "null", "null", "null"))
	if refused.Code != "55000" || refused.Message != "audit_chain_lock has lost its row" {
		t.Fatalf("refused with %s: %s", refused.Code, refused.Message)
	}
	repair, found := strings.CutPrefix(refused.Hint, "Put it back: ")
	if !found {
		t.Fatalf("hint: %s", refused.Hint)
	}
	storytest.MustExec(t, conn, repair)
	storytest.MustExec(t, conn, fmt.Sprintf(broughtEvent, "null", "null", "null"))
}

// What a transaction remembers of the chain in settings cannot be used to forge it.
func TestForgedSettingsCannotForkTheChain(t *testing.T) {
	conn := built(t)
	const one = storytest.AppendEvents + "values ('forged', 'a', 'b', 'c', 'd', 'e')"
	for _, tail := range []string{"'1'", "'0'", "'2'", "''", "'x'", "null"} {
		t.Run("tail "+tail, func(t *testing.T) {
			storytest.MustExec(t, conn, "begin")
			storytest.MustExec(t, conn,
				"select set_config('audit_chain.locked_by', pg_current_xact_id()::text, true), set_config('audit_chain.tail', "+tail+", true)")
			_, err := conn.Exec(context.Background(), one)
			if err == nil {
				t.Error("not refused")
			}
			storytest.MustExec(t, conn, "rollback")
		})
	}
	t.Run("a tail ahead of the chain", func(t *testing.T) {
		storytest.Inside(t, conn, func() {
			storytest.MustExec(t, conn, "select set_config('audit_chain.locked_by', pg_current_xact_id()::text, true), "+
				"set_config('audit_chain.tail', '99', true)")
			storytest.MustExec(t, conn, one)
			if got := storytest.Verify(t, conn); got != storytest.Whole(4) {
				t.Errorf("got %+v", got)
			}
		})
	})
}

func TestEveryObjectHasAComment(t *testing.T) {
	bare := storytest.Value[[]string](t, built(t), `
		select coalesce(array_agg(object order by object), '{}')
		from (
			select relname::text, obj_description(oid, 'pg_class') from pg_class
			where relnamespace = 'public'::regnamespace and relkind not in ('i', 't')
			union all
			select relname || '.' || attname, col_description(attrelid, attnum)
			from pg_attribute join pg_class on pg_class.oid = attrelid
			where relname = 'audit_events' and attnum > 0
			union all
			select proname, obj_description(oid, 'pg_proc') from pg_proc where pronamespace = 'public'::regnamespace
			union all
			select tgname, obj_description(pg_trigger.oid, 'pg_trigger') from pg_trigger where not tgisinternal
		) as all_objects (object, comment)
		where coalesce(comment, '') = ''`)
	if len(bare) > 0 {
		t.Errorf("without a comment: %s", strings.Join(bare, ", "))
	}
}

func TestEveryFunctionPinsItsSearchPath(t *testing.T) {
	loose := storytest.Value[[]string](t, built(t), `
		select coalesce(array_agg(proname::text), '{}') from pg_proc
		where pronamespace = 'public'::regnamespace
			and ('search_path=pg_catalog, pg_temp' = any(proconfig)) is not true`)
	if len(loose) > 0 {
		t.Errorf("search_path is not pinned: %s", strings.Join(loose, ", "))
	}
}
