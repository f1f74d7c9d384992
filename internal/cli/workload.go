package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/verdict"
)

func workloadCommand(p *command.Program) *command.Command {
	flags, s := p.FlagSet("workload"), &command.Shared{}
	s.Register(flags)
	rows := flags.Int64("rows", session.DefaultRows, "`number` of rows of the workload lifecycle")
	name := flags.String("workload", "lifecycle", "`name` of the workload")
	return &command.Command{Name: "workload", Usage: "-dsn DSN [flags]", Flags: flags, Shared: s,
		Help: "Build and fill an empty database, and print the snapshot of its chain.",
		Run:  func(ctx context.Context, args, passed []string) error { return runWorkload(ctx, p, s, *name, *rows) }}
}

func runWorkload(ctx context.Context, p *command.Program, s *command.Shared, name string, rows int64) error {
	su, err := p.OpenSuite(s)
	if err != nil {
		return err
	}
	workloads, err := chooseWorkloads(su, name)
	if err != nil {
		return err
	}
	if err := command.NeedOne("rows", rows); err != nil {
		return err
	}
	onPhase, onProgress := p.Watch(s)
	return p.WithServer(ctx, s, func(server *cluster.Server) (err error) {
		conn, err := server.Connect(ctx)
		if err != nil {
			return err
		}
		defer conn.Close(ctx)
		if server.Throwaway {
			fmt.Fprintln(p.Stderr, "no server is named: this fills a throw-away cluster, which is removed afterwards")
		}
		server.OnNotice = command.OnNotice(onProgress)
		onPhase("workload")
		o, err := roundtrip.Fill(ctx, conn, su, workloads[0], rows, onProgress != nil)
		if err != nil {
			return err
		}
		document := &report.Document{Command: "workload", Suite: su.Name, NotCovered: su.NotCovered(),
			Server: command.DescribeServer(server)}
		if !server.Throwaway {
			about, err := session.AskLimits(ctx, conn)
			if err != nil {
				return err
			}
			document.Source = &report.Source{SystemIdentifier: about.SystemIdentifier, Database: about.Database,
				Version: server.Version.String(), SuiteSHA256: su.SHA256()}
		}
		return printSnapshot(p, s, document, o)
	})
}

// inFolder calls do with a temporary folder and removes the folder in any case.
func inFolder(p *command.Program, do func(folder string) error) (err error) {
	folder, remove, err := p.TempFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	return do(folder)
}

// printSnapshot prints the snapshot of a live database and sets the exit status from its checks.
func printSnapshot(p *command.Program, s *command.Shared, document *report.Document, o *verdict.Report) error {
	document.Add(o)
	document.Verdict = o.Verdict()
	p.Conclude(document.Verdict)
	for _, c := range o.Checks {
		if c.Verdict != verdict.Pass {
			fmt.Fprintf(p.Stderr, "pgroundtrip: FAIL: %s: %s\n", c.Name, plain.Text(c.Detail))
		}
	}
	if missing := document.NotCovered; s.JSON && len(missing) > 0 {
		// The shape of the snapshot is stable, so what is not covered goes to stderr.
		fmt.Fprintf(p.Stderr, "%s: NOT COVERED: %s\n", p.Name, strings.Join(missing, ", "))
	}
	of := &report.Source{}
	if document.Source != nil {
		of = document.Source
	}
	shape := struct {
		System   string `json:"system_identifier,omitempty"`
		Database string `json:"database,omitempty"`
		*record.Snapshot
		Resumed       bool           `json:"resumed,omitempty"`
		ResumedRanges int            `json:"resumed_ranges,omitempty"`
		Breaks        *record.Breaks `json:"breaks,omitempty"`
	}{of.SystemIdentifier, of.Database, o.Pre, o.Resumed > 0, o.Resumed, o.Breaks}
	return p.TellAll(s, document, shape, func(w io.Writer) error {
		return report.WriteSnapshot(w, o.Pre, o.Breaks, document.NotCovered)
	})
}
