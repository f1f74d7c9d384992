package roundtrip

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

//go:embed warnings.sql
var warningsSQL string

//go:embed unpinned.sql
var unpinnedSQL string

// warn reports, before the work, what of the archive no server will take, and keeps it in the manifest.
func (d *dump) warn(ctx context.Context) error {
	refused, err := suite.Attempt(ctx, d.conn.PgConn(), func() error {
		warnings, err := session.Texts(ctx, d.conn, session.Statement(warningsSQL))
		d.tellWarnings(warnings...)
		return err
	})
	if err != nil {
		return fmt.Errorf("could not look for what cannot be restored: %w", err)
	}
	if refused != nil {
		d.tellWarnings(fmt.Sprintf("could not look for what cannot be restored: %v", refused))
	}
	return d.warnOfFunctions(ctx)
}

// warningsIn lists the warnings among the lines that pg_dump, which ended without an error, wrote to stderr.
func warningsIn(stderr string) (warnings []string) {
	for line := range strings.Lines(stderr) {
		if strings.Contains(line, "warning: ") {
			warnings = append(warnings, strings.TrimSpace(line))
		}
	}
	return warnings
}

func (d *dump) tellWarnings(warnings ...string) {
	for _, w := range warnings {
		d.manifest.Warnings = append(d.manifest.Warnings, w)
		if d.Log != nil {
			d.Log("warning: %s", w)
		}
	}
}

// warnOfFunctions has PostgreSQL parse the bodies of functions that a restore calls under the search_path of a restore.
func (d *dump) warnOfFunctions(ctx context.Context) error {
	type function struct {
		Validator     string
		Function      uint32
		Name, Callers string
		IsMember      bool
	}
	rows, err := d.conn.Query(ctx, session.Statement(unpinnedSQL))
	if err != nil {
		return fmt.Errorf("could not look for functions without a search_path: %w", err)
	}
	functions, err := pgx.CollectRows(rows, pgx.RowToStructByPos[function])
	if err != nil {
		return fmt.Errorf("could not look for functions without a search_path: %w", err)
	}
	for _, f := range functions {
		refused, err := suite.Attempt(ctx, d.conn.PgConn(), func() error {
			_, err := d.conn.Exec(ctx, fmt.Sprintf("select pg_catalog.%s(%d)", f.Validator, f.Function))
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
		d.tellWarnings(fmt.Sprintf("the function %s finds its names along the search_path, which is empty in a restore "+
			"(%s), and so %s cannot be restored: %s",
			f.Name, fault.Message, f.Callers, remedy))
	}
	return nil
}
