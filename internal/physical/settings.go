package physical

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
)

// control is what pg_controldata prints about the backup.
type control struct {
	major  int
	system string
	redo   record.Position
	// segment is the size of a file of WAL in MB.
	segment int
	limits  map[string]int // settings that a server in recovery must not have lower than its primary
}

// limited maps pg_controldata's names to these settings.
var limited = map[string]string{
	"max_connections setting": "max_connections", "max_worker_processes setting": "max_worker_processes",
	"max_wal_senders setting": "max_wal_senders", "max_prepared_xacts setting": "max_prepared_transactions",
	"max_locks_per_xact setting": "max_locks_per_transaction",
}

// noFolder is the error if PG_VERSION cannot be read.
func noFolder(err error) error {
	advice := "name the folder that holds PG_VERSION; a backup in tar files has to be unpacked first"
	if errors.Is(err, fs.ErrPermission) {
		advice = "run as a user that may read the backup"
	}
	return hint.With(fmt.Errorf("it is no data folder of PostgreSQL: %w", err), advice)
}

// readControl finds the programs of the backup's major and runs pg_controldata.
func (b *recovery) readControl(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(b.data, "PG_VERSION"))
	if err != nil {
		return noFolder(err)
	}
	version := strings.TrimSpace(string(text))
	major, _ := strconv.Atoi(version)
	for _, tool := range b.Finder.All(ctx, "postgres") { // often a link to the folder with the others
		if path, err := filepath.EvalSymlinks(tool.Path); err == nil && tool.Version.Major == major {
			b.bindir = filepath.Dir(path)
			break
		}
	}
	if b.bindir == "" {
		return hint.With(fmt.Errorf("the backup is of PostgreSQL %q, and no such server was found", version),
			"install it, or name the folder of its programs with -bindir")
	}
	var printed bytes.Buffer
	process := b.process(filepath.Join(b.bindir, "pg_controldata"), b.data)
	process.Stdout = &printed
	if err := process.Run(ctx); err != nil {
		return err
	}
	b.control = control{major: major, limits: map[string]int{}}
	for line := range strings.Lines(printed.String()) {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); {
		case name == "Database system identifier":
			b.control.system = value
		case name == "Latest checkpoint's REDO location":
			b.control.redo = record.Position{LSN: value}
		case name == "Bytes per WAL segment":
			bytes, _ := strconv.Atoi(value)
			b.control.segment = bytes >> 20
		case limited[name] != "":
			b.control.limits[limited[name]], _ = strconv.Atoi(value)
		}
	}
	return nil
}

// ofBackup matches a line of a configuration file that sets restore_command.
var ofBackup = regexp.MustCompile(`(?m)^\s*restore_command\s*=?\s*'((?:[^']|'')*)'`)

// arguments returns the server's arguments. The backup's own configuration is not read: it belongs to another
// machine.
func (b *recovery) arguments() ([]string, error) {
	command := b.RestoreCommand
	for _, name := range []string{"postgresql.auto.conf", "postgresql.conf"} {
		text, err := os.ReadFile(filepath.Join(b.data, name))
		if found := ofBackup.FindAllStringSubmatch(string(text), -1); err == nil && command == "" && len(found) > 0 {
			command = strings.ReplaceAll(found[len(found)-1][1], "''", "'")
		}
	}
	// The map names folders outside the copy; the links in the copy are used. Slots keep WAL, and a logical one requires
	// the primary's wal_level.
	unwanted, err := pathsIn(filepath.Join(b.data, "pg_replslot"))
	for _, name := range []string{"standby.signal", "postmaster.opts", "postmaster.pid", "tablespace_map"} {
		unwanted = append(unwanted, filepath.Join(b.data, name))
	}
	for _, path := range unwanted {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err != nil {
		return nil, err
	}
	folder := b.dir.Path
	for path, text := range map[string]string{
		filepath.Join(b.data, "postgresql.auto.conf"): "", filepath.Join(b.data, "recovery.signal"): "",
		filepath.Join(folder, "server.conf"): "", filepath.Join(folder, "ident.conf"): "",
		filepath.Join(folder, "hba.conf"): "local all all trust\n",
	} {
		if err := b.write(path, text); err != nil {
			return nil, err
		}
	}
	settings := b.settings(command)
	maps.Copy(settings, b.Settings)
	args := []string{"-D", b.data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args, nil
}

// settings are those of a server that recovers up to the moment of the record.
func (b *recovery) settings(command string) map[string]string {
	folder, limits := b.dir.Path, b.control.limits
	settings := map[string]string{
		"config_file": filepath.Join(folder, "server.conf"), "hba_file": filepath.Join(folder, "hba.conf"),
		"ident_file": filepath.Join(folder, "ident.conf"), "listen_addresses": "", "unix_socket_directories": b.dir.Sockets,
		"unix_socket_permissions": "0700", "port": "5432", "hot_standby": "on", "archive_mode": "off",
		"restore_command": cmp.Or(command, "false"), "recovery_end_command": "", "archive_cleanup_command": "",
		"primary_conninfo":    "",
		"recovery_target_lsn": b.Record.Moment.LSN, "recovery_target_inclusive": "off", "recovery_target_action": "pause",
		"recovery_target_timeline": strconv.Itoa(b.Record.Moment.Timeline), "wal_retrieve_retry_interval": "100ms",
		"max_standby_archive_delay": "-1", "max_standby_streaming_delay": "-1", "fsync": "off", "autovacuum": "off",
		"logging_collector": "off", "log_destination": "stderr", "log_min_messages": "log",
		"dynamic_shared_memory_type": "mmap", // not in /dev/shm, where others have files
		"min_wal_size":               fmt.Sprintf("%dMB", max(80, 2*b.control.segment)),
		"max_wal_size":               fmt.Sprintf("%dMB", max(1024, 2*b.control.segment)),
	}
	if b.control.major >= 17 { // login triggers are code of the backup
		settings["event_triggers"] = "off"
	}
	for name, value := range limits {
		settings[name] = strconv.Itoa(max(value, 20))
	}
	// The record keeps a lock on every table and index until its end; the server allocates that many for each connection.
	const locks = 200_000
	settings["max_locks_per_transaction"] = strconv.Itoa(max(limits["max_locks_per_transaction"],
		locks/max(limits["max_connections"], 20)))
	return settings
}

// ofSession are the options of every session: libraries that a role or a database preloads may not be installed here.
const ofSession = "-c session_preload_libraries= -c local_preload_libraries="

// write writes a file of the copy's user.
func (b *recovery) write(path, text string) error {
	// There may be a link of that name.
	if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		return err
	}
	return b.chown(path)
}
