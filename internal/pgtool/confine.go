package pgtool

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
)

// A Confinement is what a program may reach that handles what somebody else wrote: an archive, or a database that came
// out of one.
type Confinement struct {
	Writable []string // the folders in which it may write; nowhere else, beside /dev/null and shared memory
	Programs string   // the folder of programs that it may run; no others, no shell
	Loader   string   // the folder of what loads them, where that is not the system's own
	// Offline leaves it no network and, where this process is root, none of the machine's sockets either; and it may not
	// read what lies in folders of users, of other services and of temporary files.
	Offline bool
}

// Confine is a confinement for a program: it may write nowhere and run only what lies beside it. A script, which needs
// an interpreter and is the user's own, gets none.
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

// loaderOf is the dynamic loader that a program names, without links; "" where it names none.
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

// Confined lists what a confinement could not have on this machine; empty where it holds.
func (r *Running) Confined() (lacks []string) { return r.lacks }
