package origin

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/lost"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

//go:embed rights.sql
var rightsSQL string

//go:embed rights_functions.sql
var rightsFunctionsSQL string

// right is a right that the role of a dump lacks.
type right struct {
	What     string
	Remedy   string // the statement that grants it
	IsNeeded bool   // without it there is no archive, or rows are missing from it
}

// lackingRights lists all rights that the role lacks, so that an administrator can grant them in one go. conn must
// not have the suite's settings yet: making those needs rights too.
func lackingRights(ctx context.Context, conn *pgx.Conn, s *suite.Suite) ([]right, error) {
	needed := "pg_export_snapshot " + sourceSQL + managedSQL + preloadSQL + rolesSQL + settingsSQL + chainSQL
	words := needed + lacksSQL + lost.SQL
	// What the role may not read of the cluster is reported as not covered.
	for _, f := range append(s.Queries(), s.File("session"), s.File("pieces")) {
		if f != nil && !f.About.Cluster {
			words += f.Text
		}
	}
	settings := "set search_path = pg_catalog, pg_temp; set pgroundtrip.words = " + wordsOf(words) +
		"; set pgroundtrip.needed_words = " + wordsOf(needed)
	if _, err := conn.Exec(ctx, settings); err != nil {
		return nil, err
	}
	var all []right
	for _, text := range []string{rightsSQL, rightsFunctionsSQL} {
		lacking, err := session.Rows[right](ctx, conn, text, "read the rights of the role")
		if err != nil {
			return nil, hint.Explain(err)
		}
		all = append(all, lacking...)
		if len(all) > 0 && all[0].IsNeeded { // the second query may need the same rights
			break
		}
	}
	return all, nil
}

var isGap = regexp.MustCompile(`^(large object|rows of table) `)

// wordsOf returns the words of a text of SQL, without comments, as an SQL array literal.
func wordsOf(text string) string {
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "--")
		for w := range strings.FieldsFuncSeq(line, isNoWord) {
			if w[0] < '0' || w[0] > '9' {
				seen[w] = true
			}
		}
	}
	return "'{" + strings.Join(slices.Sorted(maps.Keys(seen)), ",") + "}'"
}

func isNoWord(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }

// needRights refuses a dump that would be incomplete for lack of rights. Rights that only the record lacks are
// reported, and kept as a warning: see gaps.go.
func (r *Reading) needRights(ctx context.Context) error {
	lacking, err := lackingRights(ctx, r.conn, r.Suite)
	if err != nil {
		return err
	}
	what := "a dump"
	if r.Tools == nil { // a record may have gaps, an archive must be whole
		what = "a record"
		for i := range lacking {
			if strings.HasPrefix(lacking[i].What, "large object ") {
				r.unreadable = append(r.unreadable, lacking[i].What)
			}
			lacking[i].IsNeeded = lacking[i].IsNeeded && !isGap.MatchString(lacking[i].What)
		}
	}
	var needed, names []string
	for _, r := range lacking {
		if names = append(names, r.What); r.IsNeeded {
			needed = append(needed, r.What)
		}
	}
	switch {
	case len(names) == 0:
		return nil
	case len(needed) > 0 || r.Strict:
		return hint.With(fmt.Errorf("the role may not read all that %s needs: %s", what, hint.List(names)),
			"have an administrator run: "+r.remedies(lacking))
	}
	r.reportWarnings(fmt.Sprintf("the role may not read %s, so these are not recorded; have an administrator run: %s",
		hint.List(names), r.remedies(lacking)))
	return nil
}

// remedies lists the statements that grant the rights, each once.
func (r *Reading) remedies(lacking []right) string {
	var statements []string
	for _, r := range lacking {
		if !slices.Contains(statements, r.Remedy) { // one bypassrls is enough for all tables
			statements = append(statements, r.Remedy)
		}
	}
	if more := len(statements) - hint.Shown; more > 0 && r.Server.Version.Major >= 14 {
		statements = append(statements[:hint.Shown:hint.Shown],
			fmt.Sprintf("and so on for %d more (grant pg_read_all_data gives select on all tables at once)", more))
	}
	return strings.Join(statements, "; ")
}

// needConnections refuses a dump for which the server, the database or the role allows too few connections, and
// reduces the number of jobs if that helps. pg_dump takes one connection per job and one of its own. Those of the
// record get what remains, and leave half of the free connections free.
func (r *Reading) needConnections(ctx context.Context) error {
	limits, err := session.AskLimits(ctx, r.conn)
	if err != nil {
		return hint.Explain(err)
	}
	r.limits = limits
	if r.Tools == nil {
		r.jobs, r.members = 1, max(1, min(r.Jobs, limits.FreeConnections/2))
		r.reportFewerJobs(limits, r.members)
		return nil
	}
	const ours, leader = 1, 1
	if limits.FreeConnections < ours+leader {
		return hint.With(fmt.Errorf("a dump needs %d connections at once, pg_dump's and one that holds the snapshot, and "+
			"the server allows this role %d", ours+leader, limits.FreeConnections),
			"raise the connection limit of the role (alter role ... connection limit), of the database, or max_connections, "+
				"or wait until others are gone")
	}
	r.jobs = r.Jobs
	if r.Jobs > 1 {
		r.jobs = max(1, min(r.Jobs, limits.FreeConnections-ours-leader))
	}
	r.members = max(1, min(r.Jobs, limits.FreeConnections/2-leader-r.jobs))
	r.reportFewerJobs(limits, r.jobs)
	return nil
}

// reportFewerJobs reports that fewer jobs run than were asked for.
func (r *Reading) reportFewerJobs(limits session.Limits, jobs int) {
	if jobs < r.Jobs && r.Log != nil {
		r.Log("the server allows %d connections at once: %d jobs instead of %d", limits.FreeConnections, jobs, r.Jobs)
	}
}
