//go:build !linux

package platform

// Asleep reports that the state is unknown: only Linux is supported.
func Asleep(int) (text string, ok bool) { return "", false }
