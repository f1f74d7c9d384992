//go:build !linux

package platform

// Asleep is unknown here.
func Asleep(int) (text string, ok bool) { return "", false }
