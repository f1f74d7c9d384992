//go:build unix

package chain_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// A replicatedChain is a chain on a primary and two standbys.
type replicatedChain struct {
	*pgtest.Primary
	conn  *pgx.Conn // to the primary
	names map[*pgtest.Node]string
}

const (
	replicatedDatabase = "postgres"
	replicatedEvents   = 300
)

func newReplicatedChain(t *testing.T, bindir string) *replicatedChain {
	t.Helper()
	c := &replicatedChain{Primary: pgtest.Replicated(t, bindir, 2)}
	c.conn = storytest.Connection(t, c.Server(t, replicatedDatabase))
	for _, name := range []string{"session", "schema", "chain_insert"} {
		storytest.RunFile(t, c.conn, name)
	}
	c.append(t, replicatedEvents)
	c.AwaitReplay(t, c.Standbys...)
	c.names = map[*pgtest.Node]string{}
	for _, n := range append(c.Standbys, c.Node) {
		c.names[n] = n.Server(t, replicatedDatabase).Describe()
	}
	return c
}

func (c *replicatedChain) append(t *testing.T, events int) {
	t.Helper()
	storytest.MustExec(t, c.conn, storytest.Numbered, fmt.Sprintf("e%d-", time.Now().UnixNano()), events)
}

// options returns options for ranges of 10 rows over one connection to each server, modified by change.
func (c *replicatedChain) options(t *testing.T, change func(*roundtrip.VerifyOptions)) *roundtrip.VerifyOptions {
	t.Helper()
	return verifyOptions(t, c.Server(t, replicatedDatabase), func(o *roundtrip.VerifyOptions) {
		o.RangeRows = 10
		for _, s := range c.Standbys {
			o.Standbys = append(o.Standbys, s.Options(replicatedDatabase))
		}
		if change != nil {
			change(o)
		}
	})
}

// whole returns what psql prints for the current chain.
func (c *replicatedChain) whole(t *testing.T) record.Snapshot {
	t.Helper()
	walk, end := storytest.Verify(t, c.conn), storytest.Snapshot(t, c.conn)
	return record.Snapshot{Phase: "verify", RowCount: end.Rows, ChainHeadHash: end.Hash, FirstBreakID: walk.ID,
		FirstBreakPos: walk.Pos, FirstBreakReason: walk.Reason, VerifierWalked: walk.Walked}
}

// walkers counts the ranges that each server walked.
type walkers struct {
	sync.Mutex
	ranges map[string]int
}

// count counts a range, and returns how many servers have walked one.
func (w *walkers) count(where string) (servers int) {
	w.Lock()
	defer w.Unlock()
	if w.ranges == nil {
		w.ranges = map[string]int{}
	}
	w.ranges[where]++
	return len(w.ranges)
}

// run verifies the chain, requires the answer that psql gave before, and returns who walked. Until each
// server has walked, every range is slowed down: a busy machine may be slow to connect.
func (c *replicatedChain) run(t *testing.T, o *roundtrip.VerifyOptions, want record.Snapshot) (*verdict.Report,
	*walkers) {
	t.Helper()
	w, told := &walkers{}, o.AfterRange
	o.AfterRange = func(done int, where string) {
		if w.count(where) <= len(o.Standbys) {
			time.Sleep(50 * time.Millisecond)
		}
		if told != nil {
			told(done, where)
		}
	}
	outcome, err := roundtrip.Verify(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if *outcome.Pre != want {
		t.Errorf("got  %+v\nwant %+v", *outcome.Pre, want)
	}
	t.Logf("ranges: %v; notes: %q", w.ranges, outcome.Notes)
	return outcome, w
}

// requireNote fails the test unless exactly one note names the server, and it contains all the texts.
func requireNote(t *testing.T, o *verdict.Report, server string, texts ...string) {
	t.Helper()
	server = strings.TrimPrefix(server, "server at ") // a note may call it a standby
	var about []string
	for _, note := range o.Notes {
		if strings.Contains(note, server) {
			about = append(about, note)
		}
	}
	if len(about) != 1 {
		t.Fatalf("%d notes about %s, want 1: %q", len(about), server, o.Notes)
	}
	for _, text := range texts {
		if !strings.Contains(about[0], text) {
			t.Errorf("the note does not say %q: %s", text, about[0])
		}
	}
}
