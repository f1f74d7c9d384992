//go:build unix

package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
)

// A standby that helps is not mentioned; one that cannot is, by its address.
func TestVerifyNamesTheStandbyThatIsDown(t *testing.T) {
	p := pgtest.Replicated(t, "", 2)
	if out, err := exec.Command(binary, "workload", "-dsn", p.DSN("postgres").String()).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := p.Do("insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id) " +
		"select 'more-' || n, 'a', 'user', 'x.y', 'thing', 't' from generate_series(1, 20000) as n"); err != nil {
		t.Fatal(err)
	}
	up, down := p.Standbys[0], p.Standbys[1]
	p.AwaitReplay(t, up)
	down.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "verify", "-json", "-timeout", "1s", "-dsn", p.DSN("postgres").String(),
		"-standby", up.DSN("postgres").String(), "-standby", down.DSN("postgres").String())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var s record.Snapshot
	if err := json.Unmarshal(stdout.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	if !s.IsWhole() || s.RowCount != 20024 || s.VerifierWalked != 20024 {
		t.Errorf("got %+v", s)
	}
	var notes []string
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "note: ") {
			notes = append(notes, line)
		}
	}
	if len(notes) != 1 || !strings.Contains(notes[0], down.DSN("postgres").Address()) {
		t.Errorf("not one note, about the standby that is down: %q", notes)
	}
}
