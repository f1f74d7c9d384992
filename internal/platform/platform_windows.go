// Package platform hides the differences between operating systems: accounts, file owners and locks, process groups,
// signals.
package platform

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// Flags of os.OpenFile that have no equivalent on Windows.
const (
	NoFollow = 0
	NonBlock = 0
)

// CanServe reports whether a throw-away cluster can be started on this system: it needs the sockets, users and
// signals of Unix.
const CanServe = false

// Account is the user that a process runs as; on Windows always that of this process.
type Account struct{ Uid, Gid uint32 }

// ErrLocked is returned by Lock if another process holds the lock.
var ErrLocked = errors.New("the file is locked")

// Lock is not supported on Windows: leftovers of killed runs cannot be recognized, and stay.
func Lock(*os.File) error { return errors.ErrUnsupported }

// AwaitLock is not supported on Windows.
func AwaitLock(*os.File) error { return errors.ErrUnsupported }

// Owner returns -1, as os.Geteuid does: the owner is unknown.
func Owner(fs.FileInfo) int { return -1 }

// Program returns the file name of a program.
func Program(name string) string { return name + ".exe" }

// IsProgram reports whether a file is executable.
func IsProgram(info fs.FileInfo) bool { return !info.IsDir() }

// Group returns attributes that start a child in its own process group.
func Group(*Account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// SignalGroup kills a child: Windows has no other signals.
func SignalGroup(pid int, _ syscall.Signal) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

// IsShared returns false: no server is started on a copy of files on Windows.
func IsShared(os.FileInfo) bool { return false }

// FreeBytes reports that the free space is unknown.
func FreeBytes(string) (bytes int64, ok bool) { return 0, false }

// NoCore does nothing: Windows writes no core files.
func NoCore() {}

// NotifyEnd relays to c each signal that asks the process to end.
func NotifyEnd(c chan<- os.Signal) { signal.Notify(c, os.Interrupt, syscall.SIGTERM) }
