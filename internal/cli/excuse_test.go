//go:build unix

package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// owned is a database with several owners and grants. The roles exist until the test ends.
func owned(t *testing.T, server *cluster.Server) *cluster.Server {
	t.Helper()
	admin := pgtest.Connect(t, pgtest.Scratch(t, server))
	storytest.MustExec(t, admin, "create role excuse_alice; create role excuse_bob; create role excuse_eve")
	t.Cleanup(func() {
		storytest.MustExec(t, admin, "drop role excuse_alice; drop role excuse_bob; drop role excuse_eve")
	})
	source, conn := storytest.Filled(t, server, `
		create table public.pay (n int); alter table public.pay owner to excuse_alice; grant select on public.pay to excuse_bob;
		create table public.narrow (n int); alter table public.narrow owner to excuse_alice; revoke delete on public.narrow from excuse_alice;
		create table public.own (n int); grant select on public.own to public;
		create table public.granted (n int); alter table public.granted owner to excuse_alice; grant select on public.granted to current_user;
		grant update (n) on public.pay to excuse_bob; create table public.none (n int); alter table public.none owner to excuse_bob;
		revoke all on public.none from excuse_bob; create function public.f() returns int language sql as 'select 1'; alter function public.f() owner to excuse_alice;
		revoke all on function public.f() from public; create function public.g() returns int language sql as 'select 1';
		alter function public.g() owner to excuse_alice; revoke all on function public.g() from excuse_alice`)
	for i := range 30 { // more than a report shows
		storytest.MustExec(t, conn,
			fmt.Sprintf("create table public.t%[1]d (n int); alter table public.t%[1]d owner to excuse_alice", i))
	}
	return source
}

// TestAnExcuseIsNoWiderThanItsName: what is left out on request is expected to differ, and nothing else.
func TestAnExcuseIsNoWiderThanItsName(t *testing.T) {
	server := pgtest.Server(t)
	b := storytest.TakeDump(t, owned(t, server), nil)
	for _, tt := range pgtest.Dealt(t, 3, []struct {
		name   string
		args   []string
		damage string // "" is none
		fails  []string
	}{
		{"no owners", []string{"--no-owner"}, "", nil},
		{"no owners, and all for everyone", []string{"--no-owner"}, "grant all on public.pay to public",
			[]string{"object=public.pay", "grants"}},
		{"no owners, and a right taken", []string{"--no-owner"}, "revoke select on public.pay from excuse_bob",
			[]string{"object=public.pay", "grants"}},
		{"no owners, and a right of a column taken", []string{"-O"}, "revoke update (n) on public.pay from excuse_bob",
			[]string{"missing"}},
		{"no owners, and a grant where none was", []string{"-O"}, "grant select on public.t1 to excuse_eve",
			[]string{"object=public.t1"}},
		{"no owners, and a function for everyone", []string{"-O"}, "grant execute on function public.f() to public",
			[]string{"object=public.f()"}},
		{"no owners, and an object for somebody", []string{"-O"}, "alter table public.t2 owner to excuse_eve",
			[]string{"owner"}},
		{"no owners, and one more object", []string{"-O"}, "create table public.extra (n int)",
			[]string{"object=public.extra"}},
		{"no grants", []string{"--no-acl"}, "", nil},
		{"no grants, and another owner", []string{"--no-acl"}, "alter table public.pay owner to excuse_eve",
			[]string{"object=public.pay", "owner"}},
		{"no grants, and one for everyone", []string{"-x"}, "grant all on public.pay to public",
			[]string{"object=public.pay", "grants"}},
		{"no grants, and one on a column", []string{"-x"}, "grant select (n) on public.t3 to public", []string{"extra"}},
		{"no grants, and everybody's schema", []string{"-x"}, "grant all on schema public to excuse_eve",
			[]string{"object=public", "grants"}},
		{"neither", []string{"-x", "-O"}, "", nil},
		{"neither, and all for everyone", []string{"-x", "-O"}, "grant all on public.pay to public",
			[]string{"object=public.pay"}},
	}) {
		t.Run(tt.name, func(t *testing.T) {
			o := tryRestoreWith(t, server, b, tt.args, tt.damage)
			if tt.fails == nil {
				storytest.RequirePass(t, o)
				return
			}
			if c := checkOf(o, storytest.PrivilegesCheck); c.Verdict != verdict.Fail {
				t.Fatalf("%s: %s", c.Verdict, c.Detail)
			}
			first := checkOf(o, storytest.PrivilegesCheck).Changes.First[0]
			shown := fmt.Sprintf("%s %s %s", first.Kind, first.Key, strings.Join(first.Columns, ", "))
			for _, text := range tt.fails {
				if !strings.Contains(shown, text) {
					t.Errorf("the first change is %q, it does not say %q", shown, text)
				}
			}
		})
	}
}

// TestAnExcuseOfEverythingExcusesNothing: an expectation in a manifest that names neither row nor column.
func TestAnExcuseOfEverythingExcusesNothing(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, "create table public.pay (n int)")
	b := storytest.TakeDump(t, source, nil)
	storytest.Reseal(t, b.Path, func(m *record.Record) {
		for _, query := range []string{"invariant/tables", "invariant/privileges"} {
			m.Expected = append(m.Expected, record.Expectation{Query: query, What: "everything", Reason: "by design"})
		}
	})
	o := tryRestoreWith(t, server, b, nil, "insert into public.pay values (1); grant all on public.pay to public")
	for _, name := range []string{"record/invariant/tables", storytest.PrivilegesCheck} {
		if c := checkOf(o, name); c.Verdict != verdict.Fail {
			t.Errorf("%s: %s: %s", name, c.Verdict, c.Detail)
		}
	}
}

func tryRestoreWith(t *testing.T, server *cluster.Server, b *storytest.Backup, args []string,
	damage string) *verdict.Report {
	t.Helper()
	return storytest.TryRestore(t, server, b, func(o *drill.Options) {
		o.Args = args
		o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error { _, err := conn.Exec(ctx, damage); return err }
	})
}

func checkOf(o *verdict.Report, name string) verdict.Check {
	i := slices.IndexFunc(o.Checks, func(c verdict.Check) bool { return c.Name == name })
	if i < 0 {
		return verdict.Check{Detail: fmt.Sprintf("there is no such check: %v", o.Err)}
	}
	return o.Checks[i]
}

// TestASequenceMayBeAheadOnlyIfItMoved: a sequence that moves during the dump excuses no other one, and may be ahead by
// no more than it was at the end.
func TestASequenceMayBeAheadOnlyIfItMoved(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db := pgtest.Scratch(t, server)
	storytest.MustExec(t, pgtest.Connect(t, db),
		"create sequence public.moving; create sequence public.still; create sequence public.falling increment -1; "+
			"create sequence public.round maxvalue 5 cycle; select setval('public.moving', 10), setval('public.falling', "+
			"-10), setval('public.round', 4)")
	psql := filepath.Join(filepath.Dir(storytest.Program(t, server, "psql")), "psql")
	script := fmt.Sprintf(`next() { '%s' -XAtqc "select nextval('public.moving'), nextval('public.falling'), nextval('public.round')" "$1" >/dev/null || exit 9; }
next "$1"; "$real" "$@" && next "$1"`, psql)
	out := filepath.Join(t.TempDir(), "backup")
	storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out, "-bindir", storytest.BindirWith(t, server, "pg_dump", script))).Require(t,
		0)
	manifest, err := os.ReadFile(out + record.ManifestSuffix)
	if err != nil || !strings.Contains(string(manifest), `"ends": [`) {
		t.Fatalf("the sequences did not move (%v)", err)
	}
	b := &storytest.Backup{Path: out}
	for _, tt := range []struct {
		name, damage string
		passes       bool
	}{
		{"as they are in the archive", "", true},
		{"ahead, where it was at the end", "select setval('public.moving', 12)", true},
		{"ahead of the end", "select setval('public.moving', 13)", false},
		{"far ahead of the end", "select setval('public.moving', 2000000000)", false},
		{"behind", "select setval('public.moving', 9)", false},
		{"one that did not move, far ahead", "select setval('public.still', 2000000000)", false},
		{"one that did not move, by one", "select nextval('public.still')", false},
		{"one that falls, ahead of the end", "select setval('public.falling', -13)", false},
		{"one that falls, behind", "select setval('public.falling', -9)", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := checkOf(tryRestoreWith(t, server, b, nil, tt.damage), "record/invariant/sequences")
			if (c.Verdict == verdict.Pass) != tt.passes {
				t.Errorf("%s: %s", c.Verdict, c.Detail)
			}
		})
	}
}
