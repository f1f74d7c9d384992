package storytest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/storytest"
)

// A fieldCase is a small database after a public report, and the verdict that is right for it. The comment at the top
// of its file says both; see testdata/field/README.md.
type fieldCase struct {
	name, path string
	header     map[string][]string // by its first word
}

// fieldWords are the words that a header may have.
var fieldWords = []string{"Majors", "Needs", "Server", "Starts", "As", "Format", "Dump", "Restore", "Names", "Unnamed",
	"To", "On", "Ships", "Encoding", "Long"}

var fieldLine = regexp.MustCompile(`^-- ([A-Z][a-z]+)  +(.+)$`)

func fieldCases(t *testing.T) []fieldCase {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/field/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no case was found: %v", err)
	}
	var cases []fieldCase
	for _, path := range paths {
		c := fieldCase{strings.TrimSuffix(filepath.Base(path), ".sql"), path, map[string][]string{}}
		for line := range strings.Lines(storytest.FileText(t, path)) {
			if !strings.HasPrefix(line, "--") {
				break
			}
			if m := fieldLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
				if !slices.Contains(fieldWords, m[1]) {
					t.Fatalf("%s: unknown header word %q", path, m[1])
				}
				c.header[m[1]] = append(c.header[m[1]], m[2])
			}
		}
		cases = append(cases, c)
	}
	return cases
}

func (c fieldCase) word(name string) string {
	if values := c.header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// loads reports whether the case can be loaded into the server: its major, and the extensions that it needs.
func (c fieldCase) loads(t *testing.T, server *cluster.Server) bool {
	t.Helper()
	oldest, newest, isRange := strings.Cut(c.word("Majors"), "-")
	if from, err := strconv.Atoi(oldest); err == nil && server.Version.Major < from {
		return false
	}
	if to, err := strconv.Atoi(newest); isRange && (err != nil || server.Version.Major > to) {
		return false
	}
	if c.word("Ships") != "" && !canShip(t, server) {
		return false
	}
	for _, name := range strings.FieldsFunc(c.word("Needs"), func(r rune) bool { return r == ',' || r == ' ' }) {
		conn, err := server.Connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		isThere := storytest.Value[bool](t, conn, "select count(*) > 0 from pg_available_extensions where name = $1", name)
		conn.Close(context.Background()) // one a case would be more than the server has
		if !isThere {
			return false
		}
	}
	return true
}

// servers are the numbers of the pairs that the case runs on: the oldest and the newest that can load it, and one
// between them; at full length all. A relative, which varies another case (its name has -r and a number), runs on one of
// them. Which one it is, n deals out.
func (c fieldCase) servers(t *testing.T, pairs []storytest.FieldPair, n int) (numbers []int) {
	t.Helper()
	for i, pair := range pairs {
		if c.loads(t, pair.Source) {
			numbers = append(numbers, i)
		}
	}
	if len(numbers) == 0 || pgtest.Full() {
		return numbers
	}
	if last := len(numbers) - 1; !relative.MatchString(c.name) {
		if last > 2 {
			numbers = []int{numbers[0], numbers[1+n%(last-1)], numbers[last]}
		}
		return numbers
	}
	if c.word("To") == "newer" && len(numbers) > 1 {
		numbers = numbers[:len(numbers)-1]
	}
	return numbers[n%len(numbers):][:1]
}

var relative = regexp.MustCompile(`-r\d+(-|$)`)

// TestField dumps and restores every database of testdata/field on some majors, and to newer ones where a case asks
// for that. A case that no server here can load is reported; where PGROUNDTRIP_TEST_ALL promises that everything is
// there, it fails. Where tests are not long, one report runs for each check that must fail, each of a refusal or of an
// error, and some of the others.
func TestField(t *testing.T) {
	pairs := storytest.FieldServers(t)
	byServer := make([][]fieldCase, len(pairs))
	var found, passing, relatives []fieldCase
	for _, c := range fieldCases(t) {
		switch {
		case c.word("Long") != "" && !pgtest.Long():
			t.Logf("NOT COVERED: %s, with %s: PGROUNDTRIP_TEST_LONG=1", c.name, c.word("Long"))
		case relative.MatchString(c.name):
			relatives = append(relatives, c)
		case c.word("Dump")+c.word("Restore")+c.word("On") == "":
			passing = append(passing, c)
		default:
			found = append(found, c)
		}
	}
	found = pgtest.OneOfEach(t, found, fieldCase.mustShow)
	for n, c := range slices.Concat(found, pgtest.Dealt(t, 12, passing), pgtest.Dealt(t, 24, relatives)) {
		numbers := c.servers(t, pairs, n)
		for _, i := range numbers {
			byServer[i] = append(byServer[i], c)
		}
		if len(numbers) == 0 {
			report := t.Logf
			if os.Getenv("PGROUNDTRIP_TEST_ALL") != "" {
				report = t.Errorf
			}
			report("NOT COVERED: no server here can load %s (majors %q, extensions %q)", c.name, c.word("Majors"),
				c.word("Needs"))
		}
	}
	for i, pair := range pairs {
		t.Run(pair.Source.Version.String(), func(t *testing.T) {
			for _, c := range byServer[i] {
				t.Run(c.name, func(t *testing.T) { c.run(t, pair, pairs[i+1:]) })
			}
		})
	}
}

// mustShow is the check that must fail, for a case of which nothing else is expected; else the name of the case.
func (c fieldCase) mustShow() string {
	if check, _, _ := strings.Cut(c.word("Restore"), ":"); strings.HasPrefix(check, "fails ") && c.word("Dump") == "" {
		return check
	}
	return c.name
}

func (c fieldCase) run(t *testing.T, pair storytest.FieldPair, newer []storytest.FieldPair) {
	if c.word("Starts") != "" {
		pair.Source = c.starts(t, pair.Source)
	}
	source := c.load(t, pair.Source)
	if role := c.word("As"); role != "" {
		source = storytest.At(t, source, "user", role)
	}
	change := func(o *origin.Options) {
		if format := c.word("Format"); format != "" {
			o.Format = format
		}
	}
	if refusal, isRefused := strings.CutPrefix(c.word("Dump"), "refused: "); isRefused {
		storytest.RefusedDump(t, source, change, refusal)
		return
	}
	if gap, isIncomplete := strings.CutPrefix(c.word("Dump"), "incomplete: "); isIncomplete {
		c.restoreInto(t, pair.Target, storytest.Incomplete(t, source, pgtest.DefaultSuite(t), gap))
		return
	}
	b := storytest.TakeDump(t, source, change)
	if len(b.Manifest.Preload) > 0 {
		var options cluster.Options
		drill.Preload(b.Manifest, &options)
		pair.Target = pgtest.Under(t, pair.Target.Bindir, options)
	}
	c.restoreInto(t, pair.Target, b)
	if c.word("To") != "newer" {
		return
	}
	for _, other := range newer {
		t.Run("to "+other.Target.Version.String(), func(t *testing.T) { c.restoreInto(t, other.Target, b) })
	}
}

// load makes a database of the case's file with psql, on a server that has the case's settings meanwhile.
func (c fieldCase) load(t *testing.T, server *cluster.Server) *cluster.Server {
	t.Helper()
	if settings := c.word("Server"); settings != "" {
		conn := storytest.Connection(t, server)
		for setting := range strings.SplitSeq(settings, ";") {
			name, to, _ := strings.Cut(strings.TrimSpace(setting), "=")
			storytest.MustExec(t, conn, fmt.Sprintf("alter system set %s = '%s'", pgx.Identifier{name}.Sanitize(), to))
		}
		storytest.Reconfigure(t, conn)
		t.Cleanup(func() { storytest.MustExec(t, conn, "alter system reset all"); storytest.Reconfigure(t, conn) })
	}
	db, err := server.CreateLike(context.Background(), cluster.Properties{Encoding: c.word("Encoding")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Drop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	conninfo, secrets := db.DSN().Programs()
	psql := exec.Command(storytest.Program(t, server, "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", conninfo, "-f",
		c.path)
	if files := c.word("Ships"); files != "" {
		psql.Args = append(psql.Args, "-v", "extension="+ship(t, server, files))
	}
	psql.Env = pgtool.CleanEnv(os.Environ(), secrets...)
	if out, err := psql.CombinedOutput(); err != nil {
		t.Fatalf("could not load %s: %v\n%s", c.path, err, out)
	}
	return storytest.At(t, server, "dbname", db.Name)
}

// starts is a source server of its own that has the case's settings from its start. DBNAME is the case's database.
func (c fieldCase) starts(t *testing.T, like *cluster.Server) *cluster.Server {
	t.Helper()
	options := cluster.Options{Scratch: cluster.NewScratchName(), Settings: map[string]string{}}
	for setting := range strings.SplitSeq(c.word("Starts"), ";") {
		name, to, _ := strings.Cut(strings.TrimSpace(setting), "=")
		options.Settings[name] = strings.ReplaceAll(to, "DBNAME", options.Scratch)
	}
	return pgtest.Under(t, like.Bindir, options)
}

// ship puts the extension of testdata/extension beside the server's own for the time of the test, under a name that no
// other run has, which it returns.
func ship(t *testing.T, server *cluster.Server, files string) string {
	t.Helper()
	folder := filepath.Join(storytest.Value[string](t, storytest.Connection(t, server),
		"select setting from pg_config where name = 'SHAREDIR'"), "extension")
	name := files + "_" + strings.ToLower(rand.Text()[:12])
	paths, err := filepath.Glob(filepath.Join("../../testdata/extension", files+"*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("there is no extension %s: %v", files, err)
	}
	for _, path := range paths {
		target := filepath.Join(folder, name+strings.TrimPrefix(filepath.Base(path), files))
		if err := os.WriteFile(target, []byte(storytest.FileText(t, path)), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := os.Remove(target); err != nil {
				t.Error(err)
			}
		})
	}
	return name
}

// canShip reports whether this process may put an extension beside the server's own.
func canShip(t *testing.T, server *cluster.Server) bool {
	t.Helper()
	folder := storytest.Value[string](t, storytest.Connection(t, server),
		"select setting from pg_config where name = 'SHAREDIR'")
	file, err := os.CreateTemp(filepath.Join(folder, "extension"), "")
	if err != nil {
		return false
	}
	return errors.Join(file.Close(), os.Remove(file.Name())) == nil
}

// restoreInto restores the case's archive and requires the verdict of its header.
func (c fieldCase) restoreInto(t *testing.T, target *cluster.Server, b *storytest.Backup) {
	t.Helper()
	o := storytest.TryRestore(t, target, b, nil)
	want := c.word("Restore")
	for _, on := range c.header["On"] {
		from, wanted, _ := strings.Cut(on, ": ")
		if major, err := strconv.Atoi(from); err != nil || target.Version.Major >= major {
			want = wanted
		}
	}
	switch kind, text, _ := strings.Cut(want, ": "); {
	case kind == "":
		storytest.RequirePass(t, o)
	case kind == "error":
		if o.Err == nil || !strings.Contains(storytest.FullText(o.Err), text) {
			t.Fatalf("the restore must end in an error that says %q: %s", text, storytest.FullText(o.Err))
		}
	default:
		storytest.RequireFails(t, o, "record/invariant/"+strings.TrimPrefix(kind, "fails "), text)
	}
	named := fmt.Sprintf("%+v %+v %+v %+v %s", o.Expected, o.Notes, o.NotCovered, b.Manifest.Warnings,
		storytest.HintOf(o.Err))
	for _, check := range o.Checks {
		named += "\n" + check.Hint
	}
	for _, text := range c.header["Names"] {
		if !strings.Contains(named, text) {
			t.Errorf("neither dump nor restore names %q:\n%s", text, named)
		}
	}
	for _, text := range c.header["Unnamed"] {
		if strings.Contains(named, text) {
			t.Errorf("%q is named, and there is nothing about it:\n%s", text, named)
		}
	}
}

// On a named server a role of the run's own restores, and only an owner can make a child of a table.
func TestTablesOfExtensionsHaveChildrenOnANamedServer(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	if !canShip(t, server) {
		t.Log("NOT COVERED: this process may not put an extension beside those of the server")
		return
	}
	source, _ := storytest.Filled(t, server, "create extension "+ship(t, server, "zzshop"), `
		create table child (x int) inherits (shop_config);
		create table own (id int references shop_config);
		grant select on shop_config to pg_monitor;
		insert into shop_config values (1, 'n', 'v'); insert into child values (2, 'n', 'v', 3); insert into own values (1)`)
	for _, format := range []string{"custom", "plain"} {
		b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format })
		storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Twice = true }))
	}
}
