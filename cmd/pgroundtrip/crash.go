package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"pgroundtrip/internal/command"
	"pgroundtrip/internal/platform"
)

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
