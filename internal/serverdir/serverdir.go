// Package serverdir makes the folder in which a server of this run keeps its data, and chooses the user that it runs
// as: PostgreSQL refuses to run as root.
package serverdir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/tempdir"
)

// Users are the users to run a server as if this process is root; the first that exists is used.
var Users = []string{"postgres", "nobody"}

// A Dir is the folder of a server's data, and the folder of its sockets.
type Dir struct {
	*tempdir.Dir
	Sockets string       // the same, or a folder of its own below /tmp
	short   *tempdir.Dir // that folder; nil if there is none
}

// maxSocketPath is the longest path of a unix socket that PostgreSQL accepts everywhere (UNIXSOCK_PATH_BUFLEN less
// its final zero; Linux has 108 bytes, macOS 104).
const maxSocketPath = 103

// Remove removes the folders and their contents.
func (d *Dir) Remove() error {
	if d.short == nil {
		return d.Dir.Remove()
	}
	return errors.Join(d.Dir.Remove(), d.short.Remove())
}

// Make makes a temporary folder for a server's data below parent ("" means the system's) and returns the user to run
// the server as: nil means this process's own. As root it is the first of the users that exists, who owns the folder.
// A parent that this user cannot reach is replaced by /tmp, and sockets whose path would be too long are put there.
// What killed runs left there is removed, and reported to log.
func Make(parent string, log io.Writer, users []string) (dir *Dir, account *platform.Account, err error) {
	if account, err = choose(users); err != nil {
		return nil, nil, err
	}
	data, err := MakeFor(account, parent, tempdir.Prefix, log)
	if err != nil {
		return nil, nil, err
	}
	dir = &Dir{Dir: data, Sockets: data.Path}
	if len(filepath.Join(data.Path, ".s.PGSQL.5432.lock")) > maxSocketPath {
		if dir.short, err = MakeFor(account, "/tmp", "pgrt-", log); err != nil {
			return nil, nil, errors.Join(err, data.Remove())
		}
		dir.Sockets = dir.short.Path
	}
	return dir, account, nil
}

// choose returns the user to run the server as: nil for this process's own or, as root, the first of the users that
// exists, without its supplementary groups.
func choose(users []string) (*platform.Account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range users {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return &platform.Account{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, hint.With(errors.New("PostgreSQL refuses to run as root, and there is no user postgres or nobody to "+
		"run it as"),
		"run pgroundtrip as another user, or name a running server with -dsn")
}

// MakeFor makes a temporary folder, whose name begins with prefix, that the account can use; nil is this process's own
// user. A parent that the account cannot reach (root's own TMPDIR, for example) is replaced by /tmp.
func MakeFor(account *platform.Account, parent, prefix string, log io.Writer) (*tempdir.Dir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	if account != nil && !canEnter(parent, account) {
		parent = "/tmp"
	}
	dir, err := tempdir.Make(parent, prefix, log)
	if err != nil {
		return nil, hint.Explain(err)
	}
	if account != nil {
		if err := os.Chown(dir.Path, int(account.Uid), int(account.Gid)); err != nil {
			return nil, errors.Join(fmt.Errorf("could not make a temporary folder: %w", err), dir.Remove())
		}
	}
	return dir, nil
}

// canEnter reports whether the account may enter dir and every folder above it.
func canEnter(dir string, account *platform.Account) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return false
		}
		owned := platform.Owner(info) == int(account.Uid) && info.Mode()&0o100 != 0
		if !owned && info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}
