package record

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Speller gives another spelling of some values of a row. It is handed the row's values by column, nil for NULL, and
// returns those that it spells, as COPY text. No values at all leave the row as it is.
type Speller func(values map[string]*string) (map[string]string, error)

// Respelled returns d with other spellings in the rows that r has under the same key with other values in those columns, and
// in no other column, and how many rows were spelled anew. The first keys columns name a row. A digest that keeps no
// rows is returned as it is.
func (d *Digest) Respelled(r *Record, keys int, columns []string, spell Speller) (*Digest, int, error) {
	if d.Text == nil {
		return d, 0, nil
	}
	now, err := d.differing(r, keys)
	if err != nil {
		return nil, 0, err
	}
	text, spelled := slices.Clone(d.Text), 0
	for i, line := range d.Text {
		is, differs := now[keyOf(line, keys)]
		was := strings.Split(line, "\t")
		if !differs || !d.differsOnlyIn(columns, was, strings.Split(is, "\t")) {
			continue
		}
		values, err := spell(d.named(was))
		if err != nil {
			return nil, 0, err
		}
		for _, column := range columns {
			if value, isSpelled := values[column]; isSpelled {
				was[slices.Index(d.Columns, column)] = value
			}
		}
		if len(values) > 0 {
			text[i], spelled = strings.Join(was, "\t"), spelled+1
		}
	}
	again := *d
	again.Text = text
	again.SHA256 = again.sumOfRows()
	return &again, spelled, nil
}

// keyOf is the part of a row that names it: its first keys values.
func keyOf(line string, keys int) string {
	end := 0
	for range keys {
		next := strings.IndexByte(line[end:], '\t')
		if next < 0 {
			return line
		}
		end += next + 1
	}
	return line[:end]
}

// differing are the rows of r that d has under the same key with other values, by that key.
func (d *Digest) differing(r *Record, keys int) (map[string]string, error) {
	file, err := openRows(r.Side("record"), d.Query)
	if err != nil {
		return nil, err
	}
	defer file.Close() // read only: nothing to lose
	header, err := file.next()
	if err != nil || string(header) != strings.Join(d.Columns, "\t") {
		return nil, notEOF(err) // rows with other columns are other rows
	}
	was := make(map[string]string, len(d.Text))
	for _, line := range d.Text {
		was[keyOf(line, keys)] = line
	}
	now := map[string]string{}
	for {
		line, err := file.next()
		if errors.Is(err, io.EOF) {
			return now, nil
		}
		if err != nil {
			return nil, err
		}
		key := keyOf(string(line), keys)
		if older, isThere := was[key]; isThere && older != string(line) {
			now[key] = string(line)
		}
	}
}

// differsOnlyIn reports whether two rows differ, and in none but these columns.
func (d *Digest) differsOnlyIn(columns, was, is []string) bool {
	if len(was) != len(is) || slices.Equal(was, is) {
		return false
	}
	for i, name := range d.Columns {
		if was[i] != is[i] && !slices.Contains(columns, name) {
			return false
		}
	}
	return true
}

// named gives the values of a row by column, as stored.
func (d *Digest) named(row []string) map[string]*string {
	values := map[string]*string{}
	for i, name := range d.Columns {
		stored, isNull := unescape([]byte(row[i]))
		if values[name] = nil; !isNull {
			text := string(stored)
			values[name] = &text
		}
	}
	return values
}

// sumOfRows is the SHA-256 of the rows that the digest keeps, with their header.
func (d *Digest) sumOfRows() string {
	sum := sha256.New()
	fmt.Fprintln(sum, strings.Join(d.Columns, "\t"))
	for _, row := range d.Text {
		fmt.Fprintln(sum, row)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
