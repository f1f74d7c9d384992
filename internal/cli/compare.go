package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/lost"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
)

// compareFlags are the flags of compare, including the shared ones.
type compareFlags struct {
	command.Shared
	roundtrip.CompareOptions
	expect                     string
	ignoreOwners, ignoreGrants bool
}

func compareCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("compare"), &compareFlags{}
	f.Recheck = 30 * time.Second
	f.Register(flags)
	f.RegisterKey(flags)
	flags.StringVar(&f.expect, "expect", "", "`file` of expected differences, each with its reason")
	flags.BoolVar(&f.ignoreOwners, "ignore-owners", false, "the copy was made without owners: one role owns everything")
	flags.BoolVar(&f.ignoreGrants, "ignore-grants", false, "the copy was made without grants")
	flags.BoolVar(&f.ShowValues, "show-values", false, "show the values of rows that differ, not only their keys")
	flags.IntVar(&f.Jobs, "jobs", 1, "`number` of connections to each live database, on one snapshot")
	flags.Var((*command.Wait)(&f.Recheck), "recheck",
		"how long to check two live databases again, until rows in transit have arrived, for example `30s`")
	return &command.Command{Name: "compare", Usage: "[flags] A B", Args: []string{"A", "B"},
		Flags: flags, Shared: &f.Shared,
		Help: "Compare two databases: each is a record, a manifest, a folder of goldens, or a DSN.",
		Run:  func(ctx context.Context, args, _ []string) error { return runCompare(ctx, p, f, args) }}
}

func runCompare(ctx context.Context, p *command.Program, f *compareFlags, args []string) (err error) {
	if err := cmp.Or(command.RefuseIf(f.DSN != "", "compare takes the two databases as arguments: compare A DSN"),
		command.NeedOne("jobs", int64(f.Jobs))); err != nil {
		return err
	}
	o := &f.CompareOptions
	o.Tool, o.Timeout, o.Log = command.Tool(), f.LockWait(), p.Say
	o.OnPhase, o.OnProgress = p.WatchIn(&f.Shared, "bytes")
	if o.Suite, err = p.OpenSuite(&f.Shared); err != nil {
		return err
	}
	if f.expect != "" {
		if o.Expected, err = recordfile.ReadExpected(f.expect); err != nil {
			return fmt.Errorf("-expect: %w", err)
		}
	}
	o.Expected = append(o.Expected, lost.Ignored(f.ignoreOwners, f.ignoreGrants)...)
	for i, side := range []*roundtrip.Side{&o.A, &o.B} {
		if err := openSide(ctx, p, f, side, args[i]); err != nil {
			return err
		}
	}
	outcome, err := roundtrip.Compare(ctx, o)
	if err != nil {
		return err
	}
	document := &report.Document{Command: "compare", Suite: o.Suite.Name, NotCovered: outcome.NotCovered,
		Sides:  []string{o.A.Name, o.B.Name},
		Source: report.SourceOf(o.A.Record), Copy: report.SourceOf(o.B.Record)}
	for i, side := range []roundtrip.Side{o.A, o.B} {
		if side.Server == nil {
			document.Records[i] = args[i]
		}
	}
	if document.Copy != nil && o.B.Server != nil {
		document.Copy.Where = o.B.Server.Describe()
	}
	return p.Finish(&f.Shared, document, outcome)
}

// openSide reads a record, or opens the server that the argument names.
func openSide(ctx context.Context, p *command.Program, f *compareFlags, side *roundtrip.Side, arg string) (err error) {
	side.Name = arg
	if side.Record, err = recordfile.ReadSide(arg); err == nil {
		return nil
	}
	isDSN := strings.Contains(arg, "://") || strings.Contains(arg, "=")
	if !isDSN || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := conninfo.Parse(arg); err != nil {
		return fmt.Errorf("%w: %w", command.ErrUsage, err)
	}
	where := p.ClusterOptions(&f.Shared)
	where.DSN = arg
	if side.Server, err = cluster.OpenNamed(ctx, where); err != nil {
		return err
	}
	side.Name = side.Server.Describe()
	if name := side.Server.DSN()["dbname"]; name != "" {
		side.Name = "database " + name + " on " + side.Name
	}
	return nil
}
