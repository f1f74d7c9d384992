// Package toc reads the table of contents of pg_dump's archives, and checks the files that it lists.
package toc

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/safefile"
)

// An Entry is one entry of an archive's table of contents: what pg_restore will run for it.
type Entry struct {
	ID               int
	Tag, Desc        string
	Definition, Drop string
	Copy             string // the statement before its data
	HasData          bool
	Owner            string
	IsPlaced         bool // it has a schema, a tablespace or an access method
	IsPostData       bool // it is built on rows: an index, a constraint, a trigger ...
	isLarge          bool // its data is large objects, and not text
}

// IsText reports whether the data of an entry is SQL, or may be: rows as INSERT.
func (e Entry) IsText() bool { return e.HasData && e.Copy == "" && !e.isLarge }

// IsLate reports whether an entry only has statements of a later turn.
func (e Entry) IsLate() bool {
	switch e.Desc {
	case "ACL", "DEFAULT ACL", "SECURITY LABEL":
		return true
	}
	for _, kind := range []string{"EVENT TRIGGER", "PUBLICATION", "SUBSCRIPTION"} {
		if strings.HasPrefix(e.Desc, kind) || e.Desc == "COMMENT" && strings.HasPrefix(e.Tag, kind+" ") {
			return true
		}
	}
	return false
}

// postData is a section (pg_backup.h, SECTION_POST_DATA).
const postData = 4

// Versions of the format (pg_backup_archiver.h, K_VERS_*).
const (
	firstVersion = 12 // 1.12, of PostgreSQL 9.0; older versions have other fields
	lastVersion  = 16 // 1.16, of PostgreSQL 17 to 19
)

// Entries returns the table of contents of an archive in the format custom, directory or tar. The file is read again
// each time the sequence is ranged over, because there may be millions of large objects. An error is the last
// element.
func Entries(path, format string) iter.Seq2[Entry, error] {
	if format == "directory" {
		path = filepath.Join(path, "toc.dat")
	}
	return func(yield func(Entry, error) bool) {
		file, err := safefile.Open(path, 0)
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer file.Close() // read only: nothing to lose
		var in io.Reader = file
		if format == "tar" {
			in = io.NewSectionReader(file, block, math.MaxInt64-block) // pg_restore takes the first member, of any type
		}
		t := &contents{in: bufio.NewReaderSize(in, 1<<16), file: file, format: format}
		if t.read(func(e Entry) bool { return yield(e, nil) }) && t.err != nil {
			yield(Entry{}, fmt.Errorf("cannot read the table of contents: %w", t.err))
		}
	}
}

// List returns a list for pg_restore's option --use-list.
func List(entries iter.Seq2[Entry, error], isWanted func(Entry) bool) (string, error) {
	var b strings.Builder
	for e, err := range entries {
		if err != nil {
			return "", err
		}
		if isWanted(e) {
			fmt.Fprintf(&b, "%d;\n", e.ID)
		}
	}
	return b.String(), nil
}

// Numbers is a set of entry numbers, 64 to a word, since entries are numbered consecutively.
type Numbers map[int]uint64

// Add adds n to the set.
func (s Numbers) Add(n int) { s[n>>6] |= 1 << (n & 63) }

// Has reports whether n is in the set.
func (s Numbers) Has(n int) bool { return s[n>>6]>>(n&63)&1 == 1 }

// contents is a table of contents that is being read. After an error everything it reads is empty.
type contents struct {
	in      *bufio.Reader
	file    io.ReaderAt
	format  string
	version int
	err     error
}

// formats are the numbers of the formats in the head (pg_backup.h, ArchiveFormat): directory has the number of tar.
var formats = map[string]byte{"custom": 1, "tar": 3, "directory": 3}

// read calls yield for each entry, and returns false if yield stopped it.
func (t *contents) read(yield func(Entry) bool) bool {
	magic := make([]byte, 5)
	_, t.err = io.ReadFull(t.in, magic)
	major, minor, _, intSize, offsetSize, format := t.byte(), t.byte(), t.byte(), t.byte(), t.byte(), t.byte()
	t.version = int(minor)
	switch {
	case t.err != nil:
		return true
	case string(magic) != "PGDMP" || major != 1 || intSize != 4 || offsetSize != 8 || format != formats[t.format]:
		t.err = errors.New("it does not begin as pg_dump writes it")
	case t.version < firstVersion || t.version > lastVersion:
		t.err = fmt.Errorf("its format version is 1.%d, this program reads 1.%d to 1.%d", minor, firstVersion, lastVersion)
	}
	if t.version >= 15 {
		t.byte() // compression
	} else {
		t.int()
	}
	for range 7 {
		t.int() // the date
	}
	for range 3 {
		t.string() // the database, the versions of server and pg_dump
	}
	for n := t.int(); n > 0 && t.err == nil; n-- {
		if e := t.entry(); t.err == nil && !yield(e) {
			return false
		}
	}
	return true
}

// entry reads one entry (ReadToc).
func (t *contents) entry() (e Entry) {
	e.ID, e.HasData = t.int(), t.int() != 0
	t.skip()
	t.skip()
	e.Tag, e.Desc = t.string(), t.string()
	e.IsPostData = t.int() == postData
	e.Definition, e.Drop, e.Copy = t.string(), t.string(), t.string()
	places := t.skip() + t.skip() // schema, tablespace
	if t.version >= 14 {
		places += t.skip() // access method
	}
	if t.version >= 16 {
		t.int() // kind of relation
	}
	e.Owner, e.IsPlaced = t.string(), places > 0
	t.skip() // with oids
	for t.err == nil {
		if _, isNull := t.text(); isNull {
			break
		}
	}
	e.isLarge = e.Desc == "BLOBS"
	if t.format == "custom" {
		block := t.block()
		e.isLarge = e.isLarge && block == largeBlock
	} else if name := t.string(); name != "" && !fileName.MatchString(name) {
		t.err = cmp.Or(t.err, fmt.Errorf("entry %d names a file that pg_dump does not write: %.100q", e.ID, name))
	}
	return e
}

// largeBlock is the type of a block of large objects (pg_backup_custom.c, BLK_BLOBS). pg_restore goes by the block and
// not by the entry.
const largeBlock = 3

// block reads the position of an entry's data in the format custom, and returns the type of the block there, or 0 if
// the position is not known.
func (t *contents) block() byte {
	const isKnown = 2 // K_OFFSET_POS_SET
	state, position := t.byte(), uint64(0)
	for i := range 8 {
		position |= uint64(t.byte()) << (8 * i)
	}
	var block [1]byte
	if t.err != nil || state != isKnown || position > math.MaxInt64 {
		return 0
	}
	if _, err := t.file.ReadAt(block[:], int64(position)); err != nil {
		return 0
	}
	return block[0]
}

func (t *contents) byte() byte {
	if t.err != nil {
		return 0
	}
	var c byte
	c, t.err = t.in.ReadByte()
	return c
}

// int reads a number: a sign byte, then four bytes, lowest first.
func (t *contents) int() int {
	if t.err != nil {
		return 0
	}
	var head []byte
	if head, t.err = t.in.Peek(5); t.err != nil {
		return 0
	}
	n := int(binary.LittleEndian.Uint32(head[1:]))
	if head[0] != 0 {
		n = -n
	}
	_, t.err = t.in.Discard(len(head))
	return n
}

// skip reads a string that is not wanted, and returns its length, or 0 if it is NULL.
func (t *contents) skip() (length int) {
	if length = max(0, t.int()); t.err == nil {
		_, t.err = t.in.Discard(length)
	}
	return length
}

func (t *contents) string() string {
	text, _ := t.text()
	return text
}

// text reads a string, which can be NULL.
func (t *contents) text() (text string, isNull bool) {
	length := t.int()
	if t.err != nil || length < 0 {
		return "", true
	}
	if part, err := t.in.Peek(length); err == nil { // as all but the longest
		t.in.Discard(length)
		return string(part), false
	}
	var b strings.Builder
	if _, err := io.CopyN(&b, t.in, int64(length)); err != nil {
		t.err = err
		return "", true
	}
	return b.String(), false
}
