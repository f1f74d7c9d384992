// Package sql embeds the default suite. The SQL files beside it are the program; this is only how
// they travel inside the binary.
package sql

import "embed"

// Files is the default suite, with the layout that package suite expects.
//
//go:embed *.sql workload/*.sql invariant/*.sql cluster/*.sql intact/*.sql reprint/*.sql
//go:embed hint/*.sql probe/*.sql tamper/*.sql
var Files embed.FS

// Readme describes the files, and how to write a suite of one's own.
//
//go:embed README.md
var Readme string
