package pgtool

import "syscall"

// dieWithParent has the kernel stop the child when the thread that started it is gone. SIGQUIT is
// what makes a PostgreSQL server end at once and take its own children along; it ends pg_dump too.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
