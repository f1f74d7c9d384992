//go:build unix

package roundtrip_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
)

// takenBy returns the record that n connections take.
func takenBy(t *testing.T, source *cluster.Server, su *suite.Suite, jobs int) *record.Record {
	t.Helper()
	_, r, err := roundtrip.Record(context.Background(), &roundtrip.RecordOptions{Suite: su, Server: source, Tool: "test",
		Jobs: jobs, Log: t.Logf})
	if err != nil {
		t.Fatalf("%d jobs: %v", jobs, err)
	}
	return r
}

// requireSameOfAll demands that a record is the same in every byte however many connections take it, and into whatever
// pieces it is cut.
func requireSameOfAll(t *testing.T, source *cluster.Server, su *suite.Suite) {
	t.Helper()
	want, conn := takenBy(t, source, su, 1), storytest.Connection(t, source)
	for _, c := range pgtest.Dealt(t, 2, []struct {
		bytes string // of a piece; "" is as it is
		jobs  int
	}{{"", 2}, {"8192", 2}, {"8192", 7}}) {
		storytest.MustExec(t, conn, fmt.Sprintf("alter database %q set pgroundtrip.piece_bytes = '%s'",
			conn.Config().Database, c.bytes))
		got := takenBy(t, source, su, c.jobs)
		for i, result := range got.Results {
			if !result.About.Cluster && !reflect.DeepEqual(result, want.Results[i]) { // the size of a piece is a setting
				t.Errorf("%+v: %s is %+v\nwant %+v", c, result.Query, result, want.Results[i])
			}
		}
		if !slices.Equal(got.NotCovered, want.NotCovered) {
			t.Errorf("%+v: not covered is %q, want %q", c, got.NotCovered, want.NotCovered)
		}
	}
}

// TestTheRecordIsTheSameWithAnyNumberOfJobs on every major: 13 has no ranges of blocks.
func TestTheRecordIsTheSameWithAnyNumberOfJobs(t *testing.T) {
	for _, server := range storytest.EveryMajor(t) {
		t.Run("the zoo on "+server.Version.String(), func(t *testing.T) {
			zoo := storytest.LoadFolder(t, server, storytest.ZooFolder)
			storytest.MustExec(t, storytest.Connection(t, zoo), `
				create table public.parts (id int, note text) partition by hash (id);
				create table public.parts_0 partition of public.parts for values with (modulus 2, remainder 0);
				create table public.parts_1 partition of public.parts for values with (modulus 2, remainder 1);
				insert into public.parts select n, repeat('x', n % 100) from generate_series(1, 3000) as n;
				create table public.no_parts (id int) partition by range (id);
				create table public.base (id int, note text);
				create table public.child () inherits (public.base);
				insert into public.base select n, 'é' || n from generate_series(1, 2000) as n;
				insert into public.child select * from public.base;
				delete from public.base where id % 7 > 1;
				update public.base set note = note || 'x';
				create materialized view public.counted as select id, count(*) as n from public.parts group by id;
				create table public."colon: {,}" as select n as "ctid:x" from generate_series(1, 3000) as n`)
			requireSameOfAll(t, zoo, pgtest.DefaultSuite(t))
		})
	}
	for _, workload := range pgtest.Dealt(t, 5, pgtest.DefaultSuite(t).Workloads) {
		t.Run(workload.Name, func(t *testing.T) {
			db := pgtest.Scratch(t, pgtest.Server(t))
			if err := roundtrip.Build(context.Background(), pgtest.Connect(t, db), pgtest.DefaultSuite(t), workload, 200); err != nil {
				t.Fatal(err)
			}
			requireSameOfAll(t, storytest.At(t, pgtest.Server(t), "dbname", db.Name), pgtest.DefaultSuite(t))
		})
	}
}

// TestATableIsCutByAllItsBytes: if most of them are in TOAST, the heap is split into smaller pieces.
func TestATableIsCutByAllItsBytes(t *testing.T) {
	source, conn := storytest.Filled(t, pgtest.Server(t), `
		create table public.long (id int, note text);
		alter table public.long alter note set storage external;
		insert into public.long select n, repeat(md5(n::text), 1000) from generate_series(1, 1000) as n`)
	storytest.MustExec(t, conn, fmt.Sprintf("alter database %q set pgroundtrip.piece_bytes = '4194304'",
		conn.Config().Database))
	storytest.MustExec(t, conn, "set pgroundtrip.piece_bytes = '4194304'")
	var pieces, first, toast int64
	if err := conn.QueryRow(context.Background(), `
		select count(*), max(size), pg_relation_size((select reltoastrelid from pg_class where oid = 'public.long'::regclass)) * 100 / pg_table_size('public.long')
		from (`+storytest.QueryText(t, "pieces")+`) as p
		where piece like '{%:%}'`).Scan(&pieces, &first, &toast); err != nil {
		t.Fatal(err)
	}
	if pieces != 7 || first < 4194304 || first > 2*4194304 || toast < 98 {
		t.Errorf("%d pieces, the first of %d bytes; %d %% of the table in TOAST", pieces, first, toast)
	}
	if one, three := takenBy(t, source, pgtest.DefaultSuite(t), 1), takenBy(t, source, pgtest.DefaultSuite(t), 3); !reflect.DeepEqual(one.Results, three.Results) {
		t.Error("another result of three jobs")
	}
}

// TestATableThatIsRefusedIsAGapWithAnyNumberOfJobs, and what is left is cut again.
func TestATableThatIsRefusedIsAGapWithAnyNumberOfJobs(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), `
		create table public.p (k int, n int) partition by list (k);
		create table public.p1 partition of public.p for values in (1);
		create table public.p2 partition of public.p for values in (2);
		insert into public.p values (1, 10), (2, 20);
		create table public.q as select generate_series(1, 5000) as id`)
	su := storytest.Overlay(t, map[string]string{"invariant/tables.sql": storytest.Misnamed(t, "p2")})
	want := takenBy(t, source, su, 1)
	if !slices.ContainsFunc(want.NotCovered,
		func(entry string) bool { return strings.HasPrefix(entry, "rows of public.p (") }) {
		t.Fatalf("not covered: %q", want.NotCovered)
	}
	requireSameOfAll(t, source, su)
}
