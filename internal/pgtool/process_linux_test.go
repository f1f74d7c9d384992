package pgtool_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"pgroundtrip/internal/pgtool"
)

func TestChildrenDieWithTheirParent(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			out, in := pipe(t)
			cmd := exec.Command(self)
			cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), helper+"=1"), in, os.Stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			in.Close()
			reader := bufio.NewReader(out)
			said := map[string]bool{}
			for range 2 {
				line, err := reader.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				said[line] = true
			}
			if !said["ready\n"] || !said["started\n"] {
				t.Fatalf("the parent said %v", said)
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // it was killed
			requireGone(t, reader)
		})
	}
}

func TestChildOutlivesTheThreadThatAskedForIt(t *testing.T) {
	out, in := pipe(t)
	var running *pgtool.Running
	var err error
	asked := make(chan bool)
	go func() {
		defer close(asked)
		runtime.LockOSThread() // the thread ends with this goroutine
		p := sh("echo ready; exec sleep 1000")
		p.Stdout = in
		running, err = p.Start(context.Background())
	}()
	if <-asked; err != nil {
		t.Fatal(err)
	}
	requireLine(t, bufio.NewReader(out), "ready")
	for range 20 { // give the thread time to end, and end some more
		ended := make(chan bool)
		go func() { runtime.LockOSThread(); close(ended) }()
		<-ended
	}
	select {
	case <-running.Done():
		t.Errorf("the child ended with a thread: %v", running.Err())
	default:
	}
	running.Stop(syscall.SIGTERM, patience)
	if err := running.Err(); err == nil || err.Error() != "sh was ended by signal: terminated and said nothing" {
		t.Error(err)
	}
}
