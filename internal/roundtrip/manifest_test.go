//go:build unix

package roundtrip_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// TestAnotherQueryFileIsNoVerdict: the suite was edited between dump and restore. What prints the
// same is the same; of what does not nobody can say whether the database or the file differs.
func TestAnotherQueryFileIsNoVerdict(t *testing.T) {
	server := pgtest.Server(t)
	text := string(storytest.Read(t, sqlFile("invariant/tables")))
	another := strings.Replace(text, "pg_catalog.sha256(", "pg_catalog.sha512(", 1) // the same facts, in another form
	if another == text {
		t.Fatal("invariant/tables.sql does not hold what is to be edited")
	}
	restoreWith := func(t *testing.T, edited string, change func(*drill.Options)) *verdict.Report {
		return storytest.TryRestore(t, server, &storytest.Backup{Path: storytest.ArchiveOf(t, "custom")},
			func(o *drill.Options) {
				o.Suite = storytest.Overlay(t, map[string]string{"invariant/tables.sql": edited})
				if change != nil {
					change(o)
				}
			})
	}
	t.Run("the same result", func(t *testing.T) {
		storytest.RequirePass(t, restoreWith(t, text+"\n-- a comment\n", nil))
	})
	t.Run("another result", func(t *testing.T) {
		o := restoreWith(t, another, nil)
		if o.Verdict() != verdict.Error || o.Err != nil {
			t.Fatalf("verdict %s, error %v", o.Verdict(), o.Err)
		}
		for _, c := range o.Checks {
			if isIt := c.Name == "record/invariant/tables"; isIt != (c.Verdict == verdict.Error) || isIt &&
				!strings.Contains(c.Detail, "not the file that the dump was made with") {
				t.Errorf("%s: %s: %s", c.Name, c.Verdict, c.Detail)
			}
		}
	})
	t.Run("another result, and a difference elsewhere", func(t *testing.T) {
		o := restoreWith(t, another, func(o *drill.Options) {
			o.AfterRestore = func(ctx context.Context, conn *pgx.Conn) error {
				return storytest.RunText(ctx, conn, "alter table public.notes alter column note set default 'x'")
			}
		})
		if names, _ := storytest.Failed(o); o.Verdict() != verdict.Fail || len(names) != 1 ||
			names[0] != "record/invariant/columns" {
			t.Errorf("verdict %s, failed %q", o.Verdict(), names)
		}
	})
}

// TestManifestOfAnotherVersion: the error begins with the version and the program that can read it, whatever else is
// new.
func TestManifestOfAnotherVersion(t *testing.T) {
	for _, text := range []string{
		`{"format_version": 99, "tool": "pgroundtrip 9", "results": [{"query": "q", "new": 1}]}`,
		`{"format_version": 1, "tool": "pgroundtrip 9"}`,
	} {
		_, err := record.Read(strings.NewReader(text))
		if !errors.Is(err, record.ErrFile) ||
			!strings.Contains(err.Error(), "this program reads 3; use the program that wrote it, pgroundtrip 9") {
			t.Error(err)
		}
	}
}
