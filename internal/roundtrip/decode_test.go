//go:build unix

package roundtrip_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// TestEveryBlockIsDecoded damages the rows of each table in turn: whichever process has it decodes it.
// Without a manifest there is no SHA-256 that would tell.
func TestEveryBlockIsDecoded(t *testing.T) {
	const tables = 7
	var fill strings.Builder
	for n := range tables {
		fmt.Fprintf(&fill, "create table public.t%d as select n, md5(n::text) as x from generate_series(1, 2000) as n;", n)
	}
	source, _ := storytest.Filled(t, pgtest.Server(t), fill.String())
	for _, format := range []string{"custom", "directory"} {
		t.Run(format, func(t *testing.T) {
			whole := filepath.Join(t.TempDir(), "whole")
			storytest.TakeDump(t, source, func(o *origin.Options) { o.Format, o.Out = format, whole })
			if _, err := inspect(whole); err != nil {
				t.Fatal(err)
			}
			for n := range tables {
				t.Run(fmt.Sprintf("table %d", n), func(t *testing.T) {
					archive := filepath.Join(t.TempDir(), "damaged")
					if format == "directory" {
						if err := os.CopyFS(archive, os.DirFS(whole)); err != nil {
							t.Fatal(err)
						}
						damageMiddle(t, dataFiles(t, archive)[n], 0, 1)
					} else {
						storytest.Write(t, archive, storytest.Read(t, whole))
						damageMiddle(t, archive, n, tables)
					}
					if _, err := inspect(archive); !errors.Is(err, pgdump.ErrArchive) {
						t.Errorf("error: %v", err)
					}
				})
			}
		})
	}
}

// damageMiddle flips a byte in the middle of the nth of several equal parts of a file.
func damageMiddle(t *testing.T, path string, n, all int) {
	t.Helper()
	data := storytest.Read(t, path)
	at := (2*n + 1) * len(data) / (2 * all)
	data[at] ^= 0xff
	storytest.Write(t, path, data)
}
