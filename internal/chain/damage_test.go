//go:build unix

package chain_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/storytest"
)

// layBare removes everything that would refuse damage to the chain: triggers and constraints. The index of
// the primary key stays, so that the chain is read as in production.
func layBare(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	storytest.MustExec(t, conn, `
		do $$
		declare
			law text;
		begin
			alter table public.audit_events disable trigger all;
			for law in select conname from pg_constraint where conrelid = 'public.audit_events'::regclass loop
				execute format('alter table public.audit_events drop constraint %I', law);
			end loop;
		end
		$$;
		alter table public.audit_events alter seq drop not null, alter row_hash drop not null;
		create index on public.audit_events (seq)`)
}

// A vandal damages a chain at random, reproducibly for a seed. Rows that it leaves with the same seq
// are the same in every column, because the order of other rows with one seq is not defined.
type vandal struct {
	*rand.Rand
	payload     string // the expression that a row's hash is taken over
	first, last int    // the seq of the rows that it damages
}

func newVandal(t testing.TB, seed uint64, first, last int) *vandal {
	t.Helper()
	return &vandal{rand.New(rand.NewPCG(seed, 0)), storytest.PayloadOf(t, "canonical_payload"), first, last}
}

// spree returns up to four damages, each of one or more statements.
func (v *vandal) spree() []string {
	return v.of(append(v.edits(), append(v.losses(), v.intrusions()...)...))
}

// spreeBehind is spree for a vandal that must not touch rows before its first row.
func (v *vandal) spreeBehind() []string { return v.of(append(v.edits(), v.losses()...)) }

func (v *vandal) of(all []func() string) []string {
	var spree []string
	for range v.IntN(5) {
		spree = append(spree, all[v.IntN(len(all))]())
	}
	return spree
}

// seq returns the seq of a row, if no damage has removed it yet.
func (v *vandal) seq() int { return v.first + v.IntN(v.last-v.first+1) }

func (v *vandal) edits() []func() string {
	set := func(format string, args ...any) string {
		return "update public.audit_events set " + fmt.Sprintf(format, args...)
	}
	edit := func(seq int) string {
		column := []string{"id", "actor", "actor_type", "action", "resource_type", "resource_id", "event_category"}[v.IntN(7)]
		return []string{
			set("%s = %s || ' ' where seq = %d", column, column, seq),
			set(`"timestamp" = "timestamp" + '1 microsecond' where seq = %d`, seq),
			set(`details = details || '{"edited": true}' where seq = %d`, seq),
		}[v.IntN(3)]
	}
	return []func() string{
		func() string { return edit(v.seq()) },
		func() string { seq := v.seq(); return edit(seq) + "; " + v.rehash(seq) },
		func() string { return set("prev_hash = row_hash where seq = %d", v.seq()) },
		func() string { return set("prev_hash = null where seq = %d", v.seq()) },
		func() string { return set("row_hash = repeat('0', 64) where seq = %d", v.seq()) },
		func() string { return set("row_hash = null where seq = %d", v.seq()) },
		func() string { return set("row_hash = upper(row_hash) where seq = %d", v.seq()) },
		func() string { seq := v.seq(); return edit(seq) + "; " + v.rewrite(seq) },
	}
}

func (v *vandal) losses() []func() string {
	const from = "delete from public.audit_events where seq "
	return []func() string{
		func() string { return fmt.Sprintf(from+"= %d", v.seq()) },
		func() string { seq := v.seq(); return fmt.Sprintf(from+"between %d and %d", seq, seq+v.IntN(60)) },
		func() string { return fmt.Sprintf(from+"= %d", v.first) },
		func() string { return fmt.Sprintf(from+"> %d", max(v.first, v.last-v.IntN(5))-1) },
		func() string {
			seq := v.seq()
			return fmt.Sprintf(from+"= %d; update public.audit_events set seq = seq - 1 where seq > %d", seq, seq)
		},
	}
}

// intrusions insert rows from elsewhere, or move rows.
func (v *vandal) intrusions() []func() string {
	// free is a condition: nothing has that seq.
	free := func(seq string) string {
		return "not exists (select from public.audit_events where seq is not distinct from " + seq + ")"
	}
	copied := func(to string) string {
		set := strings.ReplaceAll(`'{"seq": TO}'`, "TO", to)
		return fmt.Sprintf("insert into public.audit_events select (jsonb_populate_record(e, %s)).* from "+
			"public.audit_events as e where seq = %d and %s limit 1",
			set, v.seq(), free(to))
	}
	return []func() string{
		func() string { return copied("0") },
		func() string { return copied(fmt.Sprint(-1 - v.IntN(100))) },
		func() string {
			return copied([]string{"9223372036854775806", "9223372036854775807", "-9223372036854775808"}[v.IntN(3)])
		},
		func() string { return copied("null") },
		func() string { return copied(fmt.Sprint(v.last + 1 + v.IntN(200))) },
		func() string {
			return fmt.Sprintf("insert into public.audit_events select * from public.audit_events where seq = %d limit 1",
				v.seq())
		},
		func() string {
			a, b := v.seq(), v.seq()
			return fmt.Sprintf("update public.audit_events set seq = %d - seq where seq in (%d, %d)", a+b, a, b)
		},
		func() string {
			to := fmt.Sprint(v.last + 1 + v.IntN(200))
			return fmt.Sprintf("update public.audit_events set seq = %s where seq = %d and %s", to, v.seq(), free(to))
		},
		func() string {
			return fmt.Sprintf("update public.audit_events set seq = seq + %d where seq between %d and 1000000", 1+v.IntN(80),
				v.seq())
		},
	}
}

// rehash sets a row's hash to that of its current content.
func (v *vandal) rehash(seq int) string {
	return fmt.Sprintf("update public.audit_events set row_hash = encode(sha256(convert_to(%s, 'UTF8')), 'hex') where "+
		"seq = %d", v.payload, seq)
}

// rewrite links and hashes the row and all later ones again, as someone does who wants to hide a change.
func (v *vandal) rewrite(seq int) string {
	return fmt.Sprintf(`
		do $$
		declare
			at record;
			hash text := (select max(row_hash) from public.audit_events where seq = %d);
		begin
			for at in select distinct seq from public.audit_events where seq >= %d order by seq loop
				update public.audit_events set prev_hash = hash where seq = at.seq;
				update public.audit_events set row_hash = encode(sha256(convert_to(%s, 'UTF8')), 'hex') where seq = at.seq;
				hash := (select max(row_hash) from public.audit_events where seq = at.seq);
			end loop;
		end
		$$`, seq-1, seq, v.payload)
}
