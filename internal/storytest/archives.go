package storytest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/verdict"
)

// TwoTables is a database small enough to be dumped often, and whose rows do not compress to nothing.
const TwoTables = `
	create table public.notes (id int primary key, note text);
	insert into public.notes select n, md5(n::text) || md5((n + 1)::text) from generate_series(1, 3000) as n;
	create table public.marks (id int, mark numeric);
	insert into public.marks select n, n / 7.0 from generate_series(1, 500) as n;`

// archives are made once each and kept in memory.
var archives = struct {
	sync.Mutex
	made map[string]fstest.MapFS
}{made: map[string]fstest.MapFS{}}

// ArchiveOf is a copy, which the test may damage, of an archive of that format with its manifest. An
// other one is of the same database, dumped at another time.
func ArchiveOf(t *testing.T, format string, other ...string) string {
	t.Helper()
	archives.Lock()
	defer archives.Unlock()
	name := format + strings.Join(other, "")
	if archives.made[name] == nil {
		source, _ := Filled(t, pgtest.Server(t), TwoTables)
		folder := t.TempDir()
		TakeDump(t, source,
			func(o *origin.Options) { o.Format, o.Out = format, filepath.Join(folder, "backup") })
		archives.made[name] = inMemory(t, folder)
	}
	folder := t.TempDir()
	pgtest.OK(t, os.CopyFS(folder, archives.made[name]))
	return filepath.Join(folder, "backup")
}

func inMemory(t *testing.T, folder string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[path] = &fstest.MapFile{Data: Read(t, filepath.Join(folder, path)), Mode: 0o644}
		}
		return err
	})
	pgtest.OK(t, err)
	return files
}

// Seal writes a manifest, and checksums that fit it.
func Seal(t *testing.T, archive string, m *record.Record) {
	t.Helper()
	var b bytes.Buffer
	pgtest.OK(t, m.Write(&b))
	Write(t, archive+record.ManifestSuffix, b.Bytes())
	Write(t, archive+record.SumsSuffix, []byte(fmt.Sprintf("%x  %s\n", sha256.Sum256(b.Bytes()),
		filepath.Base(archive)+record.ManifestSuffix)))
}

// Reseal changes a manifest as somebody could who makes the checksums anew.
func Reseal(t *testing.T, archive string, change func(*record.Record)) {
	t.Helper()
	m := pgtest.Must(recordfile.ReadManifest(archive, ""))(t)
	change(m)
	Seal(t, archive, m)
}

func Read(t testing.TB, path string) []byte {
	t.Helper()
	return pgtest.Must(os.ReadFile(path))(t)
}

func Write(t *testing.T, path string, data []byte) {
	t.Helper()
	pgtest.OK(t, os.WriteFile(path, data, 0o644))
}

func Remove(t *testing.T, path string) {
	t.Helper()
	pgtest.OK(t, os.Remove(path))
}

// ScratchDatabases are those on the tests' server.
func ScratchDatabases(t testing.TB) []string {
	t.Helper()
	conn := pgtest.Must(pgtest.Server(t).Connect(context.Background()))(t)
	defer conn.Close(context.Background())
	return Value[[]string](t, conn,
		"select coalesce(array_agg(datname::text order by datname), '{}') from pg_database where datname ~ '^pgroundtrip_'")
}

// BareDump is what pg_dump writes without this program.
func BareDump(t *testing.T, source *cluster.Server, format string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bare")
	cmd := commandOn(t, source, source.DSN(), "pg_dump", "--format="+format, "--file="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// AfterRestore is tryRestore with something done to the restored database.
func AfterRestore(t testing.TB, server *cluster.Server, b *Backup, do func(conn *pgx.Conn)) *verdict.Report {
	t.Helper()
	return TryRestore(t, server, b, func(o *drill.Options) {
		o.AfterRestore = func(_ context.Context, conn *pgx.Conn) error { do(conn); return nil }
	})
}

const TablesCheck = "record/invariant/tables"

const PrivilegesCheck = "record/invariant/privileges"

const PublicCreate = "the right of everyone to create objects in schema public"

// ExpectedOf is what a dump says that pg_dump leaves out.
func ExpectedOf(b *Backup) (what []string) {
	for _, e := range b.Manifest.Expected {
		what = append(what, e.What)
	}
	return what
}

// RequireExpected requires that a dump expects these losses, apart from those that every database has: the roles, and
// before 15 what 15 changed.
func RequireExpected(t *testing.T, b *Backup, want ...string) {
	t.Helper()
	got := slices.DeleteFunc(ExpectedOf(b), func(what string) bool {
		return what == PublicCreate || strings.HasPrefix(what, "the roles that the archive refers to (")
	})
	slices.Sort(got)
	want = append(want, "planner statistics")
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("left out by design: %q, want %q", got, want)
	}
}

// Misnamed is tables.sql that looks for one of the tables under another name.
func Misnamed(t *testing.T, table string) string {
	t.Helper()
	const name = "r.nspname, r.relname)\n"
	text := FileText(t, "../../sql/invariant/tables.sql")
	edited := strings.Replace(text, name,
		"r.nspname, r.relname || case r.relname when '"+table+"' then '_gone' else '' end)\n", 1)
	if edited == text {
		t.Fatal("tables.sql has another form")
	}
	return edited
}
