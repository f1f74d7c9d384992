package archive_test

import (
	"runtime"
	"strconv"
	"strings"
	"testing"

	"pgroundtrip/internal/archive"
	"pgroundtrip/internal/toc"
)

// pgDumpWrites are statements of each kind that pg_dump and pg_restore write.
const pgDumpWrites = `
SET statement_timeout = 0; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET row_security = off; SET xmloption = content;
SELECT pg_catalog.set_config('search_path', '', false); SET default_tablespace = ''; SET default_table_access_method = heap; SET default_tablespace = "Big disk";
SET SESSION AUTHORIZATION "Shop Owner"; RESET SESSION AUTHORIZATION; BEGIN; COMMIT;
CREATE SCHEMA s; CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog; COMMENT ON EXTENSION plpgsql IS 'x';
CREATE TABLE public.t (a integer DEFAULT nextval('public.s'::regclass), b text GENERATED ALWAYS AS (lower(c)) STORED); CREATE UNLOGGED TABLE s.u ();
CREATE VIEW s.v WITH (security_barrier='true') AS SELECT 1 AS a; CREATE OR REPLACE VIEW s.v AS SELECT NULL::integer AS a;
CREATE MATERIALIZED VIEW s.m AS SELECT 1 AS a WITH NO DATA; REFRESH MATERIALIZED VIEW s.m;
CREATE TRUSTED PROCEDURAL LANGUAGE l HANDLER s.h; CREATE OR REPLACE PROCEDURAL LANGUAGE plperl; CREATE CAST (s.a AS s.b) WITH FUNCTION s.f(s.a);
CREATE DEFAULT CONVERSION s.c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1; CREATE UNIQUE INDEX i ON s.t USING btree (a); CREATE CONSTRAINT TRIGGER t AFTER INSERT ON s.t;
CREATE SUBSCRIPTION s CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = 's'); ALTER SUBSCRIPTION s OWNER TO r;
CREATE PROPERTY GRAPH s.g VERTEX TABLES (t); CREATE TRANSFORM FOR s.t LANGUAGE sql (FROM SQL WITH FUNCTION s.f(internal));
CREATE OPERATOR s.= (FUNCTION = s.f, LEFTARG = integer); CREATE OPERATOR CLASS s.c FOR TYPE integer USING btree FAMILY pg_catalog.integer_ops AS STORAGE integer;
ALTER TABLE ONLY s.t ADD CONSTRAINT k CHECK ((a > 0)); ALTER TABLE s.t CLUSTER ON i; ALTER INDEX s.i ATTACH PARTITION s.j; ALTER TRIGGER t ON s.t DEPENDS ON EXTENSION e;
ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s GRANT SELECT ON TABLES TO x; ALTER LARGE OBJECT 7 OWNER TO r; ALTER EVENT TRIGGER e DISABLE;
GRANT SELECT(a),INSERT(b) ON TABLE s.t TO "to" WITH GRANT OPTION; REVOKE GRANT OPTION FOR ALL ON FUNCTION pg_catalog.f(integer) FROM PUBLIC; GRANT ALL ON LARGE OBJECT 7 TO x;
REVOKE USAGE ON FOREIGN DATA WRAPPER w FROM x; GRANT USAGE ON FOREIGN SERVER s TO x; GRANT ALL ON TYPE s.t TO x; GRANT ALL ON LANGUAGE l TO x;
SELECT pg_catalog.setval('s.q', 1, false); SELECT pg_catalog.lo_create('7'); SELECT pg_catalog.lo_open('7', 131072); SELECT pg_catalog.lowrite(0, '\x00'); SELECT pg_catalog.lo_close(0);
SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid = '7';
SELECT * FROM pg_catalog.pg_restore_relation_stats('version', '180006'::integer, 'schemaname', 'public', 'relpages', '1'::integer, 'reltuples', '-1'::real);
SELECT * FROM pg_catalog.pg_restore_attribute_stats('relation', 's.t'::regclass, 'inherited', 'f'::boolean, 'most_common_freqs', '{0.1}'::real[], 'avg', '4'::double precision);
SELECT * FROM pg_catalog.pg_restore_extended_stats('version', '190000'::integer, 'statistics_name', 's', 'inherited', 'f'::boolean, 'n_distinct', '[]'::pg_ndistinct,
    'dependencies', '[]'::pg_dependencies, 'most_common_vals', '{{1}}'::text[], 'most_common_freqs', '{0.1}'::double precision[], 'exprs', '[{}]'::jsonb);
INSERT INTO s.t VALUES (1, 'a', NULL, B'01', true, -1.5e3, '2'::integer), (DEFAULT, '', NULL, X'0', false, 0, NULL); INSERT INTO s.t DEFAULT VALUES;
INSERT INTO s.t (a, "b c") OVERRIDING SYSTEM VALUE VALUES (1, 2) ON CONFLICT DO NOTHING;
SECURITY LABEL FOR p ON TABLE s.t IS 'x'; COMMENT ON CONSTRAINT k ON DOMAIN s.d IS 'x'; COMMENT ON COLUMN s.t.a IS 'x';
DROP TABLE IF EXISTS s.t; ALTER TABLE IF EXISTS ONLY s.t DROP CONSTRAINT IF EXISTS k; DROP USER MAPPING IF EXISTS FOR r SERVER s; DROP SCHEMA IF EXISTS public; DROP TYPE s.t CASCADE;
COPY s."a b" (c, "d;") FROM stdin;
1
\.
COPY s.t  FROM stdin;
\.
`

func TestWhatPgDumpWritesIsLetThrough(t *testing.T) {
	refused, err := archive.Judge(strings.NewReader(pgDumpWrites), false, nil)
	if err != nil || refused != nil {
		t.Errorf("%v %v", err, refused)
	}
}

func TestWhatPgDumpDoesNotWriteIsRefused(t *testing.T) {
	for _, text := range []string{
		"drop database victim;", "DROP/**/DATABASE victim;", "\tCreate\nDatabase x;", "alter database x set a = b;", "alter database x owner to y;",
		"comment on database x is 'y';", "grant all on database x to y;", "security label for p on database x is 'y';", "grant all on parameter x to y;",
		"create role r superuser;", "create user r;", "create group r;", "alter role r;", "alter user r;", "drop role r;", "drop owned by r;", "reassign owned by a to b;",
		"grant a to b;", "revoke a from b;", "grant pg_read_server_files to public;", "alter system set x = y;", "create tablespace t location '/x';", "drop tablespace t;",
		"comment on role x is 'y';", "comment on tablespace x is 'y';", "set role x;", "set session_authorization = x;", "set session_preload_libraries = 'x';",
		"set search_path = pg_catalog;", "set a.b = c;", "set local row_security = off;", "set names 'x';", "set standard_conforming_strings = 0;", "reset all;", "discard all;",
		"copy t from '/etc/passwd';", "copy t from program 'id';", "copy t to '/tmp/x';", "copy t to program 'id';", "copy (select 1) to program 'id';", "copy t to stdout;",
		"copy t from stdin with (format csv);\n\\.\n", "copy pg_catalog.pg_class from stdin;\n\\.\n", "copy t from stdin where evil();\n\\.\n",
		"select pg_read_file('x');", "select lo_export(1, '/x');", "select pg_catalog.setval('s', evil());", "select pg_catalog.setval('s'::public.evil, 1);", "select 1;",
		"select public.setval('s', 1);", "select pg_catalog.lo_create(1), evil();", "select * from " +
			"pg_catalog.pg_restore_relation_stats(evil());", "select pg_catalog.set_config('role', 'x', false);",
		"select pg_catalog.set_config('search_path', 'pg_catalog', false);", "select pg_catalog.lowrite(0, '1') from evil;", "table t;", "values (evil());", "with a as (select 1) select 1;",
		"insert into t select 1;", "insert into t values (evil());", "insert into t values (1) returning evil();", "insert into pg_catalog.pg_authid values (1);",
		"insert into t values (('1'));select 1;", "insert into t values (1) on conflict do update set a = 1;", "update t set a = 1;", "delete from t;", "truncate t;", "merge into t using u on true when matched then delete;",
		"do $$ $$;", "call p();", "execute x;", "prepare x as select 1;", "load 'x';", "lock table t;", "listen x;", "notify x;", "vacuum;", "analyze;", "checkpoint;", "cluster t;", "reindex database x;",
		"begin isolation level serializable;", "rollback;", "prepare transaction 'x';", "commit prepared 'x';", "savepoint x;", "declare c cursor for select 1;", "fetch c;", "import foreign schema a from server b into c;",
		"alter extension plpgsql add function f();", "alter extension x update;", "alter table t set schema pg_catalog;", "alter function f() set schema pg_catalog;",
		"create function pg_catalog.lower(text) returns text language sql as '';", "create or replace function " +
			"\"pg_catalog\".lower(text) returns text language sql as '';",
		"create table if not exists information_schema.t ();", "alter function pg_catalog.lower(text) cost 1;", "create operator pg_catalog.= (function = f);", "create view pg_catalog.v as select 1;",
		"create schema s create table t (a int default evil());", "create schema s create view v as select evil();",
		"create schema s grant all on t to x;", "create schema if not exists s;", "create schema s authorization x;",
		"secur\u0130ty label for p on table t is 'x';", "comment on publica\u212Aion p is 'x'", "loc\u212A table t;", "create boo\u212A b ();",
		"create table t as select evil();", "create table t (a) as values (1);", "create unlogged table t as execute x;", "create temp table t ();", "create materialized view m as select evil();",
		"create subscription s connection 'x' publication p;", "create subscription s connection 'x' publication p with " +
			"(connect = true);", "alter subscription s enable;", "alter subscription s refresh publication;",
		"explain analyze select 1;", "show x;", "set transaction read write;", "security label on table t is 'x';", "x;", "(select 1);", "1;", "'x';", "\"drop\" database x;",
	} {
		refused, err := archive.Judge(strings.NewReader(text), false, nil)
		if err != nil || refused == nil {
			t.Errorf("let through: %s (%v)", text, err)
		}
	}
}

// A statement with more tokens than are kept is judged by all of them.
func TestALongStatementIsJudgedToItsEnd(t *testing.T) {
	long := "insert into t values " + strings.Repeat("(1, 'a', null), ", 10000)
	for text, fine := range map[string]bool{
		long + "(2, 'b', true);": true, long + "(2, evil(), true);": false, long + `(2, "b", true);`: false, long +
			"(1, 2, 3) returning 1;": false,
		"select pg_catalog.setval('s', " + strings.Repeat("1, ", 10000) + "1);": false,
	} {
		if refused, err := archive.Judge(strings.NewReader(text), false, nil); err != nil || (refused == nil) != fine {
			t.Errorf("...%s: %v %v", text[len(text)-30:], refused, err)
		}
	}
}

// Each entry of a table of contents is judged alone: what one leaves open does not hide the next.
func TestEntriesAreJudgedOneByOne(t *testing.T) {
	settings := []toc.Entry{{ID: 11, Desc: "ENCODING", Definition: "SET client_encoding = 'SJIS';\n"},
		{ID: 12, Desc: "STDSTRINGS", Definition: "SET standard_conforming_strings = 'off'; -- 'on'\n"}}
	fine := toc.Entry{ID: 1, Desc: "TABLE", Tag: "t", Definition: "CREATE TABLE public.t (a integer);\n"}
	for _, c := range []struct {
		name   string
		entry  toc.Entry
		isFine bool
	}{
		{"rows", toc.Entry{ID: 2, Desc: "TABLE DATA", HasData: true, Copy: "COPY public.t (a) FROM stdin;\n"}, true},
		{"what only --create restores", toc.Entry{ID: 2, Desc: "DATABASE", Definition: "CREATE DATABASE x;\n"}, true},
		{"a list of large objects", toc.Entry{ID: 2, Desc: "BLOB METADATA", Definition: "1\n2\n"}, true},
		{"a number twice", toc.Entry{ID: 1, Desc: "TABLE", Definition: "CREATE TABLE public.u (a integer);\n"}, false},
		{"an open quote", toc.Entry{ID: 2, Desc: "COMMENT", Definition: "COMMENT ON TABLE public.t IS 'a;\n"}, false},
		{"an open comment", toc.Entry{ID: 2, Desc: "COMMENT", Definition: "/* "}, false},
		{"a second statement", toc.Entry{ID: 2, Desc: "COMMENT",
			Definition: "COMMENT ON TABLE public.t IS 'a'; DROP DATABASE x;\n"}, false},
		{"no semicolon", toc.Entry{ID: 2, Desc: "TABLE", Definition: "DROP DATABASE x"}, false},
		{"in place of COPY", toc.Entry{ID: 2, Desc: "TABLE DATA", HasData: true, Copy: "DROP DATABASE x;\n"}, false},
		{"after COPY", toc.Entry{ID: 2, Desc: "TABLE DATA", HasData: true,
			Copy: "COPY public.t (a) FROM stdin;\nDROP DATABASE x;\n"}, false},
		{"in the definition of rows", toc.Entry{ID: 2, Desc: "TABLE DATA", HasData: true, Definition: "DROP DATABASE x;",
			Copy: "COPY public.t (a) FROM stdin;\n"}, false},
		{"a kind with a line break", toc.Entry{ID: 2, Desc: "TABLE\nDATA",
			Definition: "CREATE TABLE public.u (a integer);\n"}, false},
		{"in a name for ALTER ... OWNER", toc.Entry{ID: 2, Desc: "FUNCTION",
			Drop: "DROP FUNCTION f(); DROP DATABASE x;\n"}, false},
		{"in a list of large objects", toc.Entry{ID: 2, Desc: "BLOB METADATA", Definition: "1; DROP DATABASE x"}, false},
		{"an encoding of no name that is known", toc.Entry{ID: 2, Desc: "ENCODING",
			Definition: "SET client_encoding = 'x';\n"}, false},
		{"a backslash that is half a character", toc.Entry{ID: 3, Desc: "COMMENT",
			Definition: "COMMENT ON TABLE public.t IS E'\x83\\'; DROP DATABASE x; --';\n"}, false},
		{"a quote that a backslash does not close", toc.Entry{ID: 3, Desc: "COMMENT",
			Definition: "COMMENT ON TABLE public.t IS '\\''; DROP DATABASE x; --';\n"}, false},
		{"behind a label that would begin a CASE", toc.Entry{ID: 3, Desc: "FUNCTION",
			Definition: "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC " +
				"SELECT 1 AS case; END; CREATE ROLE x SUPERUSER; SELECT 1 AS end;\n"}, false},
		{"a command of psql", toc.Entry{ID: 2, Desc: "COMMENT", Definition: "\\! id\n"}, false},
	} {
		refused, unread, _, err := archive.JudgeEntries(func(yield func(toc.Entry,
			error) bool) {
			_ = yield(fine, nil) && yield(settings[0], nil) && yield(settings[1], nil) && yield(c.entry, nil)
		})
		if err != nil || (refused == nil) != c.isFine {
			t.Errorf("%s: %v, %v", c.name, refused, err)
		}
		if c.entry.HasData && unread.Has(2) != (c.entry.Definition != "" || c.entry.Copy == "") {
			t.Errorf("%s: data unread: %v", c.name, unread.Has(2))
		}
	}
}

// An entry that differs from one before it only in the number of a large object is not printed by pg_restore again.
func TestLargeObjectsAreKnownByTheirNumbers(t *testing.T) {
	makes := func(number string) string { return "SELECT pg_catalog.lo_create('" + number + "');\n" }
	grant := func(number, role string) string {
		return "GRANT SELECT ON LARGE OBJECT " + number + " TO " + role + ";\n"
	}
	before := []toc.Entry{{ID: 1, Desc: "BLOB", Tag: "1", Definition: makes("1"), Owner: "o"},
		{ID: 2, Desc: "ACL", Tag: "LARGE OBJECT 1", Definition: grant("1", "r1"), Owner: "o"},
		{ID: 3, Desc: "BLOB METADATA", Tag: "3..4", Definition: "3\n4", Owner: "o"}}
	for name, c := range map[string]struct {
		entry              toc.Entry
		isKnown, isRefused bool
	}{
		"an object":              {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2"), Owner: "o"}, true, false},
		"a list":                 {toc.Entry{Desc: "BLOB METADATA", Tag: "5", Definition: "5", Owner: "o"}, true, false},
		"a grant":                {toc.Entry{Desc: "ACL", Tag: "LARGE OBJECT 2", Definition: grant("2", "r1"), Owner: "o"}, true, false},
		"to another role":        {toc.Entry{Desc: "ACL", Tag: "LARGE OBJECT 2", Definition: grant("2", "r2"), Owner: "o"}, false, false},
		"on another object":      {toc.Entry{Desc: "ACL", Tag: "LARGE OBJECT 2", Definition: grant("3", "r1"), Owner: "o"}, false, false},
		"another owner":          {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2"), Owner: "p"}, false, false},
		"no owner":               {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2")}, false, false},
		"a list of SQL":          {toc.Entry{Desc: "BLOB METADATA", Definition: "5; DROP", Owner: "o"}, false, true},
		"a tag that is SQL":      {toc.Entry{Desc: "BLOB", Tag: "2; DROP", Definition: makes("2"), Owner: "o"}, false, false},
		"another number":         {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("3"), Owner: "o"}, false, false},
		"a definition with more": {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2") + "CREATE ROLE r;", Owner: "o"}, false, true},
		"another way to drop it": {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2"), Drop: "DROP DATABASE x;", Owner: "o"}, false, true},
		"another statement":      {toc.Entry{Desc: "BLOB", Tag: "2", Definition: "CREATE SCHEMA s;", Owner: "o"}, false, false},
		"of another kind":        {toc.Entry{Desc: "FUNCTION", Tag: "2", Definition: makes("2"), Owner: "o"}, false, false},
		"data":                   {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2"), Owner: "o", HasData: true}, false, false},
		"a tablespace":           {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2"), Owner: "o", IsPlaced: true}, false, false},
		"a statement before its data": {toc.Entry{Desc: "BLOB", Tag: "2", Definition: makes("2"), Owner: "o",
			Copy: "DROP DATABASE x;"}, false, true},
	} {
		c.entry.ID = 4
		refused, _, known, err := archive.JudgeEntries(func(yield func(toc.Entry, error) bool) {
			for _, e := range append(before, c.entry) {
				yield(e, nil)
			}
		})
		if err != nil || known.Has(1) || known.Has(2) || known.Has(3) || known.Has(4) != c.isKnown || (refused != nil) != c.isRefused {
			t.Errorf("%s: known: %v, want %v; %v, %v", name, known.Has(4), c.isKnown, refused, err)
		}
	}
}

// TestAnEntryTakesLittleMemory matters because an archive may list a million large objects.
func TestAnEntryTakesLittleMemory(t *testing.T) {
	const entries, most = 10_000, 8 << 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	refused, _, _, err := archive.JudgeEntries(func(yield func(toc.Entry, error) bool) {
		for id := range entries {
			n := strconv.Itoa(id + 1)
			yield(toc.Entry{ID: id + 1, Desc: "BLOB", Tag: n, Definition: "SELECT pg_catalog.lo_create('" + n + "');\n",
				Drop: "SELECT pg_catalog.lo_unlink('" + n + "');\n"}, nil)
		}
	})
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / entries; err != nil || refused != nil || each > most {
		t.Errorf("%d bytes for an entry, want %d at most; %v, %v", each, most, refused, err)
	}
}
