package verdict

import (
	"fmt"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// shownChanges is how many changes of one result, and of one table, are kept for a report.
const shownChanges = 20

// Options say how two records are compared.
type Options struct {
	Prefix           string // of the names of checks
	OldName, NewName string // what the two sides are called: "in the manifest", "after the restore"
	// Masks takes the values of rows out of what is shown, unless the query's file allows that they are kept.
	Masks bool
	// Strict demands that both sides were asked by the same query files, even where they printed the same.
	Strict bool
	// Words has definitions compared by their words where their text differs: there is no server that could print
	// both in one way.
	Words bool
	// Respell gives another spelling of rows of older that differ, and a sentence on what was done; nil has none.
	Respell func(older, newer *record.Result) (*record.Result, string, error)
	// Row asks the new side again for the row at a position, from 0; nil where it cannot be asked.
	Row func(query string, position int64) (string, error)
}

// Compare adds a check for each result of older: whether that of newer is the same in every byte, but for what is
// expected to differ.
func (r *Report) Compare(older, newer *record.Record, o *Options) error {
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

// KeyName is what a message calls the key with a fingerprint, or none.
func KeyName(fingerprint string) string {
	if fingerprint == "" {
		return "no key"
	}
	return "the key with the SHA-256 " + fingerprint
}

// compareResult compares two results of one query. Definitions that differ are spelled anew before they are judged.
func (r *Report) compareResult(older, newer *record.Result, o *Options) (Check, error) {
	older = alike(older, newer)
	c, err := r.CompareResult(older, newer, o)
	if c.Verdict == Pass || err != nil || o.Respell == nil {
		if o.Words {
			r.takeWords(&c, older)
		}
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

// CompareResult is the check of two results of one query, byte by byte: nothing is expected to differ.
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
			return c, fmt.Errorf("could not ask for a row of %s again: %w", older.Query, err)
		}
		d.Row = leading(newer.Columns, strings.Split(row, "\t"))
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

// firstDifference is where two results differ first, or nil. Where both sides kept their rows it names row and columns,
// else the block of rows.
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

// inBlocks finds the first block that differs.
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
