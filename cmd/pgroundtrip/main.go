// Command pgroundtrip proves that a pg_dump archive restores to exactly what was dumped.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"pgroundtrip/internal/cli"
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
