package drill

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// explainHints gives each failed check the advice that a file hint/*.sql of the suite prints, in the copy, for the
// rows that differ. A check whose rows the file does not mention keeps its own advice.
func (d *Drill) explainHints(ctx context.Context) error {
	for i := range d.Report.Checks {
		c := &d.Report.Checks[i]
		f := d.Suite.Hints(strings.TrimPrefix(strings.TrimPrefix(c.Name, "record/"), "twice/"))
		if c.Verdict != verdict.Fail || f == nil || c.Changes == nil {
			continue
		}
		hints, err := d.hintsOf(ctx, f)
		if err != nil {
			return err
		}
		var told []string
		byRole := 0
		for _, change := range c.Changes.First {
			if text := hints[strings.Join(change.KeyValues, "\x00")]; change.Kind == "changed" && text != "" {
				told = append(told, text)
				if dependsOnRole.MatchString(text) {
					byRole++
				}
			}
		}
		if len(told) > 0 {
			c.Hint = strings.Join(told, "; ")
		}
		if d.settlement != nil && byRole > 0 && byRole == len(c.Changes.First) {
			c.Verdict, c.Hint = verdict.Error, pgdump.TrustHint+"; else: "+c.Hint
		}
	}
	return nil
}

// dependsOnRole matches hints about materialized views that may hold other rows in a confined copy only because that
// is restored by a role which the source does not have.
var dependsOnRole = regexp.MustCompile(`depends on .*(?:\b(?:current_role|current_user|user|` +
	`session_user|system_user|getpgusername|pg_has_role|has_\w+_privilege)\b|` +
	`information_schema|pg_stat|pg_settings|pg_user_mapping|a function that is not immutable)`)

// hintsOf runs a hint file in the copy and returns the hints by their key columns.
func (d *Drill) hintsOf(ctx context.Context, f *suite.File) (map[string]string, error) {
	conn, err := d.open(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	hints := map[string]string{}
	_, err = record.EachRow(ctx, conn.PgConn(), f, func(_ int64, values []string) error {
		last := len(values) - 1
		hints[strings.Join(values[:last], "\x00")] = values[last]
		return nil
	})
	return hints, err
}

// materializedViews is the query file that digests what materialized views hold.
const materializedViews = "invariant/materialized_views"

// viewName is SCHEMA.VIEW as written in SQL; quotes may be left out where the result is unambiguous.
var viewName = regexp.MustCompile(`(?s)^("(?:[^"]|"")+"|[^."]+)\.(.+)$`)

// expectVolatile adds the materialized views of -volatile to the expected differences. A view that the manifest does
// not list is an error: the name may be misspelt.
func (d *Drill) expectVolatile() error {
	for _, name := range d.Volatile {
		m := viewName.FindStringSubmatch(name)
		if m == nil || d.Manifest == nil {
			return fmt.Errorf("%w: -volatile %s: it must be SCHEMA.VIEW, and needs a manifest to compare with",
				arguments.ErrUnsupported, name)
		}
		schema, view := pgdump.Unquote(m[1]), pgdump.Unquote(m[2])
		if !slices.ContainsFunc(d.Manifest.Results, func(d *record.Result) bool {
			return d.Query == materializedViews && slices.ContainsFunc(d.Kept, func(row string) bool {
				return strings.HasPrefix(row, schema+"\t"+view+"\t")
			})
		}) {
			return fmt.Errorf("%w: -volatile %s: the manifest has no such materialized view", arguments.ErrUnsupported, name)
		}
		d.Report.Expected = append(d.Report.Expected, record.Expectation{
			Query: materializedViews, Key: "schema=" + schema + " materialized_view=" + view,
			What:   "what the materialized view " + pgx.Identifier{schema, view}.Sanitize() + " holds",
			Reason: "declared by -volatile"})
	}
	return nil
}
