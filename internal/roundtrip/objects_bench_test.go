//go:build unix

package roundtrip_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// A manyOf is a kind of objects of which a database may have thousands; see the head of testdata/bench/objects.sql.
type manyOf struct {
	name       string
	once, each string
	per        int // how many objects the statements of each make
}

var kindLine = regexp.MustCompile(`(?m)^-- kind: (.+?)(?: / (\d+))?\n`)

// manyObjects are the kinds whose names have a text in them.
func manyObjects(t testing.TB, text string) (kinds []manyOf) {
	t.Helper()
	file := storytest.FileText(t, "../../testdata/bench/objects.sql")
	at := kindLine.FindAllStringSubmatchIndex(file, -1)
	for i, m := range at {
		end := len(file)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		kind := manyOf{name: file[m[2]:m[3]], per: 1}
		if m[4] >= 0 {
			kind.per, _ = strconv.Atoi(file[m[4]:m[5]])
		}
		kind.once, kind.each, _ = strings.Cut(file[m[1]:end], "-- each\n")
		if strings.Contains(kind.name, text) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) == 0 {
		t.Fatalf("no kind of objects has %q in its name", text)
	}
	return kinds
}

// statements returns the statements that create n objects of the kind.
func (k manyOf) statements(n int) []string {
	var columns []string
	for i := range k.per {
		columns = append(columns, "c"+strconv.Itoa(i)+" int")
	}
	signs := strings.NewReplacer("0", "+", "1", "*", "2", "|", "3", "<", "4", "=",
		"5", "~", "6", "!", "7", "@", "8", "%", "9", "^")
	list := []string{k.once}
	for i := 1; i <= n/k.per; i++ {
		number := strconv.Itoa(i)
		list = append(list, strings.NewReplacer("{n}", number, "{hundred}", strconv.Itoa((i-1)/100*100),
			"{columns}", strings.Join(columns, ", "), "{sign}", signs.Replace(number)).Replace(k.each))
	}
	return list
}

// A file that needs more than this per object, or grows faster than the number of objects, is a fault.
const (
	mostPerObject = 100 * time.Microsecond
	mostGrowth    = 5.0
	noteworthy    = 100 * time.Millisecond // shorter times are noise
)

// BenchmarkObjects builds 2,000 and 8,000 objects of each kind in a database that was never analyzed, and prints how
// long each query file and a whole dump take. PGROUNDTRIP_BENCH_KINDS is a part of the names of the kinds.
func BenchmarkObjects(b *testing.B) {
	const few, many = 2000, 8000
	settings := map[string]string{"autovacuum": "off", "max_locks_per_transaction": "2048"}
	server := pgtest.Under(b, "", cluster.Options{Settings: settings})
	binary, out := storytest.Build(b), tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	b.ReportMetric(0, "ns/op")
	for _, kind := range manyObjects(b, os.Getenv("PGROUNDTRIP_BENCH_KINDS")) {
		dump := func(db *cluster.Database) {
			var peakKiB int64
			took := timeAndPeak(b, storytest.OnDatabase(binary, db, "dump", "-o", filepath.Join(b.TempDir(), "dump")), &peakKiB)
			fmt.Fprintf(out, "%s\tpgroundtrip dump\t%d ms, %d MiB\n", kind.name, took.Milliseconds(), peakKiB>>10)
		}
		before, after := timesOfFiles(b, server, kind, few, dump), timesOfFiles(b, server, kind, many, dump)
		for _, name := range slices.Sorted(maps.Keys(after)) {
			growth, each, verdict := after[name].Seconds()/before[name].Seconds(), after[name]/many, ""
			if after[name] < noteworthy {
				continue
			}
			if growth > mostGrowth || each > mostPerObject && name != "all" {
				verdict = "FAULT"
			}
			fmt.Fprintf(out, "%s\t%s\t%d ms\t%d ms\tx %.1f\t%d µs\t%s\n", kind.name, name,
				before[name].Milliseconds(), after[name].Milliseconds(), growth, each.Microseconds(), verdict)
		}
		out.Flush()
	}
}

// TestNoQueryFileIsQuadratic: four times the objects of nearly every kind, never analyzed, take about four times as
// long. A query that reads one catalog for each row of another takes sixteen times as long.
func TestNoQueryFileIsQuadratic(t *testing.T) {
	if !pgtest.Long() {
		t.Log("NOT COVERED: time per object: PGROUNDTRIP_TEST_LONG=1")
		return
	}
	const few, many, most = 300, 1200, 9.0
	settings := map[string]string{"autovacuum": "off", "max_locks_per_transaction": "2048"}
	server := pgtest.Under(t, "", cluster.Options{Settings: settings})
	kind := manyObjects(t, "some of everything")[0]
	before, after := timesOfFiles(t, server, kind, few, nil), timesOfFiles(t, server, kind, many, nil)
	for name, took := range after {
		if growth := took.Seconds() / before[name].Seconds(); took > 2*noteworthy && growth > most {
			t.Errorf("%s takes %s for %d objects and %s for %d: %.1f times as long", name, before[name], few, took, many, growth)
		}
	}
}

// timesOfFiles builds n objects and times every query file, the best of three; "all" is their sum. Then it does more,
// unless that is nil.
func timesOfFiles(b testing.TB, server *cluster.Server, kind manyOf, n int,
	more func(*cluster.Database)) map[string]time.Duration {
	b.Helper()
	ctx := context.Background()
	db, err := server.CreateScratch(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := db.Drop(ctx); err != nil {
			b.Error(err)
		}
	}()
	source := storytest.At(b, server, "dbname", db.Name)
	buildMany(b, source, kind, n)
	reader := storytest.Connection(b, source)
	defer reader.Close(ctx)
	prepareFiles(b, reader)
	times := map[string]time.Duration{}
	for name, text := range catalogQueries(b) {
		for range 3 {
			start := workOf(b, reader)
			if err := runQueries(reader, text); err != nil && !strings.Contains(err.Error(), "statement timeout") {
				b.Fatalf("%s: %v", name, err)
			}
			took := workOf(b, reader) - start
			if times[name] == 0 || took < times[name] {
				times[name] = took
			}
			if took < noteworthy {
				break
			}
		}
		times["all"] += times[name]
	}
	if more != nil {
		more(db)
	}
	return times
}

// buildMany creates n objects of a kind.
func buildMany(t testing.TB, source *cluster.Server, kind manyOf, n int) {
	t.Helper()
	conn := storytest.Connection(t, source)
	defer conn.Close(context.Background())
	storytest.MustExec(t, conn, "set synchronous_commit = off; set search_path = public")
	for batch := range slices.Chunk(kind.statements(n), 200) {
		storytest.MustExec(t, conn, strings.Join(batch, ";\n"))
	}
}

// prepareFiles prepares a session for every query file.
func prepareFiles(t testing.TB, conn *pgx.Conn) {
	t.Helper()
	storytest.RunFile(t, conn, "session")
	storytest.MustExec(t, conn, `
		set statement_timeout = '1min';
		set max_parallel_workers_per_gather = 0;
		set pgroundtrip.pg_dump_major = '15';
		set pgroundtrip.rows = '24';
		set pgroundtrip.jobs = '2';
		set pgroundtrip.others = '1';
		set pgroundtrip.settings = '';
		set pgroundtrip.words = '{pg_class,pg_proc,pg_attribute}';
		set pgroundtrip.needed_words = '{}';
		select set_config('pgroundtrip.schema', 'public', false), set_config('pgroundtrip.table', 't1', false)`)
}

// catalogQueries are the names of the query files that read the whole catalog.
func catalogQueries(t testing.TB) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, pattern := range []string{"../../sql/invariant/*.sql", "../../sql/hint/*.sql", "*.sql", "../session/*.sql"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		for _, path := range paths {
			name := filepath.Base(filepath.Dir(path)) + "/" + strings.TrimSuffix(filepath.Base(path), ".sql")
			texts[strings.TrimPrefix(name, "./")] = storytest.FileText(t, path)
		}
	}
	return texts
}

// workOf returns the session's processor time, because wall-clock time is unreliable on a busy machine.
func workOf(t testing.TB, conn *pgx.Conn) time.Duration {
	t.Helper()
	var work int64
	schedstat, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", conn.PgConn().PID()))
	if err != nil { // another system
		return time.Duration(time.Now().UnixNano())
	}
	if _, err := fmt.Sscan(string(schedstat), &work); err != nil {
		t.Fatal(err)
	}
	return time.Duration(work)
}

// runQueries reads all output of the statements.
func runQueries(conn *pgx.Conn, text string) error {
	result := conn.PgConn().Exec(context.Background(), text)
	for result.NextResult() {
		for reader := result.ResultReader(); reader.NextRow(); {
		}
	}
	return result.Close()
}
