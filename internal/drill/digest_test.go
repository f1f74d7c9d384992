//go:build unix

package drill_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
)

// TestBytesThatAreOneCharacterInUTF8AreTwoValues: in EUC_JP two byte sequences are U+2252, and some characters are none
// in UTF8.
func TestBytesThatAreOneCharacterInUTF8AreTwoValues(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := storytest.InEncoding(t, server, "EUC_JP")
	const one, other = `convert_from('\xa2e2', 'EUC_JP')`, `convert_from('\xadf0', 'EUC_JP')`
	storytest.MustExec(t, conn, `
		create domain public.word as text;
		create type public.pair as (a text, b text);
		create table public.words (id int primary key, t text, v varchar, c char(3), n name, j json, b jsonb, l text[], d public.word, p public.pair);
		insert into public.words
		select 1, w, w, w, w, to_json(w), to_jsonb(w), array[w], w, row(w, w)::public.pair from (select `+one+` as w) as words;
		insert into public.words (id, t) values (2, convert_from('\xa9a1', 'EUC_JP'));`)
	b := storytest.TakeDump(t, source, nil)
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true }))
	for _, set := range pgtest.Dealt(t, 3, []string{
		"t = w", "v = w", "c = w", "n = w", "j = to_json(w)", "b = to_jsonb(w)", "l = array[w]", "d = w", "p.b = w",
	}) {
		storytest.RequireFails(t, storytest.Damaging(t, server, b,
			"update public.words set "+set+" from (select "+other+" as w) as other where id = 1"),
			storytest.TablesCheck, "table=words")
	}
}

// TestTheRowsOfATypeThatComesBackInAnotherOrderAreNamed: their text is the same on both sides.
func TestTheRowsOfATypeThatComesBackInAnotherOrderAreNamed(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, storytest.FileText(t, "../../testdata/field/90-row-type-of-a-child.sql"))
	for _, kept := range []bool{false, true} {
		o := storytest.TryRestore(t, server, storytest.TakeDump(t, source,
			func(o *origin.Options) { o.WithRows = kept }),
			func(o *drill.Options) {
				if !kept {
					o.Source = source
				}
			})
		rows := tableRows(t, o, "public.audit")
		if rows == nil || rows.Changes.Changed != 1 || rows.Changes.First[0].Key != "n=1" {
			t.Fatalf("rows kept: %t: the row is not named: %+v", kept, rows)
		}
		if got, want := rows.Changes.First[0].Columns, []string{"old_row by field", "rows by field"}; !slices.Equal(got, want) {
			t.Errorf("rows kept: %t: columns %q, want %q", kept, got, want)
		}
	}
}

// TestMaterializedViewsAreHashedAsTablesAre: the two files share the text that makes a row's hash.
func TestMaterializedViewsAreHashedAsTablesAre(t *testing.T) {
	shared := func(path, end string) string {
		_, text, isThere := strings.Cut(storytest.FileText(t, path), "\npart as (")
		text, _, isClosed := strings.Cut(text, end)
		if !isThere || !isClosed {
			t.Fatalf("%s: not from \"part\" to %q", path, end)
		}
		return text
	}
	if shared("../../sql/invariant/tables.sql", "\nleaf as (") != shared("../../sql/invariant/materialized_views.sql",
		"\nleaf as (") {
		t.Error("tables.sql and materialized_views.sql make other hashes of the same row")
	}
}

// TestNamesThatAreNoUTF8AreComparedByteByByte: the manifest is JSON, and holds them all the same.
func TestNamesThatAreNoUTF8AreComparedByteByByte(t *testing.T) {
	latin1 := strings.NewReplacer("é", "\xe9", "è", "\xe8", "ÿ", "\xff").Replace
	server := pgtest.Server(t)
	source, conn := storytest.InEncoding(t, server, "SQL_ASCII")
	if err := storytest.RunText(context.Background(), conn, latin1(`
		create table public.t (id int primary key, a text default 'ÿ', doc xml);
		insert into public.t values (1, 'café', '<a/>');
		create type public.en as enum ('é', 'è');
		create unlogged table public.tabé ("colÿ" xml);
		insert into public.tabé values ('<?xml version="1.0"?><a/>');
		comment on table public.t is 'café \xe9';`)); err != nil {
		t.Fatal(err)
	}
	b := storytest.TakeDump(t, source, func(o *origin.Options) { o.WithRows = true })
	manifest := storytest.FileText(t, b.Path+record.ManifestSuffix)
	for _, want := range []string{`caf\\xe9 \\\\xe9`, `tab\\xe9`, `col\\xff`,
		`1 row of public.\"tab\\xe9\".\"col\\xff\"`} {
		if !strings.Contains(manifest, want) {
			t.Errorf("the manifest does not hold %s", want)
		}
	}
	storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true }))
	for statement, check := range map[string]string{
		`comment on table public.t is 'cafè \xe9'`:              "comments",
		`comment on table public.t is 'café é'`:                 "comments",
		`alter table public.t alter a set default 'è'`:          "columns",
		`alter type public.en rename value 'è' to 'ÿ'`:          "types",
		`alter table public.tabé rename to tabè`:                "tables",
		`update public.t set a = 'cafè'`:                        "tables",
		`update public.tabé set "colÿ" = '<!-- x --><a/>'`:      "tables",
		`alter table public.t add constraint cé check (id > 0)`: "constraints",
	} {
		storytest.RequireFails(t, storytest.Damaging(t, server, b, latin1(statement)), "record/invariant/"+check)
	}
}

// TestValuesWhoseTextCannotBeReadBackAreNotCovered: what their text does not hold cannot be told.
func TestValuesWhoseTextCannotBeReadBackAreNotCovered(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), `
		create type public.odd;
		create function public.odd_in(cstring) returns public.odd language internal strict immutable as 'byteain';
		create function public.odd_out(public.odd) returns cstring language internal strict immutable as 'textout';
		create type public.odd (input = public.odd_in, output = public.odd_out, like = text);
		create table public.t (o public.odd);
		insert into public.t values ('a\\b');`)
	storytest.Incomplete(t, source, pgtest.DefaultSuite(t), "text_loss.sql (invalid input syntax for type bytea")
}
