package selftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// A badRestore is a way of restoring that brings back something else.
type badRestore struct {
	name, what string
	expected   []string
	// source makes what is dumped out of a copy of the good database: SQL; "" dumps it as it is.
	source string
	// built is true where the schema is in the target before, by the suite's own files; filled, that
	// another workload's rows do too.
	built, filled bool
	lenient       bool // errors are ignored, as without --exit-on-error
	args          []string
	leaveOut      string // entries of the table of contents with this text are left out
}

var badRestores = []badRestore{
	{name: "control: data only, honest rows",
		what:  "rows that bring their own links pass through the live trigger as they are",
		built: true, args: []string{"--data-only"}},
	{name: "data only, tampered rows", what: "the live trigger refuses a row that was changed, and hashes nothing anew",
		expected: []string{"restore"},
		built:    true, args: []string{"--data-only"}, source: tamperedRow},
	{name: "triggers disabled", what: "data only with --disable-triggers leaves every trigger in the ordinary mode",
		expected: []string{"record/invariant/triggers"},
		built:    true, args: []string{"--data-only", "--disable-triggers"}, leaveOut: "TABLE DATA public audit_chain_lock"},
	{name: "sections", what: "without the section post-data there is no key, no index, no trigger",
		expected: []string{"record/invariant/constraints", "record/invariant/triggers"}, args: []string{"--section=pre-data",
			"--section=data"}},
	{name: "one table's data", what: "the rows of one table are left out by a list",
		expected: []string{"row_count", "record/invariant/tables"},
		leaveOut: "TABLE DATA public audit_events"},
	{name: "errors ignored", what: "a CHECK that fails at the restore, with errors ignored, leaves the table empty",
		expected: []string{"row_count"},
		lenient:  true, source: stricterCheck},
	{name: "another run's archive", what: "a good archive, of the same tables one event later",
		expected: []string{"row_count", "chain_head_hash"},
		source:   oneMoreEvent},
	{name: "over rows", what: "restored over a table that has other rows, with errors ignored",
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

// badRestore dumps, restores in the bad way, and judges what the checks report of the result.
func (t *run) badRestore(ctx context.Context, d *Damage, bad badRestore) (err error) {
	archive := filepath.Join(t.Folder, "archive")
	defer os.RemoveAll(archive) // the next one writes its own
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
			Detail: firstLine(exit.Stderr)}}})
		return nil
	}
	if len(bad.expected) == 0 {
		return t.judgeControl(ctx, d, target)
	}
	return t.judge(ctx, d, target)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// judgeControl demands that nothing differs: a judge that raises false alarms is worth no more than one that misses
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

// dumpSource dumps the good database, or a copy of it after some SQL.
func (t *run) dumpSource(ctx context.Context, sql, archive string) (err error) {
	source := t.base
	if sql != "" {
		if source, err = t.base.Copy(ctx); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, source.Drop(ctx)) }()
		if err := t.execute(ctx, source, sql); err != nil {
			return err
		}
	}
	return t.Tools.Write(ctx, source.DSN(), "", "custom", 1, archive, nil)
}

func (t *run) execute(ctx context.Context, db *cluster.Database, sql string) error {
	conn, err := db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}

// buildTarget gives the target what is in it before the restore.
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

// restoreArgs are the arguments of the bad restore, less the archive.
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
