package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
)

// WriteText writes the document for people: a table of the workloads, every check that did not
// pass with its first difference, what was not covered, and the verdict as the last line.
func (d *Document) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", d.headline())
	d.writeTable(&b)
	for _, workload := range d.Workloads {
		writeFailures(&b, workload)
	}
	if len(d.NotCovered) > 0 {
		fmt.Fprintf(&b, "\nnot covered: %s\n", strings.Join(d.NotCovered, ", "))
	}
	fmt.Fprintf(&b, "\n%s\n", d.conclusion())
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *Document) headline() string {
	line := "pgroundtrip " + d.Command
	if d.Server != nil {
		line += fmt.Sprintf(": PostgreSQL %s (%s)", d.Server.Version, d.Server.Where)
	}
	var names []string
	for name := range d.Tools {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		line += fmt.Sprintf(", %s %s", name, d.Tools[name])
	}
	return line
}

func (d *Document) writeTable(b *strings.Builder) {
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "workload\trows\tchain head\tdump\trestore\tchecks\tverdict")
	for _, w := range d.Workloads {
		rows, head := "-", "-"
		if w.Pre != nil {
			rows = fmt.Sprint(w.Pre.RowCount)
			head = shortHash(w.Pre.ChainHeadHash)
		}
		passed := 0
		for _, c := range w.Checks {
			if c.Verdict == roundtrip.Pass {
				passed++
			}
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d/%d\t%s\n", w.Workload, rows, head,
			w.seconds("dump"), w.seconds("restore"), passed, len(w.Checks), w.Verdict)
	}
	table.Flush() // a strings.Builder takes everything
}

func (w Workload) seconds(phase string) string {
	for _, p := range w.Phases {
		if p.Phase == phase {
			return fmt.Sprintf("%.2f s", p.Seconds)
		}
	}
	return "-"
}

func shortHash(hash string) string {
	if len(hash) > 16 {
		return hash[:16] + "..."
	}
	if hash == "" {
		return "none"
	}
	return hash
}

func writeFailures(b *strings.Builder, w Workload) {
	for _, c := range w.Checks {
		if c.Verdict == roundtrip.Pass {
			continue
		}
		fmt.Fprintf(b, "\nFAIL %s: %s: %s\n", w.Workload, c.Check, c.Detail)
		if c.FirstDifference != nil {
			b.WriteString(c.FirstDifference.Diff)
		}
	}
	if w.Error != nil {
		fmt.Fprintf(b, "\nERROR %s: %s\n", w.Workload, w.Error.Message)
		if w.Error.Hint != "" {
			fmt.Fprintf(b, "hint: %s\n", w.Error.Hint)
		}
	}
}

func (d *Document) conclusion() string {
	passed := 0
	for _, w := range d.Workloads {
		if w.Verdict == roundtrip.Pass {
			passed++
		}
	}
	switch d.Verdict {
	case roundtrip.Pass:
		return fmt.Sprintf("PASS: %d of %d workloads came back exactly as they were dumped", passed, len(d.Workloads))
	case roundtrip.Fail:
		return fmt.Sprintf("FAIL: %d of %d workloads came back exactly as they were dumped", passed, len(d.Workloads))
	}
	return fmt.Sprintf("ERROR: could not tell; %d of %d workloads came back exactly as they were dumped", passed, len(d.Workloads))
}

// WriteSnapshot writes a snapshot for people.
func WriteSnapshot(w io.Writer, s *record.Snapshot, notCovered []string) error {
	verdict := "the chain is whole"
	if !s.IsWhole() {
		verdict = fmt.Sprintf("the chain BREAKS at position %d (id=%s): %s", s.FirstBreakPos, s.FirstBreakID, s.FirstBreakReason)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nrows          %d\nrows walked   %d\nchain head    %s\n", verdict, s.RowCount, s.VerifierWalked, orNone(s.ChainHeadHash))
	if len(notCovered) > 0 {
		fmt.Fprintf(&b, "not covered   %s\n", strings.Join(notCovered, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
