package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/verdict"
)

// WriteText writes the document for people: a table of the workloads, every check that did not
// pass with its first difference, what was not covered, and the verdict as the last line.
func (d *Document) WriteText(w io.Writer) error {
	var b strings.Builder
	plain.Printf(&b, "%s\n\n", d.headline())
	if d.Command == "check" {
		d.writeTable(&b)
	} else {
		d.writeFacts(&b)
	}
	for _, workload := range d.Workloads {
		writeFailures(&b, workload.Workload, workload.Checks, workload.Failure())
	}
	for _, list := range []struct {
		name  string
		items []string
	}{{"left out by design", d.Expected}, {"note", d.Notes}} {
		for _, item := range list.items {
			plain.Printf(&b, "\n%s: %s", list.name, item)
		}
		if len(list.items) > 0 {
			b.WriteByte('\n')
		}
	}
	if len(d.NotCovered) > 0 {
		plain.Printf(&b, "\nNOT COVERED: %s\n", strings.Join(d.NotCovered, ", "))
	}
	plain.Printf(&b, "\n%s\n", d.conclusion())
	return plain.Emit(w, b.String())
}

func (d *Document) headline() string {
	line := "pgroundtrip " + d.Command
	if d.Server != nil {
		line += fmt.Sprintf(": PostgreSQL %s (%s)", d.Server.Version, d.Server.Where)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Tools)) {
		line += fmt.Sprintf(", %s %s", name, d.Tools[name])
	}
	return line
}

func (d *Document) writeTable(b *strings.Builder) {
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	plain.Printf(table, "workload\trows\tchain head\tdump\trestore\tchecks\tverdict\n")
	for _, w := range d.Workloads {
		rows, head := "-", "-"
		if w.Pre != nil {
			rows = fmt.Sprint(w.Pre.RowCount)
			head = shortHash(w.Pre.ChainHeadHash)
		}
		plain.Printf(table, "%s\t%s\t%s\t%s\t%s\t%d/%d\t%s\n", w.Workload, rows, head,
			took(w, "dump and record"), took(w, "restore"), w.Passed(), len(w.Checks), w.Verdict())
	}
	table.Flush() // a strings.Builder never fails
}

// writeFacts writes what is known about a single database: the files, and how long each phase took.
func (d *Document) writeFacts(b *strings.Builder) {
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	for _, fact := range []struct{ name, value string }{{"archive", d.Archive}, {"manifest", d.Manifest},
		{"record", d.Record}, {"moment", d.Moment}} {
		if fact.value != "" {
			plain.Printf(table, "%s\t%s\n", fact.name, fact.value)
		}
	}
	for i, side := range d.Sides {
		plain.Printf(table, "%s\t%s\n", []string{"A", "B"}[i], side)
	}
	for _, w := range d.Workloads {
		if s := w.Pre; s != nil {
			plain.Printf(table, "chain\t%d rows, head %s\n", s.RowCount, shortHash(s.ChainHeadHash))
		}
		plain.Printf(table, "checks\t%d of %d passed\n", w.Passed(), len(w.Checks))
		for _, p := range w.Phases {
			plain.Printf(table, "%s\t%.2f s\n", p.Name, p.Seconds)
		}
	}
	for _, warning := range d.Warnings {
		plain.Printf(table, "warning\t%s\n", warning)
	}
	table.Flush() // a strings.Builder never fails
}

// took formats how long a phase took.
func took(w *verdict.Report, phase string) string {
	for _, p := range w.Phases {
		if p.Name == phase {
			return fmt.Sprintf("%.2f s", p.Seconds)
		}
	}
	return "-"
}

func shortHash(hash string) string {
	if len(hash) > 16 {
		return hash[:16] + "..."
	}
	return cmp.Or(hash, "none")
}

func writeFailures(b *strings.Builder, name string, checks []verdict.Check, failure *hint.Failure) {
	for _, c := range checks {
		if c.Verdict == verdict.Pass {
			continue
		}
		plain.Printf(b, "\n%s %s: %s: %s\n", strings.ToUpper(string(c.Verdict)), name, c.Name, c.Detail)
		writeCheck(b, c)
	}
	if failure != nil {
		plain.Printf(b, "\nERROR %s: %s\n", name, plain.Lines(failure.Message))
		if failure.Hint != "" {
			plain.Printf(b, "hint: %s\n", failure.Hint)
		}
	}
}

// writeCheck writes the findings of a check after its detail: what to do, and the rows that differ.
func writeCheck(b *strings.Builder, c verdict.Check) {
	if c.Hint != "" {
		plain.Printf(b, "hint: %s\n", c.Hint)
	}
	if c.Difference != nil {
		for line := range strings.Lines(c.Difference.Diff) {
			plain.Printf(b, "%s\n", plain.Lines(line)) // each line begins with a blank, + or -
		}
	}
	writeChanges(b, "  ", c.Changes)
	for _, t := range c.Tables {
		if t.Changes == nil {
			continue
		}
		plain.Printf(b, "  rows of %s, against %s: %s\n", t.Table, t.Against, t.Changes)
		writeChanges(b, "    ", t.Changes)
	}
}

// writeChanges writes a line for each change: its row, its columns, and the old and new values
// unless they are masked.
func writeChanges(b *strings.Builder, indent string, c *verdict.Changes) {
	if c == nil {
		return
	}
	for _, change := range c.First {
		plain.Printf(b, "%s%s %s", indent, change.Kind, change.Key)
		if len(change.Columns) > 0 {
			plain.Printf(b, ": %s", strings.Join(change.Columns, ", "))
		}
		b.WriteByte('\n')
		for i := range change.Old {
			plain.Printf(b, "%s  %s: %s -> %s\n", indent, change.Columns[i], shorten(change.Old[i]), shorten(change.New[i]))
		}
	}
	if more := c.Total() - int64(len(c.First)); more > 0 {
		plain.Printf(b, "%s... and %d more\n", indent, more)
	}
}

// shorten cuts a value that is too long for a line.
func shorten(value string) string {
	const most = 200
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + fmt.Sprintf("... (%d characters)", len(runes))
	}
	return value
}

// conclusions maps each verdict of a command to its meaning.
var conclusions = map[string]map[verdict.Verdict]string{
	"dump": {
		verdict.Pass:  "the archive and its manifest were written from one snapshot",
		verdict.Fail:  "the archive was written, but the database was already damaged",
		verdict.Error: "the archive was written, but part of the database could not be recorded",
	},
	"restore": {
		verdict.Pass: "the archive restores to exactly what was dumped",
		verdict.Fail: "the archive does not restore to what was dumped",
	},
	"record": {
		verdict.Pass:  "the record was taken from one snapshot",
		verdict.Fail:  "the record was written, but the database was already damaged",
		verdict.Error: "the record was written, but part of the database could not be recorded",
	},
	"compare": {
		verdict.Pass: "both sides are the same in everything that was compared",
		verdict.Fail: "the two sides differ",
	},
	"status": {verdict.Pass: "every target was proven in time, and its last run passed",
		verdict.Fail: "not every target was proven in time, or the last run of one differs"},
	"attest": {verdict.Pass: "every statement is as it was signed",
		verdict.Fail: "a statement is missing, or not as it was signed"},
	"verify":   {verdict.Pass: "the chain is whole", verdict.Fail: "the chain is broken or was changed"},
	"workload": {verdict.Pass: "the database is filled, and its chain is whole", verdict.Fail: "the chain is not whole"},
	"selftest": {verdict.Pass: "every damage was caught", verdict.Fail: "not every damage was caught"},
}

func (d *Document) conclusion() string {
	passed := 0
	for _, w := range d.Workloads {
		if w.Verdict() == verdict.Pass {
			passed++
		}
	}
	what := conclusions[d.Command][d.Verdict]
	switch {
	case d.Error != nil:
		what = ""
	case d.Command == "check":
		what = fmt.Sprintf("%d of %d workloads came back exactly as they were dumped", passed, len(d.Workloads))
	case d.Command == "restore" && d.Record != "" && d.Verdict != verdict.Error:
		what = map[bool]string{true: "the backup is exactly what was recorded",
			false: "the backup is not what was recorded"}[d.Verdict == verdict.Pass]
	case d.Command == "restore" && d.Verdict == verdict.Pass && d.Manifest == "":
		what = "the archive restores without an error" + d.wholeChain() +
			"; without a manifest nothing was compared with the source"
	}
	switch d.Verdict {
	case verdict.Pass:
		return strings.TrimSuffix("PASS: "+what, ": ")
	case verdict.Fail:
		return strings.TrimSuffix("FAIL: "+what, ": ")
	}
	return strings.TrimSuffix("ERROR: could not tell; "+what, "; ")
}

// wholeChain describes the chain if nothing can be compared with the source; "" without a chain.
func (d *Document) wholeChain() string {
	for _, w := range d.Workloads {
		isWhole := func(c verdict.Check) bool { return c.Name == "source_chain" && c.Verdict == verdict.Pass }
		if w.Post != nil && slices.ContainsFunc(w.Checks, isWhole) {
			return fmt.Sprintf(" and its chain of %d rows is whole", w.Post.RowCount)
		}
	}
	return ""
}

// WriteSnapshot writes a snapshot for people; breaks may be nil.
func WriteSnapshot(w io.Writer, s *record.Snapshot, breaks *record.Breaks, notCovered []string) error {
	verdict := "the chain is whole"
	if !s.IsWhole() {
		verdict = fmt.Sprintf("the chain BREAKS at position %d (id=%s): %s", s.FirstBreakPos, s.FirstBreakID,
			s.FirstBreakReason)
	}
	var b strings.Builder
	plain.Printf(&b, "%s\nrows          %d\nrows walked   %d\nchain head    %s\n", verdict, s.RowCount, s.VerifierWalked,
		cmp.Or(s.ChainHeadHash, "none"))
	if s.TreeRoot != "" {
		plain.Printf(&b, "tree root     %s\n", s.TreeRoot)
	}
	if breaks != nil {
		writeBreaks(&b, breaks)
	}
	if len(notCovered) > 0 {
		plain.Printf(&b, "NOT COVERED   %s\n", strings.Join(notCovered, ", "))
	}
	return plain.Emit(w, b.String())
}

// writeBreaks lists breaks, and counts them by class.
func writeBreaks(b *strings.Builder, breaks *record.Breaks) {
	plain.Printf(b, "breaks        %d", breaks.Total)
	separator := ": "
	for _, class := range slices.Sorted(maps.Keys(breaks.ByClass)) {
		plain.Printf(b, "%s%d %s", separator, breaks.ByClass[class], class)
		separator = ", "
	}
	b.WriteString("\n\n")
	table := tabwriter.NewWriter(b, 0, 2, 2, ' ', 0)
	plain.Printf(table, "position\tid\tclass\treason\n")
	for _, one := range breaks.First {
		plain.Printf(table, "%d\t%s\t%s\t%s\n", one.Pos, one.ID, one.Class, one.Reason)
	}
	table.Flush() // a strings.Builder never fails
	if more := breaks.Total - int64(len(breaks.First)); more > 0 {
		plain.Printf(b, "... and %d more\n", more)
	}
}
