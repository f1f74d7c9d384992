//go:build unix

package roundtrip_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// Rows are streamed: with 200,000 of them the program's memory stays small.
func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	const limitMiB = 64
	rows := map[bool]string{true: "200000", false: "100000"}[pgtest.Long()]
	cmd := storytest.BinaryOn(storytest.Build(t), pgtest.Server(t), nil, "check", "-json", "-workload", "lifecycle",
		"-rows", rows)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	peak, err := peakMiB(cmd)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if !strings.Contains(out.String(), `"row_count": `+rows) {
		t.Errorf("not %s rows:\n%.2000s", rows, out.String())
	}
	if t.Logf("%.1f MiB", peak); peak <= 0 || peak >= limitMiB {
		t.Errorf("the program's resident memory peaked at %.1f MiB, want less than %d", peak, limitMiB)
	}
}

// peakMiB runs cmd to its end and returns the most memory that it ever held, without its children.
//
// Linux keeps that as VmHWM, which only grows, as long as the process lives. What the kernel tells
// a parent afterwards (ru_maxrss) is a bound from above: it counts children, and the parent's own
// memory at the fork. It is what there is on other systems.
func peakMiB(cmd *exec.Cmd) (float64, error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	peakKiB := 0
	for {
		select {
		case err := <-done:
			if peakKiB == 0 {
				peakKiB = int(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / maxrssPerKiB
			}
			return float64(peakKiB) / 1024, err
		case <-time.After(10 * time.Millisecond):
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
			if _, after, found := strings.Cut(string(status), "VmHWM:"); found && err == nil {
				if n, err := fmt.Sscan(after, &peakKiB); n != 1 {
					return 0, err
				}
			}
		}
	}
}
