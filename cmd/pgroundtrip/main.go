// Command pgroundtrip proves that a pg_dump archive restores to exactly what was dumped.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"pgroundtrip/internal/cli"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/platform"
)

func main() {
	crashOtherwise()
	if os.Getenv("GOGC") == "" {
		collectLate()
	}
	os.Exit(guarded(run))
}

// run is the program with its signals. Each signal that asks it to end cancels the work, so that servers are
// stopped and scratch databases dropped; so does SIGQUIT, on which Go would print stacks and exit 2.
func run() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	platform.NotifyEnd(signals)
	go func() { cancel(fmt.Errorf("interrupted (signal: %s)", <-signals)) }()
	return cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ())
}

// collectLate delays garbage collection until the heap has 16 MiB, which is enough for a run over few objects:
// collecting from 4 MiB on took a fifth of its time. With many objects half of the memory was garbage, so after the
// first collection it collects early.
func collectLate() {
	debug.SetGCPercent(400) // of heapMinimum in package runtime, 4 MiB
	runtime.AddCleanup(new([64]byte), func(percent int) { debug.SetGCPercent(percent) }, 50)
}

// Exit status 2 means "differs". The Go runtime also exits 2 when a program panics, runs out of memory, overflows
// a stack or gets a signal such as SIGSEGV, so both functions here give such an end another status.

// crashOtherwise makes the runtime end a crash with SIGABRT instead of exit status 2, in every goroutine. The core
// file that SIGABRT may write would hold rows and passwords, so it is turned off.
func crashOtherwise() {
	platform.NoCore()
	debug.SetTraceback("crash")
}

// guarded returns the status of do. If do panics, it prints a line about it and returns 1, after the deferred
// functions of do have removed what it created.
func guarded(do func() int) (status int) {
	defer func() {
		if fault := recover(); fault != nil {
			fmt.Fprintf(os.Stderr, "panic: %v\n\n%s\n", fault, debug.Stack())
			fmt.Fprintln(os.Stderr, "pgroundtrip: error: could not tell: the program crashed; this is a fault of "+
				"pgroundtrip, please report it with the lines above")
			status = command.Unknown
		}
	}()
	return do()
}
