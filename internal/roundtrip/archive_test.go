//go:build unix

package roundtrip_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// inspect inspects an archive as restore does before it connects to a server.
func inspect(archive string) (*verdict.Report, error) {
	m, err := recordfile.ReadManifest(archive, "")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, _, o, err := roundtrip.Inspect(ctx, pgtest.Options().Finder, archive, m)
	return o, err
}

// requireNotWhole ends the test unless the archive is rejected with that message.
func requireNotWhole(t *testing.T, archive string, texts ...string) {
	t.Helper()
	o, err := inspect(archive)
	said := fmt.Sprint(err)
	if err == nil {
		var names []string
		if names, said = storytest.Failed(o); !slices.Contains(names, "archive") {
			t.Fatalf("the archive passes; failed checks: %q", names)
		}
	}
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("it does not say %q: %s", text, said)
		}
	}
}

func TestInspectTakesAWholeArchive(t *testing.T) {
	for _, format := range pgdump.Formats {
		for _, hasManifest := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s manifest=%t", format, hasManifest), func(t *testing.T) {
				archive := storytest.ArchiveOf(t, format)
				if !hasManifest {
					storytest.Remove(t, archive+record.ManifestSuffix)
				}
				o, err := inspect(archive)
				if names, said := storytest.Failed(o); err != nil || names != nil {
					t.Errorf("error: %v; failed: %s", err, said)
				}
			})
		}
	}
}

// TestDamagedArchive needs no server: no argument of Inspect names one.
func TestDamagedArchive(t *testing.T) {
	for _, tt := range []struct {
		name, format string
		damage       func(t *testing.T, archive string)
		want         string
	}{
		{"an archive of another run under this manifest", "custom", func(t *testing.T, archive string) {
			rename(t, storytest.ArchiveOf(t, "custom", "later"), archive)
		}, "the SHA-256"},
		{"a stale archive, replaced by a later one of the same name", "plain", func(t *testing.T, archive string) {
			rename(t, storytest.ArchiveOf(t, "plain", "later"), archive)
		}, " in the manifest"},
		{"the manifest of another run", "custom", func(t *testing.T, archive string) {
			other := storytest.ArchiveOf(t, "custom", "later")
			for _, suffix := range []string{record.ManifestSuffix, record.SumsSuffix} {
				rename(t, other+suffix, archive+suffix)
			}
		}, "is not the archive of the manifest"},
		{"another format", "custom", func(t *testing.T, archive string) { rename(t, storytest.ArchiveOf(t, "tar"), archive) },
			"its format is tar, custom in the manifest"},
		{"garbage behind the end", "custom", func(t *testing.T,
			archive string) {
			storytest.Write(t, archive, append(storytest.Read(t, archive), "garbage"...))
		}, " bytes, "},
		{"a tar with a second one behind it", "tar",
			func(t *testing.T, archive string) {
				storytest.Write(t, archive, slices.Repeat(storytest.Read(t, archive), 2))
			}, " bytes, "},
		{"a row more in a plain dump", "plain", func(t *testing.T, archive string) {
			storytest.Write(t, archive, bytes.Replace(storytest.Read(t, archive), []byte("\n\\.\n"), []byte("\n501\t1\n\\.\n"), 1))
		}, " bytes, "},
		{"a digit changed in a plain dump", "plain", func(t *testing.T, archive string) {
			storytest.Write(t, archive, bytes.Replace(storytest.Read(t, archive), []byte("\n500\t71.4"), []byte("\n500\t71.5"), 1))
		}, "the SHA-256"},
		{"a file removed", "directory", func(t *testing.T, archive string) { storytest.Remove(t, dataFiles(t, archive)[0]) },
			"the manifest has"},
		{"the last file removed", "directory", func(t *testing.T, archive string) {
			rename(t, filepath.Join(archive, "toc.dat"), filepath.Join(archive, "a"))
		}, "without toc.dat"},
		{"two files swapped", "directory", func(t *testing.T, archive string) {
			files := dataFiles(t, archive)
			a, b := storytest.Read(t, files[0]), storytest.Read(t, files[1])
			storytest.Write(t, files[0], b)
			storytest.Write(t, files[1], a)
		}, " in the manifest"},
		{"a file added", "directory", func(t *testing.T,
			archive string) {
			storytest.Write(t, filepath.Join(archive, "zzz"), []byte("x"))
		}, "the file zzz is not in the manifest"},
		{"a file cut", "directory", func(t *testing.T, archive string) {
			file := dataFiles(t, archive)[0]
			data := storytest.Read(t, file)
			storytest.Write(t, file, data[:len(data)/2])
		}, " bytes, "},
		{"an empty file", "custom", func(t *testing.T, archive string) { storytest.Write(t, archive, nil) }, "is empty: not an archive of pg_dump"},
		{"no such file", "custom", func(t *testing.T, archive string) { storytest.Remove(t, archive) }, "no such file"},
		{"a folder without toc.dat", "custom", func(t *testing.T, archive string) {
			storytest.Remove(t, archive)
			if err := os.Mkdir(archive, 0o755); err != nil {
				t.Fatal(err)
			}
		}, "is a folder without toc.dat"},
		{"a compressed plain dump", "plain", func(t *testing.T, archive string) {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			w.Write(storytest.Read(t, archive))
			w.Close()
			storytest.Write(t, archive, b.Bytes())
		}, "is a compressed file: decompress it first"},
		{"a dump that xz made smaller", "plain", func(t *testing.T, archive string) {
			storytest.Write(t, archive, []byte("\xfd7zXZ\x00\x00\x04"))
		}, "is a compressed file: decompress it first"},
		{"a whole cluster", "plain", func(t *testing.T, archive string) {
			storytest.Write(t, archive, []byte("--\n-- PostgreSQL database cluster dump\n--\n"))
		}, "was written by pg_dumpall and holds a whole cluster"},
		{"something else", "custom", func(t *testing.T, archive string) { storytest.Write(t, archive, []byte("hello\n")) },
			"is not an archive of pg_dump"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			archive := storytest.ArchiveOf(t, tt.format)
			tt.damage(t, archive)
			requireNotWhole(t, archive, tt.want)
		})
	}
}

// TestCutArchive cuts at many places. The manifest shows it always, and without one what pg_dump writes
// by default still does, as do tar and plain, of which pg_restore and psql take some cut ones for whole.
func TestCutArchive(t *testing.T) {
	for _, format := range []string{"custom", "tar", "plain"} {
		t.Run(format, func(t *testing.T) {
			archive := storytest.ArchiveOf(t, format)
			whole := storytest.Read(t, archive)
			places := []int{1, 4, 5, 10, 511, 512, 1024, len(whole) - 5120, len(whole) - 1024, len(whole) - 512, len(whole) - 30,
				len(whole) - 3}
			for i := 1; i < 12; i++ {
				places = append(places, len(whole)*i/12, 512*(len(whole)*i/12/512))
			}
			if format == "plain" { // at the end of a line, inside COPY
				places = append(places, bytes.LastIndex(whole[:len(whole)/2], []byte("\n"))+1)
			}
			for _, at := range places {
				storytest.Write(t, archive, whole[:at])
				requireNotWhole(t, archive)
			}
			storytest.Remove(t, archive+record.ManifestSuffix)
			for _, at := range places {
				storytest.Write(t, archive, whole[:at])
				if o, err := inspect(archive); err == nil {
					t.Errorf("cut at %d of %d, and without a manifest: taken for whole (%+v)", at, len(whole), o.Checks)
				}
			}
		})
	}
}

func TestFlippedByte(t *testing.T) {
	for _, format := range []string{"custom", "tar", "plain"} {
		t.Run(format, func(t *testing.T) {
			archive := storytest.ArchiveOf(t, format)
			whole := storytest.Read(t, archive)
			for i := range 60 {
				damaged := slices.Clone(whole)
				damaged[(len(whole)-1)*i/59] ^= 1 << (i % 8)
				storytest.Write(t, archive, damaged)
				requireNotWhole(t, archive)
			}
		})
	}
}

// TestNewerArchive: an archive of a version that no pg_restore here can read.
func TestNewerArchive(t *testing.T) {
	archive := storytest.ArchiveOf(t, "custom")
	storytest.Remove(t, archive+record.ManifestSuffix)
	data := storytest.Read(t, archive)
	data[6] = 99 // PGDMP, then major and minor of the archive's own version
	storytest.Write(t, archive, data)
	requireNotWhole(t, archive, "unsupported version (1.99)")
	if _, err := inspect(archive); !strings.Contains(storytest.HintOf(err), "pg_restore that is not older than the pg_dump") {
		t.Errorf("hint: %q", storytest.HintOf(err))
	}
}

// TestAttver: an archive with the token of a patched server can be restored only into a server that accepts it.
func TestAttver(t *testing.T) {
	server := pgtest.Server(t)
	archive := storytest.ArchiveOf(t, "plain")
	storytest.Remove(t, archive+record.ManifestSuffix)
	token := "\nALTER TABLE ONLY public.marks ALTER COLUMN mark SET (pg_attver=7);\n\n--\n-- PostgreSQL database dump " +
		"complete"
	storytest.Write(t, archive, bytes.Replace(storytest.Read(t, archive), []byte("\n--\n-- PostgreSQL database dump complete"), []byte(token),
		1))
	_, conn := storytest.Filled(t, server, "create table t (c int)")
	_, refused := conn.Exec(context.Background(), "alter table t alter column c set (pg_attver = 1)")
	o := storytest.TryRestore(t, server, &storytest.Backup{Path: archive}, nil)
	switch {
	case refused == nil && o.Err != nil:
		t.Errorf("the server takes it, the restore does not: %v", o.Err)
	case refused != nil && (o.Err == nil || !strings.Contains(o.Err.Error(), "sets pg_attver") ||
		!strings.Contains(storytest.HintOf(o.Err), "the source server's own minor release")):
		t.Errorf("error: %v; hint: %s", o.Err, storytest.HintOf(o.Err))
	}
}

// TestDumpByAToolThatDoesNotKnowAttver runs where the servers at hand allow it: one with the token, and
// a pg_dump without.
func TestDumpByAToolThatDoesNotKnowAttver(t *testing.T) {
	for _, serverDir := range pgtest.Bindirs() {
		server := pgtest.On(t, serverDir)
		source, conn := storytest.Filled(t, server, "create table public.t (c int)")
		if !storytest.Value[bool](t, conn, "select attoptions::text ~ 'pg_attver' is true from pg_attribute where "+
			"attrelid = 'public.t'::regclass and attname = 'c'") {
			continue
		}
		for _, toolDir := range pgtest.Bindirs() {
			tool, err := pgtool.Finder{Bindir: toolDir, Env: os.Environ()}.Pick(context.Background(), "pg_dump", server.Version,
				func(pgtool.Version) string { return "" })
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(tool.Path, "--schema-only", "--dbname="+source.DSN().String()).Output()
			if err != nil || !bytes.Contains(out, []byte("SET (pg_attver=")) {
				continue // too old for the server, or it knows the token
			}
			if pgtool.RefuseRestore(tool.Version, tool.Version, server.Version) != "" {
				continue // refused before it runs: its archive could not be restored into such a server
			}
			t.Run(fmt.Sprintf("%s from %s", tool.Version, server.Version), func(t *testing.T) {
				folder := t.TempDir()
				cmd := storytest.OnServer(storytest.Build(t), source.DSN(), "dump", "-bindir", toolDir, "-o", filepath.Join(folder, "backup"))
				storytest.RunToEnd(t, cmd).Require(t, 1, "the archive sets pg_attver",
					"hint: dump it with the pg_dump of the source server's own minor release")
				if left := storytest.FilesIn(t, folder); left != nil {
					t.Errorf("left behind: %q", left)
				}
			})
		}
	}
}

func TestKeep(t *testing.T) {
	server := storytest.At(t, pgtest.Server(t))
	_, conn := storytest.Filled(t, server)
	archive := &storytest.Backup{Path: storytest.ArchiveOf(t, "custom")}
	keep := func(o *drill.Options) { o.Keep = "kept by a test" }
	t.Cleanup(func() { storytest.MustExec(t, conn, `drop database if exists "kept by a test" with (force)`) })
	storytest.RequirePass(t, storytest.TryRestore(t, server, archive, keep))
	if got := storytest.Value[string](t, conn, "select coalesce(shobj_description(oid, 'pg_database'), '') from "+
		"pg_database where datname = 'kept by a test'"); got != "" {
		t.Errorf("the kept database has the comment %q", got)
	}
	o := storytest.TryRestore(t, server, archive, keep)
	if !errors.Is(o.Err, arguments.ErrUnsupported) || !strings.Contains(o.Err.Error(), "a database of that name exists") {
		t.Errorf("a name that exists is not refused: %v", o.Err)
	}
}

// TestWithoutManifest: the archive is restored, and no output claims that it was compared.
func TestWithoutManifest(t *testing.T) {
	for _, format := range pgdump.Formats {
		t.Run(format, func(t *testing.T) {
			archive := storytest.ArchiveOf(t, format)
			storytest.Remove(t, archive+record.ManifestSuffix)
			o := storytest.TryRestore(t, pgtest.Server(t), &storytest.Backup{Path: archive}, nil)
			storytest.RequirePass(t, o)
			if !strings.Contains(strings.Join(o.NotCovered, "\n"), "nothing was compared with it") {
				t.Errorf("not covered: %q", o.NotCovered)
			}
			for _, c := range o.Checks {
				if strings.HasPrefix(c.Name, "record/") {
					t.Errorf("%s was compared, with nothing", c.Name)
				}
			}
		})
	}
}

// TestEditedManifest changes every single value of a manifest, one at a time.
func TestEditedManifest(t *testing.T) {
	archive := storytest.ArchiveOf(t, "directory")
	whole := storytest.Read(t, archive+record.ManifestSuffix)
	readBack := func(data []byte) error {
		storytest.Write(t, archive+record.ManifestSuffix, data)
		_, err := recordfile.ReadManifest(archive, "")
		return err
	}
	if err := readBack(whole); err != nil {
		t.Fatal(err)
	}
	edits := 0
	var walk func(path string, at any, set func(any))
	var root any
	tryEdit := func(path string, value any, set func(any), old any) {
		set(value)
		edited, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		set(old)
		edits++
		if err := readBack(edited); !errors.Is(err, record.ErrFile) {
			t.Errorf("%s as %v: %v", path, value, err)
		}
	}
	walk = func(path string, at any, set func(any)) {
		switch value := at.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				walk(path+"."+key, value[key], func(v any) { value[key] = v })
			}
		case []any:
			tryEdit(path, append(slices.Clone(value), "more"), set, at)
			if len(value) > 0 {
				tryEdit(path, value[1:], set, at)
				walk(path+".0", value[0], func(v any) { value[0] = v })
				walk(path+".last", value[len(value)-1], func(v any) { value[len(value)-1] = v })
			}
		case string:
			tryEdit(path, value+"1", set, at)
		case json.Number:
			n, err := strconv.ParseInt(value.String(), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			tryEdit(path, n+1, set, at)
		case bool:
			tryEdit(path, !value, set, at)
		case nil:
			tryEdit(path, map[string]any{}, set, at)
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(whole))
	decoder.UseNumber()
	if err := decoder.Decode(&root); err != nil {
		t.Fatal(err)
	}
	walk("", root, func(v any) { root = v })
	if edits < 40 {
		t.Errorf("only %d values were changed", edits)
	}
	for at := 0; at < len(whole)-1; at += 97 {
		if err := readBack(whole[:at]); !errors.Is(err, record.ErrFile) {
			t.Errorf("cut at %d of %d: %v", at, len(whole), err)
		}
	}
	for _, behind := range []string{"x", "{}", "}", "]", "\x00", string(whole)} {
		if err := readBack([]byte(string(whole) + behind)); !errors.Is(err, record.ErrFile) {
			t.Errorf("with %.10q behind it: %v", behind, err)
		}
	}
}

// TestManifestThatFitsItself: its checksum was renewed, and it is still refused.
func TestManifestThatFitsItself(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*record.Record)
		want   string
	}{
		{"of a later version", func(m *record.Record) { m.FormatVersion++ }, "its format version is 4, this program reads 3"},
		{"without results", func(m *record.Record) { m.Results = nil }, "nothing to compare with"},
		{"with a hole", func(m *record.Record) { m.Results[0] = nil }, "incomplete"},
		{"without files", func(m *record.Record) { m.Archive.Files = nil }, "no archive file"},
		{"with rows of nothing", func(m *record.Record) { m.Tables = []*record.Table{{Schema: "a", Name: "b"}} },
			"incomplete"},
		{"with a short row", func(m *record.Record) { kept(m).Kept[0] = "x" }, "more or fewer values than columns"},
		{"with too few rows", func(m *record.Record) { kept(m).Kept = kept(m).Kept[1:] }, " rows but keeps "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			archive := storytest.ArchiveOf(t, "custom")
			storytest.Reseal(t, archive, tt.change)
			if _, err := inspect(archive); !errors.Is(err, record.ErrFile) || !strings.Contains(err.Error(), tt.want) {
				t.Error(err)
			}
		})
	}
	t.Run("of another suite", func(t *testing.T) {
		archive := storytest.ArchiveOf(t, "custom")
		storytest.Reseal(t, archive, func(m *record.Record) { m.Results[0].Query = "invariant/unknown" })
		o := storytest.TryRestore(t, pgtest.Server(t), &storytest.Backup{Path: archive}, nil)
		if o.Err == nil || !strings.Contains(storytest.HintOf(o.Err), "the suite that the dump was made with") {
			t.Errorf("error: %v; hint: %s", o.Err, storytest.HintOf(o.Err))
		}
	})
	t.Run("with another digest", func(t *testing.T) {
		archive := storytest.ArchiveOf(t, "custom")
		storytest.Reseal(t, archive, func(m *record.Record) {
			d := m.Results[slices.IndexFunc(m.Results, func(d *record.Result) bool { return d.Query == "invariant/tables" })]
			d.SHA256 = strings.Repeat("0", 64)
		})
		if _, err := inspect(archive); !errors.Is(err, record.ErrFile) ||
			!strings.Contains(err.Error(), "does not match the rows it keeps") {
			t.Error(err)
		}
	})
}

// kept is a digest that keeps more than one row.
func kept(m *record.Record) *record.Result {
	return m.Results[slices.IndexFunc(m.Results, func(d *record.Result) bool { return len(d.Kept) > 1 })]
}

// FuzzReadManifest: no input crashes it, and what it accepts is written back unchanged.
func FuzzReadManifest(f *testing.F) {
	seeds, err := filepath.Glob("../../testdata/manifest/*.json")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seed was found: %v", err)
	}
	for _, seed := range seeds {
		data, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := record.Read(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, record.ErrFile) {
				t.Errorf("not an ErrManifest: %v", err)
			}
			return
		}
		var written bytes.Buffer
		if err := m.Write(&written); err != nil {
			t.Fatal(err)
		}
		again, err := record.Read(&written)
		if err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("it does not come back: %v", err)
		}
	})
}

// TestManifestSeeds: of the committed seeds exactly those whose names begin with "whole" are accepted.
func TestManifestSeeds(t *testing.T) {
	seeds, err := filepath.Glob("../../testdata/manifest/*.json")
	if err != nil || len(seeds) < 5 {
		t.Fatalf("%d seeds: %v", len(seeds), err)
	}
	for _, seed := range seeds {
		t.Run(filepath.Base(seed), func(t *testing.T) {
			_, err := record.Read(bytes.NewReader(storytest.Read(t, seed)))
			if isWhole := strings.HasPrefix(filepath.Base(seed), "whole"); isWhole != (err == nil) {
				t.Error(err)
			}
		})
	}
}

// dataFiles returns the files of a directory archive that hold rows.
func dataFiles(t *testing.T, archive string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(archive, "*.dat.gz"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%s has the files %q (%v)", archive, files, err)
	}
	return files
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
