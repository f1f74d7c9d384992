package hint_test

import (
	"errors"
	"strings"
	"testing"

	"pgroundtrip/internal/hint"
)

// TestAdviceFitsTheFailure: messages as PostgreSQL's programs print them, and a part of the advice.
func TestAdviceFitsTheFailure(t *testing.T) {
	for said, want := range map[string]string{
		`COPY failed for table "ship_status": ERROR:  duplicate key value violates unique constraint "ship_status_pkey"`: "the table ship_status has rows before its own",
		`ERROR:  could not create unique index "t_a"` +
			"\nDETAIL:  Key (a)=(x) is duplicated.": "reindex index t_a",
		`ERROR:  insert or update on table "o" violates foreign key constraint "o_fk"`:                                     "its own foreign key o_fk",
		`COPY failed for table "t": ERROR:  new row for relation "t" violates check constraint "t_check"`:                  "its own constraint t_check",
		`COPY failed for table "t": ERROR:  value for domain d violates check constraint "d_check"`:                        "its own constraint d_check",
		`ERROR:  permission denied for function format`:                                                                    "call the function format",
		"the archive that was just written cannot be read back: the archive is not whole: the tar file was cut short: EOF": "free some space",
		`FATAL:  terminating connection due to administrator command`:                                                      "another session ended this one",
		`FATAL:  too many connections for role "backup"`:                                                                   "alter role ... connection limit",
		`FATAL:  too many connections for database "app"`:                                                                  "alter database ... connection limit",
		`FATAL:  unsupported startup parameter in options: array_nulls`:                                                    "a connection pooler",
		`ERROR:  permission denied for view pg_settings`:                                                                   "revoked from public",
		`pg_restore: error: unsupported version (1.16) in file header`:                                                     "not older than the pg_dump",
		`ERROR:  could not extend file "base/5/16384": No space left on device (SQLSTATE 53100)`:                           "the server's disk",
		`write /tmp/x: no space left on device`:                                                                            "TMPDIR, which can point at another",
		`write /dev/stdout: no space left on device`:                                                                       "where standard output goes",
		`FATAL:  terminating connection due to unexpected postmaster exit`:                                                 "the server went down",
		`FATAL:  terminating connection due to immediate shutdown command`:                                                 "the server went down",
		`WARNING:  terminating connection because of crash of another server process`:                                      "the server went down",
		`write failed: write unix @->/run/postgresql/.s.PGSQL.5432: write: broken pipe`:                                    "the server went down",
		`cannot read the archive: open app.dump: permission denied`:                                                        "only the user who dumped",
		`write /dev/stdout: broken pipe`:                                                                                   "",
		`ERROR:  could not access file "$libdir/hll": No such file or directory`:                                           "install the extension",
		`ERROR:  could not load library "/opt/x/y.so": /opt/x/y.so: cannot open shared object file: ` +
			`Permission denied`: "PostgreSQL's own folders only",
		`ERROR:  could not access file "/srv/lib/z": Permission denied`:                                                        "PostgreSQL's own folders only",
		"line 21: ERROR:  schema \"t\" does not exist\nCommand was: ALTER TABLE ONLY t.b DROP CONSTRAINT b_fkey":               "--clean",
		"ERROR:  relation \"public.b\" does not exist\n  Command was: ALTER TABLE ONLY public.b ALTER COLUMN id DROP DEFAULT;": "--clean",
		"ERROR:  table \"b\" does not exist\nCommand was: DROP TABLE public.b":                                                 "--clean",
		"ERROR:  schema \"s\" does not exist\n  Command was: COPY s.a (id, x) FROM stdin;":                                     "does not create s, which",
		"ERROR:  relation \"s.b\" does not exist\n  Command was: ALTER TABLE ONLY t.a ADD CONSTRAINT":                          "does not create s.b, which",
		"ERROR:  relation \"s.v\" does not exist\n  Command was: CREATE VIEW s.v AS\n SELECT":                                  "view s.v needs s.v",
		"ERROR:  relation \"s.v\" does not exist\n  Command was: CREATE VIEW s.w WITH (security_barrier='true') AS\n SELECT":   "view s.w needs s.v",
		"ERROR:  syntax error at or near \"json\"\n  LINE 1: x\n  Command was: CREATE FUNCTION f(json json) RETURNS":           "if json is a name",
		`ERROR:  relation "x.y" does not exist`:                                                                                "",
		`ERROR:  column "pg_catalog" does not exist`:                                                                           "",
	} {
		if got := hint.Of(hint.Explain(errors.New(said))); got == "" != (want == "") ||
			!strings.Contains(got, want) {
			t.Errorf("%s\nhas the advice %q, want %q", said, got, want)
		}
	}
	advised := &hint.Error{Err: errors.New("No space left on device"), Hint: "as it is"}
	if got := hint.Of(hint.Explain(advised)); got != "as it is" {
		t.Errorf("advice that is there already becomes %q", got)
	}
}

// TestARefusedLoginIsNotTakenForALackingRight: a trigger on logins may lack any right, or raise an error of its own.
func TestARefusedLoginIsNotTakenForALackingRight(t *testing.T) {
	for _, test := range []struct{ code, message, want string }{
		{"42501", `permission denied for database "app"`, "grant connect"},
		{"42501", "permission denied for table logins", "an event trigger that fires at logins"},
		{"P0001", "not at night", "an event trigger that fires at logins"},
	} {
		if got := hint.OfRefusal(test.code, test.message); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", test.message, got, test.want)
		}
	}
}
