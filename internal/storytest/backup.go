package storytest

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// A Backup is an archive with the manifest beside it.
type Backup struct {
	Path     string
	Manifest *record.Record
}

// At is the server with another database, user or setting in its DSN.
func At(t testing.TB, server *cluster.Server, pairs ...string) *cluster.Server {
	t.Helper()
	dsn := server.DSN()
	for i := 0; i < len(pairs); i += 2 {
		dsn = dsn.With(pairs[i], pairs[i+1])
	}
	other, err := cluster.Open(context.Background(), cluster.Options{
		DSN: dsn.String(), Env: map[string]string{"PGPASSWORD": dsn["password"]}, Finder: FinderOf(server),
		Wait: 10 * time.Second, Log: os.Stderr,
	})
	pgtest.OK(t, err)
	other.Bindir = server.Bindir
	return other
}

// FinderOf finds the programs that the server itself came with, or that fit it.
func FinderOf(server *cluster.Server) pgtool.Finder {
	finder := pgtest.Options().Finder
	if slices.Contains(pgtest.Bindirs(), server.Bindir) {
		finder.Bindir = server.Bindir
	}
	return finder
}

// TryDump dumps the database that the server's DSN names; change may alter how.
func TryDump(t testing.TB, source *cluster.Server, change func(*origin.Options)) (*Backup, error) {
	t.Helper()
	b, outcome, err := DumpOutcome(t, source, change)
	if err != nil {
		return nil, err
	}
	RequirePass(t, outcome)
	return b, nil
}

// DumpOutcome is tryDump for a dump that may leave something unrecorded.
func DumpOutcome(t testing.TB, source *cluster.Server, change func(*origin.Options)) (*Backup, *verdict.Report,
	error) {
	t.Helper()
	o := &origin.Options{Suite: pgtest.DefaultSuite(t), Server: source, Format: "custom", Jobs: 1,
		Out: filepath.Join(t.TempDir(), "backup"), Tool: "test"}
	if change != nil {
		change(o)
	}
	var err error
	if o.Tools, err = pgdump.FindTools(context.Background(), FinderOf(source), source, o.Format, t.Output()); err != nil {
		t.Fatal(err)
	}
	outcome, manifest, err := roundtrip.Dump(context.Background(), o)
	return &Backup{o.Out, manifest}, outcome, err
}

// TakeDump is tryDump for a dump that must succeed.
func TakeDump(t testing.TB, source *cluster.Server, change func(*origin.Options)) *Backup {
	t.Helper()
	return pgtest.Must(TryDump(t, source, change))(t)
}

// RefusedDump is why a dump was refused; it must name every text, and leave nothing.
func RefusedDump(t testing.TB, source *cluster.Server, change func(*origin.Options), texts ...string) {
	t.Helper()
	folder := t.TempDir()
	_, err := TryDump(t, source, func(o *origin.Options) {
		o.Out = filepath.Join(folder, "backup")
		if change != nil {
			change(o)
		}
	})
	if err == nil {
		t.Fatal("the dump was not refused")
	}
	for _, text := range texts {
		if !strings.Contains(FullText(err), text) {
			t.Errorf("the refusal does not say %q: %v", text, FullText(err))
		}
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("a refused dump leaves %s behind", left[0].Name())
	}
}

// TryRestore restores a backup into a scratch database on the server; change may alter how.
func TryRestore(t testing.TB, target *cluster.Server, b *Backup,
	change func(*drill.Options)) *verdict.Report {
	t.Helper()
	ctx := context.Background()
	m := pgtest.Must(recordfile.ReadManifest(b.Path, ""))(t)
	format, contents, outcome, err := roundtrip.Inspect(ctx, FinderOf(target), b.Path, m)
	if err != nil {
		outcome.Err = err
		return outcome
	}
	if outcome.Verdict() == verdict.Fail {
		return outcome
	}
	o := &drill.Options{Suite: pgtest.DefaultSuite(t), Archive: b.Path, Manifest: m, Contents: contents,
		Format: format,
		Server: target, Jobs: 1, Folder: t.TempDir(), Log: t.Logf}
	if change != nil {
		change(o)
	}
	o.Tools, err = pgdump.FindRestoreTool(ctx, FinderOf(target), target, format, contents.Dump, t.Output())
	pgtest.OK(t, err)
	if o.Twice {
		second := pgtest.Must(pgdump.FindTools(ctx, FinderOf(target), target, format, t.Output()))(t)
		o.Tools.Dump = second.Dump
	}
	roundtrip.Restore(ctx, o, outcome)
	return outcome
}

// Damaging is tryRestore with statements that run after the restore.
func Damaging(t testing.TB, target *cluster.Server, b *Backup, statements ...string) *verdict.Report {
	t.Helper()
	return TryRestore(t, target, b, func(o *drill.Options) {
		o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
			for _, s := range statements {
				if _, err := conn.Exec(ctx, s); err != nil {
					return fmt.Errorf("%s: %w", FirstLine(s), err)
				}
			}
			return nil
		}
	})
}

// RequireFails ends the test unless the named check failed, among others perhaps; it must name every text.
func RequireFails(t testing.TB, o *verdict.Report, check string, texts ...string) {
	t.Helper()
	names, _ := Failed(o)
	if o.Err != nil || !slices.Contains(names, check) {
		t.Fatalf("failed: %q, want %q; error: %v", names, check, o.Err)
	}
	said := Sayings(o, check)
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("%s does not name %q:\n%s", check, text, said)
		}
	}
}

// Sayings is all that a check reports about what differs.
func Sayings(o *verdict.Report, name string) string {
	var b strings.Builder
	for _, c := range o.Checks {
		if c.Name != name {
			continue
		}
		fmt.Fprintln(&b, c.Detail)
		if c.Difference != nil {
			fmt.Fprintln(&b, c.Difference.Row, c.Difference.What, c.Difference.Diff)
		}
		if c.Changes != nil {
			for _, change := range c.Changes.First {
				fmt.Fprintln(&b, change.Kind, change.Key, change.Columns, change.Old, change.New)
			}
		}
		for _, table := range c.Tables {
			fmt.Fprintf(&b, "%s %s %v\n", table.Table, table.Against, table.Changes)
			if table.Changes != nil {
				fmt.Fprintf(&b, "%+v\n", table.Changes.First)
			}
		}
	}
	return b.String()
}

// RunText runs a text of many statements, one after the other.
func RunText(ctx context.Context, conn *pgx.Conn, text string) error {
	statements, err := suite.Split(text)
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s.Text); err != nil {
			return fmt.Errorf("%s: %w", FirstLine(s.Text), err)
		}
	}
	return nil
}

// Filled is a scratch database made by those statements, and the server whose DSN names it.
func Filled(t testing.TB, server *cluster.Server, texts ...string) (*cluster.Server, *pgx.Conn) {
	t.Helper()
	db := pgtest.Scratch(t, server)
	conn := pgtest.Connect(t, db)
	for _, text := range texts {
		pgtest.OK(t, RunText(context.Background(), conn, text))
	}
	return At(t, server, "dbname", db.Name), conn
}

func readSide(t testing.TB, path string) roundtrip.Side {
	t.Helper()
	r := pgtest.Must(recordfile.ReadSide(path))(t)
	return roundtrip.Side{Name: filepath.Base(path), Record: r}
}

// Compared compares two sides; change may alter how.
func Compared(t testing.TB, a, b roundtrip.Side, change func(*roundtrip.CompareOptions)) *verdict.Report {
	t.Helper()
	o := &roundtrip.CompareOptions{A: a, B: b, Tool: "test", Log: t.Logf}
	if a.Server != nil || b.Server != nil {
		o.Suite = pgtest.DefaultSuite(t)
	}
	if change != nil {
		change(o)
	}
	return pgtest.Must(roundtrip.Compare(context.Background(), o))(t)
}

// Recorded takes the record of a database and reads it back from its file.
func Recorded(t testing.TB, source *cluster.Server) roundtrip.Side {
	t.Helper()
	_, r, err := roundtrip.Record(context.Background(),
		&roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: source, Tool: "test", Log: t.Logf})
	pgtest.OK(t, err)
	path := filepath.Join(t.TempDir(), "record.json")
	pgtest.OK(t, recordfile.Write(r, path, false))
	return readSide(t, path)
}

// Copied restores a backup into a database that stays for the time of the test.
func Copied(t testing.TB, target *cluster.Server, b *Backup) *cluster.Server {
	t.Helper()
	name := "copy_" + strings.ToLower(rand.Text()[:12])
	RequirePass(t, TryRestore(t, target, b, func(o *drill.Options) { o.Keep = name }))
	t.Cleanup(func() {
		conn := Connection(t, At(t, target, "dbname", name))
		for _, subscription := range Value[[]string](t, conn,
			"select coalesce(array_agg(quote_ident(subname)), '{}') from pg_subscription where subdbid = (select oid from "+
				"pg_database where datname = current_database())") {
			MustExec(t, conn, "alter subscription "+subscription+" disable")
			MustExec(t, conn, "alter subscription "+subscription+" set (slot_name = none)")
			MustExec(t, conn, "drop subscription "+subscription)
		}
		conn = Connection(t, At(t, target, "dbname", "postgres"))
		MustExec(t, conn, "drop database "+name+" with (force)")
	})
	return At(t, target, "dbname", name)
}
