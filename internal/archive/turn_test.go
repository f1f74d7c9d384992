package archive

import (
	"strings"
	"testing"
)

func statementOf(t *testing.T, text string) *Statement {
	t.Helper()
	s, err := NewReader(strings.NewReader(text+";\n"), false).Next()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestWhatASuperuserMayRunForAnotherRole allows nothing that holds an expression, calls something, or creates
// something that reaches the memory or the files of the server.
func TestWhatASuperuserMayRunForAnotherRole(t *testing.T) {
	for _, text := range []string{
		"CREATE OPERATOR CLASS a.o FOR TYPE a.t USING hash AS OPERATOR 1 a.=?(a.t,a.t) , FUNCTION 1 (a.t, a.t) a.h(a.t)",
		"ALTER OPERATOR FAMILY a.o USING btree ADD OPERATOR 1 <(integer,bigint)",
		"CREATE OPERATOR CLASS a.o DEFAULT FOR TYPE a.t USING btree FAMILY a.o AS OPERATOR 1 a.<(a.t,a.t) , FUNCTION 1 " +
			"(a.t, a.t) a.c(a.t,a.t)",
		"CREATE OPERATOR CLASS a.o FOR TYPE a.t USING hash AS FUNCTION 1 (a.t, a.t) a.h(a.t) , FUNCTION 2 (a.t, a.t) " +
			"a.h(a.t,bigint)",
		"ALTER OPERATOR FAMILY a.o USING btree ADD FUNCTION 1 (integer, bigint) btint48cmp(integer,bigint)",
		"CREATE OPERATOR FAMILY a.o USING gin",
		"CREATE FOREIGN DATA WRAPPER w",
		"CREATE PUBLICATION p FOR ALL TABLES WITH (publish = 'insert')",
		"ALTER PUBLICATION p ADD TABLES IN SCHEMA a",
		"CREATE FUNCTION a.f(n integer) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS $$ begin return default; end $$",
		"CREATE FUNCTION a.f(n integer) RETURNS boolean LANGUAGE sql SET log_min_messages TO 'debug1' AS 'select 1 = 1'",
		"COMMENT ON EXTENSION dblink IS 'x'",
	} {
		if !statementOf(t, text).IsAllowed() {
			t.Errorf("not allowed: %s", text)
		}
	}
	for _, text := range []string{
		"CREATE FUNCTION a.f(n a.evil[] DEFAULT '{1}') RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS $$ begin return " +
			"true; end $$",
		"CREATE FUNCTION a.f(n a.evil[] = '{1}') RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS $$ begin return true; end $$",
		"CREATE FUNCTION a.f() RETURNS boolean LANGUAGE sql LEAKPROOF RETURN ('{1}'::a.evil[] IS NULL)",
		"CREATE FUNCTION a.f() RETURNS boolean LANGUAGE sql LEAKPROOF BEGIN ATOMIC SELECT '{1}'::a.evil[] IS NULL; END",
		"CREATE FUNCTION a.f(oid, text) RETURNS integer LANGUAGE internal AS 'be_lo_export'",
		"CREATE FUNCTION a.f() RETURNS integer LANGUAGE c AS '/tmp/evil', 'f'",
		"CREATE FUNCTION a.f() RETURNS integer LANGUAGE plpython3u AS 'x'",
		`CREATE FUNCTION a.f() RETURNS integer LANGUAGE "c" AS '/tmp/evil', 'f'`,
		"CREATE OR REPLACE FUNCTION a.f() RETURNS integer LANGUAGE 'c' AS '/tmp/evil', 'f'",
		"CREATE OR REPLACE FUNCTION a.f() RETURNS boolean LANGUAGE sql LEAKPROOF AS 'select true'",
		"CREATE FUNCTION a.f() RETURNS boolean LANGUAGE sql SECURITY DEFINER LEAKPROOF AS 'select true'",
		"CREATE FUNCTION a.f(language sql) RETURNS integer LANGUAGE internal AS 'be_lo_export'",
		"CREATE AGGREGATE a.g(integer) (sfunc = a.f, stype = internal)",
		"CREATE CAST (bigint AS text) WITHOUT FUNCTION",
		"CREATE TYPE a.t (input = a.i, output = a.o)",
		"CREATE FOREIGN DATA WRAPPER w VALIDATOR a.evil",
		"CREATE FOREIGN DATA WRAPPER w HANDLER a.h",
		"CREATE FUNCTION a.f(n integer) RETURNS boolean LANGUAGE sql SUPPORT varchar_support AS 'select 1 = 1'",
		"CREATE OPERATOR CLASS a.o FOR TYPE bigint USING btree AS FUNCTION 1 (bigint, bigint) bttextcmp(text,text)",
		"CREATE OPERATOR CLASS a.o FOR TYPE bigint USING btree AS FUNCTION 1 bttextcmp(text,text)",
		"CREATE OPERATOR CLASS a.o FOR TYPE bigint USING btree AS FUNCTION 1 (bigint, bigint) btint8cmp(bigint,bigint) , " +
			"FUNCTION 2 (bigint, bigint) btnamesortsupport(internal)",
		"CREATE OPERATOR CLASS a.o FOR TYPE bigint USING hash AS FUNCTION 1 (bigint, bigint) hashtext(text)",
		"CREATE OPERATOR CLASS a.o FOR TYPE bigint USING hash AS FUNCTION 2 (bigint, bigint) hashtextextended(text,bigint)",
		"ALTER OPERATOR FAMILY integer_ops USING btree ADD FUNCTION 1 (bigint, bigint) bttextcmp(text,text)",
		"CREATE OPERATOR CLASS a.o FOR TYPE text USING gin AS FUNCTION 2 (text, text) " +
			"ginarrayextract(anyarray,internal,internal)",
		"CREATE OPERATOR CLASS a.o FOR TYPE polygon USING gist AS STORAGE box",
		"CREATE SERVER s FOREIGN DATA WRAPPER dblink_fdw OPTIONS (dbname 'x')",
		"CREATE USER MAPPING FOR public SERVER s OPTIONS (user 'postgres', password_required 'false')",
		"CREATE FOREIGN TABLE a.f (n integer) SERVER s OPTIONS (program 'touch /x')",
		"CREATE FOREIGN TABLE a.f (n a.evil[] DEFAULT '{1}') SERVER s",
		"CREATE FOREIGN TABLE a.f (n integer, CONSTRAINT c CHECK (a.evil(n))) SERVER s",
		"CREATE PUBLICATION p FOR TABLE a.t WHERE (a.evil(n))",
		"ALTER PUBLICATION p ADD TABLE ONLY a.t WHERE (a.evil(n))",
		"CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE plpgsql HANDLER a.h VALIDATOR a.evil",
		"CREATE TABLE a.t (n integer)",
		"CREATE INDEX i ON a.t (a.evil(n))",
		"CREATE RULE r AS ON SELECT TO a.t DO INSTEAD SELECT a.evil()",
		"REFRESH MATERIALIZED VIEW a.m",
		"ALTER TABLE a.t VALIDATE CONSTRAINT c",
		"INSERT INTO a.t VALUES (1)",
		"SELECT pg_catalog.lo_unlink(1)",
		"CREATE CONVERSION a.c FOR 'UTF8' TO 'LATIN1' FROM a.evil",
	} {
		if statementOf(t, text).IsAllowed() {
			t.Errorf("allowed: %s", text)
		}
	}
}

// TestOnlyAWholeStatementGivesAnOwner: a superuser does not run a statement that does more than that.
func TestOnlyAWholeStatementGivesAnOwner(t *testing.T) {
	for text, want := range map[string]Turn{
		"ALTER TABLE a.t OWNER TO bob":                            Grants,
		`ALTER FUNCTION a.f(n integer, m a.t) OWNER TO "O ""x"`:   Grants,
		"ALTER OPERATOR a.<# (integer, integer) OWNER TO bob":     Grants,
		"ALTER LARGE OBJECT 12 OWNER TO bob":                      Grants,
		"ALTER OPERATOR FAMILY a.o USING gin OWNER TO bob":        Grants,
		"ALTER EVENT TRIGGER e OWNER TO bob":                      Fires,
		"ALTER TABLE a.t ALTER n SET DEFAULT a.f(), OWNER TO bob": Makes,
		"ALTER TABLE a.t ADD CHECK (a.f()), OWNER TO bob":         Makes,
		"ALTER TABLE a.t OWNER TO bob, ADD CHECK (a.f())":         Makes,
		"ALTER TABLE a.t SET SCHEMA b":                            Makes,
		"CREATE TABLE owner (owner text)":                         Makes,
		"CREATE PUBLICATION p FOR ALL TABLES":                     Late,
		"COMMENT ON SUBSCRIPTION s IS 'x'":                        Late,
	} {
		if got := statementOf(t, text).Turn(); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// TestWhoseRoleIsInForce ends another role at DEFAULT, which pg_dump writes in front of DISABLE TRIGGER ALL, too.
func TestWhoseRoleIsInForce(t *testing.T) {
	isAnother := false
	for _, step := range []struct {
		text string
		want bool
	}{
		{"SET SESSION AUTHORIZATION DEFAULT", false}, {"SET SESSION AUTHORIZATION 'x'", true}, {"CREATE SCHEMA s", true},
		{"SET SESSION AUTHORIZATION 'default'", true}, {"SET SESSION AUTHORIZATION DEFAULT", false},
		{`SET SESSION AUTHORIZATION "default"`, true}, {"RESET SESSION AUTHORIZATION", false}, {"CREATE SCHEMA s", false},
	} {
		if isAnother = statementOf(t, step.text).IsAuthorization(isAnother); isAnother != step.want {
			t.Errorf("after %s: %t", step.text, isAnother)
		}
	}
}
