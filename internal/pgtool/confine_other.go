//go:build !linux

package pgtool

// confine does nothing: only Linux can confine a thread, and with it the children that it starts.
func confine(c *Confinement) (lacks []string) {
	return []string{"files", "network"}
}
