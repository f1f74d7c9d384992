// Package goldens keeps records as folders of golden files, compares records with them and updates them.
package goldens

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// Folders of goldens that do not belong to a workload: what all workloads print alike, and the self-test.
const (
	Common        = "invariant"
	tamperGoldens = "tamper"
)

// goldensOf are the goldens of a workload: its own, and the invariants that are common to all workloads.
type goldensOf struct{ all, own fs.FS }

// Open opens a golden by name.
func (g goldensOf) Open(name string) (fs.File, error) {
	file, err := g.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) && strings.HasPrefix(name, Common+"/") {
		return g.all.Open(name)
	}
	return file, err
}

// Compare compares a record with the goldens of its workload. It fails on a difference, a missing golden, a golden
// without a query, and a golden that exists twice. moment is "before" or "after".
func Compare(o *verdict.Report, moment string, goldens fs.FS, r *record.Record, s *suite.Suite) error {
	own, err := fs.Sub(goldens, o.Workload)
	if err != nil {
		return err
	}
	results := withGolden(r, s)
	for _, result := range results {
		name := "golden_" + moment + "/" + result.Query
		golden, err := readGolden(goldensOf{goldens, own}, result.Query)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			o.Assert(name, false, "golden %s/%s%s is missing; -update writes it", o.Workload, result.Query, record.Suffix)
			continue
		case err != nil:
			return fmt.Errorf("could not compare with the golden: %w", err)
		}
		c, err := o.CompareResult(golden, result, &verdict.Options{Prefix: "golden_" + moment + "/", OldName: "golden",
			NewName: sideNames[moment]})
		if err != nil {
			return err
		}
		c.RowsBefore = nil
		o.Add(c)
	}
	orphans, err := orphanGoldens(own, ".", results)
	for _, orphan := range orphans {
		o.Assert("golden_"+moment+"/"+strings.TrimSuffix(orphan, record.Suffix), false,
			"golden %s/%s has no query any more; -update removes it", o.Workload, orphan)
	}
	return errors.Join(err, compareCommon(o, moment, goldens, own, results))
}

// compareCommon fails for each common golden that has no query, or that the workload has a golden of its own for.
func compareCommon(o *verdict.Report, moment string, goldens, own fs.FS, results []*record.Result) error {
	orphans, err := orphanGoldens(goldens, Common, results)
	for _, orphan := range orphans {
		o.Assert("golden_"+moment+"/"+strings.TrimSuffix(orphan, record.Suffix), false,
			"golden %s has no query any more; -update removes it", orphan)
	}
	for _, result := range results {
		name := result.Query + record.Suffix
		_, ownErr := fs.Stat(own, name)
		if _, err := fs.Stat(goldens, name); err == nil && ownErr == nil {
			o.Assert("golden_"+moment+"/"+result.Query, false,
				"golden %s exists twice, for all workloads and as %s/%s; -update leaves one",
				name, o.Workload, name)
		}
	}
	return err
}

// sideNames are the names of the two records in diffs.
var sideNames = map[string]string{"before": "before the dump", "after": "after the restore"}

func readGolden(files fs.FS, query string) (*record.Result, error) {
	file, err := files.Open(query + record.Suffix)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	return record.ReadResult(file, query)
}

// withGolden returns the results of a record that have goldens.
func withGolden(r *record.Record, s *suite.Suite) []*record.Result {
	return slices.DeleteFunc(slices.Clone(r.Results), func(result *record.Result) bool {
		f := s.File(result.Query)
		return f != nil && !f.About.Golden
	})
}

// orphanGoldens returns the files below folder that do not belong to a result.
func orphanGoldens(files fs.FS, folder string, results []*record.Result) ([]string, error) {
	var orphans []string
	err := fs.WalkDir(files, folder, func(p string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && p == folder {
			return fs.SkipAll // no goldens at all: each was reported as missing
		}
		if err != nil || entry.IsDir() {
			return err
		}
		isResult := func(r *record.Result) bool { return r.Query+record.Suffix == p }
		if !slices.ContainsFunc(results, isResult) {
			orphans = append(orphans, p)
		}
		return nil
	})
	return orphans, err
}

// goldenWorkloads returns the folders of goldens that belong to workloads. A folder that does not exist yet has none.
func goldenWorkloads(goldens fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(goldens, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot read the goldens: %w", err)
	}
	var workloads []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != Common && e.Name() != tamperGoldens {
			workloads = append(workloads, e.Name())
		}
	}
	return workloads, nil
}

// OrphanWorkloads returns the folders of goldens that belong to none of the workloads.
func OrphanWorkloads(goldens fs.FS, workloads []string) ([]string, error) {
	folders, err := goldenWorkloads(goldens)
	return slices.DeleteFunc(folders, func(folder string) bool { return slices.Contains(workloads, folder) }), err
}

// Update writes a record as the goldens of its workload under dir, and removes orphans.
func Update(dir, workload string, r *record.Record, s *suite.Suite) error {
	if workload == Common || workload == tamperGoldens {
		return fmt.Errorf("a workload called %q cannot have goldens: the folder of that name holds others; "+
			"rename it", workload)
	}
	if err := spreadGoldens(dir); err != nil {
		return fmt.Errorf("could not update the goldens: %w", err)
	}
	results := withGolden(r, s)
	folder := filepath.Join(dir, workload)
	for _, result := range results {
		name := filepath.FromSlash(result.Query + record.Suffix)
		if err := writeGolden(filepath.Join(folder, name), []byte(result.Text())); err != nil {
			return fmt.Errorf("could not update the golden: %w", err)
		}
	}
	orphans, err := orphanGoldens(os.DirFS(folder), ".", results)
	if err != nil {
		return err
	}
	for _, orphan := range orphans {
		if path.Ext(orphan) != record.Suffix {
			return fmt.Errorf("%s is not a golden and was left alone", filepath.Join(folder, orphan))
		}
		if err := os.Remove(filepath.Join(folder, filepath.FromSlash(orphan))); err != nil {
			return fmt.Errorf("could not remove an orphan golden: %w", err)
		}
	}
	if err := joinGoldens(dir); err != nil {
		return fmt.Errorf("could not update the goldens: %w", err)
	}
	return nil
}

// spreadGoldens moves the common goldens into the folder of each workload; joinGoldens moves back those that are
// still common.
func spreadGoldens(dir string) error {
	workloads, err := goldenWorkloads(os.DirFS(dir))
	if err != nil {
		return err
	}
	common, err := fs.Glob(os.DirFS(dir), Common+"/*"+record.Suffix)
	for _, name := range common {
		file := filepath.Join(dir, name)
		for _, workload := range workloads {
			own := filepath.Join(dir, workload, Common, filepath.Base(file))
			if _, err := os.Stat(own); err == nil {
				continue
			}
			if err := copyGolden(file, own); err != nil {
				return err
			}
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return err
}

// joinGoldens moves each invariant's golden that is the same for all workloads into the common folder. It does
// nothing if there are fewer than two workloads.
func joinGoldens(dir string) error {
	workloads, err := goldenWorkloads(os.DirFS(dir))
	if err != nil || len(workloads) < 2 {
		return err
	}
	files, err := fs.Glob(os.DirFS(filepath.Join(dir, workloads[0])), Common+"/*"+record.Suffix)
	for _, path := range files {
		file, name := filepath.Join(dir, workloads[0], path), filepath.Base(path)
		same := true
		first, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for _, workload := range workloads[1:] {
			other, err := os.ReadFile(filepath.Join(dir, workload, Common, name))
			same = same && err == nil && bytes.Equal(first, other)
		}
		if !same {
			continue
		}
		if err := copyGolden(file, filepath.Join(dir, Common, name)); err != nil {
			return err
		}
		for _, workload := range workloads {
			if err := os.Remove(filepath.Join(dir, workload, Common, name)); err != nil {
				return err
			}
		}
	}
	return err
}

func copyGolden(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return writeGolden(to, data)
}

func writeGolden(to string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return safefile.Write(to, data, safefile.Public)
}
