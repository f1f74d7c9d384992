package selftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// A badRestore is a way to restore something other than the source.
type badRestore struct {
	name, what string
	expected   []string
	// source is SQL that changes a copy of the good database before it is dumped; "": no change.
	source string
	// built: the suite's files have created the schema in the target before the restore; filled: the
	// target also holds another workload's rows.
	built, filled bool
	lenient       bool // ignore errors: do not use --exit-on-error
	args          []string
	leaveOut      string // leave out entries of the table of contents with this text
}

var badRestores = []badRestore{
	{name: "control: data only, honest rows",
		what:  "rows that bring their own links pass the live trigger unchanged",
		built: true, args: []string{"--data-only"}},
	{name: "data only, tampered rows", what: "the live trigger refuses a row that was changed, and does not hash it again",
		expected: []string{"restore"},
		built:    true, args: []string{"--data-only"}, source: tamperedRow},
	{name: "triggers disabled", what: "data only with --disable-triggers leaves every trigger in its default mode",
		expected: []string{"record/invariant/triggers"},
		built:    true, args: []string{"--data-only", "--disable-triggers"}, leaveOut: "TABLE DATA public audit_chain_lock"},
	{name: "sections", what: "without the section post-data there are no keys, indexes and triggers",
		expected: []string{"record/invariant/constraints", "record/invariant/triggers"}, args: []string{"--section=pre-data",
			"--section=data"}},
	{name: "one table's data", what: "a list leaves out the rows of one table",
		expected: []string{"row_count", "record/invariant/tables"},
		leaveOut: "TABLE DATA public audit_events"},
	{name: "errors ignored", what: "a check that fails during the restore, with errors ignored, leaves the table empty",
		expected: []string{"row_count"},
		lenient:  true, source: stricterCheck},
	{name: "another run's archive", what: "a good archive of the same tables, taken one event later",
		expected: []string{"row_count", "chain_head_hash"},
		source:   oneMoreEvent},
	{name: "over rows", what: "restored into a table that already has other rows, with errors ignored",
		expected: []string{"row_count", "chain_head_hash"},
		built:    true, filled: true, lenient: true},
}

const tamperedRow = `
alter table public.audit_events disable trigger all;
update public.audit_events set actor = 'nobody@example.com' where seq = 7;
alter table public.audit_events enable always trigger audit_events_append_only;
alter table public.audit_events enable always trigger audit_events_link`

const oneMoreEvent = `
insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, "timestamp")
values ('evt-later', 'alice', 'user', 'auth.login', 'session', 'later', '2026-12-01 00:00:00+00')`

const stricterCheck = `
create function public.is_good(actor text) returns boolean language sql immutable as 'select true';
alter table public.audit_events add constraint audit_events_actor_is_good check (public.is_good(actor));
create or replace function public.is_good(actor text) returns boolean language sql immutable as 'select false'`

func (t *run) restoreDamages() []planned {
	var plans []planned
	for _, bad := range badRestores {
		d := &Damage{Name: bad.name, Kind: "restore", What: bad.what, Expected: append([]string{}, bad.expected...)}
		plans = append(plans, planned{d, func(ctx context.Context, d *Damage) error { return t.badRestore(ctx, d, bad) }})
	}
	return plans
}

// badRestore dumps, restores in the bad way, and judges what the checks report about the result.
func (t *run) badRestore(ctx context.Context, d *Damage, bad badRestore) (err error) {
	archive := filepath.Join(t.Folder, "archive")
	defer os.RemoveAll(archive) // the next one writes its own archive
	if err := t.dumpSource(ctx, bad.source, archive); err != nil {
		return err
	}
	target, err := t.Server.CreateScratch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Drop(ctx)) }()
	if err := t.buildTarget(ctx, target, bad); err != nil {
		return err
	}
	args, err := t.restoreArgs(ctx, bad, archive)
	if err != nil {
		return err
	}
	err = t.Tools.Run(ctx, t.Tools.Restore, target.DSN(), append(args, archive)...)
	var exit *pgtool.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		return err
	case err != nil && !bad.lenient:
		d.Caught = []string{"restore"}
		d.conclude(&verdict.Report{Checks: []verdict.Check{{Name: "restore", Verdict: verdict.Fail,
			Detail: strings.SplitN(exit.Stderr, "\n", 2)[0]}}})
		return nil
	}
	if len(bad.expected) == 0 {
		return t.judgeControl(ctx, d, target)
	}
	return t.judge(ctx, d, target)
}

// judgeControl requires that nothing differs: checks that raise false alarms are worth no more than checks that miss
// faults.
func (t *run) judgeControl(ctx context.Context, d *Damage, target *cluster.Database) error {
	o, err := t.compare(ctx, target, d.Name)
	if err != nil {
		return err
	}
	d.Caught, d.Verdict, d.Detail = o.Failed(), verdict.Pass, "accepted, and equal"
	if len(d.Caught) > 0 {
		d.Verdict, d.Detail = verdict.Fail, "a FALSE ALARM: "+strings.Join(d.Caught, ", ")
	}
	return nil
}

// dumpSource dumps the good database, or a copy of it that sql has changed.
func (t *run) dumpSource(ctx context.Context, sql, archive string) (err error) {
	source := t.base
	if sql != "" {
		if source, err = t.base.Copy(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, source.Drop(ctx)) }()
		if err := source.AsCaller(ctx, func(conn *pgx.Conn) error { _, err := conn.Exec(ctx, sql); return err }); err != nil {
			return err
		}
	}
	return t.Tools.Write(ctx, source.DSN(), "", "custom", 1, archive, nil)
}

// buildTarget creates what the target holds before the restore.
func (t *run) buildTarget(ctx context.Context, target *cluster.Database, bad badRestore) error {
	if !bad.built {
		return nil
	}
	conn, err := target.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var workload *suite.File
	if bad.filled {
		if workload = t.Suite.File("workload/writers"); workload == nil {
			return fmt.Errorf("%w: %s has no workload/writers.sql", suite.ErrInvalid, t.Suite.Name)
		}
	}
	return roundtrip.Build(ctx, conn, t.Suite, workload, session.DefaultRows)
}

// restoreArgs returns the arguments of the bad restore, without the archive.
func (t *run) restoreArgs(ctx context.Context, bad badRestore, archive string) ([]string, error) {
	args := append([]string{"--no-password"}, bad.args...)
	if !bad.lenient {
		args = append(args, "--exit-on-error")
	}
	if bad.leaveOut == "" {
		return args, nil
	}
	list := &bytes.Buffer{}
	if err := t.Tools.Offline(ctx, nil, list, "--list", archive); err != nil {
		return nil, err
	}
	var kept strings.Builder
	for line := range strings.Lines(list.String()) {
		if !strings.Contains(line, bad.leaveOut) {
			kept.WriteString(line)
		}
	}
	path := filepath.Join(t.Folder, "list")
	return append(args, "--use-list="+path), os.WriteFile(path, []byte(kept.String()), 0o644)
}
