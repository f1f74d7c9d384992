package physical

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
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
	system string
	redo   record.Position
	limits map[string]int // settings that a server in recovery must not have lower than its primary
}

// limited maps pg_controldata's names to these settings.
var limited = map[string]string{
	"max_connections setting": "max_connections", "max_worker_processes setting": "max_worker_processes",
	"max_wal_senders setting": "max_wal_senders", "max_prepared_xacts setting": "max_prepared_transactions",
	"max_locks_per_xact setting": "max_locks_per_transaction",
}

// noFolder is the error if PG_VERSION cannot be read.
func noFolder(err error) error {
	return &hint.Error{Err: fmt.Errorf("it is no data folder of PostgreSQL: %w", err),
		Hint: "name the folder that holds PG_VERSION; a backup in tar files has to be unpacked first"}
}

// readControl finds the programs of the backup's major and runs pg_controldata.
func (b *bringing) readControl(ctx context.Context) error {
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
		return &hint.Error{Err: fmt.Errorf("the backup is of PostgreSQL %q, and no such server was found", version),
			Hint: "install it, or name the folder of its programs with -bindir"}
	}
	var printed bytes.Buffer
	process := b.process(filepath.Join(b.bindir, "pg_controldata"), b.data)
	process.Stdout = &printed
	if err := process.Run(ctx); err != nil {
		return err
	}
	b.control = control{limits: map[string]int{}}
	for line := range strings.Lines(printed.String()) {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); {
		case name == "Database system identifier":
			b.control.system = value
		case name == "Latest checkpoint's REDO location":
			b.control.redo = record.Position{LSN: value}
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
func (b *bringing) arguments() ([]string, error) {
	command := b.RestoreCommand
	for _, name := range []string{"postgresql.auto.conf", "postgresql.conf"} {
		text, err := os.ReadFile(filepath.Join(b.data, name))
		if found := ofBackup.FindAllStringSubmatch(string(text), -1); err == nil && command == "" && len(found) > 0 {
			command = strings.ReplaceAll(found[len(found)-1][1], "''", "'")
		}
	}
	// The map names folders outside the copy; the links in the copy are used.
	for _, name := range []string{"standby.signal", "postmaster.opts", "postmaster.pid", "tablespace_map"} {
		if err := os.RemoveAll(filepath.Join(b.data, name)); err != nil {
			return nil, err
		}
	}
	folder := b.dirs[0].Path
	for path, text := range map[string]string{
		filepath.Join(b.data, "postgresql.auto.conf"): "", filepath.Join(b.data, "recovery.signal"): "",
		filepath.Join(folder, "server.conf"): "", filepath.Join(folder, "ident.conf"): "",
		filepath.Join(folder, "hba.conf"): "local all all trust\n",
	} {
		if err := b.write(path, text); err != nil {
			return nil, err
		}
	}
	settings := map[string]string{
		"config_file": filepath.Join(folder, "server.conf"), "hba_file": filepath.Join(folder, "hba.conf"),
		"ident_file": filepath.Join(folder, "ident.conf"), "listen_addresses": "", "unix_socket_directories": b.sockets,
		"unix_socket_permissions": "0700", "port": "5432", "hot_standby": "on", "archive_mode": "off",
		"restore_command": cmp.Or(command, "false"), "recovery_end_command": "", "archive_cleanup_command": "",
		"primary_conninfo":    "",
		"recovery_target_lsn": b.Record.Moment.LSN, "recovery_target_inclusive": "off", "recovery_target_action": "pause",
		"recovery_target_timeline": strconv.Itoa(b.Record.Moment.Timeline), "wal_retrieve_retry_interval": "100ms",
		"max_standby_archive_delay": "-1", "max_standby_streaming_delay": "-1", "fsync": "off", "autovacuum": "off",
		"logging_collector": "off", "log_destination": "stderr", "log_min_messages": "log",
	}
	for name, value := range b.control.limits {
		least := 20
		if name == "max_locks_per_transaction" { // the record keeps a lock on every table and index until its end
			least = 2000
		}
		settings[name] = strconv.Itoa(max(value, least))
	}
	maps.Copy(settings, b.Settings)
	args := []string{"-D", b.data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args, nil
}

// write writes a file as the copy's user.
func (b *bringing) write(path, text string) error {
	// There may be a link of that name.
	if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		return err
	}
	if b.account == nil {
		return nil
	}
	return os.Chown(path, int(b.account.Uid), int(b.account.Gid))
}
