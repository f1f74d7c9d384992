package origin

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/moment"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/take"
)

//go:embed source.sql
var sourceSQL string

//go:embed lacks.sql
var lacksSQL string

//go:embed managed.sql
var managedSQL string

//go:embed settings.sql
var settingsSQL string

//go:embed preload.sql
var preloadSQL string

//go:embed roles.sql
var rolesSQL string

//go:embed chain.sql
var chainSQL string

// describe adds what is known about the source to the manifest.
func (r *Reading) describe(ctx context.Context) (err error) {
	if r.Manifest.Source, r.Manifest.Moment, err = Describe(ctx, r.conn); err != nil {
		return err
	}
	r.report.Workload = r.Manifest.Source.Database
	if m := &r.Manifest.Moment; m.Kind == moment.Paused && !(r.before.IsExact() && r.before.Position().Is(m.Position())) {
		m.Kind = moment.Snapshot // replay went on while the snapshot was taken
	}
	if b := r.Moment.Barrier; b != nil {
		b.Mark(&r.Manifest.Moment)
		r.report.Note("writers waited for up to %d ms, at try %d of the barrier", b.Held.Milliseconds(), b.Tries)
	}
	managed, err := session.Texts(ctx, r.conn, session.Statement(managedSQL))
	if err != nil {
		return err
	}
	r.Manifest.NotCovered = append(r.Manifest.NotCovered, managed...)
	if r.Manifest.Settings, err = Settings(ctx, r.conn); err != nil {
		return err
	}
	if r.Manifest.Preload, err = listSettings(ctx, r.conn, preloadSQL); err != nil {
		return err
	}
	r.Manifest.RoleRights, err = session.Rows[record.RoleRights](ctx, r.conn, rolesSQL, "read the roles")
	return err
}

// Settings returns the settings of conn's session that influence what a restore creates.
func Settings(ctx context.Context, conn *pgx.Conn) ([]record.Setting, error) {
	return listSettings(ctx, conn, settingsSQL)
}

// listSettings reads settings of conn's session by the query text, settingsSQL or preloadSQL.
func listSettings(ctx context.Context, conn *pgx.Conn, query string) ([]record.Setting, error) {
	return session.Rows[record.Setting](ctx, conn, query, "read the session's settings")
}

// Describe reads which database this is, and which moment the transaction of conn sees.
func Describe(ctx context.Context, conn *pgx.Conn) (s record.Source, m record.Moment, err error) {
	cannot := func(err error) error { return fmt.Errorf("could not describe the database: %w", err) }
	err = conn.QueryRow(ctx, session.Statement(sourceSQL)).Scan(&s.SystemIdentifier, &s.Database, &s.Encoding,
		&s.LocaleProvider,
		&s.Collate, &s.Ctype, &s.Locale, &s.CollationVersion, &s.SizeBytes, &s.CollationActual)
	if err != nil {
		return s, m, cannot(err)
	}
	m, err = moment.Read(ctx, conn)
	return s, m, err
}

// holdMoment checks at the end that the server is still at the same moment; otherwise the record is not exact.
func (r *Reading) holdMoment(ctx context.Context) error {
	was := &r.Manifest.Moment
	if r.Moment.Quiet {
		return r.holdQuiet(ctx)
	}
	if was.Kind != moment.Paused {
		return nil
	}
	now, err := moment.Read(ctx, r.conn)
	switch {
	case err != nil:
		return err
	case now.IsExact() && now.Position().Is(was.Position()):
		return nil
	case r.Moment.Pause != moment.PauseNone || len(r.Standbys) > 0 || r.Resume != nil:
		return fmt.Errorf("replay went on while the record was taken, from %s to %s: another session has resumed it",
			was.LSN, now.LSN)
	}
	was.Kind = moment.Snapshot
	return nil
}

// holdQuiet checks that nothing was written since the beginning.
func (r *Reading) holdQuiet(ctx context.Context) error {
	conn, err := r.From.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := session.Shield(ctx, conn); err != nil {
		return err
	}
	now, err := moment.Count(ctx, conn)
	if err != nil {
		return err
	}
	isTransient, err := now.Since(r.begun)
	if isTransient && !r.isLast() {
		return fmt.Errorf("%w: %w", errAgain, err)
	}
	r.Manifest.Moment.Kind, r.Manifest.Moment.LSN = moment.Still, now.Position.LSN
	return err
}

// refuseLacking returns an error that names what the archive would lack.
func (r *Reading) refuseLacking(ctx context.Context) error {
	type object struct{ What, Reason string }
	lacking, err := session.Rows[object](ctx, r.conn, lacksSQL, "look for what the archive would lack")
	if err != nil {
		return err
	}
	var names []string
	for _, l := range lacking {
		names = append(names, l.What+": "+l.Reason)
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("the archive would lack what the database has, and pg_dump would not report it:\n  %s",
		strings.Join(names, "\n  "))
}

// Covered returns the queries of the suite that this database can answer, and what is not covered. A file of the
// chain is not covered if its table is missing, or is not the chain's. Any other query that the server refuses is an
// error, unless accept takes the refusal. If accept is not nil, only the chain's files are tried here: taking the
// record finds the others.
func Covered(ctx context.Context, conn *pgx.Conn, s *suite.Suite,
	accept func(context.Context, *suite.File, error) bool) (queries []*suite.File, notCovered []string, err error) {
	notCovered = s.NotCovered()
	otherTable, err := notTheChain(ctx, conn, s)
	if err != nil {
		return nil, nil, err
	}
	if _, err := conn.Exec(ctx, "savepoint covered"); err != nil {
		return nil, nil, err
	}
	for _, f := range s.Queries() {
		isChain := !strings.HasPrefix(f.Name, "invariant/") && !f.About.Cluster
		if isChain && otherTable != "" {
			notCovered = append(notCovered, fmt.Sprintf("%s.sql (%s)", f.Name, otherTable))
			continue
		}
		var err error
		if isChain || accept == nil {
			_, err = suite.Columns(ctx, conn.PgConn(), f)
		}
		var queryErr *suite.Error
		switch isRefused := errors.As(err, &queryErr); {
		case err == nil:
			queries = append(queries, f)
			continue
		case isRefused && sqlstate.IsAbsent(queryErr.Err.Code) && isChain:
			notCovered = append(notCovered, fmt.Sprintf("%s.sql (%s)", f.Name, queryErr.Err.Message))
		case !isRefused || accept == nil || !accept(ctx, f, err):
			return nil, nil, err
		}
		if _, err := conn.Exec(ctx, "rollback to savepoint covered"); err != nil {
			return nil, nil, err
		}
	}
	return queries, notCovered, nil
}

// notTheChain returns why the table that the default suite reads as its chain is a different one; empty if it is the
// chain, or missing. A custom suite is not checked: what it reads must exist.
func notTheChain(ctx context.Context, conn *pgx.Conn, s *suite.Suite) (string, error) {
	if s.Name != suite.DefaultName {
		return "", nil
	}
	reasons, err := session.Texts(ctx, conn, session.Statement(chainSQL))
	if err != nil {
		return "", fmt.Errorf("could not read the columns of the chain: %w", err)
	}
	return strings.Join(reasons, "; "), nil
}

// question returns what identifies this run for -resume. It is refused if the moment is not exact: an interrupted run
// of a server in use saw other rows. A paused standby or a restored copy is identified by system identifier, timeline
// and replay LSN. A quiet primary is identified by its transaction counter: no transaction has ended or begun to
// write since, and the snapshot of this run shows the same state.
func (r *Reading) question(ctx context.Context) (take.Question, error) {
	m, place := r.Manifest, r.Manifest.Moment.Position()
	q := take.Question{SystemIdentifier: m.Source.SystemIdentifier, Database: m.Source.Database, Suite: m.Suite,
		SuiteSHA256: m.SuiteSHA256, KeySHA256: m.KeySHA256}
	switch {
	case m.Moment.Kind == moment.Paused:
		q.Moment = "paused at " + place.String()
		return q, nil
	case !r.Moment.Quiet:
		return q, hint.With(fmt.Errorf("-resume: the %s is in use: the interrupted run saw another snapshot, and other "+
			"rows", r.Server.Describe()),
			"record a standby whose replay is paused (-pause=keep) or a restored copy, or with -quiet")
	}
	var seen, checkpoint string // a crash empties unlogged tables without a transaction, and ends with a checkpoint
	err := r.conn.QueryRow(ctx, `select pg_catalog.pg_current_snapshot()::text, coalesce((
		select ', checkpoint ' || checkpoint_lsn from pg_catalog.pg_control_checkpoint()
		where exists (select from pg_catalog.pg_class where relpersistence = 'u' and relkind = 'r')), '')`).
		Scan(&seen, &checkpoint)
	q.Moment = fmt.Sprintf("quiet on timeline %d after the transactions %s%s", place.Timeline, seen, checkpoint)
	switch {
	case err != nil:
		return q, fmt.Errorf("could not read the transactions: %w", err)
	case seen != r.begun.Transactions:
		return q, fmt.Errorf("-quiet: another session wrote meanwhile: the transactions were %s, and are %s",
			r.begun.Transactions, seen)
	}
	return q, nil
}

// shared returns the options of a record that standbys help with, or that continues an interrupted run.
func (r *Reading) shared(ctx context.Context) (o take.Options, err error) {
	o.Helpers, o.Resume, o.OnProgress = r.standbys.Helpers, r.Resume, r.OnProgress
	if (len(o.Helpers) > 0 || o.Resume != nil) && r.Manifest.Moment.Kind == moment.Paused {
		o.Holds = r.standbys.Holds
	}
	if o.Resume != nil {
		o.Resume.Asked, err = r.question(ctx)
	}
	return o, err
}
