//go:build unix

package roundtrip_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/serverdir"
	"pgroundtrip/internal/storytest"
)

// The numbers of rows at which appends are measured: a fifth of the rows must not cost less per row.
const appendMany, appendFew = 100_000, 20_000

// builtWith is a scratch database with the suite's table, and the files that give it a trigger; none
// for the bare table.
func builtWith(b *testing.B, server *cluster.Server, files ...string) *scale {
	b.Helper()
	s := &scale{server: server, db: pgtest.Scratch(b, server)}
	s.conn = pgtest.Connect(b, s.db)
	args := []string{"--file=" + sqlFile("schema")}
	for _, file := range files {
		args = append(args, "--file="+file)
	}
	saying(b, s.psql(b, args...), "")
	return s
}

const counterFile, commitFile = "../../testdata/bench/counter.sql", "../../testdata/bench/commit.sql"

// unchained is a statement of the chain for the table without a trigger: it brings what the trigger
// gives, constants in the place of hashes. number is the row's number.
func unchained(b *testing.B, statement, number string) string {
	b.Helper()
	constant := "'" + strings.Repeat("0", 64) + "'"
	changed := strings.Replace(statement, "(id, actor", "(seq, prev_hash, row_hash, id, actor", 1)
	for _, before := range []string{"select\n    'evt-'", "values ('evt-'"} {
		head, rest, _ := strings.Cut(before, "'evt-'")
		changed = strings.Replace(changed, before, fmt.Sprintf("%s%s, case when %s > 1 then %s end, %s, 'evt-'%s", head,
			number, number, constant, constant, rest), 1)
	}
	if strings.Count(changed, constant) != 2 {
		b.Fatalf("cannot take the chain out of: %.200s", statement)
	}
	return changed
}

// appends measures one way to append: by turns appendFew and appendMany rows, to the chain and to
// the same table without a trigger. cmd appends n rows behind those that are there.
func (s *scale) appends(b *testing.B, what string,
	cmd func(b *testing.B, s *scale, isChain bool, there, n int) *exec.Cmd) {
	chain, bare := builtWith(b, s.server, sqlFile("chain_insert")), builtWith(b, s.server)
	side := func(on *scale, n int) func() time.Duration {
		return func() time.Duration {
			there := storytest.Value[int](b, on.conn, "select coalesce(max(seq), 0)::int from public.audit_events")
			took := saying(b, cmd(b, on, on == chain, there, n), "")
			if now := storytest.Value[int](b, on.conn, "select count(*)::int from public.audit_events"); now != there+n {
				b.Fatalf("%d rows, want %d", now, there+n)
			}
			storytest.MustExec(b, on.conn, "vacuum analyze public.audit_events")
			return took
		}
	}
	perRow := func(seconds, rows float64) float64 { return seconds / rows * 1e6 }
	for b.Loop() {
		t := turns(b, benchPairs, side(bare, appendFew), side(chain, appendFew), side(bare, appendMany),
			side(chain, appendMany))
		s.table.add(b, line{metric: "µs/row", what: "µs a row, " + what, goal: "at most 30", sides: t,
			of:  func(t []float64) float64 { return perRow(t[3], appendMany) },
			met: func(x float64) bool { return x <= 30 },
			note: func(t []float64) string {
				return fmt.Sprintf("without a trigger %.1f, so the chain is %.1f", perRow(t[2], appendMany),
					perRow(t[3]-t[2], appendMany))
			}})
		s.table.add(b, line{metric: "growth", what: fmt.Sprintf("  cost of a row of %d, of one of %d", appendMany, appendFew),
			goal: "linear: at most 1.1", sides: t,
			of:   func(t []float64) float64 { return t[3] / t[1] * appendFew / appendMany },
			note: func(t []float64) string { return fmt.Sprintf("without a trigger %.2f", t[2]/t[0]*appendFew/appendMany) },
			met:  func(x float64) bool { return x <= 1.1 }})
	}
}

// benchStatement: one statement.
func (s *scale) benchStatement(b *testing.B) {
	s.appends(b, "one statement", func(b *testing.B, s *scale, isChain bool, _, n int) *exec.Cmd {
		text := benchFile(b, "fill")
		if !isChain {
			text = unchained(b, text, "n")
		}
		return s.psql(b, fmt.Sprintf("--command=set bench.rows = %d", n), "--command="+text)
	})
}

const singleEvent = storytest.AppendEvents +
	"values ('evt-' || %d, 'user-1@example.com', 'user', 'certificate.issue', 'certificate', 'cert-0001')"

// single returns an insert of the event with that number.
func single(b *testing.B, isChain bool, number string) string {
	text := strings.ReplaceAll(singleEvent, "%d", number)
	if !isChain {
		text = unchained(b, text, number)
	}
	return text
}

// benchPsql: a file of single inserts in one transaction, for psql. Most of the time is psql's, the
// protocol's and the parser's, as the table without a trigger shows.
func (s *scale) benchPsql(b *testing.B) {
	s.appends(b, "single inserts, by psql", func(b *testing.B, s *scale, isChain bool, there, n int) *exec.Cmd {
		var text strings.Builder
		text.WriteString("begin;\n")
		for i := range n {
			text.WriteString(single(b, isChain, strconv.Itoa(there+i+1)) + ";\n")
		}
		text.WriteString("commit;\n")
		file := filepath.Join(b.TempDir(), "inserts.sql")
		if err := os.WriteFile(file, []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
		return s.psql(b, "--file="+file)
	})
}

// benchLoop: the same inserts as statements that the server itself runs: no client, no protocol, and
// each is parsed once.
func (s *scale) benchLoop(b *testing.B) {
	s.appends(b, "single inserts, by a do block", func(b *testing.B, s *scale, isChain bool, there, n int) *exec.Cmd {
		return s.psql(b, fmt.Sprintf("--command=do $$ begin for n in %d..%d loop %s; end loop; end $$", there+1, there+n,
			single(b, isChain, "n")))
	})
}

// commitTime is how long one round of commits lasts.
const commitTime = 5 * time.Second

var tpsPattern = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// benchCommits: commits of single rows from 8 clients, on a server with its ordinary settings: the
// throw-away cluster's commits wait for no disk. The other side takes its numbers from a counter.
func (s *scale) benchCommits(b *testing.B) {
	server := durable(b, filepath.Dir(storytest.Program(b, s.server, "postgres")))
	tps := func(on *scale) func() time.Duration {
		conninfo, _ := on.db.DSN().Programs()
		return func() time.Duration {
			out, err := exec.Command(storytest.Program(b, server, "pgbench"), "-n", "-c", "8", "-j", "2",
				"-T", strconv.Itoa(int(commitTime.Seconds())), "-f", commitFile, conninfo).CombinedOutput()
			found := tpsPattern.FindSubmatch(out)
			if err != nil || found == nil {
				b.Fatalf("pgbench: %v\n%s", err, out)
			}
			commits, err := strconv.ParseFloat(string(found[1]), 64)
			if err != nil {
				b.Fatal(err)
			}
			storytest.MustExec(b, on.conn, "vacuum analyze public.audit_events")
			return time.Duration(float64(time.Second) / commits)
		}
	}
	counter, chain := builtWith(b, server, counterFile), builtWith(b, server, sqlFile("chain_insert"))
	for b.Loop() {
		t := turns(b, benchPairs+2, tps(counter), tps(chain))
		s.table.add(b, line{metric: "of-counter", what: "commits per second from 8 clients (fsync on), of a counter's",
			goal: "at least 0.85", sides: t,
			of:   func(t []float64) float64 { return t[0] / t[1] },
			note: func(t []float64) string { return fmt.Sprintf("%.0f of %.0f a second", 1/t[1], 1/t[0]) },
			met:  func(x float64) bool { return x >= 0.85 }})
	}
}

// durable is a server with the default settings of initdb, so that a commit waits for the disk.
func durable(b *testing.B, bindir string) *cluster.Server {
	b.Helper()
	dir, account, err := serverdir.Make("/tmp", b.Output(), serverdir.Users) // a socket's path must be short
	if err != nil {
		b.Fatal(err)
	}
	folder := dir.Path
	b.Cleanup(func() {
		if err := dir.Remove(); err != nil {
			b.Error(err)
		}
	})
	process := func(name string, args ...string) pgtool.Process {
		return pgtool.Process{Path: filepath.Join(bindir, name), Args: args, Env: pgtool.CleanEnv(os.Environ()), Dir: folder,
			Credential: account}
	}
	data := filepath.Join(folder, "data")
	if err := process("initdb", "--pgdata="+data, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale").Run(context.Background()); err != nil {
		b.Fatal(err)
	}
	running, err := process("postgres", "-D", data, "-k", folder, "-c", "listen_addresses=").Start(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { running.Stop(syscall.SIGQUIT, 10*time.Second) })
	server, err := cluster.Open(context.Background(), cluster.Options{
		DSN: conninfo.DSN{"host": folder, "user": "postgres", "dbname": "postgres", "sslmode": "disable"}.String(),
		Env: map[string]string{}, Finder: pgtool.Finder{Bindir: bindir,
			Env: os.Environ()}, Wait: 30 * time.Second, Log: os.Stderr,
	})
	if err != nil {
		b.Fatal(err)
	}
	return server
}
