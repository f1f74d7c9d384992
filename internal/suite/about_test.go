package suite_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"pgroundtrip/internal/suite"
)

func TestTheCommentAtTheTopIsReadOnce(t *testing.T) {
	for _, tt := range []struct {
		name, file, comment string
		want                suite.About
	}{
		{"without words the first column names a row", "invariant/a", "",
			suite.About{Keys: 1, Class: "content", Golden: true}},
		{"several key columns", "invariant/a", "-- Key      schema, table, column\n",
			suite.About{Keys: 3, Class: "content", Golden: true}},
		{"every word", "invariant/a", "-- a.sql: what.\n--\n-- Reads    t\n-- Key      a\n-- Class    definition\n" +
			"-- Keeps    all\n-- Grows    n\n-- Either   a, b\n-- Rows     are tables\n-- Golden   none: names differ\n-- " +
			"Hint     do this\n",
			suite.About{Keys: 1, Class: "definition", Keeps: true, Grows: "n", Either: []string{"a", "b"}, Rows: true,
				Hint: "do this"}},
		{"a query that is cut into pieces", "invariant/a", "-- Splits   by a range\n-- Adds     n, m\n" +
			"select current_setting('pgroundtrip.piece', true) as a order by 1 --",
			suite.About{Keys: 1, Class: "content", Golden: true, Splits: true, Adds: []string{"n", "m"}}},
		{"a tab parts a word from its value", "invariant/a", "-- Key\ta, b\n",
			suite.About{Keys: 2, Class: "content", Golden: true}},
		{"carriage returns are no part of a value", "invariant/a", "-- Key      a, b\r\n-- Class    count\r\n",
			suite.About{Keys: 2, Class: "count", Golden: true}},
		{"a snapshot is one row, and an anchor", "snapshot", "", suite.About{Class: "anchor", Golden: true}},
		{"a verifier's answer is one row, about links", "verify_chain", "", suite.About{Class: "link", Golden: true}},
		{"another class of a snapshot", "snapshot", "-- Class    count\n", suite.About{Class: "count", Golden: true}},
		{"prose may begin with any word", "invariant/a",
			"-- Left out: what is gone.\n-- digest   as in b.sql\n-- Healthy tables only.\n",
			suite.About{Keys: 1, Class: "content", Golden: true}},
		{"what comes after the comment does not count", "invariant/a", "select 1 order by 1 --\n-- Key      a, b, c\n",
			suite.About{Keys: 1, Class: "content", Golden: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.comment
			if !strings.Contains(text, "select") {
				text += "select 1 order by 1"
			}
			if got := open(t, tt.file+".sql", text).File(tt.file).About; !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestATamperNamesTheChecksThatCatchIt(t *testing.T) {
	f := open(t, "tamper/a.sql",
		"-- a.sql: x.\n-- Who      an editor.\n-- Caught by row_count, record/snapshot\ndelete from t").File("tamper/a")
	if want := []string{"row_count", "record/snapshot"}; !reflect.DeepEqual(f.About.CaughtBy, want) {
		t.Errorf("got %q, want %q", f.About.CaughtBy, want)
	}
}

func TestAWordThatIsNotUnderstoodIsAnError(t *testing.T) {
	for comment, want := range map[string]string{
		"-- Kyes     schema\n":                  `a.sql:2: unknown header word "Kyes"`,
		"-- Class    contents\n":                `unknown class "contents"`,
		"-- Golden   nothing\n":                 `Golden must be none, not "nothing"`,
		"-- Grows    a, b\n":                    "Grows must name one column",
		"-- Key\n":                              "Key has no value",
		"-- Key schema, table\n":                "write two blanks after Key",
		"-- Keeps the rows of all tables.\n":    "write two blanks after Keeps",
		"-- Splits   by range\n-- Bytes    x\n": "unknown header word",
	} {
		_, err := suite.Open(fstest.MapFS{"invariant/a.sql": &fstest.MapFile{Data: []byte("-- a.sql: x.\n" + comment +
			"select 1 order by 1")}}, "own")
		if !errors.Is(err, suite.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one that says %q", comment, err, want)
		}
	}
}
