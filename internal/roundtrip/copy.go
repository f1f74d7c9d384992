package roundtrip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/probe"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// RestoreOptions say what is restored, where, and what it is compared with.
type RestoreOptions struct {
	Suite    *suite.Suite
	Archive  string
	Manifest *record.Record  // nil: there is none, and nothing to compare with
	Contents pgdump.Contents // from Inspect
	Format   string          // from Inspect
	Server   *cluster.Server
	Tools    *pgdump.Tools
	Jobs     int
	Args     []string // handed to pg_restore as they are
	// Limit is how long the restore may take, from its first statement to its last; 0 is as long as it takes.
	Limit time.Duration
	// Trusted lets through what pg_dump does not write, and what reaches further than the scratch database.
	Trusted bool
	Keep    string // the name under which the restored database stays; "" drops it
	Twice   bool   // dump the restored copy and restore that too
	Folder  string // for the second archive
	Rows    int64  // the setting pgroundtrip.rows; 0 is session.DefaultRows
	// Into is an empty scratch database to restore into, which its owner drops; nil makes one.
	Into *cluster.Database
	// KeepRows keeps the rows of every result in memory, to compare them with goldens.
	KeepRows bool
	// Source is the server that was dumped, if it can be asked which rows differ; nil if not.
	Source     *cluster.Server
	ShowValues bool // show values of rows, not only which differ
	// Volatile are materialized views, SCHEMA.VIEW, that are expected to hold something else after each refresh.
	Volatile []string
	OnPhase  func(phase string)
	// OnProgress is called with about how many of the rows are restored; it may be nil.
	OnProgress func(done, total int64)
	Log        func(format string, args ...any)
	// AfterRestore is where damage is done on purpose, by tests. nil does none.
	AfterRestore func(context.Context, *pgx.Conn) error
}

// CompareCopy takes the record of a copy that is already restored, and compares it with o.Manifest as Restore does.
// name is what the report is about. An error means that it could not tell.
func CompareCopy(ctx context.Context, o *RestoreOptions, copied *cluster.Database, name string) (*verdict.Report,
	error) {
	r := &restore{RestoreOptions: o, outcome: &verdict.Report{Workload: name}, db: copied, queries: o.Suite.Queries()}
	if err := r.readCopy(ctx); err != nil {
		return nil, err
	}
	return r.outcome, r.compare(ctx)
}

// A restore is a restore while it happens.
type restore struct {
	*RestoreOptions
	outcome *verdict.Report
	db      *cluster.Database
	queries []*suite.File
	record  *record.Record
	// settings are those of the source that the restore runs under.
	settings []record.Setting
	// settlement is what a confined copy lacks of the archive; nil where it lacks nothing.
	settlement *pgdump.Settlement
	tell       func(done, total int64) // OnProgress, if there is room to look
	born       []string                // what innate.sql printed before the restore
}

// rows is the setting pgroundtrip.rows.
func (r *restore) rows() int64 { return cmp.Or(r.Rows, session.DefaultRows) }

// newRestore begins the restore of an archive that was inspected, whose report is o.
func newRestore(options *RestoreOptions, o *verdict.Report) *restore {
	if m := options.Manifest; m != nil {
		o.Expected = slices.Concat(onMajor(m.Expected, options.Server.Version.Major), onRequest(options.Args))
	}
	return &restore{RestoreOptions: options, outcome: o}
}

// limited is a context that ends when the restore has taken too long. end must be called with the error of the run, and
// returns it with the reason.
func (r *restore) limited(ctx context.Context) (limited context.Context, end func(error) error) {
	if r.Limit == 0 {
		return ctx, func(err error) error { return err }
	}
	limited, cancel := context.WithTimeoutCause(ctx, r.Limit,
		fmt.Errorf("the restore did not end within %s (-restore-timeout)", r.Limit))
	return limited, func(err error) error {
		isLate := limited.Err() != nil && ctx.Err() == nil
		if cancel(); err == nil || !isLate {
			return err
		}
		return &hint.Error{Err: fmt.Errorf("%w: %w", context.Cause(limited), err),
			Hint: "allow it more time; if it never ends, a function that a check, an index or a materialized view calls may " +
				"not return"}
	}
}

// prepare makes everything ready that can be known to be needed, and refuses what cannot work.
func (r *restore) prepare(ctx context.Context) error {
	if err := r.expectVolatile(); err != nil {
		return err
	}
	if err := pgdump.JudgeRestoreArguments(r.Format, r.Args); err != nil {
		return err
	}
	if err := r.Contents.Refuse(); err != nil && !r.Trusted {
		return err
	}
	if err := r.needMajor(); err != nil {
		return err
	}
	if err := r.needSpace(); err != nil {
		return err
	}
	conn, err := r.Server.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := session.Prepare(ctx, conn, r.Suite, r.rows()); err != nil {
		return err
	}
	r.tell = pgdump.WithRoom(ctx, conn, r.Jobs, r.OnProgress)
	if len(r.Server.Lacks) > 0 {
		r.outcome.Notes = append(r.outcome.Notes,
			"NOT ISOLATED: code in the archive could reach, on this machine: "+strings.Join(r.Server.Lacks, ", "))
	}
	for _, need := range []func(context.Context, *pgx.Conn) error{r.needName, r.needExtensions, r.needTablespaces} {
		if err := need(ctx, conn); err != nil {
			return err
		}
	}
	if r.db = r.Into; r.db == nil {
		if r.db, err = r.Server.CreateLike(ctx, r.properties()); err != nil {
			return err
		}
	}
	if err = r.confine(ctx); err == nil {
		err = r.seeEmpty(ctx)
	}
	if err != nil {
		return errors.Join(err, r.drop(ctx))
	}
	return nil
}

// needMajor refuses a server that is older than the source.
func (r *restore) needMajor() error {
	source := r.Contents.Server
	if source.Major <= r.Server.Version.Major {
		return nil
	}
	return &cluster.HintError{
		Err: fmt.Errorf("the archive holds a database of PostgreSQL %s, the server is %s: an older major cannot take it",
			source, r.Server.Version),
		Hint: fmt.Sprintf("restore into a server of version %d or newer (-dsn, or -bindir for a throw-away cluster)",
			source.Major),
	}
}

// seeEmpty creates the roles that the archive needs, and reads what the judge is made of, before anything is restored.
func (r *restore) seeEmpty(ctx context.Context) error {
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := r.needRoles(ctx, conn); err != nil {
		return err
	}
	r.born, err = readCatalogs(ctx, conn, innateSQL, r.Server.Version.Major)
	return err
}

// needName refuses -keep with the name of a database that exists.
func (r *restore) needName(ctx context.Context, conn *pgx.Conn) error {
	if r.Keep == "" {
		return nil
	}
	taken, err := session.Texts(ctx, conn,
		"select datname::text from pg_database where datname = "+session.Literal(r.Keep))
	if err == nil && len(taken) > 0 {
		err = fmt.Errorf("%w: -keep %s: a database of that name exists", pgdump.ErrUnsupported, r.Keep)
	}
	return err
}

// properties are those of the source. Without a manifest the archive still has its encoding: SQL_ASCII restored into
// UTF8 would store what is no UTF-8, without an error.
func (r *restore) properties() cluster.Properties {
	if r.Manifest == nil {
		return cluster.Properties{Encoding: r.Contents.Encoding}
	}
	s := r.Manifest.Source
	return cluster.Properties{Encoding: s.Encoding, Provider: s.LocaleProvider, Collate: s.Collate, Ctype: s.Ctype,
		Locale: s.Locale}
}

// drop drops the database, unless it is another's.
func (r *restore) drop(ctx context.Context) error {
	if r.Into != nil {
		return nil
	}
	return r.db.Drop(ctx)
}

// leave drops the database, or keeps it under the name that was asked for.
func (r *restore) leave(ctx context.Context, failure error) error {
	if r.Keep == "" || failure != nil {
		return r.drop(ctx)
	}
	if err := r.settle(ctx); err != nil {
		return errors.Join(err, r.db.Drop(ctx))
	}
	if err := r.db.Rename(ctx, r.Keep); err != nil {
		return errors.Join(err, r.db.Drop(ctx))
	}
	r.Log("the restored database stays as %s; others than its owner may connect after: grant connect on database %s to ...",
		r.Keep, pgx.Identifier{r.Keep}.Sanitize())
	return nil
}

// fill restores the archive into the scratch database.
func (r *restore) fill(ctx context.Context) error {
	if r.Contents.Attver {
		if err := r.needAttver(ctx); err != nil {
			return err
		}
	}
	if err := r.useSettings(ctx); err != nil {
		return err
	}
	watch := &pgdump.Watch{Connect: r.db.Connect, Rows: r.counts(), Tell: r.tell}
	if err := watch.During(ctx, func() error {
		return r.load(ctx, r.Archive, r.Args...)
	}); err != nil {
		return r.explainPreload(err)
	}
	if r.AfterRestore == nil {
		return nil
	}
	return r.db.AsCaller(ctx, func(conn *pgx.Conn) error { return r.AfterRestore(ctx, conn) })
}

// counts is how many rows each table has by the manifest; empty if it has none.
func (r *restore) counts() map[string]int64 {
	if r.Manifest == nil {
		return map[string]int64{}
	}
	return r.Manifest.Counts()
}

// restoreTools are the tools under what the archive's own server had.
func (r *restore) restoreTools() *pgdump.Tools {
	tools := r.Tools
	if r.Manifest == nil {
		tools = tools.Foreign()
	}
	if r.Contents.LoginTriggers && r.Jobs > 1 && !r.db.IsConfined() { // there, they come last
		tools = tools.Muted()
	}
	isGiven := func(s record.Setting) bool { return r.db.IsConfined() && isForSuperusers(s) }
	return tools.Under(slices.DeleteFunc(slices.Clone(r.settings), isGiven))
}

// takeRecord takes the record of the restored database: the queries that the manifest has, or
// without one all that the database can answer.
func (r *restore) takeRecord(ctx context.Context) error {
	if whole, err := r.judgeIsWhole(ctx); !whole {
		return err
	}
	conn, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := r.chooseQueries(ctx, conn); err != nil {
		return err
	}
	if err := r.byHand(ctx, conn); err != nil {
		return err
	}
	if err := conn.Close(ctx); err != nil {
		return err
	}
	return r.readCopy(ctx)
}

// readCopy takes the record of a copy. The database is this run's alone: a table that cannot be cut may have the
// parallel workers that the server allows it.
func (r *restore) readCopy(ctx context.Context) (err error) {
	conns := make([]*pgx.Conn, r.members(ctx))
	for i := range conns {
		if conns[i], err = r.session(ctx, r.db.Connect); err != nil {
			return err
		}
		defer conns[i].Close(ctx)
		if _, err := conns[i].Exec(ctx, "set parallel_tuple_cost = 0"); err != nil {
			return err
		}
	}
	if r.record, err = r.take(ctx, conns...); err != nil {
		return probe.FailedAfter(r.outcome, err)
	}
	r.outcome.Post = r.record.Chain
	files := r.Suite.Intact(true)
	if r.record.Has("snapshot") { // the probes read what the chain's files read
		files = append(files, r.Suite.Probes()...)
	}
	return probe.Run(ctx, r.outcome, conns[0], files)
}

// members is over how many connections the record is taken: as many as the server lets one query have processes, or as
// there are jobs; half of what is free stays free.
func (r *restore) members(ctx context.Context) int {
	const least = 2
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return least // and the record will fail
	}
	defer conn.Close(ctx)
	limits, err := session.AskLimits(ctx, conn)
	if err != nil {
		return least
	}
	return max(least, min(max(r.Jobs, limits.ProcessesPerQuery), limits.FreeConnections/2))
}

// take takes the record over connections that see the same, and ends their transactions: probes, and definitions that
// are printed again, need the tables for themselves. What defines a confined copy is read as it will be settled.
func (r *restore) take(ctx context.Context, conns ...*pgx.Conn) (*record.Record, error) {
	options := record.Options{Phase: "restore", KeepAll: r.KeepRows, Pieces: r.Suite.File("pieces")}
	here, settled := r.queries, []*suite.File(nil)
	if r.settlement != nil {
		here, settled = parted(r.queries)
	}
	taken, err := record.Take(ctx, session.Wires(conns[0], conns[1:]...), here, options)
	for _, conn := range conns {
		if err == nil {
			_, err = conn.Exec(ctx, "commit")
		}
	}
	if err != nil || r.settlement == nil {
		return taken, err
	}
	ready := func(conn *pgx.Conn) error { return session.Prepare(ctx, conn, r.Suite, r.rows()) }
	return taken, r.settlement.During(ctx, false, ready, func(conn *pgx.Conn) error {
		definitions, err := record.Take(ctx, session.Wires(conn), settled, options)
		if err == nil {
			taken.Results = append(taken.Results, definitions.Results...)
			err = refreshable(ctx, conn)
		}
		return err
	})
}

// chooseQueries takes the queries that the manifest has results of, or without one all that the
// database can answer.
func (r *restore) chooseQueries(ctx context.Context, conn *pgx.Conn) (err error) {
	if r.Manifest == nil {
		r.queries, r.outcome.NotCovered, err = coveredQueries(ctx, conn, r.Suite,
			func(context.Context, *suite.File, error) bool { return false })
		return err
	}
	r.outcome.NotCovered = slices.Concat(r.Manifest.NotCovered, r.Manifest.Unanswered(r.Suite.QueryNames()))
	for _, missing := range r.Suite.NotCovered() { // the manifest may have forgotten it
		if !slices.Contains(r.outcome.NotCovered, missing) {
			r.outcome.NotCovered = append(r.outcome.NotCovered, missing)
		}
	}
	for _, digest := range r.Manifest.Results {
		f := r.Suite.File(digest.Query)
		if f == nil {
			return &cluster.HintError{
				Err:  fmt.Errorf("the manifest has a result of %s.sql, and %s has no such file", digest.Query, r.Suite.Name),
				Hint: "restore with the suite that the dump was made with: " + r.Manifest.Suite + " (-sql)",
			}
		}
		if len(digest.Skipped) > 0 {
			f = f.Without(digest.Skipped)
		}
		r.queries = append(r.queries, f)
	}
	return nil
}

// secondDatabase makes r.db an empty database until done is called. On a throw-away cluster it is the first one, made
// anew: an extension may want a database of that name.
func (r *restore) secondDatabase(ctx context.Context) (done func() error, err error) {
	if r.Server.Throwaway {
		return func() error { return nil }, r.db.Recreate(ctx)
	}
	first := r.db
	second, err := r.Server.CreateLike(ctx, first.Like)
	if err != nil {
		return nil, err
	}
	r.db = second
	return func() error { r.db = first; return second.Drop(ctx) }, r.confine(ctx)
}

// secondRound dumps the restored copy, restores that too, and compares the second copy with the
// manifest: it finds what the first pass let in.
func (r *restore) secondRound(ctx context.Context) (err error) {
	if r.record == nil {
		return nil
	}
	archive := filepath.Join(r.Folder, "second")
	if err := r.settle(ctx); err != nil {
		return err
	}
	if err := r.Tools.Write(ctx, r.db.CallersDSN(), "", r.Format, 1, archive, nil); err != nil {
		return err
	}
	done, err := r.secondDatabase(ctx)
	if done != nil {
		defer func() { r.settlement, err = nil, errors.Join(err, done()) }()
	}
	if err != nil {
		return err
	}
	if err := r.load(ctx, archive); err != nil {
		return err
	}
	if whole, err := r.judgeIsWhole(ctx); !whole {
		return err
	}
	conn, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	again, err := r.take(ctx, conn)
	if err != nil {
		return probe.FailedAfter(r.outcome, err)
	}
	older, name := r.record, "after the first restore"
	if r.Manifest != nil {
		older, name = r.Manifest, "in the manifest"
	}
	return errors.Join(r.compareWith(ctx, "twice/", older, name, again), r.explainHints(ctx))
}
