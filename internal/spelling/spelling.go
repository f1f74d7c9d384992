// Package spelling tells whether two texts of a definition mean the same. PostgreSQL prints the same definition in
// several ways, depending on the text that it parsed and on its major.
package spelling

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Same reports whether two definitions, given as COPY text, differ only in ways that PostgreSQL is known to print the
// same definition: parentheses that mean nothing, the cast of an array or of each element, constants with a sign, a
// table before an unambiguous column, an alias that repeats the name.
func Same(a, b string) bool {
	older, newer := wordsOf(a), wordsOf(b)
	return sameWords(older, newer) || sameWords(words(simplified(parse(older))), words(simplified(parse(newer))))
}

// lexeme matches a token of SQL: a string, a quoted name, a cast, a word, a number, an operator, or a single
// character. A function name includes its opening parenthesis.
var lexeme = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"\(?` +
	`|::\s*(?:"(?:[^"]|"")*"|[\pL_][\pL\pN_$]*)(?:\.(?:"(?:[^"]|"")*"|[\pL_][\pL\pN_$]*))*` +
	`(?: varying| precision)?(?:\([\d, ]*\))?(?: with(?:out)? time zone)?(?:\[\])*` +
	`|[\pL_][\pL\pN_$]*\(?|\d[\d.eE]*|\\[ntr]|[-+*/<>=~!@#%^&|?]+|\S`)

// negativeNumber matches a negative constant as it is printed, before its cast.
var negativeNumber = regexp.MustCompile(`^'(-\d[\d.eE]*)'$`)

var lsn = regexp.MustCompile(`^'([0-9A-F]+)/0*([0-9A-F]+)'$`)

// unquoted turns the text of an array of definitions, given as COPY text, into the definitions.
var unquoted = strings.NewReplacer(`\\"`, `"`, `\\\\`, `\\`, `"`, " ")

// wordsOf returns the tokens of a definition given as COPY text, each constant in one spelling.
func wordsOf(definition string) []string {
	if strings.HasPrefix(definition, "{") && strings.HasSuffix(definition, "}") {
		definition = unquoted.Replace(definition[1 : len(definition)-1])
	}
	tokens := slices.DeleteFunc(lexeme.FindAllString(definition, -1), func(word string) bool { return word[0] == '\\' })
	all := make([]string, 0, len(tokens))
	for i := 0; i < len(tokens); i++ {
		word, next := tokens[i], ""
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		var negative []string
		if word[0] == '\'' {
			negative = negativeNumber.FindStringSubmatch(word)
			word = lsn.ReplaceAllString(word, "$1/$2") // 19 pads LSNs with zeros
		}
		switch {
		case negative != nil && next == "::"+typeOf(negative[1]):
			all, i = append(all, negative[1]), i+1
		case word == "NO" && next == "INDENT": // of XMLSERIALIZE, the default, is printed from 16 on
			i++
		default:
			all = append(all, word)
		}
	}
	return all
}

// typeOf returns the type of a number without a cast.
func typeOf(number string) string {
	if _, err := strconv.ParseInt(number, 10, 32); err == nil {
		return "integer"
	}
	if _, err := strconv.ParseInt(number, 10, 64); err == nil {
		return "bigint"
	}
	return "numeric"
}

// sameWords reports whether two definitions have the same words, apart from what one side may leave out: AS before an
// alias, the alias of a constant or cast in a query whose columns have no names, and the table before an unambiguous
// column.
func sameWords(a, b []string) bool {
	var before []string
	for len(a) > 0 || len(b) > 0 {
		switch {
		case isColumn(before, a, b):
			a = a[2:]
		case isColumn(before, b, a):
			b = b[2:]
		case len(a) > 0 && len(b) > 0 && a[0] == b[0]:
			before, a, b = append(before, a[0]), a[1:], b[1:]
		case isAlias(before, a, b):
			a = withoutAlias(a, b)
		case isAlias(before, b, a):
			b = withoutAlias(b, a)
		default:
			return false
		}
	}
	return true
}

// isColumn reports whether words begin with a column whose table the other side leaves out, and not with a function,
// or a table, collation or operator class in a schema.
func isColumn(before, words, other []string) bool {
	last := before[max(0, len(before)-2):]
	isArgument := isArgument(before) || len(last) > 1 && last[len(last)-2] == "DISTINCT" // IS DISTINCT FROM
	isOther := !isArgument && len(last) > 0 && (slices.Contains([]string{"FROM", "JOIN", "INTO", "UPDATE", "USING", "ONLY",
		"TABLE", "COLLATE"}, last[len(last)-1]) || endsOperand(last[len(last)-1]) && last[len(last)-1] != ")")
	// otherwise it is a field of the column
	isNamed := len(other) > 1 && other[1] == "." && !(len(words) > 3 && words[3] == ".")
	return len(words) > 2 && len(other) > 0 && words[1] == "." && words[2] == other[0] && !isNamed && !isOther &&
		!strings.HasSuffix(other[0], "(")
}

// isArgument reports whether what follows words is an argument of a function whose arguments are separated by FROM.
func isArgument(words []string) bool {
	depth := 0
	for i := len(words) - 1; i >= 0 && words[len(words)-1] == "FROM"; i-- {
		switch isOpening := strings.HasSuffix(words[i], "("); {
		case words[i] == ")":
			depth++
		case isOpening && depth == 0:
			return slices.Contains([]string{"EXTRACT(", "SUBSTRING(", "TRIM(", "OVERLAY("}, words[i])
		case isOpening:
			depth--
		}
	}
	return false
}

// isAlias reports whether words begin with AS and an alias, of which the other side leaves out AS or, after a constant
// or a cast, both. Elsewhere an alias is the name that a row, for example in row_to_json, gives to the column.
func isAlias(before, words, other []string) bool {
	if len(words) < 2 || words[0] != "AS" || len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	return strings.HasPrefix(last, "::") || number.MatchString(last) || len(other) > 0 && words[1] == other[0]
}

// withoutAlias returns words without their leading AS, and without the alias after it if the other side has none.
func withoutAlias(words, other []string) []string {
	if len(other) > 0 && words[1] == other[0] {
		return words[1:]
	}
	return words[2:]
}
