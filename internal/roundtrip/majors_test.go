//go:build unix

package roundtrip_test

import (
	"os"
	"strings"
	"testing"

	"pgroundtrip/golden"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/storytest"
)

// Every major that PGROUNDTRIP_TEST_BINDIRS names prints the same goldens. What the server prints that all tests share is
// TestGolden's.
func TestEveryMajorPrintsTheGoldens(t *testing.T) {
	dirs := pgtest.Bindirs()
	for _, dir := range dirs {
		t.Run(dir, func(t *testing.T) {
			server, finder := pgtest.On(t, dir), pgtool.Finder{Bindir: dir, Env: os.Environ()}
			o := storytest.CheckOptions(t, pgtest.DefaultSuite(t))
			o.Server, o.Tools, o.Goldens = server, storytest.Tools(t, server, finder, "custom"), golden.Files
			for _, workload := range o.Suite.Workloads {
				storytest.RequirePass(t, storytest.Check(t, o, strings.TrimPrefix(workload.Name, "workload/")))
			}
		})
	}
	if len(dirs) == 0 {
		t.Log("NOT COVERED: other majors: PGROUNDTRIP_TEST_BINDIRS names none")
	}
}
