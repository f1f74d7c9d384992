//go:build unix

package roundtrip_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// TestTwoRecordsOfTheZoo: a record of the source and one of its copy, compared as files without a server, are the same
// on every major and on the newest; at full length, on every newer one.
func TestTwoRecordsOfTheZoo(t *testing.T) {
	servers := storytest.EveryMajor(t)
	for i, source := range servers {
		zoo := storytest.LoadFolder(t, source, storytest.ZooFolder)
		before, b := storytest.Recorded(t, zoo), storytest.TakeDump(t, zoo, nil)
		for _, target := range storytest.SameAndNewest(servers[i:]) {
			t.Run(fmt.Sprintf("%d to %d", source.Version.Major, target.Version.Major), func(t *testing.T) {
				storytest.RequirePass(t, storytest.Compared(t, before, storytest.Recorded(t, storytest.Copied(t, target, b)), nil))
			})
		}
	}
}

// TestTwoRecordsNameAnEdit: of a row, a definition, a sequence, a row that is gone, as files and between live
// databases.
func TestTwoRecordsNameAnEdit(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, `create table public.pay (id int primary key, note text, n int, m int, at timestamptz default '2026-01-01 00:00:00+00');
		insert into public.pay select n, 'note ' || n from generate_series(1, 50) as n;
		create sequence public.tickets; select setval('public.tickets', 7);
		create view public.notes as select note from public.pay where id > 3;
		create view public.sums as select id from public.pay where 1 = n - (m - id);
		create index pay_note on public.pay (note)`)
	report, _, err := roundtrip.Record(context.Background(),
		&roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: source, Tool: "test"})
	if err != nil {
		t.Fatal(err)
	}
	storytest.RequirePass(t, report) // a database without a chain is recorded all the same
	before := storytest.Recorded(t, source)
	copy := storytest.Copied(t, server, storytest.TakeDump(t, source, nil))
	conn := storytest.Connection(t, copy)
	const view = "create or replace view public.notes as select note from public.pay where id "
	const sum = "create or replace view public.sums as select id from public.pay where 1 = "
	for _, tt := range pgtest.Dealt(t, 3, []struct{ name, damage, repair, check, named string }{
		{"a changed row", "update public.pay set note = 'other' where id = 7", "update public.pay set note = 'note 7' where id = 7",
			"tables", "public table=pay"},
		{"a lost row", "delete from public.pay where id = 9", "insert into public.pay values (9, 'note 9')", "tables", "row_count"},
		{"a lost index", "drop index public.pay_note", "create index pay_note on public.pay (note)", "indexes", "pay_note"},
		{"a sequence set back", "select setval('public.tickets', 3)", "select setval('public.tickets', 7)", "sequences", "tickets"},
		{"another constant in a view", view + "> 4", view + "> 3", "views", "notes"},
		{"another operator in a view", view + "< 3", view + "> 3", "views", "notes"},
		{"other parentheses in a view", sum + "n - m - id", sum + "n - (m - id)", "views", "sums"},
		{"another cast in a view", sum + "n - (m - id)::int2", sum + "n - (m - id)", "views", "sums"},
	}) {
		t.Run(tt.name, func(t *testing.T) {
			storytest.RequirePass(t, storytest.Compared(t, before, storytest.Recorded(t, copy), nil))
			storytest.MustExec(t, conn, tt.damage)
			defer storytest.MustExec(t, conn, tt.repair)
			for name, side := range map[string]roundtrip.Side{"files": storytest.Recorded(t, copy),
				"a file and a server": {Name: "copy", Server: copy}} {
				o := storytest.Compared(t, before, side, nil)
				if failed := o.Failed(); !slices.Contains(failed, "record/invariant/"+tt.check) ||
					!strings.Contains(storytest.Sayings(o, "record/invariant/"+tt.check), tt.named) {
					t.Errorf("%s: failed %q: %s", name, failed, storytest.Sayings(o, "record/invariant/"+tt.check))
				}
			}
			o := storytest.Compared(t, roundtrip.Side{Name: "source", Server: source}, roundtrip.Side{Name: "copy", Server: copy},
				func(o *roundtrip.CompareOptions) { o.Recheck = time.Second })
			if said := storytest.Sayings(o, "record/invariant/"+tt.check); o.Verdict() != verdict.Fail {
				t.Errorf("two servers: %s: %s", o.Verdict(), said)
			} else if tt.name == "a changed row" && !strings.Contains(said, "Key:id=7") {
				t.Errorf("the row is not named: %s", said)
			}
		})
	}
}

// TestEventsThatArriveLateAreNoDifference: two live databases are checked again, and so is their chain.
func TestEventsThatArriveLateAreNoDifference(t *testing.T) {
	server := pgtest.Server(t)
	db, conn := pgtest.Built(t, server)
	storytest.MustExec(t, conn, storytest.Numbered, "e", 5)
	storytest.MustExec(t, conn, "create table public.kept as table public.audit_events")
	source := storytest.At(t, server, "dbname", db.Name)
	late := storytest.Copied(t, server, storytest.TakeDump(t, source, nil))
	storytest.MustExec(t, conn, unguard)
	conn = storytest.Connection(t, late)
	storytest.MustExec(t, conn, unguard+"delete from public.audit_events where seq > 3")
	sides := func(recheck time.Duration) *verdict.Report {
		return storytest.Compared(t, roundtrip.Side{Name: "source", Server: source}, roundtrip.Side{Name: "late", Server: late},
			func(o *roundtrip.CompareOptions) { o.Recheck = recheck })
	}
	if o := sides(0); !slices.Contains(o.Failed(), "row_count") {
		t.Errorf("without a second look: failed %q", o.Failed())
	}
	arrived := make(chan error, 1)
	go func() {
		time.Sleep(1500 * time.Millisecond)
		_, err := conn.Exec(context.Background(), "insert into public.audit_events select * from public.kept where seq > 3")
		arrived <- err
	}()
	o := sides(20 * time.Second)
	if err := <-arrived; err != nil {
		t.Fatal(err)
	}
	storytest.RequirePass(t, o)
}

// TestExpectedDifferences: a declared difference is excused in the row and column that it names, and in no other.
// TestAnotherCollationIsExplained: text sorts differently there, so indexes that were copied and not built can be wrong.
func TestAnotherCollationIsExplained(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), "create table public.t (x text primary key)")
	for name, c := range pgtest.DealtByName(t, 2, map[string]struct {
		a, b string
		want bool
	}{
		"another version":    {"2.36", "2.41", true},
		"the same":           {"2.36", "2.36", false},
		"a without versions": {"", "2.41", false},
		"b without versions": {"2.36", "", false},
	}) {
		a, b := storytest.Recorded(t, source), storytest.Recorded(t, source)
		a.Record.Source.CollationActual, b.Record.Source.CollationActual = c.a, c.b
		o := storytest.Compared(t, a, b, nil)
		const note = "collation version 2.36 in A, and of 2.41 in B: indexes that were not built there"
		if has := strings.Contains(strings.Join(o.Notes, "\n"), note); has != c.want || o.Verdict() != verdict.Pass {
			t.Errorf("%s: %s, notes %q", name, o.Verdict(), o.Notes)
		}
	}
}

func TestExpectedDifferences(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server, "create sequence public.a; create sequence public.b")
	before := storytest.Recorded(t, source)
	storytest.MustExec(t, conn, "select setval('public.a', 5)")
	after := storytest.Recorded(t, source)
	declare := func(text string) ([]record.Expectation, error) {
		path := filepath.Join(t.TempDir(), "expect.json")
		storytest.Write(t, path, []byte(text))
		return recordfile.ReadExpected(path)
	}
	for text, want := range map[string]verdict.Verdict{
		`[]`: verdict.Fail,
		`[{"query": "invariant/sequences", "key": "schema=public sequence=a", "reason": "it goes on"}]`:                        verdict.Pass,
		`[{"query": "record/invariant/sequences", "key": "schema=public sequence=a", "reason": "it goes on"}]`:                 verdict.Pass,
		`[{"query": "invariant/sequences.sql", "key": "schema=public sequence=a", "reason": "it goes on"}]`:                    verdict.Pass,
		`[{"query": "invariant/sequences", "key": "schema=public sequence=b", "reason": "it goes on"}]`:                        verdict.Fail,
		`[{"query": "invariant/sequence", "key": "schema=public sequence=a", "reason": "it goes on"}]`:                         verdict.Fail,
		`[{"query": "invariant/sequences", "key": "schema=public sequence=a", "column": "is_called", "reason": "it goes on"}]`: verdict.Fail,
	} {
		expected, err := declare(text)
		if err != nil {
			t.Fatal(err)
		}
		o := storytest.Compared(t, before, after, func(o *roundtrip.CompareOptions) { o.Expected = expected })
		if o.Verdict() != want {
			t.Errorf("%s: %s, want %s", text, o.Verdict(), want)
		}
		if isReported := strings.Contains(strings.Join(o.Notes, "\n"), "expected to be lost, but"); isReported !=
			(want == verdict.Fail && text != "[]" && !strings.Contains(text, "is_called")) {
			t.Errorf("%s: notes %q", text, o.Notes)
		}
	}
	for _, text := range []string{
		`[{"query": "invariant/sequences", "reason": "all of them"}]`, `[{"key": "schema=public sequence=a", "reason": "x"}]`,
		`[{"query": "invariant/sequences", "key": "k"}]`, `[{"query": "invariant/sequences", "key": "k", "reason": " "}]`, `{}`,
		`null`, `[] []`, `[]]`, `[] x`, ``, `[{"querry": "invariant/sequences"}]`,
	} {
		if _, err := declare(text); err == nil {
			t.Errorf("taken: %s", text)
		}
	}
}

// TestDefinitionsAreComparedByWhatTheyMean: for two files there is no server that could print both in the same way.
func TestDefinitionsAreComparedByWhatTheyMean(t *testing.T) {
	server := pgtest.Server(t)
	with := func(check string) roundtrip.Side {
		source, _ := storytest.Filled(t, server,
			"create table public.t (s varchar(9), n numeric, m numeric, constraint c check ("+check+"))")
		return storytest.Recorded(t, source)
	}
	a := with("s in ('new', 'paid') and (n > -2.5 or m < n)")
	for check, want := range pgtest.DealtByName(t, 3, map[string]verdict.Verdict{
		"s in ('new', 'paid') and (n > -2.5 or m < n)":                                                           verdict.Pass,
		"(s)::text = any (array[('new'::varchar)::text, ('paid'::varchar)::text]) and ((n > (-2.5)) or (m < n))": verdict.Pass,
		"s in ('new', 'payd') and (n > -2.5 or m < n)":                                                           verdict.Fail,
		"s not in ('new', 'paid') and (n > -2.5 or m < n)":                                                       verdict.Fail,
		"s in ('new', 'paid') and (n > -2.6 or m < n)":                                                           verdict.Fail,
		"s in ('new', 'paid') and (n > 2.5 or m < n)":                                                            verdict.Fail,
		"s in ('new', 'paid') and (n >= -2.5 or m < n)":                                                          verdict.Fail,
		"s in ('new', 'paid') and (m > -2.5 or m < n)":                                                           verdict.Fail,
		"s in ('new', 'paid') and (n > -2.5 and m < n)":                                                          verdict.Fail,
		"s in ('new', 'paid', '') and (n > -2.5 or m < n)":                                                       verdict.Fail,
		"s in ('new', 'paid') and (n > -2.5 or m + 0 < n)":                                                       verdict.Fail,
		"s in ('new ', 'paid') and (n > -2.5 or m < n)":                                                          verdict.Fail,
		"s in ('new', 'paid') and (n > abs(-2.5) or m < n)":                                                      verdict.Fail,
		"s in ('new', 'paid') and n > -2.5 or m < n":                                                             verdict.Fail,
		"s::varchar(2) in ('new', 'paid') and (n > -2.5 or m < n)":                                               verdict.Fail,
		"s in ('new', 'paid') and (n::int > -2.5 or m < n)":                                                      verdict.Fail,
	}) {
		o := storytest.Compared(t, a, with(check), nil)
		if o.Verdict() != want {
			t.Errorf("%s: %s, want %s: %s", check, o.Verdict(), want, storytest.Sayings(o, "record/invariant/constraints"))
		}
	}
}

// TestSourceIsComparedByItsBytes: a body that is stored as text is the same on every server, parentheses and all.
func TestSourceIsComparedByItsBytes(t *testing.T) {
	server := pgtest.Server(t)
	with := func(language, body string) roundtrip.Side {
		source, _ := storytest.Filled(t, server, "create function public.f(a integer default (1 + 2), b integer default 3) "+
			"returns integer language "+language+" as $$"+body+"$$")
		return storytest.Recorded(t, source)
	}
	for language, bodies := range map[string][]string{
		"sql":     {"select (a + b) * 2", "select a + b * 2", "select (a + b)*2", "select ((a + b) * 2)"},
		"plpgsql": {"begin return (a + b) * 2; end", "begin return a + b * 2; end", "begin return (a + b)::integer * 2; end"},
	} {
		a := with(language, bodies[0])
		storytest.RequirePass(t, storytest.Compared(t, a, with(language, bodies[0]), nil))
		for _, body := range bodies[1:] {
			storytest.RequireFails(t, storytest.Compared(t, a, with(language, body), nil), "record/invariant/functions", "body")
		}
	}
}

// TestADifferenceThatStaysCountsWhateverElseMoves: an index is missing for good, while a table changes all the time.
func TestADifferenceThatStaysCountsWhateverElseMoves(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server,
		"create table public.busy (n integer); create index busy_n on public.busy (n)")
	other, there := storytest.Filled(t, server,
		"create table public.busy (n integer); create table public.idle (n integer)")
	storytest.MustExec(t, conn, "create table public.idle (n integer)")
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for ctx.Err() == nil {
			_, _ = there.Exec(context.Background(), "insert into public.busy values (1)")
			time.Sleep(50 * time.Millisecond)
		}
	}()
	o := storytest.Compared(t, roundtrip.Side{Name: "source", Server: source}, roundtrip.Side{Name: "other", Server: other},
		func(o *roundtrip.CompareOptions) { o.Recheck = 3 * time.Second })
	stop()
	<-stopped
	verdicts := map[string]verdict.Verdict{}
	for _, c := range o.Checks {
		verdicts[c.Name] = c.Verdict
	}
	if verdicts["record/invariant/indexes"] != verdict.Fail || verdicts["record/invariant/tables"] != verdict.Error ||
		o.Verdict() != verdict.Fail {
		t.Errorf("indexes %s, tables %s, in all %s", verdicts["record/invariant/indexes"],
			verdicts["record/invariant/tables"], o.Verdict())
	}
}

// TestRowsThatCannotBeReadAreADifferenceAllTheSame: a materialized view that is not populated cannot be read.
func TestRowsThatCannotBeReadAreADifferenceAllTheSame(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, "create materialized view public.total as select 1 as n")
	other, _ := storytest.Filled(t, server, "create materialized view public.total as select 1 as n with no data")
	o := storytest.Compared(t, roundtrip.Side{Name: "source", Server: source}, roundtrip.Side{Name: "other", Server: other}, nil)
	storytest.RequireFails(t, o, "record/invariant/materialized_views", "total")
	if notes := strings.Join(o.Notes, "\n"); !strings.Contains(notes, `which rows of public.total differ could not be read`) {
		t.Errorf("notes: %s", notes)
	}
}
