package pgdump

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"pgroundtrip/internal/archive"
	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
)

// Decode reads the whole archive as a restore would, without a server, and lists its contents. A
// plain dump has no contents to list: its end is looked at.
func (t *Tools) Decode(ctx context.Context, path, format string) (Contents, error) {
	if format == "plain" {
		return plainContents(path)
	}
	if format == "tar" {
		if err := checkTar(path); err != nil {
			return Contents{}, fmt.Errorf("%w: %w", ErrArchive, err)
		}
	}
	list := &bytes.Buffer{}
	if err := t.Offline(ctx, nil, list, "--list", path); err != nil {
		if strings.Contains(err.Error(), "unsupported version") {
			return Contents{}, hint.Explain(fmt.Errorf("pg_restore %s is too old for the archive: %w", t.Restore.Version, err))
		}
		return Contents{}, hint.Explain(fmt.Errorf("%w: %w", ErrArchive, err))
	}
	entries, err := archive.ReadContents(path, format)
	if err != nil {
		return Contents{}, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	refused, unread := archive.JudgeEntries(entries)
	definitions, data := parted(list.Bytes(), unread)
	shares := share(data, sharers(format))
	contents, err := readContents(list)
	if err != nil {
		return Contents{}, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	contents.Refused = refused
	var found findings
	all := []func(context.Context) error{
		func(ctx context.Context) (err error) { found, err = t.scanArchive(ctx, path, definitions); return err },
	}
	for _, entries := range shares {
		// --list reads the table of contents alone; only writing the rows out decodes every block.
		all = append(all, func(ctx context.Context) error {
			return t.Offline(ctx, bytes.NewReader(entries), nil, "--use-list=/dev/stdin", "--file="+os.DevNull, path)
		})
	}
	if err := crew.Alongside(ctx, all...); err != nil {
		return contents, hint.Explain(fmt.Errorf("%w: %w", ErrArchive, err))
	}
	contents.take(found)
	return contents, nil
}

// Offline runs pg_restore without a server. It reads what somebody else wrote: it can write no file and run no program.
func (t *Tools) Offline(ctx context.Context, stdin io.Reader, stdout io.Writer, args ...string) error {
	return pgtool.Process{Path: t.Restore.Path, Args: args, Env: t.Env, Stdin: stdin, Stdout: stdout, Stderr: t.stderr, Confine: pgtool.Confine(t.Restore.Path)}.Run(ctx)
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
var dataEntry = regexp.MustCompile(`^(\d+); \d+ \d+ (?:TABLE DATA|BLOBS) `)

// parted parts a table of contents, as pg_restore lists it, into definitions and data. Each is a list for
// --use-list. unread are the numbers of entries whose data are statements, and have to be read as such.
func parted(list []byte, unread map[int]bool) (definitions, data []byte) {
	isData := func(line []byte) bool {
		m := dataEntry.FindSubmatch(line)
		if m == nil {
			return false
		}
		id, err := strconv.Atoi(string(m[1]))
		return err == nil && !unread[id]
	}
	for line := range bytes.Lines(list) {
		switch {
		case bytes.HasPrefix(line, []byte(";")):
		case isData(line):
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
