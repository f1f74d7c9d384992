package archive_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgroundtrip/internal/archive"
)

// all returns every statement of a text as "line: text", with the data of a COPY after it.
func all(text string, backslashes bool) (list []string, err error) {
	r := archive.NewReader(strings.NewReader(text), backslashes)
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		entry := fmt.Sprintf("%d: %s", s.Line, s.Text)
		if s.IsCopy {
			data, err := io.ReadAll(r.Data())
			if err != nil {
				return list, err
			}
			entry += " <" + string(data) + ">"
		}
		list = append(list, entry)
	}
}

// Statements are split where the server splits them (scan.l).
func TestStatementsAreCutWhereTheServerCutsThem(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"blanks and comments", "  -- a;\n/* b; /* c; */ ; */ ;; select 1 ; -- d\nselect\t2;", "2: select 1 |3: select\t2"},
		{"a comment that a carriage return ends", "-- a\rselect 1;", "1: select 1"},
		{"a comment in an operator", "select 1 */*;*/ 2;", "1: select 1 */*;*/ 2"},
		{"quotes", `select ';', '''', ";"";", ''';';`, `1: select ';', '''', ";"";", ''';'`},
		{"a backslash in a string", `select '\'; select 2;`, `1: select '\'|1: select 2`},
		{"a backslash in a string with escapes", `select E'\';', e'\\'; select 2;`, `1: select E'\';', e'\\'|1: select 2`},
		{"a word that ends in e", `select type'\'; select 2;`, `1: select type'\'|1: select 2`},
		{"a string with escapes that goes on", "select E'a'\n -- b\n'\\';'; select 2;",
			"1: select E'a'\n -- b\n'\\';'|3: select 2"},
		{"a string with escapes and another beside", "select E'a' '\\'; select 2;", `1: select E'a' '\'|1: select 2`},
		{"dollar quotes", "select $$;'$$, $a$;$$;$a$; select $_1$;$_1$;", "1: select $$;'$$, $a$;$$;$a$|1: select $_1$;$_1$"},
		{"a dollar inside a word and a parameter", "select a$b$, $1; select 2;", "1: select a$b$, $1|1: select 2"},
		{"parentheses", "create rule r as on insert to t do (delete from t; delete from u); select 2;",
			"1: create rule r as on insert to t do (delete from t; delete from u)|1: select 2"},
		{"the body of a routine", "create function f() returns int begin atomic select case when true then 1 end; select " +
			"2; end; select 3;",
			"1: create function f() returns int begin atomic select case when true then 1 end; select 2; end|1: select 3"},
		{"begin and atomic elsewhere", "create or replace procedure p(begin atomic) language sql as ''; select 1;",
			"1: create or replace procedure p(begin atomic) language sql as ''|1: select 1"},
		{"cases in the body of a routine", "create function f() returns int begin atomic return case a when 1 then case b " +
			"when 2 then 3 else case c when 1 then 2 end end end; " +
			"update t set a = case when b then 1 end; select 1, case when a then b end from t order by case when a then b " +
			"end; select distinct on (a, (b)) case when not case when a then b end then b end; end; select 4;",
			"1: create function f() returns int begin atomic return case a when 1 then case b when 2 then 3 else case c when " +
				"1 then 2 end end end; " +
				"update t set a = case when b then 1 end; select 1, case when a then b end from t order by case when a then b " +
				"end; select distinct on (a, (b)) case when not case when a then b end then b end; end|1: select 4"},
		{"a name in the body of a routine",
			"create function f() returns int begin atomic select begin atomic from t; select 1 as end; end; select 4;",
			"1: create function f() returns int begin atomic select begin atomic from t; select 1 as end|1: end|1: select 4"},
		{"numbers", "select 1.5e-3, .5, 1::int, 1; select 2;", "1: select 1.5e-3, .5, 1::int, 1|1: select 2"},
		{"rows of COPY", "COPY t (a) FROM stdin;\nx;\n\\N\tselect '\n\\.\nselect 1;",
			"1: COPY t (a) FROM stdin <x;\n\\N\tselect '\n>|5: select 1"},
		{"no rows, and carriage returns", "COPY t FROM stdin;\r\n\\.\r\nselect 1;\r\n",
			"1: COPY t FROM stdin <>|3: select 1"},
		{"rows that begin like the end", "COPY t FROM stdin;\n\\.x\n \\.\n\\.\n", "1: COPY t FROM stdin <\\.x\n \\.\n>"},
		{"restricted", "\\restrict aB1\n\nselect 1;\n\\unrestrict aB1\n\n", "3: select 1"},
		{"the mark of UTF-8", "\xef\xbb\xbfselect 1;", "1: select 1"},
		{"a client's encoding in which a backslash ends a character",
			"SET client_encoding = 'SJIS';\nselect E'\x83\\'; select 1;",
			"1: SET client_encoding = 'SJIS'|2: select E'\x83\\'|2: select 1"},
		{"the same, by another of its names",
			"SET client_encoding TO 's. jis';\nselect E'\x83\\'; select 1;",
			"1: SET client_encoding TO 's. jis'|2: select E'\x83\\'|2: select 1"},
		{"the same in a string with backslashes",
			"SET client_encoding = 'GBK'; SET standard_conforming_strings = off;\nselect '\x83\\'; select 1;",
			"1: SET client_encoding = 'GBK'|1: SET standard_conforming_strings = off|2: select '\x83\\'|2: select 1"},
		{"and one in which it does not", "SET client_encoding = 'EUC_JP';\nselect E'\xa3\\''; select 1;",
			"1: SET client_encoding = 'EUC_JP'|2: select E'\xa3\\''|2: select 1"},
		{"strings with backslashes", "SET standard_conforming_strings = off;\nselect '\\';'; SET " +
			"standard_conforming_strings = on; select '\\'; select 1;",
			`1: SET standard_conforming_strings = off|2: select '\';'|2: SET standard_conforming_strings = on|2: select '\'|2: select 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := all(c.text, false)
			if text := strings.Join(got, "|"); err != nil || text != c.want {
				t.Errorf("error %v\n got %s\nwant %s", err, text, c.want)
			}
		})
	}
}

// Commands that psql would run on this machine, and text that the server and this program could read differently, are
// an error with its line.
func TestWhatPgDumpDoesNotWriteIsRefusedByTheReader(t *testing.T) {
	const body = "\ncreate function f() returns int begin atomic select "
	for _, text := range []string{
		"\nselect $\xe9$a$\xe9$;", "\ncreate function f() returns int as $\x87\x90$ begin end $\x81\xe0$ security definer " +
			"-- $\x87\x90$\n;",
		body + "1 as case;", body + "1 case;", body + "a case;", body + "'a' case;", body + "a.case;", body +
			"a.select case;", body + "(a) case;", body + "distinct on (a) b, (c) case;",
		body + "$1 case;", body + "by case;", body + "return case;", body + `"a" case;`, body + "a[1] case;", body +
			"t.* case;", body + "1 as by case;",
		"\nSET client_encoding = E'SJIS';", "\nSET client_encoding = $$SJIS$$;", "\nSET client_encoding = U&'SJIS';", "\nSET client_encoding = 'x';",
		"\nSET client_encoding = N'SJIS';", "\nSET client_encoding TO DEFAULT;", "\nSET client_encoding = '" +
			strings.Repeat(" ", 300) + "SJIS';",
		"\n\\! id\n", "\n  \\! id\n", "\nselect 1 \\g |id\n", "\nselect 1; \\! id\n", "\n\\copy t from program 'id'\n", "\n\\o |id\n",
		"\n\\set x `id`\n", "\n\\c\tpostgres\n", "\n\\connect other\n", "\n\\i /etc/passwd\n", "\n\\.\n", "\n\\\n", "\n/* */\\! id\n",
		"\n\\restrict a b\n", "\n\\restrict\n", "\n\\unrestrict a\n", "\n\\restrict a; \\! id\n", "\n \\restrict a\nselect 1;",
		"\nselect $a;", "\nselect 1e'\\';", "\nselect 1a;", "\nselect $1a;", "\nselect U&\"\\0061\";", "\nselect 'a", "\nselect \"a", "\nselect $$a",
		"\n/* a", "\nselect 1", "\nselect E'a\\'", "\nCOPY t FROM stdin; select 1;\n\\.\n", "\nCOPY t FROM stdin;", "\nselect '\x00';", "\n\x00", "\nselect $$\x00$$;",
	} {
		_, err := all(text, false)
		var wrong *archive.SyntaxError
		if !errors.As(err, &wrong) || wrong.Line != 2 {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{
		"\\restrict a\nselect 1;\n", "\\restrict a\n\\restrict b\n", "\\restrict a\n\\unrestrict b\n", "\\restrict " +
			"a\n\\unrestrict a\nselect 1;",
		"\\restrict a\n\\unrestrict a\n\\! id\n\\restrict a\n\\unrestrict a\n", "COPY t FROM stdin;\n1\n2\n", "COPY t FROM stdin;\n1\n\\.\n\\! id\n",
	} {
		if got, err := all(text, false); err == nil {
			t.Errorf("%q is read: %q", text, got)
		}
	}
}

// A text of any length passes through a small buffer; a statement longer than may be kept is truncated, or refused.
func TestLongTextsGoThroughASmallWindow(t *testing.T) {
	const long = 1 << 19
	body := strings.Repeat("x", long)
	text := "COMMENT ON TABLE t IS '" + body + "';\nCOPY t FROM stdin;\n" + body + "\n" + body + "\n\\.\n/*" + body +
		"*/--" + body + "\nselect $_$" + body + "$_$;"
	got, err := all(text, false)
	if err != nil || len(got) != 3 || len(got[0]) > 1<<17 || len(got[1]) < 2*long ||
		!strings.HasPrefix(got[2], "7: select") {
		t.Errorf("%d statements, %v", len(got), err)
	}
	r := archive.NewReader(strings.NewReader(text), false)
	r.Keep, r.Whole = long, true
	if _, err := r.Next(); err == nil || !strings.Contains(err.Error(), "a statement of more than") {
		t.Errorf("a statement that is too long: %v", err)
	}
}

// FuzzReader requires, for any text, that no psql command is returned as a statement, and that COPY data is returned
// complete.
func FuzzReader(f *testing.F) {
	for _, text := range []string{
		"\\! id", "\\restrict a\nselect 1;\n\\unrestrict a\n", "COPY t FROM stdin;\n1\n\\.\n\\! id\n", "select '\\'; \\! id", "select E'\\'; \\! id';",
		"SET client_encoding = 'SJIS';\nselect E'\x83\\'; \\! id", "create function f() returns int begin atomic select 1 " +
			"as case; end;\n\\! id\n",
		"SET standard_conforming_strings = off;\nselect '\\'; \\! id'; -- $a$\r\\! id\n", "\ufeff/* /* */ */ select " +
			"N'\\';\r\n\\! id\r\n", "select $a$ $A$ $a$;\f\\! id",
		"select $$\n\\! id\n$$;", "-- \\! id\n", "/* \\! id */", "select 1 \\g |id", "\\set x `id`", "COPY t FROM stdin; \\! id\n\\.\n",
	} {
		f.Add(text, "row")
	}
	f.Fuzz(func(t *testing.T, text, row string) {
		got, err := all(text, false)
		for _, s := range got {
			if _, statement, _ := strings.Cut(s, ": "); strings.HasPrefix(statement, `\`) {
				t.Errorf("%q gives the statement %q", text, s)
			}
		}
		if err != nil || strings.Contains(text, `\restrict`) || strings.ContainsAny(row, "\n\r") || row == `\.` {
			return
		}
		more, err := all(text+"\nCOPY t FROM stdin;\n"+row+"\n\\.\n", false)
		if err != nil || len(more) != len(got)+1 || !strings.HasSuffix(more[len(got)], " <"+row+"\n>") {
			t.Errorf("%q: %q, %v", row, more, err)
		}
	})
}
