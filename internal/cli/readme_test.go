//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/history"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/report"
)

// documents are the texts whose commands are run as written, in order, each text in its own folder.
const (
	documents = "../../README.md"
	helpPages = "../command/help/*.md"
	readmes   = "../../*/README.md"
	actions   = "../../.github/actions/*/README.md"
)

// TestEveryFieldOfJSONIsDocumented: in "help json", whatever of a document -json prints.
func TestEveryFieldOfJSONIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../command/help/json.md")
	if err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`[a-z_0-9]+`).FindAllString(string(page), -1)
	seen := map[reflect.Type]bool{}
	var walk func(of reflect.Type)
	walk = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			walk(of.Elem())
		case reflect.Struct:
			if seen[of] || !strings.HasPrefix(of.PkgPath(), "pgroundtrip/") {
				return
			}
			seen[of] = true
			for i := range of.NumField() {
				name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
				if name != "" && name != "-" && !slices.Contains(known, name) {
					t.Errorf("%s.%s is not documented: %s", of, of.Field(i).Name, name)
				}
				if name != "-" {
					walk(of.Field(i).Type)
				}
			}
		}
	}
	for _, document := range []any{report.Document{}, history.Target{}, hint.Failure{}} {
		walk(reflect.TypeOf(document))
	}
	if len(seen) < 10 {
		t.Errorf("only %d types were looked at", len(seen))
	}
}

// A step is a command of a document with the lines of output that the document shows below it.
type step struct {
	command string
	shows   []string
}

// steps returns the commands in the sh blocks of a document. If lines begin with "$ ", the others are output.
func steps(t *testing.T, text string) (all []step) {
	t.Helper()
	for i, part := range strings.Split(text, "```") {
		block, isShell := strings.CutPrefix(part, "sh\n")
		if i%2 == 0 && regexp.MustCompile(`(?m)^ {4}(\$ )?(pgroundtrip|psql|pg_|make|go) `).MatchString(part) {
			t.Errorf("a command outside of a block that this test runs:\n%s", part)
		}
		if i%2 == 0 || !isShell {
			continue
		}
		withPrompt := strings.HasPrefix(block, "$ ")
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			command, isCommand := strings.CutPrefix(line, "$ ")
			switch {
			case isCommand || !withPrompt:
				all = append(all, step{command: command})
			default:
				all[len(all)-1].shows = append(all[len(all)-1].shows, line)
			}
		}
	}
	return all
}

// TestEveryCommandOfTheDocumentsRuns runs README, the pages of help and the runbooks: each where tests are long,
// otherwise some of each kind.
func TestEveryCommandOfTheDocumentsRuns(t *testing.T) {
	found := 0
	for _, pattern := range []string{documents, helpPages, readmes, actions} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s names no document: %v", pattern, err)
		}
		slices.Reverse(files) // the first page, of check, takes the longest, and scripts run the same
		chosen := pgtest.Dealt(t, 8, files)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all := steps(t, string(text))
			found += len(all)
			if !slices.Contains(chosen, file) {
				continue
			}
			t.Run(filepath.ToSlash(file), func(t *testing.T) {
				t.Parallel()
				runDocument(t, string(text), all)
			})
		}
	}
	if found < 20 {
		t.Errorf("only %d commands were found", found)
	}
}

// runDocument runs the steps of a document, with the databases that its text names.
func runDocument(t *testing.T, text string, all []step) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "golden"), os.DirFS("../../golden")); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + dir, "TMPDIR=" + pgtest.OpenFolder(t, 0o755), "BACKUPS=" + dir, "EVIDENCE=" + dir, "PATH=" + filepath.Dir(binary) +
		string(filepath.ListSeparator) + serverDir(t) + string(filepath.ListSeparator) + os.Getenv("PATH")}
	for _, name := range []string{"SOURCE", "EMPTY"} {
		if strings.Contains(text, "$"+name) || name == "SOURCE" && strings.Contains(text, "app.dump") {
			env = append(env, name+"="+emptyDatabase(t))
		}
	}
	if strings.Contains(text, "$PING") {
		watched := newWatchers(t)
		env = append(env, "PING="+watched.URL+"/ping", "PUSHGATEWAY="+watched.URL, "CHAT="+watched.URL+"/chat")
		defer watched.requireAll(t)
	}
	if strings.Contains(text, "$REPLICA") {
		primary := pgtest.Replicated(t, "", 1)
		env = append(env, "ARCHIVE="+primary.WAL(), "SOURCE="+connection(primary.DSN("postgres")), "REPLICA="+connection(primary.Standbys[0].DSN("postgres")))
	}
	if strings.Contains(text, "$NEWDATA") {
		env = append(env, moves(t, env)...)
	}
	if strings.Contains(text, "$STANDBY") {
		env = append(env, pausedStandbys(t, 3)...)
	}
	if strings.Contains(text, "$SOURCE") || strings.Contains(text, "app.dump") {
		requireRuns(t, dir, env, step{command: `pgroundtrip workload -dsn "$SOURCE"`})
	}
	if strings.Contains(text, "app.dump") && !strings.Contains(text, "-o app.dump") {
		requireRuns(t, dir, env, step{command: `pgroundtrip dump -dsn "$SOURCE" -o app.dump`})
	}
	if strings.Contains(text, "refresh materialized view") {
		requireRuns(t, dir, env, step{command: `psql -X -d "$SOURCE" -c 'create materialized view few as select generate_series(1, 9) as n' ` +
			`-c 'create materialized view counted as select count(*) from few'`})
	}
	for _, s := range all {
		if target, isMake := strings.CutPrefix(s.command, "make "); isMake {
			requireTarget(t, target)
			continue
		}
		requireRuns(t, dir, env, s)
	}
}

// pausedStandbys returns the variables STANDBY1, STANDBY2 ...: standbys paused at the position of their primary.
func pausedStandbys(t *testing.T, n int) (env []string) {
	t.Helper()
	primary := pgtest.Replicated(t, "", n)
	primary.AwaitReplay(t, primary.Standbys...)
	for i, s := range primary.Standbys {
		s.PauseReplay(t)
		env = append(env, fmt.Sprintf("STANDBY%d=%s", i+1, connection(s.DSN("postgres"))))
	}
	return env
}

// moves returns servers to move a database between: a source, a target for logical replication where a role without
// superuser may create databases, and one to upgrade, with the data folder of the newer one. Programs that start
// servers run as an unprivileged user.
func moves(t *testing.T, env []string) []string {
	// The target is another cluster than the source, not a copy of one data folder.
	source, target, older := pgtest.Replicated(t, "", 0), pgtest.Alone(t, ""), pgtest.Replicated(t, "", 0)
	for node, statement := range map[*pgtest.Node]string{target: "create role mover login createdb",
		older.Node: "create table public.kept as select n, 'row ' || n as note from generate_series(1, 90) as n"} {
		if err := node.Do(statement); err != nil {
			t.Fatal(err)
		}
	}
	newer, shims := older.Successor(t, older.Bindir()), pgtest.OpenFolder(t, 0o755)
	for _, program := range []string{"pg_ctl", "pg_upgrade"} {
		older.Shim(t, shims, filepath.Join(older.Bindir(), program))
	}
	t.Cleanup(func() {
		if _, err := os.Stat(filepath.Join(newer.Data(), "postmaster.pid")); err == nil {
			newer.Run(t, "pg_ctl", "-D", newer.Data(), "-m", "immediate", "stop")
		}
	})
	path := env[slices.IndexFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "PATH=") })]
	managed := target.DSN("postgres").With("user", "mover")
	return []string{"SOURCE=" + connection(source.DSN("postgres")), "TARGET=" + connection(target.DSN("postgres")),
		"MANAGED=" + connection(managed), "MOVED=" + connection(managed.With("dbname", "moved")),
		"OLD=" + connection(older.DSN("postgres")), "NEW=" + connection(older.DSN("postgres")),
		"OLDDATA=" + older.Data(), "NEWDATA=" + newer.Data(), "OLDBIN=" + older.Bindir(), "NEWBIN=" + older.Bindir(),
		strings.Replace(path, "PATH=", "PATH="+shims+string(filepath.ListSeparator), 1)}
}

// watchers stand for the services that monitor the runs in a runbook.
type watchers struct {
	*httptest.Server
	mu  sync.Mutex
	got map[string]string // the body that came last, by path
}

func newWatchers(t *testing.T) *watchers {
	t.Helper()
	w := &watchers{got: map[string]string{}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.got[r.URL.Path] = string(body)
	}))
	t.Cleanup(w.Close)
	return w
}

// requireAll fails the test unless each service was notified, in its own form.
func (w *watchers) requireAll(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, pinged := w.got["/ping"]; !pinged || len(w.got) != 3 {
		t.Errorf("these were told: %q", w.got)
	}
	var chat struct{ Text string }
	if err := json.Unmarshal([]byte(w.got["/chat"]), &chat); err != nil || !strings.HasPrefix(chat.Text, "pgroundtrip: PASS: ") {
		t.Errorf("the chat was told %q: %v", w.got["/chat"], err)
	}
	if text := w.got["/metrics/job/pgroundtrip/instance/app"]; !strings.Contains(text, "\npgroundtrip_last_proven_timestamp_seconds{") {
		t.Errorf("the Pushgateway was told %q", text)
	}
}

// requireRuns runs a command with bash. It must exit with 0, or with 2 if the document shows a FAIL, and must print
// what the document shows, in that order, except for numbers and blanks.
func requireRuns(t *testing.T, dir string, env []string, s step) {
	t.Helper()
	cmd := exec.Command("bash", "-o", "pipefail", "-c", s.command)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.CombinedOutput()
	status, err := exitStatus(err)
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	if strings.Contains("\n"+strings.Join(s.shows, "\n"), "\nFAIL") {
		want = 2
	}
	if status != want {
		t.Fatalf("%s\nexited %d, want %d\n%s", s.command, status, want, out)
	}
	left := plainly(string(out))
	for _, line := range s.shows {
		_, after, found := strings.Cut(left, plainly(line))
		if !found {
			t.Errorf("%s\ndoes not show, or not in this order: %s\n%s", s.command, line, out)
		}
		left = after
	}
}

// TestTheStepsOfTheActionGiveItsVerdict runs the step of .github/actions/restore-drill that restores.
func TestTheStepsOfTheActionGiveItsVerdict(t *testing.T) {
	t.Parallel()
	dir, source := t.TempDir(), emptyDatabase(t)
	pgroundtrip(t, nil, "workload", "-dsn", source).wants(t, 0)
	pgroundtrip(t, nil, "dump", "-dsn", source, "-o", filepath.Join(dir, "app.dump")).wants(t, 0)
	data, err := os.ReadFile(filepath.Join(dir, "app.dump"))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "app.dump.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"cut.dump": data[:len(data)/2], "-it's \"$(x)\".dump": data, "m *.json": manifest} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("../../.github/actions/restore-drill/drill.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, archive, manifest, args, report, verdict string
		status                                         int
	}{
		{"a good archive", "app.dump", "", "-twice -jobs 2", "report.json", "pass", 0},
		{"a good archive and its manifest by name", "app.dump", "app.dump.manifest.json", "", "a report.json", "pass", 0},
		{"names that a shell would read", "-it's \"$(x)\".dump", "m *.json", "", "r $(x) '.json", "pass", 0},
		{"arguments of pg_restore", "app.dump", "", "-- --no-owner", "report.json", "pass", 0},
		{"an archive that was cut", "cut.dump", "app.dump.manifest.json", "", "report.json", "fail", 2},
		{"no archive", "-twice", "", "", "report.json", "error", 1},
		{"no name of an archive", "", "", "", "report.json", "error", 1},
		{"a flag that does not exist", "app.dump", "", "-nosuch", "report.json", "error", 1},
		{"a flag that does not exist, on a line of its own", "app.dump", "", "-twice\n-nosuch\n", "report.json", "error", 1},
		{"an argument that is a pattern", "app.dump", "", "*", "report.json", "error", 1},
		{"a document that is not printed", "app.dump", "", "-h", "report.json", "error", 1},
		{"a report that cannot be written", "app.dump", "", "", "nosuch/report.json", "error", 1},
		{"a report whose name would add an output", "app.dump", "", "", "report.json\nverdict=pass", "", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "output")
			cmd := exec.Command("bash", script, "drill")
			cmd.Dir = dir
			cmd.Env = []string{"HOME=" + dir, "PATH=" + filepath.Dir(binary) + string(filepath.ListSeparator) + os.Getenv("PATH"),
				"TMPDIR=" + pgtest.OpenFolder(t, 0o755), "GITHUB_OUTPUT=" + output, "ARCHIVE=" + test.archive, "MANIFEST=" + test.manifest,
				"ARGS=" + test.args, "PGROUNDTRIP_DSN=" + source, "REPORT=" + test.report}
			out, err := cmd.CombinedOutput()
			status, err := exitStatus(err)
			if err != nil || status != test.status {
				t.Errorf("exited %d, want %d (%v)\n%s", status, test.status, err, out)
			}
			set, _ := os.ReadFile(output) // none if nothing was set
			want := "verdict=" + test.verdict + "\nreport=" + test.report + "\n"
			if test.verdict == "" {
				want = ""
			}
			if string(set) != want {
				t.Errorf("outputs are %q, want %q\n%s", set, want, out)
			}
		})
	}
}

// TestRenamingTheModuleLeavesNothing renames a copy of the module, which must still build.
func TestRenamingTheModuleLeavesNothing(t *testing.T) {
	t.Parallel()
	if !pgtest.Long() {
		t.Log("NOT COVERED: a whole build under another name: PGROUNDTRIP_TEST_LONG=1")
		return
	}
	dir := t.TempDir()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = "../.."
	files, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range strings.Split(strings.Trim(string(files), "\x00"), "\x00") {
		to := filepath.Join(dir, file)
		data, err := os.ReadFile(filepath.Join("../..", file))
		if errors.Is(err, os.ErrNotExist) {
			continue // removed, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"make", "rename", "MODULE=example.com/you/proof"}, {"gofmt", "-l", "."}, {"go", "build", "./..."},
		{"go", "list", "-test", "-deps", "./..."}} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil || args[0] == "gofmt" && len(out) > 0 || bytes.Contains(out, []byte("\npgroundtrip/")) {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	left := exec.Command("grep", "-rnE", `"pgroundtrip/|^module pgroundtrip`, ".")
	left.Dir = dir
	if out, err := left.Output(); err == nil {
		t.Errorf("the old address is left in\n%s", out)
	}
}

var (
	numbers = regexp.MustCompile(`\d+(\.\d+)*`)
	blanks  = regexp.MustCompile(`[ \t]+`)
)

// plainly returns text without what differs between runs.
func plainly(text string) string {
	return blanks.ReplaceAllString(numbers.ReplaceAllString(text, "N"), " ")
}

func requireTarget(t *testing.T, line string) {
	t.Helper()
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	target, _, _ := strings.Cut(line, " ")
	if !strings.Contains(string(makefile), "\n"+target+":") {
		t.Errorf("the Makefile has no target %s", target)
	}
}

// emptyDatabase is the DSN of a new database on the server that all tests share.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	s, err := pgtest.Open()
	if err != nil {
		t.Fatal(err)
	}
	db, err := s.CreateScratch(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	dsn := db.DSN()
	plain := conninfo.DSN{} // what programs of every major understand
	for _, key := range []string{"host", "port", "user", "password", "dbname"} {
		if dsn[key] != "" {
			plain[key] = dsn[key]
		}
	}
	return connection(plain)
}

// serverDir is the folder of the programs of the server that all tests share.
func serverDir(t *testing.T) string {
	t.Helper()
	dir, err := pgtest.Options().Finder.ServerDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
