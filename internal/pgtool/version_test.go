package pgtool_test

import (
	"strings"
	"testing"

	"pgroundtrip/internal/pgtool"
)

func TestParseVersion(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       pgtool.Version
	}{
		{"as built from source", "pg_dump (PostgreSQL) 16.4\n", pgtool.Version{Major: 16, Minor: 4}},
		{"with the distributor's own number", "pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n",
			pgtool.Version{Major: 15, Minor: 20}},
		{"of another program", "psql (PostgreSQL) 13.23\n", pgtool.Version{Major: 13, Minor: 23}},
		{"of the server", "postgres (PostgreSQL) 18.0", pgtool.Version{Major: 18}},
		{"a beta", "pg_restore (PostgreSQL) 19beta1\n", pgtool.Version{Major: 19, Pre: "beta1"}},
		{"a release candidate", "pg_dump (PostgreSQL) 19rc1 (Debian 19~rc1-1)\n", pgtool.Version{Major: 19, Pre: "rc1"}},
		{"a development version", "pg_dump (PostgreSQL) 19devel", pgtool.Version{Major: 19, Pre: "devel"}},
		{"a major of an old scheme", "psql (PostgreSQL) 9.6.24", pgtool.Version{Major: 9, Minor: 6}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := pgtool.ParseVersion(tt.text); err != nil || got != tt.want {
				t.Errorf("%q is %v (%v), not %v", tt.text, got, err, tt.want)
			}
		})
	}
	for _, tt := range []struct{ name, text string }{
		{"nothing", ""},
		{"another product", "mysqldump  Ver 8.0.33 for Linux on x86_64"},
		{"no number", "pg_dump (PostgreSQL) devel"},
		{"a number without the product", "16.4"},
		{"a number that is no number", "pg_dump (PostgreSQL) 99999999999999999999.1"},
	} {
		t.Run(tt.name+" is an error", func(t *testing.T) {
			if got, err := pgtool.ParseVersion(tt.text); err == nil ||
				!strings.HasPrefix(err.Error(), "cannot read a PostgreSQL version in ") {
				t.Errorf("%q is %v (%v)", tt.text, got, err)
			}
		})
	}
}

func TestServerVersion(t *testing.T) {
	for _, tt := range []struct {
		number     int
		text, want string
	}{
		{130023, "13.23", "13.23"},
		{150020, "15.20 (Debian 15.20-0+deb12u1)", "15.20"},
		{180000, "18.0", "18.0"},
		{190000, "19rc1 (Debian 19~rc1-1)", "19rc1"},
		{190000, "19devel", "19devel"},
		{190000, "19beta2", "19beta2"},
		{150004, "15.4.0 of another maker", "15.4"},
		{170000, "", "17.0"},
	} {
		if got := pgtool.ServerVersion(tt.number, tt.text).String(); got != tt.want {
			t.Errorf("%d, %q is %s, not %s", tt.number, tt.text, got, tt.want)
		}
	}
}

func TestWhatIsBeforeAReleaseIsOlder(t *testing.T) {
	order := []string{"19beta1", "19beta2", "19rc1", "19.0", "19.1", "19.12"}
	for i := range len(order) - 1 {
		if a, b := release(t, order[i]), release(t, order[i+1]); a.Compare(b) >= 0 || b.Compare(a) <= 0 || a.Compare(a) != 0 {
			t.Errorf("%s is not older than %s", a, b)
		}
	}
}

// release reads "15.20" or "15".
func release(t *testing.T, text string) pgtool.Version {
	t.Helper()
	v, err := pgtool.ParseVersion("(PostgreSQL) " + text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestRefuseDump(t *testing.T) {
	for _, tt := range []struct{ name, tool, server, want string }{
		{"of the same version", "15.20", "15.20", ""},
		{"of the same major, older minor", "15.18", "15.20", ""},
		{"of a newer major", "18.1", "13.23", ""},
		{"of an older major", "15.20", "16.1", "pg_dump 15.20 is older than the server, 16.1, and would refuse to dump it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := pgtool.RefuseDump(release(t, tt.tool), release(t, tt.server)); got != tt.want {
				t.Errorf("%q, not %q", got, tt.want)
			}
		})
	}
}

// TestRefuseRestore checks the rules against the 1,440 restores that were measured (PITFALLS, a1).
func TestRefuseRestore(t *testing.T) {
	const ok = ""
	for _, tt := range []struct{ name, tool, dump, server, want string }{
		{"all of one version", "15.20", "15.20", "15.20", ok},
		{"all of one new version", "18.6", "18.6", "18.6", ok},
		{"upwards, with the old programs", "13.23", "13.23", "17.12", ok},
		{"upwards, with the new programs", "18.6", "18.6", "17.12", ok},
		{"upwards, read by a newer pg_restore", "17.12", "13.23", "18.6", ok},
		{"downwards, with old programs", "16.14", "16.14", "13.23", ok},
		{"an old archive read by a newer pg_restore that is old enough", "16.14", "13.23", "15.20", ok},
		{"a pg_restore older than the pg_dump", "15.20", "17.12", "18.6",
			"pg_restore 15.20 is older than the pg_dump 17.12 that wrote the archive, and may not read it"},
		{"a pg_restore one major older", "13.23", "14.23", "13.23", "pg_restore 13.23 is older than the pg_dump 14.23"},
		{"a new pg_restore into an old server", "17.12", "15.20", "16.14",
			"pg_restore 17.12 sets transaction_timeout, which a server of version 16.14 does not know; use programs of " +
				"version 15 to 16"},
		{"a new archive into an old server", "17.12", "17.12", "16.14",
			"what pg_dump 17.12 writes sets transaction_timeout, which a server of version 16.14 does " +
				"not know; dump with pg_dump 16 or older"},
		{"a new archive into an old server, whatever reads it", "16.14", "18.6", "13.23",
			"what pg_dump 18.6 writes sets transaction_timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := pgtool.RefuseRestore(release(t, tt.tool), release(t, tt.dump), release(t, tt.server))
			if (got == ok) != (tt.want == ok) || !strings.HasPrefix(got, tt.want) {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestRefusePlain(t *testing.T) {
	const ok = ""
	for _, tt := range []struct{ name, dump, server, want string }{
		{"all of one version", "15.20", "15.20", ok},
		{"an old dump into a new server", "13.16", "18.6", ok},
		{"a new dump into a new server", "18.6", "17.12", ok},
		{"a new dump into an old server", "17.12", "16.14",
			"what pg_dump 17.12 writes sets transaction_timeout, which a server of version 16.14 does not know; dump with " +
				"pg_dump 16 or older"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := pgtool.RefusePlain(release(t, tt.dump), release(t, tt.server)); got != tt.want {
				t.Errorf("\n got %q\nwant %q", got, tt.want)
			}
		})
	}
}
