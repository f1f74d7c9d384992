//go:build unix

package cli_test

import (
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/storytest"
)

// unresult removes the results of queries from a manifest.
func unresult(m *record.Record, queries ...string) {
	m.Results = slices.DeleteFunc(m.Results, func(d *record.Result) bool { return slices.Contains(queries, d.Query) })
}

// TestWhatAManifestLacksIsNotCovered: results that were removed from a manifest, whose checksum was then renewed, are
// named as not covered, in the text and in the document.
func TestWhatAManifestLacksIsNotCovered(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, conn := pgtest.Built(t, server)
	storytest.MustExec(t, conn, "create table public.pay (id int primary key); insert into public.pay values (1)")
	for _, tt := range pgtest.Dealt(t, 3, []struct {
		name   string
		change func(*record.Record)
		names  []string
	}{
		{"one result", func(m *record.Record) { unresult(m, "invariant/tables") },
			[]string{"invariant/tables.sql (the manifest names it but has no result for it: it was changed)"}},
		{"two results", func(m *record.Record) { unresult(m, "invariant/privileges", "invariant/triggers") },
			[]string{"invariant/privileges.sql (", "invariant/triggers.sql ("}},
		{"a result and its name", func(m *record.Record) {
			unresult(m, "invariant/tables")
			m.Queries = slices.DeleteFunc(m.Queries, func(name string) bool { return name == "invariant/tables" })
		}, []string{"invariant/tables.sql (the manifest has no result for it)"}},
		{"all names, as an older version wrote it", func(m *record.Record) {
			unresult(m, "invariant/policies")
			m.Queries, m.SuiteSHA256 = nil, ""
		}, []string{"invariant/policies.sql (the manifest has no result for it)"}},
		{"all but one result", func(m *record.Record) { m.Results, m.Chain = m.Results[len(m.Results)-1:], nil },
			[]string{"snapshot.sql (", "verify_chain.sql (", "canonical_payload.sql (", "invariant/tables.sql (",
				"invariant/types.sql ("}},
		{"the chain", func(m *record.Record) {
			unresult(m, "snapshot", "verify_chain", "canonical_payload")
			m.Chain = nil
		}, []string{"snapshot.sql (", "verify_chain.sql (", "canonical_payload.sql ("}},
		{"a result of a query that this suite lacks",
			func(m *record.Record) { m.Queries = append(m.Queries, "invariant/own") },
			[]string{"invariant/own.sql (the manifest names it but has no result for it: it was changed)"}},
	}) {
		t.Run(tt.name, func(t *testing.T) {
			out := t.TempDir() + "/backup"
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out)).Require(t, 0)
			storytest.Reseal(t, out, tt.change)
			for _, form := range []string{"-json", "-json=false"} {
				said := storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", form, out))
				said.Require(t, 0, tt.names...)
				if form == "-json=false" && !strings.Contains(said.Said, "NOT COVERED: ") {
					t.Errorf("no line of what is not covered:\n%s", said.Said)
				}
			}
		})
	}
	t.Run("a whole manifest covers all", func(t *testing.T) {
		out := t.TempDir() + "/backup"
		storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out)).Require(t, 0)
		if said := storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", out)); strings.Contains(said.Said, "NOT COVERED") {
			t.Errorf("something is not covered:\n%s", said.Said)
		}
		m, err := recordfile.ReadManifest(out, "")
		if su := pgtest.DefaultSuite(t); err != nil || m.SuiteSHA256 != su.SHA256() ||
			!slices.Equal(m.Queries, su.QueryNames()) {
			t.Errorf("the manifest does not name its suite: %v", err)
		}
	})
}

// TestARestoreWithoutAManifestProvesNothing: it is refused before any work, unless -no-manifest is given.
func TestARestoreWithoutAManifestProvesNothing(t *testing.T) {
	server, binary := pgtest.Server(t), storytest.Build(t)
	db, conn := pgtest.Built(t, server)
	storytest.MustExec(t, conn, "insert into public.audit_events (id, actor, actor_type, action, resource_type, "+
		"resource_id) values ('a', 'b', 'user', 'x.y', 'thing', 't')")
	for _, format := range pgtest.Dealt(t, 3, pgdump.Formats) {
		t.Run(format, func(t *testing.T) {
			folder := t.TempDir()
			out := folder + "/backup"
			storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-format", format, "-o", out)).Require(t, 0)
			storytest.Remove(t, out+record.ManifestSuffix)
			refused := storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", out))
			refused.Require(t, 1, "there is no manifest "+out+record.ManifestSuffix, "-no-manifest")
			if strings.Contains(refused.Said, "PASS") || strings.Contains(refused.Said, "prepare") {
				t.Errorf("it began:\n%s", refused.Said)
			}
			meant := storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", "-no-manifest", out))
			meant.Require(t, 0, "NOT COVERED: ", "the source (there is no manifest: nothing was compared with it)",
				"\nPASS: the archive restores without an error and its chain of 1 rows is whole; without a manifest nothing was "+
					"compared with the source\n")
		})
	}
	t.Run("a broken chain differs all the same", func(t *testing.T) {
		out := t.TempDir() + "/backup"
		storytest.MustExec(t, conn, "alter table public.audit_events disable trigger all; alter table public.audit_events "+
			"drop constraint if exists audit_events_check")
		storytest.MustExec(t, conn, "update public.audit_events set actor = 'c'")
		storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "dump", "-o", out)).Require(t, 2)
		storytest.Remove(t, out+record.ManifestSuffix)
		storytest.RunToEnd(t, storytest.OnDatabase(binary, db, "restore", "-no-manifest", out)).Require(t, 2, "source_chain")
	})
}
