//go:build unix

package standby_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// pausedPair is a primary with two standbys that are paused at one LSN. Its tables are split into pieces of 8 KiB.
type pausedPair struct {
	*pgtest.Primary
	conn *pgx.Conn // to the primary
}

func newPausedPair(t *testing.T) *pausedPair {
	t.Helper()
	p := &pausedPair{Primary: pgtest.Replicated(t, "", 2)}
	p.conn = storytest.Connection(t, p.Server(t, "postgres"))
	storytest.MustExec(t, p.conn, `
		create table public.long as select n as id, repeat(md5(n::text), 20) as note from generate_series(1, 4000) as n;
		create table public.short as select n as id from generate_series(1, 500) as n;
		create unlogged table public.fleeting (id int);
		create materialized view public.counted as select id % 7 as k, count(*) as n from public.long group by 1;
		create sequence public.numbers;
		select count(lo_from_bytea(0, convert_to(n::text, 'UTF8'))) from generate_series(1, 100) as n;
		alter database postgres set pgroundtrip.piece_bytes = '32768'`)
	p.pause(t)
	return p
}

// pause pauses both at one LSN: the primary may write by itself meanwhile.
func (p *pausedPair) pause(t *testing.T) {
	t.Helper()
	for range 20 {
		p.AwaitReplay(t, p.Standbys...)
		var at []string
		for _, s := range p.Standbys {
			s.PauseReplay(t)
			at = append(at, storytest.Value[string](t, storytest.Connection(t, s.Server(t, "postgres")),
				"select pg_last_wal_replay_lsn()::text"))
		}
		if at[0] == at[1] {
			return
		}
		p.resume(t)
	}
	t.Fatal("the standbys do not pause at one LSN")
}

func (p *pausedPair) resume(t *testing.T) {
	t.Helper()
	for _, s := range p.Standbys {
		if err := s.ResumeReplay(); err != nil {
			t.Fatal(err)
		}
	}
}

// take takes the record of the first standby.
func (p *pausedPair) take(t *testing.T, ctx context.Context, change func(*roundtrip.RecordOptions)) (*verdict.Report,
	*record.Record, error) {
	t.Helper()
	o := &roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: p.Standbys[0].Server(t, "postgres"), Tool: "test",
		Log: t.Logf, Timeout: time.Minute}
	change(o)
	return roundtrip.Record(ctx, o)
}

// TestARecordIsSpreadOverStandbys requires the same bytes with one, two and seven jobs, on one server and on two. The
// pieces of a standby that dies or resumes replay are done by the others; a standby that shows something else is
// refused.
func TestARecordIsSpreadOverStandbys(t *testing.T) {
	p := newPausedPair(t)
	second := p.Standbys[1].Options("postgres")
	spread := func(o *roundtrip.RecordOptions) { o.Standbys = []cluster.Options{second} }
	_, want, err := p.take(t, context.Background(), func(*roundtrip.RecordOptions) {})
	if err != nil || want.Moment.Kind != moment.Paused {
		t.Fatalf("%v, %+v", err, want.Moment)
	}
	requireSame := func(t *testing.T, got *record.Record) {
		t.Helper()
		for i, result := range want.Results {
			if !reflect.DeepEqual(got.Results[i], result) {
				t.Errorf("%s is %+v\nwant %+v", result.Query, got.Results[i], result)
			}
		}
		if !slices.Equal(got.NotCovered, want.NotCovered) || !got.Moment.Position().Is(want.Moment.Position()) {
			t.Errorf("not covered is %q, want %q; the moment is %+v", got.NotCovered, want.NotCovered, got.Moment)
		}
	}
	there := storytest.Connection(t, p.Standbys[1].Server(t, "postgres"))
	for _, jobs := range pgtest.Dealt(t, 2, []int{1, 2, 7}) {
		t.Run(fmt.Sprintf("%d jobs", jobs), func(t *testing.T) {
			before := storytest.Value[int64](t, there, readSoFar)
			o, got, err := p.take(t, context.Background(), func(o *roundtrip.RecordOptions) { spread(o); o.Jobs = jobs })
			if err != nil || len(o.Notes) > 0 {
				t.Fatalf("%v, %q", err, o.Notes)
			}
			requireSame(t, got)
			if storytest.Value[int64](t, there, readSoFar) == before {
				t.Error("the other standby read nothing")
			}
		})
	}
	t.Run("one that hangs", func(t *testing.T) {
		thaw := func() {}
		_, got, err := p.take(t, context.Background(), func(o *roundtrip.RecordOptions) {
			hanging := second
			hanging.DSN += " application_name=hanging"
			o.Standbys = []cluster.Options{hanging}
			isFrozen := false
			o.OnProgress = func(done, total int64) {
				if !isFrozen && done > total/3 {
					isFrozen = true
					var err error
					if thaw, err = p.Standbys[1].Freeze("hanging"); err != nil {
						t.Error(err)
					}
				}
			}
		})
		thaw()
		if err != nil {
			t.Fatal(err)
		}
		requireSame(t, got)
	})
	t.Run("one that goes on", func(t *testing.T) { p.leaves(t, p.Standbys[1].ResumeReplay, spread, requireSame) })
	p.refusals(t, second)
	p.resume(t)
	p.pause(t)
	if _, want, err = p.take(t, context.Background(), func(*roundtrip.RecordOptions) {}); err != nil {
		t.Fatal(err)
	}
	t.Run("one that dies", func(t *testing.T) {
		p.leaves(t, func() error { p.Standbys[1].Stop(); return nil }, spread, requireSame)
	})
	t.Run("one that is down", func(t *testing.T) {
		second.Wait = 100 * time.Millisecond
		o, got, err := p.take(t, context.Background(), spread)
		if err != nil || len(o.Notes) != 1 {
			t.Fatalf("%v, %q", err, o.Notes)
		}
		requireSame(t, got)
	})
}

// readSoFar returns how much of the tables a standby has read.
const readSoFar = "select coalesce(sum(blks_read + blks_hit), 0)::bigint from pg_stat_database where datname = " +
	"'postgres'"

// leaves makes the second standby leave once a third of the pieces are read.
func (p *pausedPair) leaves(t *testing.T, stop func() error, spread func(*roundtrip.RecordOptions),
	requireSame func(*testing.T, *record.Record)) {
	var stopped error
	isStopped := false
	o, got, err := p.take(t, context.Background(), func(o *roundtrip.RecordOptions) {
		spread(o)
		o.OnProgress = func(done, total int64) {
			if !isStopped && done > total/3 {
				isStopped, stopped = true, stop()
			}
		}
	})
	if err != nil || stopped != nil || !isStopped {
		t.Fatalf("%v; stopped %t, %v", err, isStopped, stopped)
	}
	if len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "others did its work") {
		t.Errorf("notes: %q", o.Notes)
	}
	requireSame(t, got)
}

// refusals are servers that do not show the moment of the first standby.
func (p *pausedPair) refusals(t *testing.T, second cluster.Options) {
	stranger, _ := storytest.Filled(t, pgtest.Server(t), "create table public.other (id int)")
	elsewhere := cluster.Options{DSN: stranger.DSN().String(),
		Env: map[string]string{"PGPASSWORD": stranger.DSN()["password"]}, Wait: time.Second}
	for _, c := range []struct {
		name, says string
		change     func(*roundtrip.RecordOptions)
	}{
		{"not paused", "not paused", func(o *roundtrip.RecordOptions) { o.Standbys = []cluster.Options{second} }},
		{"the primary", "not in recovery", func(o *roundtrip.RecordOptions) {
			o.Standbys = []cluster.Options{p.Options("postgres")}
		}},
		{"another cluster", "system identifier",
			func(o *roundtrip.RecordOptions) { o.Standbys = []cluster.Options{elsewhere} }},
		{"another database", "its database", func(o *roundtrip.RecordOptions) {
			o.Standbys = []cluster.Options{p.Standbys[1].Options("template1")}
		}},
		{"of a primary", "not a standby whose replay is paused", func(o *roundtrip.RecordOptions) {
			o.Server, o.Standbys = p.Server(t, "postgres"), []cluster.Options{second}
		}},
		{"at another LSN", "it is paused at", func(o *roundtrip.RecordOptions) {
			storytest.MustExec(t, p.conn, "insert into public.short values (0)")
			p.AwaitReplay(t, p.Standbys[1])
			p.Standbys[1].PauseReplay(t)
			o.Standbys = []cluster.Options{second}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := p.take(t, context.Background(), c.change)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(storytest.HintOf(err), "at one LSN") {
				t.Errorf("%v; %s", err, storytest.HintOf(err))
			}
		})
	}
}

// TestTheZooAndTheWorkloadsAreTheSameOverTwoStandbys requires the same bytes in every result as from one server and
// one job.
func TestTheZooAndTheWorkloadsAreTheSameOverTwoStandbys(t *testing.T) {
	p := &pausedPair{Primary: pgtest.Replicated(t, "", 2)}
	primary := p.Server(t, "postgres")
	databases := map[string]string{"the zoo": storytest.LoadFolder(t, primary, storytest.ZooFolder).DSN()["dbname"]}
	for _, workload := range pgtest.Dealt(t, 5, pgtest.DefaultSuite(t).Workloads) {
		db := pgtest.Scratch(t, primary)
		if err := roundtrip.Build(context.Background(), pgtest.Connect(t, db), pgtest.DefaultSuite(t), workload, 200); err != nil {
			t.Fatal(err)
		}
		databases[workload.Name] = db.Name
	}
	conn := storytest.Connection(t, primary)
	for _, name := range databases {
		storytest.MustExec(t, conn, fmt.Sprintf("alter database %q set pgroundtrip.piece_bytes = '8192'", name))
	}
	p.pause(t)
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			of := func(jobs int, standbys ...cluster.Options) *record.Record {
				o, r, err := p.take(t, context.Background(), func(o *roundtrip.RecordOptions) {
					o.Server, o.Jobs, o.Standbys = p.Standbys[0].Server(t, database), jobs, standbys
				})
				if err != nil || len(o.Notes) > 0 {
					t.Fatalf("%v, %q", err, o.Notes)
				}
				return r
			}
			want, got := of(1), of(2, p.Standbys[1].Options(database))
			for i, result := range want.Results {
				if !reflect.DeepEqual(got.Results[i], result) {
					t.Errorf("%s is %+v\nwant %+v", result.Query, got.Results[i], result)
				}
			}
		})
	}
}
