//go:build unix

package roundtrip_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"pgroundtrip/internal/storytest"
)

// write writes the table for people and for programs. Both are reproducible.
func (m *matrix) write(dir string, cells []cell) {
	m.Helper()
	var versions []string
	for _, in := range m.all {
		versions = append(versions, in.version.String())
	}
	document, err := matrixJSON(versions, cells)
	if err != nil {
		m.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		m.Fatal(err)
	}
	storytest.Write(m.T, filepath.Join(dir, "matrix.json"), document)
	storytest.Write(m.T, filepath.Join(dir, "matrix.md"), []byte(matrixTable(versions, cells)))
}

// matrixJSON returns the matrix for programs, one cell per line so that a reviewer can read the diff.
func matrixJSON(versions []string, cells []cell) ([]byte, error) {
	head, err := json.Marshal(versions)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, c := range cells {
		line, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		lines = append(lines, string(line))
	}
	return fmt.Appendf(nil, "{\"versions\": %s, \"cells\": [\n%s\n]}\n", head, strings.Join(lines, ",\n")), nil
}

var partTexts = map[string]string{
	"formats": "Formats and compression, from every major to every other. The source's own pg_dump dumps, directory " +
		"archives with two\n" +
		"jobs. A refusal that does not depend on the compression stands there once.",
	"newer pg_dump": "Upgrades in which the target's pg_dump dumps the older source (format custom, gzip).",
	"settings": "Hostile defaults of the source's database (alter database), of the target's login role (alter role) " +
		"or of both\n" +
		"servers (alter system), on one major.",
	"encodings": "Encodings and locale providers of source and target, on one major.",
}

var tableColumns = map[string]string{
	"formats": "from | format | compression | to", "newer pg_dump": "from | to and pg_dump",
	"settings": "setting | majors", "encodings": "source | target | majors",
}

// matrixTable is the matrix for people: cells that differ in the target's major or the workload alone
// stand in one line.
func matrixTable(versions []string, cells []cell) string {
	var b strings.Builder
	same := 0
	for _, c := range cells {
		if c.Result == "same" {
			same++
		}
	}
	fmt.Fprintf(&b, "# The matrix\n\nWritten by `make matrix`; every cell with its workload is in `matrix.json`. "+
		"PostgreSQL %s.\n\n", strings.Join(versions, ", "))
	fmt.Fprintf(&b, "%d cells: %d came back the same, %d were refused for a reason that is named. Same means: what "+
		"every query of the suite prints equals the\n"+
		"committed goldens in every byte, before the dump and after the restore, and every probe is healthy.\n", len(cells), same, len(cells)-same)
	part := ""
	for _, line := range tableLines(cells) {
		if line.part != part {
			part = line.part
			fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| %s | workloads | result |\n|%s---|---|\n", strings.ToUpper(part[:1])+part[1:],
				partTexts[part],
				tableColumns[part], strings.Repeat("---|", strings.Count(tableColumns[part], "|")+1))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", line.keys, strings.Join(line.majors, ", "),
			strings.Join(line.workloads, ", "), line.result)
	}
	return b.String()
}

// A tableLine holds what cells have in common, and the values of each that share a line.
type tableLine struct {
	part, keys, result string
	majors, workloads  []string
}

func tableLines(cells []cell) []*tableLine {
	var lines []*tableLine
	for _, c := range cells {
		line := lineOf(c)
		lines = merge(lines, line, func(other *tableLine) bool { return slices.Equal(other.majors, line.majors) },
			&line.workloads,
			func(other *tableLine) *[]string { return &other.workloads })
	}
	var merged []*tableLine
	for _, line := range lines {
		merged = merge(merged, line, func(other *tableLine) bool { return slices.Equal(other.workloads, line.workloads) },
			&line.majors,
			func(other *tableLine) *[]string { return &other.majors })
	}
	return merged
}

// merge adds the values of a line to an existing line with the same key, or else adds the line.
func merge(lines []*tableLine, line *tableLine, alike func(*tableLine) bool, what *[]string,
	of func(*tableLine) *[]string) []*tableLine {
	at := slices.IndexFunc(lines, func(other *tableLine) bool {
		return other.part == line.part && other.keys == line.keys && other.result == line.result && alike(other)
	})
	if at < 0 {
		return append(lines, line)
	}
	*of(lines[at]) = append(*of(lines[at]), *what...)
	return lines
}

func lineOf(c cell) *tableLine {
	line := &tableLine{part: c.Part, result: c.Result, majors: []string{strconv.Itoa(c.Target)},
		workloads: []string{c.Workload}}
	if c.Reason != "" {
		line.result += " by " + c.By + ": " + c.Reason
	}
	if c.Note != "" {
		line.result += "; " + c.Note
	}
	switch c.Part {
	case "formats":
		line.keys = fmt.Sprintf("%d | %s | %s", c.Source, c.Format, c.Compression)
	case "newer pg_dump":
		line.keys = strconv.Itoa(c.Source)
	case "settings":
		line.keys = strings.ReplaceAll(c.Setting, "|", `\|`)
	case "encodings":
		line.keys = c.SourceIs + " | " + c.TargetIs
	}
	return line
}
