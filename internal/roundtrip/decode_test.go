//go:build unix

package roundtrip_test

import (
	"bytes"
	"compress/gzip"
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

// TestAFileThatIsCutAtTheEndOfALineIsNotWhole: pg_restore notices nothing, and neither does a decompressor.
func TestAFileThatIsCutAtTheEndOfALineIsNotWhole(t *testing.T) {
	source, _ := storytest.Filled(t, pgtest.Server(t), "create table public.none (n int)",
		"create table public.t as select n from generate_series(1, 100) as n; select lo_from_bytea(0, '\\x5c2e0a5c2e0a')",
		"create type public.mood as enum ('fine'); create table public.moods (m public.mood) partition by hash (m)", // loaded via the root
		"create table public.moods0 partition of public.moods for values with (modulus 1, remainder 0)")
	for _, level := range []string{"-Z0", "-Z9"} {
		t.Run(level, func(t *testing.T) {
			archive := filepath.Join(t.TempDir(), "archive")
			storytest.TakeDump(t, source, func(o *origin.Options) {
				o.Format, o.Out, o.DumpArgs = "directory", archive, []string{level}
			})
			storytest.Remove(t, archive+".manifest.json")
			if _, err := inspect(archive); err != nil {
				t.Fatal(err)
			}
			files, err := filepath.Glob(filepath.Join(archive, "[0-9]*.dat*"))
			if err != nil || len(files) != 3 {
				t.Fatalf("%q, %v", files, err)
			}
			for _, file := range files {
				whole := storytest.Read(t, file)
				for _, rows := range []string{"", "7\n"} {
					cut := []byte(rows)
					if level != "-Z0" {
						var packed bytes.Buffer
						w := gzip.NewWriter(&packed)
						if _, err := w.Write(cut); err != nil || w.Close() != nil {
							t.Fatal(err)
						}
						cut = packed.Bytes()
					}
					storytest.Write(t, file, cut)
					_, err := inspect(archive)
					if !errors.Is(err, pgdump.ErrArchive) || !strings.Contains(err.Error(), "the rows of 1 of 3 tables end without") {
						t.Errorf("%s with %q: %v", filepath.Base(file), rows, err)
					}
				}
				storytest.Write(t, file, whole)
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
