package verdict

import (
	"slices"
	"strings"
	"testing"
)

func TestSameWords(t *testing.T) {
	for _, tt := range []struct {
		older, newer string
		want         bool
	}{
		{`CHECK (s::text = ANY (ARRAY['a'::character varying, 'b'::character varying]::text[]))`,
			`CHECK (s::text = ANY (ARRAY['a'::character varying::text, 'b'::character varying::text]))`, true},
		{`CHECK (n > '-2.5'::numeric)`, `CHECK (n > (- 2.5))`, true},
		{`CHECK (n > '-2.5'::numeric)`, `CHECK (n > 2.5)`, false},
		{`CHECK (a AND (b AND c))`, `CHECK (a AND b AND c)`, true},
		{`CHECK (a AND (b OR c))`, `CHECK (a AND b AND c)`, false},
		{`SELECT t.a,\n    t.b AS x\n   FROM t\n  WHERE t.a > 1`, `SELECT a,\n    b AS x\n   FROM t\n  WHERE a > 1`, true},
		{`SELECT t.a FROM t JOIN u ON t.a = u.a`, `SELECT t.a FROM t JOIN u ON t.a = u.b`, false},
		{`SELECT t.a FROM t JOIN u ON t.a = u.a`, `SELECT u.a FROM t JOIN u ON t.a = u.a`, false},
		{`SELECT NULL::text`, `SELECT NULL::text AS text`, true},
		{`SELECT a IN ( SELECT 1,\n 'x'::text) AS z`, `SELECT a IN ( SELECT 1,\n 'x'::text AS text) AS z`, true},
		{`SELECT a IN ( SELECT 'x'::text) AS z, b AS c`, `SELECT a IN ( SELECT 'x'::text AS text) AS y, b AS c`, false},
		{`SELECT a AS x, b AS y`, `SELECT a AS y, b AS x`, false},
		{`MERGE INTO s.p AS p USING v`, `MERGE INTO s.p p USING v`, true},
		{`SELECT "*VALUES*".column1 AS n FROM (VALUES (1,'x'::text)) "*VALUES*"`,
			`SELECT column1 AS n FROM ( VALUES (1,'x'::text)) "*VALUES*"`, true},
		{`SELECT n.n, n.n + 1 AS m FROM f(1) n(n)`, `SELECT n, n + 1 AS m FROM f(1) n(n)`, true},
		{`SELECT a FROM s.t`, `SELECT a FROM u.t`, false},
		{`SELECT a FROM s.t`, `SELECT a FROM t`, false},
		{`SELECT EXTRACT(epoch FROM d.m) AS s, TRIM(BOTH 'x'::text FROM d.n) FROM z.d`,
			`SELECT EXTRACT(epoch FROM m) AS s, TRIM(BOTH 'x'::text FROM n) FROM z.d`, true},
		{`a.x IS DISTINCT FROM a.y`, `x IS DISTINCT FROM y`, true},
		{`(f(t.a)).b AS b`, `(f(a)).b AS b`, true},
		{`'0/1'::pg_lsn`, `'0/00000001'::pg_lsn`, true},
		{`'0/1'::pg_lsn`, `'0/00000010'::pg_lsn`, false},
		{`SELECT audit.upper(b) AS upper FROM t`, `SELECT upper(b) AS upper FROM t`, false},
		{`a OPERATOR(s.=) b`, `a = b`, false},
		{`SELECT 'a (b) ::c'::text`, `SELECT 'a b ::c'::text`, false},
		{`SELECT "a (b)"`, `SELECT "a b"`, false},
		{`x = 'it''s'::text`, `x = 'its'::text`, false},
		{`a::date`, `a`, true}, // casts are named as not covered
		{`a <= 5`, `a < 5`, false},
		{`a -> 'k'`, `a ->> 'k'`, false},
		{`f(a, b)`, `f(b, a)`, false},
		{`12`, `1`, false},
		{`1.50`, `1.5`, false},
		{`a`, `a b`, false},
		{``, ``, true},
	} {
		if got := sameWords(wordsOf(tt.older), wordsOf(tt.newer)); got != tt.want {
			t.Errorf("%s\n%s\n%t, want %t", tt.older, tt.newer, got, tt.want)
		}
		if got := sameWords(wordsOf(tt.newer), wordsOf(tt.older)); got != tt.want {
			t.Errorf("the other way round: %s\n%s\n%t, want %t", tt.newer, tt.older, got, tt.want)
		}
	}
}

// TestOnlyWhatDiffersInWordsIsNamed: definitions that are printed in another way beside one that is lost, one that is
// new and one that differs are no changes.
func TestOnlyWhatDiffersInWordsIsNamed(t *testing.T) {
	const columns = "name owner definition"
	older := keep(t, columns, "a me (x>1)", "b me (x>1)", "c me (x>1)", "gone me (x>1)")
	newer := keep(t, columns, "a me x>1", "b me (x>2)", "c you x>1", "new me x>1")
	older.About.Spells, older.About.Keys = []string{"definition"}, 1
	var r Report
	c, err := r.compareResult(older, newer, &Options{Words: true})
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, change := range c.Changes.First {
		named = append(named, change.Kind+" "+change.KeyValues[0]+" "+strings.Join(change.Columns, " "))
	}
	slices.Sort(named)
	if got := strings.Join(named, ", "); c.Verdict != Fail || got != "changed b definition, changed c owner, extra new , missing gone " {
		t.Errorf("%s: %s", c.Verdict, got)
	}
	if len(r.NotCovered) != 1 || !strings.Contains(r.NotCovered[0], "in 2 definitions") {
		t.Errorf("not covered: %q", r.NotCovered)
	}
}
