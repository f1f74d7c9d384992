// Package selftest damages copies, archives and restores on purpose, and requires that each damage is caught by the
// checks that are meant to catch it.
package selftest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
)

// Options configure the self-test.
type Options struct {
	Suite  *suite.Suite
	Server *cluster.Server
	Finder pgtool.Finder
	Tools  *pgdump.Tools
	Flips  int // how many single bits to flip in each archive format
	Folder string
	// Workload fills the good database; "" means lifecycle, or the first workload if the suite has no lifecycle.
	Workload string
	// Only names the damages to do; empty means all.
	Only []string
	// OnDamage is called after each damage with the number done and the total; it may be nil.
	OnDamage func(done, total int)
}

// A Damage is a deliberate damage to a copy, and its outcome.
type Damage struct {
	Name string `json:"damage"`
	Kind string `json:"kind"` // sql, archive or restore
	What string `json:"what"`
	// Expected are the checks that are meant to catch it. Caught are those that did.
	Expected []string `json:"expected"`
	Caught   []string `json:"caught"`
	// Findings holds what each of those reported.
	Findings []Finding       `json:"findings,omitempty"`
	Verdict  verdict.Verdict `json:"verdict"` // pass: caught by every expected check
	Detail   string          `json:"detail"`
	// Times is how often the damage was done, at different places; Counts counts the outcomes.
	Times  int            `json:"times,omitempty"`
	Counts map[string]int `json:"counts,omitempty"`
	// inNoDump is true for a damage that no dump shows (header word Lost), so that a plain dump cannot confirm that it
	// changed something.
	inNoDump bool
}

// AlsoCaught names the checks that caught the damage without being meant to: the first two, and how many more.
func (d *Damage) AlsoCaught() string {
	also := slices.DeleteFunc(slices.Clone(d.Caught), func(name string) bool { return slices.Contains(d.Expected, name) })
	if more := len(also) - 2; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(also[:2], ", "), more)
	}
	return strings.Join(also, ", ")
}

// A Finding is what a failed check reported.
type Finding struct {
	Check  string `json:"check"`
	Detail string `json:"detail"`
}

// A run is one running self-test.
type run struct {
	*Options
	base    *cluster.Database // the good database, never damaged
	pre     *record.Record
	plain   string // the good database as a plain dump, without the lines that differ between dumps
	damages []*Damage
	done    int
	total   int
}

// Run damages copies of a good database, archives of it and restores of them, and reports for each
// whether the checks that are meant to catch it did. An error means "could not tell".
func Run(ctx context.Context, o *Options) (damages []*Damage, err error) {
	if len(o.Suite.Tampers()) == 0 {
		return nil, fmt.Errorf("%w: %s has no tamper/*.sql, so there is no damage to do", suite.ErrInvalid, o.Suite.Name)
	}
	workload, err := o.workload()
	if err != nil {
		return nil, err
	}
	t := &run{Options: o}
	if t.base, err = o.Server.CreateScratch(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.base.Drop(ctx)) }()
	if err := t.prepare(ctx, workload); err != nil {
		return nil, err
	}
	plans, err := t.plan()
	if err != nil {
		return nil, err
	}
	t.total = len(plans)
	for _, p := range plans {
		if err := t.do(ctx, p.damage, p.do); err != nil {
			return t.damages, err
		}
	}
	return t.damages, nil
}

// workload returns the file that fills the good database.
func (o *Options) workload() (*suite.File, error) {
	switch f := o.Suite.File("workload/" + o.Workload); {
	case f != nil:
		return f, nil
	case o.Workload != "":
		return nil, fmt.Errorf("%w: %s has no workload %q", arguments.ErrUnsupported, o.Suite.Name, o.Workload)
	case len(o.Suite.Workloads) == 0:
		return nil, fmt.Errorf("%w: %s has no workload/*.sql, so there is nothing to damage", suite.ErrInvalid, o.Suite.Name)
	}
	if f := o.Suite.File("workload/lifecycle"); f != nil {
		return f, nil
	}
	return o.Suite.Workloads[0], nil
}

// planned is a damage with the function that does it.
type planned struct {
	damage *Damage
	do     func(context.Context, *Damage) error
}

// plan lists the damages to do: those of the suite's files, of archives, and of restores.
func (t *run) plan() ([]planned, error) {
	var plans []planned
	for _, f := range t.Suite.Tampers() {
		d := &Damage{Name: strings.TrimPrefix(f.Name, "tamper/"), Kind: "sql", What: purpose(f), Expected: f.About.CaughtBy,
			inNoDump: f.About.Lost != ""}
		plans = append(plans, planned{d, func(ctx context.Context, d *Damage) error { return t.tamper(ctx, d, f) }})
	}
	plans = append(append(plans, t.archiveDamages()...), t.restoreDamages()...)
	if len(t.Only) == 0 {
		return plans, nil
	}
	for _, name := range t.Only {
		if !slices.ContainsFunc(plans, func(p planned) bool { return p.damage.Name == name }) {
			return nil, fmt.Errorf("%w: there is no damage %q", arguments.ErrUnsupported, name)
		}
	}
	return slices.DeleteFunc(plans, func(p planned) bool { return !slices.Contains(t.Only, p.damage.Name) }), nil
}

func (t *run) do(ctx context.Context, d *Damage, do func(context.Context, *Damage) error) error {
	t.damages = append(t.damages, d)
	if d.Caught == nil {
		d.Caught = []string{}
	}
	if err := do(ctx, d); err != nil {
		d.Verdict, d.Detail = verdict.Error, err.Error()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("damage %s: %w", d.Name, err)
	}
	t.done++
	if t.OnDamage != nil {
		t.OnDamage(t.done, t.total)
	}
	return nil
}

// prepare builds the good database and takes its record and its plain dump.
func (t *run) prepare(ctx context.Context, workload *suite.File) error {
	conn, err := t.base.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := roundtrip.Build(ctx, conn, t.Suite, workload, session.DefaultRows); err != nil {
		return err
	}
	options := take.Options{Phase: "before", KeepAll: true}
	if t.pre, err = take.Record(ctx, []*pgconn.PgConn{conn.PgConn()}, t.Suite.Queries(), options); err != nil {
		return err
	}
	if err := conn.Close(ctx); err != nil {
		return err
	}
	t.plain, err = t.plainDump(ctx, t.base)
	return err
}

// purpose returns the first line of a file, without the file's name.
func purpose(f *suite.File) string {
	line, _, _ := strings.Cut(f.Text, "\n--\n")
	line = strings.ReplaceAll(strings.TrimPrefix(line, "-- "), "\n-- ", " ")
	_, what, _ := strings.Cut(line, ": ")
	return strings.TrimSuffix(what, ".")
}

// tamper runs one file on a copy and judges what the checks report about it.
func (t *run) tamper(ctx context.Context, d *Damage, f *suite.File) (err error) {
	if len(d.Expected) == 0 {
		return fmt.Errorf("%w: %s: the line \"-- Caught by CHECK\" is missing", suite.ErrInvalid, f.Path)
	}
	damaged, err := t.base.Copy(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, damaged.Drop(ctx)) }()
	conn, err := session.Connect(ctx, damaged.Connect, t.Suite, session.DefaultRows)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := suite.Run(ctx, conn.PgConn(), f); err != nil {
		return err
	}
	if err := conn.Close(ctx); err != nil {
		return err
	}
	return t.judge(ctx, d, damaged)
}

// judge runs the checks of a round trip on a damaged copy and records whether the expected ones caught
// the damage. A damage that changed nothing is an error.
func (t *run) judge(ctx context.Context, d *Damage, damaged *cluster.Database) error {
	o, err := t.compare(ctx, damaged, d.Name)
	if err != nil {
		return err
	}
	d.Caught = o.Failed()
	for _, c := range o.Checks {
		if c.Verdict == verdict.Fail {
			d.Findings = append(d.Findings, Finding{c.Name, c.Detail})
		}
	}
	if len(d.Caught) == 0 && !d.inNoDump {
		changed, err := t.differs(ctx, damaged)
		if err != nil {
			return err
		}
		if !changed {
			return errors.New("the damage changed nothing: a plain dump of the copy equals one of the good database")
		}
	}
	d.conclude(o)
	return nil
}

// compare takes the record of a copy and runs every check of a round trip.
func (t *run) compare(ctx context.Context, copied *cluster.Database, name string) (*verdict.Report, error) {
	o := &drill.Options{Suite: t.Suite, Server: t.Server, Tools: t.Tools, Manifest: t.pre, KeepRows: true}
	return drill.CompareCopy(ctx, o, copied, name)
}

// conclude sets the verdict: whether every expected check caught the damage, and what the first of them reported.
func (d *Damage) conclude(o *verdict.Report) {
	var silent []string
	for _, name := range d.Expected {
		if !slices.Contains(d.Caught, name) {
			silent = append(silent, name)
		}
	}
	if len(silent) > 0 {
		d.Verdict = verdict.Fail
		d.Detail = "SURVIVED: " + strings.Join(silent, ", ") + " did not catch it"
		if len(d.Caught) > 0 {
			d.Detail += "; caught by " + strings.Join(d.Caught, ", ")
		}
		return
	}
	d.Verdict = verdict.Pass
	for _, c := range o.Checks {
		if c.Name == d.Expected[0] && c.Verdict == verdict.Fail {
			d.Detail = c.Detail
			return
		}
	}
}

// differs reports whether a plain dump of the copy differs from one of the good database: a comparison
// that shares nothing with the checks under test.
func (t *run) differs(ctx context.Context, copied *cluster.Database) (bool, error) {
	plain, err := t.plainDump(ctx, copied)
	return plain != t.plain, err
}

// plainDump dumps a database as SQL text, without the lines that differ between dumps.
func (t *run) plainDump(ctx context.Context, db *cluster.Database) (string, error) {
	path := filepath.Join(t.Folder, "plain")
	if err := t.Tools.Write(ctx, db.DSN(), "", "plain", 1, path, nil); err != nil {
		return "", err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var kept strings.Builder
	for line := range strings.Lines(string(data)) {
		if !strings.HasPrefix(line, `\restrict `) && !strings.HasPrefix(line, `\unrestrict `) {
			kept.WriteString(line)
		}
	}
	return kept.String(), nil
}
