package roundtrip_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/roundtrip"
)

func TestShareDealsOutEveryEntryOnceAndInOrder(t *testing.T) {
	const list = "3; 0 1 TABLE DATA public a b\n4; 0 2 TABLE DATA public ;c b\n9; 0 3 TABLE DATA public a b\n5; 0 4 TABLE DATA public c b\n2; 0 5 BLOBS - BLOBS \n"
	for _, tt := range []struct {
		n    int
		want []string // the numbers of the entries of each share
	}{
		{1, []string{"3 4 9 5 2"}},
		{2, []string{"3 9 2", "4 5"}},
		{4, []string{"3 2", "4", "9", "5"}},
		{9, []string{"3", "4", "9", "5", "2"}}, // no share is empty
	} {
		t.Run(fmt.Sprint(tt.n), func(t *testing.T) {
			var got []string
			for _, lines := range roundtrip.Share([]byte(list), tt.n) {
				got = append(got, numbersIn(lines))
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	t.Run("nothing needs nobody", func(t *testing.T) {
		if got := roundtrip.Share(nil, 4); len(got) != 0 {
			t.Errorf("%q", got)
		}
	})
}

func TestEveryEntryIsEitherADefinitionOrData(t *testing.T) {
	const list = "; a comment\n;\n3; 1259 16386 TABLE public a b\n9; 0 16386 TABLE DATA public a b\n10; 0 0 TABLE public TABLE DATA b\n" +
		"11; 0 0 BLOBS - BLOBS \n12; 2613 77 BLOB - 77 b\n13; 2613 77 BLOB METADATA - 77 b\n14; 0 0 SEQUENCE SET public s b\n"
	definitions, data := roundtrip.Parted([]byte(list))
	for _, side := range []struct{ got, want string }{{numbersIn(definitions), "3 10 12 13 14"}, {numbersIn(data), "9 11"}} {
		if side.got != side.want {
			t.Errorf("%q, want %q", side.got, side.want)
		}
	}
}

// numbersIn are the numbers of the entries of a list.
func numbersIn(list []byte) string {
	var numbers []string
	for line := range strings.Lines(string(list)) {
		number, _, _ := strings.Cut(line, ";")
		numbers = append(numbers, number)
	}
	return strings.Join(numbers, " ")
}

// TestEveryBlockIsDecoded damages the rows of each table in turn: whichever process has it decodes it.
// Without a manifest there is no SHA-256 that would tell.
func TestEveryBlockIsDecoded(t *testing.T) {
	const tables = 7
	var fill strings.Builder
	for n := range tables {
		fmt.Fprintf(&fill, "create table public.t%d as select n, md5(n::text) as x from generate_series(1, 2000) as n;", n)
	}
	source, _ := filled(t, pgtest.Server(t), fill.String())
	for _, format := range []string{"custom", "directory"} {
		t.Run(format, func(t *testing.T) {
			whole := filepath.Join(t.TempDir(), "whole")
			takeDump(t, source, func(o *roundtrip.DumpOptions) { o.Format, o.Out = format, whole })
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
						write(t, archive, read(t, whole))
						damageMiddle(t, archive, n, tables)
					}
					if _, err := inspect(archive); !errors.Is(err, roundtrip.ErrArchive) {
						t.Errorf("error: %v", err)
					}
				})
			}
		})
	}
}

// damageMiddle flips a byte in the middle of the nth of all equal parts of a file.
func damageMiddle(t *testing.T, path string, n, all int) {
	t.Helper()
	data := read(t, path)
	at := (2*n + 1) * len(data) / (2 * all)
	data[at] ^= 0xff
	write(t, path, data)
}
