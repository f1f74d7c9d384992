//go:build unix

package roundtrip_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/golden"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
	"pgroundtrip/sql"
)

// contrarySettings are defaults that a server, database or role can carry, each of which changes
// what some session prints, stores, finds or may do. since is the first major that knows it.
var contrarySettings = []contrarySetting{
	{"timezone", "'Asia/Kolkata'", 13},
	{"datestyle", "'German, DMY'", 13},
	{"intervalstyle", "'sql_standard'", 13},
	{"extra_float_digits", "-15", 13},
	{"bytea_output", "'escape'", 13},
	{"standard_conforming_strings", "off", 13},
	{"escape_string_warning", "on", 13},
	{"backslash_quote", "on", 13},
	{"search_path", "hostile, public", 13},
	{"lc_monetary", "'C.UTF-8'", 13},
	{"lc_numeric", "'C.UTF-8'", 13},
	{"lc_time", "'C.UTF-8'", 13},
	{"lc_messages", "'C.UTF-8'", 13},
	{"client_encoding", "'LATIN1'", 13},
	{"row_security", "on", 13},
	{"quote_all_identifiers", "on", 13},
	{"array_nulls", "off", 13},
	{"transform_null_equals", "on", 13},
	{"xmlbinary", "'hex'", 13},
	{"xmloption", "'document'", 13},
	{"check_function_bodies", "off", 13},
	{"default_transaction_isolation", "'serializable'", 13},
	{"default_transaction_deferrable", "on", 13},
	{"default_transaction_read_only", "on", 13},
	{"statement_timeout", "'1ms'", 13},
	{"lock_timeout", "'1ms'", 13},
	{"idle_in_transaction_session_timeout", "'1ms'", 13},
	{"transaction_timeout", "'20ms'", 17},
	{"synchronize_seqscans", "on", 13},
	{"work_mem", "'64kB'", 13},
}

type contrarySetting struct {
	name, value string
	since       int
}

// isKnown reports whether a server of that major takes the setting: strings have one form only since 19.
func (s contrarySetting) isKnown(major int) bool {
	isGone := major >= 19 && (s.name == "standard_conforming_strings" || s.name == "escape_string_warning")
	return major >= s.since && !isGone
}

// newestServer starts a throw-away cluster of the newest major at hand.
func newestServer(t *testing.T) (*cluster.Server, pgtool.Finder) {
	t.Helper()
	finder := pgtest.Options().Finder
	newest := pgtool.Version{}
	for _, dir := range pgtest.Bindirs() {
		f := pgtool.Finder{Bindir: dir, Env: os.Environ()}
		for _, tool := range f.All(context.Background(), "postgres") {
			if tool.Version.Major > newest.Major {
				finder, newest = f, tool.Version
			}
		}
	}
	dir, err := finder.ServerDir()
	if err != nil {
		t.Fatal(err)
	}
	return pgtest.On(t, dir), finder
}

func TestHostileSettingsPrintTheSameGoldens(t *testing.T) {
	server, finder := newestServer(t)
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	storytest.MustExec(t, conn, "create role hostile login superuser")
	for n, level := range []struct {
		name string
		set  func(t *testing.T, o *roundtrip.Options)
	}{
		{"of the role", func(t *testing.T, o *roundtrip.Options) {
			setAll(t, conn, "alter role hostile set ")
			o.Server = storytest.LoginAs(t, server, "hostile")
		}},
		{"of the database", func(t *testing.T, o *roundtrip.Options) {
			o.OnPhase = func(_, phase string) {
				if phase == "build" || phase == "restore" {
					name := storytest.Value[string](t, conn,
						"select quote_ident(datname) from pg_database where datname like 'pgroundtrip\\_%'")
					setAll(t, conn, "alter database "+name+" set ")
				}
			}
		}},
		{"of the server", func(t *testing.T, o *roundtrip.Options) {
			// That one would end every connection, psql's too, while it is still being made.
			setAll(t, conn, "alter system set ", "transaction_timeout")
			reload(t, server, "-15")
			t.Cleanup(func() { resetSystem(t, server) })
		}},
	} {
		t.Run(level.name, func(t *testing.T) {
			o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
			o.Server, o.Tools, o.Goldens = server, storytest.Tools(t, server, finder, "custom"), golden.Files
			level.set(t, o)
			for i, workload := range pgtest.Dealt(t, 5, o.Suite.Workloads) {
				o.Format = pgdump.Formats[(n+i)%len(pgdump.Formats)]
				o.Tools = storytest.Tools(t, server, finder, o.Format)
				o.Wipe = []string{"schema", "database"}[(n+i)%2]
				storytest.RequirePass(t, storytest.Check(t, o, strings.TrimPrefix(workload.Name, "workload/")))
			}
		})
	}
}

// setAll applies every hostile setting, except some, to the object that the start of the statement names.
func setAll(t *testing.T, conn *pgx.Conn, statement string, but ...string) {
	t.Helper()
	major := storytest.Value[int](t, conn, "select current_setting('server_version_num')::int / 10000")
	for _, s := range contrarySettings {
		if s.isKnown(major) && !slices.Contains(but, s.name) {
			storytest.MustExec(t, conn, statement+s.name+" = "+s.value)
		}
	}
}

// reload has the server read its settings again, and waits until new sessions have them: until
// extra_float_digits is what is wanted.
func reload(t *testing.T, server *cluster.Server, want string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		conn, err := server.Connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		got := storytest.Value[string](t, conn, "select current_setting('extra_float_digits') from pg_reload_conf()")
		conn.Close(context.Background())
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("extra_float_digits is %s, want %s", got, want)
		}
	}
}

func resetSystem(t *testing.T, server *cluster.Server) {
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	storytest.MustExec(t, conn, "set statement_timeout = 0")
	storytest.MustExec(t, conn, "set default_transaction_read_only = off")
	storytest.MustExec(t, conn, "alter system reset all")
	reload(t, server, "1")
}

// hostileOperators makes every comparison of texts say that they are equal, for a session that
// looks into the schema hostile first.
const hostileOperators = `
	create schema hostile;
	create function hostile.always(text, text) returns boolean language sql immutable as 'select true';
	create function hostile.never(text, text) returns boolean language sql immutable as 'select false';
	create operator hostile.= (leftarg = text, rightarg = text, function = hostile.always);
	create operator hostile.<> (leftarg = text, rightarg = text, function = hostile.never);
	create function hostile.sha256(bytea) returns bytea language sql immutable as $$select '\x00'::bytea$$;
	create function hostile.format(text, variadic "any") returns text language internal as 'text_format';
	create view hostile.pg_class as select * from pg_catalog.pg_class where false;
	do $$ begin execute format('alter database %I set search_path = hostile, pg_catalog, public', current_database()); end $$;`

// A hostile schema in the archive neither changes what is printed nor hides an edit.
func TestHostileOperatorsHideNothing(t *testing.T) {
	schema, err := sql.Files.ReadFile("schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	o := storytest.CheckOptions(t, storytest.Overlay(t,
		map[string]string{"schema.sql": string(schema) + hostileOperators}))
	o.Wipe = "database"
	setAgain := func(ctx context.Context, conn *pgx.Conn, more string) error {
		_, err := conn.Exec(ctx, hostileOperators[strings.Index(hostileOperators, "do $$"):]+more)
		return err
	}
	o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error { return setAgain(ctx, conn, "") }
	storytest.RequirePass(t, storytest.Check(t, o, "lifecycle"))
	o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
		return setAgain(ctx, conn,
			unguard+"update public.audit_events set actor = 'mallory' where seq operator(pg_catalog.=) 7")
	}
	outcome := storytest.Check(t, o, "lifecycle")
	storytest.RequireVerdict(t, outcome, verdict.Fail)
	names, details := storytest.Failed(outcome)
	for _, want := range []string{"first_break_id", "payload_hash/after", "record/canonical_payload"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s did not fail:\n%s", want, details)
		}
	}
}

// PostgreSQL variables in the caller's shell reach neither the program nor its children.
func TestAHostileEnvironmentPrintsTheSameGoldens(t *testing.T) {
	binary, server := storytest.Build(t), pgtest.Server(t)
	for _, env := range pgtest.Dealt(t, 2, [][]string{
		{"PGOPTIONS=-c timezone=Asia/Kolkata -c datestyle=German -c standard_conforming_strings=off -c array_nulls=off -c " +
			"search_path=public" +
			" -c bytea_output=escape -c extra_float_digits=-15 -c default_transaction_read_only=on -c " +
			"quote_all_identifiers=on -c client_encoding=LATIN1"},
		{"PGTZ=America/St_Johns", "PGDATESTYLE=SQL, DMY", "PGCLIENTENCODING=LATIN1", "LC_ALL=C", "LANG=de_DE.UTF-8",
			"LANGUAGE=de", "TZ=Asia/Kolkata"},
		{"PGDATABASE=nosuch", "PGUSER=nosuch", "PGHOST=192.0.2.1", "PGPORT=1", "PGAPPNAME=x", "PSQLRC=/nonexistent",
			"PG_COLOR=always"},
	}) {
		t.Run(strings.Join(env, " "), func(t *testing.T) {
			for _, workload := range pgtest.Dealt(t, 2, []string{"text", "time"}) {
				out, err := storytest.BinaryOn(binary, server, env, "check", "-workload", workload).CombinedOutput()
				if err != nil {
					t.Errorf("%v\n%.3000s", err, out)
				}
			}
		})
	}
}

// A role that may only create databases is enough.
func TestARoleThatMayCreateDatabasesIsEnough(t *testing.T) {
	server, finder := newestServer(t)
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	storytest.MustExec(t, conn, "create role plain login createdb")
	for _, wipe := range []string{"schema", "database"} {
		o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
		o.Server, o.Wipe = storytest.LoginAs(t, server, "plain"), wipe
		o.Tools = storytest.Tools(t, o.Server, finder, "custom")
		outcome := storytest.Check(t, o, "text")
		if wipe == "schema" && server.Version.Major < 15 {
			// Before 15 the schema public belongs to the superuser: it cannot be dropped.
			storytest.RequireVerdict(t, outcome, verdict.Error)
			var hint *hint.Error
			if !errors.As(outcome.Err, &hint) || !strings.Contains(hint.Hint, "-wipe database") {
				t.Errorf("no hint at -wipe database: %v", outcome.Err)
			}
			continue
		}
		storytest.RequirePass(t, outcome)
	}
	if n := storytest.Value[int](t, conn, "select count(*)::int from pg_database where datname like 'pgroundtrip\\_%'"); n != 0 {
		t.Error(fmt.Sprint(n) + " scratch databases are left")
	}
}
