package conninfo

import (
	"cmp"
	_ "embed"
	"strings"
)

//go:embed keywords.txt
var keywordsText string

// keywords are the lines of keywords.txt: for each keyword what is written after it, "yes" or a name.
var keywords = func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for line := range strings.Lines(keywordsText) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		all[fields[0]] = map[string]string{}
		for _, word := range fields[1:] {
			what, name, _ := strings.Cut(word, "=")
			all[fields[0]][what] = cmp.Or(name, "yes")
		}
	}
	return all
}()

func isSecret(key string) bool { return keywords[key]["secret"] != "" }
