package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// expect turns a failed check into a pass if every row that differs was expected to, in just these columns. It adds a
// note for each expectation about this result that did not occur.
func (r *Report) expect(c *Check, query string) {
	x := newExcuses(r.Expected, query)
	if c.Verdict == Fail && c.Changes != nil {
		x.apply(c.Changes)
		defer func() { c.Changes.First = c.Changes.First[:min(len(c.Changes.First), shownChanges)] }()
	}
	for i, e := range x.all {
		if e.Key != "" && !x.met[i] && !e.Quiet {
			r.Notes = append(r.Notes, "expected to be lost, but is there: "+e.What+" ("+e.Reason+")")
		}
	}
	if c.Verdict != Fail || c.Changes == nil {
		return
	}
	if x.isComplete(c.Changes) {
		c.Verdict, c.Class, c.Hint = Pass, "", ""
		c.Detail = "differs only as expected: " + strings.Join(x.reasons(), "; ")
		return
	}
	// Show unexpected changes first.
	c.Changes.First = slices.Concat(x.unexcused, x.excused)
	if len(x.excused) > 0 && len(x.unexcused) > 0 {
		c.Detail += fmt.Sprintf("; %d of them as expected, but not %s", len(x.excused), x.unexcused[0].Key)
	}
}

// excuses are the expectations about one result, and the changes that they excuse.
type excuses struct {
	all                []record.Expectation
	met                []bool
	owners             map[string]bool // that objects have in the copy instead of their own
	excused, unexcused []Change
}

func newExcuses(expected []record.Expectation, query string) *excuses {
	x := &excuses{owners: map[string]bool{}}
	for _, e := range expected {
		if e.Query != query {
			continue
		}
		if e.Key == "" && e.Column == "" { // form of an older version
			e.Column = map[string]string{"owners": "owner", "grants": "grants"}[e.What]
		}
		if e.Key != "" || e.Column != "" { // an expectation that would excuse everything is ignored
			x.all = append(x.all, e)
		}
	}
	x.met = make([]bool, len(x.all))
	return x
}

// apply sorts the changes into those that an expectation excuses and the others.
func (x *excuses) apply(changes *Changes) {
	for _, change := range changes.First {
		if x.excuse(change) {
			x.excused = append(x.excused, change)
		} else {
			x.unexcused = append(x.unexcused, change)
		}
	}
}

// isComplete reports whether all changes are known and excused. In a copy made without owners, all objects belong to
// the one role that restored them, so a second owner is a difference.
func (x *excuses) isComplete(changes *Changes) bool {
	return len(x.unexcused) == 0 && len(x.excused) > 0 && int64(len(changes.First)) == changes.Total() &&
		len(x.owners) <= 1
}

func (x *excuses) reasons() (reasons []string) {
	for i, e := range x.all {
		if x.met[i] {
			reasons = append(reasons, e.What+" ("+e.Reason+")")
		}
	}
	return reasons
}

// excuse reports whether expectations cover every column in which a row differs.
func (x *excuses) excuse(change Change) bool {
	open := slices.Clone(change.Columns)
	if change.Kind != "changed" || len(open) == 0 { // a row may have another number of values
		open = []string{""} // stands for the whole row
	}
	for i, e := range x.all {
		if e.Key != "" && e.Key != change.Key {
			continue
		}
		if e.UpTo != "" && change.Kind == "changed" && isWithin(change, e) {
			x.met[i] = true
			return true
		}
		before := len(open)
		open = slices.DeleteFunc(open, func(column string) bool {
			return e.UpTo == "" && (e.Column == "" || x.allows(e, change, column))
		})
		x.met[i] = x.met[i] || len(open) < before
	}
	if len(open) > 0 {
		return false
	}
	if at := slices.Index(change.Columns, "owner"); at >= 0 && x.isOnRequest("owner") {
		x.owners[change.New[at]] = true
	}
	return true
}

// isWithin reports whether the value in the column of e lies between its old value (or e.From) and e.UpTo. If the
// value is NULL on both sides (a cycling sequence), any position is accepted.
func isWithin(change Change, e record.Expectation) bool {
	at := slices.Index(change.Columns, e.Column)
	if at < 0 {
		return e.UpTo == `\N`
	}
	return hasGrown(cmp.Or(e.From, change.Old[at]), change.New[at]) && hasGrown(change.New[at], e.UpTo)
}

// isOnRequest reports whether a column may differ in every row.
func (x *excuses) isOnRequest(column string) bool {
	return slices.ContainsFunc(x.all, func(e record.Expectation) bool { return e.Key == "" && e.Column == column })
}

// allows reports whether expectation e, which names a column, covers a difference in column. column "" stands for a
// missing row: it is covered if e's column held all that the row said.
func (x *excuses) allows(e record.Expectation, change Change, column string) bool {
	switch {
	case column == "":
		return change.Kind == "missing" && slices.Equal(change.Others, []string{e.Column})
	case e.Column == "owner" && column == "grants":
		return isRegranted(change)
	case column != e.Column:
		return false
	case e.Key == "" && e.Column == "grants":
		return isUngranted(change)
	}
	return true
}

// isUngranted reports whether the row shows the default rights of an object, as if nothing had been granted.
func isUngranted(change Change) bool {
	now := change.New[slices.Index(change.Columns, "grants")]
	return now == `\N` || isOfPublic(change) && slices.Contains([]string{"(owner): all; public: all",
		"(owner): all; public: usage"}, now)
}

func isOfPublic(change Change) bool {
	return slices.Equal(change.KeyValues, []string{"schema", "public"})
}

// isRegranted reports whether the row shows the rights that the archive's GRANT statements give to an object owned by
// another role: rights of the old owner are then ordinary grants, and those of the new owner are implied.
func isRegranted(change Change) bool {
	at, grants := slices.Index(change.Columns, "owner"), slices.Index(change.Columns, "grants")
	if at < 0 || change.Old[grants] == `\N` {
		return false
	}
	entries := []string{"(owner): all"}
	for entry := range strings.SplitSeq(change.Old[grants], "; ") {
		who, rights, _ := strings.Cut(entry, ": ")
		switch {
		case entry == "(owner): all" || entry == "nobody" || who == change.New[at]:
		case who == "(owner)":
			entries = append(entries, change.Old[at]+": "+rights)
		default:
			entries = append(entries, entry)
		}
	}
	slices.Sort(entries)
	if isOfPublic(change) && change.New[grants] == strings.Replace(change.Old[grants], "(owner)", change.Old[at], 1) {
		return true // pg_dump before 15 revokes the rights of the first owner of the schema public
	}
	wanted, unset := strings.Join(entries, "; "), "(owner): all"
	if slices.Contains([]string{"function", "procedure", "aggregate", "type", "language"}, change.KeyValues[0]) {
		unset = "(owner): all; public: all"
	}
	return change.New[grants] == wanted || change.New[grants] == `\N` && wanted == unset
}
