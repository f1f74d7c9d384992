package roundtrip

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
)

// settled is how many consecutive rechecks must find the same difference before it counts as permanent.
const settled = 5

// sightings holds, for each difference that is there now, how many consecutive comparisons have found it.
type sightings map[string]int

// recheck asks again about everything that differs between two servers, until it is equal, permanent, or the time is
// up. Rows that arrive late are not a difference, and rows still in motion do not count as equal. A permanent
// difference counts whatever else moves.
func (c *comparison) recheck(ctx context.Context) error {
	if c.A.Server == nil || c.B.Server == nil || c.Recheck == 0 {
		return nil
	}
	seen := c.countSightings(nil)
	for deadline, looks := time.Now().Add(c.Recheck), 1; ; looks++ {
		files := c.differing()
		if len(files) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(time.Second, time.Until(deadline))):
		}
		if err := c.askAgain(ctx, files); err != nil {
			return err
		}
		seen = c.countSightings(seen)
		isMoving := func(check verdict.Check) bool { return !c.stays(&check, seen, settled) }
		if time.Now().After(deadline) || !slices.ContainsFunc(c.report.Checks, isMoving) {
			c.markMoving(seen, min(looks, settled))
			return nil
		}
	}
}

// countSightings counts the differences of the latest comparison, given the counts before it.
func (c *comparison) countSightings(before sightings) sightings {
	now := sightings{}
	for i := range c.report.Checks {
		for _, difference := range c.differences(&c.report.Checks[i]) {
			now[difference] = before[difference] + 1
		}
	}
	return now
}

// differences lists the differences of a failed check, values included: a changed value is another difference. A
// check whose rows are not kept or not shown has one.
func (c *comparison) differences(check *verdict.Check) (all []string) {
	query, isResult := strings.CutPrefix(check.Name, "record/")
	if check.Verdict != verdict.Fail || !isResult {
		return nil
	}
	a, b := c.A.Record.Result(query), c.B.Record.Result(query)
	if check.Changes == nil || a == nil || b == nil || !a.About.Keeps {
		whole := check.Name
		for _, side := range []*record.Result{a, b} {
			if side != nil {
				whole += " " + side.SHA256
			}
		}
		return []string{whole}
	}
	for _, change := range check.Changes.First {
		all = append(all, fmt.Sprintf("%s %q", check.Name, change))
	}
	return all
}

// stays reports whether check has a difference that more than least consecutive comparisons have found. A check that
// has not failed stays.
func (c *comparison) stays(check *verdict.Check, seen sightings, least int) bool {
	all := c.differences(check)
	return len(all) == 0 || slices.ContainsFunc(all, func(difference string) bool { return seen[difference] > least })
}

// markMoving turns failed checks whose differences were others each time into "could not tell".
func (c *comparison) markMoving(seen sightings, least int) {
	for i := range c.report.Checks {
		if check := &c.report.Checks[i]; !c.stays(check, seen, least) {
			check.Verdict, check.Class = verdict.Error, ""
			check.Detail = fmt.Sprintf("still in motion after %s: %s", c.Recheck, check.Detail)
		}
	}
}

// differing returns the query files whose results differ. The two that describe the state of the chain are asked
// together.
func (c *comparison) differing() (files []*suite.File) {
	for _, check := range c.report.Checks {
		query, isResult := strings.CutPrefix(check.Name, "record/")
		if f := c.Suite.File(query); isResult && f != nil && check.Verdict == verdict.Fail {
			files = append(files, f)
		}
	}
	isChain := func(f *suite.File) bool { return slices.Contains(chainQueries, f.Name) }
	if !slices.ContainsFunc(files, isChain) {
		return files
	}
	files = slices.DeleteFunc(files, isChain)
	for _, name := range chainQueries {
		if c.A.Record.Has(name) && c.B.Record.Has(name) {
			files = append(files, c.Suite.File(name))
		}
	}
	return files
}

// askAgain asks both servers again about files and replaces the checks concerned.
func (c *comparison) askAgain(ctx context.Context, files []*suite.File) (err error) {
	var looks [2]*record.Record
	for i, side := range []*Side{&c.A, &c.B} {
		if looks[i], err = c.ask(ctx, side, files); err != nil {
			return err
		}
		for _, now := range looks[i].Results {
			at := slices.IndexFunc(side.Record.Results, func(r *record.Result) bool { return r.Query == now.Query })
			side.Record.Results[at] = now
		}
		side.Record.Chain = cmp.Or(looks[i].Chain, side.Record.Chain)
		side.Record.Payload = cmp.Or(looks[i].Payload, side.Record.Payload)
	}
	again := verdict.Report{Expected: c.report.Expected}
	if err := again.Compare(looks[0], looks[1], c.options()); err != nil {
		return err
	}
	for _, check := range again.Checks {
		at := slices.IndexFunc(c.report.Checks, func(old verdict.Check) bool { return old.Name == check.Name })
		if check.Verdict == verdict.Pass {
			check.Detail += " when it was rechecked"
		}
		c.report.Checks[at] = check
	}
	return nil
}

// ask records a few queries over one connection.
func (c *comparison) ask(ctx context.Context, side *Side, files []*suite.File) (*record.Record, error) {
	conn, err := side.begin(ctx, c.Suite)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return take.Record(ctx, []*pgconn.PgConn{conn.PgConn()}, files, take.Options{Phase: "compare"})
}
