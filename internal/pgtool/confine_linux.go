package pgtool

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Access rights of Landlock (Linux 5.13 and later, linux/landlock.h) to a file or folder.
const (
	mayExecute  = unix.LANDLOCK_ACCESS_FS_EXECUTE
	mayRead     = unix.LANDLOCK_ACCESS_FS_READ_FILE
	mayList     = unix.LANDLOCK_ACCESS_FS_READ_DIR
	mayWrite    = unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	mayTruncate = unix.LANDLOCK_ACCESS_FS_TRUNCATE // version 3
	mayMove     = unix.LANDLOCK_ACCESS_FS_REFER    // to another folder; version 2
	// Remove and make files and folders of every kind.
	mayChange = unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	ofFiles = mayExecute | mayWrite | mayRead | mayTruncate
)

// libraries are the folders that every program loads from.
var libraries = []string{"/lib", "/lib64", "/lib32", "/usr/lib", "/usr/lib64", "/usr/lib32"}

// private are the top-level folders that belong to users, other services and other runs, and devices with what other
// programs have in memory.
var private = map[string]bool{"boot": true, "dev": true, "home": true, "lost+found": true, "media": true, "mnt": true,
	"root": true, "run": true, "srv": true, "tmp": true, "var": true}

// confine confines the calling thread and everything it starts. The thread must be locked, and must not be used for
// anything else afterwards.
func confine(c *Confinement) (lacks []string) {
	if c.Offline {
		if os.Geteuid() != 0 || !unplug(c.Writable) {
			lacks = append(lacks, "the sockets of this machine", "networks other than TCP")
		}
	}
	version, _, failed := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if failed != 0 || !c.landlock(int(version)) {
		return append(lacks, "files")
	}
	if c.Offline && version < 4 && len(lacks) > 0 {
		lacks = append(lacks, "TCP")
	}
	return lacks
}

// unplug cuts off the network and hides the sockets of servers on this machine, which might let in the user that a
// program runs as. It also keeps the program from loading a library that it has written.
func unplug(writable []string) bool {
	if unix.Unshare(unix.CLONE_NEWNET|unix.CLONE_NEWNS) != nil ||
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") != nil {
		return false
	}
	for _, path := range writable {
		if real, err := filepath.EvalSymlinks(path); err != nil || strings.HasPrefix(real, "/run/") {
			return false
		}
	}
	const inert = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	for _, path := range writable {
		if unix.Mount(path, path, "", unix.MS_BIND, "") != nil ||
			unix.Mount("", path, "", unix.MS_REMOUNT|unix.MS_BIND|inert, "") != nil {
			return false
		}
	}
	if unix.Mount("tmpfs", "/run", "tmpfs", inert, "mode=755") != nil ||
		unix.Mount("", "/dev/shm", "", unix.MS_REMOUNT|unix.MS_BIND|inert, "") != nil {
		return false
	}
	sockets, err := filepath.Glob("/tmp/.s.PGSQL.*")
	for _, socket := range sockets {
		if e := unix.Mount("/dev/null", socket, "", unix.MS_BIND, ""); e != nil && e != unix.ENOENT {
			err = e
		}
	}
	return err == nil
}

// landlock restricts the calling thread as far as that version of Landlock can.
func (c *Confinement) landlock(version int) bool {
	attr := unix.LandlockRulesetAttr{Access_fs: mayExecute | mayWrite | mayChange}
	if version >= 2 {
		attr.Access_fs |= mayMove
	}
	if version >= 3 {
		attr.Access_fs |= mayTruncate
	}
	size := unsafe.Offsetof(attr.Access_net)
	if c.Offline {
		attr.Access_fs |= mayRead | mayList
		if version >= 4 {
			attr.Access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
			size = unsafe.Offsetof(attr.Scoped)
		}
		if version >= 6 {
			attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
			size = unsafe.Sizeof(attr)
		}
	}
	rules, _, failed := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if failed != 0 {
		return false
	}
	defer unix.Close(int(rules))
	for path, allowed := range c.allowed() {
		if !allow(int(rules), path, allowed&attr.Access_fs) {
			return false
		}
	}
	if unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != nil {
		return false
	}
	_, _, failed = unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, rules, 0, 0)
	return failed == 0
}

// allowed returns the access rights by path; each applies to everything below the path.
func (c *Confinement) allowed() map[string]uint64 {
	const read, write = mayRead | mayList, mayRead | mayList | mayWrite | mayChange | mayMove | mayTruncate
	paths := map[string]uint64{"/dev/null": mayRead | mayWrite | mayTruncate, "/dev/urandom": mayRead,
		"/var/cache": read}
	entries, _ := os.ReadDir("/") // what cannot be listed is not allowed
	for _, e := range entries {
		if !private[e.Name()] {
			paths["/"+e.Name()] = read
		}
	}
	for _, path := range slices.Concat(libraries, []string{c.Programs, c.Loader}) {
		paths[path] = read | mayExecute
	}
	paths[filepath.Dir(c.Programs)] |= read // where the programs keep their own files
	for _, path := range c.Writable {
		paths[path] = write
	}
	return paths
}

// allow adds a rule. A path that does not exist needs none.
func allow(rules int, path string, allowed uint64) bool {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil {
		return false
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		allowed &= ofFiles
	}
	if allowed == 0 {
		return true
	}
	beneath := unix.LandlockPathBeneathAttr{Allowed_access: allowed, Parent_fd: int32(fd)}
	_, _, failed := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(rules), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&beneath)), 0, 0, 0)
	return failed == 0
}
