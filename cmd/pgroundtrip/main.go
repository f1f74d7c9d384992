// Command pgroundtrip proves that a pg_dump archive restores to exactly what was dumped.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"pgroundtrip/internal/cli"
)

func main() {
	// A reader that goes away (| head) must not end us before the server that we started.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	status := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(status)
}
