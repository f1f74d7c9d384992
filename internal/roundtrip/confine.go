package roundtrip

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
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

//go:embed refreshable.sql
var refreshableSQL string

// confine has a role of the run's own restore and read the copy: on a server that others use, where the caller's role
// is a superuser and does not trust the archive. A throw-away cluster is isolated as a whole.
func (r *restore) confine(ctx context.Context) error {
	if r.Server.Throwaway || r.Trusted || r.Into != nil || r.AfterRestore != nil {
		return nil
	}
	var super []string
	err := r.db.AsCaller(ctx, func(conn *pgx.Conn) (err error) {
		const query = "select rolname::text from pg_catalog.pg_roles where rolname = session_user and rolsuper"
		super, err = session.Texts(ctx, conn, query)
		return err
	})
	if err != nil || len(super) == 0 {
		return err
	}
	err = r.db.Confine(ctx, r.tablespaces())
	if errors.Is(err, cluster.ErrNoLogin) {
		r.noteOnce(fmt.Sprintf("NOT ISOLATED: code in the archive ran as the superuser %s: %v "+
			"(pg_hba.conf: let roles in by password, over loopback for example)", super[0], err))
		return nil
	}
	return err
}

func (r *restore) noteOnce(note string) {
	if !slices.Contains(r.outcome.Notes, note) {
		r.outcome.Notes = append(r.outcome.Notes, note)
	}
}

// load restores an archive into the copy.
func (r *restore) load(ctx context.Context, path string, args ...string) (err error) {
	if r.settlement = nil; !r.db.IsConfined() {
		return r.restoreTools().Load(ctx, r.db, r.Format, r.Jobs, path, args...)
	}
	for _, setting := range r.settings {
		if isForSuperusers(setting) {
			if err := r.db.SetForRole(ctx, setting.Name, session.Literal(setting.Value)); err != nil {
				return err
			}
		}
	}
	r.settlement, err = r.restoreTools().LoadConfined(ctx, r.db, r.Format, r.Jobs, path, args...)
	if err == nil && len(r.settlement.Named) > 0 {
		r.noteOnce("made with a superuser's rights, because less do not suffice: " + hint.List(r.settlement.Named))
	}
	return err
}

// isForSuperusers reports whether only a superuser may make the setting.
func isForSuperusers(s record.Setting) bool { return strings.HasPrefix(s.Name, "plpgsql.") }

// settle gives a confined copy that stays, or is dumped, its owners, grants and event triggers. Nothing reads it as
// the role of the run's own after that.
func (r *restore) settle(ctx context.Context) error {
	if r.settlement == nil {
		return nil
	}
	err := r.settlement.During(ctx, true, nil, nil)
	r.settlement = nil
	return errors.Join(err, r.db.Release(ctx))
}

// parted parts queries into those over what a copy holds, and those over what defines it.
func parted(queries []*suite.File) (contents, definitions []*suite.File) {
	for _, f := range queries {
		if f.About.Class == "definition" {
			definitions = append(definitions, f)
		} else {
			contents = append(contents, f)
		}
	}
	return contents, definitions
}

// refreshable refuses a copy with a materialized view that only the role of the run's own could refresh. conn is in
// the transaction in which the copy is settled.
func refreshable(ctx context.Context, conn *pgx.Conn) error {
	faults, err := session.Texts(ctx, conn, session.Statement(refreshableSQL))
	if err == nil && len(faults) > 0 {
		err = &hint.Error{Err: errors.New("a restore by hand could not refresh a materialized view"),
			Hint: strings.Join(faults, "; ") + ": grant the right at the source, then dump again"}
	}
	return err
}
