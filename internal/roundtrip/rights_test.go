package roundtrip_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
)

// connection is a connection to the database of the server's DSN that is closed when the test ends.
func connection(t testing.TB, server *cluster.Server) *pgx.Conn {
	t.Helper()
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// newRole creates a role that can log in, for the time of the test, and is the server with that role
// in its DSN.
func newRole(t testing.TB, server *cluster.Server, attributes string) *cluster.Server {
	t.Helper()
	name, password := "pgroundtrip_test_"+strings.ToLower(rand.Text()), rand.Text()
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, "create role "+name+" login password '"+password+"' "+attributes)
	t.Cleanup(func() {
		mustExec(t, conn, "drop role "+name)
		conn.Close(context.Background())
	})
	return at(t, server, "user", name, "password", password)
}

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
	source, conn := filled(t, server, guardedTable)
	reader := at(t, newRole(t, server, ""), "dbname", source.DSN()["dbname"])
	refusedDump(t, reader, nil, "row-level security", "app.guarded")
	refusedDump(t, reader, func(o *roundtrip.DumpOptions) { o.DumpArgs = []string{"--enable-row-security"} }, "row-level security", "app.guarded")

	mustExec(t, conn, "drop policy half on app.guarded") // now it sees none at all
	refusedDump(t, reader, nil, "row-level security", "app.guarded")

	mustExec(t, conn, "alter role "+reader.DSN()["user"]+" bypassrls")
	b := takeDump(t, reader, func(o *roundtrip.DumpOptions) { o.DumpArgs = []string{"--enable-row-security"} })
	if len(b.manifest.Warnings) != 1 || !strings.Contains(b.manifest.Warnings[0], "--enable-row-security") {
		t.Errorf("warnings: %q", b.manifest.Warnings)
	}
	requirePass(t, tryRestore(t, server, b, nil))
}

func TestTheOwnerUnderForcedRowSecurityIsRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := filled(t, server, guardedTable)
	owner := at(t, newRole(t, server, ""), "dbname", source.DSN()["dbname"])
	t.Cleanup(func() {
		mustExec(t, conn, "reassign owned by "+owner.DSN()["user"]+" to current_user; drop owned by "+owner.DSN()["user"])
	})
	mustExec(t, conn, "alter table app.guarded owner to "+owner.DSN()["user"])
	takeDump(t, owner, nil) // the owner sees all, and needs no superuser
	mustExec(t, conn, "alter table app.guarded force row level security")
	refusedDump(t, owner, nil, "row-level security", "app.guarded")
}

func TestARoleWithoutSelectOnOneTableIsRefused(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := filled(t, server, guardedTable, `
		alter table app.guarded disable row level security;
		create table app.secret (id int);`)
	reader := at(t, newRole(t, server, ""), "dbname", source.DSN()["dbname"])
	refusedDump(t, reader, nil, "secret")
}

// Nothing of the record is for superusers alone, on any major, where the database holds no subscription.
func TestARoleThatReadsAllTablesHasNoGaps(t *testing.T) {
	for _, pair := range fieldServers(t) {
		server := pair.source
		source, _ := filled(t, server, `create table public.t (id int primary key); comment on table public.t is 'x'; grant select on public.t to public`)
		b := takeDump(t, at(t, newRole(t, server, ""), "dbname", source.DSN()["dbname"]), nil)
		requirePass(t, tryRestore(t, server, b, nil))
	}
}
