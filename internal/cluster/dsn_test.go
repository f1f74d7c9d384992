package cluster_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/cluster"
)

func TestConnectionStringsAreReadAsLibpqReadsThem(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want cluster.DSN
	}{
		"a URL with everything":         {"postgres://bob:s3cret@db.example:5433/app?sslmode=require", cluster.DSN{"user": "bob", "password": "s3cret", "host": "db.example", "port": "5433", "dbname": "app", "sslmode": "require"}},
		"the other scheme":              {"postgresql://db/app", cluster.DSN{"host": "db", "dbname": "app"}},
		"a URL that names nothing":      {"postgres://", cluster.DSN{}},
		"an IPv6 address":               {"postgres://[::1]:5433/app", cluster.DSN{"host": "::1", "port": "5433", "dbname": "app"}},
		"several hosts":                 {"postgres://a:1,b,[::1]:3/app", cluster.DSN{"host": "a,b,::1", "port": "1,,3", "dbname": "app"}},
		"several hosts without ports":   {"postgres://a,b/app", cluster.DSN{"host": "a,b", "dbname": "app"}},
		"a socket folder as host":       {"postgres://%2Frun%2Fpostgresql/app", cluster.DSN{"host": "/run/postgresql", "dbname": "app"}},
		"a socket folder as parameter":  {"postgres:///app?host=/run/postgresql&port=5433", cluster.DSN{"host": "/run/postgresql", "port": "5433", "dbname": "app"}},
		"percent-encoding":              {"postgres://b%40b:p%3A%2F%40%25x@h/a%20b", cluster.DSN{"user": "b@b", "password": "p:/@%x", "host": "h", "dbname": "a b"}},
		"a plus is a plus":              {"postgres://u:a+b@h/?options=-c+x", cluster.DSN{"user": "u", "password": "a+b", "host": "h", "options": "-c+x"}},
		"# and ; are nothing special":   {"postgres://u:a#b;c@h", cluster.DSN{"user": "u", "password": "a#b;c", "host": "h"}},
		"an @ in the password":          {"postgres://u:p@ss@h/db", cluster.DSN{"user": "u", "password": "p@ss", "host": "h", "dbname": "db"}},
		"the last parameter wins":       {"postgres://h/?port=1&port=2", cluster.DSN{"host": "h", "port": "2"}},
		"ssl=true as JDBC writes it":    {"postgres://h/?ssl=true", cluster.DSN{"host": "h", "sslmode": "require"}},
		"an empty password is none":     {"postgres://u:@h", cluster.DSN{"user": "u", "host": "h"}},
		"pairs":                         {"host=h port=5433 user=bob", cluster.DSN{"host": "h", "port": "5433", "user": "bob"}},
		"pairs with blanks":             {" host = h\tuser\n=\nbob\v", cluster.DSN{"host": "h", "user": "bob"}},
		"quotes":                        {`password='it''s' host=h`, nil},
		"a quoted value":                {`user='a b' password='it\'s \\' host=h`, cluster.DSN{"user": "a b", "password": `it's \`, "host": "h"}},
		"an escape outside of quotes":   {`user=a\ b host=h`, cluster.DSN{"user": "a b", "host": "h"}},
		"a backslash at the end":        {`user=a\`, cluster.DSN{"user": "a"}},
		"an empty value":                {"host='' user=bob", cluster.DSN{"user": "bob"}},
		"nothing":                       {"", cluster.DSN{}},
		"the alias of dbname":           {"database=x", cluster.DSN{"dbname": "x"}},
		"dbname stands above its alias": {"database=x dbname=y", cluster.DSN{"dbname": "y"}},
		"an equals sign in a value":     {"password=a=b user=x", cluster.DSN{"password": "a=b", "user": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := cluster.ParseDSN(c.text)
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
		{"an unknown parameter", "postgres://u:" + secret + "@h/db?schema=public", `no parameter "schema"`},
		{"a port that is no number", "postgres://u:" + secret + "@h:port/db", "port"},
		{"a port out of range", "host=h port=65536 password=" + secret, "port"},
		{"a quote that is never closed", "password='" + secret, "never closed"},
		{"a word", secret, "neither a URL"},
		{"a blank in the password", "password=a " + secret, "neither a URL"},
		{"a blank and = in the password", "password=a " + secret + "=b", "must be quoted"},
		{"an unknown keyword", "hots=h password=" + secret, `no parameter "hots"`},
		{"a value without a keyword", "=" + secret, "neither a URL"},
		{"a key's passphrase", "host=h sslpassword=" + secret, "process list"},
		{"a client key", "host=h scram_client_key=" + secret, "process list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn, err := cluster.ParseDSN(c.text)
			switch {
			case !errors.Is(err, cluster.ErrDSN):
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
	dsn, err := cluster.ParseDSN("postgres://bob:s3cret@h/app?require_auth=scram-sha-256&options=-cx=y")
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

func TestTheServerIsNamedByTheFirstSourceThatSpeaks(t *testing.T) {
	all := map[string]string{"PGROUNDTRIP_DSN": "host=second", "DATABASE_URL": "postgres://third", "PGHOST": "fourth"}
	without := func(names ...string) map[string]string {
		env := maps.Clone(all)
		for _, name := range names {
			delete(env, name)
		}
		return env
	}
	for _, c := range []struct {
		name, flag string
		env        map[string]string
		want       string // the DSN; "" is none
	}{
		{"-dsn before all", "host=first", all, "host=first"},
		{"PGROUNDTRIP_DSN before DATABASE_URL", "", all, "host=second"},
		{"DATABASE_URL before PGHOST", "", without("PGROUNDTRIP_DSN"), "host=third"},
		{"PGHOST", "", without("PGROUNDTRIP_DSN", "DATABASE_URL"), "host=fourth"},
		{"nothing", "", map[string]string{"PGUSER": "bob", "PGPORT": "5433"}, ""},
		{"PGSERVICE", "", map[string]string{"PGSERVICE": "prod"}, "service=prod"},
		{"a service stands above PGUSER and PGHOST", "", map[string]string{"PGSERVICE": "prod", "PGUSER": "bob", "PGHOST": "h"}, "service=prod"},
		{"what the DSN leaves open", "host=h", map[string]string{"PGUSER": "bob", "PGPORT": "5433", "PGHOST": "no", "PGDATABASE": "app"}, "dbname=app host=h port=5433 user=bob"},
		{"PGHOSTADDR counts too", "host=h", map[string]string{"PGHOSTADDR": "127.0.0.1"}, "host=h hostaddr=127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn, named, err := cluster.Options{DSN: c.flag, Env: c.env}.Named()
			if err != nil {
				t.Fatal(err)
			}
			if named != (c.want != "") || dsn.String() != c.want {
				t.Errorf("got %q (named: %v), want %q", dsn, named, c.want)
			}
		})
	}
	for source, o := range map[string]cluster.Options{
		"-dsn":            {DSN: "x"},
		"PGROUNDTRIP_DSN": {Env: map[string]string{"PGROUNDTRIP_DSN": "x"}},
		"DATABASE_URL":    {Env: map[string]string{"DATABASE_URL": "x"}},
	} {
		if _, _, err := o.Named(); err == nil || !strings.HasPrefix(err.Error(), source+": ") {
			t.Errorf("an unreadable %s gives: %v", source, err)
		}
	}
}

func FuzzParseDSN(f *testing.F) {
	for _, text := range []string{
		"", "postgres://", "postgres://bob:s3cret@h:1,[::1]:2/db?sslmode=require&options=-c%20x", "postgres://%2Ftmp/db", "postgres://u:p@ss@h",
		`host=h password='it\'s' user = b\ c`, "password='", "postgres://u:12?x=y@h/", "port=0", "a=b", "host=\v port=\f1", "database=x dbname=y", `user=\`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dsn, err := cluster.ParseDSN(text)
		if err != nil {
			if !errors.Is(err, cluster.ErrDSN) {
				t.Fatalf("%v is not ErrDSN", err)
			}
			return
		}
		again, err := cluster.ParseDSN(dsn.String())
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
