// Package golden embeds the committed records of the default suite: one folder per workload, one
// file per query. Regenerate them with "make golden-update" and review the diff.
package golden

import "embed"

// Files holds <workload>/<query>.golden.
//
//go:embed *
var Files embed.FS
