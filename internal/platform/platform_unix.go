//go:build unix

// Package platform hides the differences between operating systems: accounts, file owners and locks, process groups,
// signals.
package platform

import (
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// Flags of os.OpenFile: do not follow a symbolic link; do not wait for the other end of a pipe.
const (
	NoFollow = syscall.O_NOFOLLOW
	NonBlock = syscall.O_NONBLOCK
)

// CanServe reports whether a throw-away cluster can be started on this system.
const CanServe = true

// Account is the user that a process runs as.
type Account = syscall.Credential

// ErrLocked is returned by Lock if another process holds the lock.
var ErrLocked error = syscall.EWOULDBLOCK

// Lock locks a file until it is closed. It returns ErrLocked if another process holds the lock, or another error if
// the file system has no locks.
func Lock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// AwaitLock waits until it can lock a file, and locks it until it is closed.
func AwaitLock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX) }

// Owner returns the user id of a file's owner, or -1 if unknown.
func Owner(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// Program returns the file name of a program.
func Program(name string) string { return name }

// IsProgram reports whether a file is executable.
func IsProgram(info fs.FileInfo) bool { return !info.IsDir() && info.Mode()&0o111 != 0 }

// Group returns attributes that start a child in its own process group, as account if that is not nil.
func Group(account *Account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: account}
}

// SignalGroup sends a signal to the process group of a child that Group started.
func SignalGroup(pid int, sig syscall.Signal) error { return syscall.Kill(-pid, sig) }

// IsShared reports whether a file has more than one hard link.
func IsShared(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}

// FreeBytes returns the free space on the disk of a folder; ok is false if unknown.
func FreeBytes(dir string) (bytes int64, ok bool) {
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}

// NoCore turns core files off: one would hold the memory of this process.
func NoCore() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit) // lowering the soft limit is always allowed
	}
}

// NotifyEnd relays to c each signal that asks the process to end. It ignores SIGPIPE and SIGXFSZ, so that a reader
// that goes away (| head) or a file at its size limit (ulimit -f) is an error of the write.
func NotifyEnd(c chan<- os.Signal) {
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGXCPU)
}
