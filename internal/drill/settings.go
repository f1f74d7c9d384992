package drill

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/record"
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

// Preload makes a throw-away cluster load the libraries that the archive needs and its server had loaded. Where one
// of their settings names the source's database, it must name the scratch database instead, so that name is chosen in
// advance.
func Preload(m *record.Record, o *cluster.Options) {
	if m == nil || len(m.Preload) == 0 {
		return
	}
	o.Scratch, o.Settings = cluster.NewScratchName(), map[string]string{}
	for _, setting := range m.Preload {
		if setting.Value == m.Source.Database {
			setting.Value = o.Scratch
		}
		if isPlain(setting) {
			o.Settings[setting.Name] = setting.Value
		}
	}
}

var (
	preloads  = regexp.MustCompile(`^(?:shared|session|local)_preload_libraries$`)
	libraries = regexp.MustCompile(`^(?:(?:\$libdir/)?[A-Za-z0-9_][A-Za-z0-9_.-]*(?:,|$))+$`)
	ofLibrary = regexp.MustCompile(`^[a-z_][a-z0-9_]*\.[a-z0-9_]+$`)
)

// isPlain reports whether a setting is harmless: it loads installed libraries by name, or belongs to a library and
// names no file. A manifest may come from someone else, so the server must not load or run a file that it names.
func isPlain(s record.Setting) bool {
	if preloads.MatchString(s.Name) {
		return libraries.MatchString(s.Value)
	}
	return ofLibrary.MatchString(s.Name) && !strings.Contains(s.Value, "/")
}

// wantsLibrary matches the errors of extensions whose library was not loaded at server start, such as pg_cron and
// pgaudit.
var wantsLibrary = regexp.MustCompile(`preload|only create extension in database|` +
	`(?s:unrecognized configuration parameter.*CREATE EXTENSION)`)

// explainPreload adds what to set on the server to an error caused by a library that is not loaded.
func (d *Drill) explainPreload(err error) error {
	if err == nil || !wantsLibrary.MatchString(err.Error()) {
		return err
	}
	if d.Manifest == nil || len(d.Manifest.Preload) == 0 {
		return hint.With(err,
			"an extension of the archive has to be loaded at the server's start: set shared_preload_libraries on the server "+
				"and restart it; or dump with pgroundtrip, and a throw-away cluster loads what the source loaded")
	}
	var settings []string
	for _, setting := range d.Manifest.Preload {
		settings = append(settings, setting.Name+" = "+session.Literal(setting.Value))
	}
	return hint.With(err,
		"the source's server has "+strings.Join(settings, ", ")+": set that on this server and restart it, or "+
			"restore on a throw-away cluster (with no server named), which is started with it; what names the database "+
			"there has to name the scratch database, which only a throw-away cluster can know")
}
