package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

func (p *program) workload() *command {
	flags, s := p.flagSet("workload"), &shared{}
	s.register(flags)
	rows := flags.Int64("rows", roundtrip.DefaultRows, "`number` of rows of the workload lifecycle")
	name := flags.String("workload", "lifecycle", "`name` of the workload")
	return &command{name: "workload", usage: "-dsn DSN [flags]", flags: flags,
		help: "Build and fill an empty database, and print the snapshot of its chain.",
		run:  func(ctx context.Context, args, passed []string) error { return p.runWorkload(ctx, s, *name, *rows) }}
}

func (p *program) runWorkload(ctx context.Context, s *shared, name string, rows int64) error {
	su, err := openSuite(s)
	if err != nil {
		return err
	}
	workloads, err := chooseWorkloads(su, name)
	if err != nil {
		return err
	}
	if rows < 1 {
		return fmt.Errorf("%w: -rows %d: must be at least 1", errUsage, rows)
	}
	onPhase, onProgress := p.watch(s)
	return p.withServer(ctx, s, func(server *cluster.Server) (err error) {
		conn, err := server.Connect(ctx)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		if server.Throwaway {
			fmt.Fprintln(p.stderr, "no server is named: this fills a throw-away cluster, which is gone afterwards")
		}
		server.OnNotice = onNotice(onProgress)
		onPhase("workload")
		o, err := roundtrip.Fill(ctx, conn, su, workloads[0], rows, onProgress != nil)
		if err != nil {
			return err
		}
		return p.printSnapshot(s, su, o)
	})
}

// inFolder hands do a temporary folder and removes it whatever happens.
func (p *program) inFolder(do func(folder string) error) (err error) {
	folder, remove, err := p.tempFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return do(folder)
}

// printSnapshot prints the snapshot of a live database and concludes from its checks.
func (p *program) printSnapshot(s *shared, su *suite.Suite, o *verdict.Report) error {
	p.conclude(o.Verdict())
	for _, c := range o.Checks {
		if c.Verdict == verdict.Pass {
			continue
		}
		fmt.Fprintf(p.stderr, "pgroundtrip: FAIL: %s: %s\n", c.Name, report.Plain(c.Detail))
		if p.env["GITHUB_ACTIONS"] == "true" {
			_ = p.stderr.Annotate(c.Name, report.Plain(c.Detail))
		}
	}
	if s.json {
		// The snapshot is a stable shape: what it does not cover is told beside it.
		if missing := su.NotCovered(); len(missing) > 0 {
			fmt.Fprintf(p.stderr, "%s: NOT COVERED: %s\n", p.name, strings.Join(missing, ", "))
		}
		p.documented = true
		return report.WriteJSON(p.stdout, struct {
			*record.Snapshot
			Resumed       bool           `json:"resumed,omitempty"`
			ResumedRanges int            `json:"resumed_ranges,omitempty"`
			Breaks        *record.Breaks `json:"breaks,omitempty"`
		}{o.Pre, o.Resumed > 0, o.Resumed, o.Breaks})
	}
	return report.WriteSnapshot(p.stdout, o.Pre, o.Breaks, su.NotCovered())
}
