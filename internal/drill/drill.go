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

	"pgroundtrip/internal/ahead"
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

// Options say what to restore, where, and what to compare it with.
type Options struct {
	Suite    *suite.Suite
	Archive  string
	Manifest *record.Record  // nil: nothing to compare with
	Contents pgdump.Contents // from Inspect
	Format   string          // from Inspect
	Server   *cluster.Server
	Tools    *pgdump.Tools
	Jobs     int
	Args     []string // passed to pg_restore unchanged
	// Limit bounds the whole restore, up to and including the comparison; 0 means no limit.
	Limit time.Duration
	// Trusted accepts statements that pg_dump does not write, and those that reach beyond the scratch database.
	Trusted bool
	Keep    string // the name under which to keep the restored database; empty: drop it
	Amcheck bool   // check that each row of the copy is in each of its indexes
	Twice   bool   // dump the restored copy and restore that dump too
	Folder  string // for the second archive
	Rows    int64  // the setting pgroundtrip.rows; 0 means session.DefaultRows
	// Into is an empty scratch database to restore into, which the caller drops; nil: create one.
	Into *cluster.Database
	// KeepRows keeps the rows of every result in memory, to compare them with goldens.
	KeepRows bool
	// Source is the server that was dumped, to ask which rows differ; may be nil.
	Source     *cluster.Server
	ShowValues bool // show values of rows, not only which differ
	// Volatile are materialized views, SCHEMA.VIEW, that hold other rows after each refresh: they are expected to
	// differ.
	Volatile []string
	OnPhase  func(phase string)
	// OnProgress is called with the bytes of the archive that were read, and then with those of the copy; may be nil.
	OnProgress func(done, total int64)
	Log        func(format string, args ...any)
	// AfterRestore lets tests damage the restored database; may be nil.
	AfterRestore func(context.Context, *pgx.Conn) error
}

// CompareCopy takes the record of a database that is already restored and compares it with o.Manifest as a restore
// does. name identifies the copy in the report. An error means that there is no verdict.
func CompareCopy(ctx context.Context, o *Options, copied *cluster.Database, name string) (*verdict.Report,
	error) {
	d := &Drill{Options: o, Report: &verdict.Report{Workload: name}, db: copied, queries: o.Suite.Queries()}
	lead, err := d.db.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.readCopy(ctx, lead); err != nil {
		return nil, err
	}
	return d.Report, d.Compare(ctx)
}

// A Drill is one running restore with its verdict.
type Drill struct {
	*Options
	Report  *verdict.Report
	db      *cluster.Database
	queries []*suite.File
	Record  *record.Record
	// settings of the source under which the restore runs
	settings []record.Setting
	// settlement is what a confined copy still lacks of the archive; nil if nothing.
	settlement *pgdump.Settlement
	reading    *watch.Archive // how much of it is read; nil after that
	ahead      *ahead.Reader  // nil: nothing was read during the restore
	born       []string       // output of innate.sql before the restore
	caller     string         // the caller's role
	isSuper    bool           // of caller
}

// rows returns the setting pgroundtrip.rows.
func (d *Drill) rows() int64 { return cmp.Or(d.Rows, session.DefaultRows) }

// New returns the drill of an archive that was inspected, and adds to the report of that inspection.
func New(o *Options, report *verdict.Report) *Drill {
	if m := o.Manifest; m != nil {
		report.Expected = slices.Concat(lost.OnMajor(m.Expected, o.Server.Version.Major), lost.OnRequest(o.Args))
	}
	return &Drill{Options: o, Report: report}
}

// Limited returns a context that is cancelled when a restore has taken longer than limit; 0 means no limit. end must be
// called with the error of the run; it returns the error with the reason added.
func Limited(ctx context.Context, limit time.Duration) (limited context.Context, end func(error) error) {
	if limit == 0 {
		return ctx, func(err error) error { return err }
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit,
		fmt.Errorf("the restore did not end within %s (-restore-timeout)", limit))
	return limited, func(err error) error {
		isLate := limited.Err() != nil && ctx.Err() == nil
		if cancel(); err == nil || !isLate {
			return err
		}
		return hint.With(fmt.Errorf("%w: %w", context.Cause(limited), err),
			"allow it more time; if it never ends, a function that a check, an index or a materialized view calls may "+
				"not return, or the network between here and the server stalls")
	}
}

// Prepare refuses what cannot work, and sets up everything whose need is known before the restore.
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
	conn, err := session.Connect(ctx, d.Server.Connect, d.Suite, d.rows())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
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
	if err = d.prepareDatabase(ctx, conn); err != nil {
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
	return hint.With(fmt.Errorf("the archive holds a database of PostgreSQL %s, the server is %s: an older major cannot "+
		"restore it", source, d.Server.Version),
		fmt.Sprintf("restore into a server of version %d or newer (-dsn, or -bindir for a throw-away cluster)", source.Major))
}

// prepareDatabase works on the database before the restore: it creates missing roles, chooses settings and reads the
// built-in objects that the judge relies on. server is a connection to the server's own database.
func (d *Drill) prepareDatabase(ctx context.Context, server *pgx.Conn) error {
	conn, err := d.confine(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := d.needLocks(ctx, server); err != nil {
		return err
	}
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

// properties returns encoding and locale of the source. Without a manifest only the archive's encoding is known; it
// is needed because SQL_ASCII data restored into UTF8 could store invalid UTF-8 without an error.
func (d *Drill) properties() cluster.Properties {
	if d.Manifest == nil {
		return cluster.Properties{Encoding: d.Contents.Encoding}
	}
	s := d.Manifest.Source
	return cluster.Properties{Encoding: s.Encoding, Provider: s.LocaleProvider, Collate: s.Collate, Ctype: s.Ctype,
		Locale: s.Locale}
}

// drop drops the database, unless the caller of Restore owns it.
func (d *Drill) drop(ctx context.Context) error {
	if d.Into != nil {
		return nil
	}
	return d.db.Drop(ctx)
}

// Leave drops the database, or keeps it under the name of -keep.
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
	d.Log("the restored database is kept as %s; to let others than its owner connect: grant connect on database %s to ...",
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
	d.reading = &watch.Archive{Path: d.Archive, Report: d.OnProgress}
	err := d.reading.During(func() error { return d.load(ctx, d.Archive, nil, d.Args...) })
	d.reading = nil
	if changed := d.Contents.Stamp.Check(d.Archive); changed != nil {
		return errors.Join(changed, err)
	}
	if err != nil {
		return d.explainPreload(err)
	}
	if d.AfterRestore == nil {
		return nil
	}
	return d.db.AsCaller(ctx, func(conn *pgx.Conn) error { return d.AfterRestore(ctx, conn) })
}

// restoreTools returns the tools with the settings of the archive's own server.
func (d *Drill) restoreTools() *pgdump.Tools {
	tools := d.Tools
	if d.Manifest == nil {
		tools = tools.Foreign()
	}
	if d.Trusted {
		tools = tools.Trusting()
	}
	if d.ahead != nil {
		tools = tools.Beside(d.ahead.During)
	}
	if d.Contents.LoginTriggers && d.Jobs > 1 && !d.db.IsConfined() { // of a confined copy they are created last
		tools = tools.Muted()
	}
	isGiven := func(s record.Setting) bool { return d.db.IsConfined() && isForSuperusers(s) }
	tools = tools.Under(slices.DeleteFunc(slices.Clone(d.settings), isGiven))
	tools.Reading = d.reading
	return tools
}

// TakeRecord takes the record of the restored database: the queries that the manifest has results of, or, without a
// manifest, all queries that the database can answer.
func (d *Drill) TakeRecord(ctx context.Context) error {
	conn, err := d.judgeIsWhole(ctx)
	if conn == nil {
		return err
	}
	return d.readCopy(ctx, conn)
}

// readCopy takes the record of a copy and runs the probes. It chooses the queries if that has not been done. It closes
// lead, a connection to the copy.
func (d *Drill) readCopy(ctx context.Context, lead *pgx.Conn) error {
	conns, err := d.sessions(ctx, lead)
	defer func() {
		for _, conn := range conns {
			conn.Close(ctx)
		}
	}()
	if err == nil && d.queries == nil {
		if err = d.chooseQueries(ctx, conns[0]); err == nil {
			err = d.adviseByHand(ctx, conns[0])
		}
	}
	if err != nil {
		return err
	}
	if d.Record, err = d.take(ctx, conns...); err != nil {
		return d.failedAfter(err)
	}
	if d.ahead != nil {
		used, read := d.ahead.Used()
		d.Log("%d of %d pieces of tables that were read during the restore had not changed", used, read)
	}
	d.Report.Post = d.Record.Chain
	files := d.Suite.Intact(!d.Amcheck)
	if d.Record.Has("snapshot") { // the probes read the chain's table
		files = append(files, d.Suite.Probes()...)
	}
	return probe.Run(ctx, d.Report, conns[0], files, d.Amcheck)
}

// sessions opens the connections that take the record besides lead, which is the first of them. No one else uses the
// database, so a table that cannot be split may use all parallel workers that the server allows.
func (d *Drill) sessions(ctx context.Context, lead *pgx.Conn) (conns []*pgx.Conn, err error) {
	conns = make([]*pgx.Conn, d.members(ctx, lead))
	conns[0] = lead
	open := []func(context.Context) error{func(ctx context.Context) error { return d.begin(ctx, lead) }}
	for i := range conns[1:] {
		open = append(open, func(ctx context.Context) (err error) { conns[1+i], err = d.open(ctx); return err })
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

// members returns how many connections take the record: the processes that the server allows one query, or -jobs if
// that is more, but at most half of the free connections. conn need not have the suite's settings.
func (d *Drill) members(ctx context.Context, conn *pgx.Conn) int {
	const least, little = 2, 32 << 20
	limits, err := session.AskLimits(ctx, conn)
	switch {
	case err != nil:
		return least // taking the record will fail with the reason
	case d.Manifest == nil || d.Manifest.Source.SizeBytes >= little:
	case d.settlement != nil && d.Jobs == 1:
		return 1 // only contents: another connection would cost more than it saves
	default:
		limits.ProcessesPerQuery = least
	}
	return max(least, min(max(d.Jobs, limits.ProcessesPerQuery), limits.FreeConnections/2))
}

// take takes the record over connections that see the same state, then ends their transactions, because probes and
// reprinted definitions need to lock the tables. The definitions of a confined copy are read while it is settled.
func (d *Drill) take(ctx context.Context, conns ...*pgx.Conn) (*record.Record, error) {
	options := take.Options{Phase: "restore", KeepAll: d.KeepRows, Pieces: d.Suite.File("pieces"),
		OnProgress: d.OnProgress}
	if d.ahead != nil {
		options.Known = d.ahead.Known
	}
	here, settled := d.queries, []*suite.File(nil)
	if d.settlement != nil {
		here, settled = splitByClass(d.queries)
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
	options.Known = nil // of definitions nothing is
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

// chooseQueries chooses the queries that the manifest has results of, or, without a manifest, all that the database
// can answer.
func (d *Drill) chooseQueries(ctx context.Context, conn *pgx.Conn) (err error) {
	if d.Manifest == nil {
		d.queries, d.Report.NotCovered, err = origin.Covered(ctx, conn, d.Suite, nil)
		return err
	}
	d.Report.NotCovered = slices.Concat(d.Manifest.NotCovered, d.Manifest.Unanswered(d.Suite.QueryNames()))
	for _, missing := range d.Suite.NotCovered() { // the manifest may not list it
		if !slices.Contains(d.Report.NotCovered, missing) {
			d.Report.NotCovered = append(d.Report.NotCovered, missing)
		}
	}
	for _, digest := range d.Manifest.Results {
		f := d.Suite.File(digest.Query)
		if f == nil {
			return hint.With(fmt.Errorf("the manifest has a result of %s.sql, and %s has no such file", digest.Query,
				d.Suite.Name),
				"restore with the suite that the dump was made with: "+d.Manifest.Suite+" (-sql)")
		}
		if len(digest.Skipped) > 0 {
			f = f.Without(digest.Skipped)
		}
		d.queries = append(d.queries, f)
	}
	return nil
}

// secondDatabase replaces d.db by an empty database until done is called. On a throw-away cluster that is the first
// database, recreated, because an extension may require its name.
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
	conn, err := d.confine(ctx)
	if err == nil {
		err = conn.Close(ctx)
	}
	return func() error { d.db = first; return second.Drop(ctx) }, err
}

// SecondRound dumps the restored copy, restores that dump too, and compares the second copy with the manifest. It
// finds damage that the first comparison cannot see.
func (d *Drill) SecondRound(ctx context.Context) (err error) {
	if d.Record == nil {
		return nil
	}
	archive, first := filepath.Join(d.Folder, "second"), d.settlement
	var options []string
	if first != nil { // if it were settled, autovacuum would run the archive's code as its owners
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
	conn, err := d.judgeIsWhole(ctx)
	if conn == nil {
		return err
	}
	defer conn.Close(ctx)
	if err := d.begin(ctx, conn); err != nil {
		return err
	}
	again, err := d.take(ctx, conn)
	if err != nil {
		return d.failedAfter(err)
	}
	older, name := d.Record, "after the first restore"
	if d.Manifest != nil {
		older, name = d.Manifest, "in the manifest"
	}
	return errors.Join(d.compareWith(ctx, "twice/", older, name, again), d.explainHints(ctx))
}
