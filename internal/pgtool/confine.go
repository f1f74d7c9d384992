package pgtool

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
)

// A Confinement is what a program that handles untrusted input may access: an archive, or a database restored from
// one.
type Confinement struct {
	Writable []string // the only folders in which it may write, besides /dev/null and shared memory
	Programs string   // the only folder whose programs it may run: no others, no shell
	Loader   string   // the folder of the dynamic loader, if not the system's own
	// Offline denies it the network and, if this process is root, the machine's sockets. It also may not read the
	// folders of users, other services and temporary files.
	Offline bool
}

// Confine returns a confinement for a program: it may write nowhere and run only programs in its own folder. It
// returns nil for a script, which needs an interpreter and is the user's own.
func Confine(program string) *Confinement {
	real, err := filepath.EvalSymlinks(program)
	if err != nil {
		return nil
	}
	file, err := os.Open(real)
	if err != nil {
		return nil
	}
	defer file.Close() // read only: nothing to lose
	magic := make([]byte, 2)
	if _, err := io.ReadFull(file, magic); err != nil || string(magic) == "#!" {
		return nil
	}
	c := &Confinement{Programs: filepath.Dir(real)}
	if loader := loaderOf(file); loader != "" {
		c.Loader = filepath.Dir(loader)
	}
	return c
}

// loaderOf returns the path of a program's dynamic loader, with links resolved; "" if it names none.
func loaderOf(file io.ReaderAt) string {
	program, err := elf.NewFile(file)
	if err != nil {
		return ""
	}
	for _, part := range program.Progs {
		if part.Type != elf.PT_INTERP {
			continue
		}
		name, err := io.ReadAll(part.Open())
		if err != nil {
			return ""
		}
		path, err := filepath.EvalSymlinks(string(bytes.TrimRight(name, "\x00")))
		if err != nil {
			return ""
		}
		return path
	}
	return ""
}

// Confined returns which parts of the confinement could not be applied on this machine; empty if it is complete.
func (r *Running) Confined() (lacks []string) { return r.lacks }
