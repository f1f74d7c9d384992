package pgtool

import "syscall"

// dieWithParent makes the kernel signal the child when the thread that started it ends. SIGQUIT makes a PostgreSQL
// server end at once together with its children; it ends pg_dump too.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
