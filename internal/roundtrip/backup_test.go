package roundtrip_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// A backup is an archive with the manifest beside it.
type backup struct {
	path     string
	manifest *record.Record
}

// at is the server with another database, user or setting in its DSN.
func at(t testing.TB, server *cluster.Server, pairs ...string) *cluster.Server {
	t.Helper()
	dsn := server.DSN()
	for i := 0; i < len(pairs); i += 2 {
		dsn = dsn.With(pairs[i], pairs[i+1])
	}
	other, err := cluster.Open(context.Background(), cluster.Options{
		DSN: dsn.String(), Env: map[string]string{"PGPASSWORD": dsn["password"]}, Finder: finderOf(server), Wait: 10 * time.Second, Log: os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	other.Bindir = server.Bindir
	return other
}

// finderOf finds the programs that the server itself came with, or that fit it.
func finderOf(server *cluster.Server) pgtool.Finder {
	finder := pgtest.Options().Finder
	if slices.Contains(pgtest.Bindirs(), server.Bindir) {
		finder.Bindir = server.Bindir
	}
	return finder
}

// tryDump dumps the database that the server's DSN names; change may alter how.
func tryDump(t testing.TB, source *cluster.Server, change func(*roundtrip.DumpOptions)) (*backup, error) {
	t.Helper()
	b, outcome, err := dumpOutcome(t, source, change)
	if err != nil {
		return nil, err
	}
	requirePass(t, outcome)
	return b, nil
}

// dumpOutcome is tryDump for a dump that may leave something unrecorded.
func dumpOutcome(t testing.TB, source *cluster.Server, change func(*roundtrip.DumpOptions)) (*backup, *verdict.Report, error) {
	t.Helper()
	o := &roundtrip.DumpOptions{Suite: pgtest.DefaultSuite(t), Server: source, Format: "custom", Jobs: 1,
		Out: filepath.Join(t.TempDir(), "backup"), Tool: "test"}
	if change != nil {
		change(o)
	}
	var err error
	if o.Tools, err = pgdump.FindTools(context.Background(), finderOf(source), source, o.Format, t.Output()); err != nil {
		t.Fatal(err)
	}
	outcome, manifest, err := roundtrip.Dump(context.Background(), o)
	return &backup{o.Out, manifest}, outcome, err
}

// takeDump is tryDump for a dump that must succeed.
func takeDump(t testing.TB, source *cluster.Server, change func(*roundtrip.DumpOptions)) *backup {
	t.Helper()
	b, err := tryDump(t, source, change)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// refusedDump is why a dump was refused; it must name every text, and leave nothing behind.
func refusedDump(t testing.TB, source *cluster.Server, change func(*roundtrip.DumpOptions), texts ...string) {
	t.Helper()
	folder := t.TempDir()
	_, err := tryDump(t, source, func(o *roundtrip.DumpOptions) {
		o.Out = filepath.Join(folder, "backup")
		if change != nil {
			change(o)
		}
	})
	if err == nil {
		t.Fatal("the dump was not refused")
	}
	for _, text := range texts {
		if !strings.Contains(fullText(err), text) {
			t.Errorf("the refusal does not say %q: %v", text, fullText(err))
		}
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("a refused dump leaves %s behind", left[0].Name())
	}
}

// tryRestore restores a backup into a scratch database on the server; change may alter how.
func tryRestore(t testing.TB, target *cluster.Server, b *backup, change func(*roundtrip.RestoreOptions)) *verdict.Report {
	t.Helper()
	ctx := context.Background()
	m, err := roundtrip.ReadManifestBeside(b.path, "")
	if err != nil {
		t.Fatal(err)
	}
	format, contents, outcome, err := roundtrip.Inspect(ctx, finderOf(target), b.path, m)
	if err != nil {
		outcome.Err = err
		return outcome
	}
	if outcome.Verdict() == verdict.Fail {
		return outcome
	}
	o := &roundtrip.RestoreOptions{Suite: pgtest.DefaultSuite(t), Archive: b.path, Manifest: m, Contents: contents, Format: format,
		Server: target, Jobs: 1, Folder: t.TempDir(), Log: t.Logf}
	if change != nil {
		change(o)
	}
	if o.Tools, err = pgdump.FindRestoreTool(ctx, finderOf(target), target, format, contents.Dump, t.Output()); err != nil {
		t.Fatal(err)
	}
	if o.Twice {
		second, err := pgdump.FindTools(ctx, finderOf(target), target, format, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		o.Tools.Dump = second.Dump
	}
	roundtrip.Restore(ctx, o, outcome)
	return outcome
}

// damaging is tryRestore with statements that run after the restore.
func damaging(t testing.TB, target *cluster.Server, b *backup, statements ...string) *verdict.Report {
	t.Helper()
	return tryRestore(t, target, b, func(o *roundtrip.RestoreOptions) {
		o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
			for _, s := range statements {
				if _, err := conn.Exec(ctx, s); err != nil {
					return fmt.Errorf("%s: %w", firstLine(s), err)
				}
			}
			return nil
		}
	})
}

// requireFails ends the test unless exactly the named checks failed; the first must say every text.
func requireFails(t testing.TB, o *verdict.Report, check string, texts ...string) {
	t.Helper()
	names, _ := failed(o)
	if o.Err != nil || !slices.Contains(names, check) {
		t.Fatalf("failed: %q, want %q; error: %v", names, check, o.Err)
	}
	said := sayings(o, check)
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("%s does not name %q:\n%s", check, text, said)
		}
	}
}

// sayings is all that a check says about what differs.
func sayings(o *verdict.Report, name string) string {
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

// runText runs a text of many statements, one after the other.
func runText(ctx context.Context, conn *pgx.Conn, text string) error {
	statements, err := suite.Split(text)
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s.Text); err != nil {
			return fmt.Errorf("%s: %w", firstLine(s.Text), err)
		}
	}
	return nil
}

// filled is a scratch database made by those statements, and the server whose DSN names it.
func filled(t testing.TB, server *cluster.Server, texts ...string) (*cluster.Server, *pgx.Conn) {
	t.Helper()
	db := pgtest.Scratch(t, server)
	conn := pgtest.Connect(t, db)
	for _, text := range texts {
		if err := runText(context.Background(), conn, text); err != nil {
			t.Fatal(err)
		}
	}
	return at(t, server, "dbname", db.Name), conn
}
