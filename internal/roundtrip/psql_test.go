//go:build unix

package roundtrip_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/sql"
)

// The folder of the default suite's files, as psql sees it.
const sqlDir = "../../sql"

// psql -f runs every file of the suite unchanged, and prints exactly what the goldens hold.
func TestPsqlPrintsTheGoldens(t *testing.T) {
	s, server := pgtest.DefaultSuite(t), pgtest.Server(t)
	for _, workload := range pgtest.Dealt(t, 3, s.Workloads) {
		name := strings.TrimPrefix(workload.Name, "workload/")
		t.Run(name, func(t *testing.T) {
			db := pgtest.Scratch(t, server)
			psql := func(files ...string) []byte {
				t.Helper()
				args := []string{"-XAtq", "--set=ON_ERROR_STOP=1"}
				for _, f := range files {
					args = append(args, "--file="+f)
				}
				cmd := storytest.Command(t, server, db, "psql", args...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil || stderr.Len() > 0 {
					t.Fatalf("psql %s: %v\n%s", strings.Join(files, " "), err, stderr.String())
				}
				return out
			}
			if out := psql(sqlFile("session"), sqlFile("schema"), sqlFile("chain_insert"), sqlFile(workload.Name)); len(out) > 0 {
				t.Errorf("scripts print nothing, but these did: %s", out)
			}
			for _, query := range s.Queries() {
				if !query.About.Golden {
					continue
				}
				t.Run(query.Name, func(t *testing.T) {
					golden, err := os.ReadFile(filepath.Join(storytest.GoldenDir, goldenOf(name, query.Name+record.Suffix)))
					if err != nil {
						t.Fatal(err)
					}
					_, want, _ := bytes.Cut(golden, []byte("\n"))
					wrapped := filepath.Join(t.TempDir(), "wrapped.sql")
					text := "copy (\n" + strings.TrimSuffix(strings.TrimSpace(query.Text), ";") + "\n) to stdout;\n"
					if err := os.WriteFile(wrapped, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
					if got := psql(sqlFile("session"), wrapped); !bytes.Equal(got, want) {
						t.Errorf("psql prints\n%.2000s\nand the golden has\n%.2000s", got, want)
					}
				})
			}
		})
	}
}

func sqlFile(name string) string { return filepath.Join(sqlDir, filepath.FromSlash(name)+".sql") }

// Queries, probes and damages run in psql unchanged, too: on a filled database, and what they do is
// rolled back.
func TestEveryFileRunsUnchangedInPsql(t *testing.T) {
	server := pgtest.Server(t)
	db, conn := pgtest.Built(t, server)
	storytest.RunFile(t, conn, "workload/lifecycle")
	var names []string
	err := fs.WalkDir(sql.Files, ".", func(p string, entry fs.DirEntry, err error) error {
		if name, isSQL := strings.CutSuffix(p, ".sql"); isSQL && err == nil {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	scripts := []string{"schema", "chain_insert"}
	for _, name := range names {
		if slices.Contains(scripts, name) || path.Dir(name) == "workload" || path.Dir(name) == "reprint" {
			continue // built with above; a reprint needs a row, see below
		}
		t.Run(name, func(t *testing.T) {
			out, err := storytest.Command(t, server, db, "psql", "-XAtq", "--set=ON_ERROR_STOP=1", "--file="+sqlFile("session"),
				"--command=begin", "--file="+sqlFile(name), "--command=rollback").CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// A reprint runs in psql with a row of its invariant in pgroundtrip.row, and prints statements. The zoo has rows of
// every kind.
func TestEveryReprintRunsUnchangedInPsql(t *testing.T) {
	server := pgtest.Server(t)
	source := storytest.LoadFolder(t, server, storytest.ZooFolder)
	conn := storytest.Connection(t, source)
	storytest.RunFile(t, conn, "session")
	files, err := fs.Glob(sql.Files, "reprint/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no reprint was found: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(path.Base(file), ".sql")
		t.Run(name, func(t *testing.T) {
			all := rowsAsJSON(t, conn, storytest.QueryText(t, "invariant/"+name))
			conninfo, secrets := source.DSN().Programs()
			args := []string{"--dbname=" + conninfo, "-XAtq", "--set=ON_ERROR_STOP=1", "--file=" + sqlFile("session")}
			for _, row := range all {
				setting := "set pgroundtrip.row = '" + strings.ReplaceAll(row, "'", "''") + "'"
				args = append(args, "--command="+setting, "--file="+sqlFile("reprint/"+name))
			}
			psql := exec.Command(storytest.Program(t, server, "psql"), args...)
			psql.Env = pgtool.CleanEnv(os.Environ(), secrets...)
			out, err := psql.CombinedOutput()
			if err != nil || len(out) == 0 {
				t.Errorf("%v: for %d rows it prints %s", err, len(all), out)
			}
		})
	}
}

// rowsAsJSON returns the rows that a query prints, each as a JSON object of the values as COPY prints them.
func rowsAsJSON(t *testing.T, conn *pgx.Conn, query string) (all []string) {
	t.Helper()
	rows, err := conn.Query(context.Background(), query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		values := map[string]*string{}
		for i, raw := range rows.RawValues() {
			if values[rows.FieldDescriptions()[i].Name] = nil; raw != nil {
				text := string(raw)
				values[rows.FieldDescriptions()[i].Name] = &text
			}
		}
		data, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return all
}
