// Package detect tells what a file or folder is, by the bytes that it begins with: an archive of pg_dump in one of its
// formats, or something else that users take for one.
package detect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/safefile"
)

// Format returns an archive's format, named as in pg_dump's option --format (pg_backup_archiver.c). The error about
// anything else says what it is, as far as that is known.
func Format(path string) (string, error) {
	info, err := os.Stat(path)
	if isStream(path) && (path != "-" || err != nil) {
		return "", fmt.Errorf("%s cannot be read more than once, as an archive must be: write it to a file first", path)
	}
	if err != nil {
		return "", fmt.Errorf("cannot read the archive: %w", err)
	}
	if info.IsDir() {
		return ofFolder(path)
	}
	file, err := safefile.Open(path, 0)
	if err != nil {
		return "", fmt.Errorf("cannot read the archive: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	head := make([]byte, 512)
	n, err := io.ReadFull(file, head)
	if err == io.EOF {
		return "", fmt.Errorf("%s is empty: not an archive of pg_dump", path)
	}
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("cannot read the archive %s: %w", path, err)
	}
	return ofHead(path, head[:n])
}

const physicalHint = "it is a physical backup: restore -physical FOLDER -record FILE proves one (pgroundtrip help " +
	"physical)"

func ofFolder(path string) (string, error) {
	has := func(name string) bool {
		_, err := os.Stat(filepath.Join(path, name))
		return err == nil
	}
	_, unread := os.Stat(filepath.Join(path, "toc.dat"))
	err := fmt.Errorf("%s is a folder without toc.dat: not an archive of pg_dump", path)
	switch {
	case unread == nil:
		return "directory", nil
	case !errors.Is(unread, fs.ErrNotExist): // of another user, for example
		return "", fmt.Errorf("cannot read the archive: %w", unread)
	case has("PG_VERSION"), has("base.tar"), has("base.tar.gz"), has("base.tar.zst"), has("base.tar.lz4"):
		return "", hint.With(err, physicalHint)
	}
	return "", err
}

// compressed are the first bytes of files that gzip, zstd, lz4, xz, bzip2 and zip write.
var compressed = []string{"\x1f\x8b", "\x28\xb5\x2f\xfd", "\x04\x22\x4d\x18", "\xfd7zXZ\x00", "BZh", "PK\x03\x04"}

func ofHead(path string, head []byte) (string, error) {
	for _, magic := range compressed {
		if bytes.HasPrefix(head, []byte(magic)) {
			return "", fmt.Errorf("%s is a compressed file: decompress it first (gunzip, zstd -d, lz4 -d, unxz ...)", path)
		}
	}
	isTar := len(head) == 512 && bytes.HasPrefix(head[257:], []byte("ustar"))
	switch {
	case bytes.HasPrefix(head, []byte("PGDMP")):
		return "custom", nil
	case isTar && bytes.HasPrefix(head, []byte("toc.dat\x00")):
		return "tar", nil
	case isTar && bytes.HasPrefix(head, []byte("backup_label\x00")):
		return "", hint.With(fmt.Errorf("%s is a tar file of pg_basebackup, not an archive of pg_dump", path), physicalHint)
	case isTar && bytes.Contains(head[:100], []byte("toc.dat\x00")), isTar && head[156] == '5':
		return "", hint.With(fmt.Errorf("%s is a tar file of a folder, not an archive of pg_dump", path),
			"unpack it, and name the folder that has toc.dat in it")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.Contains(head, []byte("-- PostgreSQL database dump\r\n")):
		return "", hint.With(fmt.Errorf("%s is text that was changed on its way: it has other line ends than pg_dump "+
			"writes, or is UTF-16", path), "write it with pg_dump -f, not through > of PowerShell, and transfer it as binary")
	case bytes.Contains(head, []byte("-- PostgreSQL database dump")):
		return "plain", nil
	case bytes.Contains(head, []byte("-- PostgreSQL database cluster dump")):
		return "", fmt.Errorf("%s was written by pg_dumpall and holds a whole cluster: dump one database, with pg_dump", path)
	}
	return "", fmt.Errorf("%s is not an archive of pg_dump: pg_dump writes no file that begins like this", path)
}

// isStream returns whether a path names stdin, or another open file of this process.
func isStream(path string) bool {
	return path == "-" || path == "/dev/stdin" || strings.HasPrefix(path, "/dev/fd/") ||
		strings.HasPrefix(path, "/proc/self/fd/")
}
