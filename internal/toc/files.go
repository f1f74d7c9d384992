package toc

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/safefile"
)

// The names of the files that pg_dump writes, in a tar file or a folder. pg_restore opens any name that an archive
// gives it, wherever that leads (only minor releases of 2026 refuse some). In a folder a name can have a suffix.
var (
	fileName   = regexp.MustCompile(`^(?:toc\.dat|restore\.sql|\d+\.dat|blobs(?:_\d+)?\.toc|blob_\d+\.dat)$`)
	isOpened   = regexp.MustCompile(`\.(?:dat|toc)(?:\.(?:gz|lz4|zst))?$`)
	largeEntry = regexp.MustCompile(`^\d{1,10} blob_\d{1,10}\.dat$`) // a line of blobs.toc
)

// CheckFiles returns an error if an archive is not made of the files that pg_dump writes for that format. It is called
// before pg_restore opens any: a pipe would block it, a link lead it elsewhere, a truncated tar file keep it forever.
func CheckFiles(path, format string) error {
	switch format {
	case "tar":
		return checkTar(path)
	case "directory":
		return checkFolder(path)
	}
	return nil
}

// checkFolder checks the files that pg_restore may open in a folder. Others are of no concern.
func checkFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close() // read only: nothing to lose
	for {
		entries, err := folder.ReadDir(1 << 10) // there may be millions of large objects
		for _, e := range entries {
			name := filepath.Join(path, e.Name())
			switch {
			case !isOpened.MatchString(e.Name()):
			case !e.Type().IsRegular():
				return fmt.Errorf("%s is not a file, but a link, a pipe or the like", name)
			case strings.Contains(e.Name(), ".toc."):
				return fmt.Errorf("%s is compressed, as pg_dump writes no list of large objects", name)
			case strings.HasSuffix(e.Name(), ".toc"):
				if err := checkLarge(name); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// checkLarge checks the names in a list of large objects, which pg_restore opens.
func checkLarge(path string) error {
	file, err := safefile.Open(path, 0)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if !largeEntry.Match(lines.Bytes()) {
			return fmt.Errorf("it names a file that pg_dump does not write: %.100q", lines.Bytes())
		}
	}
	return lines.Err()
}

const block = 512 // of a tar file

// checkTar checks the members of a tar file as pg_restore reads them: it takes no notice of their types, nor of the
// blocks that end other tar files. It reads a truncated one for ever, or takes it for complete.
func checkTar(path string) error {
	file, err := safefile.Open(path, 0)
	if err != nil {
		return err
	}
	defer file.Close() // read only: nothing to lose
	info, err := file.Stat()
	if err != nil {
		return err
	}
	header, at := make([]byte, block), int64(0)
	for {
		if _, err := file.ReadAt(header, at); err != nil {
			return fmt.Errorf("the tar file was cut short: %w", err)
		}
		if isZero(header) {
			break
		}
		size, err := memberSize(header)
		if err != nil {
			return fmt.Errorf("the tar file is damaged, or was not written by pg_dump: at byte %d: %w", at, err)
		}
		if at += block; size > info.Size()-at {
			return fmt.Errorf("the tar file was cut short: at byte %d it has %d bytes less than its header says", at,
				size-info.Size()+at)
		}
		at += (size + block - 1) / block * block
	}
	const most = 1 << 20 // other programs write more than the two blocks of pg_dump
	rest := make([]byte, min(max(info.Size()-at, 0), most+1))
	if _, err := file.ReadAt(rest, at); err != nil {
		return err
	}
	if len(rest) < 2*block || len(rest) > most || !isZero(rest) {
		return errors.New("the tar file was cut short: there are not just empty blocks at its end")
	}
	return nil
}

func isZero(data []byte) bool { return len(bytes.Trim(data, "\x00")) == 0 }

// memberSize reads the header of a member (pgtar.h).
func memberSize(header []byte) (size int64, err error) {
	sum := int64(8 * ' ')
	for i, c := range header {
		if i < 148 || i >= 156 { // the sum itself
			sum += int64(c)
		}
	}
	name, _, _ := bytes.Cut(header[:100], []byte{0})
	size = octal(header[124:136])
	if header[124] == 0x80 { // more than 8 GiB
		size = int64(binary.BigEndian.Uint64(header[128:136]))
	}
	switch kind := header[156]; {
	case octal(header[148:156]) != sum:
		return 0, errors.New("the header has another checksum")
	case !fileName.Match(name):
		return 0, fmt.Errorf("a member %.100q", name)
	case kind != '0' && kind != 0 || header[345] != 0:
		return 0, fmt.Errorf("the member %s is not a plain file", name)
	case size < 0 || header[124] == 0x80 && !isZero(header[125:128]):
		return 0, fmt.Errorf("the member %s has no size", name)
	}
	return size, nil
}

// octal reads a number as pg_restore does, or returns -1: programs differ about blanks before it.
func octal(field []byte) (n int64) {
	digits := bytes.TrimRight(field, " \x00")
	if len(digits) == 0 {
		return -1
	}
	for _, c := range digits {
		if c < '0' || c > '7' {
			return -1
		}
		n = n<<3 | int64(c-'0')
	}
	return n
}

// A Stamp identifies a state of an archive's files.
type Stamp []os.FileInfo

// StampOf returns the present state of an archive.
func StampOf(path string) (s Stamp) {
	for _, name := range []string{path, filepath.Join(path, "toc.dat")} {
		if info, err := os.Stat(name); err == nil {
			s = append(s, info)
		}
	}
	return s
}

// Check returns an error if the archive is no longer in that state.
func (s Stamp) Check(path string) error {
	if slices.EqualFunc(s, StampOf(path), func(a, b os.FileInfo) bool {
		return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) // not the inode, which FUSE may invent anew
	}) {
		return nil
	}
	return hint.With(errors.New("the archive was changed while it was read"),
		"try again when nothing writes it any more")
}
