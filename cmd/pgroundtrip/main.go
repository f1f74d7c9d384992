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
	// A reader that goes away (| head) must not end us before the server that we started.
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() { cancel(fmt.Errorf("interrupted (signal: %s)", <-signals)) }()
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ()))
}
