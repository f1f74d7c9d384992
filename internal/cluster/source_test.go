package cluster_test

import (
	"maps"
	"strings"
	"testing"

	"pgroundtrip/internal/cluster"
)

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
		want       string // the DSN; "" means none
	}{
		{"-dsn before all", "host=first", all, "host=first"},
		{"PGROUNDTRIP_DSN before DATABASE_URL", "", all, "host=second"},
		{"DATABASE_URL before PGHOST", "", without("PGROUNDTRIP_DSN"), "host=third"},
		{"PGHOST", "", without("PGROUNDTRIP_DSN", "DATABASE_URL"), "host=fourth"},
		{"nothing", "", map[string]string{"PGUSER": "bob", "PGPORT": "5433"}, ""},
		{"PGSERVICE", "", map[string]string{"PGSERVICE": "prod"}, "service=prod"},
		{"a service stands above PGUSER and PGHOST", "",
			map[string]string{"PGSERVICE": "prod", "PGUSER": "bob", "PGHOST": "h"}, "service=prod"},
		{"what the DSN leaves open", "host=h", map[string]string{"PGUSER": "bob", "PGPORT": "5433", "PGHOST": "no",
			"PGDATABASE": "app"}, "dbname=app host=h port=5433 user=bob"},
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
