// Package golden embeds the committed records of the default suite, one file per query. What all workloads print alike
// is in the folder invariant, the rest in a folder per workload. Regenerate them with "make golden-update" and review
// the diff.
package golden

import "embed"

// Files holds <workload>/<query>.golden, and invariant/<name>.golden for results that are the same for every workload.
//
//go:embed *
var Files embed.FS
