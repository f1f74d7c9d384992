//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// crashes are ways in which a Go program exits 2 by default.
var crashes = map[string]func(){
	"panic":             func() { panic("on purpose") },
	"panic of an error": func() { panic(errors.New("on purpose")) },
	"nil pointer":       func() { *(*int)(nothing()) = 1 },
	"index out of range": func() {
		_ = os.Args[len(os.Args)]
	},
	"panic in a goroutine": func() { go panic("on purpose"); time.Sleep(time.Minute) },
	"concurrent map writes": func() {
		m := map[int]int{}
		for range 4 {
			go func() {
				for i := 0; ; i++ {
					m[i%8] = i
				}
			}()
		}
		time.Sleep(time.Minute)
	},
	"stack overflow":  func() { debug.SetMaxStack(1 << 20); _ = deeper(len(os.Args)) },
	"invalid address": func() { *(*int)(unsafe.Add(nothing(), 0xdead000)) = 1 },
	"out of memory": func() {
		limit := syscall.Rlimit{Cur: 1 << 29, Max: 1 << 29}
		_ = syscall.Setrlimit(syscall.RLIMIT_AS, &limit)
		for kept := [][]byte{}; ; kept = append(kept, make([]byte, 1<<24)) {
		}
	},
	"SIGSEGV":   func() { kill(syscall.SIGSEGV) },
	"SIGBUS":    func() { kill(syscall.SIGBUS) },
	"SIGABRT":   func() { kill(syscall.SIGABRT) },
	"SIGQUIT":   func() { kill(syscall.SIGQUIT) },
	"SIGTRAP":   func() { kill(syscall.SIGTRAP) },
	"os.Exit 0": func() {}, // shows that this test can fail: see below
}

func nothing() unsafe.Pointer { return nil }

func deeper(n int) int {
	if n < 0 {
		return n
	}
	return deeper(n+1) + 1
}

func kill(signal syscall.Signal) {
	_ = syscall.Kill(syscall.Getpid(), signal)
	time.Sleep(time.Minute)
}

// TestMain is also the program that crashes, set up as in main.
func TestMain(m *testing.M) {
	crash, isChild := crashes[os.Getenv("CRASH")]
	if !isChild {
		os.Exit(m.Run())
	}
	if os.Getenv("UNGUARDED") != "" {
		crash()
		os.Exit(0)
	}
	crashOtherwise()
	os.Exit(guarded(func() int { crash(); return 0 }))
}

// crash runs this test binary and returns its exit state and stderr.
func crash(t *testing.T, name string, env ...string) (*os.ProcessState, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, "CRASH="+name)...)
	cmd.Dir = t.TempDir()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	files, err := os.ReadDir(cmd.Dir)
	if err != nil || len(files) > 0 {
		t.Errorf("the crash left %v behind (%v)", files, err)
	}
	return cmd.ProcessState, stderr.String()
}

func TestACrashIsNoVerdict(t *testing.T) {
	for name := range crashes {
		t.Run(name, func(t *testing.T) {
			for _, traceback := range []string{"", "none", "single"} {
				state, said := crash(t, name, "GOTRACEBACK="+traceback)
				if state.ExitCode() == 2 || state.ExitCode() == 0 && name != "os.Exit 0" {
					t.Errorf("GOTRACEBACK=%s: exited %d\n%s", traceback, state.ExitCode(), said)
				}
				if state.ExitCode() == 1 && !strings.Contains(said, "pgroundtrip: error: could not tell: ") {
					t.Errorf("exited 1 without a reason:\n%s", said)
				}
			}
		})
	}
}

// Without the guard a crash would have the exit status of a verdict, and the test above would fail.
func TestAnUnguardedCrashWouldBeAVerdict(t *testing.T) {
	for _, name := range []string{"panic", "panic in a goroutine", "stack overflow", "SIGQUIT", "SIGSEGV"} {
		if state, said := crash(t, name, "UNGUARDED=1"); state.ExitCode() != 2 {
			t.Errorf("%s: exited %d\n%s", name, state.ExitCode(), said)
		}
	}
}
