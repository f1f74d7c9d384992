package record

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/safefile"
)

// ManifestSuffix ends the name of the manifest beside an archive.
const ManifestSuffix = ".manifest.json"

// SumsSuffix ends the name of the checksum file beside a manifest or a record; sha256sum -c reads it.
const SumsSuffix = ".sha256"

// maxSums bounds the size of a checksum file, which has a line for each file of an archive.
const maxSums = 1 << 28

// SumsBeside returns the path of the checksums of a manifest or a record.
func SumsBeside(file string) string { return strings.TrimSuffix(file, ManifestSuffix) + SumsSuffix }

// SumLine returns one line of a checksum file. Names that would break the line are escaped like sha256sum does
// (coreutils documentation, "md5sum invocation").
func SumLine(sum, name string) string {
	escaped := escapePath.Replace(name)
	if escaped != name {
		sum = `\` + sum
	}
	return sum + "  " + escaped + "\n"
}

var escapePath = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// SumsOf returns the checksums of an archive, whose file or folder is called name, and of its manifest.
func SumsOf(a *Archive, name string, manifest []byte) []byte {
	var b bytes.Buffer
	for _, f := range a.Files {
		file := name
		if f.Name != "" {
			file += "/" + f.Name
		}
		b.WriteString(SumLine(f.SHA256, file))
	}
	b.WriteString(SumLine(hex.EncodeToString(manifest), name+ManifestSuffix))
	return b.Bytes()
}

// CheckSums compares sum, the SHA-256 of a file, with the checksums beside the file. It reports whether there are
// any. If they do not match, the error wraps ErrFile.
func CheckSums(path string, sum []byte) (known bool, err error) {
	sums := SumsBeside(path)
	file, err := safefile.Open(sums, maxSums)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("cannot read the checksums: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	want := SumLine(hex.EncodeToString(sum), filepath.Base(path))
	_, name, _ := strings.Cut(want, "  ")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text() + "\n"
		if line == want {
			return true, nil
		}
		if strings.HasSuffix(line, "  "+name) {
			return true, fmt.Errorf("%w: it was changed after it was written: %s has another SHA-256 for it", ErrFile, sums)
		}
	}
	return true, fmt.Errorf("%w: %s has no SHA-256 for it", ErrFile, sums)
}
