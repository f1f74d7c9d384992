package verdict

import (
	"fmt"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// shownChanges is how many changes of one result, and of one table, a report keeps.
const shownChanges = 20

// Options say how to compare two records.
type Options struct {
	Prefix           string // of the names of the checks
	OldName, NewName string // names of the two sides in messages: "in the manifest", "after the restore"
	// Masks hides the values of rows, except where the query's file allows a record to keep them.
	Masks bool
	// Strict requires that the same query files produced both results, even if the results are equal.
	Strict bool
	// Spelled accepts definitions that differ only as PostgreSQL prints the same definition in several ways, because no
	// server is available that could print both sides in the same way.
	Spelled bool
	// Respell replaces rows of older that differ by another spelling, and says in a sentence what it did; may be nil.
	Respell func(older, newer *record.Result) (*record.Result, string, error)
	// Row returns the row at a position (from 0) of the new side; nil if that side cannot be asked again.
	Row func(query string, position int64) (string, error)
}

// Compare adds one check per result of older: newer must have the same bytes, apart from expected differences.
func (r *Report) Compare(older, newer *record.Record, o *Options) error {
	isOtherServer := older.Server != newer.Server
	if ask := o.Respell; isOtherServer && ask != nil {
		like := *o
		like.Respell = func(older, newer *record.Result) (*record.Result, string, error) {
			again, note, err := ask(older, newer)
			if err != nil {
				return nil, "", err
			}
			return unquoted(again), note, nil
		}
		o = &like
	}
	for _, was := range older.Results {
		is := newer.Result(was.Query)
		if is == nil {
			r.Add(Check{Name: o.Prefix + was.Query, Verdict: Error, RowsBefore: &was.Rows,
				Detail: "there is no such result " + o.NewName})
			continue
		}
		if was.QuerySHA256 == "" { // a golden has no header
			like := *was
			like.About, was = is.About, &like
		}
		if older.KeySHA256 != newer.KeySHA256 && (was.About.Keyed || is.About.Keyed) {
			r.Add(Check{Name: o.Prefix + was.Query, Verdict: Error, RowsBefore: &was.Rows, RowsAfter: &is.Rows,
				Detail: fmt.Sprintf("the digests were not made with one key: %s %s, %s %s",
					KeyName(older.KeySHA256), o.OldName, KeyName(newer.KeySHA256), o.NewName)})
			continue
		}
		if isOtherServer && was.SHA256 != is.SHA256 && was.Kept != nil && is.Kept != nil {
			was, is = alikeQuoted(was, is)
		}
		c, err := r.compareResult(was, is, o)
		if err != nil {
			return err
		}
		if isAnother := was.QuerySHA256 != "" && is.QuerySHA256 != "" && was.QuerySHA256 != is.QuerySHA256; isAnother &&
			(c.Verdict == Fail || o.Strict) {
			c.Verdict, c.Class = Error, ""
			c.Detail = fmt.Sprintf("%s.sql is not the file that the dump was made with, and prints another result than the "+
				"manifest has: "+
				"only that file can show whether the database differs (it was in the %s of %s)", was.Query, older.Suite, older.Tool)
		}
		r.Add(c)
	}
	return nil
}

// KeyName returns the name of a key in messages, by its fingerprint; empty: no key.
func KeyName(fingerprint string) string {
	if fingerprint == "" {
		return "no key"
	}
	return "the key with the SHA-256 " + fingerprint
}

// compareResult compares two results of one query. Definitions that differ are respelled first.
func (r *Report) compareResult(older, newer *record.Result, o *Options) (Check, error) {
	older = matchEither(older, newer)
	c, err := r.CompareResult(older, newer, o)
	if c.Verdict != Pass && err == nil && o.Spelled {
		c, err = r.compareSpelled(c, older, newer, o)
	}
	if c.Verdict == Pass || err != nil || o.Respell == nil {
		r.expect(&c, older.Query)
		return c, err
	}
	respelled, note, err := o.Respell(older, newer)
	if err != nil {
		return c, err
	}
	if note != "" {
		if c, err = r.CompareResult(respelled, newer, o); err != nil {
			return c, err
		}
		c.Detail += "; " + note
	}
	r.expect(&c, older.Query)
	return c, nil
}

// CompareResult compares two results of one query byte by byte, with no expected differences.
func (r *Report) CompareResult(older, newer *record.Result, o *Options) (Check, error) {
	c := Check{Name: o.Prefix + older.Query, Verdict: Pass, Detail: "the same in every byte", RowsBefore: &older.Rows,
		RowsAfter: &newer.Rows}
	d := firstDifference(older, newer, o)
	if d == nil {
		return c, nil
	}
	if d.Row == "" && d.Position >= 0 && o.Row != nil && (older.Kept == nil || newer.Kept == nil) &&
		d.Position < newer.Rows {
		row, err := o.Row(older.Query, d.Position)
		if err != nil {
			return c, fmt.Errorf("could not read a row of %s again: %w", older.Query, err)
		}
		d.Row = leadingColumns(newer.Columns, strings.Split(row, "\t"))
	}
	c.Verdict, c.Difference, c.Class, c.Hint = Fail, d, older.About.Class, older.About.Hint
	c.Detail = fmt.Sprintf("differs at position %d (%s): %s", d.Position, d.Row, d.What)
	if older.Kept != nil && newer.Kept != nil {
		c.Changes = ChangesOf(older.Columns, older.About.Keys, older.Kept, newer.Kept)
	}
	if c.Changes != nil && c.Changes.Total() > 0 {
		c.Detail += "; in all " + c.Changes.String()
	}
	if named := inBlocksOfNumbers(older, newer); named != "" {
		c.Detail += ": " + named
	}
	if o.Masks && !older.About.Keeps {
		c.Difference.Mask()
		c.Changes.Mask()
	}
	return c, nil
}

// firstDifference returns the first difference between two results, or nil. If both kept their rows it names row and
// columns, otherwise the block of rows.
func firstDifference(older, newer *record.Result, o *Options) *Difference {
	switch {
	case older.Moved && older.Kept != nil && newer.Kept != nil:
		return moved(older, newer)
	case older.SHA256 == newer.SHA256:
		return nil
	case older.Kept != nil && newer.Kept != nil:
		return inRows(older, newer, o)
	case !slices.Equal(newer.Columns, older.Columns):
		return &Difference{Query: older.Query, Position: -1, What: "the columns themselves",
			Diff: fmt.Sprintf("- %s\n+ %s\n", strings.Join(older.Columns, ", "), strings.Join(newer.Columns, ", "))}
	}
	return inBlocks(older, newer, o)
}

// inBlocks returns the first block that differs.
func inBlocks(older, newer *record.Result, o *Options) *Difference {
	block := 0
	for block < min(len(newer.Blocks), len(older.Blocks)) && newer.Blocks[block] == older.Blocks[block] {
		block++
	}
	d := &Difference{Query: older.Query, Position: record.BlockStart(block)}
	switch size := record.BlockRows(block); {
	case d.Position >= newer.Rows:
		d.What = fmt.Sprintf("the row and all later ones are missing: %d rows, %d %s", newer.Rows, older.Rows, o.OldName)
		return d
	case size == 1:
		d.What = "the row is not the one " + o.OldName
	default:
		d.What = fmt.Sprintf("one of the %d rows from here on is not the one %s", size, o.OldName)
	}
	if newer.Rows != older.Rows {
		d.What += fmt.Sprintf("; %d rows, %d %s", newer.Rows, older.Rows, o.OldName)
	}
	return d
}
