package watch

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"pgroundtrip/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestTablesBeforeTheOneThatIsCopiedAreDone(t *testing.T) {
	sizes := []row{{1, 100}, {2, 1000}, {3, 10}, {4, 0}, {5, 500}}
	for name, tt := range map[string]struct {
		now  [][]row
		want []int64
	}{
		"nothing is copied yet":             {[][]row{nil}, []int64{0}},
		"the first":                         {[][]row{{{ID: 1, Bytes: 40}}, {{ID: 1, Bytes: 90}}}, []int64{40, 90}},
		"one that was never seen is done":   {[][]row{{{ID: 2, Bytes: 300}}}, []int64{400}},
		"between two tables":                {[][]row{{{ID: 2, Bytes: 300}}, nil}, []int64{400, 1100}},
		"two at a time":                     {[][]row{{{ID: 2, Bytes: 300}, {ID: 5, Bytes: 100}}}, []int64{510}},
		"an estimate that falls":            {[][]row{{{ID: 2, Bytes: 300}}, {{ID: 2, Bytes: 200}}}, []int64{400, 400}},
		"more than it had":                  {[][]row{{{ID: 3, Bytes: 50}}}, []int64{1110}},
		"an order that is not pg_dump's":    {[][]row{{{ID: 5, Bytes: 0}}, {{ID: 2, Bytes: 0}}}, []int64{1110, 1110}},
		"a table that the snapshot has not": {[][]row{{{ID: 9, Bytes: 50}}}, []int64{0}},
	} {
		t.Run(name, func(t *testing.T) {
			w := &Copying{sizes: sizes}
			for i, now := range tt.now {
				if w.note(now); w.done != tt.want[i] {
					t.Errorf("look %d: %d done, want %d", i+1, w.done, tt.want[i])
				}
			}
		})
	}
}

// told collects what is reported.
type told struct{ done, total []int64 }

func (r *told) report(done, total int64) {
	r.done, r.total = append(r.done, done), append(r.total, total)
}

// requireOneWay requires one total, and that all of it is done in the end.
func (r *told) requireOneWay(t *testing.T) {
	t.Helper()
	n := len(r.done)
	if n == 0 || !slices.IsSorted(r.done) || slices.Min(r.total) != slices.Max(r.total) || r.done[n-1] != r.total[0] {
		t.Errorf("reported %d of %d", r.done, r.total)
	}
}

// A slow reader of COPY goes on once the progress was reported.
type slow struct{ until <-chan bool }

func (s slow) Write(p []byte) (int, error) { <-s.until; return len(p), nil }

func TestCopyingIsWatched(t *testing.T) {
	s, err := pgtest.Open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, db := context.Background(), pgtest.Scratch(t, s)
	conn := pgtest.Connect(t, db)
	if _, err := conn.Exec(ctx, "create table public.a as select repeat('a', 500) as a from generate_series(1, 20000);"+
		"create table public.b as table public.a; analyze public.b; create table public.c as table public.a"); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"a", "b", "c"} {
		var got told
		until := make(chan bool)
		close(until)
		if s.Version.Major >= 14 { // 13 cannot say how far a COPY is
			until = make(chan bool)
		}
		w := &Copying{Connect: db.Connect, Jobs: 1, Report: func(done, total int64) {
			if got.report(done, total); len(got.done) == 2 && done < total {
				close(until)
			}
		}}
		if err := w.During(ctx, func() error {
			_, err := conn.PgConn().CopyTo(ctx, slow{until}, "copy public."+table+" to stdout")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if s.Version.Major < 14 {
			if len(got.done) > 0 {
				t.Errorf("reported %d", got.done)
			}
			continue
		}
		got.requireOneWay(t)
		before := map[string]int64{"a": 0, "b": got.total[0] / 3, "c": got.total[0] * 2 / 3}[table]
		if got.done[0] < before || got.done[0] > before+got.total[0]/3 {
			t.Errorf("%s: first %d of %d", table, got.done[0], got.total[0])
		}
	}
}

func TestAnErrorIsNotCompletion(t *testing.T) {
	var got told
	failed := fmt.Errorf("no")
	w := &Copying{Report: got.report, begun: 1, sizes: []row{{1, 10}}, total: 10}
	if err := w.During(context.Background(), func() error { return failed }); err != failed || len(got.done) > 0 {
		t.Errorf("%v, reported %d", err, got.done)
	}
	a := &Archive{Path: t.TempDir(), Report: got.report}
	if err := a.During(func() error { return failed }); err != failed || len(got.done) > 0 {
		t.Errorf("%v, reported %d", err, got.done)
	}
}

func TestReadingAnArchiveIsWatched(t *testing.T) {
	folder := t.TempDir()
	toc, rows := filepath.Join(folder, "toc.dat"), filepath.Join(folder, "1.dat.gz")
	for path, size := range map[string]int{toc: 1 << 16, rows: 1 << 20} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const size = 1<<16 + 1<<20
	for name, read := range map[string]func(*Archive, func()) error{
		"by this program": func(a *Archive, seen func()) error {
			_, err := a.Write(make([]byte, 1<<19))
			seen()
			return err
		},
		"by programs one after the other": func(a *Archive, seen func()) error {
			for _, path := range []string{toc, rows, toc} {
				cmd := exec.Command("cat", path, "-")
				stdin, err := cmd.StdinPipe()
				if err == nil {
					err = cmd.Start()
				}
				if err == nil {
					err = a.Program(context.Background(), cmd.Process.Pid)
				}
				if err != nil {
					return err
				}
				seen()
				stdin.Close()
				if err := cmd.Wait(); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got told
			reports := make(chan int64, 1000)
			a := &Archive{Path: folder, Report: func(done, total int64) { got.report(done, total); reports <- done }}
			err := a.During(func() error {
				return read(a, func() {
					if runtime.GOOS == "linux" {
						<-reports
					}
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			got.requireOneWay(t)
			if got.total[0] != size || runtime.GOOS == "linux" && len(got.done) < 2 {
				t.Errorf("reported %d of %d", got.done, got.total)
			}
		})
	}
	var none *Archive
	if n, err := none.Write(make([]byte, 3)); n != 3 || err != nil || none.Program(context.Background(), 1) != nil {
		t.Errorf("nothing watches: %d, %v", n, err)
	}
}
