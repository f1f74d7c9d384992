package cli

import (
	"context"
	"fmt"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/selftest"
)

func selftestCommand(p *command.Program) *command.Command {
	flags, s := p.FlagSet("selftest"), &command.Shared{}
	s.Register(flags)
	flips := flags.Int("flips", 12, "`number` of single bits to flip in each archive format")
	workload := flags.String("workload", "", "`name` of the workload that fills the good database (else lifecycle)")
	damage := flags.String("damage", "", "`list` of the only damages to do, separated by commas (else all)")
	return &command.Command{Name: "selftest", Usage: "[flags]", Flags: flags, Shared: s,
		Help: "Damage copies on purpose and require that each damage is caught.",
		Run: func(ctx context.Context, args, passed []string) error {
			return runSelftest(ctx, p, s, *flips, *workload, *damage)
		}}
}

func runSelftest(ctx context.Context, p *command.Program, s *command.Shared, flips int, workload, damage string) error {
	if err := command.NeedOne("flips", int64(flips)); err != nil {
		return err
	}
	su, err := p.OpenSuite(s)
	if err != nil {
		return err
	}
	onDamage := onDamage(p, s) // first, so that the bars do not overwrite the output of the programs
	return p.WithServer(ctx, s, func(server *cluster.Server) error {
		tools, err := pgdump.FindTools(ctx, p.Finder(s), server, "custom", p.Stderr)
		if err != nil {
			return err
		}
		return inFolder(p, func(folder string) error {
			damages, err := selftest.Run(ctx, &selftest.Options{Suite: su, Server: server, Finder: p.Finder(s),
				Tools: tools, Flips: flips, Workload: workload, Only: splitList(damage), Folder: folder, OnDamage: onDamage})
			if err != nil {
				return err
			}
			matrix := &report.Matrix{Command: "selftest", Suite: su.Name, Server: command.DescribeServer(server),
				Damages:    damages,
				NotCovered: su.NotCovered()}
			p.Conclude(matrix.Conclude())
			return p.TellAll(s, matrix.Document(), matrix, matrix.WriteText)
		})
	})
}

// onDamage returns a function that shows the progress: as a bar on a terminal, with -v as lines, else not
// at all.
func onDamage(p *command.Program, s *command.Shared) func(done, total int) {
	board := p.Board(s)
	switch {
	case board.Draws():
		board.Phase("selftest", "damages")
		return func(done, total int) { board.Set(int64(done), int64(total)) }
	case s.Verbose:
		return func(done, total int) { fmt.Fprintf(p.Stderr, "%d of %d damages\n", done, total) }
	}
	return nil
}

// splitList splits a list at its commas; "" is an empty list.
func splitList(list string) []string {
	var items []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
