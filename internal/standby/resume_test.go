//go:build unix

package standby_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/resume"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/take"
)

// slowPieces is a suite whose only query is read in 30 pieces, each of which scans public.one_row once.
var slowPieces = map[string]string{
	"invariant/slow.sql": `-- slow.sql
--
-- Key      name
-- Splits   by a number
-- Adds     n
select
    'all' as name,
    case coalesce(current_setting('pgroundtrip.piece', true), '') when '' then 30 when '{}' then 0 else
        (select count(*) from public.one_row) + length(pg_sleep(0.05)::text) end as n
order by name
`,
	"pieces.sql": "select 'invariant/slow' as query, '{' || n || '}' as piece, 1::bigint as size from " +
		"generate_series(1, 30) as n order by n",
}

// TestAKilledRecordOfAPausedStandbyGoesOn requires that after SIGKILL the same command repeats at most one piece per
// job, and writes the same record.
func TestAKilledRecordOfAPausedStandbyGoesOn(t *testing.T) {
	p := newPausedPair(t)
	p.resume(t)
	storytest.MustExec(t, p.conn, "create table public.one_row as select 1 as n")
	p.pause(t)
	standby := p.Standbys[0].Server(t, "postgres")
	there, folder, dir := storytest.Connection(t, standby), t.TempDir(), t.TempDir()
	slowPieces := map[string]string{"session.sql": storytest.FileText(t, "../../sql/session.sql"),
		"pieces.sql": slowPieces["pieces.sql"], "invariant/slow.sql": slowPieces["invariant/slow.sql"]}
	for name, text := range slowPieces {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	binary, file := storytest.Build(t), filepath.Join(dir, "resume")
	take := func(out string, args ...string) (*record.Record, error) {
		output, err := storytest.BinaryOn(binary, standby, nil,
			append([]string{"record", "-jobs", "2", "-sql", folder, "-o", out}, args...)...).CombinedOutput()
		if err != nil {
			return nil, errors.New(string(output))
		}
		return recordfile.ReadSide(out)
	}
	want, err := take(filepath.Join(dir, "whole.json"), "-standby", p.Standbys[1].DSN("postgres").String())
	if err != nil {
		t.Fatal(err)
	}
	scans := func() int64 {
		storytest.WaitUntil(t, there, "select count(*) = 0 from pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid()")
		return storytest.Value[int64](t, there, "select seq_scan from pg_stat_user_tables where relname = 'one_row'")
	}
	const pieces, jobs = 30, 2
	before := scans()
	killed := storytest.BinaryOn(binary, standby, nil, "record", "-jobs", "2", "-sql", folder, "-resume", file, "-o",
		filepath.Join(dir, "never.json"))
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for deadline := time.Now().Add(time.Minute); lines < pieces/3 &&
		time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		data, _ := os.ReadFile(file) // it does not exist at first
		lines = bytes.Count(data, []byte("\n"))
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait() // it was killed
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	done := bytes.Count(data, []byte("\n")) - 1
	got, err := take(filepath.Join(dir, "resumed.json"), "-resume", file)
	if err != nil {
		t.Fatal(err)
	}
	if repeated := scans() - before - pieces; repeated < 0 || repeated > jobs {
		t.Errorf("%d pieces were read twice, of %d that were done", repeated, done)
	}
	if done < 1 || done >= pieces || got.Resumed != done || want.Resumed != 0 ||
		!reflect.DeepEqual(got.Results, want.Results) {
		t.Errorf("%d were done, %d taken over: %+v\nwant %+v", done, got.Resumed, got.Results[0], want.Results[0])
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of a record that was written: %v", err)
	}
}

// TestARecordGoesOnOnlyAtItsMoment covers a paused standby and a quiet primary. Another database, moment, suite or
// file is refused.
func TestARecordGoesOnOnlyAtItsMoment(t *testing.T) {
	p := newPausedPair(t)
	file := ""
	attempt := func(isStopped bool, change func(*roundtrip.RecordOptions)) (*record.Record, error) {
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		_, r, err := p.take(t, ctx, func(o *roundtrip.RecordOptions) {
			o.Jobs, o.Resume = 2, &take.Resume{Path: file}
			change(o)
			if isStopped {
				o.OnProgress = func(done, total int64) {
					if done > total/2 {
						cancel(errors.New("stopped by the test"))
					}
				}
			}
		})
		return r, err
	}
	interrupt := func(t *testing.T, change func(*roundtrip.RecordOptions)) {
		t.Helper()
		file = filepath.Join(t.TempDir(), "resume")
		if _, err := attempt(true, change); err == nil || !strings.Contains(storytest.HintOf(err), "resumes from there") {
			t.Fatalf("%v; %s", err, storytest.HintOf(err))
		}
	}
	asItIs := func(*roundtrip.RecordOptions) {}
	onQuiet := func(o *roundtrip.RecordOptions) {
		o.Server, o.Moment = p.Server(t, "postgres"), moment.How{Quiet: true}
	}
	for name, change := range map[string]func(*roundtrip.RecordOptions){"a paused standby": asItIs,
		"a quiet primary": onQuiet} {
		t.Run(name, func(t *testing.T) {
			_, want, err := p.take(t, context.Background(), change)
			if err != nil {
				t.Fatal(err)
			}
			interrupt(t, change)
			got, err := attempt(false, func(o *roundtrip.RecordOptions) { change(o); o.Jobs = 5 })
			if err != nil || got.Resumed == 0 {
				t.Fatalf("%v; %d pieces were taken over", err, got.Resumed)
			}
			for i, result := range want.Results {
				if !reflect.DeepEqual(got.Results[i], result) {
					t.Errorf("%s is %+v\nwant %+v", result.Query, got.Results[i], result)
				}
			}
		})
	}
	for _, c := range pgtest.Dealt(t, 3, []struct {
		name, says string
		change     func(*roundtrip.RecordOptions)
	}{
		{"another database", "of the database",
			func(o *roundtrip.RecordOptions) { o.Server = p.Standbys[0].Server(t, "template1") }},
		{"another suite", "another suite", func(o *roundtrip.RecordOptions) { o.Suite = storytest.Overlay(t, nil) }},
		{"a server in service", "is in use", func(o *roundtrip.RecordOptions) { o.Server = p.Server(t, "postgres") }},
		{"a quiet primary instead", "another moment", onQuiet},
		{"an edited file", "changed", func(*roundtrip.RecordOptions) {
			data, err := os.ReadFile(file)
			if err == nil {
				err = os.WriteFile(file, bytes.Replace(data, []byte(`"task":1`), []byte(`"task":2`), 1), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"a file that others can write", "others may write", func(*roundtrip.RecordOptions) {
			if err := os.Chmod(file, 0o666); err != nil {
				t.Fatal(err)
			}
		}},
		{"another LSN", "another moment", func(*roundtrip.RecordOptions) {
			p.resume(t)
			storytest.MustExec(t, p.conn, "insert into public.short values (0)")
			p.pause(t)
		}},
	}) {
		t.Run(c.name, func(t *testing.T) {
			interrupt(t, asItIs)
			_, err := attempt(false, c.change)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			}
			if isAboutFile := c.says != "is in use"; isAboutFile != errors.Is(err, resume.ErrFile) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("a primary with unlogged tables that may have crashed", func(t *testing.T) {
		interrupt(t, onQuiet)
		storytest.MustExec(t, p.conn, "checkpoint")
		if _, err := attempt(false, onQuiet); err == nil || !strings.Contains(err.Error(), "another moment") {
			t.Errorf("%v", err)
		}
	})
	t.Run("a primary that was written to", func(t *testing.T) {
		interrupt(t, onQuiet)
		storytest.MustExec(t, p.conn, "insert into public.short values (0)")
		if _, err := attempt(false, onQuiet); err == nil || !strings.Contains(err.Error(), "another moment") {
			t.Errorf("%v", err)
		}
	})
	t.Run("replay goes on meanwhile", func(t *testing.T) {
		file = filepath.Join(t.TempDir(), "resume")
		hasGoneOn := false
		_, _, err := p.take(t, context.Background(), func(o *roundtrip.RecordOptions) {
			o.Resume = &take.Resume{Path: file}
			o.OnProgress = func(done, total int64) {
				if !hasGoneOn && done > total/3 {
					hasGoneOn = true
					p.resume(t)
				}
			}
		})
		if !hasGoneOn || err == nil || !strings.Contains(err.Error(), "another moment") {
			t.Errorf("%t, %v", hasGoneOn, err)
		}
	})
}
