//go:build unix

package origin_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
)

// TestASnapshotThatIsTooOldEndsTheRun: soon, with the reason, with nothing left behind on disk or on the server.
func TestASnapshotThatIsTooOldEndsTheRun(t *testing.T) {
	source, conn := storytest.Filled(t, pgtest.Server(t), "create table public.a (n int)")
	su := storytest.Overlay(t, map[string]string{"invariant/slow.sql": "select pg_sleep(60)::text as a order by a"})
	folder := t.TempDir()
	for name, run := range map[string]func() error{
		"record": func() error {
			_, _, err := roundtrip.Record(context.Background(),
				&roundtrip.RecordOptions{Suite: su, Server: source, Tool: "test", Jobs: 2, MaxAge: 2 * time.Second})
			return err
		},
		"dump": func() error {
			tools, err := pgdump.FindTools(context.Background(), storytest.FinderOf(source), source, "custom", os.Stderr)
			if err != nil {
				return err
			}
			_, _, err = roundtrip.Dump(context.Background(),
				&origin.Options{Suite: su, Server: source, Tools: tools, Tool: "test", Jobs: 1,
					Out: filepath.Join(folder, "a"), Format: "custom", MaxAge: 2 * time.Second})
			return err
		},
	} {
		begun := time.Now()
		err := run()
		if err == nil || !strings.Contains(err.Error(), "held for 2s (-max-snapshot-age)") || hint.Of(err) == "" ||
			time.Since(begun) > 30*time.Second {
			t.Errorf("%s: %v after %s", name, err, time.Since(begun))
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		n := storytest.Value[int](t, conn,
			"select count(*)::int from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d sessions are left", n)
		}
	}
}
