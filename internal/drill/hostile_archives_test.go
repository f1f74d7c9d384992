//go:build unix

package drill_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// room is a text in an archive that an attack of the same length takes the place of.
var room = strings.Repeat("x", 600)

// places are where an archive holds what is run: the text there, and how the archive is made that has it.
var places = []struct {
	name, text string
	formats    []string
	args       []string
}{
	{"definition", "COMMENT ON TABLE public.t IS '" + room + "';", pgdump.Formats, nil},
	{"rows", "INSERT INTO public.t VALUES (1, '" + room + "');", pgdump.Formats[1:], []string{"--inserts"}},
	{"value", "'" + room + "'", pgdump.Formats[:1], []string{"--inserts"}},
	{"copy", "COPY public.wide (" + room[:60] + "1, " + room[:60] + "2, " + room[:60] + "3) FROM stdin;", pgdump.Formats,
		nil},
}

const victim = "hostile_victim"

// attacks are statements that reach further than the database of the archive; %s is a file that must not come to be.
var attacks = []struct{ name, text string }{
	{"another database is dropped", "drop database hostile_victim;"},
	{"with comments and tabs", "DROP /* DATABASE x */\t--\n\tDATABASE hostile_victim;"},
	{"after a statement that is fine", "COMMENT ON TABLE public.t IS ''; DROP DATABASE hostile_victim;"},
	{"in a quote that seems to go on",
		`SET standard_conforming_strings = off; COMMENT ON TABLE public.t IS '\'; DROP DATABASE hostile_victim; --';`},
	{"another database is changed", "ALTER DATABASE hostile_victim SET work_mem = '1MB';"},
	{"another database is commented on", "COMMENT ON DATABASE hostile_victim IS 'x';"},
	{"another database is given away", "GRANT ALL ON DATABASE hostile_victim TO PUBLIC;"},
	{"a database is created", "CREATE DATABASE hostile_role;"},
	{"a superuser is created", "Create Role hostile_role SUPERUSER LOGIN;"},
	{"a role is made a member", "GRANT pg_execute_server_program TO hostile_known;"},
	{"a role is changed", "ALTER USER hostile_known SUPERUSER;"},
	{"the server's settings are changed", "ALTER SYSTEM SET work_mem = '1MB';"},
	{"a program is run", "COPY public.t TO PROGRAM 'touch %s';"},
	{"a program's output is read", "COPY public.t FROM PROGRAM 'touch %s';"},
	{"a file is written", "COPY (SELECT 1) TO '%s';"},
	{"a file is read", "COPY public.t (note) FROM '/etc/passwd';"},
	{"a block of code", "DO $$ begin execute 'create role hostile_role'; end $$;"},
	{"a function is called", "SELECT pg_catalog.lo_export(pg_catalog.lo_from_bytea(0, 'x'), '%s');"},
	{"a function is called in a row", "INSERT INTO public.t VALUES (2, pg_catalog.pg_read_file('/etc/passwd'));"},
	{"a function is called in a call",
		"SELECT pg_catalog.setval('x', pg_catalog.lo_export(pg_catalog.lo_from_bytea(0, 'x'), '%s'));"},
	{"a table of what a function gives",
		"CREATE TABLE public.x AS SELECT pg_catalog.lo_export(pg_catalog.lo_from_bytea(0, 'x'), '%s');"},
	{"a subscription that connects",
		"CREATE SUBSCRIPTION s CONNECTION 'dbname=hostile_victim' PUBLICATION p WITH (connect = true);"},
	{"a built-in function is shadowed",
		"CREATE FUNCTION pg_catalog.concat_ws(text, bigint) RETURNS text LANGUAGE sql AS $$select 'x'$$;"},
	{"a function is hidden in an extension", "ALTER EXTENSION plpgsql ADD TABLE public.t;"},
	{"what is owned is dropped", "DROP OWNED BY hostile_known CASCADE;"},
	{"a tablespace", "CREATE TABLESPACE hostile_role LOCATION '/tmp';"},
	{"a library is loaded", "LOAD 'plpgsql';"},
	{"a connection behind half a character",
		"SET client_encoding = 's. jis'; CREATE SUBSCRIPTION s CONNECTION E'\x83\\' " +
			"PUBLICATION p WITH (connect = true) --' PUBLICATION p WITH (connect = false);"},
	{"a definer behind a quote of two spellings",
		"SET client_encoding = 'sjis'; CREATE FUNCTION public.x() RETURNS int LANGUAGE sql " +
			"LEAKPROOF AS $\x87\x90$select 1$\x81\xe0$ SECURITY DEFINER -- $\x87\x90$\n;"},
	{"a role behind a label in a body", "CREATE FUNCTION public.f() RETURNS int BEGIN ATOMIC SELECT 1 AS case; END; " +
		"CREATE ROLE hostile_role SUPERUSER; SELECT 1 AS end;"},
}

// commands are those that psql would run on this machine. Only a plain dump can hold them.
var commands = []struct{ name, text string }{
	{"a shell", `\! touch %s`},
	{"a shell, after blanks", " \t\\! touch %s"},
	{"a shell, after a statement", `SET row_security = off; \! touch %s`},
	{"a pipe", `\o |touch %s`},
	{"a pipe behind a statement", `SELECT 1 \g |touch %s`},
	{"a pipe for copy", `\copy public.t to program 'touch %s'`},
	{"a variable", "\\set x `touch %s`"},
	{"a file", `\i /tmp/hostile.sql`},
	{"a file that is written", `\w %s`},
	{"another database", `\connect hostile_victim`},
	{"another database, after a tab", "\t\\c\thostile_victim"},
	{"between closing and opening again", "\\unrestrict KEY\n\\! touch %s\n\\restrict KEY"},
	{"after rows", "COPY public.t (note) FROM stdin;\n1\n\\.\n\\! touch %s"},
	{"with a condition", "\\if true\n\\! touch %s\n\\endif"},
	{"without a new line", "\\! touch %s\r"},
}

// The archives that the attacks are made of, one of each format and each place.
func honest(t *testing.T, server *cluster.Server, format string, args []string) *storytest.Backup {
	t.Helper()
	source, _ := storytest.Filled(t, server, `create table public.t (id int primary key, note text)`,
		`insert into public.t values (1, '`+room+`')`,
		`comment on table public.t is '`+room+`'`,
		"create table public.wide ("+room[:60]+"1 int, "+room[:60]+"2 int, "+room[:60]+"3 int)")
	return storytest.TakeDump(t, source, func(o *origin.Options) {
		o.Format, o.DumpArgs = format, args
		if format != "tar" && format != "plain" {
			o.DumpArgs = append(o.DumpArgs, "-Z0")
		}
	})
}

// TestHostileArchives: nothing that reaches further than its database comes out of an archive, of any format, and none
// of them passes. Their honest twins do.
func TestHostileArchives(t *testing.T) {
	for _, server := range hostileServers(t) {
		t.Run(server.Version.String(), func(t *testing.T) {
			conn := storytest.Connection(t, server)
			storytest.MustExec(t, conn, "create database "+victim)
			storytest.MustExec(t, conn, "create role hostile_known")
			t.Cleanup(func() {
				storytest.MustExec(t, conn, "drop database "+victim)
				storytest.MustExec(t, conn, "drop role hostile_known")
			})
			n := 0
			for _, place := range places {
				for _, format := range pgtest.Dealt(t, 2, place.formats) {
					twin := honest(t, server, format, place.args)
					storytest.RequirePass(t, storytest.TryRestore(t, server, twin, nil))
					for i, attack := range attacks {
						if part := map[bool]int{true: 2, false: 3}[place.name == "definition"]; (i+len(format))%part > 0 {
							continue // each attack is in some format at each place
						}
						name, text := place.name+" "+format+": "+attack.name, attack.text
						if place.name == "value" {
							text = "''); " + text + " --"
						}
						t.Run(name, func(t *testing.T) { requireHarmless(t, server, conn, twin, place.text, text) })
						n++
					}
				}
			}
			twin := honest(t, server, "plain", nil)
			for _, command := range commands {
				t.Run("plain: "+command.name, func(t *testing.T) {
					requireHarmless(t, server, conn, twin, places[0].text, "\n"+command.text+"\n")
				})
				n++
			}
			if n < 60 {
				t.Errorf("only %d archives", n)
			}
		})
	}
}

// TestRowsAreRunAsTheyAreRead: pg_restore cuts INSERT statements at each semicolon outside quotes, also in a comment,
// and runs the pieces; and it goes by the type of a block, not by its entry, when it runs SQL or reads large objects.
func TestRowsAreRunAsTheyAreRead(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	conn := storytest.Connection(t, server)
	const pwn = "; CREATE ROLE hostile_role;"
	for _, format := range []string{"directory", "tar"} {
		twin := honest(t, server, format, places[1].args)
		storytest.RequirePass(t, storytest.TryRestore(t, server, twin, nil))
		for name, attack := range map[string]string{
			"after a row":       "INSERT INTO public.t VALUES (1, '') -- " + pwn + "\n;",
			"after a statement": "INSERT INTO public.t VALUES (1, ''); -- " + pwn + "\n",
			"before it":         "-- " + pwn + "\nINSERT INTO public.t VALUES (1, '');",
			"like a header":     "\n--\n-- Data for Name: x" + pwn + "\n--\n\nINSERT INTO public.t VALUES (1, '');",
			"in a block":        "/* */ INSERT INTO public.t VALUES (1, '') -- /*" + pwn + " --*/\n;",
			"up to a return":    "INSERT INTO public.t VALUES (1, '') -- " + pwn + "\r;",
			"with no semicolon": "INSERT INTO public.t VALUES (1, '') -- x\n;",
			"an empty one":      "INSERT INTO public.t VALUES (1, '');/**/",
		} {
			t.Run(format+": "+name, func(t *testing.T) { requireHarmless(t, server, conn, twin, places[1].text, attack) })
		}
	}
	twin := honest(t, server, "custom", places[2].args)
	large := &storytest.Backup{Path: filepath.Join(t.TempDir(), "large"), Manifest: twin.Manifest}
	replaceIn(t, twin.Path, large.Path, "\x00\x01\x00\x00\x00t\x00\x0a\x00\x00\x00TABLE DATA",
		"\x00\x06\x00\x00\x00t_____\x00\x05\x00\x00\x00BLOBS")
	requireHarmless(t, server, conn, large, places[2].text, "''); CREATE ROLE hostile_role; --")
}

// TestAnArchiveIsRunAsItWasRead: who changes an archive after it was inspected gets no statement run that would have
// been refused, even if size and time stay the same; and a new backup under the old name is no difference.
func TestAnArchiveIsRunAsItWasRead(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	conn := storytest.Connection(t, server)
	storytest.MustExec(t, conn, "create database "+victim)
	t.Cleanup(func() { storytest.MustExec(t, conn, "drop database "+victim) })
	twins := map[string]*storytest.Backup{"custom": honest(t, server, "custom", nil), "plain": honest(t, server, "plain", nil)}
	for _, tt := range []struct {
		format, attack    string
		isSeen, isTrusted bool
		want              string // "": it is run
	}{
		{format: "custom", attack: "COMMENT ON DATABASE hostile_victim IS 'x';", want: "COMMENT ON DATABASE hostile_victim"},
		{format: "plain", attack: "COMMENT ON DATABASE hostile_victim IS 'x';", want: "COMMENT ON DATABASE hostile_victim"},
		{format: "custom", attack: "COMMENT ON ROLE postgres IS 'x';", want: "COMMENT ON ROLE"},
		{format: "plain", attack: "GRANT pg_execute_server_program TO postgres;", want: "GRANT pg_execute_server_program"},
		{format: "custom", attack: "COMMENT ON TABLE public.t IS 'x';", isSeen: true, want: "was changed while it was read"},
		{format: "custom", attack: "COMMENT ON TABLE public.t IS '" + room + "';"},
		{format: "plain", attack: "ANALYZE public.t; COMMENT ON TABLE public.t IS 'x';", isTrusted: true},
	} {
		t.Run(tt.format+": "+tt.attack[:24], func(t *testing.T) {
			before := state(t, conn)
			o := storytest.TryRestore(t, server, twins[tt.format], func(o *drill.Options) {
				info, err := os.Stat(o.Archive)
				if err != nil {
					t.Fatal(err)
				}
				was, at := o.Archive, info.ModTime()
				o.Archive, o.Trusted = filepath.Join(t.TempDir(), "swapped"), tt.isTrusted
				replaceIn(t, was, o.Archive, places[0].text, tt.attack)
				if tt.isSeen {
					return
				}
				if err := os.Chtimes(o.Archive, at, at); err != nil {
					t.Fatal(err)
				}
			})
			if tt.want == "" && o.Err != nil || tt.want != "" && !strings.Contains(fmt.Sprint(o.Err), tt.want) {
				t.Errorf("%v, want %q", o.Err, tt.want)
			}
			if after := state(t, conn); after != before {
				t.Errorf("the server was touched:\n%s\n%s", before, after)
			}
		})
	}
}

// A dump that went through a pipe does not record where its rows and large objects are, and passes.
func TestAnArchiveOutOfAPipePasses(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	source, conn := storytest.Filled(t, server, "create table public.t (n int, x text)",
		"insert into public.t values (1, '--')")
	storytest.MustExec(t, conn, "select lo_from_bytea(4711, 'x -- ; y'), lo_from_bytea(4712, "+
		"convert_to(repeat('z', 100000), 'UTF8'))")
	for _, args := range [][]string{nil, {"--inserts"}} {
		b := storytest.TakeDump(t, source, func(o *origin.Options) { o.DumpArgs = args })
		var archive bytes.Buffer // no file that pg_dump could go back in
		conninfo, secrets := source.DSN().Programs()
		cmd := exec.Command(storytest.Program(t, server, "pg_dump"), append(args, "-Fc", "--dbname="+conninfo)...)
		cmd.Env, cmd.Stdout = pgtool.CleanEnv(os.Environ(), secrets...), &archive
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		storytest.Write(t, b.Path, archive.Bytes())
		sealAnew(t, server, b, b)
		storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
	}
}

// hostileServers are servers that a user would name, of the oldest and the newest major; at full length, of every major.
func hostileServers(t *testing.T) []*cluster.Server {
	t.Helper()
	var servers []*cluster.Server
	for _, dir := range pgtest.SomeMajors() {
		servers = append(servers, storytest.At(t, pgtest.On(t, dir)))
	}
	return servers
}

// requireHarmless puts the attack into a copy of the archive, at the place of text, and demands that a restore of it,
// whose manifest agrees with it, is refused and touches nothing.
func requireHarmless(t *testing.T, server *cluster.Server, conn *pgx.Conn, twin *storytest.Backup, text,
	attack string) {
	t.Helper()
	folder := pgtest.OpenFolder(t, 0o777)
	file := filepath.Join(folder, "hostile")
	if strings.Contains(attack, "%s") {
		attack = fmt.Sprintf(attack, file)
	}
	before := state(t, conn)
	b := &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
	replaceIn(t, twin.Path, b.Path, text, attack)
	sealAnew(t, server, twin, b)
	o := storytest.TryRestore(t, server, b, nil)
	// Where one statement is sent at a time, a quote that seems to go on does: the statement is its text, and differs.
	// Among rows pg_restore cuts the text itself, and the server does not take the pieces.
	isText := strings.HasPrefix(attack, "SET standard_conforming_strings") && o.Verdict() != verdict.Pass
	if !isText && (o.Verdict() != verdict.Error || !errors.Is(o.Err, pgdump.ErrReaches)) {
		t.Errorf("not refused: %s, %v", o.Verdict(), o.Err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file came to be")
	}
	if after := state(t, conn); after != before {
		t.Errorf("the server was touched:\n%s\n%s", before, after)
	}
}

// state is what an attack would change on the server.
func state(t *testing.T, conn *pgx.Conn) string {
	t.Helper()
	return storytest.Value[string](t, conn, `select concat_ws(e'\n',
		(select string_agg(concat_ws(' ', datname, datdba, datacl, datconnlimit, shobj_description(oid, 'pg_database')), ',' order by datname)
			from pg_database where datname not like 'pgroundtrip\_%'),
		(select string_agg(format('%s %s %s', rolname, rolsuper, rolcanlogin), ',' order by rolname) from pg_roles where rolname !~ '^pgroundtrip_test_'),
		(select string_agg(format('%s %s', roleid, member), ',' order by roleid, member) from pg_auth_members),
		(select string_agg(setconfig::text, ',' order by setdatabase, setrole) from pg_db_role_setting),
		(select string_agg(spcname, ',' order by spcname) from pg_tablespace),
		(select count(*) from pg_file_settings where sourcefile ~ 'auto.conf'))`)
}

// replaceIn copies an archive with a text replaced by another one, and blanks up to the same length.
func replaceIn(t *testing.T, from, to, text, by string) {
	t.Helper()
	if len(by) > len(text) {
		t.Fatalf("%d bytes have no room in %d", len(by), len(text))
	}
	padded := []byte(by + strings.Repeat(" ", len(text)-len(by)))
	found := 0
	replaced := func(path string) []byte {
		data := storytest.Read(t, path)
		if i := bytes.Index(data, []byte("\n\\restrict ")); i >= 0 {
			key, _, _ := bytes.Cut(data[i+len("\n\\restrict "):], []byte("\n"))
			padded = bytes.ReplaceAll(padded, []byte("KEY"), key)
		}
		found += bytes.Count(data, []byte(text))
		return bytes.ReplaceAll(data, []byte(text), padded)
	}
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	if !info.IsDir() {
		storytest.Write(t, to, replaced(from))
	} else {
		if err := os.Mkdir(to, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range storytest.FilesIn(t, from) {
			storytest.Write(t, filepath.Join(to, name), replaced(filepath.Join(from, name)))
		}
	}
	if found == 0 {
		t.Fatalf("the archive does not hold %.60s", text)
	}
}

// sealAnew writes a manifest for b that is the twin's, but agrees with the archive.
func sealAnew(t *testing.T, server *cluster.Server, twin, b *storytest.Backup) {
	t.Helper()
	m := *twin.Manifest
	format, contents, _, err := roundtrip.Inspect(context.Background(), storytest.FinderOf(server), b.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Archive, err = pgdump.Hash(b.Path, format); err != nil {
		t.Fatal(err)
	}
	m.Archive.Entries = contents.Entries
	storytest.Seal(t, b.Path, &m)
}
