package suite

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// About is the parsed comment at the top of a query file, which describes its result. It is parsed once, when the
// suite is opened, and travels with the result.
type About struct {
	// Keys is the number of leading columns that identify a row: those that "Key" lists; by default 0 if there is one
	// row, else 1.
	Keys int `json:"keys"`
	// Class is the kind of fact: content, definition, count, link, order or anchor.
	Class string `json:"class"`
	// Keeps allows a manifest to keep the rows, and a report to show them.
	Keeps bool `json:"keeps,omitempty"`
	// Grows is a column that may be ahead in the copy, for sequences; "" if there is none.
	Grows string `json:"grows,omitempty"`
	// Bits is a column of sums over a block of numbered objects, from which the number of a single differing object
	// can be computed; the first column is the lowest number of the block. See large_objects.sql. "" if there is
	// none.
	Bits string `json:"bits,omitempty"`
	// Rows is true if each row is about a table whose rows can be compared one by one.
	Rows bool `json:"rows,omitempty"`
	// Keyed is true if the query reads the setting pgroundtrip.key: given a key, it hashes the key in front of each
	// row.
	Keyed bool `json:"keyed,omitempty"`
	// Splits is true if the query honours pgroundtrip.piece, for the pieces that pieces.sql lists. Adds are the
	// columns whose numbers are added up over the pieces.
	Splits bool     `json:"-"`
	Adds   []string `json:"-"`
	// Golden is false if the result differs from server to server and is not part of the goldens.
	Golden bool `json:"-"`
	// Hint is what to do when the result differs; "" if the file has none.
	Hint string `json:"hint,omitempty"`
	// Spells are the columns whose texts a file in reprint/ has the server print again, because one meaning has
	// several spellings.
	Spells []string `json:"spells,omitempty"`
	// Either are columns that express the same thing in several ways: two rows are equal if any one of these columns
	// and all other columns are.
	Either []string `json:"either,omitempty"`
	// Lost is what to do about what the result lists, which no archive holds: every row in a dump's record is
	// expected to be missing from a copy. It is "" for any other result.
	Lost string `json:"lost,omitempty"`
	// Cluster is true if the file is about the cluster rather than one database. Such a file is run for records, and
	// compared only with another copy of the same cluster.
	Cluster bool `json:"cluster,omitempty"`
	// Files is true if a file in intact/ is about files that came with a physical copy. It is not run if rows were
	// restored.
	Files bool `json:"files,omitempty"`
	// CaughtBy are the checks that must detect a damage of the self-test.
	CaughtBy []string `json:"-"`
}

// classes are the values of Class.
var classes = []string{"content", "definition", "count", "link", "order", "anchor"}

// aboutWords are the header words that the runner reads, each with a function that stores its value and returns what
// is wrong with it, or "". Words without a function are for people.
var aboutWords = map[string]func(a *About, value string) (problem string){
	"Key":       func(a *About, value string) string { a.Keys = strings.Count(value, ",") + 1; return "" },
	"Class":     (*About).setClass,
	"Keeps":     func(a *About, _ string) string { a.Keeps = true; return "" },
	"Grows":     (*About).setGrows,
	"Bits":      func(a *About, value string) string { a.Bits = value; return "" },
	"Rows":      func(a *About, _ string) string { a.Rows = true; return "" },
	"Golden":    (*About).setGolden,
	"Scope":     (*About).setScope,
	"Hint":      func(a *About, value string) string { a.Hint = value; return "" },
	"Splits":    func(a *About, _ string) string { a.Splits = true; return "" },
	"Adds":      func(a *About, value string) string { a.Adds = namesIn(value); return "" },
	"Spells":    func(a *About, value string) string { a.Spells = namesIn(value); return "" },
	"Either":    func(a *About, value string) string { a.Either = namesIn(value); return "" },
	"Lost":      func(a *About, value string) string { a.Lost = value; return "" },
	"Caught by": func(a *About, value string) string { a.CaughtBy = namesIn(value); return "" },
	"Reads":     nil, "Prints": nil, "Healthy": nil, "Does": nil, "Classes": nil, "Who": nil, "Why": nil, "Needs": nil,
	"Note": nil, "See": nil,
}

// namesIn returns the names in a list.
func namesIn(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}

func (a *About) setClass(value string) (problem string) {
	if a.Class = value; slices.Contains(classes, value) {
		return ""
	}
	return fmt.Sprintf("unknown class %q; must be one of %s", value, strings.Join(classes, ", "))
}

func (a *About) setGrows(value string) (problem string) {
	if a.Grows = value; strings.ContainsAny(value, " ,") {
		return "Grows must name one column"
	}
	return ""
}

func (a *About) setGolden(value string) (problem string) {
	if a.Golden = !strings.HasPrefix(value, "none"); a.Golden {
		return fmt.Sprintf("Golden must be none, not %q", value)
	}
	return ""
}

func (a *About) setScope(value string) (problem string) {
	a.Cluster, a.Files = value == "cluster", value == "files"
	if !a.Cluster && !a.Files {
		return fmt.Sprintf("Scope must be cluster or files, not %q", value)
	}
	return ""
}

// headerLine matches a header line, which begins with a capital letter. Two blanks or a tab separate the word from
// its value; in prose there is one blank.
var headerLine = regexp.MustCompile(`^--[ \t]*([A-Z][A-Za-z]*(?: by)?)([ \t]+|$)(.*)$`)

// readAbout parses the comment at the top of the file. Errors wrap ErrInvalid and name file and line.
func (f *File) readAbout() (About, error) {
	a := About{Keys: 1, Class: "content", Golden: true}
	switch {
	case f.Name == "snapshot":
		a.Class = "anchor"
	case f.Name == "verify_chain":
		a.Class = "link"
	}
	if f.kind.oneRow {
		a.Keys = 0
	}
	if !f.kind.isQuery && !strings.HasPrefix(f.Name, "tamper/") {
		return a, nil // scripts have headers for people only
	}
	number := 0
	for line := range strings.Lines(f.Text) {
		if number++; !strings.HasPrefix(line, "--") {
			break
		}
		if problem := a.read(strings.TrimRight(line, "\r\n")); problem != "" {
			return a, fmt.Errorf("%w: %s:%d: %s", ErrInvalid, f.Path, number, problem)
		}
	}
	return a, nil
}

// read parses one line of the comment and returns what is wrong with it, or "".
func (a *About) read(line string) (problem string) {
	m := headerLine.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	name, gap, value := m[1], m[2], strings.TrimSpace(m[3])
	set, isKnown := aboutWords[name]
	isHeader := len(gap) > 1 || strings.Contains(gap, "\t")
	switch {
	case !isKnown && isHeader:
		return fmt.Sprintf("unknown header word %q; must be one of %s", name,
			strings.Join(slices.Sorted(maps.Keys(aboutWords)), ", "))
	case set == nil:
		return ""
	case value == "":
		return fmt.Sprintf("%s has no value", name)
	case !isHeader && name != "Caught by":
		return fmt.Sprintf("write two blanks after %s if it is meant as a header, or begin the sentence with another word",
			name)
	}
	return set(a, value)
}
