package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs testdata/script/*.txtar: commands as a user types them, with the exit status, stdout
// and stderr that they must give. Beside testscript's own commands there are
//
//	exits STATUS PROGRAM ARGUMENTS...   the program ends with that status
//	database NAME                       $NAME is the DSN of a new, empty database
//	query DSN STATEMENT                 runs SQL
//	json PATH VALUE                     stdout is one JSON document; what a dotted path leads to
//	edit FILE OLD NEW                   replaces the first OLD; \n is a newline
//
// $SERVER is the DSN of the server that all scripts share, $VERSION its version, $AUDIT the folder testdata/audit.
func TestScript(t *testing.T) {
	files, err := filepath.Glob("../../testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no script was found: %v", err)
	}
	s, err := pgtest.Open()
	if err != nil {
		t.Fatal(err)
	}
	audit, err := filepath.Abs("../../testdata/audit")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Files:              files,
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			for name, value := range map[string]string{
				"PATH":    filepath.Dir(binary) + string(filepath.ListSeparator) + os.Getenv("PATH"),
				"SERVER":  connection(s.DSN()),
				"VERSION": s.Version.String(),
				"AUDIT":   audit,
			} {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "database": database, "query": query, "json": jsonValue, "edit": edit,
		},
	})
}

func usage(ts *testscript.TestScript, neg, ok bool, text string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", text)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "exits STATUS PROGRAM ARGUMENTS...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, err := exitStatus(ts.Exec(args[1], args[2:]...))
	ts.Check(err)
	if got != want {
		ts.Fatalf("%s exited %d, want %d", args[1], got, want)
	}
}

func database(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "database NAME")
	s, err := pgtest.Open()
	ts.Check(err)
	db, err := s.CreateScratch(context.Background())
	ts.Check(err)
	ts.Defer(func() {
		if err := db.Drop(context.Background()); err != nil {
			ts.Logf("%v", err)
		}
	})
	ts.Setenv(args[0], connection(db.DSN()))
}

func query(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "query DSN STATEMENT")
	ts.Check(execute(args[0], args[1]))
}

func edit(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 3, "edit FILE OLD NEW")
	path := ts.MkAbs(args[0])
	before, err := os.ReadFile(path)
	ts.Check(err)
	newlines := strings.NewReplacer(`\n`, "\n")
	after := strings.Replace(string(before), newlines.Replace(args[1]), newlines.Replace(args[2]), 1)
	if after == string(before) {
		ts.Fatalf("%s holds no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, []byte(after), 0o644))
}

func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2, "json PATH VALUE")
	var value any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	decoder.UseNumber()
	ts.Check(decoder.Decode(&value))
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("stdout holds more than one document")
	}
	for _, key := range strings.Split(args[0], ".") {
		switch at := value.(type) {
		case map[string]any:
			value = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(at) {
				ts.Fatalf("%s: there is no %s", args[0], key)
			}
			value = at[i]
		default:
			ts.Fatalf("%s: there is no %s", args[0], key)
		}
	}
	if text, err := text(value); err != nil || text != args[1] {
		ts.Fatalf("%s is %s, want %s (%v)", args[0], text, args[1], err)
	}
}

// text is a JSON value as a script writes it: a string bare, all else as JSON.
func text(value any) (string, error) {
	if s, ok := value.(string); ok {
		return s, nil
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", fmt.Errorf("cannot write it as JSON: %w", err)
	}
	return strings.TrimSpace(b.String()), nil
}
