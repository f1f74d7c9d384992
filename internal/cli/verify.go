package cli

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"pgroundtrip/internal/chain"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/command"
	"pgroundtrip/internal/conninfo"
	"pgroundtrip/internal/evidence"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
)

// verifyFlags are the flags of verify, including the shared ones.
type verifyFlags struct {
	command.Shared
	roundtrip.VerifyOptions
	standbys       []string
	since, extends string
}

// each returns the function of a flag that may repeat.
func each(all *[]string) func(string) error {
	return func(value string) error { *all = append(*all, value); return nil }
}

func verifyCommand(p *command.Program) *command.Command {
	flags, f := p.FlagSet("verify"), &verifyFlags{}
	f.Register(flags)
	flags.IntVar(&f.Jobs, "jobs", 0,
		"`number` of connections to each server that walk the chain (0: as many as its cores and free connections allow)")
	flags.Func("standby", "`DSN` of a streaming standby that walks parts of the chain, too; may repeat", each(&f.standbys))
	flags.StringVar(&f.since, "since", "",
		"walk only the rows after the end of the chain in this `file`: a manifest, or the output of verify -json")
	flags.StringVar(&f.Resume, "resume", "",
		"save the progress to this `file`, and continue from it after an interruption")
	flags.StringVar(&f.TreeFile, "tree", "", "compute the Merkle tree of the chain, and write its root to this `file`")
	flags.StringVar(&f.Prove, "prove", "", "with -tree: write the proof that the row with this `key` is in the chain")
	flags.StringVar(&f.extends, "extends", "",
		"with -tree: prove that the chain begins with all rows of an earlier one, by its `file` of -tree or its statement")
	flags.IntVar(&f.MaxLoad, "max-load", -1,
		"pause while more than this `number` of other sessions are active (-1: never)")
	flags.BoolVar(&f.AllBreaks, "all-breaks", false, "list every break, not only the first")
	flags.BoolVar(&f.Rehash, "rehash", false, "hash every payload here as well, not only on the server")
	return &command.Command{Name: "verify", Usage: "-dsn DSN [flags]", Flags: flags, Shared: &f.Shared,
		Help: "Walk the chain of a live database, read-only; a hot standby will do.",
		Run:  func(ctx context.Context, args, passed []string) error { return runVerify(ctx, p, f) }}
}

func runVerify(ctx context.Context, p *command.Program, f *verifyFlags) (err error) {
	if err := f.validate(); err != nil {
		return err
	}
	o := &f.VerifyOptions
	o.Wait, o.Log = f.Timeout, func(format string, args ...any) { p.Say(p.Name+": "+format, args...) }
	o.OnPhase, o.OnProgress = p.Watch(&f.Shared)
	if o.Suite, err = p.OpenSuite(&f.Shared); err != nil {
		return err
	}
	if err = readSince(f.since, o.TreeFile != "", &o.Options); err != nil {
		return err
	}
	if f.extends != "" {
		if o.Extends, err = evidence.ReadTree(f.extends); err != nil {
			return fmt.Errorf("-extends %s: %w", f.extends, err)
		}
	}
	if o.Server, err = cluster.OpenNamed(ctx, p.ClusterOptions(&f.Shared)); err != nil {
		return command.NoServer("verify", err)
	}
	if o.Standbys, err = standbysOf(p, &f.Shared, f.standbys); err != nil {
		return err
	}
	outcome, err := roundtrip.Verify(ctx, o)
	if err != nil {
		return explainMissing(err, o.Server)
	}
	for _, note := range outcome.Notes {
		fmt.Fprintf(p.Stderr, "%s: note: %s\n", p.Name, plain.Text(note))
	}
	source := &report.Source{SystemIdentifier: outcome.System, Database: outcome.Workload, Moment: outcome.Moment,
		Version: o.Server.Version.String(), SuiteSHA256: o.Suite.SHA256()}
	return printSnapshot(p, &f.Shared, &report.Document{Command: "verify", Suite: o.Suite.Name,
		NotCovered: o.Suite.NotCovered(), Server: command.DescribeServer(o.Server), Source: source}, outcome)
}

// standbysOf returns the servers that -standby names.
func standbysOf(p *command.Program, s *command.Shared, dsns []string) (all []cluster.Options, err error) {
	for _, dsn := range dsns {
		if _, err := conninfo.Parse(dsn); err != nil || dsn == "" {
			return nil, fmt.Errorf("%w: -standby: %w", command.ErrUsage, cmp.Or(err, errors.New("it names no server")))
		}
		options := p.ClusterOptions(s)
		options.DSN = dsn
		all = append(all, options)
	}
	return all, nil
}

func (f *verifyFlags) validate() error {
	return cmp.Or(
		command.RefuseIf(f.Jobs < 0, "-jobs %d: must be at least 1, or 0 to fit the server", f.Jobs),
		command.RefuseIf(f.TreeFile == "" && f.Prove+f.extends != "",
			"-prove and -extends need -tree FILE, the file to write"),
		command.RefuseIf(f.Resume != "" && f.Prove+f.extends != "", "-prove and -extends, and -resume, exclude each other"))
}

// maxEvidence limits the size in bytes of the file of -since, which may be a large manifest.
const maxEvidence = 1 << 30

// readSince reads the file of -since.
func readSince(path string, isTree bool, o *chain.Options) error {
	if path == "" {
		return nil
	}
	data, err := safefile.Read(path, maxEvidence)
	if err != nil {
		return fmt.Errorf("-since: %w", err)
	}
	sum := sha256.Sum256(data)
	if _, err = record.CheckSums(path, sum[:]); err == nil {
		o.Since, err = record.ReadAnchor(bytes.NewReader(data))
	}
	if err == nil && isTree {
		o.SinceEdge, err = evidence.ReadEdge(data)
	}
	if err != nil {
		return fmt.Errorf("-since %s: %w", path, err)
	}
	o.SinceOf = record.EvidenceOf(data)
	return nil
}

// explainMissing adds a hint if the database lacks what the suite reads.
func explainMissing(err error, server *cluster.Server) error {
	var failed *suite.Error
	if !errors.As(err, &failed) || !strings.HasPrefix(failed.Err.Code, "42") || failed.Err.Code == sqlstate.NoRight {
		return err
	}
	database := "the database"
	if name := server.DSN()["dbname"]; name != "" { // else the user's default database
		database += fmt.Sprintf(" %q", name)
	}
	return hint.With(err,
		fmt.Sprintf("%s (%s) does not hold what the suite reads: name another with -dsn, or a suite for your own table "+
			"with -sql", database, server.Describe()))
}
