//go:build unix

package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/serverdir"
)

// A Primary is a server with streaming standbys, all of them processes of the test's own that are
// reachable by unix socket only. They end with the test, and leave nothing.
type Primary struct {
	*Node
	Standbys []*Node
}

// A Node is one server of a Primary: itself, or a standby.
type Node struct {
	Name string // "primary", "standby1", "standby2" ...

	bindir  string
	folder  string // of the sockets and of every node's data
	port    int
	account *platform.Account
	server  *pgtool.Running
}

// patience is how long a node may take for what it does soon or never.
const patience = 2 * time.Minute

// Replicated starts a primary of the programs in bindir ("" looks where the program itself looks) and
// the standbys, and returns when all of them stream.
func Replicated(t testing.TB, bindir string, standbys int) *Primary {
	t.Helper()
	bindir = Must(replicating(finder(bindir)))(t)
	p := &Primary{Node: inFolder(t, bindir)}
	p.Run(t, "/bin/cp", "-r", prepared(t, bindir), p.Data())
	p.start(t)
	for i := range standbys {
		p.Follow(t, p.Node, i+1)
	}
	p.AwaitStreaming(t, standbys)
	return p
}

// Alone starts a server of the programs in bindir, which Upgrade can bring to a newer major. The arguments are those
// of initdb.
func Alone(t testing.TB, bindir string, args ...string) *Node {
	t.Helper()
	bindir = Must(replicating(finder(bindir)))(t)
	n := inFolder(t, bindir)
	n.initdb(t, args...)
	n.start(t)
	return n
}

// Upgrade stops the server, has pg_upgrade bring it to the major of the programs in bindir, and starts it again.
func (n *Node) Upgrade(t testing.TB, bindir string) *Node {
	t.Helper()
	n.server.Stop(syscall.SIGINT, patience)
	newer := n.Successor(t, bindir)
	newer.Run(t, "pg_upgrade", "--old-bindir="+n.bindir, "--new-bindir="+bindir, "--old-datadir="+n.Data(),
		"--new-datadir="+newer.Data(),
		"--username=postgres", "--socketdir="+n.folder, "--old-options=-c wal_level=logical")
	newer.start(t)
	return newer
}

// Successor makes the data folder of a server of the programs in bindir, on the socket of n, which pg_ctl can start.
func (n *Node) Successor(t testing.TB, bindir string) *Node {
	t.Helper()
	newer := *n
	newer.Name, newer.bindir = "upgraded", bindir
	newer.initdb(t)
	settings := fmt.Sprintf("listen_addresses = ''\nunix_socket_directories = '%s'\nport = %d\nfsync = off\n",
		n.folder, n.port)
	OK(t, os.WriteFile(filepath.Join(newer.Data(), "postgresql.conf"), []byte(settings), 0o644))
	return &newer
}

// Data is the node's data folder.
func (n *Node) Data() string { return filepath.Join(n.folder, n.Name) }

// Shim makes a program in a folder that runs another, with arguments before its own, as the node's user in its folder.
func (n *Node) Shim(t testing.TB, dir, program string, args ...string) {
	t.Helper()
	call, asUser := strings.Join(append([]string{program}, args...), " ")+` "$@"`, ""
	if n.account != nil {
		asUser = fmt.Sprintf("setpriv --reuid=%d --regid=%d --clear-groups ", n.account.Uid, n.account.Gid)
	}
	text := fmt.Sprintf("#!/bin/sh\ncd '%s'\ntest $(id -u) = 0 || exec %s\nexec %s%s\n", n.folder, call, asUser, call)
	OK(t, os.WriteFile(filepath.Join(dir, filepath.Base(program)), []byte(text), 0o755))
}

// prepared returns the data folder of a server that never ran, made by the programs in bindir. The primaries of a test
// binary are copies of it, which takes a tenth of the time of initdb; they have one system identifier.
func prepared(t testing.TB, bindir string) string {
	t.Helper()
	templates.Lock()
	defer templates.Unlock()
	if templates.made[bindir] == nil {
		folder, account, err := serverdir.Make(shortTemp(), os.Stderr, serverdir.Users)
		if err != nil {
			t.Fatal(err)
		}
		AtEnd(folder.Remove)
		n := &Node{Name: "prepared", bindir: bindir, folder: folder.Path, account: account}
		n.initdb(t)
		templates.made[bindir] = n
	}
	return templates.made[bindir].Data()
}

var templates = struct {
	sync.Mutex
	made map[string]*Node // by the folder of their programs
}{made: map[string]*Node{}}

// initdb makes the data folder. With 1 MB the files of WAL, which are copied often, are a sixteenth of the usual size.
func (n *Node) initdb(t testing.TB, more ...string) {
	t.Helper()
	args := []string{"--pgdata=" + n.Data(), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale",
		"--no-sync", "--wal-segsize=1"}
	if help, err := exec.Command(filepath.Join(n.bindir, "initdb"), "--help").Output(); err == nil &&
		strings.Contains(string(help), "--no-data-checksums") {
		args = append(args, "--no-data-checksums") // 18 turns them on, and pg_upgrade wants both servers alike
	}
	n.Run(t, "initdb", append(args, more...)...)
}

// replicating is the first folder that holds all the programs that a primary with standbys needs.
func replicating(finder pgtool.Finder) (string, error) {
	var lacks []error
	for _, dir := range finder.Dirs() {
		var errs []error
		for _, name := range []string{"initdb", "postgres", "pg_basebackup"} {
			_, err := os.Stat(filepath.Join(dir, name))
			errs = append(errs, err)
		}
		err := errors.Join(errs...)
		if err == nil {
			return filepath.Abs(dir)
		}
		lacks = append(lacks, err)
	}
	return "", fmt.Errorf("no folder holds all programs that a standby is made with: %w", errors.Join(lacks...))
}

// inFolder is a primary that is not there yet, in a folder that is removed when the test ends.
func inFolder(t testing.TB, bindir string) *Node {
	t.Helper()
	folder, account, err := serverdir.Make(shortTemp(), t.Output(), serverdir.Users)
	OK(t, err)
	t.Cleanup(func() {
		if err := folder.Remove(); err != nil {
			t.Error(err)
		}
	})
	return &Node{Name: "primary", bindir: bindir, folder: folder.Path, port: 5432, account: account}
}

// Follow adds a standby of the primary, or of another standby, with that number: it copies the primary and starts the
// copy.
func (p *Primary) Follow(t testing.TB, from *Node, number int) *Node {
	t.Helper()
	s := *p.Node
	s.Name, s.port, s.server = "standby"+strconv.Itoa(number), p.port+number, nil
	s.Run(t, "pg_basebackup", "--pgdata="+s.Data(), "--dbname="+p.DSN("postgres").String(),
		"--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync", "--no-manifest")
	source := "primary_conninfo = '" + strings.ReplaceAll(from.DSN("postgres").String(), "'", "''") + "'\n"
	OK(t, os.WriteFile(filepath.Join(s.Data(), "postgresql.auto.conf"), []byte(source), 0o644))
	s.start(t)
	p.Standbys = append(p.Standbys, &s)
	return &s
}

func (n *Node) process(program string, args ...string) pgtool.Process {
	if !filepath.IsAbs(program) {
		program = filepath.Join(n.bindir, program)
	}
	return pgtool.Process{Path: program, Args: args, Env: pgtool.CleanEnv(os.Environ()), Dir: n.folder,
		Credential: n.account}
}

// Run runs a program to its end: one of the node's, or one that is named with its folder.
func (n *Node) Run(t testing.TB, program string, args ...string) {
	t.Helper()
	if err := n.Try(program, args...); err != nil {
		t.Fatalf("%s: %v", n.Name, err)
	}
}

// Try is Run, but returns the error.
func (n *Node) Try(program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return n.process(program, args...).Run(ctx)
}

// start starts the server, to be stopped when the test ends, and waits until it answers. A commit
// must be flushed to be sent on, so synchronous_commit stays on; without fsync that costs little.
func (n *Node) start(t testing.TB, more ...string) {
	t.Helper()
	args := []string{"-D", n.Data(), "-k", n.folder, "-p", strconv.Itoa(n.port)}
	for _, setting := range append([]string{
		"listen_addresses=", "unix_socket_permissions=0700", "cluster_name=" + n.Name, "fsync=off", "full_page_writes=off",
		"wal_level=logical", "hot_standby=on", "max_wal_senders=10", "wal_keep_size=256MB", "wal_receiver_status_interval=1",
		"wal_retrieve_retry_interval=200ms", "shared_buffers=16MB", "max_connections=50", "max_prepared_transactions=5",
		"autovacuum=off", "logging_collector=off", "jit=off", "max_wal_size=1GB",
		"log_destination=stderr", "log_min_messages=fatal",
	}, more...) {
		args = append(args, "-c", setting)
	}
	server, err := n.process("postgres", args...).Start(context.Background())
	if err != nil {
		t.Fatalf("%s: %v", n.Name, err)
	}
	n.server = server
	t.Cleanup(n.Stop)
	n.await(t, "to accept connections", func() error {
		conn, err := n.dial("postgres")
		if err != nil {
			return err
		}
		return conn.Close(context.Background())
	})
}

// await tries until try succeeds, the server has ended, or the patience has.
func (n *Node) await(t testing.TB, what string, try func() error) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		err := try()
		if err == nil {
			return
		}
		select {
		case <-n.server.Done():
			t.Fatalf("waited for %s %s, but it ended: %v", n.Name, what, n.server.Err())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s for %s %s: %v", patience, n.Name, what, err)
		}
	}
}

// Stop ends the server at once, as pg_ctl stop -m immediate does: every session is cut. It may be
// called from any goroutine, and more than once.
func (n *Node) Stop() { n.server.Stop(syscall.SIGQUIT, 10*time.Second) }

// DSN is how to connect to a database of the node.
func (n *Node) DSN(database string) conninfo.DSN {
	return conninfo.DSN{"host": n.folder, "port": strconv.Itoa(n.port), "user": "postgres", "dbname": database,
		"sslmode": "disable"}
}

// Options name a database of the node, and nothing of the environment.
func (n *Node) Options(database string) cluster.Options {
	return cluster.Options{DSN: n.DSN(database).String(), Env: map[string]string{},
		Finder: finder(n.bindir),
		Wait:   30 * time.Second, Log: os.Stderr}
}

// Server is the node as the program under test has it, with its DSN leading to that database.
func (n *Node) Server(t testing.TB, database string) *cluster.Server {
	t.Helper()
	s, err := cluster.Open(context.Background(), n.Options(database))
	if err != nil {
		t.Fatalf("%s: %v", n.Name, err)
	}
	return s
}

func (n *Node) dial(database string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return pgx.Connect(ctx, n.DSN(database).String())
}

// Do runs a statement on the node's own database postgres.
func (n *Node) Do(statement string) error {
	conn, err := n.dial("postgres")
	if err != nil {
		return err
	}
	_, err = conn.Exec(context.Background(), statement)
	return errors.Join(err, conn.Close(context.Background()))
}

// PauseReplay has a standby receive, but not replay, what the primary writes from now on.
func (n *Node) PauseReplay(t testing.TB) {
	t.Helper()
	if err := n.Do("select pg_wal_replay_pause()"); err != nil {
		t.Fatalf("%s: %v", n.Name, err)
	}
	// Before 14 a pause that was asked for is one; from then on it begins a little later.
	n.await(t, "to pause", func() error {
		return n.Do(`
			do $$
			begin
				if current_setting('server_version_num')::int >= 140000 then
					assert pg_get_wal_replay_pause_state() = 'paused';
				end if;
			end
			$$`)
	})
}

// ResumeReplay ends a pause. It may be called from any goroutine.
func (n *Node) ResumeReplay() error { return n.Do("select pg_wal_replay_resume()") }

// Promote has a standby leave its primary and become a primary itself.
func (n *Node) Promote(t testing.TB) {
	t.Helper()
	if err := n.Do("select pg_promote()"); err != nil {
		t.Fatalf("%s: %v", n.Name, err)
	}
}

// Demote has a standby that was promoted replay once more: what was its own, and no one else's.
func (n *Node) Demote(t testing.TB) {
	t.Helper()
	if err := n.Do("checkpoint"); err != nil { // from here it goes on, on its own timeline
		t.Fatalf("%s: %v", n.Name, err)
	}
	n.Stop()
	for file, text := range map[string]string{"standby.signal": "", "postgresql.auto.conf": ""} {
		OK(t, os.WriteFile(filepath.Join(n.Data(), file), []byte(text), 0o644))
	}
	n.start(t)
}

// Freeze has the sessions of that application_name on the node hang, as after a network that has gone
// away. It may be called from any goroutine; thaw has them go on.
func (n *Node) Freeze(application string) (thaw func(), err error) {
	pids, err := ask[[]int32](n,
		"select array_agg(pid) from pg_stat_activity "+
			"where application_name = $1 and backend_type = 'client backend'", application)
	var frozen []int
	for _, pid := range pids {
		if err = errors.Join(err, syscall.Kill(int(pid), syscall.SIGSTOP)); err == nil {
			frozen = append(frozen, int(pid))
		}
	}
	return func() {
		for _, pid := range frozen {
			_ = syscall.Kill(pid, syscall.SIGCONT) // an error means that it is gone
		}
	}, err
}

// AwaitStreaming waits until that many standbys stream.
func (p *Primary) AwaitStreaming(t testing.TB, standbys int) {
	t.Helper()
	p.await(t, fmt.Sprintf("to stream to %d standbys", standbys), func() error {
		streaming, err := ask[int](p.Node, "select count(*)::int from pg_stat_replication where state = 'streaming'")
		if err == nil && streaming != standbys {
			err = fmt.Errorf("it streams to %d", streaming)
		}
		return err
	})
}

// AwaitReplay waits until the standbys have replayed all that the primary has written so far.
func (p *Primary) AwaitReplay(t testing.TB, standbys ...*Node) {
	t.Helper()
	written := Must(ask[string](p.Node, "select pg_current_wal_flush_lsn()::text"))(t)
	for _, s := range standbys {
		s.await(t, "to catch up with "+written, func() error {
			done, err := ask[bool](s, "select pg_last_wal_replay_lsn() >= $1::pg_lsn", written)
			if err == nil && !done {
				err = errors.New("it is behind")
			}
			return err
		})
	}
}

// ask is the single value that a query prints on the node's own database postgres.
func ask[T any](n *Node, query string, args ...any) (value T, err error) {
	conn, err := n.dial("postgres")
	if err != nil {
		return value, err
	}
	err = conn.QueryRow(context.Background(), query, args...).Scan(&value)
	return value, errors.Join(err, conn.Close(context.Background()))
}

// Bindir is the folder of the node's programs.
func (n *Node) Bindir() string { return n.bindir }

// Backup makes a base backup of the node, with the WAL that it needs, and returns its folder.
func (n *Node) Backup(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(n.folder, "backup-"+rand.Text()[:6])
	n.Run(t, "pg_basebackup", "--pgdata="+dir, "--dbname="+n.DSN("postgres").String(), "--wal-method=stream",
		"--checkpoint=fast", "--no-sync")
	return dir
}

// WAL is the folder of the WAL that the node writes.
func (n *Node) WAL() string { return filepath.Join(n.Data(), "pg_wal") }

// Archive copies the WAL that the node has written so far into a folder, as archive_command would.
func (n *Node) Archive(t testing.TB) string {
	t.Helper()
	OK(t, n.Do("select pg_switch_wal()"))
	dir := filepath.Join(n.folder, "archive-"+rand.Text()[:6])
	n.Run(t, "/bin/cp", "-r", n.WAL(), dir)
	return dir
}

// Archiving has the node hand each file of WAL to a command, which takes a restart.
func (n *Node) Archiving(t testing.TB, command string) {
	t.Helper()
	for _, statement := range []string{"alter system set archive_mode = on",
		"alter system set archive_command = '" + strings.ReplaceAll(command, "'", "''") + "'"} {
		OK(t, n.Do(statement))
	}
	n.Restart(t)
}

// Restart ends the server at once and starts it again, with more settings.
func (n *Node) Restart(t testing.TB, settings ...string) {
	t.Helper()
	n.Stop()
	n.start(t, settings...)
}

// Folder is where the sockets and the data of every node are.
func (n *Node) Folder() string { return n.folder }
