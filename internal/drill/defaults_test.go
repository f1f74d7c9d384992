//go:build unix

package drill_test

import (
	"path/filepath"
	"testing"

	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// The text of statements is in the encoding and with the backslashes that the archive sets, also while what only the
// caller may create is created.
func TestAnArchiveInAnotherEncodingIsRestoredByARoleOfTheRunsOwn(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	source, _ := storytest.Filled(t, server, `create schema "Größe"; create extension pg_trgm schema "Größe";
		create table "Größe"."Maß" (n int, note text default 'a\b'); insert into "Größe"."Maß" values (1, 'ä\');
		comment on column "Größe"."Maß".note is '\ö'; grant select on "Größe"."Maß" to pg_monitor`)
	for _, format := range []string{"custom", "plain"} {
		t.Run(format, func(t *testing.T) {
			twin := storytest.TakeDump(t, source, func(o *origin.Options) {
				o.Format, o.DumpArgs = format, []string{"--encoding=LATIN1"}
			})
			storytest.RequirePass(t, storytest.TryRestore(t, server, twin, nil))
			if format != "plain" {
				return
			}
			b := &storytest.Backup{Path: filepath.Join(t.TempDir(), "backup")}
			replaceIn(t, twin.Path, b.Path, "SET standard_conforming_strings = on;", "SET standard_conforming_strings=off;")
			doubled := &storytest.Backup{Path: filepath.Join(t.TempDir(), "doubled")}
			// pg_dump doubles backslashes then; there is room without a cast and a line's end.
			replaceIn(t, b.Path, doubled.Path, "'a\\b'::text", "'a\\\\b'")
			replaceIn(t, doubled.Path, b.Path, "'\\\xf6';\n", "'\\\\\xf6';")
			sealAnew(t, server, twin, b)
			storytest.RequirePass(t, storytest.TryRestore(t, server, b, nil))
		})
	}
}

// Defaults of the caller's role change neither as whom a run works nor where a copy is created.
func TestDefaultsOfTheCallersRoleDoNotEndARun(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	admin := storytest.Connection(t, server)
	caller := storytest.NewRole(t, server, "superuser")
	name := caller.DSN()["user"]
	source, _ := storytest.Filled(t, server, "create type public.pair as (a int, b int)", "create table public.t (p public.pair)")
	settings := []string{"role = pg_monitor"}
	if server.Version.Major >= 15 {
		storytest.MustExec(t, admin, "set allow_in_place_tablespaces = on")
		storytest.MustExec(t, admin, "create tablespace "+name+" location ''")
		t.Cleanup(func() { storytest.MustExec(t, admin, "drop tablespace "+name) })
		settings = append(settings, "default_tablespace = "+name)
	}
	for _, setting := range settings {
		t.Run(setting, func(t *testing.T) {
			storytest.MustExec(t, admin, "alter role "+name+" set "+setting)
			defer storytest.MustExec(t, admin, "alter role "+name+" reset all")
			own := storytest.At(t, caller, "dbname", source.DSN()["dbname"])
			storytest.RequirePass(t, storytest.TryRestore(t, caller, storytest.TakeDump(t, own, nil), nil))
		})
	}
}
