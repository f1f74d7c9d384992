// Package recordfile reads and writes records as files, with the checksums beside them.
package recordfile

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/goldens"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
)

// ManifestBeside returns the path of the manifest of an archive: beside the archive, or beside the file that the
// archive links to. It is "" if there is neither.
func ManifestBeside(archive string) string {
	archive = strings.TrimSuffix(archive, "/")
	resolved, err := filepath.EvalSymlinks(archive)
	if err != nil {
		resolved = archive
	}
	for _, path := range []string{archive + record.ManifestSuffix, resolved + record.ManifestSuffix} {
		if _, err := os.Lstat(path); err == nil {
			return path
		}
	}
	return ""
}

// MaxBytes bounds the size of a manifest, which is read whole and takes several times its size in memory.
const MaxBytes = 1 << 30

// ReadManifest reads the manifest of an archive: path, or if that is "" the one that ManifestBeside finds. It returns
// nil without an error if there is none.
func ReadManifest(archive, path string) (m *record.Record, err error) {
	if path == "" {
		if path = ManifestBeside(archive); path == "" {
			return nil, nil
		}
	}
	file, err := safefile.Open(path, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("cannot read the manifest: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	m, err = readSealed(file, path)
	if err == nil && m.Archive == nil {
		err = fmt.Errorf("%w: it is a record without an archive", record.ErrFile)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// readSealed reads a record and checks it against the checksums beside it.
func readSealed(file io.Reader, path string) (*record.Record, error) {
	sum := sha256.New()
	whole := io.TeeReader(file, sum)
	m, unfit := record.Read(whole)
	if _, err := io.Copy(io.Discard, whole); err != nil {
		return nil, err
	}
	isKnown, err := record.CheckSums(path, sum.Sum(nil))
	switch {
	case err != nil: // a changed file is the cause of whatever else is wrong with it
		return nil, err
	case unfit != nil:
		return nil, unfit
	case !isKnown:
		m.Unsealed = record.SumsBeside(path)
	}
	return m, nil
}

// Write writes a record to a file, and its checksum beside it.
func Write(r *record.Record, path string, withRows bool) (err error) {
	if path, err = safefile.Writable(path); err != nil {
		return err
	}
	sums, err := safefile.Writable(record.SumsBeside(path))
	if err != nil {
		return err
	}
	perm := safefile.Public
	if withRows {
		perm = safefile.Private
	}
	part, err := safefile.Begin(path, perm)
	if err != nil {
		return fmt.Errorf("cannot write the record: %w", err)
	}
	sum := sha256.New()
	if err := errors.Join(r.Write(io.MultiWriter(part, sum)), part.Sync()); err != nil {
		return errors.Join(fmt.Errorf("could not write the record: %w", err), part.Discard())
	}
	line := record.SumLine(fmt.Sprintf("%x", sum.Sum(nil)), filepath.Base(path))
	if err := safefile.Write(sums, []byte(line), safefile.Public); err != nil {
		return errors.Join(fmt.Errorf("cannot write the checksum: %w", err), part.Discard())
	}
	return part.Publish()
}

// ReadSide reads a record from a file or from a folder of goldens.
func ReadSide(path string) (*record.Record, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return readGoldens(path)
	}
	file, err := safefile.Open(path, MaxBytes)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	r, err := readSealed(file, path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// readGoldens makes a record of the goldens of a workload. Goldens hold only what the queries printed.
func readGoldens(dir string) (*record.Record, error) {
	r := &record.Record{Suite: "goldens"}
	for _, folder := range []string{dir, filepath.Join(dir, goldens.Common),
		filepath.Join(filepath.Dir(filepath.Clean(dir)), goldens.Common)} {
		files, err := os.ReadDir(folder)
		if err != nil && (folder == dir || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
		for _, entry := range files {
			query, isGolden := strings.CutSuffix(entry.Name(), record.Suffix)
			if filepath.Base(folder) == goldens.Common {
				query = goldens.Common + "/" + query
			}
			if !isGolden || r.Has(query) {
				continue
			}
			file, err := os.Open(filepath.Join(folder, entry.Name()))
			if err != nil {
				return nil, err
			}
			result, err := record.ReadResult(file, query)
			if err := errors.Join(err, file.Close()); err != nil {
				return nil, err
			}
			r.Results = append(r.Results, result)
		}
	}
	if len(r.Results) == 0 {
		return nil, fmt.Errorf("%s is a folder without goldens", dir)
	}
	return r, nil
}

// ReadExpected reads the differences that a user declares: a list of JSON objects with query, key, column (optional)
// and reason. It refuses an entry that does not name a single row, which would excuse more than intended.
func ReadExpected(path string) ([]record.Expectation, error) {
	file, err := safefile.Open(path, MaxBytes)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	var all []record.Expectation
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("%s: it is not a list of expected differences: %w", path, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) || all == nil {
		return nil, fmt.Errorf("%s: it is not one list of expected differences", path)
	}
	for i, e := range all {
		switch {
		case e.Query == "" || e.Key == "":
			return nil, fmt.Errorf("%s: expectation %d names no row: it needs a query and a key, as the report shows them", path,
				i+1)
		case strings.TrimSpace(e.Reason) == "":
			return nil, fmt.Errorf("%s: expectation %d (%s %s) has no reason", path, i+1, e.Query, e.Key)
		}
		// Reports name the check, and other places the file.
		all[i].Query = strings.TrimSuffix(strings.TrimPrefix(e.Query, "record/"), ".sql")
		all[i].What = cmp.Or(e.What, all[i].Query+" "+e.Key)
	}
	return all, nil
}
