package physical

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
)

// copyBackup copies the backup and follows links: those of tablespaces then point to copies next to the data folder.
func (b *recovery) copyBackup(ctx context.Context) error {
	source, err := filepath.EvalSymlinks(b.Dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(source, "PG_VERSION")); err != nil { // before copying all of it
		return noFolder(err)
	}
	if _, err := os.Stat(filepath.Join(source, "postmaster.pid")); err == nil {
		return hint.With(fmt.Errorf("%s has a postmaster.pid: a server runs on it, or was not stopped", b.Dir),
			"name a backup, made by pg_basebackup for example, not the folder of a server; a snapshot of a file system "+
				`is copied by a command: -fetch 'cp -a SNAPSHOT/. "$PGDATA"'`)
	}
	if err := b.copyTree(ctx, source, b.data); err != nil {
		return fmt.Errorf("could not copy the backup: %w", err)
	}
	return b.linkTablespaces()
}

// linkTablespaces moves the tablespaces that were copied into the data folder to folders beside it, with a link to each
// one: the server refuses anything else.
func (b *recovery) linkTablespaces() error {
	entries, err := pathsIn(filepath.Join(b.data, "pg_tblspc"))
	if err != nil {
		return err
	}
	for _, inside := range entries {
		name := filepath.Base(inside)
		to := filepath.Join(b.dir.Path, "tablespaces", name)
		info, err := os.Lstat(inside)
		if err != nil || !info.IsDir() {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := errors.Join(b.chown(filepath.Dir(to)), os.Rename(inside, to), os.Symlink(to, inside)); err != nil {
			return fmt.Errorf("could not copy the tablespace %s: %w", name, err)
		}
	}
	return nil
}

// copyTree copies a folder, including everything that links in it point to.
func (b *recovery) copyTree(ctx context.Context, from, to string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		info, err := os.Stat(source)
		switch {
		case errors.Is(err, fs.ErrNotExist) && e.Type()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a link to nothing", source)
		case err != nil:
			return err
		case info.IsDir():
			err = b.copyTree(ctx, source, target)
		case info.Mode().IsRegular():
			err = b.copyFile(source, target)
		}
		if err != nil {
			return err
		}
	}
	return b.chown(to)
}

func (b *recovery) copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close() // read-only: nothing to lose
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close(), b.chown(to))
}

// chown makes the copy's user the owner of a file or folder.
func (b *recovery) chown(path string) error {
	if b.account == nil {
		return nil
	}
	return os.Lchown(path, int(b.account.Uid), int(b.account.Gid))
}

// checkFiles refuses a fetched backup with files that are shared with another folder (links), because the server would
// write to them. Only files that a server never writes, such as keys and old logs, may be links.
func (b *recovery) checkFiles() error {
	return filepath.WalkDir(b.dir.Path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		folder, name := filepath.Split(path)
		isOwn := filepath.Clean(folder) != b.data || name == "base" || name == "global" || strings.HasPrefix(name, "pg_")
		isSeen := filepath.Base(folder) == "pg_tblspc" || path == filepath.Join(b.data, "pg_wal") // checked by seeLinks
		isLink := entry.Type()&fs.ModeSymlink != 0 && isOwn && !isSeen
		if !isLink && !(entry.Type().IsRegular() && platform.IsShared(info)) {
			return nil
		}
		return hint.With(fmt.Errorf("%s is a link: the server would write to a file that is not the copy's own", path),
			"have the command copy files: cp -a instead of cp -al, rsync without --link-dest")
	})
}

// pathsIn returns the paths of all that is in a folder, or none if it does not exist.
func pathsIn(folder string) (paths []string, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		paths = append(paths, filepath.Join(folder, entry.Name()))
	}
	return paths, err
}

// checkTablespaces refuses a backup that lacks a tablespace of the record: recovery would create it at the primary's
// path, and write there before seeLinks can check it.
func (b *recovery) checkTablespaces() error {
	const builtIn = 2 // pg_default and pg_global
	links, err := pathsIn(filepath.Join(b.data, "pg_tblspc"))
	recorded := b.Record.Result("cluster/tablespaces")
	if err != nil || recorded == nil || len(recorded.Kept)-builtIn <= len(links) {
		return err
	}
	return hint.With(fmt.Errorf("the record has %d tablespaces, the backup %d: the recovery would create one where "+
		"the primary has it", len(recorded.Kept)-builtIn, len(links)),
		"take a newer backup, or have the command restore its tablespaces, with links from pg_tblspc")
}

// checkLinks refuses a copy with links that leave its folder: WAL can create a tablespace at the primary's path, which
// may exist on this machine, and a fetch command can create such links.
func (b *recovery) checkLinks() error {
	paths, err := pathsIn(filepath.Join(b.data, "pg_tblspc"))
	if err != nil {
		return err
	}
	for _, path := range append(paths, filepath.Join(b.data, "pg_wal"), b.data) {
		real, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) && path != b.data {
			continue
		}
		if err != nil {
			return err
		}
		home, err := filepath.EvalSymlinks(b.dir.Path)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(real, home+string(filepath.Separator)) {
			return hint.With(fmt.Errorf("%s points to %s, outside the copy", filepath.Base(path), real),
				"map tablespaces into a folder beside $PGDATA: "+
					`pgbackrest restore --tablespace-map-all="${PGDATA%/*}/tablespaces"`)
		}
	}
	return nil
}
