package drill

import (
	_ "embed"
	"regexp"
	"strings"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

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
