//go:build unix

package pgtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtool"
)

func TestMain(m *testing.M) { Main(m) }

// The oldest and the newest major make standbys; where there is one major, it does.
func TestStandbysFollowTheirPrimary(t *testing.T) {
	for _, dir := range SomeMajors() {
		t.Run("bindir "+dir, func(t *testing.T) {
			var folder string
			t.Run("while the test runs", func(t *testing.T) {
				p := Replicated(t, dir, 2)
				folder = p.folder
				mustFollow(t, p)
			})
			if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s was left behind: %v", folder, err)
			}
		})
	}
}

func mustFollow(t *testing.T, p *Primary) {
	t.Helper()
	first, second := p.Standbys[0], p.Standbys[1]
	do := func(n *Node, statement string) {
		t.Helper()
		if err := n.Do(statement); err != nil {
			t.Fatalf("%s: %v", n.Name, err)
		}
	}
	holds := func(n *Node, want int) {
		t.Helper()
		if got, err := ask[int](n, "select count(*)::int from t"); err != nil || got != want {
			t.Errorf("%s holds %d rows, want %d (%v)", n.Name, got, want, err)
		}
	}
	do(p.Node, "create table t as select 1 as n")
	p.AwaitReplay(t, p.Standbys...)
	holds(first, 1)
	second.PauseReplay(t)
	do(p.Node, "insert into t values (2)")
	p.AwaitReplay(t, first)
	holds(first, 2)
	holds(second, 1)
	if err := second.ResumeReplay(); err != nil {
		t.Fatal(err)
	}
	p.AwaitReplay(t, second)
	holds(second, 2)
	first.Stop()
	first.Stop()
	if err := first.Do("select 1"); err == nil {
		t.Error("a standby that was stopped answers")
	}
	p.AwaitStreaming(t, 1)
	second.Promote(t)
	do(second, "insert into t values (3)")
	holds(p.Node, 2)
	holds(second, 3)
	second.Demote(t)
	holds(second, 3)
	if isStandby, err := ask[bool](second, "select pg_is_in_recovery()"); err != nil || !isStandby {
		t.Errorf("%s is no standby again (%v)", second.Name, err)
	}
}

// A folder without pg_basebackup is a reason to fail, not to skip.
func TestNoStandbyIsMadeWithoutItsProgram(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := replicating(pgtool.Finder{Bindir: dir}); err == nil ||
		!strings.Contains(err.Error(), filepath.Join(dir, "pg_basebackup")) {
		t.Errorf("the error does not name what is missing: %v", err)
	}
}

func TestAServerListensOnItsSocketOnly(t *testing.T) {
	p := Replicated(t, "", 0)
	if addresses, err := ask[string](p.Node, "show listen_addresses"); err != nil || addresses != "" {
		t.Errorf("it listens on %q (%v)", addresses, err)
	}
	if _, err := os.Stat(filepath.Join(p.folder, ".s.PGSQL.5432")); err != nil {
		t.Error(err)
	}
	conn, err := p.Server(t, "postgres").Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close(context.Background())
}
