package roundtrip

import (
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
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

// DefaultRows is how many rows the workload lifecycle has in the goldens.
const DefaultRows = session.DefaultRows

// compareGolden compares a record with the goldens of its workload: a difference, a golden that is
// missing and a golden that no query stands behind all fail. moment is "before" or "after".
func (o *Outcome) compareGolden(moment string, goldens fs.FS, r *record.Record) error {
	files, err := fs.Sub(goldens, o.Workload)
	if err != nil {
		return err
	}
	results := withGolden(r, o.suite)
	for _, result := range results {
		name := "golden_" + moment + "/" + result.Query
		difference, err := record.Compare(result.Query, record.Side{Name: "golden", Files: files}, r.Side(sideNames[moment]))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			o.assert(name, false, "golden %s/%s%s is missing; -update writes it", o.Workload, result.Query, record.Suffix)
			continue
		case err != nil:
			return fmt.Errorf("could not compare with the golden: %w", err)
		}
		o.check(resultCheck(name, difference, -1, result.Rows))
	}
	orphans, err := orphanGoldens(files, results)
	for _, orphan := range orphans {
		o.assert("golden_"+moment+"/"+strings.TrimSuffix(orphan, record.Suffix), false, "golden %s/%s has no query any more; -update removes it", o.Workload, orphan)
	}
	return err
}

// withGolden are the results of a record that goldens are kept of.
func withGolden(r *record.Record, s *suite.Suite) []record.Result {
	return slices.DeleteFunc(slices.Clone(r.Results), func(result record.Result) bool {
		f := s.File(result.Query)
		return f != nil && !f.About.Golden
	})
}

// orphanGoldens lists the files below a workload's goldens that are no result.
func orphanGoldens(files fs.FS, results []record.Result) ([]string, error) {
	var orphans []string
	err := fs.WalkDir(files, ".", func(p string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && p == "." {
			return fs.SkipAll // no goldens at all: each one missing has been said
		}
		if err != nil || entry.IsDir() {
			return err
		}
		isResult := func(r record.Result) bool { return r.Query+record.Suffix == p }
		if !slices.ContainsFunc(results, isResult) {
			orphans = append(orphans, p)
		}
		return nil
	})
	return orphans, err
}

// OrphanWorkloads lists the folders of goldens that none of the workloads stands behind.
func OrphanWorkloads(goldens fs.FS, workloads []string) ([]string, error) {
	entries, err := fs.ReadDir(goldens, ".")
	if err != nil {
		return nil, fmt.Errorf("cannot read the goldens: %w", err)
	}
	var orphans []string
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(workloads, e.Name()) {
			orphans = append(orphans, e.Name())
		}
	}
	return orphans, nil
}

// updateGolden makes a record the goldens of its workload under dir, and removes orphans.
func updateGolden(dir, workload string, r *record.Record, s *suite.Suite) error {
	results := withGolden(r, s)
	folder := filepath.Join(dir, workload)
	for _, result := range results {
		name := filepath.FromSlash(result.Query + record.Suffix)
		data, err := os.ReadFile(filepath.Join(r.Dir, name))
		if err != nil {
			return fmt.Errorf("could not update the golden: %w", err)
		}
		to := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("could not update the golden: %w", err)
		}
		if err := safefile.Write(to, data, safefile.Public); err != nil {
			return fmt.Errorf("could not update the golden: %w", err)
		}
	}
	orphans, err := orphanGoldens(os.DirFS(folder), results)
	if err != nil {
		return err
	}
	for _, orphan := range orphans {
		if path.Ext(orphan) != record.Suffix {
			return fmt.Errorf("%s is no golden and was left alone", filepath.Join(folder, orphan))
		}
		if err := os.Remove(filepath.Join(folder, filepath.FromSlash(orphan))); err != nil {
			return fmt.Errorf("could not remove an orphan golden: %w", err)
		}
	}
	return nil
}
