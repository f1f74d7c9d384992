package suite_test

import (
	"slices"
	"strings"
	"testing"
	"unsafe"

	"pgroundtrip/internal/suite"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"an empty text holds no statement", "", nil},
		{"comments and blanks alone are no statement", " \t\r\n-- a\n/* b; */\f\v", nil},
		{"empty statements are left out", ";;select 1;; ;/* c */;", []string{"select 1"}},
		{"a semicolon ends a statement", "select 1;select 2;", []string{"select 1", "select 2"}},
		{"the last statement needs no semicolon", "select 1;select 2", []string{"select 1", "select 2"}},
		{"comments before a statement belong to it", "-- why\nselect 1; -- after\n", []string{"-- why\nselect 1"}},
		{"a comment behind the last statement belongs to it where no semicolon stands between", "select 1 -- after",
			[]string{"select 1 -- after"}},
		{"begin and commit are statements like others", "begin; insert into t values (1); commit;",
			[]string{"begin", " insert into t values (1)", " commit"}},
		{"end ends a transaction, not a body", "begin; select 1; end; select 2",
			[]string{"begin", " select 1", " end", " select 2"}},

		{"a semicolon in a string does not count", "select ';'; select 2", []string{"select ';'", " select 2"}},
		{"a doubled quote does not close a string", "select 'it''s;'; select 2", []string{"select 'it''s;'", " select 2"}},
		{"a backslash closes nothing in a plain string", `select '\'; select 2`, []string{`select '\'`, " select 2"}},
		{"a backslash escapes a quote in E''", `select E'\';', e'\\'; select 2`,
			[]string{`select E'\';', e'\\'`, " select 2"}},
		{"a word that ends in e is not E''", `select date'\'; select 2`, []string{`select date'\'`, " select 2"}},
		{"E'' goes on in the next line with escapes", "select E'a' -- b\n 'c\\';'; select 2",
			[]string{"select E'a' -- b\n 'c\\';'", " select 2"}},
		{"E'' does not go on in the same line", `select E'a' '\'; select 2`, []string{`select E'a' '\'`, " select 2"}},
		{"a comment in the same line does not let E'' go on", "select E'a' --b", []string{"select E'a' --b"}},
		{"E'' ends where something else follows in the next line", "select E'a'\n, '\\'; select 2",
			[]string{"select E'a'\n, '\\'", " select 2"}},
		{"U&'' and B'' are plain strings", `select U&'d\0061t;', B'1;'; select 2`,
			[]string{`select U&'d\0061t;', B'1;'`, " select 2"}},
		{"a semicolon in a quoted identifier does not count", `select 1 as "a;""b'"; select 2`,
			[]string{`select 1 as "a;""b'"`, " select 2"}},
		{"comment marks in a string are text", "select '--', '/*'; select 2", []string{"select '--', '/*'", " select 2"}},

		{"a semicolon in a dollar quote does not count", "do $$begin; end$$; select 2",
			[]string{"do $$begin; end$$", " select 2"}},
		{"dollar quotes with other tags nest", "do $a$ $b$;$b$ $$;$$ $a$; select 2",
			[]string{"do $a$ $b$;$b$ $$;$$ $a$", " select 2"}},
		{"a tag is told apart by its case", "do $a$;$A$;$a$; select 2", []string{"do $a$;$A$;$a$", " select 2"}},
		{"a tag may hold digits and other scripts", "do $é_1$;$é_1$; select 2", []string{"do $é_1$;$é_1$", " select 2"}},
		{"a parameter is no tag", "select $1; select $2$$;$$", []string{"select $1", " select $2$$;$$"}},
		{"a number takes no dollar along", "select 1$$;$$; select 2", []string{"select 1$$;$$", " select 2"}},
		{"a dollar in a name opens nothing", "select a$$; select b$x$", []string{"select a$$", " select b$x$"}},
		{"a lone dollar opens nothing", "select 1 $ 2; select $a", []string{"select 1 $ 2", " select $a"}},

		{"a semicolon in a line comment does not count", "select 1 -- ;\n; select 2",
			[]string{"select 1 -- ;\n", " select 2"}},
		{"block comments nest", "select 1 /* /* ; */ ; */; select 2", []string{"select 1 /* /* ; */ ; */", " select 2"}},
		{"a quote in a comment opens nothing", "select 1 /* it's */; -- don't\nselect 2",
			[]string{"select 1 /* it's */", " -- don't\nselect 2"}},
		{"an operator is not a comment", "select 1 - -1 / 2 * 3; select 2", []string{"select 1 - -1 / 2 * 3", " select 2"}},

		{"a semicolon in parentheses does not count", "create rule r as on update to t do (select 1; select 2); select 3",
			[]string{"create rule r as on update to t do (select 1; select 2)", " select 3"}},
		{"a parenthesis too many does not hide the next semicolon", "select 1); select (2); select 3",
			[]string{"select 1)", " select (2)", " select 3"}},
		{"a body between begin atomic and end is one statement",
			"create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 3",
			[]string{"create function f() returns int begin atomic select 1; select case when true then 2 end; end",
				" select 3"}},
		{"case nests in a body", "create or replace procedure p() BEGIN ATOMIC select case case 1 when 1 then 2 end when " +
			"2 then 3 end; END; select 4",
			[]string{"create or replace procedure p() BEGIN ATOMIC select case case 1 when 1 then 2 end when 2 then 3 end; END",
				" select 4"}},
		{"case outside a body changes nothing", "create view v as select case 1 when 1 then 2 end; select 3",
			[]string{"create view v as select case 1 when 1 then 2 end", " select 3"}},
		{"begin atomic opens a body behind create only", "begin atomic; select 1", []string{"begin atomic", " select 1"}},
		{"quoted key words are names", `create view "begin" as select 1 as "atomic"; select 2`,
			[]string{`create view "begin" as select 1 as "atomic"`, " select 2"}},

		{"letters beyond ASCII are letters", "select 1 as größe; select '日本;'",
			[]string{"select 1 as größe", " select '日本;'"}},
		{"numbers are not names", "select 1e5, 0x1F, 1_000, .5; select 2",
			[]string{"select 1e5, 0x1F, 1_000, .5", " select 2"}},
		{"a dollar quote begins right after a number", "select 1_0$a$;$a$; select 2", []string{"select 1_0$a$;$a$", " select 2"}},
		{"a carriage return ends a line comment", "-- ;\rselect 1; select 2", []string{"-- ;\rselect 1", " select 2"}},
		{"Windows line ends are blanks", "select 1;\r\nselect 2;\r\n", []string{"select 1", "\r\nselect 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			statements, err := suite.Split(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range statements {
				got = append(got, s.Text)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Split(%q)\n got %q\nwant %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestSplitCountsLines(t *testing.T) {
	statements, err := suite.Split("select '\n';\n\nselect 2 /*\n\n*/;select $$\n$$; -- x\nselect E'\\\n\n'\n;select 5")
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, s := range statements {
		lines = append(lines, s.Line)
	}
	if want := []int{1, 2, 6, 7, 11}; !slices.Equal(lines, want) {
		t.Errorf("the statements begin on lines %v, not %v", lines, want)
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"a string that is not closed", "select 1;\nselect 'a\n\n", "line 2: a quote ' is opened and never closed"},
		{"a string closed by a doubled quote only", "select 'a''", "line 1: a quote ' is opened and never closed"},
		{"an E'' that ends in a backslash", "\nselect E'\\", "line 2: a quote ' is opened and never closed"},
		{"an E'' whose second part is not closed", "select E'a'\n'\\'", "line 1: a quote ' is opened and never closed"},
		{"a quoted identifier that is not closed", "select\n\"a'", "line 2: a quote \" is opened and never closed"},
		{"a dollar quote that is not closed", "do $a$\nbegin $b$ $$;",
			"line 1: a dollar quote $a$ is opened and never closed"},
		{"a comment that is not closed", "select 1\n/* a /* b */", "line 2: a comment /* is opened and never closed"},
		{"a parenthesis that is not closed", "select (1;\nselect 2", "line 3: the last statement is incomplete"},
		{"a psql command", "select 1;\n\\copy t from 'x' -- y\nselect 2",
			`line 2: "\\copy t from 'x' -- y" is a psql command, not SQL`},
		{"a psql command behind a statement", `select 1 \gset`, `line 1: "\\gset" is a psql command`},
		{"a backslash at the very end", `select 1\`, `line 1: "\\" is a psql command`},
		{"a backslash at the end of a line", "select 1\\\n", `line 1: "\\" is a psql command`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			statements, err := suite.Split(tt.text)
			if err == nil {
				t.Fatalf("Split(%q) gives %q and no error", tt.text, statements)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("Split(%q)\n got %v\nwant %s", tt.text, err, tt.want)
			}
		})
	}
}

// FuzzSplit requires, for any text, that the statements and the semicolons and comments between them make up the
// text, and that each statement is one statement by itself.
func FuzzSplit(f *testing.F) {
	f.Add("select 1; select 2")
	f.Fuzz(func(t *testing.T, text string) {
		statements, err := suite.Split(text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("an error without a line: %v", err)
			}
			return
		}
		end := 0
		for i, s := range statements {
			// A statement is a substring of the text, not a copy: this is its offset.
			start := int(uintptr(unsafe.Pointer(unsafe.StringData(s.Text))) - uintptr(unsafe.Pointer(unsafe.StringData(text))))
			if start < end || start+len(s.Text) > len(text) {
				t.Fatalf("statement %d stands at byte %d, behind one that ends at %d of %d", i, start, end, len(text))
			}
			if want := 1 + strings.Count(text[:start], "\n"); s.Line != want {
				t.Errorf("statement %d stands on line %d, not %d", i, want, s.Line)
			}
			requireSeparator(t, text[end:start], i > 0)
			again, err := suite.Split(s.Text)
			if err != nil || len(again) != 1 || again[0].Text != s.Text {
				t.Errorf("statement %q alone is %q (%v)", s.Text, again, err)
			}
			end = start + len(s.Text)
		}
		requireSeparator(t, text[end:], len(statements) > 0 && end < len(text))
	})
}

// requireSeparator requires that gap holds no statement, and begins with a semicolon if a statement has ended.
func requireSeparator(t *testing.T, gap string, behindOne bool) {
	t.Helper()
	if behindOne && !strings.HasPrefix(gap, ";") {
		t.Errorf("a statement ends before %q, which is no semicolon", gap)
	}
	if lost, err := suite.Split(gap); err != nil || len(lost) > 0 {
		t.Errorf("between two statements %q was lost (%v)", lost, err)
	}
}
