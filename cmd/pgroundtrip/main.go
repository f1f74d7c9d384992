// Command pgroundtrip proves that a pg_dump archive restores to exactly what was dumped.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"pgroundtrip/internal/cli"
	"pgroundtrip/internal/platform"
)

func main() {
	crashOtherwise()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // of databases of many objects half of the memory was waste; to collect it costs little
	}
	os.Exit(guarded(run))
}

// run is the program with its signals. Each signal that asks for an end cancels the work, so that servers are
// stopped and scratch databases dropped: SIGQUIT too, which in Go would print stacks and exit 2.
func run() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	platform.NotifyEnd(signals)
	go func() { cancel(fmt.Errorf("interrupted (signal: %s)", <-signals)) }()
	return cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ())
}
