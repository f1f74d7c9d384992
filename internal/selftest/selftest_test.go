package selftest_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sebdah/goldie/v2"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/selftest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
	"pgroundtrip/sql"
)

func selftestOptions(t *testing.T, server *cluster.Server, s *suite.Suite, only ...string) *selftest.Options {
	t.Helper()
	finder := pgtest.Options().Finder
	tools, err := pgdump.FindTools(context.Background(), finder, server, "custom", os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	flips := map[bool]int{true: 4, false: 1}[pgtest.Long()]
	return &selftest.Options{Suite: s, Server: server, Finder: finder, Tools: tools, Flips: flips, Folder: t.TempDir(),
		Only: only}
}

// TestSelftestCatchesEveryDamage does every damage and compares the verdict on each SQL tamper
// (which check, which row, which reason) with golden/tamper/<name>.golden. Where tests are not long, it does one of the
// tampers of each kind (the first word of the name) for each check.
func TestSelftestCatchesEveryDamage(t *testing.T) {
	tampers := pgtest.DefaultSuite(t).Tampers()
	some := pgtest.OneOfEach(t, tampers, func(f *suite.File) string {
		kind, _, _ := strings.Cut(f.Name, "_")
		return kind + " " + strings.Join(f.About.CaughtBy, " ")
	})
	var names, left []string
	for _, f := range tampers {
		names = append(names, strings.TrimPrefix(f.Name, "tamper/")+".golden")
		if !slices.Contains(some, f) {
			left = append(left, f.Name)
		}
	}
	damages, err := selftest.Run(context.Background(), selftestOptions(t, pgtest.Server(t), without(t, left...)))
	if err != nil {
		t.Fatal(err)
	}
	golden, ran := goldie.New(t, goldie.WithFixtureDir(filepath.Join(storytest.GoldenDir, "tamper"))), 0
	for _, d := range damages {
		if d.Verdict != verdict.Pass {
			t.Errorf("%s/%s: %s", d.Kind, d.Name, d.Detail)
		}
		if d.Kind != "sql" {
			continue
		}
		ran++
		t.Run(d.Name, func(t *testing.T) { golden.Assert(t, d.Name, []byte(verdictOn(d))) })
	}
	if ran < 40 || ran != len(some) {
		t.Errorf("only %d SQL tampers ran", ran)
	}
	for _, file := range storytest.GoldenFiles(t, filepath.Join(storytest.GoldenDir, "tamper")) {
		if slices.Contains(names, file) {
			continue
		}
		if flag.Lookup("update").Value.String() != "true" {
			t.Errorf("orphan golden: no tamper stands behind tamper/%s", file)
		} else if err := os.Remove(filepath.Join(storytest.GoldenDir, "tamper", file)); err != nil {
			t.Error(err)
		}
	}
}

func verdictOn(d *selftest.Damage) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nmeant for %s\n", d.What, strings.Join(d.Expected, ", "))
	for _, f := range d.Findings {
		fmt.Fprintf(&b, "%s: %s\n", f.Check, f.Detail)
	}
	return b.String()
}

// TestSelftestOnOtherMajors does what TestSelftestCatchesEveryDamage does on the oldest and the newest major; at full
// length, on every major.
func TestSelftestOnOtherMajors(t *testing.T) {
	for _, server := range storytest.SameAndNewest(storytest.EveryMajor(t)) {
		if server.Version.Major == pgtest.Server(t).Version.Major {
			continue
		}
		t.Run(fmt.Sprint(server.Version.Major), func(t *testing.T) {
			o := selftestOptions(t, server, pgtest.DefaultSuite(t))
			o.Flips = 1
			damages, err := selftest.Run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range damages {
				if d.Verdict != verdict.Pass {
					t.Errorf("%s/%s: %s", d.Kind, d.Name, d.Detail)
				}
			}
		})
	}
}

// TestEveryCheckHasADamageThatNeedsIt removes query and probe files from the suite: the damages that are meant for them
// must then survive, and be named.
func TestEveryCheckHasADamageThatNeedsIt(t *testing.T) {
	for _, group := range pgtest.Dealt(t, 3, removals(t, pgtest.DefaultSuite(t))) {
		o := selftestOptions(t, pgtest.Server(t), without(t, group.files...), group.damages...)
		damages, err := selftest.Run(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range group.files {
			t.Run(name, func(t *testing.T) {
				at := slices.IndexFunc(damages, func(d *selftest.Damage) bool { return d.Name == group.damages[i] })
				if at < 0 || damages[at].Verdict != verdict.Fail || !strings.Contains(damages[at].Detail, "SURVIVED") {
					t.Errorf("without %s the damage %s should survive: %+v", name, group.damages[i], damages)
				}
			})
		}
	}
}

// A removal is a set of files that are removed from the suite together, each with the damage that is meant for it. No
// damage is meant for two of them, so each survives because its own file is missing.
type removal struct {
	files, damages []string
	alone          bool     // one file of the chain, without which the suite is of another kind
	made           []string // the checks that the files make
	caughtBy       []string // the checks that the damages are meant for
}

func removals(t *testing.T, s *suite.Suite) (all []*removal) {
	t.Helper()
	for _, f := range append(slices.Clone(s.Queries()), s.Probes()...) {
		tamper := damageFor(s, f)
		if tamper == nil {
			t.Fatalf("no tamper is meant for %s", f.Name)
		}
		isMade := func(check string) bool { return slices.Contains(makes(f), check) }
		at := slices.IndexFunc(all, func(r *removal) bool {
			return !r.alone && !slices.ContainsFunc(r.caughtBy, isMade) &&
				!slices.ContainsFunc(tamper.About.CaughtBy, func(check string) bool { return slices.Contains(r.made, check) })
		})
		isChain := !strings.Contains(f.Name, "/")
		if at < 0 || isChain {
			all, at = append(all, &removal{alone: isChain}), len(all)
		}
		r := all[at]
		r.files, r.damages = append(r.files, f.Name), append(r.damages, strings.TrimPrefix(tamper.Name, "tamper/"))
		r.made, r.caughtBy = append(r.made, makes(f)...), append(r.caughtBy, tamper.About.CaughtBy...)
	}
	return all
}

// makes returns the checks that a file makes.
func makes(f *suite.File) []string {
	return append(map[string][]string{
		"snapshot": {"row_count", "chain_head_hash", "record/snapshot"}, "verify_chain": {"first_break_id",
			"record/verify_chain"},
		"canonical_payload": {"payload_hash/after", "record/canonical_payload"},
	}[f.Name], "record/"+f.Name, f.Name)
}

// damageFor finds a tamper whose header names a check that the file makes, or nil.
func damageFor(s *suite.Suite, f *suite.File) *suite.File {
	for _, tamper := range s.Tampers() {
		if slices.ContainsFunc(tamper.About.CaughtBy, func(check string) bool { return slices.Contains(makes(f), check) }) {
			return tamper
		}
	}
	return nil
}

// without returns the default suite without some files.
func without(t *testing.T, names ...string) *suite.Suite {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(sql.Files, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || slices.Contains(names, strings.TrimSuffix(p, ".sql")) {
			return err
		}
		data, err := fs.ReadFile(sql.Files, p)
		files[p] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(slices.Collect(maps.Keys(files))) == 0 {
		t.Fatal("the suite is empty")
	}
	s, err := suite.Open(files, "default suite less "+strings.Join(names, ", "))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A damage that changes nothing proves nothing: it is an error, not a catch.
func TestADamageThatChangesNothingIsAnError(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"session", "schema", "chain_insert", "snapshot", "verify_chain", "workload/lifecycle"} {
		data, err := fs.ReadFile(sql.Files, name+".sql")
		if err != nil {
			t.Fatal(err)
		}
		files[name+".sql"] = &fstest.MapFile{Data: data}
	}
	files["tamper/nothing.sql"] = &fstest.MapFile{Data: []byte("-- nothing.sql: nothing.\n--\n-- Caught by " +
		"first_break_id\nselect 1;\n")}
	s, err := suite.Open(files, "a suite that damages nothing")
	if err != nil {
		t.Fatal(err)
	}
	_, err = selftest.Run(context.Background(), selftestOptions(t, pgtest.Server(t), s, "nothing"))
	if err == nil || !strings.Contains(err.Error(), "changed nothing") {
		t.Errorf("got %v", err)
	}
}
