package roundtrip_test

import (
	"context"
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
	storytest.RequirePass(t, compared(t, roundtrip.Side{Name: "before", Record: before},
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
	requireAnother(t, compared(t, roundtrip.Side{Name: "before", Record: before},
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
