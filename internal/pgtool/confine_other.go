//go:build !linux

package pgtool

// confine does nothing: only Linux can confine a thread and its children.
func confine(c *Confinement) (lacks []string) {
	return []string{"files", "network"}
}
