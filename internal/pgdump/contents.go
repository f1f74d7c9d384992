package pgdump

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"pgroundtrip/internal/archive"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/toc"
)

// Contents is what an archive contains, by its table of contents and its SQL.
type Contents struct {
	Entries  int
	Server   pgtool.Version // that was dumped; zero if the archive does not name it
	Dump     pgtool.Version // that wrote the archive; zero if the archive does not name it
	Encoding string         // of its text, "UTF8"; "" if the archive does not name it
	Attver   bool           // its SQL sets pg_attver, which not every server accepts
	Code     bool           // its SQL brings functions or extensions, which could run any statement
	// Refused is the first statement that does not belong in an archive of one database, or nil.
	Refused *archive.Refusal
	// Roles, Extensions and Tablespaces are those that its SQL refers to, by name.
	Roles         []Role
	Extensions    []string
	Tablespaces   []string
	LoginTriggers bool // its SQL creates event triggers on login
	Stamp         toc.Stamp
}

// LeastServer returns the oldest major that can take the archive: the source's own, but at least one
// that knows transaction_timeout if the programs that can read the archive set it.
func (c Contents) LeastServer() int {
	if c.Dump.Major >= pgtool.TransactionTimeout {
		return max(c.Server.Major, pgtool.TransactionTimeout)
	}
	return c.Server.Major
}

// Hash returns the sizes and digests of an archive's files.
func Hash(path, format string) (*record.Archive, error) {
	a := &record.Archive{Format: format}
	names := []string{""}
	if format == "directory" {
		entries, err := os.ReadDir(path) // sorted by name
		if err != nil {
			return nil, fmt.Errorf("cannot read the archive: %w", err)
		}
		names = nil
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	for _, name := range names {
		size, sum, err := safefile.SHA256(filepath.Join(path, name)) // a folder may hold anything
		if err != nil {
			return nil, fmt.Errorf("cannot read the archive: %w", err)
		}
		a.Files = append(a.Files, record.ArchiveFile{Name: name, SizeBytes: size, SHA256: sum})
		a.SizeBytes += size
	}
	return a, nil
}

// ErrArchive marks an archive that does not match its manifest or cannot be decoded.
var ErrArchive = errors.New("the archive is not whole")

// Difference returns how an archive differs from its manifest, or "".
func Difference(want, got *record.Archive) string {
	if want.Format != got.Format {
		return fmt.Sprintf("its format is %s, %s in the manifest", got.Format, want.Format)
	}
	for i := range max(len(want.Files), len(got.Files)) {
		switch {
		case i >= len(got.Files):
			return fmt.Sprintf("the file %s is missing", want.Files[i].Name)
		case i >= len(want.Files):
			return fmt.Sprintf("the file %s is not in the manifest", got.Files[i].Name)
		}
		w, g := want.Files[i], got.Files[i]
		what := "it"
		if w.Name != "" {
			what = "the file " + w.Name
		}
		switch {
		case w.Name != g.Name:
			return fmt.Sprintf("the file %s is where the manifest has %s", g.Name, w.Name)
		case w.SizeBytes != g.SizeBytes:
			return fmt.Sprintf("%s has %d bytes, %d in the manifest", what, g.SizeBytes, w.SizeBytes)
		case w.SHA256 != g.SHA256:
			return fmt.Sprintf("%s has the SHA-256 %s, %s in the manifest", what, g.SHA256, w.SHA256)
		}
	}
	return ""
}

// take stores what was found in the SQL.
func (c *Contents) take(f findings) {
	c.Attver, c.Encoding, c.Code = f.attver, f.encoding, f.code
	if c.Refused == nil {
		c.Refused = f.refused
	}
	c.Roles, c.Extensions, c.Tablespaces = f.refers.sorted()
	c.LoginTriggers = f.refers.logins
}

var dumpedBy = regexp.MustCompile(`(?i)^(?:;|--)\s*Dumped (from database|by pg_dump) version:? (\S+)`)

// readContents reads the output of pg_restore --list: comments, then one entry per line. It splits the numbers of the
// entries into those of definitions and those of data; see archive.JudgeEntries for unread and known.
func readContents(list io.Reader, unread, known toc.Numbers) (c Contents, definitions, data []byte, err error) {
	scanner := bufio.NewScanner(list)
	scanner.Buffer(nil, 1<<24)
	for scanner.Scan() {
		line := scanner.Bytes()
		if bytes.HasPrefix(line, []byte(";")) {
			c.readVersion(string(line))
			continue
		}
		c.Entries++
		number, _, _ := bytes.Cut(line, []byte(";"))
		id, err := strconv.Atoi(string(number))
		switch {
		case err == nil && known.Has(id):
		case err == nil && dataEntry.Match(line) && !unread.Has(id):
			data = append(append(data, number...), ";\n"...)
		default:
			definitions = append(append(definitions, number...), ";\n"...)
		}
	}
	if err := scanner.Err(); err != nil {
		return c, nil, nil, fmt.Errorf("could not read the table of contents: %w", err)
	}
	return c, definitions, data, nil
}

func (c *Contents) readVersion(line string) {
	m := dumpedBy.FindStringSubmatch(line)
	if m == nil {
		return
	}
	version, err := pgtool.ParseVersion("(PostgreSQL) " + m[2])
	if err != nil {
		return
	}
	if strings.HasPrefix(strings.ToLower(m[1]), "from") {
		c.Server = version
	} else {
		c.Dump = version
	}
}

// plainContents reads the versions at the top of a plain dump, checks its end, and scans what is between them.
func (t *Tools) plainContents(path string) (Contents, error) {
	var c Contents
	if err := toc.CheckTrailer(path); err != nil {
		return c, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	err := t.read(path, func(in io.Reader) error {
		const lines = 20
		top := bufio.NewReaderSize(in, 1<<17)
		head, _ := top.Peek(1 << 12) // fewer in a short dump
		for _, line := range strings.SplitN(string(head), "\n", lines) {
			c.readVersion(line)
		}
		found, err := scan(top)
		c.take(found)
		return err
	})
	return c, err
}
