//go:build unix

package origin_test

import (
	"strings"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

const guardedTable = `
	create schema app;
	create table app.guarded (id int, tenant text);
	insert into app.guarded select n, case when n % 2 = 0 then 'even' else 'odd' end from generate_series(1, 100) as n;
	create table app.open_to_all (id int);
	create policy half on app.guarded for select using (tenant = 'even');
	alter table app.guarded enable row level security;
	grant usage on schema app to public;
	grant select on all tables in schema app to public;`

func TestARoleThatSeesOnlyPartOfTheRowsIsRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server, guardedTable)
	reader := storytest.At(t, storytest.NewRole(t, server, ""), "dbname", source.DSN()["dbname"])
	storytest.RefusedDump(t, reader, nil, "row-level security", "app.guarded")
	storytest.RefusedDump(t, reader, func(o *origin.Options) { o.DumpArgs = []string{"--enable-row-security"} },
		"row-level security", "app.guarded")

	storytest.MustExec(t, conn, "drop policy half on app.guarded") // now it sees none at all
	storytest.RefusedDump(t, reader, nil, "row-level security", "app.guarded")

	storytest.MustExec(t, conn, "alter role "+reader.DSN()["user"]+" bypassrls")
	b := storytest.TakeDump(t, reader, func(o *origin.Options) { o.DumpArgs = []string{"--enable-row-security"} })
	if len(b.Manifest.Warnings) != 1 || !strings.Contains(b.Manifest.Warnings[0], "--enable-row-security") {
		t.Errorf("warnings: %q", b.Manifest.Warnings)
	}
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
}

func TestTheOwnerUnderForcedRowSecurityIsRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.Filled(t, server, guardedTable)
	owner := storytest.At(t, storytest.NewRole(t, server, ""), "dbname", source.DSN()["dbname"])
	t.Cleanup(func() {
		storytest.MustExec(t, conn,
			"reassign owned by "+owner.DSN()["user"]+" to current_user; drop owned by "+owner.DSN()["user"])
	})
	storytest.MustExec(t, conn, "alter table app.guarded owner to "+owner.DSN()["user"])
	storytest.TakeDump(t, owner, nil) // the owner sees all, and needs no superuser
	storytest.MustExec(t, conn, "alter table app.guarded force row level security")
	storytest.RefusedDump(t, owner, nil, "row-level security", "app.guarded")
}

func TestARoleWithoutSelectOnOneTableIsRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, guardedTable, `
		alter table app.guarded disable row level security;
		create table app.secret (id int);`)
	reader := storytest.At(t, storytest.NewRole(t, server, ""), "dbname", source.DSN()["dbname"])
	storytest.RefusedDump(t, reader, nil, "secret")
}

// What the questions about the source call is listed with its GRANT, as what the suite's files call.
func TestABuiltInFunctionThatWasRevokedIsListed(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), "create table public.t (n int); grant select on public.t to public",
		"revoke execute on function pg_catalog.pg_get_viewdef(oid) from public")
	reader := storytest.At(t, storytest.NewRole(t, source, ""), "dbname", source.DSN()["dbname"])
	storytest.RefusedDump(t, reader, nil, "grant execute on function pg_catalog.pg_get_viewdef(oid) to ")
}

// Nothing of the record is for superusers alone, on any major, where the database holds no subscription.
func TestARoleThatReadsAllTablesHasNoGaps(t *testing.T) {
	for _, server := range storytest.EveryMajor(t) {
		source, _ := storytest.Filled(t, server,
			`create table public.t (id int primary key); comment on table public.t is 'x'; grant select on public.t to public`)
		b := storytest.TakeDump(t, storytest.At(t, storytest.NewRole(t, server, ""), "dbname", source.DSN()["dbname"]), nil)
		storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	}
}

// TestAManagedServiceIsRecorded: a role that reads all tables, and is not let past row-level security nor to large
// objects of others, gets a record that names what it lacks. It is compared with what the role sees, with what a
// superuser sees, and the other way round, without a false difference; a row that differs is one.
func TestAManagedServiceIsRecorded(t *testing.T) {
	server := storytest.At(t, pgtest.On(t, ""), "dbname", "postgres")
	conn := storytest.Connection(t, server)
	storytest.MustExec(t, conn, `create role app login; create schema cron; create schema "Provider.ml";
		create table cron.job (id int primary key, command text); insert into cron.job values (1, 'x'); alter table cron.job enable row level security;
		create table "Provider.ml"."Models" (id int); alter table "Provider.ml"."Models" enable row level security;
		create table cron.runs (id int); create table cron.wide (id int) partition by range (id); create table cron.wide_1 partition of cron.wide default;
		alter table cron.wide_1 enable row level security; create table public.pay (id int primary key, note text); insert into public.pay values (1, 'a'), (2, 'b');
		create unique index twice on public.pay ((id * 2));
		create function public.hook() returns event_trigger language plpgsql as $$ begin end $$; create event trigger provider on ddl_command_end execute function public.hook();
		grant usage on schema cron, "Provider.ml" to app; grant select on all tables in schema public, cron, "Provider.ml" to app;
		select lo_from_bytea(4711, 'theirs'), lo_from_bytea(4712, 'beside it'), lo_from_bytea(9000, 'in another block');
		grant select on large object 4712, 9000 to app`)
	app := storytest.At(t, server, "user", "app")
	taken := func(server *cluster.Server) (*verdict.Report, roundtrip.Side) {
		o, r, err := roundtrip.Record(t.Context(), &roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: server,
			Tool: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return o, roundtrip.Side{Name: "record", Record: r}
	}
	o, theirs := taken(app)
	if o.Verdict() != verdict.Error {
		t.Errorf("a record with gaps is %s", o.Verdict())
	}
	_, all := taken(server)
	said := strings.Join(theirs.Record.NotCovered, "; ")
	for _, lacks := range []string{"rows of cron.job (", `rows of "Provider.ml"."Models" (`,
		"large object 4711 (permission denied", "cluster/passwords.sql ("} {
		if !strings.Contains(said, lacks) {
			t.Errorf("%q is not named as not covered: %s", lacks, said)
		}
	}
	o = storytest.Compared(t, theirs, roundtrip.Side{Name: "app", Server: app}, nil)
	storytest.RequirePass(t, o)
	const unread = `rows in the indexes cron.job_pkey, public.twice (expression`
	if said := strings.Join(o.NotCovered, "; "); !strings.Contains(said, unread) || strings.Contains(said, "intact/") ||
		!strings.Contains(said, "rows through the root cron.wide (") {
		t.Errorf("not covered: %s", said)
	}
	storytest.RequirePass(t, storytest.Compared(t, theirs, roundtrip.Side{Name: "all", Server: server}, nil))
	o = storytest.Compared(t, all, roundtrip.Side{Name: "app", Server: app}, nil)
	if o.Verdict() != verdict.Error || !strings.Contains(storytest.Sayings(o, "rights/invariant/tables"), "cron.job") ||
		!strings.Contains(storytest.Sayings(o, "rights/invariant/large_objects"), "large object 4711") {
		t.Errorf("what a superuser recorded, beside a role that cannot read it: %s, failed: %q", o.Verdict(), o.Failed())
	}
	storytest.MustExec(t, conn, "update cron.job set command = 'y'; select lo_put(4711, 0, 'T')")
	// not covered, as it says
	storytest.RequirePass(t, storytest.Compared(t, theirs, roundtrip.Side{Name: "all", Server: server}, nil))
	storytest.MustExec(t, conn, "update public.pay set note = 'c' where id = 2")
	for _, side := range []*cluster.Server{app, server} {
		storytest.RequireFails(t, storytest.Compared(t, theirs, roundtrip.Side{Name: "damaged", Server: side}, nil),
			"record/invariant/tables", "pay")
	}
	// The superuser's sums of a block have the object that the role may not read: the block is not compared.
	storytest.MustExec(t, conn, "update public.pay set note = 'b' where id = 2; select lo_put(4712, 0, 'B')")
	storytest.RequireFails(t, storytest.Compared(t, theirs, roundtrip.Side{Name: "damaged", Server: app}, nil),
		"record/invariant/large_objects", "loid=4712")
	o = storytest.Compared(t, theirs, roundtrip.Side{Name: "all", Server: server}, nil)
	storytest.RequirePass(t, o)
	if said := strings.Join(o.NotCovered, "; "); !strings.Contains(said, "large objects 4096 to 8191 (") {
		t.Errorf("not covered: %s", said)
	}
	storytest.MustExec(t, conn, "select lo_put(4712, 0, 'b'), lo_put(9000, 0, 'I')")
	for _, side := range []*cluster.Server{app, server} {
		storytest.RequireFails(t, storytest.Compared(t, theirs, roundtrip.Side{Name: "damaged", Server: side}, nil),
			"record/invariant/large_objects", "loid=9000")
	}
}
