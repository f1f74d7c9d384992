package drill

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/session"
)

//go:embed byhand.sql
var byHandSQL string

// useSettings selects the settings of the source for the restore, if the scratch database has other defaults. One
// that the server refuses (an unknown locale, time zone or text search configuration) becomes a note. conn must be
// connected to the scratch database.
func (d *Drill) useSettings(ctx context.Context, conn *pgx.Conn) error {
	if d.Manifest == nil || len(d.Manifest.Settings) == 0 {
		return nil
	}
	own, err := origin.Settings(ctx, conn)
	if err != nil {
		return err
	}
	for _, setting := range d.Manifest.Settings {
		if slices.Contains(own, setting) {
			continue
		}
		if d.db.IsConfined() && isForSuperusers(setting) {
			d.settings = append(d.settings, setting)
			continue
		}
		_, err := conn.Exec(ctx, "select pg_catalog.set_config($1, $2, false)", setting.Name, setting.Value)
		var refused *pgconn.PgError
		switch {
		case err == nil:
			d.settings = append(d.settings, setting)
		case errors.As(err, &refused):
			d.Report.Notes = append(d.Report.Notes, fmt.Sprintf(
				"the server does not accept the source's %s = %s (%s): a materialized view that depends on it comes back different",
				setting.Name, setting.Value, refused.Message))
		default:
			return err
		}
	}
	return nil
}

// adviseByHand adds notes on what to set when the archive is restored by hand, if that matters for this database.
func (d *Drill) adviseByHand(ctx context.Context, conn *pgx.Conn) error {
	var names []string
	for _, setting := range d.settings {
		names = append(names, setting.Name+" = "+setting.Value)
	}
	const set = "select pg_catalog.set_config('pgroundtrip.settings', $1, false)"
	if _, err := conn.Exec(ctx, set, strings.Join(names, ", ")); err != nil {
		return err
	}
	notes, err := session.Texts(ctx, conn, session.Statement(byHandSQL))
	if err != nil {
		return fmt.Errorf("could not read the server's defaults: %w", err)
	}
	d.Report.Notes = append(d.Report.Notes, notes...)
	return nil
}
