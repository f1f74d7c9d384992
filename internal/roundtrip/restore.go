package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// RestoreOptions say what is restored, where, and what it is compared with.
type RestoreOptions struct {
	Suite    *suite.Suite
	Archive  string
	Manifest *record.Manifest // nil: there is none, and nothing to compare with
	Contents Contents         // from Inspect
	Format   string           // from Inspect
	Server   *cluster.Server
	Tools    *Tools
	Jobs     int
	Args     []string // handed to pg_restore as they are
	Keep     string   // the name under which the restored database stays; "" drops it
	Twice    bool     // dump the restored copy and restore that too
	Folder   string   // for records and the second archive
	// Source is the server that was dumped, if it can be asked which rows differ; nil if not.
	Source     *cluster.Server
	ShowValues bool // show values of rows, not only which differ
	OnPhase    func(phase string)
	Log        func(format string, args ...any)
	// AfterRestore is where damage is done on purpose, by tests. nil does none.
	AfterRestore func(context.Context, *pgx.Conn) error
}

// ReadManifestBeside reads the manifest of an archive: path, or what stands beside the archive if
// path is "". It returns nil without an error if nothing stands there.
func ReadManifestBeside(archive, path string) (m *record.Manifest, err error) {
	named := path != ""
	if !named {
		path = strings.TrimSuffix(archive, "/") + ManifestSuffix
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the manifest: %w", err)
	}
	defer file.Close() // read only: nothing to lose
	if m, err = record.ReadManifest(file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// Inspect looks at an archive before any server is touched: its format, with a manifest every
// byte, then its contents with the newest pg_restore there is. A difference from the manifest is a
// failed check of the outcome, an archive that cannot be read an error that wraps ErrArchive.
func Inspect(ctx context.Context, finder pgtool.Finder, archive string, m *record.Manifest) (format string, c Contents, o *Outcome, err error) {
	o = &Outcome{Workload: filepath.Base(archive)}
	if format, err = DetectFormat(archive); err != nil {
		return "", c, o, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	if m != nil {
		got, err := HashArchive(archive, format)
		if err != nil {
			return format, c, o, err
		}
		if difference := compareArchive(m.Archive, got); difference != "" {
			o.assert("archive", false, "%s is not the archive that the manifest speaks of: %s", filepath.Base(archive), difference)
			return format, c, o, nil
		}
		o.assert("archive", true, "%d bytes, SHA-256 as in the manifest", got.SizeBytes)
	}
	tools := &Tools{env: pgtool.CleanEnv(finder.Env)}
	if format != "plain" {
		all := finder.All(ctx, "pg_restore")
		if len(all) == 0 {
			return format, c, o, fmt.Errorf("%w: no pg_restore in PATH or the usual places", pgtool.ErrNotFound)
		}
		tools.Restore = slices.MaxFunc(all, func(a, b pgtool.Tool) int { return a.Version.Major - b.Version.Major })
	}
	if c, err = tools.decode(ctx, archive, format); err != nil {
		return format, c, o, err
	}
	if format != "plain" && tools.Restore.Version.Major < c.Dump.Major {
		return format, c, o, &cluster.HintError{
			Err:  fmt.Errorf("pg_restore %s is older than the pg_dump %s that wrote the archive, and may not restore all of it", tools.Restore.Version, c.Dump),
			Hint: fmt.Sprintf("install the PostgreSQL %d client programs, or name their folder with -bindir", c.Dump.Major),
		}
	}
	if m != nil && format != "plain" && m.Archive.Entries != c.Entries {
		o.assert("contents", false, "%d entries in the table of contents, %d in the manifest", c.Entries, m.Archive.Entries)
	} else if m != nil {
		o.assert("contents", true, "%d entries in the table of contents", c.Entries)
	}
	return format, c, o, nil
}

// Restore restores an archive into a scratch database, takes the record and compares it with the
// manifest. o is the outcome that Inspect began.
func Restore(ctx context.Context, options *RestoreOptions, o *Outcome) {
	r := &restore{RestoreOptions: options, outcome: o}
	o.suite, o.masks = options.Suite, !options.ShowValues
	o.Err = r.story(ctx)
}

// A restore is a restore while it happens.
type restore struct {
	*RestoreOptions
	outcome *Outcome
	db      *cluster.Database
	stubs   []string
	queries []*suite.File
	record  *record.Record
}

func (r *restore) story(ctx context.Context) (err error) {
	if err := r.timed("prepare", func() error { return r.prepare(ctx) }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.leave(ctx, err)) }()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"restore", r.restore}, {"record after", r.takeRecord}, {"compare", r.compare}} {
		if err := r.timed(step.name, func() error { return step.do(ctx) }); err != nil {
			return err
		}
	}
	if !r.Twice {
		return nil
	}
	return r.timed("second round", func() error { return r.secondRound(ctx) })
}

func (r *restore) timed(name string, do func() error) error {
	return timed(r.outcome, name, r.OnPhase, do)
}

// prepare makes everything ready that can be known to be needed, and refuses what cannot work.
func (r *restore) prepare(ctx context.Context) error {
	if err := judgeRestoreArguments(r.Format, r.Args); err != nil {
		return err
	}
	source := r.Contents.Server
	if source.Major > r.Server.Version.Major {
		return &cluster.HintError{
			Err:  fmt.Errorf("the archive holds a database of PostgreSQL %s, the server is %s: an older major cannot take it", source, r.Server.Version),
			Hint: fmt.Sprintf("restore into a server of version %d or newer (-dsn, or -bindir for a throw-away cluster)", source.Major),
		}
	}
	conn, err := r.Server.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := prepare(ctx, conn, r.Suite, DefaultRows); err != nil {
		return err
	}
	if r.Keep != "" {
		taken, err := texts(ctx, conn, "select datname::text from pg_database where datname = "+literal(r.Keep))
		if err != nil {
			return err
		}
		if len(taken) > 0 {
			return fmt.Errorf("%w: -keep %s: a database of that name exists", ErrUnsupported, r.Keep)
		}
	}
	// Without a manifest the archive still says its encoding. SQL_ASCII restored into UTF8 would store
	// what is no UTF-8, without an error.
	properties := cluster.Properties{Encoding: r.Contents.Encoding}
	if m := r.Manifest; m != nil {
		if err := r.needExtensions(ctx, conn); err != nil {
			return err
		}
		if err := r.needRoles(ctx, conn); err != nil {
			return err
		}
		properties = cluster.Properties{Encoding: m.Source.Encoding, Provider: m.Source.LocaleProvider, Collate: m.Source.Collate, Ctype: m.Source.Ctype, Locale: m.Source.Locale}
	}
	r.db, err = r.Server.CreateLike(ctx, properties)
	return err
}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func (r *restore) needExtensions(ctx context.Context, conn *pgx.Conn) error {
	there, err := texts(ctx, conn, "select name::text from pg_available_extensions")
	if err != nil {
		return err
	}
	return explainExtensions(slices.DeleteFunc(slices.Clone(r.Manifest.Extensions), func(name string) bool { return slices.Contains(there, name) }))
}

// needRoles creates the roles that are missing on a throw-away cluster, without a right to log in;
// on a user's server it names the statements that do.
func (r *restore) needRoles(ctx context.Context, conn *pgx.Conn) error {
	there, err := texts(ctx, conn, "select rolname::text from pg_roles")
	if err != nil {
		return err
	}
	var statements []string
	for _, role := range r.Manifest.Roles {
		if slices.Contains(there, role) {
			continue
		}
		r.stubs = append(r.stubs, role)
		statements = append(statements, "create role "+pgx.Identifier{role}.Sanitize()+" nologin")
	}
	if len(statements) == 0 {
		return nil
	}
	if !r.Server.Throwaway {
		r.stubs = nil
		return &cluster.HintError{
			Err:  errors.New("the archive refers to roles that the server does not have"),
			Hint: "create them: " + strings.Join(statements, "; ") + ";",
		}
	}
	r.Log("created as roles without login, because the archive refers to them: %s", strings.Join(r.stubs, ", "))
	if _, err := conn.Exec(ctx, strings.Join(statements, "; ")); err != nil {
		return fmt.Errorf("could not create the roles that the archive refers to: %w", err)
	}
	return nil
}

// leave drops the database, or keeps it under the name that was asked for.
func (r *restore) leave(ctx context.Context, failure error) error {
	if r.Keep == "" || failure != nil {
		return r.db.Drop(ctx)
	}
	if err := r.db.Rename(ctx, r.Keep); err != nil {
		return errors.Join(err, r.db.Drop(ctx))
	}
	r.Log("the restored database stays as %s", r.Keep)
	return nil
}

func (r *restore) restore(ctx context.Context) error {
	if r.Contents.Attver {
		if err := r.needAttver(ctx); err != nil {
			return err
		}
	}
	if err := r.Tools.restore(ctx, r.db.DSN(), r.Format, r.Jobs, r.Archive, r.Args...); err != nil {
		return err
	}
	if r.AfterRestore == nil {
		return nil
	}
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return r.AfterRestore(ctx, conn)
}

// needAttver asks the server whether it takes pg_attver, on a table that does not stay.
func (r *restore) needAttver(ctx context.Context) error {
	conn, err := r.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "begin; create temporary table attver (c int); alter table attver alter column c set (pg_attver = 1); rollback")
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return errAttver(fmt.Sprintf("the server, %s, does not take it", r.Server.Version))
	}
	return err
}

// takeRecord takes the record of the restored database: the queries that the manifest has, or
// without one all that the database can answer.
func (r *restore) takeRecord(ctx context.Context) error {
	conn, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if err := r.chooseQueries(ctx, conn); err != nil {
		return err
	}
	second, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return err
	}
	defer second.Close(ctx)
	// The database is this run's alone: two queries at a time, and the scan that hashes every row may
	// use the parallel workers that the server allows it.
	for _, c := range []*pgx.Conn{conn, second} {
		if _, err := c.Exec(ctx, "set parallel_tuple_cost = 0"); err != nil {
			return err
		}
	}
	r.record, err = record.TakeBeside(ctx, []*pgconn.PgConn{conn.PgConn(), second.PgConn()}, r.queries, filepath.Join(r.Folder, "after"), "restore")
	if err != nil {
		return r.outcome.failedAfter(err)
	}
	if r.record.Has("snapshot") {
		r.outcome.Post = &r.record.Snapshot
	}
	// The probes try statements that need the tables for themselves: nobody else may hold a lock.
	for _, c := range []*pgx.Conn{conn, second} {
		if _, err := c.Exec(ctx, "commit"); err != nil {
			return err
		}
	}
	return r.probe(ctx, conn)
}

// probe runs the probes if the database has what the suite's chain files read.
func (r *restore) probe(ctx context.Context, conn *pgx.Conn) error {
	if !r.record.Has("snapshot") {
		return nil
	}
	return r.outcome.probe(ctx, conn, r.Suite)
}

// chooseQueries takes the queries that the manifest has results of, or without one all that the
// database can answer.
func (r *restore) chooseQueries(ctx context.Context, conn *pgx.Conn) (err error) {
	if r.Manifest == nil {
		r.queries, r.outcome.NotCovered, err = coveredQueries(ctx, conn, r.Suite)
		return err
	}
	r.outcome.NotCovered = slices.Clone(r.Manifest.NotCovered)
	for _, digest := range r.Manifest.Results {
		f := r.Suite.File(digest.Query)
		if f == nil {
			return &cluster.HintError{
				Err:  fmt.Errorf("the manifest has a result of %s.sql, and %s has no such file", digest.Query, r.Suite.Name),
				Hint: "restore with the suite that the dump was made with: " + r.Manifest.Suite + " (-sql)",
			}
		}
		r.queries = append(r.queries, f)
	}
	return nil
}

// compare asks every question that the manifest and the new record can answer.
func (r *restore) compare(ctx context.Context) error {
	o := r.outcome
	if r.record == nil {
		return nil // the failure to take it is a check of its own
	}
	o.assertHashes("payload_hash/after", r.record)
	if r.Manifest == nil {
		o.NotCovered = append(o.NotCovered, "the source (there is no manifest: nothing was compared with it)")
		if r.record.Has("verify_chain") && r.record.Has("snapshot") {
			o.assertSource(r.record.Snapshot)
		}
		o.assert("restored", true, "pg_restore ended without an error")
		return nil
	}
	if m := r.Manifest; m.Chain != nil {
		o.Pre = m.Chain
		o.assertChain(*m.Chain, r.record.Snapshot)
	}
	if err := o.compareManifest("record/", r.Manifest, r.record); err != nil {
		return err
	}
	return r.explainTables(ctx)
}

// compareManifest checks that every result is the one in the manifest.
func (o *Outcome) compareManifest(prefix string, m *record.Manifest, r *record.Record) error {
	for i, digest := range m.Results {
		difference, err := record.CompareDigest(digest, r)
		if err != nil {
			return fmt.Errorf("could not compare %s: %w", digest.Query, err)
		}
		c := resultCheck(prefix+digest.Query, difference, digest.Rows, r.Results[i].Rows)
		err = o.explain(&c, digest.Query, func(keys int) (*record.Changes, error) { return digest.ChangesOf(r, keys, shownChanges) })
		if err != nil {
			return err
		}
		o.expect(&c, digest.Query, m.Expected)
		o.check(c)
	}
	return nil
}

// explainTables adds to each failed check over tables the rows in which they differ, where another
// copy of them can be asked: those that the manifest kept, or the source as it is now.
func (r *restore) explainTables(ctx context.Context) error {
	for i := range r.outcome.Checks {
		c := &r.outcome.Checks[i]
		f := r.Suite.File(strings.TrimPrefix(c.Name, "record/"))
		if c.Verdict == Pass || f == nil || f.Header("Rows") == "" || c.Changes == nil || r.Source == nil && r.Manifest.Rows == nil {
			continue
		}
		for _, change := range c.Changes.First {
			if change.Kind != "changed" || len(change.KeyValues) < 2 {
				continue
			}
			rows, err := r.tableRows(ctx, change.KeyValues[0], change.KeyValues[1])
			if err != nil {
				return err
			}
			if rows.Changes != nil && !r.ShowValues {
				rows.Changes.Mask()
			}
			c.Tables = append(c.Tables, rows)
		}
	}
	return nil
}

func (r *restore) tableRows(ctx context.Context, schema, table string) (rows TableRows, err error) {
	rows.Table = schema + "." + table
	newer, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return rows, err
	}
	defer newer.Close(ctx)
	for _, kept := range r.Manifest.Rows {
		if kept.Schema == schema && kept.Table == table {
			rows.Against = "the manifest"
			rows.Changes, err = compareKept(ctx, kept, newer, filepath.Join(r.Folder, "kept"), shownChanges)
			return rows, err
		}
	}
	if r.Source == nil {
		return rows, nil
	}
	older, err := r.session(ctx, r.Source.Connect)
	if err != nil {
		return rows, err
	}
	defer older.Close(ctx)
	rows.Against = "the source as it is now"
	rows.Changes, err = compareTable(ctx, older, newer, schema, table, shownChanges)
	return rows, err
}

// session opens a connection in a read-only transaction under the suite's settings.
func (r *restore) session(ctx context.Context, connect func(context.Context) (*pgx.Conn, error)) (*pgx.Conn, error) {
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, conn, r.Suite, DefaultRows); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only"); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// secondRound dumps the restored copy, restores that too, and compares the second copy with the
// manifest: it finds what the first pass let in.
func (r *restore) secondRound(ctx context.Context) (err error) {
	if r.record == nil {
		return nil
	}
	archive := filepath.Join(r.Folder, "second")
	if err := r.Tools.dump(ctx, r.db.DSN(), "", r.Format, 1, archive, nil); err != nil {
		return err
	}
	first := r.db
	if r.db, err = r.Server.CreateLike(ctx, first.Like); err != nil {
		r.db = first
		return err
	}
	second := r.db
	defer func() { r.db, err = first, errors.Join(err, second.Drop(ctx)) }()
	if err := r.Tools.restore(ctx, second.DSN(), r.Format, r.Jobs, archive); err != nil {
		return err
	}
	conn, err := r.session(ctx, second.Connect)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	again, err := record.TakeQueries(ctx, conn.PgConn(), r.queries, filepath.Join(r.Folder, "twice"), "restore")
	if err != nil {
		return r.outcome.failedAfter(err)
	}
	if r.Manifest != nil {
		return r.outcome.compareManifest("twice/", r.Manifest, again)
	}
	return r.outcome.compareRecords("twice/", r.record, again)
}
