package cli

import (
	"context"
	"fmt"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/selftest"
)

func (p *program) selftest() *command {
	flags, s := p.flagSet("selftest"), &shared{}
	s.register(flags)
	flips := flags.Int("flips", 12, "how many single bits are flipped in each format of an archive")
	workload := flags.String("workload", "", "the workload that fills the good database (else lifecycle)")
	damage := flags.String("damage", "", "only these damages, separated by commas (else all)")
	return &command{name: "selftest", usage: "[flags]", flags: flags,
		help: "Damage copies on purpose and demand that each damage is caught.",
		run: func(ctx context.Context, args, passed []string) error {
			return p.runSelftest(ctx, s, *flips, *workload, *damage)
		}}
}

func (p *program) runSelftest(ctx context.Context, s *shared, flips int, workload, damage string) error {
	if flips < 1 {
		return fmt.Errorf("%w: -flips %d: must be at least 1", errUsage, flips)
	}
	su, err := p.openSuite(s)
	if err != nil {
		return err
	}
	onDamage := p.onDamage(s) // first: what the programs say must not be drawn over
	return p.withServer(ctx, s, func(server *cluster.Server) error {
		tools, err := pgdump.FindTools(ctx, p.finder(s), server, "custom", p.stderr)
		if err != nil {
			return err
		}
		return p.inFolder(func(folder string) error {
			damages, err := selftest.Run(ctx, &selftest.Options{Suite: su, Server: server, Finder: p.finder(s),
				Tools: tools, Flips: flips, Workload: workload, Only: splitList(damage), Folder: folder, OnDamage: onDamage})
			if err != nil {
				return err
			}
			matrix := &report.Matrix{Command: "selftest", Suite: su.Name, Server: describeServer(server), Damages: damages,
				NotCovered: su.NotCovered()}
			p.conclude(matrix.Conclude())
			return p.tellAll(s, matrix.Document(), matrix, matrix.WriteText)
		})
	})
}

// onDamage shows how far the self-test is: on a terminal as a bar, with -v in a line each, else not
// at all.
func (p *program) onDamage(s *shared) func(done, total int) {
	board := p.board(s)
	switch {
	case board.Draws():
		board.Phase("selftest", "damages")
		return func(done, total int) { board.Set(int64(done), int64(total)) }
	case s.verbose:
		return func(done, total int) { fmt.Fprintf(p.stderr, "%d of %d damages\n", done, total) }
	}
	return nil
}

// splitList cuts a list at its commas; "" is an empty list.
func splitList(list string) []string {
	var items []string
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
