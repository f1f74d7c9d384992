//go:build unix

package drill_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
)

// What pg_cron wants is there in the second copy of -twice, too; a server that does not preload it is named as that.
func TestAPreloadedExtensionIsRestoredTwiceAndItsSettingsAreNamedElsewhere(t *testing.T) {
	name := cluster.NewScratchName()
	server := pgtest.Under(t, "", cluster.Options{Scratch: name,
		Settings: map[string]string{"shared_preload_libraries": "pg_cron", "cron.database_name": name}})
	if storytest.Value[string](t, storytest.Connection(t, server), "show shared_preload_libraries") == "" {
		t.Log("NOT COVERED: pg_cron is not installed")
		return
	}
	source, _ := storytest.Filled(t, server,
		"create extension pg_cron; select cron.schedule('nightly', '0 3 * * *', 'vacuum')")
	b := storytest.TakeDump(t, source, nil)
	if len(b.Manifest.Preload) != 2 || b.Manifest.Preload[0].Value != name || b.Manifest.Preload[1].Value != "pg_cron" {
		t.Errorf("preload: %+v", b.Manifest.Preload)
	}
	var options cluster.Options
	drill.Preload(b.Manifest, &options)
	o := storytest.TryRestore(t, pgtest.Under(t, "", options), b, func(o *drill.Options) { o.Twice = true })
	storytest.RequirePass(t, o)

	bare := &storytest.Backup{Path: storytest.BareDump(t, source, "custom")}
	for _, c := range []struct {
		b    *storytest.Backup
		hint string
	}{
		{b, "shared_preload_libraries = 'pg_cron': set that on this server and restart it, or restore on a throw-away"},
		{bare, "set shared_preload_libraries on the server and restart it"},
	} {
		o := storytest.TryRestore(t, storytest.At(t, pgtest.Server(t)), c.b, nil)
		if o.Err == nil || !strings.Contains(storytest.HintOf(o.Err), c.hint) {
			t.Errorf("error: %v, hint: %s", o.Err, storytest.HintOf(o.Err))
		}
	}
	// One that is preloaded for another database than this one is no part of it.
	other, _ := storytest.Filled(t, server)
	if m := storytest.TakeDump(t, other, nil).Manifest; len(m.Preload) != 0 {
		t.Errorf("preload: %+v", m.Preload)
	}
}

// A manifest may come from someone else: it loads installed libraries by name, and nothing else.
func TestAManifestLoadsOnlyWhatIsInstalled(t *testing.T) {
	for _, taken := range []record.Setting{
		{Name: "shared_preload_libraries", Value: "pg_cron,pgaudit"},
		{Name: "session_preload_libraries", Value: "$libdir/auto_explain"},
		{Name: "cron.use_background_workers", Value: "on"},
	} {
		requirePreload(t, taken, taken.Name)
	}
	for _, refused := range []record.Setting{
		{Name: "shared_preload_libraries", Value: "/tmp/evil.so"},
		{Name: "shared_preload_libraries", Value: "pg_cron,../../tmp/evil"},
		{Name: "shared_preload_libraries", Value: "pg_cron,.."},
		{Name: "local_preload_libraries", Value: "$libdir/../evil"},
		{Name: "shared_preload_libraries", Value: "pg_cron\narchive_command = 'touch x'"},
		{Name: "archive_command", Value: "touch x"},
		{Name: "restore_command", Value: "touch x"},
		{Name: "dynamic_library_path", Value: "evil"},
		{Name: "pgsodium.getkey_script", Value: "/tmp/evil.sh"},
		{Name: "a.b = 'c'\narchive_command", Value: "touch x"},
	} {
		requirePreload(t, refused)
	}
}

func requirePreload(t *testing.T, setting record.Setting, want ...string) {
	t.Helper()
	var options cluster.Options
	drill.Preload(&record.Record{Preload: []record.Setting{setting}}, &options)
	if got := slices.Collect(maps.Keys(options.Settings)); !slices.Equal(got, want) {
		t.Errorf("%s = %q: %q, want %q", setting.Name, setting.Value, got, want)
	}
}
