package roundtrip

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"pgroundtrip/internal/cluster"
)

// findings are what the SQL of an archive gives away before it runs.
type findings struct {
	// attver says that it sets pg_attver: a token that some minor releases of the server keep in
	// pg_attribute, and that a pg_dump which does not know it writes out (PITFALLS.md, a3).
	attver bool
	// elsewhere is a line that would leave the scratch database: \connect, CREATE or DROP DATABASE.
	elsewhere string
	// encoding is that of its text, "UTF8"; "" if it does not say.
	encoding string
	// refers is what it expects to be there.
	refers references
}

// longestLine is how much of a line is looked at; rows in COPY can be longer.
const longestLine = 1 << 16

// scan reads SQL as pg_dump and pg_restore write it, line by line and without the rows of COPY.
func scan(r io.Reader) (f findings, err error) {
	f.refers = newReferences()
	lines, inCopy, open := bufio.NewReaderSize(r, longestLine), false, ""
	var begun []byte // a statement whose line ended within a name
	for {
		line, isCut, err := lines.ReadLine()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		switch {
		case inCopy:
			inCopy = !bytes.Equal(line, []byte(`\.`))
		case bytes.HasPrefix(line, []byte("COPY ")) && bytes.HasSuffix(line, []byte(" FROM stdin;")):
			inCopy = true
		default:
			f.look(line)
			if open == "" || len(begun) > 0 {
				begun = append(begun, line...)
			}
			open = leftOpen(line, open)
		}
		for isCut && err == nil {
			if line, isCut, err = lines.ReadLine(); !inCopy {
				open = leftOpen(line, open)
			}
		}
		switch {
		case len(begun) == 0:
		case open == `"` && len(begun) < longestLine:
			begun = append(begun, '\n')
		default:
			f.refers.look(begun)
			begun = begun[:0]
		}
	}
}

func (f *findings) look(line []byte) {
	if name, isSet := bytes.CutPrefix(line, []byte("SET client_encoding = '")); isSet && f.encoding == "" {
		f.encoding = string(bytes.TrimSuffix(name, []byte("';")))
	}
	if bytes.HasPrefix(line, []byte("ALTER TABLE ")) && bytes.Contains(line, []byte("SET (pg_attver=")) {
		f.attver = true
	}
	for _, start := range []string{`\connect `, `\c `, "CREATE DATABASE ", "DROP DATABASE "} {
		if bytes.HasPrefix(line, []byte(start)) && f.elsewhere == "" {
			f.elsewhere = string(line)
		}
	}
}

// scanPlain looks through a plain dump, and refuses one that would leave the scratch database.
func scanPlain(path string) (findings, error) {
	file, err := os.Open(path)
	if err != nil {
		return findings{}, err
	}
	defer file.Close() // read only: nothing to lose
	f, err := scan(file)
	if err == nil && f.elsewhere != "" {
		return f, &cluster.HintError{
			Err:  fmt.Errorf("the plain dump would leave the scratch database: %s", f.elsewhere),
			Hint: "it was made with --create or by pg_dumpall; dump one database without --create",
		}
	}
	return f, err
}

// scanArchive looks through the definitions in an archive, as pg_restore would run them: entries of its
// table of contents, as pg_restore lists them.
func (t *Tools) scanArchive(ctx context.Context, path string, definitions []byte) (f findings, err error) {
	reader, writer := io.Pipe()
	err = alongside(ctx,
		func(ctx context.Context) error {
			err := t.offline(ctx, bytes.NewReader(definitions), writer, "--use-list=/dev/stdin", "--file=-", path)
			writer.CloseWithError(err)
			return err
		},
		func(context.Context) (err error) {
			f, err = scan(reader)
			reader.CloseWithError(err)
			return err
		})
	return f, err
}

const attverHint = "dump it with the pg_dump of the source server's own minor release, which knows it"

// errAttver is why an archive with pg_attver cannot be restored.
func errAttver(where string) error {
	return &cluster.HintError{Err: errors.New("the archive sets pg_attver, a token of the source server that its pg_dump did not know, and " + where), Hint: attverHint}
}

// checkTar walks through a tar archive to the two empty blocks that end it. pg_restore itself reads a
// cut one for ever, or takes it for whole.
func checkTar(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	entries := tar.NewReader(file)
	for err == nil {
		_, err = entries.Next()
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("the tar file is damaged or was cut short: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	end := make([]byte, 1024)
	if _, err := file.ReadAt(end, info.Size()-int64(len(end))); err != nil {
		return fmt.Errorf("could not read the end of the tar file: %w", err)
	}
	if !bytes.Equal(end, make([]byte, len(end))) {
		return errors.New("the tar file was cut short: the empty blocks at its end are missing")
	}
	return nil
}
