package suite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/suite"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// folder returns the folder of a suite with these names and texts, in pairs.
func folder(files ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return fsys
}

// open opens a suite that must be valid.
func open(t *testing.T, files ...string) *suite.Suite {
	t.Helper()
	s, err := suite.Open(folder(files...), "dir")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files []string
		want  string
	}{
		{"an empty folder", nil, "dir has no .sql file"},
		{"a folder with bystanders only", []string{"README.md", "", "sql.go", "", ".gitignore", ""}, "dir has no .sql file"},
		{"an unknown file", []string{"snapshots.sql", "select 1"},
			"dir/snapshots.sql is not a file of a suite; a suite may have session.sql, "},
		{"a known name without .sql", []string{"snapshot", "select 1"}, "dir/snapshot is not a file of a suite"},
		{"a known name in capitals", []string{"Snapshot.sql", "select 1"}, "dir/Snapshot.sql is not a file of a suite"},
		{"an unknown folder", []string{"invariants/a.sql", "select 1"}, "dir/invariants/a.sql is not a file of a suite"},
		{"a folder in a known folder", []string{"invariant/more/a.sql", "select 1"},
			"dir/invariant/more/a.sql is not a file of a suite"},
		{"a known file in another folder", []string{"workload/a.sql", "select 1", "sub/schema.sql", "select 1"},
			"dir/sub/schema.sql is not a file of a suite"},
		{"a folder that is named like a file", []string{"schema.sql/a", "select 1"},
			"dir/schema.sql/a is not a file of a suite"},
		{"a folder's name as a file", []string{"workload.sql", "select 1"}, "dir/workload.sql is not a file of a suite"},

		{"a file about the cluster that does not say so", []string{"cluster/a.sql", "select 1 order by 1"},
			"dir/cluster/a.sql:1: the header word Scope must be cluster in"},
		{"an invariant about the cluster", []string{"invariant/a.sql", "-- Scope   cluster\nselect 1 order by 1"},
			"dir/invariant/a.sql:1: the header word Scope must be cluster in"},
		{"another scope", []string{"cluster/a.sql", "-- Scope   server\nselect 1 order by 1"},
			"dir/cluster/a.sql:1: Scope must be cluster or files"},

		{"an empty file", []string{"schema.sql", ""}, "dir/schema.sql:1: the file holds no statement"},
		{"a file of comments", []string{"tamper/a.sql", "-- nothing\n;"}, "dir/tamper/a.sql:1: the file holds no statement"},
		{"a quote that is not closed", []string{"schema.sql", "select 1;\nselect '"},
			"dir/schema.sql: line 2: a quote ' is opened"},
		{"copy from stdin", []string{"workload/a.sql", "begin;\n\n-- rows\ncopy t (a, b) from stdin;\n"},
			"dir/workload/a.sql:4: copy from stdin and to stdout are for psql"},
		{"COPY TO STDOUT", []string{"workload/a.sql", "COPY t TO\nSTDOUT"},
			"dir/workload/a.sql:1: copy from stdin and to stdout are for psql"},

		{"a query with two statements", []string{"snapshot.sql", "/* one\n*/ select 1;\n\n-- two\nselect 2;\n"},
			"dir/snapshot.sql:5: a query file must be one select; this is the second statement of 2"},
		{"a query that sets something first", []string{"invariant/a.sql", "set x.y = 1;\nselect 1 order by 1"},
			"dir/invariant/a.sql:2: a query file must be one select; this is the second"},
		{"a probe whose last statement is no select",
			[]string{"probe/a.sql", "select 'x' as fault;\ninsert into t values (1)"}, "dir/probe/a.sql:2: a query file must be one select (in a probe: its last statement)"},
		{"a query that is an insert", []string{"invariant/a.sql", "-- a\n\n/* b\n*/\ninsert into t values (1)"},
			"dir/invariant/a.sql:5: a query file must be one select"},
		{"a query that is no word at all", []string{"snapshot.sql", "1"}, "dir/snapshot.sql:1: a query file must be one select"},

		{"an invariant without order by", []string{"invariant/a.sql", "\nselect a from t"},
			"dir/invariant/a.sql:2: the select has no order by of its own"},
		{"a piece without the words", []string{"invariant/a.sql",
			"select current_setting('pgroundtrip.piece', true) order by 1"}, "the words Splits and Adds go together"},
		{"Splits without Adds", []string{"invariant/a.sql",
			"-- Splits   x\nselect current_setting('pgroundtrip.piece', true) order by 1"}, "the words Splits and Adds go together"},
		{"Adds without a piece", []string{"invariant/a.sql", "-- Splits   x\n-- Adds     a\nselect a from t order by 1"},
			"the words Splits and Adds go together"},
		{"payloads without order by", []string{"canonical_payload.sql", "select payload, row_hash from t"},
			"the select has no order by of its own"},
		{"order by in a subquery only", []string{"invariant/a.sql", "select a from (select a from t order by a) as s"},
			"the select has no order by of its own"},
		{"order by in a with only", []string{"invariant/a.sql", "with s as (select a from t order by a) select a from s"},
			"the select has no order by of its own"},
		{"order by in a window only", []string{"invariant/a.sql",
			"select lag(a) over (order by a), b from t window w as (order by b)"}, "the select has no order by of its own"},
		{"order by in an aggregate only", []string{"invariant/a.sql",
			"select array_agg(a order by a), mode() within group (order by a) from t"}, "the select has no order by of its own"},
		{"order by in a string, a comment, a name",
			[]string{"invariant/a.sql",
				"select 'order by' as \"order by\" from t -- order by a\n/* order by a */"}, "the select has no order by of its own"},
		{"order and by apart", []string{"invariant/a.sql", "select \"order\", by, t.order as x from t group by x"},
			"the select has no order by of its own"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := suite.Open(folder(tt.files...), "dir")
			if !errors.Is(err, suite.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("\n got %v\nwant an invalid suite: %s", err, tt.want)
			}
		})
	}
}

func TestOpenAccepts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files []string
	}{
		{"an invariant with an order by of its own",
			[]string{"invariant/a.sql", "select a from (select 1) as s(a) Order\n-- by what?\nBy a;"}},
		{"an invariant with order by behind a window",
			[]string{"invariant/a.sql", "select lag(a) over (order by b) from t order by 1"}},
		{"a probe that does something first", []string{"probe/a.sql", "insert into t values (1); select 'x' as fault"}},
		{"values and table", []string{"invariant/a.sql", "values (1), (2) order by 1", "invariant/b.sql",
			"TABLE t order by 1"}},
		{"with", []string{"invariant/a.sql", "with a as (select 1) select * from a order by 1"}},
		{"a select in parentheses", []string{"snapshot.sql", "(select 1) union (select 1)"}},
		{"a snapshot without order by: it is one row", []string{"snapshot.sql", "select 1"}},
		{"a probe without order by: it prints nothing", []string{"probe/a.sql", "select 'x' as fault where false"}},
		{"many statements in a script", []string{"workload/a.sql", "begin; select 1; commit;"}},
		{"copy to a file in a script", []string{"workload/a.sql", "copy t from '/x'; copy t from program 'stdin'"}},
		{"stdin as a word of something else", []string{"workload/a.sql", "select 1 from stdin"}},
		{"a byte order mark, as psql does", []string{"snapshot.sql", "\ufeffselect 1"}},
		{"Go files, Markdown and dot-files beside",
			[]string{"snapshot.sql", "select 1", "sql.go", "package sql", "workload/README.md", "#", ".gitattributes", "* -text",
				"probe/.keep", ""}},
		{"dot-folders, whatever is in them", []string{"snapshot.sql", "select 1", ".git/config", "x", ".idea/a/b.sql", "'"}},
		{"only a workload", []string{"workload/a.sql", "select 1"}},
	} {
		t.Run(tt.name, func(t *testing.T) { open(t, tt.files...) })
	}
}

func TestOpenSaysWhatItCannotRead(t *testing.T) {
	t.Run("a folder that is not there", func(t *testing.T) {
		_, err := suite.Open(os.DirFS(filepath.Join(t.TempDir(), "gone")), "gone")
		if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "cannot read suite gone: ") {
			t.Error(err)
		}
	})
	t.Run("what is no file", func(t *testing.T) {
		dir := t.TempDir()
		for name, to := range map[string]string{"a device": "/dev/zero", "a device without content": "/dev/null",
			"a folder": dir} {
			path := filepath.Join(dir, "schema.sql")
			if err := errors.Join(os.RemoveAll(path), os.Symlink(to, path)); err != nil {
				t.Fatal(err)
			}
			if _, err := suite.Open(os.DirFS(dir), "dir"); err == nil ||
				!strings.Contains(err.Error(), "it is not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
	t.Run("a link that leads nowhere", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Symlink("nowhere", filepath.Join(dir, "schema.sql")); err != nil {
			t.Fatal(err)
		}
		_, err := suite.Open(os.DirFS(dir), "dir")
		if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "cannot read dir/schema.sql: ") {
			t.Error(err)
		}
	})
}

func TestSuiteListsItsFiles(t *testing.T) {
	const query, fault = "select 1 order by 1", "select '' as fault"
	s := open(t, "invariant/b.sql", query, "invariant/a.sql", query, "invariant/a-b.sql", query,
		"canonical_payload.sql", query, "verify_chain.sql", query, "snapshot.sql", query,
		"probe/b.sql", fault, "probe/a.sql", fault, "tamper/y.sql", "select 1", "tamper/x.sql", "select 1",
		"workload/z.sql", "select 1", "workload/y.sql", "select 1", "session.sql", "set a.b = 1")
	names := func(files []*suite.File) []string {
		var names []string
		for _, f := range files {
			names = append(names, f.Name)
		}
		return names
	}
	for _, tt := range []struct {
		name string
		got  []string
		want []string
	}{
		{"queries in the order in which they are run", names(s.Queries()),
			[]string{"snapshot", "verify_chain", "canonical_payload", "invariant/a", "invariant/a-b", "invariant/b"}},
		{"probes by name", names(s.Probes()), []string{"probe/a", "probe/b"}},
		{"tampers by name", names(s.Tampers()), []string{"tamper/x", "tamper/y"}},
		{"workloads by name", names(s.Workloads), []string{"workload/y", "workload/z"}},
		{"what is lacking", s.NotCovered(), []string{"schema.sql", "chain_insert.sql"}},
	} {
		if !slices.Equal(tt.got, tt.want) {
			t.Errorf("%s: %q, not %q", tt.name, tt.got, tt.want)
		}
	}
	if f := s.File("session"); f == nil || f.Path != "dir/session.sql" || f.Text != "set a.b = 1" ||
		len(f.Statements) != 1 {
		t.Errorf("session.sql is %+v", f)
	}
	if f := s.File("schema"); f != nil {
		t.Errorf("schema.sql is %+v, though there is none", f)
	}
}

func TestNotCovered(t *testing.T) {
	everything := map[string]string{}
	for _, name := range suite.Contract() {
		everything[strings.Replace(name, "*", "a", 1)] = "select 1 order by 1"
	}
	everything["cluster/a.sql"] = "-- Scope    cluster\nselect 1 order by 1"
	for missing := range everything {
		t.Run(missing+" is named when it is the one that is lacking", func(t *testing.T) {
			var files []string
			for name, text := range everything {
				if name != missing {
					files = append(files, name, text)
				}
			}
			got := open(t, files...).NotCovered()
			want := []string{strings.Replace(missing, "/a.sql", "/*.sql", 1)}
			switch missing { // they only add detail to what others find
			case "chain_breaks.sql", "pieces.sql", "unchanged.sql", "reprint/a.sql", "hint/a.sql", "cluster/a.sql", "intact/a.sql":
				want = []string{}
			}
			if !slices.Equal(got, want) {
				t.Errorf("not covered is %q, not %q", got, want)
			}
		})
	}
	t.Run("nothing is lacking: a list, and not nil", func(t *testing.T) {
		var files []string
		for name, text := range everything {
			files = append(files, name, text)
		}
		if got := open(t, files...).NotCovered(); got == nil || len(got) > 0 {
			t.Errorf("not covered is %#v", got)
		}
	})
}

func TestDefaultSuite(t *testing.T) {
	s := pgtest.DefaultSuite(t)
	if path := s.File("snapshot").Path; path != "sql/snapshot.sql" {
		t.Errorf("snapshot.sql is called %s in messages", path)
	}
	if len(s.Workloads) == 0 {
		t.Error("it has no workload")
	}
}

func TestTheDefaultInvariantsStandBesideAnOwnSuite(t *testing.T) {
	standard := pgtest.DefaultSuite(t)
	own := open(t, "invariant/tables.sql", "select 1 order by 1")
	both := own.WithInvariants(standard)
	if both.File("invariant/tables") != own.File("invariant/tables") {
		t.Error("the folder's own invariant was replaced")
	}
	if both.File("invariant/views") == nil || both.Reprint("invariant/views") == nil || both.File("session") == nil {
		t.Error("the default invariants are missing, or what they need")
	}
	for _, name := range []string{"snapshot", "schema", "probe/append_only", "tamper/truncate"} {
		if both.File(name) != nil {
			t.Errorf("%s came along, which is about another table", name)
		}
	}
	if views := open(t, "invariant/views.sql", "select 1 order by 1").WithInvariants(standard); views.Reprint("invariant/views") != nil {
		t.Error("the default suite's reprint of views would be used for another file's result")
	}
	if both.SHA256() == own.SHA256() || both.SHA256() == standard.SHA256() {
		t.Error("the suite cannot be told from one of its halves")
	}
}
