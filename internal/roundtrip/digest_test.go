package roundtrip_test

import (
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
)

// TestBytesThatAreOneCharacterInUTF8AreTwoValues: in EUC_JP two byte sequences are U+2252, and some characters are none
// in UTF8.
func TestBytesThatAreOneCharacterInUTF8AreTwoValues(t *testing.T) {
	server := pgtest.Server(t)
	source, conn := inEncoding(t, server, "EUC_JP")
	const one, other = `convert_from('\xa2e2', 'EUC_JP')`, `convert_from('\xadf0', 'EUC_JP')`
	mustExec(t, conn, `
		create domain public.word as text;
		create type public.pair as (a text, b text);
		create table public.words (id int primary key, t text, v varchar, c char(3), n name, j json, b jsonb, l text[], d public.word, p public.pair);
		insert into public.words
		select 1, w, w, w, w, to_json(w), to_jsonb(w), array[w], w, row(w, w)::public.pair from (select `+one+` as w) as words;
		insert into public.words (id, t) values (2, convert_from('\xa9a1', 'EUC_JP'));`)
	b := takeDump(t, source, nil)
	requirePass(t, tryRestore(t, server, b, func(o *roundtrip.RestoreOptions) { o.Twice = true }))
	for _, set := range []string{
		"t = w", "v = w", "c = w", "n = w", "j = to_json(w)", "b = to_jsonb(w)", "l = array[w]", "d = w", "p.b = w",
	} {
		requireFails(t, damaging(t, server, b, "update public.words set "+set+" from (select "+other+" as w) as other where id = 1"),
			tablesCheck, "table=words")
	}
}

// TestTheRowsOfATypeThatComesBackInAnotherOrderAreNamed: their text is the same on both sides.
func TestTheRowsOfATypeThatComesBackInAnotherOrderAreNamed(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := filled(t, server, fileText(t, "../../testdata/field/90-row-type-of-a-child.sql"))
	for _, kept := range []bool{false, true} {
		o := tryRestore(t, server, takeDump(t, source, func(o *roundtrip.DumpOptions) { o.WithRows = kept }),
			func(o *roundtrip.RestoreOptions) {
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
		_, text, isThere := strings.Cut(fileText(t, path), "\npart as (")
		text, _, isClosed := strings.Cut(text, end)
		if !isThere || !isClosed {
			t.Fatalf("%s: not from \"part\" to %q", path, end)
		}
		return text
	}
	if shared("../../sql/invariant/tables.sql", "\nleaf as (") != shared("../../sql/invariant/materialized_views.sql", "\nviews as (") {
		t.Error("tables.sql and materialized_views.sql make other hashes of the same row")
	}
}
