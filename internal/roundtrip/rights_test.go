//go:build unix

package roundtrip_test

import (
	"strings"
	"testing"

	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
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

// Nothing of the record is for superusers alone, on any major, where the database holds no subscription.
func TestARoleThatReadsAllTablesHasNoGaps(t *testing.T) {
	for _, pair := range storytest.FieldServers(t) {
		server := pair.Source
		source, _ := storytest.Filled(t, server,
			`create table public.t (id int primary key); comment on table public.t is 'x'; grant select on public.t to public`)
		b := storytest.TakeDump(t, storytest.At(t, storytest.NewRole(t, server, ""), "dbname", source.DSN()["dbname"]), nil)
		storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	}
}
