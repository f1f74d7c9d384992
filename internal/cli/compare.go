package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
)

// compareFlags are the flags of compare beside the shared ones.
type compareFlags struct {
	shared
	expect                     string
	ignoreOwners, ignoreGrants bool
	showValues                 bool
	recheck                    time.Duration
	jobs                       int
}

func (p *program) compare() *command {
	flags, f := p.flagSet("compare"), &compareFlags{recheck: 30 * time.Second}
	f.register(flags)
	f.registerKey(flags)
	flags.StringVar(&f.expect, "expect", "", "`file` of differences that are expected, each with its reason")
	flags.BoolVar(&f.ignoreOwners, "ignore-owners", false, "the copy was made without owners: all belongs to one role")
	flags.BoolVar(&f.ignoreGrants, "ignore-grants", false, "the copy was made without grants")
	flags.BoolVar(&f.showValues, "show-values", false, "show the values of rows that differ, not only which")
	flags.IntVar(&f.jobs, "jobs", 1, "connections to each live database, on one snapshot")
	flags.Var((*wait)(&f.recheck), "recheck",
		"how long two live databases are looked at again until rows on their way have arrived, for example `30s`")
	return &command{name: "compare", usage: "[flags] A B", args: []string{"A", "B"}, flags: flags,
		help: "Compare two databases: each is a record, a manifest, a folder of goldens, or a DSN.",
		run:  func(ctx context.Context, args, _ []string) error { return p.runCompare(ctx, f, args) }}
}

func (p *program) runCompare(ctx context.Context, f *compareFlags, args []string) (err error) {
	if f.dsn != "" {
		return fmt.Errorf("%w: compare takes the two databases as arguments: compare A DSN", errUsage)
	}
	if err := needJobs(f.jobs); err != nil {
		return err
	}
	o := &roundtrip.CompareOptions{Recheck: f.recheck, ShowValues: f.showValues, Tool: "pgroundtrip " + Version(),
		Timeout: max(f.timeout, time.Second), Jobs: f.jobs, Log: p.say}
	o.OnPhase, _ = p.watch(&f.shared)
	if o.Suite, err = p.openSuite(&f.shared); err != nil {
		return err
	}
	if f.expect != "" {
		if o.Expected, err = recordfile.ReadExpected(f.expect); err != nil {
			return fmt.Errorf("-expect: %w", err)
		}
	}
	o.Expected = append(o.Expected, origin.Ignored(f.ignoreOwners, f.ignoreGrants)...)
	for i, side := range []*roundtrip.Side{&o.A, &o.B} {
		if err := p.openSide(ctx, f, side, args[i]); err != nil {
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
	if document.Copy != nil && o.B.Server != nil {
		document.Copy.Where = o.B.Server.Describe()
	}
	return p.finish(&f.shared, document, outcome)
}

// openSide reads a record, or opens the server that the argument names.
func (p *program) openSide(ctx context.Context, f *compareFlags, side *roundtrip.Side, arg string) (err error) {
	side.Name = arg
	if side.Record, err = recordfile.ReadSide(arg); err == nil {
		return nil
	}
	isDSN := strings.Contains(arg, "://") || strings.Contains(arg, "=")
	if !isDSN || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := conninfo.Parse(arg); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	where := p.clusterOptions(&f.shared)
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
