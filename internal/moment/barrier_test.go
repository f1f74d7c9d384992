//go:build unix

package moment_test

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

// held takes the record of a primary at a barrier, or quietly if there is none.
func held(t *testing.T, source *cluster.Server, b *moment.Barrier) (*record.Record, error) {
	t.Helper()
	how := moment.How{Barrier: b, Quiet: b == nil}
	if b != nil {
		b.Connect = source.Connect
	}
	_, r, err := roundtrip.Record(context.Background(),
		&roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: source,
			Tool: "test", Moment: how, Timeout: 10 * time.Second})
	return r, err
}

// TestABarrierShowsAnExactMoment: nothing that a transaction wrote is open at it, and one that is in the way is named.
func TestABarrierShowsAnExactMoment(t *testing.T) {
	p := pgtest.Replicated(t, "", 1)
	primary := p.Server(t, "postgres")
	conn := storytest.Connection(t, primary)
	storytest.MustExec(t, conn, `create table public.busy (id bigserial primary key, note text); insert into public.busy (note) values ('x');
		create role reader login; create role writer login; grant select, usage on all sequences in schema public to reader, writer;
		grant select on all tables in schema public to reader, writer; grant update on public.busy to writer`)
	r, err := held(t, primary, &moment.Barrier{MaxWait: time.Second, RestorePoint: "here"})
	if err != nil || r.Moment.Kind != "barrier" || r.Moment.RestorePoint != "here" ||
		strings.Join(r.Moment.Moving, ", ") != "sequences" {
		t.Fatalf("%v: %+v", err, r)
	}
	if r, err = held(t, storytest.At(t, primary, "user", "writer"), &moment.Barrier{MaxWait: time.Second}); err != nil {
		t.Fatal(err)
	}
	if strings.Join(r.Moment.Moving, ", ") != "sequences, large objects" {
		t.Errorf("a role without rights to the catalogs: %q", r.Moment.Moving)
	}

	// The standby that is held there shows the same; a commit later it does not.
	there := p.Standbys[0].Server(t, "postgres")
	p.AwaitReplay(t, p.Standbys[0])
	storytest.RequirePass(t, storytest.Compared(t, side(r), roundtrip.Side{Name: "standby", Server: there}, nil))

	refused := func(name string, source *cluster.Server, b *moment.Barrier, want string) {
		t.Helper()
		begun := time.Now()
		_, err := held(t, source, b)
		if err == nil || !strings.Contains(err.Error()+storytest.HintOf(err), want) || time.Since(begun) > time.Minute {
			t.Errorf("%s, after %s: %v; %s", name, time.Since(begun), err, storytest.HintOf(err))
		}
	}
	refused("a standby", there, &moment.Barrier{MaxWait: time.Second}, "-pause")
	refused("a role that may only read", storytest.At(t, primary, "user", "reader"), &moment.Barrier{MaxWait: time.Second},
		"pg_write_all_data")
	refused("no right to create restore points", storytest.At(t, primary, "user", "writer"),
		&moment.Barrier{MaxWait: time.Second, RestorePoint: "n"}, "grant execute")

	// A long transaction has nobody wait for longer than allowed.
	long := storytest.Connection(t, primary)
	storytest.MustExec(t, long, "set application_name = 'nightly'; begin; update public.busy set note = 'y'")
	waited, writer := make(chan time.Duration, 1), storytest.Connection(t, primary)
	go func() {
		most := time.Duration(0)
		for begun := time.Now(); time.Since(begun) < 2*time.Second; {
			one := time.Now()
			if _, err := writer.Exec(context.Background(), "insert into public.busy (note) values ('z')"); err == nil {
				most = max(most, time.Since(one))
			}
		}
		waited <- most
	}()
	refused("a long transaction", primary, &moment.Barrier{MaxWait: 200 * time.Millisecond}, "application nightly")
	if most := <-waited; most > time.Second {
		t.Errorf("a writer waited for %s", most)
	}
	storytest.MustExec(t, long, "rollback; begin; create function public.f() returns int language sql as 'select 1'")
	if r, err = held(t, primary, &moment.Barrier{MaxWait: time.Second}); err != nil ||
		!strings.Contains(strings.Join(r.Moment.Moving, ", "), "1 open transactions") {
		t.Errorf("an open transaction that creates: %v: %+v", err, r)
	}
	storytest.MustExec(t, long, "rollback")

	// Nobody writes, or somebody does.
	if r, err = held(t, primary, nil); err != nil || r.Moment.Kind != "quiet" {
		t.Fatalf("%v: %+v", err, r)
	}
	p.AwaitReplay(t, p.Standbys[0])
	still := exactly(t, there)
	for range 20 { // the primary may write by itself in between
		if still.Record.Moment.Position().Is(r.Moment.Position()) {
			break
		}
		storytest.MustExec(t, storytest.Connection(t, there), "select pg_wal_replay_resume()")
		if r, err = held(t, primary, nil); err != nil {
			t.Fatal(err)
		}
		p.AwaitReplay(t, p.Standbys[0])
		still = exactly(t, there)
	}
	storytest.RequirePass(t, storytest.Compared(t, side(r), still, nil))
	refused("a standby, quietly", there, nil, "-pause")
	ctx, stop := context.WithCancel(context.Background())
	written := make(chan struct{})
	go func() {
		defer close(written)
		for ctx.Err() == nil {
			_ = p.Do("select txid_current(); select pg_sleep(0.02)")
		}
	}()
	refused("a writer", primary, nil, "another session wrote")
	stop()
	<-written
}

func side(r *record.Record) roundtrip.Side { return roundtrip.Side{Name: "record", Record: r} }
