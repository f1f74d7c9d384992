// Command pgroundtrip proves that a pg_dump archive restores to exactly what was dumped.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"pgroundtrip/internal/cli"
)

func main() {
	crashOtherwise()
	os.Exit(guarded(run))
}

// run is the program with its signals. Each signal that asks for an end cancels the work, so that servers are
// stopped and scratch databases dropped: SIGQUIT too, which in Go would print stacks and exit 2.
func run() int {
	// A reader that goes away (| head), or a file that may not grow (ulimit -f), is an error of the write, and
	// must not end us before the server that we started.
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGXCPU)
	go func() { cancel(fmt.Errorf("interrupted (signal: %s)", <-signals)) }()
	return cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ())
}
