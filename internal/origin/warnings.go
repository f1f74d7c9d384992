package origin

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

//go:embed warnings.sql
var warningsSQL string

//go:embed unpinned.sql
var unpinnedSQL string

// warn reports, before the work, parts of the archive that no server will accept, and keeps the warnings in the
// manifest.
func (r *Reading) warn(ctx context.Context) error {
	refused, err := suite.Attempt(ctx, r.conn.PgConn(), func() error {
		warnings, err := session.Texts(ctx, r.conn, session.Statement(warningsSQL))
		r.reportWarnings(warnings...)
		return err
	})
	if err != nil {
		return fmt.Errorf("could not look for what cannot be restored: %w", err)
	}
	if refused != nil {
		r.reportWarnings(fmt.Sprintf("could not look for what cannot be restored: %v", refused))
	}
	return r.warnOfFunctions(ctx)
}

// warningsIn returns the warnings among the lines that a successful pg_dump wrote to stderr.
func warningsIn(stderr string) (warnings []string) {
	for line := range strings.Lines(stderr) {
		if strings.Contains(line, "warning: ") {
			warnings = append(warnings, strings.TrimSpace(line))
		}
	}
	return warnings
}

func (r *Reading) reportWarnings(warnings ...string) {
	for _, w := range warnings {
		r.Manifest.Warnings = append(r.Manifest.Warnings, w)
		if r.Log != nil {
			r.Log("warning: %s", w)
		}
	}
}

// warnOfFunctions checks the bodies of functions that a restore calls, by parsing them under a restore's search_path.
func (r *Reading) warnOfFunctions(ctx context.Context) error {
	type function struct {
		Validator     string
		Function      uint32
		Name, Callers string
		IsMember      bool
	}
	functions, err := session.Rows[function](ctx, r.conn, unpinnedSQL, "look for functions without a search_path")
	if err != nil {
		return err
	}
	for _, f := range functions {
		refused, err := suite.Attempt(ctx, r.conn.PgConn(), func() error {
			_, err := r.conn.Exec(ctx, fmt.Sprintf("select pg_catalog.%s(%d)", f.Validator, f.Function))
			return err
		})
		if err != nil {
			return fmt.Errorf("could not parse the function %s: %w", f.Name, err)
		}
		var fault *pgconn.PgError
		if !errors.As(refused, &fault) {
			continue
		}
		remedy := fmt.Sprintf("alter function %s set search_path = ...", f.Name)
		if f.IsMember {
			remedy = "it belongs to an extension, so call it through a function of your own that sets the search_path"
		}
		r.reportWarnings(fmt.Sprintf("the function %s finds its names along the search_path, which is empty in a restore "+
			"(%s), and so %s cannot be restored: %s",
			f.Name, fault.Message, f.Callers, remedy))
	}
	return nil
}

//go:embed text_loss.sql
var textLossSQL string

// textLosses returns the columns with values that an archive cannot hold completely, as text, as of the snapshot. If
// the server refuses the query, that is a gap.
func (r *Reading) textLosses(ctx context.Context) (losses []record.Expectation, err error) {
	refused, err := suite.Attempt(ctx, r.conn.PgConn(), func() error {
		rows, err := r.conn.Query(ctx, session.Statement(textLossSQL))
		if err != nil {
			return err
		}
		losses, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (e record.Expectation, err error) {
			err = row.Scan(&e.What, &e.Reason)
			e.What = record.Printable(e.What)
			return e, err
		})
		return err
	})
	if err != nil || refused != nil && !r.accept(ctx, suite.Query("text_loss", textLossSQL), refused) {
		return nil, fmt.Errorf("could not find out what the text form of values does not hold: %w", errors.Join(err, refused))
	}
	return losses, nil
}
