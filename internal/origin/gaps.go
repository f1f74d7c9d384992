package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/locks"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/rowdiff"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
)

// A backup without a proof is better than no backup. If the server refuses a query, or refuses it for some tables,
// those are gaps of the record: the archive is kept, and the run ends with "could not tell".

// gap is something that could not be recorded.
type gap struct {
	query   string
	table   string // "schema.table" or "large object 16400"; empty: everything that the query prints
	cause   error
	holders string // of locks on which the query timed out
}

// maxGaps is how many tables of one query may be left out; if more are refused, the whole query is a gap.
const maxGaps = 50

// take takes the record of queries, or of a refused query what can be taken. It returns the queries taken, in the
// order of the results.
func (r *Reading) take(ctx context.Context, queries []*suite.File, options take.Options) (got *record.Record,
	taken []*suite.File, err error) {
	queries = r.withoutUnreadable(queries)
	options.Phase, options.KeepAll, options.Pieces = "dump", r.WithRows || r.KeepRows, r.Suite.File("pieces")
	if !r.Strict {
		options.Instead = func(f *suite.File, refused error) (*suite.File, error) { return r.instead(ctx, f, refused) }
	}
	if got, err = take.Record(ctx, session.Wires(r.conn, r.others...), queries, options); err != nil {
		return nil, nil, hint.Explain(r.locks().Explain(ctx, err))
	}
	for _, result := range got.Results {
		f := queries[slices.IndexFunc(queries, func(f *suite.File) bool { return f.Name == result.Query })]
		if len(result.Skipped) > 0 {
			f = f.Without(result.Skipped)
		}
		taken = append(taken, f)
	}
	return got, taken, nil
}

// withoutUnreadable returns queries without the large objects that the role may not read, each of which is a gap.
func (r *Reading) withoutUnreadable(queries []*suite.File) []*suite.File {
	queries = slices.Clone(queries)
	for i, f := range queries {
		if f.About.Bits == "" || len(r.unreadable) == 0 || !f.TakesSkip() {
			continue
		}
		queries[i] = f.Without(r.unreadable)
		for _, object := range r.unreadable {
			r.gaps = append(r.gaps, gap{query: f.Name, table: object, cause: errUnreadable})
		}
	}
	return queries
}

var errUnreadable = hint.With(errors.New("permission denied (SQLSTATE "+sqlstate.NoRight+")"),
	"grant select on each large object to the role: the warning has the statements")

// accept records the refusal of a query as a gap. It returns false if that is not allowed.
func (r *Reading) accept(ctx context.Context, f *suite.File, refused error) bool {
	// Without rights the cluster's objects are just not covered.
	if f.About.Cluster && !r.Strict && sqlstate.Of(refused) == sqlstate.NoRight {
		g := r.gapOf(ctx, f.Name, "", refused)
		r.Manifest.NotCovered = append(r.Manifest.NotCovered, fmt.Sprintf("%s (%s)", g.what(), g.why()))
		return true
	}
	if !r.Strict {
		r.gaps = append(r.gaps, r.gapOf(ctx, f.Name, "", refused))
	}
	return !r.Strict
}

func (r *Reading) gapOf(ctx context.Context, query, table string, refused error) gap {
	g := gap{query: query, table: table, cause: refused}
	if locks.WaitedInVain(refused) {
		g.holders = r.locks().Holders(ctx)
	}
	return g
}

// instead returns f without the tables for which the server refuses it, or nil if that does not help.
func (r *Reading) instead(ctx context.Context, f *suite.File, refused error) (*suite.File, error) {
	if f.TakesSkip() && f.Skipped == nil {
		s := &search{Reading: r, query: f}
		if err := s.run(ctx); err != nil {
			return nil, err
		}
		if len(s.found) > 0 && len(s.found) <= maxGaps {
			r.gaps = append(r.gaps, s.found...)
			return f.Without(s.tables()), nil
		}
	}
	r.accept(ctx, f, refused)
	return nil, nil
}

// search finds the tables for which a query is refused.
type search struct {
	*Reading
	query *suite.File
	all   []string
	found []gap
}

// run searches by halving the list of tables, so that few statements suffice. It finds nothing if the query is
// refused whatever tables it reads.
func (s *search) run(ctx context.Context) (err error) {
	if s.all, err = session.Texts(ctx, s.conn, skippable); err != nil {
		return fmt.Errorf("could not list the tables: %w", err)
	}
	if refused, err := s.over(ctx, nil); err != nil || refused != nil {
		return err
	}
	return s.in(ctx, s.all)
}

// skippable lists the tables that the setting pgroundtrip.skip can name.
const skippable = `
	select pg_catalog.format('%I.%I', n.nspname, c.relname)
	from pg_catalog.pg_class as c
	join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
	where c.relkind in ('r', 'p', 'm') and not c.relispartition and c.relpersistence <> 't' and n.nspname !~ '^pg_toast'
	order by c.oid`

// in searches among tables.
func (s *search) in(ctx context.Context, tables []string) error {
	refused, err := s.over(ctx, tables)
	switch half := len(tables) / 2; {
	case err != nil || refused == nil || len(s.found) > maxGaps:
		return err
	case len(tables) == 1:
		s.found = append(s.found, s.gapOf(ctx, s.query.Name, tables[0], refused))
		return nil
	default:
		if err := s.in(ctx, tables[:half]); err != nil {
			return err
		}
		return s.in(ctx, tables[half:])
	}
}

// over runs the query over these tables only, and returns the server's refusal, or nil.
func (s *search) over(ctx context.Context, tables []string) (refused, err error) {
	asked := map[string]bool{}
	for _, table := range tables {
		asked[table] = true
	}
	others := slices.DeleteFunc(slices.Clone(s.all), func(table string) bool { return asked[table] })
	return suite.Attempt(ctx, s.conn.PgConn(), func() error {
		_, err := suite.Copy(ctx, s.conn.PgConn(), s.query.Without(others), io.Discard)
		return err
	})
}

func (s *search) tables() (tables []string) {
	for _, g := range s.found {
		tables = append(tables, g.table)
	}
	return tables
}

// what returns the name of what is missing.
func (g gap) what() string {
	if g.table != "" {
		return record.Part(g.table)
	}
	return g.query + ".sql"
}

// why returns the cause in one line.
func (g gap) why() string {
	var answer *pgconn.PgError
	if errors.As(g.cause, &answer) {
		why := fmt.Sprintf("%s (SQLSTATE %s)", strings.ReplaceAll(answer.Message, "\n", " "), answer.Code)
		if g.holders != "" {
			why += ": " + g.holders
		}
		return why
	}
	return strings.ReplaceAll(g.cause.Error(), "\n", " ")
}

// reportGaps adds the gaps to the manifest's list of what is not covered, and one check per query with the verdict
// "could not tell".
func (r *Reading) reportGaps() {
	checks, seen := map[string]int{}, map[string]int{}
	for _, g := range r.gaps {
		r.Manifest.NotCovered = append(r.Manifest.NotCovered, fmt.Sprintf("%s (%s)", g.what(), g.why()))
		detail := fmt.Sprintf("could not record the %s: %s", g.what(), g.why())
		at, isThere := checks[g.query]
		if seen[g.query]++; seen[g.query] > maxGaps {
			continue
		}
		if isThere {
			r.report.Checks[at].Detail += "; " + strings.TrimPrefix(detail, "could not record the ")
			continue
		}
		checks[g.query] = len(r.report.Checks)
		r.report.Add(verdict.Check{Name: "record/" + g.query, Verdict: verdict.Error, Detail: detail,
			Hint: hint.Of(hint.Explain(g.cause))})
	}
	for query, at := range checks {
		if n := seen[query] - maxGaps; n > 0 {
			r.report.Checks[at].Detail += fmt.Sprintf("; and %d more", n)
		}
	}
}

// keepTables stores the rows of every table that listing names in the manifest, each value as text. A table whose
// rows the server refuses is a gap.
func (r *Reading) keepTables(ctx context.Context, listing *record.Result) error {
	for _, t := range listing.Keys(2) {
		refused, err := suite.Attempt(ctx, r.conn.PgConn(), func() error { return r.keepTable(ctx, t[0], t[1]) })
		if err == nil && refused != nil && r.Strict {
			err = fmt.Errorf("%s.%s: %w", t[0], t[1], refused)
		}
		if err != nil {
			return err
		}
		if refused != nil {
			r.gaps = append(r.gaps, r.gapOf(ctx, listing.Query, pgx.Identifier{t[0], t[1]}.Sanitize()+" one by one", refused))
		}
	}
	return nil
}

func (r *Reading) keepTable(ctx context.Context, schema, table string) error {
	query, keys, err := rowdiff.Query(ctx, r.conn, schema, table)
	if errors.Is(err, rowdiff.ErrNoColumns) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := rowdiff.All(ctx, r.conn, query)
	if err != nil {
		return err
	}
	r.Manifest.Tables = append(r.Manifest.Tables,
		&record.Table{Schema: record.Printable(schema), Name: record.Printable(table), Keys: keys, Rows: rows})
	return nil
}
