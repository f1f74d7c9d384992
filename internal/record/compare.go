package record

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/diff"
)

// A Difference is the first place where two results of one query differ.
type Difference struct {
	Query string `json:"query"`
	// Position is the row's, from 0; -1 is the header line.
	Position int64 `json:"position"`
	// Row names the row by its leading columns, as the old side has it (the new one where the old
	// one has ended).
	Row string `json:"row"`
	// What says what differs: the columns by name, "the columns themselves", "the row is extra" or
	// "the row is missing, and all behind it".
	What string `json:"what"`
	// Diff is a unified diff of the first differing rows, long values cut around the difference.
	Diff string `json:"diff"`
}

// Mask takes the values of rows out of the difference; which row and which columns stay.
func (d *Difference) Mask() {
	if d != nil {
		d.Diff = ""
	}
}

// context and shown bound a Difference's diff: rows before it, and rows of each side from it on.
const (
	contextRows = 2
	shownRows   = 4
	shownBytes  = 2000 // of one row
)

// A Side is a folder of results with a name for people: a record, or the goldens of a workload.
type Side struct {
	Name  string
	Files fs.FS
}

// Side is the record as one side of a comparison.
func (r *Record) Side(name string) Side { return Side{name, os.DirFS(r.Dir)} }

// Compare reads the results of one query on two sides and returns their first difference, or nil
// when they are equal in every byte. Memory is bound by a few rows. A file that is not there is an
// error that wraps fs.ErrNotExist.
func Compare(query string, older, newer Side) (*Difference, error) {
	a, err := openRows(older, query)
	if err != nil {
		return nil, err
	}
	defer a.Close() // read only: nothing to lose
	b, err := openRows(newer, query)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return compare(query, older.Name, a, newer.Name, b)
}

func compare(query, oldName string, older *rows, newName string, newer *rows) (*Difference, error) {
	var header []byte
	var before [][]byte
	for position := int64(-1); ; position++ {
		a, errA := older.next()
		b, errB := newer.next()
		if err := errors.Join(notEOF(errA), notEOF(errB)); err != nil {
			return nil, err
		}
		if errA == nil && errB == nil && bytes.Equal(a, b) {
			if position < 0 {
				header = bytes.Clone(a)
			}
			before = remember(before, a)
			continue
		}
		if errA != nil && errB != nil {
			if position < 0 {
				return nil, fmt.Errorf("%s, %s: both are empty, without even the line of column names", older.path, newer.path)
			}
			return nil, nil // both ended, and nothing differed
		}
		d := &Difference{Query: query, Position: position}
		oldRow, newRow := bytes.Clone(a), bytes.Clone(b)
		d.describe(strings.Split(string(header), "\t"), oldRow, newRow, errA != nil, errB != nil)
		oldRows, err := older.window(before, oldRow, errA)
		if err != nil {
			return nil, err
		}
		newRows, err := newer.window(before, newRow, errB)
		if err != nil {
			return nil, err
		}
		at := firstDifference(oldRow, newRow)
		d.Diff = string(diff.Diff(oldName, cut(oldRows, at), newName, cut(newRows, at)))
		if d.Diff == "" { // beyond what is shown: fall back on the two rows themselves
			d.Diff = fmt.Sprintf("%s and %s differ at byte %d of the row\n", oldName, newName, at)
		}
		return d, nil
	}
}

func notEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func remember(before [][]byte, row []byte) [][]byte {
	if len(before) == contextRows {
		before = before[1:]
	}
	return append(before, bytes.Clone(row))
}

// describe fills Row and What.
func (d *Difference) describe(columns []string, oldRow, newRow []byte, oldEnded, newEnded bool) {
	oldValues, newValues := strings.Split(string(oldRow), "\t"), strings.Split(string(newRow), "\t")
	switch {
	case d.Position < 0:
		d.What = "the columns themselves"
		return
	case oldEnded:
		d.Row, d.What = leading(columns, newValues), "the row is extra"
		return
	case newEnded:
		d.Row, d.What = leading(columns, oldValues), "the row is missing, and all behind it"
		return
	}
	d.Row = leading(columns, oldValues)
	var differing []string
	for i := range min(len(oldValues), len(newValues), len(columns)) {
		if oldValues[i] != newValues[i] {
			differing = append(differing, columns[i])
		}
	}
	d.What = strings.Join(differing, ", ")
	if len(differing) == 0 {
		d.What = "the number of values"
	}
}

// leading names a row by its first columns: all but the last, two at most, none too long to read.
func leading(columns, values []string) string {
	var keys []string
	for i := 0; i < min(2, len(values)-1, len(columns)); i++ {
		if len(values[i]) > 100 {
			break
		}
		keys = append(keys, columns[i]+"="+values[i])
	}
	return strings.Join(keys, " ")
}

func firstDifference(a, b []byte) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

// cut joins rows as lines; of a row that is too long to show only what is around byte at is kept.
func cut(rows [][]byte, at int) []byte {
	var b bytes.Buffer
	for _, row := range rows {
		if len(row) > shownBytes {
			from := max(0, min(at, len(row))-shownBytes/2)
			to := min(len(row), from+shownBytes)
			for from > 0 && !utf8.RuneStart(row[from]) {
				from--
			}
			for to < len(row) && !utf8.RuneStart(row[to]) {
				to++
			}
			fmt.Fprintf(&b, "[%d bytes] ", from)
			b.Write(row[from:to])
			fmt.Fprintf(&b, " [%d bytes]\n", len(row)-to)
			continue
		}
		b.Write(row)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// rows reads a result line by line.
type rows struct {
	io.Closer
	reader *bufio.Reader
	path   string
	long   []byte
}

func openRows(side Side, query string) (*rows, error) {
	path := query + Suffix
	file, err := side.Files.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", side.Name, err)
	}
	return &rows{Closer: file, reader: bufio.NewReaderSize(file, 1<<16), path: side.Name + ": " + path}, nil
}

// next returns the next line without its newline, or io.EOF. The slice is good until the next
// call. A last line without a newline is an error: the file was cut.
func (r *rows) next() ([]byte, error) {
	line, err := r.reader.ReadSlice('\n')
	if err == nil {
		return line[:len(line)-1], nil
	}
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = append(r.long[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = r.reader.ReadSlice('\n')
			r.long = append(r.long, line...)
		}
		line = r.long
	}
	if err == nil {
		return line[:len(line)-1], nil
	}
	if errors.Is(err, io.EOF) && len(line) > 0 {
		return nil, fmt.Errorf("%s: the last line has no end: the file was cut short", r.path)
	}
	return nil, err
}

// window is the rows to show of one side: some before, the one that differs, some behind it.
func (r *rows) window(before [][]byte, row []byte, ended error) ([][]byte, error) {
	shown := append([][]byte(nil), before...)
	if ended != nil {
		return shown, nil
	}
	shown = append(shown, row)
	for range shownRows - 1 {
		line, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		shown = append(shown, bytes.Clone(line))
	}
	return shown, nil
}
