//go:build unix

package moment_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
)

// TestAPausedStandbyShowsAnExactMoment: under a writer two records of it are the same, and replay goes on afterwards.
func TestAPausedStandbyShowsAnExactMoment(t *testing.T) {
	p := pgtest.Replicated(t, "", 1)
	primary := p.Server(t, "postgres")
	conn := storytest.Connection(t, primary)
	storytest.MustExec(t, conn, "create table public.busy (id bigserial primary key, note text); insert into "+
		"public.busy (note) select 'x' from generate_series(1, 500)")
	storytest.MustExec(t, conn, "create role reader login")
	p.AwaitStreaming(t, 1)
	standby, err := cluster.Open(context.Background(), p.Standbys[0].Options("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	there := storytest.Connection(t, standby)
	eventually := time.Now().Add(20 * time.Second)
	for storytest.Value[int](t, there, "select count(*)::int from pg_class where relname = 'busy'") == 0 &&
		time.Now().Before(eventually) {
		time.Sleep(50 * time.Millisecond)
	}
	ctx, stop := context.WithCancel(context.Background())
	written := make(chan error, 1)
	go func() {
		writer, err := primary.Connect(ctx)
		for err == nil {
			_, err = writer.Exec(ctx, "insert into public.busy (note) values (clock_timestamp()::text)")
		}
		written <- err
	}()
	defer func() { stop(); <-written }()
	take := func(server *cluster.Server, pause moment.Pause) (*record.Record, error) {
		_, r, err := roundtrip.Record(context.Background(),
			&roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: server, Tool: "test",
				Moment: moment.How{Pause: pause}})
		return r, err
	}
	isPaused := func() bool { return storytest.Value[bool](t, there, "select pg_is_wal_replay_paused()") }

	r, err := take(standby, moment.PauseResume)
	if err != nil || r.Moment.Kind != "paused" || !r.Moment.Standby || r.Moment.LSN == "" || isPaused() {
		t.Fatalf("%+v, %v; still paused: %t", r, err, isPaused())
	}
	before, err := take(standby, moment.PauseKeep)
	if err != nil || !isPaused() {
		t.Fatalf("%v; still paused: %t", err, isPaused())
	}
	after, err := take(standby, moment.PauseKeep)
	if err != nil || before.Moment.LSN != after.Moment.LSN {
		t.Fatalf("%v; %+v and %+v", err, before.Moment, after.Moment)
	}
	storytest.RequirePass(t, storytest.Compared(t, roundtrip.Side{Name: "before", Record: before},
		roundtrip.Side{Name: "after", Record: after}, nil))
	if _, err := take(standby, moment.PauseResume); err == nil ||
		!strings.Contains(storytest.HintOf(err), "-pause=keep") || !isPaused() {
		t.Errorf("a standby that somebody else has paused: %v", err)
	}
	storytest.MustExec(t, there, "select pg_wal_replay_resume()")
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) &&
		storytest.Value[bool](t, there, "select pg_last_wal_replay_lsn() = '"+before.Moment.LSN+"'::pg_lsn"); {
		time.Sleep(50 * time.Millisecond)
	}
	later, err := take(standby, moment.PauseResume)
	if err != nil {
		t.Fatal(err)
	}
	requireAnother(t, storytest.Compared(t, roundtrip.Side{Name: "before", Record: before},
		roundtrip.Side{Name: "later", Record: later}, nil))
	if _, err := take(primary, moment.PauseResume); err == nil || !strings.Contains(err.Error(), "is a primary") {
		t.Errorf("a primary: %v", err)
	}
	if _, err := take(storytest.At(t, standby, "user", "reader"), moment.PauseResume); err == nil ||
		!strings.Contains(storytest.HintOf(err), "grant execute on function pg_catalog.pg_wal_replay_pause() to reader") ||
		isPaused() {
		t.Errorf("a role without the right: %v", err)
	}
	// After an error replay goes on too.
	broken := storytest.Own(t, map[string]string{"session.sql": storytest.FileText(t, "../../sql/session.sql"),
		"invariant/x.sql": "select 1 / count(*) filter (where false) as n from pg_class order by n"})
	if _, _, err := roundtrip.Record(context.Background(), &roundtrip.RecordOptions{Suite: broken, Server: standby, Tool: "test", Moment: moment.How{Pause: moment.PauseResume}}); err == nil || isPaused() {
		t.Errorf("%v; still paused: %t", err, isPaused())
	}
}

// TestAKilledRunLeavesNoStandbyPausedForLong: after SIGKILL in the middle of a record the next run knows the pause for
// its own, and resumes replay when it is done. A pause of somebody else is still refused.
func TestAKilledRunLeavesNoStandbyPausedForLong(t *testing.T) {
	p := pgtest.Replicated(t, "", 1)
	standby := p.Standbys[0].Server(t, "postgres")
	there := storytest.Connection(t, standby)
	folder, out := t.TempDir(), filepath.Join(t.TempDir(), "record.json")
	for name, text := range map[string]string{"session.sql": storytest.FileText(t, "../../sql/session.sql"),
		"invariant/slow.sql": "select pg_sleep(600)::text as a order by a"} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	binary, env := storytest.Build(t), []string{"TMPDIR=" + t.TempDir()}
	killed := storytest.BinaryOn(binary, standby, env, "record", "-pause", "-sql", folder, "-o", out)
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	const sleeps = "select count(*) = 1 from pg_stat_activity where wait_event = 'PgSleep'"
	storytest.WaitUntil(t, there, sleeps)
	if output, err := storytest.BinaryOn(binary, standby, env, "record", "-pause", "-o", out).CombinedOutput(); err == nil ||
		!strings.Contains(string(output), "somebody else has paused") {
		t.Errorf("beside a run that is alive: %v\n%s", err, output)
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // it was killed
	isPaused := func() bool { return storytest.Value[bool](t, there, "select pg_is_wal_replay_paused()") }
	if !isPaused() {
		t.Fatal("replay goes on: nothing is left to be mended")
	}
	if output, err := storytest.BinaryOn(binary, standby, env, "record", "-pause", "-o", out).CombinedOutput(); err != nil || isPaused() {
		t.Errorf("after a run that was killed: %v; still paused: %t\n%s", err, isPaused(), output)
	}
	storytest.MustExec(t, there, "select pg_wal_replay_pause()")
	if err := storytest.BinaryOn(binary, standby, env, "record", "-pause", "-o", out).Run(); err == nil || !isPaused() {
		t.Errorf("somebody else's pause: %v; still paused: %t", err, isPaused())
	}
}
