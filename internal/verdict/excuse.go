package verdict

import (
	"cmp"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// expect turns a failed check into a pass if every row that differs was expected to, in the columns that it was
// expected to, and notes each expectation about its result that does not apply any more.
func (r *Report) expect(c *Check, query string) {
	x := newExcuses(r.Expected, query)
	if c.Verdict == Fail && c.Changes != nil {
		x.apply(c.Changes)
		defer func() { c.Changes.First = c.Changes.First[:min(len(c.Changes.First), shownChanges)] }()
	}
	for i, e := range x.all {
		if e.Key != "" && !x.met[i] && !e.Quiet {
			r.Notes = append(r.Notes, "expected to be lost, and is not: "+e.What+" ("+e.Reason+")")
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
	// What was not expected is what is shown.
	c.Changes.First = slices.Concat(x.unexcused, x.excused)
}

// excuses are the expectations about one result, and what they excuse of its changes.
type excuses struct {
	all                []record.Expectation
	met                []bool
	owners             map[string]bool // that objects got instead of their own
	excused, unexcused []Change
}

func newExcuses(expected []record.Expectation, query string) *excuses {
	x := &excuses{owners: map[string]bool{}}
	for _, e := range expected {
		if e.Query != query {
			continue
		}
		if e.Key == "" && e.Column == "" { // as an older version wrote it
			e.Column = map[string]string{"owners": "owner", "grants": "grants"}[e.What]
		}
		if e.Key != "" || e.Column != "" { // one that excuses everything excuses nothing
			x.all = append(x.all, e)
		}
	}
	x.met = make([]bool, len(x.all))
	return x
}

// apply parts the changes into those that the expectations excuse and the others.
func (x *excuses) apply(changes *Changes) {
	for _, change := range changes.First {
		if x.excuse(change) {
			x.excused = append(x.excused, change)
		} else {
			x.unexcused = append(x.unexcused, change)
		}
	}
}

// isComplete reports whether all changes are known and excused. Without owners all objects belong to the one role
// that restored them: another one among them is a difference.
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

// excuse reports whether each column in which a row differs is named by an expectation.
func (x *excuses) excuse(change Change) bool {
	open := slices.Clone(change.Columns)
	if change.Kind != "changed" {
		open = []string{""} // the row itself
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

// isWithin reports whether a row has grown in the column of e, or shrunk, and no further than e allows. Where it is not
// known how far it is, both before and after, it may be anywhere.
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

// allows reports whether an expectation that names a column allows that a row differs in this one, or, if that is "",
// that the row is missing: it is if it told nothing else.
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

// isUngranted reports whether a row has the rights that an object has to which no one granted any.
func isUngranted(change Change) bool {
	now := change.New[slices.Index(change.Columns, "grants")]
	return now == `\N` || isOfPublic(change) && slices.Contains([]string{"(owner): all; public: all",
		"(owner): all; public: usage"}, now)
}

func isOfPublic(change Change) bool {
	return slices.Equal(change.KeyValues, []string{"schema", "public"})
}

// isRegranted reports whether a row has the rights that the same statements give where another role owns the object:
// what its owner had is then granted to a role like any other, and what the new one was granted it has anyway.
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
		return true // pg_dump before 15 revokes what the first owner of schema public had
	}
	wanted, unset := strings.Join(entries, "; "), "(owner): all"
	if slices.Contains([]string{"function", "procedure", "aggregate", "type", "language"}, change.KeyValues[0]) {
		unset = "(owner): all; public: all"
	}
	return change.New[grants] == wanted || change.New[grants] == `\N` && wanted == unset
}
