package roundtrip

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
)

// Contents is what an archive says about itself.
type Contents struct {
	Entries  int
	SHA256   string         // over the entries as pg_restore lists them
	Server   pgtool.Version // that was dumped; zero where the archive does not say
	Dump     pgtool.Version // the pg_dump that wrote it; zero where the archive does not say
	Encoding string         // of its text, "UTF8"; "" where the archive does not say
	Attver   bool           // its SQL sets pg_attver, which not every server takes
	// Roles and Extensions are those that its SQL refers to, by name.
	Roles      []Role
	Extensions []string
}

// LeastServer is the oldest major that can take the archive: the source's own, and one that knows
// transaction_timeout if the programs that can read the archive set it.
func (c Contents) LeastServer() int {
	if c.Dump.Major >= pgtool.TransactionTimeout {
		return max(c.Server.Major, pgtool.TransactionTimeout)
	}
	return c.Server.Major
}

// DetectFormat tells an archive's format from its first bytes (pg_backup_archiver.c).
func DetectFormat(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the archive: %w", err)
	}
	if info.IsDir() {
		if _, err := os.Stat(filepath.Join(path, "toc.dat")); err != nil {
			return "", fmt.Errorf("%s is a folder without toc.dat: not an archive of pg_dump", path)
		}
		return "directory", nil
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot read the archive: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	head := make([]byte, 512)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("cannot read the archive %s: it is empty, or %w", path, err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("PGDMP")):
		return "custom", nil
	case bytes.HasPrefix(head, []byte("toc.dat\x00")) && n == 512 && bytes.HasPrefix(head[257:], []byte("ustar")):
		return "tar", nil
	case bytes.Contains(head, []byte("-- PostgreSQL database dump")):
		return "plain", nil
	case bytes.Contains(head, []byte("-- PostgreSQL database cluster dump")):
		return "", fmt.Errorf("%s was written by pg_dumpall and holds a whole cluster: dump one database, with pg_dump", path)
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}), bytes.HasPrefix(head, []byte{0x04, 0x22, 0x4d, 0x18}):
		return "", fmt.Errorf("%s is a compressed file: decompress it first (gunzip, zstd -d, lz4 -d)", path)
	}
	return "", fmt.Errorf("%s is not an archive of pg_dump: its first bytes are none that pg_dump writes", path)
}

// HashArchive reads every byte of an archive.
func HashArchive(path, format string) (record.Archive, error) {
	a := record.Archive{Format: format}
	names := []string{""}
	if format == "directory" {
		entries, err := os.ReadDir(path) // sorted by name
		if err != nil {
			return a, fmt.Errorf("cannot read the archive: %w", err)
		}
		names = nil
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	for _, name := range names {
		f, err := hashFile(filepath.Join(path, name))
		if err != nil {
			return a, fmt.Errorf("cannot read the archive: %w", err)
		}
		f.Name = name
		a.Files = append(a.Files, f)
		a.SizeBytes += f.SizeBytes
	}
	return a, nil
}

func hashFile(path string) (record.ArchiveFile, error) {
	file, err := os.Open(path)
	if err != nil {
		return record.ArchiveFile{}, err
	}
	defer file.Close() // read only: nothing to lose
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	return record.ArchiveFile{SizeBytes: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// ErrArchive marks an archive that is not the one its manifest speaks of, or that cannot be decoded.
var ErrArchive = errors.New("the archive is not whole")

// compareArchive says how an archive differs from what its manifest says of it, or "".
func compareArchive(want, got record.Archive) string {
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
			return fmt.Sprintf("the file %s stands where the manifest has %s", g.Name, w.Name)
		case w.SizeBytes != g.SizeBytes:
			return fmt.Sprintf("%s has %d bytes, %d in the manifest", what, g.SizeBytes, w.SizeBytes)
		case w.SHA256 != g.SHA256:
			return fmt.Sprintf("%s has the SHA-256 %s, %s in the manifest", what, g.SHA256, w.SHA256)
		}
	}
	return ""
}

// decode reads the whole archive as a restore would, without a server, and lists its contents. A
// plain dump has no contents to list: its end is looked at.
func (t *Tools) decode(ctx context.Context, path, format string) (Contents, error) {
	if format == "plain" {
		return plainContents(path)
	}
	if format == "tar" {
		if err := checkTar(path); err != nil {
			return Contents{}, fmt.Errorf("%w: %w", ErrArchive, err)
		}
	}
	list := &bytes.Buffer{}
	if err := t.offline(ctx, nil, list, "--list", path); err != nil {
		if strings.Contains(err.Error(), "unsupported version") {
			return Contents{}, explainTool(fmt.Errorf("pg_restore %s is too old for the archive: %w", t.Restore.Version, err))
		}
		return Contents{}, explainTool(fmt.Errorf("%w: %w", ErrArchive, err))
	}
	definitions, data := parted(list.Bytes())
	shares := share(data, sharers(format))
	contents, err := readContents(list)
	if err != nil {
		return Contents{}, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	var found findings
	all := []func(context.Context) error{
		func(ctx context.Context) (err error) { found, err = t.scanArchive(ctx, path, definitions); return err },
	}
	for _, entries := range shares {
		// --list reads the table of contents alone; only writing the rows out decodes every block.
		all = append(all, func(ctx context.Context) error {
			return t.offline(ctx, bytes.NewReader(entries), nil, "--use-list=/dev/stdin", "--file="+os.DevNull, path)
		})
	}
	if err := alongside(ctx, all...); err != nil {
		return contents, explainTool(fmt.Errorf("%w: %w", ErrArchive, err))
	}
	contents.take(found)
	return contents, nil
}

// take keeps what the SQL gave away.
func (c *Contents) take(f findings) {
	c.Attver, c.Encoding = f.attver, f.encoding
	c.Roles, c.Extensions = f.refers.sorted()
}

// offline runs pg_restore without a server.
func (t *Tools) offline(ctx context.Context, stdin io.Reader, stdout io.Writer, args ...string) error {
	return pgtool.Process{Path: t.Restore.Path, Args: args, Env: t.env, Stdin: stdin, Stdout: stdout, Stderr: t.stderr}.Run(ctx)
}

// sharers is how many processes decode an archive: one a core, as long as the other readers of the
// disk can bear it. A tar file can only be read from its beginning.
func sharers(format string) int {
	const most = 4
	if format == "tar" {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), most)
}

// dataEntry is a line of a table of contents that stands for rows, or for the bytes of large objects.
var dataEntry = regexp.MustCompile(`^\d+; \d+ \d+ (?:TABLE DATA|BLOBS) `)

// parted parts a table of contents, as pg_restore lists it, into definitions and data. Each is a list for
// --use-list.
func parted(list []byte) (definitions, data []byte) {
	for line := range bytes.Lines(list) {
		switch {
		case bytes.HasPrefix(line, []byte(";")):
		case dataEntry.Match(line):
			data = append(data, line...)
		default:
			definitions = append(definitions, line...)
		}
	}
	return definitions, data
}

// share deals the entries of a list out to n processes: one after the other, because tables stand side by
// side there.
func share(list []byte, n int) [][]byte {
	shares, next := make([][]byte, n), 0
	for line := range bytes.Lines(list) {
		shares[next%n] = append(shares[next%n], line...)
		next++
	}
	return shares[:min(n, next)]
}

var dumpedBy = regexp.MustCompile(`(?i)^(?:;|--)\s*Dumped (from database|by pg_dump) version:? (\d+)(?:\.(\d+))?`)

// readContents reads what pg_restore --list prints: comments, then an entry a line. The entries'
// numbers are left out of the digest.
func readContents(list io.Reader) (Contents, error) {
	var c Contents
	sum := sha256.New()
	scanner := bufio.NewScanner(list)
	scanner.Buffer(nil, 1<<24)
	for scanner.Scan() {
		line := scanner.Text()
		if strings.HasPrefix(line, ";") {
			c.readVersion(line)
			continue
		}
		c.Entries++
		fmt.Fprintln(sum, line)
	}
	c.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := scanner.Err(); err != nil {
		return c, fmt.Errorf("could not read the table of contents: %w", err)
	}
	return c, nil
}

func (c *Contents) readVersion(line string) {
	m := dumpedBy.FindStringSubmatch(line)
	if m == nil {
		return
	}
	version, err := pgtool.ParseVersion("(PostgreSQL) " + m[2] + "." + m[3])
	if err != nil {
		return
	}
	if strings.HasPrefix(strings.ToLower(m[1]), "from") {
		c.Server = version
	} else {
		c.Dump = version
	}
}

// plainContents reads the versions at the top of a plain dump, looks at its end, and scans what is
// between them.
func plainContents(path string) (Contents, error) {
	var c Contents
	if err := checkTrailer(path); err != nil {
		return c, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	file, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer file.Close() // read only: nothing to lose
	scanner := bufio.NewScanner(file)
	for i := 0; i < 20 && scanner.Scan(); i++ {
		c.readVersion(scanner.Text())
	}
	found, err := scanPlain(path)
	c.take(found)
	return c, err
}

// explainExtensions is an error that names the extensions the server cannot create.
func explainExtensions(missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	return &cluster.HintError{
		Err:  fmt.Errorf("the archive needs extensions that the server does not have: %s", strings.Join(missing, ", ")),
		Hint: "install them for this major (on Debian most are in postgresql-contrib or postgresql-<major>-<name>), or name another server with -dsn",
	}
}
