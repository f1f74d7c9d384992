package selftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/detect"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/verdict"
)

// Outcomes of a damaged archive if its SHA-256 is ignored.
const (
	refused    = "refused"   // by pg_restore, or by the inspection of the archive before it
	caught     = "caught"    // by a check of content or definition
	harmless   = "harmless"  // everything came back equal: a plain dump of the copy is the same
	unaccounts = "UNNOTICED" // something is different, and no check noticed
)

// An archiveKind is a format of pg_dump with a compression.
type archiveKind struct {
	name, format string
	args         []string
	since        int // the first major whose pg_dump can write it
}

var archiveKinds = []archiveKind{
	{"custom gzip", "custom", nil, 0},
	{"custom uncompressed", "custom", []string{"-Z0"}, 0},
	{"custom lz4", "custom", []string{"-Zlz4"}, 16},
	{"custom zstd", "custom", []string{"-Zzstd"}, 16},
	{"directory", "directory", nil, 0},
	{"tar", "tar", nil, 0},
	{"plain", "plain", nil, 0},
}

// An archiveWay is a way to damage an archive, and how often to do it.
type archiveWay struct {
	name, what string
	times      int
	do         func(random *rand.Rand, path string, i, times int) error
}

// archiveDamages plans, for each kind of archive, cuts, flips of single bits, and exchanges of data.
// Kinds that this pg_dump cannot write are left out.
func (t *run) archiveDamages() []planned {
	var plans []planned
	for _, kind := range archiveKinds {
		if t.Tools.Dump.Version.Major < kind.since {
			continue
		}
		ways := []archiveWay{
			{"flip", "single bits flipped", t.Flips, flipBit},
			{"cut", "the end cut off", max(1, t.Flips/2), cutEnd},
			{"last line", "the last line cut off", 1, cutLastLine},
			{"swap", "two ranges of the same length exchanged", max(1, t.Flips/4), swapStretches},
		}
		if kind.format == "directory" {
			ways = append(ways, archiveWay{"blocks", "the data of two tables exchanged", 1, swapBlocks})
		}
		for _, way := range ways {
			d := &Damage{Name: kind.name + ": " + way.name, Kind: "archive", What: way.what, Times: way.times,
				Expected: []string{"archive"}, Counts: map[string]int{}}
			plans = append(plans, planned{d, func(ctx context.Context, d *Damage) error {
				return t.damageArchive(ctx, d, kind, way.do)
			}})
		}
	}
	return plans
}

// damageArchive damages one kind of archive repeatedly. The SHA-256 must detect each damage; then, with
// the SHA-256 ignored, each must be refused, caught or harmless.
func (t *run) damageArchive(ctx context.Context, d *Damage, kind archiveKind,
	damage func(*rand.Rand, string, int, int) error) error {
	good := filepath.Join(t.Folder, "good")
	defer os.RemoveAll(good) // the next kind writes its own archive
	if err := t.Tools.Write(ctx, t.base.DSN(), "", kind.format, 1, good, kind.args); err != nil {
		return err
	}
	want, err := pgdump.Hash(good, kind.format)
	if err != nil {
		return err
	}
	tools, err := pgdump.FindRestoreTool(ctx, t.Finder, t.Server, kind.format, t.Tools.Dump.Version, nil)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(20261123, uint64(len(d.Name))))
	for i := range d.Times {
		bad := filepath.Join(t.Folder, "bad")
		if err := copyArchive(good, bad); err != nil {
			return err
		}
		if err := damage(random, bad, i, d.Times); err != nil {
			return err
		}
		end, err := t.afterDamage(ctx, d, want, tools, bad, kind.format)
		if err := errors.Join(err, os.RemoveAll(bad)); err != nil {
			return err
		}
		d.Counts[end]++
	}
	d.Verdict, d.Caught = verdict.Pass, []string{"archive"}
	d.Detail = fmt.Sprintf("%d times; without the SHA-256: %d refused, %d caught, %d harmless", d.Times, d.Counts[refused],
		d.Counts[caught], d.Counts[harmless])
	if missed := d.Counts[unaccounts] + d.Counts["unhashed"]; missed > 0 {
		d.Verdict, d.Detail = verdict.Fail, d.Detail+fmt.Sprintf("; %d SURVIVED", missed)
	}
	return nil
}

// afterDamage returns the outcome of one damaged archive.
func (t *run) afterDamage(ctx context.Context, d *Damage, want *record.Archive, tools *pgdump.Tools, bad,
	format string) (string, error) {
	got, err := pgdump.Hash(bad, format)
	if err != nil {
		return "", err
	}
	if pgdump.Difference(want, got) == "" {
		return "unhashed", nil
	}
	// A damaged tar sends some versions of pg_restore into an endless loop.
	limited, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	seen, err := detect.Format(bad)
	if err != nil || seen != format {
		return refused, nil
	}
	if _, err := tools.Decode(limited, bad, format, false); err != nil {
		return refused, ctx.Err()
	}
	copied, err := t.Server.CreateScratch(ctx)
	if err != nil {
		return "", err
	}
	end, err := t.restoreDamaged(limited, d, tools, copied, bad, format)
	return end, errors.Join(err, copied.Drop(ctx), ctx.Err())
}

func (t *run) restoreDamaged(ctx context.Context, d *Damage, tools *pgdump.Tools, copied *cluster.Database, bad,
	format string) (string, error) {
	if err := tools.Load(ctx, copied, format, 1, bad); err != nil {
		return refused, nil
	}
	o, err := t.compare(ctx, copied, d.Name)
	switch {
	case err != nil:
		return "", err
	case len(o.Failed()) > 0:
		return caught, nil
	}
	changed, err := t.differs(ctx, copied)
	if err != nil {
		return "", err
	}
	if changed {
		return unaccounts, nil
	}
	return harmless, nil
}

// archiveFiles lists the files of an archive: one, or those of a folder.
func archiveFiles(path string) (names []string, err error) {
	err = filepath.WalkDir(path, func(p string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, p)
		}
		return err
	})
	return names, err
}

func copyArchive(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(to, os.DirFS(from))
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// edit changes one file of an archive, chosen at random, weighted by size.
func edit(random *rand.Rand, path string, change func([]byte) []byte) error {
	names, err := archiveFiles(path)
	if err != nil {
		return err
	}
	var sizes []int64
	var total int64
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		sizes = append(sizes, info.Size())
		total += info.Size()
	}
	at := random.Int64N(total)
	for i, name := range names {
		if at -= sizes[i]; at < 0 {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			return os.WriteFile(name, change(data), 0o644)
		}
	}
	return fmt.Errorf("%s is empty", path)
}

func flipBit(random *rand.Rand, path string, _, _ int) error {
	return edit(random, path, func(data []byte) []byte {
		data[random.IntN(len(data))] ^= 1 << random.IntN(8)
		return data
	})
}

// cutEnd cuts at equal distances over the whole length.
func cutEnd(random *rand.Rand, path string, i, times int) error {
	return edit(random, path, func(data []byte) []byte { return data[:len(data)*i/times] })
}

// cutLastLine removes the last line that is not empty.
func cutLastLine(random *rand.Rand, path string, _, _ int) error {
	return edit(random, path, func(data []byte) []byte {
		trimmed := bytes.TrimRight(data, "\n\x00")
		return data[:max(0, bytes.LastIndexByte(trimmed, '\n')+1)]
	})
}

// swapStretches exchanges two different ranges of 64 bytes.
func swapStretches(random *rand.Rand, path string, _, _ int) error {
	const length = 64
	return edit(random, path, func(data []byte) []byte {
		for range 1000 {
			a, b := random.IntN(max(1, len(data)-length)), random.IntN(max(1, len(data)-length))
			if a+length > b || b+length > len(data) || bytes.Equal(data[a:a+length], data[b:b+length]) {
				continue
			}
			first := bytes.Clone(data[a : a+length])
			copy(data[a:], data[b:b+length])
			copy(data[b:], first)
			return data
		}
		return append(data, strings.Repeat("x", length)...) // too short to exchange: append garbage
	})
}

// swapBlocks exchanges the data of the first two tables of a directory archive.
func swapBlocks(_ *rand.Rand, path string, _, _ int) error {
	names, err := archiveFiles(path)
	if err != nil {
		return err
	}
	data := slices.DeleteFunc(names, func(name string) bool { return filepath.Base(name) == "toc.dat" })
	if len(data) < 2 {
		return fmt.Errorf("%s holds the data of %d tables: there is nothing to exchange", path, len(data))
	}
	aside := data[0] + ".aside"
	return errors.Join(os.Rename(data[0], aside), os.Rename(data[1], data[0]), os.Rename(aside, data[1]))
}
