//go:build unix

package roundtrip_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
)

// unfitForUpgrade drops what pg_upgrade refuses: columns of types that hold the number of an object, aclitem, and
// conversions of before 14.
const unfitForUpgrade = `do $$
declare
    one record;
begin
    for one in
        select format('alter table %s drop column %I cascade', a.attrelid::regclass, a.attname) as statement
        from pg_attribute as a
        join pg_class as c on c.oid = a.attrelid
        join pg_type as t on t.oid = a.atttypid
        where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped and a.attrelid >= 16384
            and regexp_replace(format_type(a.atttypid, null), '\[\]', '') in ('regproc', 'regprocedure', 'regoper', 'regoperator',
                'regnamespace', 'regcollation', 'regconfig', 'regdictionary', 'aclitem')
        union all
        select format('drop conversion %I.%I', n.nspname, c.conname)
        from pg_conversion as c
        join pg_namespace as n on n.oid = c.connamespace
        where n.nspname <> 'pg_catalog' and current_setting('server_version_num')::integer < 140000
    loop
        execute one.statement;
    end loop;
end
$$`

// TestAnUpgradedServerIsTheSame: the zoo goes to a newer major by pg_upgrade. Two records show no difference, and each
// of some damages is named.
func TestAnUpgradedServerIsTheSame(t *testing.T) {
	ran := false
	for _, majors := range [][2]int{{13, 18}, {15, 17}} {
		older, newer := bindirOf(t, majors[0]), bindirOf(t, majors[1])
		if older == "" || newer == "" {
			continue
		}
		ran = true
		t.Run(older+" to "+newer, func(t *testing.T) { upgradeZoo(t, older, newer) })
	}
	if !ran && os.Getenv("PGROUNDTRIP_TEST_ALL") != "" {
		t.Error("no pair of majors is installed: 13 and 18, or 15 and 17")
	}
}

// TestAReplicatedCopyIsTheSame: the chain and another table go to a newer major by logical replication: the schema by
// pg_dump -s, the rows by a subscription. What it does not carry is declared; all else is the same, and each of some
// damages is named.
func TestAReplicatedCopyIsTheSame(t *testing.T) {
	t.Parallel()
	older, newer := bindirOf(t, 13), bindirOf(t, 18)
	if older == "" || newer == "" { // one major alone: a copy on the same
		older = installations(t)[0].programs
		newer = older
	}
	publisher, subscriber := pgtest.Alone(t, older), pgtest.Alone(t, newer)
	source, copied := publisher.Server(t, "postgres"), subscriber.Server(t, "postgres")
	conn, there := storytest.Connection(t, source), storytest.Connection(t, copied)
	for _, name := range []string{"session", "schema", "chain_insert", "workload/lifecycle"} {
		storytest.RunFile(t, conn, name)
	}
	storytest.MustExec(t, conn,
		"create table public.pay (id bigint generated always as identity primary key, amount numeric check (amount > 0)); "+
			"insert into public.pay (amount) select n from generate_series(1, 500) as n; create publication moving for all "+
			"tables")
	schema := filepath.Join(t.TempDir(), "schema.sql")
	runs(t, exec.Command(filepath.Join(older, "pg_dump"), "--dbname="+publisher.DSN("postgres").String(), "--schema-only",
		"--no-publications", "--file="+schema))
	runs(t, exec.Command(filepath.Join(newer, "psql"), "--dbname="+subscriber.DSN("postgres").String(), "-Xq", "-v",
		"ON_ERROR_STOP=1", "-f", schema))
	storytest.MustExec(t, there,
		"create subscription moving connection '"+publisher.DSN("postgres").String()+"' publication moving")
	storytest.MustExec(t, conn, "insert into public.pay (amount) values (501)")
	storytest.WaitUntil(t, there, "select count(*) = 501 from public.pay")
	storytest.WaitUntil(t, there, "select count(*) = "+fmt.Sprint(storytest.Value[int](t, conn,
		"select count(*)::int from public.audit_events"))+" from public.audit_events")

	recheck := 20 * time.Second // until what is on its way has arrived
	declared := func(o *roundtrip.CompareOptions) {
		o.Recheck = recheck
		o.Expected = []record.Expectation{
			{Query: "invariant/sequences", Key: "schema=public sequence=pay_id_seq", What: "pay_id_seq",
				Reason: "set by hand at the switch"},
			{Query: "invariant/publications",
				Key: "publication=moving part=publication object=all tables, insert, update, delete, truncate", What: "publication", Reason: "dropped after"},
			{Query: "invariant/privileges", Key: "kind=publication object=moving", What: "its owner", Reason: "dropped after"},
			{Query: "invariant/subscriptions", Key: "subscription=moving", What: "subscription", Reason: "dropped after"},
			{Query: "invariant/privileges", Key: "kind=subscription object=moving", What: "its owner", Reason: "dropped after"},
			{Query: "invariant/privileges", Key: "kind=schema object=public", What: "public", Reason: "15 took a right away"},
		}
	}
	before := roundtrip.Side{Name: "publisher", Server: source}
	after := roundtrip.Side{Name: "subscriber", Server: copied}
	storytest.RequirePass(t, storytest.Compared(t, before, after, declared))
	recheck = time.Second
	for _, damage := range []struct{ check, statement, names string }{
		{"tables", "update public.pay set amount = 7.5 where id = 7", "pay"},
		{"tables", "delete from public.pay where id = 8", "pay"},
		{"constraints", "alter table public.pay drop constraint pay_amount_check", "pay_amount_check"},
	} {
		storytest.MustExec(t, there, damage.statement)
		o := storytest.Compared(t, before, after, declared)
		if said := storytest.Sayings(o, "record/invariant/"+damage.check); !slices.Contains(o.Failed(), "record/invariant/"+damage.check) || !strings.Contains(said, damage.names) {
			t.Errorf("%s: failed %q: %s", damage.statement, o.Failed(), said)
		}
	}
	storytest.MustExec(t, there, "drop subscription moving")
}

// runs runs a program that must succeed.
func runs(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
}

// bindirOf returns the folder of a complete PostgreSQL installation of a major; "" if there is none.
func bindirOf(t *testing.T, major int) string {
	t.Helper()
	for _, in := range installations(t) {
		if in.version.Major == major && in.programs == in.dir {
			return in.dir
		}
	}
	return ""
}

func upgradeZoo(t *testing.T, older, newer string) {
	node := pgtest.Alone(t, older)
	const database = "zoo"
	if err := node.Do("create database " + database); err != nil {
		t.Fatal(err)
	}
	conn := storytest.Connection(t, node.Server(t, database))
	storytest.Fill(t, conn, storytest.ZooFolder, node.Server(t, database).Version.Major)
	storytest.MustExec(t, conn, unfitForUpgrade)
	before := storytest.Recorded(t, node.Server(t, database))
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	upgraded := node.Upgrade(t, newer)
	server := upgraded.Server(t, database)
	storytest.RequirePass(t, storytest.Compared(t, before, storytest.Recorded(t, server), nil))
	conn = storytest.Connection(t, server)
	for _, damage := range []struct{ check, statement, names string }{
		{"tables", "update zoo.twins set n = 7 where n = 1", "twins"},
		{"tables", "delete from zoo.times where ctid = (select min(ctid) from zoo.times)", "times"},
		{"indexes", "drop index zoo.indexed_partial", "indexed_partial"},
		{"sequences", "select setval('zoo.set_called', 1)", "set_called"},
	} {
		storytest.MustExec(t, conn, damage.statement)
		o := storytest.Compared(t, before, storytest.Recorded(t, server), nil)
		if said := storytest.Sayings(o, "record/invariant/"+damage.check); !slices.Contains(o.Failed(), "record/invariant/"+damage.check) || !strings.Contains(said, damage.names) {
			t.Errorf("%s: failed %q: %s", damage.statement, o.Failed(), said)
		}
	}
}
