//go:build unix

package physical_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// writers write to a primary until they are stopped: rows, sequences, large objects, and sometimes definitions. Each
// transaction changes what a record shows.
type writers struct {
	mu    sync.Mutex
	ended []ended
	stop  context.CancelFunc
	group sync.WaitGroup
}

// An ended is a finished transaction: when it ended, and how long it took.
type ended struct {
	at   time.Time
	took time.Duration
}

func write(t *testing.T, p *pgtest.Primary, count int) *writers {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &writers{stop: cancel}
	primary := p.Server(t, "postgres")
	for number := range count {
		w.group.Go(func() {
			conn, err := primary.Connect(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close(context.Background())
			for defined := time.Now(); ctx.Err() == nil; {
				statements := fmt.Sprintf(`begin; select lo_from_bytea(0, clock_timestamp()::text::bytea) where random() < 0.05;
					select lo_put(max(oid), 0, clock_timestamp()::text::bytea) from pg_largeobject_metadata
						where oid::bigint %% 8 = %[1]d and random() < 0.05;
					select lo_unlink(min(oid)) from pg_largeobject_metadata where oid::bigint %% 8 = %[1]d having count(*) > 9;
					insert into public.busy (writer, note) values (%[1]d, clock_timestamp()::text);
					update public.busy set note = note || '.' where id = (select max(id) from public.busy where writer = %[1]d);
					delete from public.busy where id = (select min(id) from public.busy where writer = %[1]d) and random() < 0.5;
					insert into public.many values (%[1]d, nextval('public.tickets')); commit`, number)
				if number == 0 && time.Since(defined) > 2*time.Second {
					defined = time.Now()
					statements = fmt.Sprintf("create table public.t_%[1]d (id int); comment on table public.t_%[1]d is '%[1]d'",
						defined.UnixNano())
				}
				begun := time.Now()
				if _, err := conn.Exec(ctx, statements); err != nil && ctx.Err() == nil {
					t.Errorf("writer %d: %v", number, err)
					return
				}
				w.mu.Lock()
				w.ended = append(w.ended, ended{time.Now(), time.Since(begun)})
				w.mu.Unlock()
				time.Sleep(time.Duration(rand.IntN(5)) * time.Millisecond)
			}
		})
	}
	return w
}

// count returns how many transactions have ended.
func (w *writers) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ended)
}

// longest returns the duration of the longest transaction that ended since then.
func (w *writers) longest(since time.Time) (longest time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.ended {
		if e.at.After(since) {
			longest = max(longest, e.took)
		}
	}
	return longest
}

// commits returns the positions of all commits in a WAL archive, and of the records after each.
func commits(t *testing.T, bindir, archive string) (at, after []uint64) {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(archive, "00000001????????????????"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	// It ends with an error where the WAL does.
	var printed bytes.Buffer
	dump := exec.Command(filepath.Join(bindir, "pg_waldump"), "--path="+archive, filepath.Base(segments[0]),
		filepath.Base(segments[len(segments)-1]))
	dump.Stdout = &printed
	_ = dump.Run()
	isCommit := false
	line := regexp.MustCompile(`rmgr: (\w+).* lsn: ([0-9A-F]+/[0-9A-F]+),.* desc: (\w+)`)
	for text := range strings.Lines(printed.String()) {
		m := line.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		if isCommit {
			after = append(after, place(t, m[2]))
		}
		if isCommit = m[1] == "Transaction" && m[3] == "COMMIT"; isCommit {
			at = append(at, place(t, m[2]))
		}
	}
	return at, after
}

// place returns an LSN as a number.
func place(t *testing.T, lsn string) uint64 {
	t.Helper()
	high, low, _ := strings.Cut(lsn, "/")
	a, errA := strconv.ParseUint(high, 16, 32)
	b, errB := strconv.ParseUint(low, 16, 32)
	if errA != nil || errB != nil {
		t.Fatalf("no LSN: %q", lsn)
	}
	return a<<32 | b
}

// rounds returns the number of rounds: PGROUNDTRIP_TEST_STORMS, else one.
func rounds() int {
	n, err := strconv.Atoi(os.Getenv("PGROUNDTRIP_TEST_STORMS"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// TestCopiesOfABusyPrimary: a copy that is recovered to the moment of a record is equal; one that has a commit more or
// less never is.
func TestCopiesOfABusyPrimary(t *testing.T) {
	rounds, count := rounds(), 4
	if rounds > 1 {
		count = 8
	}
	p := pgtest.Replicated(t, "", 1)
	for _, statement := range []string{"create table public.busy (id bigserial primary key, writer int, note text)",
		"create index on public.busy (writer, id)",
		"create table public.many (writer int, ticket bigint)", "create sequence public.tickets"} {
		if err := p.Do(statement); err != nil {
			t.Fatal(err)
		}
	}
	backup := p.Backup(t)
	folder := t.TempDir()
	w := write(t, p, count)
	for begun := time.Now(); w.count() < 100 && time.Since(begun) < time.Minute; time.Sleep(100 * time.Millisecond) {
	}
	p.AwaitReplay(t, p.Standbys...)   // from here on the backup is consistent a commit earlier, too
	var waits, others []time.Duration // at barriers, and while a standby is recorded
	for round := range rounds {
		paused, barrier := filepath.Join(folder, fmt.Sprintf("paused%d.json", round)), filepath.Join(folder,
			fmt.Sprintf("barrier%d.json", round))
		begun := time.Now()
		run(t, command.Proven, []string{"(paused)"}, "record", "-dsn", p.Standbys[0].DSN("postgres").String(), "-pause", "-o",
			paused)
		others, begun = append(others, w.longest(begun)), time.Now()
		run(t, command.Proven, []string{"(barrier)"}, "record", "-dsn", p.DSN("postgres").String(), "-barrier", "-o", barrier)
		waits = append(waits, w.longest(begun))
	}
	w.stop()
	w.group.Wait()
	slices.Sort(waits)
	slices.Sort(others)
	t.Logf("%d barriers under %d writers, %d transactions: the longest transaction of each, median %s, maximum %s; "+
		"without a barrier, median %s, maximum %s", rounds, count, len(w.ended), waits[len(waits)/2], waits[len(waits)-1],
		others[len(others)/2], others[len(others)-1])
	archive := p.Archive(t)
	at, after := commits(t, p.Bindir(), archive)
	for round := range rounds {
		for _, kind := range []string{"paused", "barrier"} {
			record := filepath.Join(folder, fmt.Sprintf("%s%d.json", kind, round))
			proveEqual(t, record, backup, archive, at, after)
		}
	}
}

var momentLSN = regexp.MustCompile(`"lsn": ?"([0-9A-F]+/[0-9A-F]+)"`)

// proveEqual recovers a backup to the moment of a record, and to one commit before and one after it.
func proveEqual(t *testing.T, record, backup, archive string, at, after []uint64) {
	t.Helper()
	text := storytest.FileText(t, record)
	exact := place(t, momentLSN.FindStringSubmatch(text)[1])
	restore := func(want int, record string) {
		run(t, want, nil, "restore", "-physical", backup, "-record", record, "-restore-command", "cp "+archive+"/%f %p")
	}
	restore(command.Proven, record)
	next := slices.IndexFunc(at, func(lsn uint64) bool { return lsn >= exact })
	if next < 1 || next >= len(after) {
		t.Fatalf("%s: no commit before and after %X", record, exact)
	}
	for name, lsn := range map[string]uint64{"earlier": at[next-1], "later": after[next]} {
		other := strings.TrimSuffix(record, ".json") + name + ".json"
		moved := momentLSN.ReplaceAllLiteralString(text, fmt.Sprintf(`"lsn":"%X/%X"`, lsn>>32, lsn&0xFFFFFFFF))
		if err := os.WriteFile(other, []byte(moved), 0o600); err != nil {
			t.Fatal(err)
		}
		restore(command.Differs, other)
	}
}
