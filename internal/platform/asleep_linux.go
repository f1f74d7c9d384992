package platform

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Asleep returns a description of a process group that Group started, if all of the group is asleep: the text stays
// the same until one of its processes wakes up. It is "" if a process is running or waits for a disk. ok is false if
// unknown.
func Asleep(pid int) (text string, ok bool) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		return "", false
	}
	var b strings.Builder
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		var state string
		var parent, group int
		// The program name, in parentheses, may contain anything.
		_, err = fmt.Sscan(string(stat[bytes.LastIndexByte(stat, ')')+1:]), &state, &parent, &group)
		if err != nil || group != pid || state == "Z" {
			continue
		}
		if state != "S" {
			return "", true
		}
		file, err := os.ReadFile(filepath.Join(filepath.Dir(path), "status"))
		if err != nil {
			return "", true
		}
		for lines := bufio.NewScanner(bytes.NewReader(file)); lines.Scan(); {
			if strings.Contains(lines.Text(), "ctxt_switches") {
				fmt.Fprintf(&b, "%s %s\n", path, lines.Text())
			}
		}
	}
	return b.String(), b.Len() > 0
}
