//go:build unix

package chain_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/resume"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// A pausedRun is a verification of 200 events in ranges of 10 that was interrupted after the third.
type pausedRun struct {
	server *cluster.Server
	conn   *pgx.Conn
	file   string // of -resume
}

// errStop is the cause with which a test interrupts a run.
var errStop = errors.New("stopped by the test")

func newPausedRun(t *testing.T) *pausedRun {
	t.Helper()
	db, conn := guestChain(t)
	r := &pausedRun{server: storytest.At(t, pgtest.Server(t), "dbname", db.Name), conn: conn,
		file: filepath.Join(t.TempDir(), "resume.json")}
	r.interrupt(t, nil)
	return r
}

func (r *pausedRun) options(t *testing.T, change func(*roundtrip.VerifyOptions)) *roundtrip.VerifyOptions {
	t.Helper()
	return verifyOptions(t, r.server, func(o *roundtrip.VerifyOptions) {
		o.RangeRows, o.Resume = 10, r.file
		if change != nil {
			change(o)
		}
	})
}

// interrupt starts a run and stops it after three ranges.
func (r *pausedRun) interrupt(t *testing.T, change func(*roundtrip.VerifyOptions)) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	o := r.options(t, change)
	o.AfterRange = func(done int, _ string) {
		if done >= 3 {
			cancel(errStop)
		}
	}
	if _, err := roundtrip.Verify(ctx, o); err == nil {
		t.Fatal("the run was not interrupted")
	}
	if _, err := os.Stat(r.file); err != nil {
		t.Fatalf("the interrupted run left nothing: %v", err)
	}
}

// goOn repeats the run, and returns how many ranges it walked.
func (r *pausedRun) goOn(t *testing.T, change func(*roundtrip.VerifyOptions)) (o *verdict.Report, ranges int) {
	t.Helper()
	w := &walkers{}
	options := r.options(t, change)
	options.AfterRange = func(_ int, where string) { w.count(where) }
	o, err := roundtrip.Verify(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range w.ranges {
		ranges += n
	}
	return o, ranges
}

func (r *pausedRun) requireGone(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(r.file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of a run that came to its end is still there: %v", err)
	}
}

func TestAnInterruptedRunGoesOnWhereItStopped(t *testing.T) {
	r := newPausedRun(t)
	want := storytest.Snapshot(t, r.conn)
	storytest.MustExec(t, r.conn, storytest.Numbered, "later", 50) // of no concern: the upper bound stays
	o, ranges := r.goOn(t, nil)
	if ranges != 19 || o.Resumed != 1 {
		t.Errorf("%d ranges were done and %d taken over, want the other 17 and two of the first three anew", ranges,
			o.Resumed)
	}
	if s := o.Pre; o.Verdict() != verdict.Pass || s.RowCount != want.Rows || s.ChainHeadHash != want.Hash ||
		s.VerifierWalked != want.Rows || !s.IsWhole() {
		t.Errorf("the verdict is %s: %+v, want %+v", o.Verdict(), *s, want)
	}
	r.requireGone(t)
	if o, ranges := r.goOn(t, nil); ranges != 25 || o.Pre.RowCount != 250 {
		t.Errorf("the next run did %d ranges of %d rows, want all 25 of 250", ranges, o.Pre.RowCount)
	}
}

// An interrupted run reports the cause.
func TestAnInterruptedRunSaysWhy(t *testing.T) {
	db, _ := guestChain(t)
	for _, jobs := range []int{1, 2} {
		ctx, cancel := context.WithCancelCause(context.Background())
		_, err := roundtrip.Verify(ctx, verifyOptions(t, storytest.At(t, pgtest.Server(t), "dbname", db.Name),
			func(o *roundtrip.VerifyOptions) {
				o.Jobs, o.RangeRows = jobs, 10
				o.AfterRange = func(int, string) { cancel(errStop) }
			}))
		if !errors.Is(err, errStop) {
			t.Errorf("%d jobs: the error is %v, want %v", jobs, err, errStop)
		}
	}
}

// A resumed run still reports what the interrupted run found, and finds damage in the remaining ranges.
func TestDamageIsFoundByARunThatGoesOn(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after string // the interruption
		pos           int64
	}{
		{"seen before the interruption", "update public.audit_events set actor = 'mallory' where seq = 5", "select 1", 4},
		{"done after the interruption", "select 1", "update public.audit_events set actor = 'mallory' where seq = 150", 149},
		{"on both sides", "update public.audit_events set actor = 'mallory' where seq in (7, 190)", "select 1", 6},
		{"at the joint", "select 1", "update public.audit_events set prev_hash = row_hash where seq = 31", 30},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newPausedRun(t)
			if err := os.Remove(r.file); err != nil {
				t.Fatal(err)
			}
			layBare(t, r.conn)
			storytest.MustExec(t, r.conn, test.before)
			r.interrupt(t, nil)
			storytest.MustExec(t, r.conn, test.after)
			o, _ := r.goOn(t, nil)
			if o.Verdict() != verdict.Fail || o.Pre.FirstBreakPos != test.pos {
				t.Errorf("the verdict is %s: %+v, want a break at %d", o.Verdict(), *o.Pre, test.pos)
			}
			r.requireGone(t)
		})
	}
}

// The row at which an interrupted run was to end must still exist; rows may be added after it.
func TestAnInterruptedRunsEndMustStillStand(t *testing.T) {
	for _, test := range []struct{ name, damage, says string }{
		{"changed", "update public.audit_events set row_hash = repeat('0', 64) where seq = 200", "changed"},
		{"deleted", "delete from public.audit_events where seq = 200", "missing"},
		{"the tail deleted", "delete from public.audit_events where seq > 100", "missing"},
		{"replaced by others", "delete from public.audit_events where seq > 190; alter table public.audit_events enable " +
			"trigger audit_events_link", "changed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newPausedRun(t)
			layBare(t, r.conn)
			if storytest.MustExec(t, r.conn, test.damage); test.name == "replaced by others" {
				storytest.MustExec(t, r.conn, storytest.Numbered, "other", 20)
			}
			o, _ := r.goOn(t, nil)
			requireLostAnchor(t, o, test.says)
		})
	}
}

// If the end of a chain is not a position, because a row in it has none, later rows must not make it look
// intact: one more row than was walked before, and the numbers would match.
func TestARowWithoutSeqIsNotMadeUpForByALaterOne(t *testing.T) {
	r := newPausedRun(t)
	if err := os.Remove(r.file); err != nil {
		t.Fatal(err)
	}
	layBare(t, r.conn)
	storytest.MustExec(t, r.conn, `
		create table public.last as select * from public.audit_events where seq = 200;
		delete from public.audit_events where seq = 200;
		`+copyOf(`'{"seq": null}'`))
	r.interrupt(t, nil)
	storytest.MustExec(t, r.conn, "insert into public.audit_events select * from public.last")
	o, err := roundtrip.Verify(context.Background(), r.options(t, nil))
	if err == nil && o.Verdict() != verdict.Fail {
		t.Errorf("the verdict is %s: %+v; psql %+v of %d rows", o.Verdict(), *o.Pre, storytest.Verify(t, r.conn),
			storytest.Snapshot(t, r.conn).Rows)
	}
}

// requireNotResumed fails the test unless the file is refused, with a hint, and left in place.
func (r *pausedRun) requireNotResumed(t *testing.T, change func(*roundtrip.VerifyOptions)) {
	t.Helper()
	o, err := roundtrip.Verify(context.Background(), r.options(t, change))
	if err == nil {
		t.Fatalf("it was not refused: the verdict is %s", o.Verdict())
	}
	var hint *hint.Error
	if !errors.Is(err, resume.ErrFile) || !errors.As(err, &hint) || !strings.Contains(err.Error(), r.file) {
		t.Errorf("the refusal is not clear: %v", err)
	}
	if _, err := os.Stat(r.file); err != nil {
		t.Errorf("the file is gone: %v", err)
	}
}

func TestAFileOfAnotherRunIsRefused(t *testing.T) {
	r := newPausedRun(t)
	db, _ := guestChain(t)
	elsewhere := storytest.At(t, pgtest.Server(t), "dbname", db.Name)
	anchor := &record.Anchor{RowCount: 10, HeadHash: storytest.Value[string](t, r.conn,
		"select row_hash from public.audit_events where seq = 10")}
	for name, change := range map[string]func(*roundtrip.VerifyOptions){
		"another database": func(o *roundtrip.VerifyOptions) { o.Server = elsewhere },
		"another suite":    func(o *roundtrip.VerifyOptions) { o.Suite = storytest.Overlay(t, nil) },
		"an anchor":        func(o *roundtrip.VerifyOptions) { o.Since = anchor },
		"every break":      func(o *roundtrip.VerifyOptions) { o.AllBreaks = true },
		"rehash":           func(o *roundtrip.VerifyOptions) { o.Rehash = true },
	} {
		t.Run(name, func(t *testing.T) { r.requireNotResumed(t, change) })
	}
	if o, ranges := r.goOn(t, nil); o.Verdict() != verdict.Pass || ranges != 19 {
		t.Errorf("the run itself does not go on any more: %d ranges, %s", ranges, o.Verdict())
	}
}

// A suite whose files were edited runs other queries, although its name is the same.
func TestAFileOfAnEditedSuiteIsRefused(t *testing.T) {
	r := newPausedRun(t)
	if err := os.Remove(r.file); err != nil {
		t.Fatal(err)
	}
	suiteOf := func(note string) *suite.Suite {
		return storytest.Overlay(t, map[string]string{"verify_chain.sql": storytest.QueryText(t, "verify_chain") + "\n-- " +
			note + "\n"})
	}
	r.interrupt(t, func(o *roundtrip.VerifyOptions) { o.Suite = suiteOf("one") })
	r.requireNotResumed(t, func(o *roundtrip.VerifyOptions) {
		o.Suite = storytest.Overlay(t, map[string]string{"verify_chain.sql": strings.Replace(storytest.QueryText(t,
			"verify_chain"), "sha256(", "sha224(", 1)})
	})
}

func TestAnEditedFileIsRefused(t *testing.T) {
	for _, test := range []struct{ name, old, new string }{
		{"a number", `"row_count":200`, `"row_count":199`},
		{"an answer", `"answer":null`, `"answer":{"snapshot":{},"breaks":null,"first_fault":null,"faults":0}`},
		{"a field more", `{"`, `{"more":1,"`},
		{"no JSON", `{`, `[`},
		{"cut", `}`, ``},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newPausedRun(t)
			data, err := os.ReadFile(r.file)
			if err != nil {
				t.Fatal(err)
			}
			edited := strings.Replace(string(data), test.old, test.new, 1)
			if edited == string(data) {
				t.Fatalf("the file holds no %s: %s", test.old, data)
			}
			if err := os.WriteFile(r.file, []byte(edited), 0o644); err != nil {
				t.Fatal(err)
			}
			r.requireNotResumed(t, nil)
		})
	}
	t.Run("empty", func(t *testing.T) {
		r := newPausedRun(t)
		if err := os.WriteFile(r.file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		r.requireNotResumed(t, nil)
	})
}

// TestAFileThatOthersCanWriteIsRefused: the content of the file of -resume counts as the result of this user's run.
func TestAFileThatOthersCanWriteIsRefused(t *testing.T) {
	for name, change := range map[string]func(file string) error{
		"the group":  func(file string) error { return os.Chmod(file, 0o660) },
		"everyone":   func(file string) error { return os.Chmod(file, 0o602) },
		"by a link":  func(file string) error { return errors.Join(os.Rename(file, file+"2"), os.Symlink(file+"2", file)) },
		"its folder": func(file string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newPausedRun(t)
			if info, err := os.Stat(r.file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file's mode is %v (%v)", info.Mode(), err)
			}
			if err := change(r.file); err != nil {
				t.Fatal(err)
			}
			if _, err := roundtrip.Verify(context.Background(), r.options(t, nil)); !errors.Is(err, resume.ErrFile) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAnAnswerOfTheFileIsFoundAnew: a break after the last answer of an interrupted run is found.
func TestAnAnswerOfTheFileIsFoundAnew(t *testing.T) {
	r := newPausedRun(t)
	layBare(t, r.conn)
	storytest.MustExec(t, r.conn, "update public.audit_events set actor = 'mallory' where seq between 11 and 30")
	if o, _ := r.goOn(t, nil); o.Verdict() != verdict.Fail {
		t.Errorf("the verdict is %s: %+v", o.Verdict(), *o.Pre)
	}
}
