package conninfo_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/conninfo"
)

func TestConnectionStringsAreReadAsLibpqReadsThem(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want conninfo.DSN
	}{
		"a URL with everything": {"postgres://bob:s3cret@db.example:5433/app?sslmode=require",
			conninfo.DSN{"user": "bob", "password": "s3cret", "host": "db.example", "port": "5433", "dbname": "app",
				"sslmode": "require"}},
		"the other scheme":         {"postgresql://db/app", conninfo.DSN{"host": "db", "dbname": "app"}},
		"a URL that names nothing": {"postgres://", conninfo.DSN{}},
		"an IPv6 address": {"postgres://[::1]:5433/app",
			conninfo.DSN{"host": "::1", "port": "5433", "dbname": "app"}},
		"several hosts": {"postgres://a:1,b,[::1]:3/app",
			conninfo.DSN{"host": "a,b,::1", "port": "1,,3", "dbname": "app"}},
		"several hosts without ports": {"postgres://a,b/app", conninfo.DSN{"host": "a,b", "dbname": "app"}},
		"a socket folder as host": {"postgres://%2Frun%2Fpostgresql/app",
			conninfo.DSN{"host": "/run/postgresql", "dbname": "app"}},
		"a socket folder as parameter": {"postgres:///app?host=/run/postgresql&port=5433",
			conninfo.DSN{"host": "/run/postgresql", "port": "5433", "dbname": "app"}},
		"percent-encoding": {"postgres://b%40b:p%3A%2F%40%25x@h/a%20b",
			conninfo.DSN{"user": "b@b", "password": "p:/@%x", "host": "h", "dbname": "a b"}},
		"a plus is a plus": {"postgres://u:a+b@h/?options=-c+x",
			conninfo.DSN{"user": "u", "password": "a+b", "host": "h", "options": "-c+x"}},
		"# and ; are nothing special": {"postgres://u:a#b;c@h",
			conninfo.DSN{"user": "u", "password": "a#b;c", "host": "h"}},
		"an @ in the password": {"postgres://u:p@ss@h/db",
			conninfo.DSN{"user": "u", "password": "p@ss", "host": "h", "dbname": "db"}},
		"the last parameter wins":    {"postgres://h/?port=1&port=2", conninfo.DSN{"host": "h", "port": "2"}},
		"ssl=true as JDBC writes it": {"postgres://h/?ssl=true", conninfo.DSN{"host": "h", "sslmode": "require"}},
		"an empty password is none":  {"postgres://u:@h", conninfo.DSN{"user": "u", "host": "h"}},
		"pairs": {"host=h port=5433 user=bob",
			conninfo.DSN{"host": "h", "port": "5433", "user": "bob"}},
		"pairs with blanks": {" host = h\tuser\n=\nbob\v", conninfo.DSN{"host": "h", "user": "bob"}},
		"quotes":            {`password='it''s' host=h`, nil},
		"a quoted value": {`user='a b' password='it\'s \\' host=h`,
			conninfo.DSN{"user": "a b", "password": `it's \`, "host": "h"}},
		"an escape outside of quotes":   {`user=a\ b host=h`, conninfo.DSN{"user": "a b", "host": "h"}},
		"a backslash at the end":        {`user=a\`, conninfo.DSN{"user": "a"}},
		"an empty value":                {"host='' user=bob", conninfo.DSN{"user": "bob"}},
		"nothing":                       {"", conninfo.DSN{}},
		"the alias of dbname":           {"database=x", conninfo.DSN{"dbname": "x"}},
		"dbname stands above its alias": {"database=x dbname=y", conninfo.DSN{"dbname": "y"}},
		"an equals sign in a value":     {"password=a=b user=x", conninfo.DSN{"password": "a=b", "user": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := conninfo.Parse(c.text)
			if c.want == nil {
				if err == nil {
					t.Fatalf("was read as %v, want an error", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("got %v\nwant %v", got, c.want)
			}
		})
	}
}

func TestAConnectionStringThatCannotBeReadIsRefusedWithoutQuotingIt(t *testing.T) {
	const secret = "s3cr3t"
	for _, c := range []struct{ name, text, want string }{
		{"a slash in the password", "postgres://u:x/" + secret + "@h/db", "written as %XX"},
		{"a slash and digits in the password", "postgres://u:12/" + secret + "@h/db", "written as %XX"},
		{"a question mark in the password", "postgres://u:12?" + secret + "@h/db", "written as %XX"},
		{"a question mark and = in the password", "postgres://u:12?" + secret + "=x@h/db", "written as %XX"},
		{"the password where the port stands", "postgres://u:" + secret, "port"},
		{"a percent sign in the password", "postgres://u:%zz" + secret + "@h/db", "%"},
		{"a zero byte", "postgres://u:" + secret + "%00@h/db", "%"},
		{"a raw zero byte", "password=" + secret + "\x00", "zero byte"},
		{"an open bracket", "postgres://u:" + secret + "@[::1/db", "IPv6"},
		{"something behind the bracket", "postgres://u:" + secret + "@[::1]x/db", "IPv6"},
		{"a query that is no pairs", "postgres://u:" + secret + "@h/db?" + secret, "key=value"},
		{"an unknown parameter", "postgres://u:" + secret + "@h/db?schema=public", `the parameter "schema"`},
		{"a port that is no number", "postgres://u:" + secret + "@h:port/db", "port"},
		{"a port out of range", "host=h port=65536 password=" + secret, "port"},
		{"a quote that is never closed", "password='" + secret, "never closed"},
		{"a word", secret, "neither a URL"},
		{"a blank in the password", "password=a " + secret, "neither a URL"},
		{"a blank and = in the password", "password=a " + secret + "=b", "must be quoted"},
		{"an unknown keyword", "hots=h password=" + secret, `the parameter "hots"`},
		{"a value without a keyword", "=" + secret, "neither a URL"},
		{"a key's passphrase", "host=h sslpassword=" + secret, "process list"},
		{"a client key", "host=h scram_client_key=" + secret, "process list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn, err := conninfo.Parse(c.text)
			switch {
			case !errors.Is(err, conninfo.ErrDSN):
				t.Fatalf("got %v, %v, want ErrDSN", dsn, err)
			case strings.Contains(err.Error(), secret):
				t.Errorf("the error quotes the secret: %v", err)
			case !strings.Contains(err.Error(), c.want):
				t.Errorf("the error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestProgramsGetThePasswordThroughTheEnvironmentOnly(t *testing.T) {
	dsn, err := conninfo.Parse("postgres://bob:s3cret@h/app?require_auth=scram-sha-256&options=-cx=y")
	if err != nil {
		t.Fatal(err)
	}
	conninfo, env := dsn.Programs()
	if strings.Contains(conninfo, "s3cret") || strings.Contains(dsn.String(), "s3cret") {
		t.Errorf("the password is in the arguments: %s", conninfo)
	}
	if want := []string{"PGPASSWORD=s3cret", "PGREQUIREAUTH=scram-sha-256"}; !slices.Equal(env, want) {
		t.Errorf("environment %q, want %q", env, want)
	}
	if want := `dbname=app host=h options=-cx=y user=bob`; conninfo != want {
		t.Errorf("got  %s\nwant %s", conninfo, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"", "postgres://", "postgres://bob:s3cret@h:1,[::1]:2/db?sslmode=require&options=-c%20x", "postgres://%2Ftmp/db", "postgres://u:p@ss@h",
		`host=h password='it\'s' user = b\ c`, "password='", "postgres://u:12?x=y@h/", "port=0", "a=b", "host=\v port=\f1", "database=x dbname=y", `user=\`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dsn, err := conninfo.Parse(text)
		if err != nil {
			if !errors.Is(err, conninfo.ErrDSN) {
				t.Fatalf("%v is not ErrDSN", err)
			}
			return
		}
		again, err := conninfo.Parse(dsn.String())
		if err != nil {
			t.Fatalf("%q became %q, which cannot be read: %v", text, dsn, err)
		}
		if again["password"] != "" {
			t.Fatalf("%q became %q: a password", text, dsn)
		}
		delete(dsn, "password")
		if !maps.Equal(dsn, again) {
			t.Fatalf("%q became %q, read as %v, want %v", text, dsn.String(), again, dsn)
		}
	})
}
