//go:build unix

// Package platform hides in what operating systems differ: accounts, owners and locks of files, groups of processes,
// signals.
package platform

import (
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// Flags of os.OpenFile: follow no symbolic link; do not wait for the other end of a pipe.
const (
	NoFollow = syscall.O_NOFOLLOW
	NonBlock = syscall.O_NONBLOCK
)

// CanServe is whether a throw-away cluster can be started here.
const CanServe = true

// Account is the user that a process runs as.
type Account = syscall.Credential

// ErrLocked is the error of Lock for a file that somebody else has locked.
var ErrLocked error = syscall.EWOULDBLOCK

// Lock locks a file until it is closed, or returns ErrLocked, or another error where files cannot be locked.
func Lock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// AwaitLock locks a file until it is closed, and waits for others that have locked it.
func AwaitLock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX) }

// Owner returns the user id that a file belongs to, or -1 where that is unknown.
func Owner(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// Program is the name of a program's file.
func Program(name string) string { return name }

// IsProgram reports whether a file can be run.
func IsProgram(info fs.FileInfo) bool { return !info.IsDir() && info.Mode()&0o111 != 0 }

// Group starts a child in a process group of its own, as account if that is not nil.
func Group(account *Account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: account}
}

// SignalGroup sends a signal to the process group of a child that Group started.
func SignalGroup(pid int, sig syscall.Signal) error { return syscall.Kill(-pid, sig) }

// IsShared reports whether a file has another name too.
func IsShared(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}

// FreeBytes returns the room on the disk of a folder; ok is false where that is unknown.
func FreeBytes(dir string) (bytes int64, ok bool) {
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) != nil {
		return 0, false
	}
	return int64(disk.Bavail) * int64(disk.Bsize), true
}

// NoCore has no core file written when the process crashes: it would hold its memory.
func NoCore() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit) // lowering the soft limit is always allowed
	}
}

// NotifyEnd relays to c each signal that asks for an end. A reader that goes away (| head), or a file that may not grow
// (ulimit -f), is an error of the write from then on, and no signal.
func NotifyEnd(c chan<- os.Signal) {
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGXCPU)
}
