package record

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A Digest is a result without its rows: what a manifest keeps of it, and enough to say whether
// two results are equal and where they first differ.
type Digest struct {
	Query string `json:"query"`
	// QuerySHA256 is over the .sql file that printed the result; "" for the rows of one table.
	QuerySHA256 string `json:"query_sha256,omitempty"`
	// Skipped are the tables that the result leaves out because they could not be read, "schema.table", quoted as in SQL.
	Skipped []string `json:"skipped,omitempty"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	// SHA256 is over the whole result as it lies in a record: header line and COPY text rows.
	SHA256 string `json:"sha256"`
	// BlockRows rows make up one of Blocks (the last may hold fewer). Each is the first 16 hex
	// digits of the SHA-256 of its rows.
	BlockRows int64    `json:"block_rows"`
	Blocks    []string `json:"blocks"`
	// Text holds the rows themselves, as COPY text; null when they are not kept.
	Text []string `json:"text"`
	// Moved says that the result had changed by the time the archive was done, because it stands
	// outside snapshots (sequences). GrowsColumn then may be ahead in the archive, never behind.
	Moved       bool   `json:"moved,omitempty"`
	GrowsColumn string `json:"grows_column,omitempty"`
	// Ends are, for each row of Text, how far GrowsColumn was when the archive was done: a row may be ahead up to
	// there, and only if it moved. They are nil where nothing moved, or an older version wrote the digest.
	Ends []string `json:"ends,omitempty"`
}

// CountByTable reads how many rows each table has out of the rows that the digest of a result over
// tables kept, by "schema.table"; it is empty if they do not say, or are about something else.
func (d *Digest) CountByTable() map[string]int64 {
	counts := map[string]int64{}
	at := slices.Index(d.Columns, "row_count")
	if at < 2 || d.Columns[1] != "table" {
		return counts
	}
	for _, row := range d.Text {
		values := strings.Split(row, "\t")
		if n, err := strconv.ParseInt(values[at], 10, 64); err == nil {
			schema, _ := unescape([]byte(values[0]))
			table, _ := unescape([]byte(values[1]))
			counts[string(schema)+"."+string(table)] = n
		}
	}
	return counts
}

// maxBlocks bounds the digests of one result: up to so many rows each has its own.
const maxBlocks = 4096

// Digest reads a result of the record once and digests it. With keepText the rows are kept too:
// memory then grows with the result.
func (r *Record) Digest(result Result, keepText bool) (*Digest, error) {
	blockRows := int64(1)
	for result.Rows > maxBlocks*blockRows {
		blockRows *= 2
	}
	return r.digest(result, keepText, blockRows)
}

func (r *Record) digest(result Result, keepText bool, blockRows int64) (*Digest, error) {
	d := &Digest{Query: result.Query, Columns: result.Columns, Rows: result.Rows, BlockRows: blockRows}
	file, err := openRows(r.Side("record"), result.Query)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	whole, block := sha256.New(), newBlocks(d.BlockRows)
	for isHeader := true; ; isHeader = false {
		line, err := file.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		whole.Write(line)
		whole.Write([]byte{'\n'})
		if isHeader {
			continue
		}
		block.add(line)
		if keepText {
			d.Text = append(d.Text, string(line))
		}
	}
	d.SHA256, d.Blocks = hex.EncodeToString(whole.Sum(nil)), block.end()
	if keepText && d.Text == nil {
		d.Text = []string{}
	}
	return d, nil
}

// blocks digests rows in groups of size.
type blocks struct {
	size, filled int64
	digests      []string
	hash         hash.Hash
}

func newBlocks(size int64) *blocks {
	return &blocks{size: size, hash: sha256.New(), digests: []string{}}
}

func (b *blocks) add(line []byte) {
	b.hash.Write(line)
	b.hash.Write([]byte{'\n'})
	if b.filled++; b.filled == b.size {
		b.close()
	}
}

func (b *blocks) close() {
	b.digests = append(b.digests, hex.EncodeToString(b.hash.Sum(nil))[:16])
	b.hash.Reset()
	b.filled = 0
}

func (b *blocks) end() []string {
	if b.filled > 0 {
		b.close()
	}
	return b.digests
}

// CompareDigest compares a digest with the result of the same query in r and returns the first
// difference, or nil. With the digest's rows kept it is as exact as Compare; without them it names
// the row, or the range of rows, as r has it.
func CompareDigest(d *Digest, r *Record) (*Difference, error) {
	i := slices.IndexFunc(r.Results, func(result Result) bool { return result.Query == d.Query })
	if i < 0 {
		return &Difference{Query: d.Query, Position: -1, What: "the record has no such result"}, nil
	}
	now, err := r.digest(r.Results[i], false, d.BlockRows)
	if err != nil {
		return nil, err
	}
	switch {
	case now.SHA256 == d.SHA256:
		return nil, nil
	case d.Text != nil:
		return d.compareText(r)
	case !slices.Equal(now.Columns, d.Columns):
		return &Difference{Query: d.Query, Position: -1, What: "the columns themselves",
			Diff: fmt.Sprintf("- %s\n+ %s\n", strings.Join(d.Columns, ", "), strings.Join(now.Columns, ", "))}, nil
	}
	return d.locate(now, r)
}

// compareText compares the rows that the digest kept.
func (d *Digest) compareText(r *Record) (*Difference, error) {
	now, err := openRows(r.Side("after the restore"), d.Query)
	if err != nil {
		return nil, err
	}
	defer now.Close() // read only: nothing to lose
	if d.Moved {
		return d.compareMoved(now)
	}
	return compare(d.Query, "in the manifest", d.rows(), "after the restore", now)
}

// rows are the rows that the digest kept, as a result with its header.
func (d *Digest) rows() *rows {
	text := strings.Join(d.Columns, "\t") + "\n"
	if len(d.Text) > 0 {
		text += strings.Join(d.Text, "\n") + "\n"
	}
	return &rows{Closer: io.NopCloser(nil), reader: bufio.NewReader(strings.NewReader(text)), path: "the manifest"}
}

// compareMoved compares rows of what stands outside snapshots and moved while the archive was
// written: all but the columns that say how far it is must be the same, and it must not have gone
// back.
func (d *Digest) compareMoved(now *rows) (*Difference, error) {
	if _, err := now.next(); err != nil { // the header
		return nil, err
	}
	grows := slices.Index(d.Columns, d.GrowsColumn)
	for position, text := range d.Text {
		line, err := now.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		then, is := strings.Split(text, "\t"), strings.Split(string(line), "\t")
		difference := &Difference{Query: d.Query, Position: int64(position), Row: leading(d.Columns, then),
			Diff: fmt.Sprintf("-%s\n+%s\n", text, line)}
		if err != nil || len(is) != len(then) || then[0] != is[0] || then[1] != is[1] {
			difference.What = "the row is missing, or another stands in its place"
			return difference, nil
		}
		if difference.What = d.moved(position, then, is, grows); difference.What != "" {
			return difference, nil
		}
	}
	if _, err := now.next(); !errors.Is(err, io.EOF) {
		return &Difference{Query: d.Query, Position: int64(len(d.Text)), What: "a row is extra"}, err
	}
	return nil, nil
}

// moved returns what is wrong with a row that was then and now is is, or "": a row may be ahead only if it moved while
// the archive was written, and no further than it was at the end. The column grows says how far it is.
func (d *Digest) moved(position int, then, is []string, grows int) string {
	switch {
	case d.Ends == nil && !hasGrown(then[grows], is[grows]):
		return d.GrowsColumn + " went back"
	case d.Ends == nil:
		return ""
	case then[grows] == `\N` && is[grows] == `\N`: // it cycles: whether it moved, and how far, is not known
		return ""
	case d.Ends[position] == then[grows]:
		if slices.Equal(then, is) {
			return ""
		}
		return "it has other values, and did not move during the dump"
	case hasGrown(then[grows], d.Ends[position]):
		if hasGrown(then[grows], is[grows]) && hasGrown(is[grows], d.Ends[position]) {
			return ""
		}
	case hasGrown(then[grows], is[grows]) || hasGrown(is[grows], d.Ends[position]): // it began anew
		return ""
	}
	return fmt.Sprintf("%s is not between %s and %s, where it was during the dump", d.GrowsColumn, then[grows], d.Ends[position])
}

// MoveTo notes that what stands outside snapshots was another result by the time that the archive was done. Requires
// that column is one of its columns.
func (d *Digest) MoveTo(last *Digest, column string) {
	d.GrowsColumn, d.Moved = column, d.SHA256 != last.SHA256
	if !d.Moved || d.Text == nil || len(d.Text) != len(last.Text) {
		return
	}
	at := slices.Index(d.Columns, column)
	for i, row := range last.Text {
		values := strings.Split(row, "\t")
		then := strings.Split(d.Text[i], "\t")
		if at < 0 || at >= len(values) || len(then) != len(values) || !slices.Equal(then[:2], values[:2]) {
			d.Ends = nil // not the same rows: nothing is known of each
			return
		}
		d.Ends = append(d.Ends, values[at])
	}
}

// hasGrown says whether now is at least then, as whole numbers; unknown is equal to itself only.
func hasGrown(then, now string) bool {
	a, okA := new(big.Int).SetString(then, 10)
	b, okB := new(big.Int).SetString(now, 10)
	if !okA || !okB {
		return then == now
	}
	return b.Cmp(a) >= 0
}

// locate finds the first block that differs and names it by the row that now stands there.
func (d *Digest) locate(now *Digest, r *Record) (*Difference, error) {
	block := 0
	for block < min(len(now.Blocks), len(d.Blocks)) && now.Blocks[block] == d.Blocks[block] {
		block++
	}
	first := int64(block) * d.BlockRows
	difference := &Difference{Query: d.Query, Position: first}
	switch {
	case first >= now.Rows:
		difference.What = fmt.Sprintf("the row is missing, and all behind it: %d rows, %d in the manifest", now.Rows, d.Rows)
		return difference, nil
	case d.BlockRows == 1:
		difference.What = "the row is not the one in the manifest"
	default:
		difference.What = fmt.Sprintf("one of the %d rows from here on is not the one in the manifest", d.BlockRows)
	}
	if now.Rows != d.Rows {
		difference.What += fmt.Sprintf("; %d rows, %d in the manifest", now.Rows, d.Rows)
	}
	line, err := r.line(d.Query, first)
	difference.Row = leading(d.Columns, strings.Split(line, "\t"))
	return difference, err
}

// line is the row of a result at a position, from 0.
func (r *Record) line(query string, position int64) (string, error) {
	file, err := openRows(r.Side("record"), query)
	if err != nil {
		return "", err
	}
	defer file.Close() // read only: nothing to lose
	for range position + 1 {
		if _, err := file.next(); err != nil {
			return "", err
		}
	}
	line, err := file.next()
	return string(line), err
}
