//go:build unix

package roundtrip_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
)

// TestTheClusterIsComparedWithItself: records hold roles, settings and databases, without passwords, and these are
// compared only with another copy of the same cluster.
func TestTheClusterIsComparedWithItself(t *testing.T) {
	server := pgtest.On(t, "")
	conn := storytest.Connection(t, storytest.At(t, server, "dbname", "postgres"))
	storytest.MustExec(t, conn, `create role app login password 'hunter2' valid until '2030-01-01'; create role team; grant team to app;
		alter role app set work_mem = '8MB'; alter database postgres set app.token = 'hunter3'; grant connect on database postgres to team;
		comment on role team is 'a team'`)
	before := storytest.Recorded(t, storytest.At(t, server, "dbname", "postgres"))
	o := storytest.Compared(t, before, roundtrip.Side{Name: "now", Server: storytest.At(t, server, "dbname", "postgres")}, nil)
	if storytest.RequirePass(t, o); strings.Contains(strings.Join(o.NotCovered, " "), "cluster/") {
		t.Errorf("not covered: %q", o.NotCovered)
	}
	for _, r := range before.Record.Results {
		if rows := strings.Join(r.Kept, "\n"); strings.Contains(rows, "hunter") || strings.Contains(rows, "SCRAM") {
			t.Errorf("%s shows a password: %s", r.Query, rows)
		}
	}
	type change struct{ change, query, named, undo string }
	for _, tt := range pgtest.OneOfEach(t, []change{
		{"alter role team login", "roles", "role=team", "alter role team nologin"},
		{"comment on role team is 'another'", "roles", "role=team", "comment on role team is 'a team'"},
		{"alter role app valid until 'infinity'", "roles", "role=app", "alter role app valid until '2030-01-01'"},
		{"create role extra", "roles", "extra", "drop role extra"},
		{"alter role app password null", "passwords", "", ""},
		{"revoke team from app", "memberships", "role=team member=app", "grant team to app"},
		{"grant team to app with admin option", "memberships", "role=team member=app",
			"revoke admin option for team from app"},
		{"alter role app in database postgres set work_mem = '8MB'", "settings", "database=postgres role=app",
			"alter role app in database postgres reset work_mem"},
		{"alter database postgres set app.token = 'other'", "settings", "name=app.token",
			"alter database postgres set app.token = 'hunter3'"},
		{"revoke connect on database postgres from team", "databases", "database=postgres",
			"grant connect on database postgres to team"},
		{"create database more", "databases", "more", "drop database more"},
		{"grant create on tablespace pg_default to team", "tablespaces", "pg_default", ""},
	}, func(c change) string { return c.query }) {
		for statement := range strings.SplitSeq(tt.change, "; ") {
			storytest.MustExec(t, conn, statement)
		}
		storytest.RequireFails(t, storytest.Compared(t, before,
			roundtrip.Side{Name: "now", Server: storytest.At(t, server, "dbname",
				"postgres")}, nil), "record/cluster/"+tt.query, tt.named)
		if tt.undo != "" {
			storytest.MustExec(t, conn, tt.undo)
		} else {
			before = storytest.Recorded(t, storytest.At(t, server, "dbname", "postgres"))
		}
	}

	// A role that may not read passwords records the rest; a copy on another cluster is compared without any of it.
	storytest.MustExec(t, conn, "create database small")
	small := storytest.Recorded(t, storytest.At(t, server, "dbname", "small"))
	limited := storytest.Recorded(t, storytest.At(t, storytest.At(t, server, "dbname", "small"), "user", "app"))
	isListed := func(r *record.Record) bool {
		return slices.ContainsFunc(r.NotCovered,
			func(entry string) bool { return strings.HasPrefix(entry, "cluster/passwords.sql (") })
	}
	if !isListed(limited.Record) || limited.Record.Has("cluster/passwords") || !limited.Record.Has("cluster/roles") {
		t.Errorf("not covered: %q", limited.Record.NotCovered)
	}
	for _, sides := range [][2]roundtrip.Side{{small, limited}, {limited, small}} {
		o := storytest.Compared(t, sides[0], sides[1], nil)
		storytest.RequirePass(t, o)
		if !slices.ContainsFunc(o.NotCovered,
			func(entry string) bool { return strings.HasPrefix(entry, "cluster/passwords.sql (") }) {
			t.Errorf("not covered: %q", o.NotCovered)
		}
	}
	other := pgtest.Scratch(t, pgtest.Server(t))
	o = storytest.Compared(t, small, storytest.Recorded(t, storytest.At(t, pgtest.Server(t), "dbname", other.Name)), nil)
	storytest.RequirePass(t, o)
	if _, r, err := roundtrip.Record(context.Background(),
		&roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Tool: "test",
			Server: storytest.At(t, storytest.At(t, server, "dbname", "small"), "user", "app"), Strict: true}); err == nil {
		t.Errorf("-strict records without passwords: %q", r.NotCovered)
	}
}
