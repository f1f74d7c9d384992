//go:build unix

package roundtrip_test

import (
	"os"
	"strings"
	"testing"

	"pgroundtrip/golden"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/storytest"
)

// Every major that PGROUNDTRIP_TEST_BINDIRS names prints the same goldens; where it names none,
// the server that all tests share does.
func TestEveryMajorPrintsTheGoldens(t *testing.T) {
	print := func(t *testing.T, server *cluster.Server, finder pgtool.Finder) {
		o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
		o.Server, o.Tools, o.Goldens = server, storytest.Tools(t, server, finder, "custom"), golden.Files
		for _, workload := range o.Suite.Workloads {
			storytest.RequirePass(t, storytest.Check(t, o, strings.TrimPrefix(workload.Name, "workload/")))
		}
	}
	dirs := pgtest.Bindirs()
	for _, dir := range dirs {
		t.Run(dir, func(t *testing.T) {
			print(t, pgtest.On(t, dir), pgtool.Finder{Bindir: dir, Env: os.Environ()})
		})
	}
	if len(dirs) == 0 {
		print(t, pgtest.Server(t), pgtest.Options().Finder)
	}
}
