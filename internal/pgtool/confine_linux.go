package pgtool

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"unsafe"
)

// Landlock (Linux 5.13 and later, linux/landlock.h). The numbers of its system calls are the same on every
// architecture.
const (
	landlockCreateRuleset = 444
	landlockAddRule       = 445
	landlockRestrictSelf  = 446
	landlockAskVersion    = 1
	landlockPathBeneath   = 1
	setNoNewPrivileges    = 38 // of prctl
)

// Access rights to a file or folder.
const (
	mayExecute  = 1 << 0
	mayWrite    = 1 << 1
	mayRead     = 1 << 2
	mayList     = 1 << 3
	mayChange   = 0x1ff0  // remove and make files and folders of every kind
	mayMove     = 1 << 13 // to another folder; version 2
	mayTruncate = 1 << 14 // version 3
	ofFiles     = mayExecute | mayWrite | mayRead | mayTruncate
	allTCP      = 3 // bind and connect; version 4
	allScopes   = 3 // abstract sockets of others, signals to others; version 6
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
	version, _, failed := syscall.Syscall(landlockCreateRuleset, 0, 0, landlockAskVersion)
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
	if syscall.Unshare(syscall.CLONE_NEWNET|syscall.CLONE_NEWNS) != nil ||
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") != nil {
		return false
	}
	for _, path := range writable {
		if real, err := filepath.EvalSymlinks(path); err != nil || strings.HasPrefix(real, "/run/") {
			return false
		}
	}
	const inert = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC
	for _, path := range writable {
		if syscall.Mount(path, path, "", syscall.MS_BIND, "") != nil ||
			syscall.Mount("", path, "", syscall.MS_REMOUNT|syscall.MS_BIND|inert, "") != nil {
			return false
		}
	}
	if syscall.Mount("tmpfs", "/run", "tmpfs", inert, "mode=755") != nil ||
		syscall.Mount("", "/dev/shm", "", syscall.MS_REMOUNT|syscall.MS_BIND|inert, "") != nil {
		return false
	}
	sockets, err := filepath.Glob("/tmp/.s.PGSQL.*")
	for _, socket := range sockets {
		if e := syscall.Mount("/dev/null", socket, "", syscall.MS_BIND, ""); e != nil && e != syscall.ENOENT {
			err = e
		}
	}
	return err == nil
}

// landlock restricts the calling thread as far as that version of Landlock can.
func (c *Confinement) landlock(version int) bool {
	attr := struct{ files, network, scopes uint64 }{files: mayExecute | mayWrite | mayChange}
	if version >= 2 {
		attr.files |= mayMove
	}
	if version >= 3 {
		attr.files |= mayTruncate
	}
	size := uintptr(8)
	if c.Offline {
		attr.files |= mayRead | mayList
		if version >= 4 {
			attr.network, size = allTCP, 16
		}
		if version >= 6 {
			attr.scopes, size = allScopes, 24
		}
	}
	rules, _, failed := syscall.Syscall(landlockCreateRuleset, uintptr(unsafe.Pointer(&attr)), size, 0)
	if failed != 0 {
		return false
	}
	defer syscall.Close(int(rules))
	for path, allowed := range c.allowed() {
		if !allow(int(rules), path, allowed&attr.files) {
			return false
		}
	}
	if _, _, failed = syscall.RawSyscall6(syscall.SYS_PRCTL, setNoNewPrivileges, 1, 0, 0, 0, 0); failed != 0 {
		return false
	}
	_, _, failed = syscall.Syscall(landlockRestrictSelf, rules, 0, 0)
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
	const pathOnly = 0x200000 // O_PATH
	fd, err := syscall.Open(path, pathOnly|syscall.O_CLOEXEC, 0)
	if err != nil {
		return true
	}
	defer syscall.Close(fd)
	var stat syscall.Stat_t
	if syscall.Fstat(fd, &stat) != nil {
		return false
	}
	if stat.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		allowed &= ofFiles
	}
	if allowed == 0 {
		return true
	}
	beneath := struct {
		allowed [8]byte
		parent  int32
	}{parent: int32(fd)}
	*(*uint64)(unsafe.Pointer(&beneath.allowed)) = allowed
	_, _, failed := syscall.Syscall6(landlockAddRule, uintptr(rules), landlockPathBeneath,
		uintptr(unsafe.Pointer(&beneath)), 0, 0, 0)
	return failed == 0
}
