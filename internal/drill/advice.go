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

// explainHints gives each failed check the advice that the suite has for the very rows that differ, by a file
// hint/*.sql, asked in the copy. Rows that it does not mention leave the check's own advice as it is.
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

// dependsOnRole matches what a materialized view depends on if it may hold something else in a confined copy, whose
// role is no one at the source.
var dependsOnRole = regexp.MustCompile(`depends on .*(?:\b(?:current_role|current_user|user|` +
	`session_user|system_user|getpgusername|pg_has_role|has_\w+_privilege)\b|` +
	`information_schema|pg_stat|pg_settings|pg_user_mapping|a function that is not immutable)`)

// hintsOf are the hints that a file prints in the copy, by the key columns before them.
func (d *Drill) hintsOf(ctx context.Context, f *suite.File) (map[string]string, error) {
	conn, err := d.session(ctx, d.db.Connect)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, f.Statements[0].Text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	hints := map[string]string{}
	for rows.Next() {
		var values []string
		for _, value := range rows.RawValues() {
			values = append(values, string(value))
		}
		last := len(values) - 1
		hints[strings.Join(values[:last], "\x00")] = values[last]
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	return hints, nil
}

// materializedViews is the query about what materialized views hold.
const materializedViews = "invariant/materialized_views"

// viewName is SCHEMA.VIEW as it is written in SQL, or without quotes where that cannot be mistaken.
var viewName = regexp.MustCompile(`(?s)^("(?:[^"]|"")+"|[^."]+)\.(.+)$`)

// expectVolatile expects the materialized views that the caller declares volatile to differ. One that the manifest does
// not have is an error: it may be misspelt.
func (d *Drill) expectVolatile() error {
	for _, name := range d.Volatile {
		m := viewName.FindStringSubmatch(name)
		if m == nil || d.Manifest == nil {
			return fmt.Errorf("%w: -volatile %s: it takes SCHEMA.VIEW, and a manifest to compare with", arguments.ErrUnsupported,
				name)
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
