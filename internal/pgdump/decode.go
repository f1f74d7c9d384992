package pgdump

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"

	"pgroundtrip/internal/archive"
	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/toc"
)

// Decode reads the whole archive without a server, as a restore would, and returns its contents. If isKnown is set,
// these bytes were decoded when they were written, and the rows are not read. A plain dump has no contents
// to list: its end is checked and its statements are read.
func (t *Tools) Decode(ctx context.Context, path, format string, isKnown bool) (Contents, error) {
	if format == "plain" {
		return t.plainContents(path)
	}
	if err := toc.CheckFiles(path, format); err != nil {
		return Contents{}, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	refused, unread, known, unreadable := archive.JudgeEntries(toc.Entries(path, format))
	contents, definitions, data, err := t.list(ctx, path, unread, known)
	if err == nil && unreadable != nil {
		err = fmt.Errorf("%w: %w", ErrArchive, unreadable)
	}
	if err != nil {
		return Contents{}, err
	}
	contents.Refused = refused
	var found findings
	all := []func(context.Context) error{
		func(ctx context.Context) (err error) { found, err = t.scanArchive(ctx, path, definitions); return err },
	}
	all = append(all, func(ctx context.Context) error {
		refused, err := t.judgeText(ctx, path, format)
		contents.Refused = cmp.Or(contents.Refused, refused)
		return err
	})
	if !isKnown {
		all = append(all, func(ctx context.Context) error { return t.decodeRows(ctx, path, format, data) })
	}
	if err := crew.Alongside(ctx, all...); err != nil {
		return contents, hint.Explain(fmt.Errorf("%w: %w", ErrArchive, err))
	}
	contents.take(found)
	return contents, nil
}

// decodeRows writes out the data entries: --list only reads the table of contents, and only this decodes every block.
// A file of a folder may be cut where no block or line is: pg_restore notices nothing, but the last line is missing.
func (t *Tools) decodeRows(ctx context.Context, path, format string, data []byte) error {
	tables, err := toc.List(toc.Entries(path, format), func(e toc.Entry) bool { return e.HasData && e.Copy != "" })
	if format == "directory" { // also what is read as statements: a file without an end goes on in the next one there
		listed := map[string]bool{}
		for line := range bytes.Lines(data) {
			listed[string(line)] = true
		}
		for line := range strings.Lines(tables) {
			if !listed[line] {
				data = append(data, line...)
			}
		}
	}
	var ends atomic.Int64
	var all []func(context.Context) error
	for _, entries := range share(data, decoders(path, format)) {
		all = append(all, func(ctx context.Context) error {
			if format != "directory" {
				return t.Offline(ctx, bytes.NewReader(entries), nil, "--use-list=/dev/stdin", "--file="+os.DevNull, path)
			}
			return t.print(ctx, bytes.NewReader(entries), func(_ context.Context, in io.Reader) error {
				n, err := countEnds(in)
				ends.Add(n)
				return err
			}, "--use-list=/dev/stdin", "--file=-", path)
		})
	}
	err = cmp.Or(err, crew.Alongside(ctx, all...))
	whole := int64(strings.Count(tables, "\n"))
	if cut := whole - ends.Load(); err == nil && format == "directory" && cut > 0 {
		return fmt.Errorf("files were cut short: the rows of %d of %d tables end without the line that pg_dump writes last",
			cut, whole)
	}
	return err
}

// countEnds counts the lines that end the rows of a table.
func countEnds(in io.Reader) (n int64, err error) {
	lines := bufio.NewReaderSize(in, 1<<16)
	for isFirst := true; err == nil || err == bufio.ErrBufferFull; isFirst = err == nil {
		var line []byte
		line, err = lines.ReadSlice('\n')
		if isFirst && string(line) == "\\.\n" {
			n++
		}
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// judgeText returns why rows that are INSERT statements are refused, or nil. pg_restore cuts them at each semicolon
// outside quotes and sends the pieces: what follows one in a comment would run, and pg_dump writes no comments there.
func (t *Tools) judgeText(ctx context.Context, path, format string) (*archive.Refusal, error) {
	list, err := toc.List(toc.Entries(path, format), toc.Entry.IsText)
	if err != nil || list == "" {
		return nil, err
	}
	var comments [2]int // without the entries, and with them
	for i, list := range []string{"", list} {
		if err := t.print(ctx, strings.NewReader(list), func(_ context.Context, in io.Reader) (err error) {
			comments[i], err = archive.CountComments(in)
			return err
		}, "--use-list=/dev/stdin", "--file=-", path); err != nil {
			return nil, err
		}
	}
	const ofEntry = 3 // that pg_restore writes above the data of each entry
	if comments[1] != comments[0]+ofEntry*strings.Count(list, "\n") {
		return &archive.Refusal{Where: "rows", What: "a comment among INSERT statements"}, nil
	}
	return nil, nil
}

// Offline runs pg_restore without a server. Its input is untrusted, so it can write no file and run no program.
func (t *Tools) Offline(ctx context.Context, stdin io.Reader, stdout io.Writer, args ...string) error {
	return pgtool.Process{Path: t.Restore.Path, Args: args, Env: t.Env, Stdin: stdin, Stdout: stdout, Stderr: t.stderr,
		Confine: pgtool.Confine(t.Restore.Path), Watch: t.Reading.Program}.Run(ctx)
}

// print runs pg_restore without a server and has read take what it prints.
func (t *Tools) print(ctx context.Context, stdin io.Reader, read func(context.Context, io.Reader) error,
	args ...string) error {
	reader, writer := io.Pipe()
	return crew.Alongside(ctx,
		func(ctx context.Context) error {
			err := t.Offline(ctx, stdin, writer, args...)
			writer.CloseWithError(err)
			return err
		},
		func(ctx context.Context) error {
			err := read(ctx, reader)
			reader.CloseWithError(err)
			return err
		})
}

// decoders returns how many processes decode an archive: one per core, up to what other readers of the disk can bear.
// A tar file can only be read from its beginning, and a small file is done before a second process has started.
func decoders(path, format string) int {
	const most, small = 4, 4 << 20
	info, err := os.Stat(path)
	if format == "tar" || err == nil && info.Mode().IsRegular() && info.Size() < small {
		return 1
	}
	return min(runtime.GOMAXPROCS(0), most)
}

// dataEntry matches a line of a table of contents about rows or the contents of large objects.
var dataEntry = regexp.MustCompile(`^\d+; \d+ \d+ (?:TABLE DATA|BLOBS) `)

// list reads the table of contents with pg_restore --list and splits it into definitions and data, both as lists for
// --use-list. See archive.JudgeEntries for unread and known.
func (t *Tools) list(ctx context.Context, path string, unread, known toc.Numbers) (c Contents, definitions,
	data []byte, err error) {
	err = t.print(ctx, nil, func(_ context.Context, list io.Reader) (err error) {
		c, definitions, data, err = readContents(list, unread, known)
		return err
	}, "--list", path)
	switch {
	case err == nil:
		return c, definitions, data, nil
	case strings.Contains(err.Error(), "unsupported version"):
		err = fmt.Errorf("pg_restore %s is too old for the archive: %w", t.Restore.Version, err)
	default:
		err = fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return c, nil, nil, hint.Explain(err)
}

// share distributes the entries of a list among n processes in turn, so that neighbouring tables are
// read by different ones.
func share(list []byte, n int) [][]byte {
	shares, next := make([][]byte, n), 0
	for line := range bytes.Lines(list) {
		shares[next%n] = append(shares[next%n], line...)
		next++
	}
	return shares[:min(n, next)]
}
