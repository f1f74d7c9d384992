package verdict

import (
	"regexp"
	"slices"
	"strings"

	"pgroundtrip/internal/record"
)

// newKeywords are the names that 16 or 17 began to quote, because they became keywords. (No later major, up to 19, has
// added a keyword that must be quoted; pg_get_keywords() lists them.)
var newKeywords = strings.Fields("json json_array json_arrayagg json_exists json_object json_objectagg json_query " +
	"json_scalar json_serialize json_table json_value merge_action system_user")

// quoted matches a string or a quoted name.
var quoted = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"`)

// alikeQuoted returns two results of different servers with the names that only one of them quotes unquoted, in the
// order of the keys. Results in which neither has such a name are returned unchanged.
func alikeQuoted(older, newer *record.Result) (*record.Result, *record.Result) {
	a, b := unquoted(older), unquoted(newer)
	if a == older && b == newer {
		return older, newer
	}
	return inOrder(a), inOrder(b)
}

// unquoted returns r without quotes around new keywords in definitions, but for texts that a user wrote.
func unquoted(r *record.Result) *record.Result {
	if r.Kept == nil || r.About.Class != "definition" {
		return r
	}
	kept := slices.Clone(r.Kept)
	for i, line := range kept {
		if !strings.Contains(line, `"`) {
			continue
		}
		values := strings.Split(line, "\t")
		for at, value := range values {
			if at < len(r.Columns) && r.Columns[at] != "comment" && !isSource(r.Columns[at], value) {
				values[at] = quoted.ReplaceAllStringFunc(value, withoutQuotes)
			}
		}
		kept[i] = strings.Join(values, "\t")
	}
	if slices.Equal(kept, r.Kept) {
		return r
	}
	return r.With(kept)
}

// withoutQuotes returns a new keyword without its quotes, and any other text unchanged.
func withoutQuotes(text string) string {
	if name := strings.Trim(text, `"`); slices.Contains(newKeywords, name) && text == `"`+name+`"` {
		return name
	}
	return text
}

// inOrder returns r in the order of its keys, byte by byte.
func inOrder(r *record.Result) *record.Result {
	var kept []string
	for values := range sorted(r.Kept, r.About.Keys) {
		kept = append(kept, strings.Join(values, "\t"))
	}
	return r.With(kept)
}
