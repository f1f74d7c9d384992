package platform

import (
	"fmt"
	"os"
	"strings"
)

// BytesRead returns how many bytes a program and its children have read from files so far; what they read from sockets
// does not count. It is 0 if unknown: after the program's end, and on systems other than Linux.
func BytesRead(pid int) (n int64) {
	ids := []string{fmt.Sprint(pid)} // counts its children that have ended
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	for _, id := range append(ids, strings.Fields(string(children))...) {
		var read int64
		text, _ := os.ReadFile("/proc/" + id + "/io")
		if _, err := fmt.Sscanf(string(text), "rchar: %d", &read); err == nil {
			n += read
		}
	}
	return n
}
