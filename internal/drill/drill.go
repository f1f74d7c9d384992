// Package drill restores an archive into a scratch database, takes the record of the copy and judges it.
package drill

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

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/crew"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/lost"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/probe"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
	"pgroundtrip/internal/verdict"
	"pgroundtrip/internal/watch"
)

// Options say what is restored, where, and what it is compared with.
type Options struct {
	Suite    *suite.Suite
	Archive  string
	Manifest *record.Record  // nil: there is none, and nothing to compare with
	Contents pgdump.Contents // from Inspect
	Format   string          // from Inspect
	Server   *cluster.Server
	Tools    *pgdump.Tools
	Jobs     int
	Args     []string // handed to pg_restore as they are
	// Limit is how long the restore may take, until the copy is judged; 0 is as long as it takes.
	Limit time.Duration
	// Trusted lets through what pg_dump does not write, and what reaches further than the scratch database.
	Trusted bool
	Keep    string // the name under which the restored database stays; "" drops it
	Amcheck bool   // look for each row of the copy in each of its indexes
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
func CompareCopy(ctx context.Context, o *Options, copied *cluster.Database, name string) (*verdict.Report,
	error) {
	d := &Drill{Options: o, Report: &verdict.Report{Workload: name}, db: copied, queries: o.Suite.Queries()}
	if err := d.readCopy(ctx); err != nil {
		return nil, err
	}
	return d.Report, d.Compare(ctx)
}

// A Drill is a restore and its judgement while they happen.
type Drill struct {
	*Options
	Report  *verdict.Report
	db      *cluster.Database
	queries []*suite.File
	Record  *record.Record
	// settings are those of the source that the restore runs under.
	settings []record.Setting
	// settlement is what a confined copy lacks of the archive; nil where it lacks nothing.
	settlement *pgdump.Settlement
	tell       func(done, total int64) // OnProgress, if there is room to look
	born       []string                // what innate.sql printed before the restore
	caller     string                  // the caller's role
	isSuper    bool                    // whether that is a superuser
}

// rows is the setting pgroundtrip.rows.
func (d *Drill) rows() int64 { return cmp.Or(d.Rows, session.DefaultRows) }

// New begins the restore of an archive that was inspected, whose report is o.
func New(options *Options, o *verdict.Report) *Drill {
	if m := options.Manifest; m != nil {
		o.Expected = slices.Concat(lost.OnMajor(m.Expected, options.Server.Version.Major), lost.OnRequest(options.Args))
	}
	return &Drill{Options: options, Report: o}
}

// Limited is a context that ends when the restore has taken too long. end must be called with the error of the run, and
// returns it with the reason.
func (d *Drill) Limited(ctx context.Context) (limited context.Context, end func(error) error) {
	if d.Limit == 0 {
		return ctx, func(err error) error { return err }
	}
	limited, cancel := context.WithTimeoutCause(ctx, d.Limit,
		fmt.Errorf("the restore did not end within %s (-restore-timeout)", d.Limit))
	return limited, func(err error) error {
		isLate := limited.Err() != nil && ctx.Err() == nil
		if cancel(); err == nil || !isLate {
			return err
		}
		return &hint.Error{Err: fmt.Errorf("%w: %w", context.Cause(limited), err),
			Hint: "allow it more time; if it never ends, a function that a check, an index or a materialized view calls may " +
				"not return, or the network between here and the server stalls"}
	}
}

// Prepare makes everything ready that can be known to be needed, and refuses what cannot work.
func (d *Drill) Prepare(ctx context.Context) error {
	if err := d.expectVolatile(); err != nil {
		return err
	}
	if err := arguments.JudgeRestore(d.Format, d.Args); err != nil {
		return err
	}
	if err := d.Contents.Refuse(); err != nil && !d.Trusted {
		return err
	}
	for _, need := range []func() error{d.needMajor, d.needSpace} {
		if err := need(); err != nil {
			return err
		}
	}
	conn, err := d.Server.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := session.Prepare(ctx, conn, d.Suite, d.rows()); err != nil {
		return err
	}
	d.tell = watch.WithRoom(ctx, conn, d.Jobs, d.OnProgress)
	if len(d.Server.Lacks) > 0 {
		d.Report.Notes = append(d.Report.Notes,
			"NOT ISOLATED: code in the archive could reach, on this machine: "+strings.Join(d.Server.Lacks, ", "))
	}
	for _, need := range []func(context.Context, *pgx.Conn) error{d.needName, d.needExtensions, d.needTablespaces,
		d.askCaller} {
		if err := need(ctx, conn); err != nil {
			return err
		}
	}
	if d.db = d.Into; d.db == nil {
		if d.db, err = d.Server.CreateLike(ctx, d.properties()); err != nil {
			return err
		}
	}
	if err = d.confine(ctx); err == nil {
		err = d.needLocks(ctx, conn)
	}
	if err == nil {
		err = d.seeEmpty(ctx)
	}
	if err != nil {
		return errors.Join(err, d.drop(ctx))
	}
	return nil
}

// needMajor refuses a server that is older than the source.
func (d *Drill) needMajor() error {
	source := d.Contents.Server
	if source.Major <= d.Server.Version.Major {
		return nil
	}
	return &cluster.HintError{
		Err: fmt.Errorf("the archive holds a database of PostgreSQL %s, the server is %s: an older major cannot take it",
			source, d.Server.Version),
		Hint: fmt.Sprintf("restore into a server of version %d or newer (-dsn, or -bindir for a throw-away cluster)",
			source.Major),
	}
}

// seeEmpty creates the roles that the archive needs, chooses settings, and reads what the judge is made of, before
// anything is restored.
func (d *Drill) seeEmpty(ctx context.Context) error {
	conn, err := d.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := d.needRoles(ctx, conn); err != nil {
		return err
	}
	if d.born, err = readCatalogs(ctx, conn, innateSQL, d.Server.Version.Major); err != nil {
		return err
	}
	return d.useSettings(ctx, conn)
}

// needName refuses -keep with the name of a database that exists.
func (d *Drill) needName(ctx context.Context, conn *pgx.Conn) error {
	if d.Keep == "" {
		return nil
	}
	taken, err := session.Texts(ctx, conn,
		"select datname::text from pg_database where datname = "+session.Literal(d.Keep))
	if err == nil && len(taken) > 0 {
		err = fmt.Errorf("%w: -keep %s: a database of that name exists", arguments.ErrUnsupported, d.Keep)
	}
	return err
}

// properties are those of the source. Without a manifest the archive still has its encoding: SQL_ASCII restored into
// UTF8 would store what is no UTF-8, without an error.
func (d *Drill) properties() cluster.Properties {
	if d.Manifest == nil {
		return cluster.Properties{Encoding: d.Contents.Encoding}
	}
	s := d.Manifest.Source
	return cluster.Properties{Encoding: s.Encoding, Provider: s.LocaleProvider, Collate: s.Collate, Ctype: s.Ctype,
		Locale: s.Locale}
}

// drop drops the database, unless it is another's.
func (d *Drill) drop(ctx context.Context) error {
	if d.Into != nil {
		return nil
	}
	return d.db.Drop(ctx)
}

// Leave drops the database, or keeps it under the name that was asked for.
func (d *Drill) Leave(ctx context.Context, failure error) error {
	if d.Keep == "" || failure != nil {
		return d.drop(ctx)
	}
	if err := d.settle(ctx); err != nil {
		return errors.Join(err, d.db.Drop(ctx))
	}
	if err := d.db.Rename(ctx, d.Keep); err != nil {
		return errors.Join(err, d.db.Drop(ctx))
	}
	d.Log("the restored database stays as %s; others than its owner may connect after: grant connect on database %s to ...",
		d.Keep, pgx.Identifier{d.Keep}.Sanitize())
	return nil
}

// Fill restores the archive into the scratch database.
func (d *Drill) Fill(ctx context.Context) error {
	if d.Contents.Attver {
		if err := d.needAttver(ctx); err != nil {
			return err
		}
	}
	progress := &watch.Copying{Connect: d.db.Connect, Rows: d.counts(), Tell: d.tell}
	if err := progress.During(ctx, func() error {
		return d.load(ctx, d.Archive, nil, d.Args...)
	}); err != nil {
		return d.explainPreload(err)
	}
	if d.AfterRestore == nil {
		return nil
	}
	return d.db.AsCaller(ctx, func(conn *pgx.Conn) error { return d.AfterRestore(ctx, conn) })
}

// counts is how many rows each table has by the manifest; empty if it has none.
func (d *Drill) counts() map[string]int64 {
	if d.Manifest == nil {
		return map[string]int64{}
	}
	return d.Manifest.Counts()
}

// restoreTools are the tools under what the archive's own server had.
func (d *Drill) restoreTools() *pgdump.Tools {
	tools := d.Tools
	if d.Manifest == nil {
		tools = tools.Foreign()
	}
	if d.Contents.LoginTriggers && d.Jobs > 1 && !d.db.IsConfined() { // there, they come last
		tools = tools.Muted()
	}
	isGiven := func(s record.Setting) bool { return d.db.IsConfined() && isForSuperusers(s) }
	return tools.Under(slices.DeleteFunc(slices.Clone(d.settings), isGiven))
}

// TakeRecord takes the record of the restored database: the queries that the manifest has, or
// without one all that the database can answer.
func (d *Drill) TakeRecord(ctx context.Context) error {
	if whole, err := d.judgeIsWhole(ctx); !whole {
		return err
	}
	return d.readCopy(ctx)
}

// readCopy takes the record of a copy, whose queries may not have been chosen yet.
func (d *Drill) readCopy(ctx context.Context) error {
	conns, err := d.sessions(ctx)
	defer func() {
		for _, conn := range conns {
			conn.Close(ctx)
		}
	}()
	if err == nil && d.queries == nil {
		if err = d.chooseQueries(ctx, conns[0]); err == nil {
			err = d.byHand(ctx, conns[0])
		}
	}
	if err != nil {
		return err
	}
	if d.Record, err = d.take(ctx, conns...); err != nil {
		return probe.FailedAfter(d.Report, err)
	}
	d.Report.Post = d.Record.Chain
	files := d.Suite.Intact(!d.Amcheck)
	if d.Record.Has("snapshot") { // the probes read what the chain's files read
		files = append(files, d.Suite.Probes()...)
	}
	return probe.Run(ctx, d.Report, conns[0], files, d.Amcheck)
}

// sessions opens the connections over which the record is taken. The database is this run's alone: a table that cannot
// be cut may have the parallel workers that the server allows it.
func (d *Drill) sessions(ctx context.Context) (conns []*pgx.Conn, err error) {
	lead, err := d.db.Connect(ctx)
	if err != nil {
		return nil, err
	}
	conns = make([]*pgx.Conn, d.members(ctx, lead))
	conns[0] = lead
	open := []func(context.Context) error{func(ctx context.Context) error { return d.begin(ctx, lead) }}
	for i := range conns[1:] {
		open = append(open, func(ctx context.Context) (err error) {
			conns[1+i], err = d.session(ctx, d.db.Connect)
			return err
		})
	}
	err = crew.Alongside(ctx, open...)
	conns = slices.DeleteFunc(conns, func(conn *pgx.Conn) bool { return conn == nil })
	for _, conn := range conns {
		if err == nil {
			_, err = conn.Exec(ctx, "set parallel_tuple_cost = 0")
		}
	}
	return conns, err
}

// members is over how many connections the record is taken: as many as the server lets one query have processes, or as
// there are jobs; half of what is free stays free. conn does not have the suite's settings yet.
func (d *Drill) members(ctx context.Context, conn *pgx.Conn) int {
	const least, little = 2, 32 << 20
	limits, err := session.AskLimits(ctx, conn)
	switch {
	case err != nil:
		return least // and the record will fail
	case d.Manifest != nil && d.Manifest.Source.SizeBytes < little:
		limits.ProcessesPerQuery = least
	}
	return max(least, min(max(d.Jobs, limits.ProcessesPerQuery), limits.FreeConnections/2))
}

// take takes the record over connections that see the same, and ends their transactions: probes, and definitions that
// are printed again, need the tables for themselves. What defines a confined copy is read as it will be settled.
func (d *Drill) take(ctx context.Context, conns ...*pgx.Conn) (*record.Record, error) {
	options := take.Options{Phase: "restore", KeepAll: d.KeepRows, Pieces: d.Suite.File("pieces")}
	here, settled := d.queries, []*suite.File(nil)
	if d.settlement != nil {
		here, settled = parted(d.queries)
	}
	taken, err := take.Record(ctx, session.Wires(conns[0], conns[1:]...), here, options)
	for _, conn := range conns {
		if err == nil {
			_, err = conn.Exec(ctx, "commit")
		}
	}
	if err != nil || d.settlement == nil {
		return taken, err
	}
	ready := func(conn *pgx.Conn) error { return session.Prepare(ctx, conn, d.Suite, d.rows()) }
	return taken, d.settlement.During(ctx, false, ready, func(conn *pgx.Conn) error {
		definitions, err := take.Record(ctx, session.Wires(conn), settled, options)
		if err == nil {
			taken.Results = append(taken.Results, definitions.Results...)
			err = refreshable(ctx, conn)
		}
		return err
	})
}

// chooseQueries takes the queries that the manifest has results of, or without one all that the
// database can answer.
func (d *Drill) chooseQueries(ctx context.Context, conn *pgx.Conn) (err error) {
	if d.Manifest == nil {
		d.queries, d.Report.NotCovered, err = origin.Covered(ctx, conn, d.Suite, nil)
		return err
	}
	d.Report.NotCovered = slices.Concat(d.Manifest.NotCovered, d.Manifest.Unanswered(d.Suite.QueryNames()))
	for _, missing := range d.Suite.NotCovered() { // the manifest may have forgotten it
		if !slices.Contains(d.Report.NotCovered, missing) {
			d.Report.NotCovered = append(d.Report.NotCovered, missing)
		}
	}
	for _, digest := range d.Manifest.Results {
		f := d.Suite.File(digest.Query)
		if f == nil {
			return &cluster.HintError{
				Err:  fmt.Errorf("the manifest has a result of %s.sql, and %s has no such file", digest.Query, d.Suite.Name),
				Hint: "restore with the suite that the dump was made with: " + d.Manifest.Suite + " (-sql)",
			}
		}
		if len(digest.Skipped) > 0 {
			f = f.Without(digest.Skipped)
		}
		d.queries = append(d.queries, f)
	}
	return nil
}

// secondDatabase makes d.db an empty database until done is called. On a throw-away cluster it is the first one, made
// anew: an extension may want a database of that name.
func (d *Drill) secondDatabase(ctx context.Context) (done func() error, err error) {
	if d.Server.Throwaway {
		return func() error { return nil }, d.db.Recreate(ctx)
	}
	first := d.db
	second, err := d.Server.CreateLike(ctx, first.Like)
	if err != nil {
		return nil, err
	}
	d.db = second
	return func() error { d.db = first; return second.Drop(ctx) }, d.confine(ctx)
}

// SecondRound dumps the restored copy, restores that too, and compares the second copy with the
// manifest: it finds what the first pass let in.
func (d *Drill) SecondRound(ctx context.Context) (err error) {
	if d.Record == nil {
		return nil
	}
	archive, first := filepath.Join(d.Folder, "second"), d.settlement
	var options []string
	if first != nil { // were it settled, autovacuum would run the archive's code with the rights of its owners
		options = pgdump.Unsettled
	}
	if err := d.Tools.Write(ctx, d.db.CallersDSN(), "", d.Format, 1, archive, options); err != nil {
		return err
	}
	done, err := d.secondDatabase(ctx)
	if done != nil {
		defer func() { d.settlement, err = first, errors.Join(err, done()) }()
	}
	if err != nil {
		return err
	}
	if err := d.load(ctx, archive, first); err != nil {
		return err
	}
	if whole, err := d.judgeIsWhole(ctx); !whole {
		return err
	}
	conn, err := d.session(ctx, d.db.Connect)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	again, err := d.take(ctx, conn)
	if err != nil {
		return probe.FailedAfter(d.Report, err)
	}
	older, name := d.Record, "after the first restore"
	if d.Manifest != nil {
		older, name = d.Manifest, "in the manifest"
	}
	return errors.Join(d.compareWith(ctx, "twice/", older, name, again), d.explainHints(ctx))
}
