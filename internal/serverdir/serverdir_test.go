//go:build unix

package serverdir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/platform"
	"pgroundtrip/internal/serverdir"
)

func TestAServerOfRootRunsAsTheFirstUserThatExists(t *testing.T) {
	if os.Geteuid() != 0 {
		dir, account, err := serverdir.Make(t.TempDir(), t.Output(), nil)
		if err != nil || account != nil {
			t.Fatalf("as user id %d: account %v, %v", os.Geteuid(), account, err)
		}
		if err := dir.Remove(); err != nil {
			t.Error(err)
		}
		return
	}
	dir, account, err := serverdir.Make("/tmp", t.Output(), []string{"no-such-user", "nobody"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := dir.Remove(); err != nil {
			t.Error(err)
		}
	}()
	info, err := os.Stat(dir.Path)
	if err != nil || account == nil || platform.Owner(info) != int(account.Uid) || account.Uid == 0 {
		t.Errorf("account %v, owner of the folder %d, %v", account, platform.Owner(info), err)
	}
	for _, users := range [][]string{nil, {"root"}, {"no-such-user"}} {
		if _, _, err := serverdir.Make("/tmp", t.Output(), users); !strings.Contains(hint.Of(err), "another user") {
			t.Errorf("%q: %v", users, err)
		}
	}
}

func TestAParentThatTheAccountCannotEnterIsReplaced(t *testing.T) {
	open, closed := filepath.Join(t.TempDir(), "open"), filepath.Join(t.TempDir(), "closed")
	for dir, mode := range map[string]os.FileMode{open: 0o755, closed: 0o700} {
		if err := os.Mkdir(dir, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Dir(open), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(filepath.Dir(open)), 0o755); err != nil {
		t.Fatal(err)
	}
	mine := &platform.Account{Uid: uint32(os.Geteuid()), Gid: uint32(os.Getegid())}
	other := &platform.Account{Uid: mine.Uid + 1, Gid: mine.Gid + 1}
	for _, c := range []struct {
		name    string
		account *platform.Account
		parent  string
		stays   bool
	}{
		{"no account", nil, closed, true},
		{"the owner", mine, closed, true},
		{"a parent that everyone may enter", other, open, true},
		{"a parent of someone else", other, closed, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.account == other && os.Geteuid() != 0 {
				return // only root can give a folder away
			}
			dir, err := serverdir.MakeFor(c.account, c.parent, "pgrt-", t.Output())
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := dir.Remove(); err != nil {
					t.Error(err)
				}
			}()
			if stays := filepath.Dir(dir.Path) == c.parent; stays != c.stays {
				t.Errorf("made %s", dir.Path)
			}
		})
	}
}
