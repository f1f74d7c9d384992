// Package platform hides in what operating systems differ: accounts, owners and locks of files, groups of processes,
// signals.
package platform

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// Flags of os.OpenFile that mean nothing here.
const (
	NoFollow = 0
	NonBlock = 0
)

// CanServe is whether a throw-away cluster can be started here: its sockets, users and signals are those of Unix.
const CanServe = false

// Account is the user that a process runs as: here always that of this process.
type Account struct{ Uid, Gid uint32 }

// ErrLocked is the error of Lock for a file that somebody else has locked.
var ErrLocked = errors.New("the file is locked")

// Lock cannot lock files here: what a killed run left cannot be told from what another run uses, and stays.
func Lock(*os.File) error { return errors.ErrUnsupported }

// AwaitLock cannot lock files here.
func AwaitLock(*os.File) error { return errors.ErrUnsupported }

// Owner returns -1, as os.Geteuid does: the user id that a file belongs to is unknown.
func Owner(fs.FileInfo) int { return -1 }

// Program is the name of a program's file.
func Program(name string) string { return name + ".exe" }

// IsProgram reports whether a file can be run.
func IsProgram(info fs.FileInfo) bool { return !info.IsDir() }

// Group starts a child in a process group of its own.
func Group(*Account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

// SignalGroup ends a child: there are no other signals.
func SignalGroup(pid int, _ syscall.Signal) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

// IsShared is unknown here: no server is started on a copy of files.
func IsShared(os.FileInfo) bool { return false }

// FreeBytes is unknown here.
func FreeBytes(string) (bytes int64, ok bool) { return 0, false }

// NoCore does nothing: no core files are written here.
func NoCore() {}

// NotifyEnd relays to c each signal that asks for an end.
func NotifyEnd(c chan<- os.Signal) { signal.Notify(c, os.Interrupt, syscall.SIGTERM) }
