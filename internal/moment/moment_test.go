//go:build unix

package moment_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// exactly takes the record of a standby, which stays paused.
func exactly(t *testing.T, standby *cluster.Server) roundtrip.Side {
	t.Helper()
	_, r, err := roundtrip.Record(context.Background(),
		&roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: standby,
			Tool: "test", Moment: moment.How{Pause: moment.PauseKeep}, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return roundtrip.Side{Name: "record", Record: r}
}

// requireAnother wants a report that says no more than that the two show two moments.
func requireAnother(t *testing.T, o *verdict.Report, lsns ...string) {
	t.Helper()
	if o.Verdict() != verdict.Error || len(o.Checks) != 1 || o.Checks[0].Name != "moment" {
		t.Fatalf("%s: %+v", o.Verdict(), o.Checks)
	}
	for _, lsn := range lsns {
		if !strings.Contains(o.Checks[0].Detail, lsn) {
			t.Errorf("%s is not named: %s", lsn, o.Checks[0].Detail)
		}
	}
	if want := "recovery_target_action = pause"; !strings.Contains(o.Checks[0].Hint, want) {
		t.Errorf("no %q in the hint: %s", want, o.Checks[0].Hint)
	}
}

// TestAnotherMomentIsNoDifference: what two copies of one cluster show is compared only where both show the same WAL.
// What WAL does not carry is expected, and named; everything else is a difference.
func TestAnotherMomentIsNoDifference(t *testing.T) {
	p := pgtest.Replicated(t, "", 2)
	primary, first, second := p.Server(t, "postgres"), p.Standbys[0].Server(t, "postgres"), p.Standbys[1].Server(t,
		"postgres")
	conn := storytest.Connection(t, primary)
	storytest.MustExec(t, conn, `create table public.kept (id bigserial primary key, note text);
		insert into public.kept (note) select 'x' from generate_series(1, 3);
		create unlogged table public.fleeting (id bigserial primary key); insert into public.fleeting default values;
		create sequence public.round minvalue 1 maxvalue 5 cycle; select nextval('public.round') from generate_series(1, 7);
		create sequence public.untouched`)
	settle := func() {
		p.AwaitReplay(t, p.Standbys...)
		time.Sleep(300 * time.Millisecond)
		p.AwaitReplay(t, p.Standbys...)
	}
	settle()

	// A record of the primary, and a copy that has all of its WAL.
	source := storytest.Recorded(t, primary)
	o := storytest.Compared(t, source, roundtrip.Side{Name: "copy", Server: first}, nil)
	storytest.RequirePass(t, o)
	var said string
	for _, c := range o.Checks {
		said += c.Detail + "\n"
	}
	for _, want := range []string{"the rows of the unlogged table public.fleeting", "how far public.kept_id_seq is",
		"how far public.round is"} {
		if strings.Contains(want, "_id_seq") && !strings.Contains(said, want) {
			t.Errorf("not named: %s: %s", want, said)
		}
	}
	storytest.MustExec(t, conn, "select setval('public.untouched', 9)")
	settle()
	storytest.RequireFails(t, storytest.Compared(t, source, roundtrip.Side{Name: "copy", Server: first}, nil),
		"record/invariant/sequences", "untouched")

	// Two copies that are held at one place in the WAL, and at two.
	a := exactly(t, first)
	for range 20 { // the primary may write by itself in between
		if exactly(t, second).Record.Moment.Position().Is(a.Record.Moment.Position()) {
			break
		}
		for _, standby := range []*cluster.Server{first, second} {
			storytest.MustExec(t, storytest.Connection(t, standby), "select pg_wal_replay_resume()")
		}
		settle()
		a = exactly(t, first)
	}
	o = storytest.Compared(t, a, roundtrip.Side{Name: "copy", Server: second}, nil)
	storytest.RequirePass(t, o)
	if !slices.ContainsFunc(o.Checks, func(c verdict.Check) bool {
		return c.Name == "moment" && strings.Contains(c.Detail, a.Record.Moment.LSN)
	}) {
		t.Errorf("the moment is not named: %+v", o.Checks)
	}
	storytest.MustExec(t, storytest.Connection(t, second), "select pg_wal_replay_resume()")
	storytest.MustExec(t, conn, "insert into public.kept (note) values ('later')")
	p.AwaitReplay(t, p.Standbys[1])
	later := exactly(t, second)
	requireAnother(t, storytest.Compared(t, a, roundtrip.Side{Name: "copy", Server: second}, nil), a.Record.Moment.LSN,
		later.Record.Moment.LSN)
	requireAnother(t, storytest.Compared(t, roundtrip.Side{Name: "copy", Server: second}, a, nil), a.Record.Moment.LSN,
		later.Record.Moment.LSN)
	requireAnother(t, storytest.Compared(t, a, later, nil), a.Record.Moment.LSN, later.Record.Moment.LSN)

	// Copies that ended recovery: at the record's place, and at another. A role that may not read where cannot tell.
	storytest.MustExec(t, conn, "create role reader login; grant execute on function pg_control_system() to reader")
	storytest.MustExec(t, storytest.Connection(t, second), "select pg_wal_replay_resume()")
	settle = func() {
		p.AwaitReplay(t, p.Standbys[1])
		time.Sleep(300 * time.Millisecond)
		p.AwaitReplay(t, p.Standbys[1])
	}
	settle()
	p.Node.Stop()
	time.Sleep(500 * time.Millisecond) // what it has sent is replayed
	b := exactly(t, second)
	storytest.MustExec(t, storytest.Connection(t, second), "select pg_wal_replay_resume()")
	p.Standbys[1].Promote(t)
	storytest.RequirePass(t, storytest.Compared(t, b, roundtrip.Side{Name: "promoted", Server: second}, nil))
	requireAnother(t, storytest.Compared(t, a, roundtrip.Side{Name: "promoted", Server: second}, nil), a.Record.Moment.LSN,
		b.Record.Moment.LSN)
	o = storytest.Compared(t, b, roundtrip.Side{Name: "promoted", Server: storytest.At(t, second, "user", "reader")}, nil)
	if o.Verdict() != verdict.Error || !strings.Contains(o.Checks[0].Hint, "pg_read_file") {
		t.Errorf("%s: %+v", o.Verdict(), o.Checks)
	}
	storytest.MustExec(t, storytest.Connection(t, second), "update public.kept set note = 'y' where id = 2")
	storytest.RequireFails(t, storytest.Compared(t, b, roundtrip.Side{Name: "promoted", Server: second}, nil),
		"record/invariant/tables", "kept")
}
