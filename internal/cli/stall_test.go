package cli_test

import (
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgroundtrip/internal/cluster"
)

// A fault is what goes wrong between a server and its clients; the zero value is no fault.
type fault struct {
	isSilent bool  // connections are taken, and nothing more
	down, up int64 // bytes of the server, of the client, after which a connection stalls; 0 is never
	all      int64 // bytes of the server over all connections, after which each of them stalls; 0 is never
	resets   bool  // it is closed where it would stall
}

// behindTCP makes the server reachable on 127.0.0.1, through a fault, and returns the port.
func behindTCP(t *testing.T, s *cluster.Server, f fault) (port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	var sent atomic.Int64
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go f.forward(client, filepath.Join(s.DSN()["host"], ".s.PGSQL.5432"), &sent)
		}
	}()
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func (f fault) forward(client net.Conn, socket string, sent *atomic.Int64) {
	defer client.Close()
	if f.isSilent {
		_, _ = io.Copy(io.Discard, client)
		return
	}
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		f.pass(server, client, f.up, nil)
		server.Close()
	}()
	if f.pass(client, server, f.down, sent); f.resets || f.down == 0 && f.all == 0 {
		return
	}
	<-gone
}

// pass copies up to most bytes, as long as all allows, and then stalls until the other end goes away.
func (f fault) pass(to, from net.Conn, most int64, sent *atomic.Int64) {
	buffer := make([]byte, 1024)
	for done := int64(0); ; {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		done += int64(n)
		isOver := most > 0 && done > most
		if sent != nil && f.all > 0 {
			isOver = isOver || sent.Add(int64(n)) > f.all
		}
		if isOver && f.resets {
			return
		}
		if isOver {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// No command waits forever, in any phase, for a network that stalls without closing. The error names what it was
// waiting for, and there is no verdict.
func TestANetworkThatStallsIsGivenUp(t *testing.T) {
	t.Parallel()
	s, dir := ownServer(t), t.TempDir()
	archive, direct := filepath.Join(dir, "a.dump"), s.DSN().String()
	pgroundtrip(t, nil, "workload", "-rows", "2000", "-dsn", direct).wants(t, 0)
	const big = "create table public.big as select repeat(md5(n::text), 30) as x from generate_series(1, 4000) as n"
	if err := execute(direct, big); err != nil {
		t.Fatal(err)
	}
	pgroundtrip(t, nil, "dump", "-dsn", direct, "-o", archive).wants(t, 0)
	var all sync.WaitGroup
	const soon, lost = "-timeout 1s", "check the network between"
	for name, c := range map[string]struct {
		fault   fault
		args    string // DSN and FILE stand for these
		message string
	}{
		"dump, no answer": {fault{isSilent: true}, "dump -o FILE " + soon,
			"allow more time with -timeout"},
		"verify, no answer": {fault{isSilent: true}, "verify " + soon,
			"allow more time with -timeout"},
		"dump, after the login": {fault{down: 700}, "dump -o FILE " + soon,
			"for 1s (-timeout), while the server waits"},
		"verify, after the login": {fault{down: 700}, "verify " + soon,
			"for 1s (-timeout), while the server waits"},
		"restore, after the login": {fault{down: 700}, "restore " + archive + " " + soon,
			"for 1s (-timeout), while the server"},
		"dump, amid pg_dump": {fault{down: 2_500_000}, "dump -o FILE " + soon,
			"pg_dump was stopped: nothing came from the"},
		"dump, at the record": {fault{down: 20_000}, "dump -o FILE -format directory -jobs 2 " + soon,
			"for 1s (-timeout), while the"},
		"record": {fault{down: 60_000}, "record -o FILE " + soon,
			"for 1s (-timeout), while the server waits"},
		"restore, amid the judge": {fault{down: 60_000}, "restore " + archive + " " + soon,
			"for 1s (-timeout), while the"},
		"compare": {fault{down: 60_000}, "compare " + archive + ".manifest.json DSN " + soon,
			"(-timeout), while the"},
		"check": {fault{down: 60_000}, "check -workload writers " + soon,
			"nothing came from the server for 1s"},
		"record, the way there": {fault{up: 9_000}, "record -o FILE " + soon,
			"for 1s (-timeout), while the server waits"},
		"restore, the way there": {fault{up: 40_000}, "restore -trusted " + archive + " " + soon,
			"nothing came from the server"},
		"dump, everything": {fault{all: 60_000}, "dump -o FILE " + soon,
			lost},
		"record, everything": {fault{all: 20_000}, "record -o FILE " + soon,
			lost},
		"restore, amid pg_restore": {fault{up: 2_500_000}, "restore " + archive + " " + soon,
			"pg_restore was stopped: nothing came"},
		"restore, everything": {fault{all: 60_000}, "restore " + archive + " " + soon,
			lost},
		"dump, a reset": {fault{down: 30_000, resets: true}, "dump -o FILE",
			"the server went down: see its log"},
		"restore, a reset": {fault{down: 30_000, resets: true}, "restore " + archive,
			"the server went down: see its log"},
		"restore, its own limit": {fault{down: 90_000}, "restore " + archive + " -restore-timeout 2s",
			"within 2s (-restore-timeout)"},
		"dump, its own limit": {fault{down: 20_000}, "dump -o FILE -max-snapshot-age 2s",
			"held for 2s (-max-snapshot-age)"},
	} {
		dsn := "host=127.0.0.1 dbname=postgres user=postgres sslmode=disable port=" + behindTCP(t, s, c.fault)
		args := strings.Fields(strings.ReplaceAll(c.args, "FILE", filepath.Join(t.TempDir(), "out.dump")))
		if i := slices.Index(args, "DSN"); i >= 0 {
			args[i] = dsn
		} else {
			args = append(args, "-dsn", dsn)
		}
		all.Go(func() { // all at once: they wait
			begun := time.Now()
			r := pgroundtrip(t, nil, args...)
			took, isNamed := time.Since(begun), strings.Contains(r.stdout+r.stderr, c.message)
			if !isNamed || r.status != 1 || took > time.Minute {
				t.Errorf("%s: exited %d after %s, want 1 and %q:\n%s\n%s", name, r.status, took, c.message, r.stdout, r.stderr)
			}
		})
	}
	all.Wait()
}
