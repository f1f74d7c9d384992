//go:build unix

package drill_test

import (
	"errors"
	"strings"
	"testing"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// A materialized view that is declared volatile may differ, and no other.
func TestAMaterializedViewIsDeclaredVolatileByName(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, `create schema "Of Time";
		create table public.t (id int);
		create materialized view public.dice as select random() as r;
		create materialized view "Of Time"."a.b ""c""" as select now() as at;
		create materialized view public.stale as select count(*) as n from public.t`)
	b := storytest.TakeDump(t, source, nil)
	for _, c := range []struct {
		volatile []string
		verdict  verdict.Verdict
		want     string // in what the check says, or the error
	}{
		{nil, verdict.Fail, "dice"},
		{[]string{"public.dice"}, verdict.Fail, "a.b"},
		{[]string{"public.dice", `"Of Time"."a.b ""c"""`}, verdict.Pass, "differs only as expected"},
		{[]string{`"public".dice`, `Of Time."a.b ""c"""`}, verdict.Pass, "differs only as expected"},
		{[]string{"public.dice", `"Of Time"."a.b ""c"""`, "public.stale"}, verdict.Pass, "differs only as expected"},
		{[]string{"public.dise"}, verdict.Error, "the manifest has no such materialized view"},
		{[]string{"dice"}, verdict.Error, "it must be SCHEMA.VIEW"},
	} {
		o := storytest.TryRestore(t, server, b, func(o *drill.Options) { o.Volatile = c.volatile })
		said := storytest.Sayings(o, "record/invariant/materialized_views")
		if o.Err != nil {
			said += o.Err.Error()
		}
		if o.Verdict() != c.verdict || !strings.Contains(said, c.want) || (o.Err != nil) != (c.verdict == verdict.Error) {
			t.Errorf("-volatile %q: verdict %s, want %s with %q:\n%s", c.volatile, o.Verdict(), c.verdict, c.want, said)
		}
		if c.verdict == verdict.Error && !errors.Is(o.Err, arguments.ErrUnsupported) {
			t.Errorf("-volatile %q: %v", c.volatile, o.Err)
		}
	}

	stale, conn := storytest.Filled(t, server, `create table public.t (id int);
		create materialized view public.dice as select random() as r;
		create materialized view public.stale as select count(*) as n from public.t`)
	storytest.MustExec(t, conn, "insert into public.t values (1)")
	declare := func(o *drill.Options) { o.Volatile = []string{"public.dice"} }
	o := storytest.TryRestore(t, server, storytest.TakeDump(t, stale, nil), declare)
	storytest.RequireFails(t, o, "record/invariant/materialized_views", "stale")
	for _, c := range o.Checks {
		isAbout := c.Name == "record/invariant/materialized_views"
		if isAbout && !strings.Contains(c.Hint, "public.stale was stale at the dump") {
			t.Errorf("hint: %s", c.Hint)
		}
	}
	if o := storytest.TryRestore(t, server, &storytest.Backup{Path: storytest.BareDump(t, stale, "custom")}, declare); o.Err == nil {
		t.Error("-volatile without a manifest is no error")
	}
}
