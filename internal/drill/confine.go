package drill

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/locks"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/probe"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
)

//go:embed refreshable.sql
var refreshableSQL string

// confine has a role made for this run restore and read the copy if the server is shared, the caller is a superuser
// and the archive is not trusted. A throw-away cluster needs none: it is isolated as a whole. It returns a connection
// as the role that reads the copy.
func (d *Drill) confine(ctx context.Context) (*pgx.Conn, error) {
	if d.Server.Throwaway || d.Trusted || d.Into != nil || d.AfterRestore != nil {
		return d.db.Connect(ctx)
	}
	if !d.isSuper { // not allowed to create a role
		d.noteOnce("NOT ISOLATED: code in the archive ran as the role " + d.caller +
			", with all that it may do on the server")
		return d.db.Connect(ctx)
	}
	conn, err := d.db.Confine(ctx, d.tablespaces())
	if errors.Is(err, cluster.ErrNoLogin) {
		d.noteOnce(fmt.Sprintf("NOT ISOLATED: code in the archive ran as the superuser %s: %v "+
			"(pg_hba.conf: let roles in by password, over loopback for example)", d.caller, err))
		return d.db.Connect(ctx)
	}
	return conn, err
}

// askCaller reads the name of the caller's role and whether it is a superuser.
func (d *Drill) askCaller(ctx context.Context, conn *pgx.Conn) error {
	const query = "select rolname::text, rolsuper from pg_catalog.pg_roles where rolname = session_user"
	return conn.QueryRow(ctx, query).Scan(&d.caller, &d.isSuper)
}

// needLocks refuses an archive with more objects than the server has locks for: settling a confined copy locks all of
// them in one transaction.
func (d *Drill) needLocks(ctx context.Context, conn *pgx.Conn) error {
	if !d.db.IsConfined() || d.Manifest == nil {
		return nil
	}
	least, most := int64(0), int64(0)
	for query, each := range map[string]int64{"invariant/relations": 3, // with a TOAST table and its index
		"invariant/indexes": 1, "invariant/sequences": 1} {
		if result := d.Manifest.Result(query); result != nil {
			least, most = least+result.Rows, most+each*result.Rows
		}
	}
	return pgdump.OrTrust(locks.Need(ctx, conn, locks.Budget{Least: least, Most: most}))
}

func (d *Drill) noteOnce(note string) {
	if !slices.Contains(d.Report.Notes, note) {
		d.Report.Notes = append(d.Report.Notes, note)
	}
}

// load restores an archive into the copy. like is the settlement of the database that was dumped, and applies to the
// copy too; nil if the archive itself contains it.
func (d *Drill) load(ctx context.Context, path string, like *pgdump.Settlement, args ...string) (err error) {
	d.settlement = nil
	if err := d.readAhead(ctx); err != nil {
		return err
	}
	if !d.db.IsConfined() {
		return d.explainRights(d.restoreTools().Load(ctx, d.db, d.Format, d.Jobs, path, args...))
	}
	for _, setting := range d.settings {
		if isForSuperusers(setting) {
			if err := d.db.SetForRole(ctx, setting.Name, session.Literal(setting.Value)); err != nil {
				return err
			}
		}
	}
	d.settlement, err = d.restoreTools().LoadConfined(ctx, d.db, like, d.Format, d.Jobs, path, args...)
	if err == nil && len(d.settlement.Named) > 0 {
		d.noteOnce("created with superuser rights, because nothing less suffices: " + hint.List(d.settlement.Named))
	}
	return err
}

// explainRights adds advice to an error that a caller with superuser may not get.
func (d *Drill) explainRights(err error) error {
	if d.isSuper {
		return err
	}
	return pgdump.ExplainRights(err, "the role "+d.caller+" is not a superuser: name one in -dsn, or restore on a "+
		"throw-away cluster (with no server named)")
}

// failedAfter is probe.FailedAfter, but where the caller may not read the copy, nothing is known about it.
func (d *Drill) failedAfter(err error) error {
	var refused *suite.Error
	if !d.isSuper && errors.As(err, &refused) && refused.Err.Code == sqlstate.NoRight {
		return d.explainRights(err)
	}
	return probe.FailedAfter(d.Report, err)
}

// isForSuperusers reports whether only a superuser may change the setting.
func isForSuperusers(s record.Setting) bool { return strings.HasPrefix(s.Name, "plpgsql.") }

// settle gives a confined copy that is kept its owners, grants and event triggers. After that nothing reads it as the
// role made for this run.
func (d *Drill) settle(ctx context.Context) error {
	if d.settlement == nil {
		return nil
	}
	err := d.settlement.During(ctx, true, nil, nil)
	d.settlement = nil
	return errors.Join(err, d.db.Release(ctx))
}

// splitByClass splits queries by class: those about the contents of a copy, and those about its definitions.
func splitByClass(queries []*suite.File) (contents, definitions []*suite.File) {
	for _, f := range queries {
		if f.About.Class == "definition" {
			definitions = append(definitions, f)
		} else {
			contents = append(contents, f)
		}
	}
	return contents, definitions
}

// refreshable returns an error if only the role made for this run could refresh one of the materialized views. conn
// must be in the transaction that settles the copy.
func refreshable(ctx context.Context, conn *pgx.Conn) error {
	faults, err := session.Texts(ctx, conn, session.Statement(refreshableSQL))
	if err == nil && len(faults) > 0 {
		err = hint.With(errors.New("a restore by hand could not refresh a materialized view"),
			strings.Join(faults, "; ")+": grant the right at the source, then dump again")
	}
	return err
}
