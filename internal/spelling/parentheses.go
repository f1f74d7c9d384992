package spelling

import (
	"regexp"
	"slices"
	"strings"
)

// A node is a token of a definition, or what opens a group.
type node struct {
	word string
	*group
}

// A group is what is between an opening token and a closing one.
type group struct {
	inner   []node
	closing string
}

// closings are what closes a group that a token opens.
var closings = map[string]string{"[": "]", "CASE": "END"}

// parse returns words as nodes. What closes nothing is a token, and so is what is not closed.
func parse(words []string) []node {
	type opening struct {
		at      int // where the group begins among nodes
		closing string
	}
	var open []opening
	nodes := make([]node, 0, len(words)) // of all groups that are open
	for _, word := range words {
		closing := closings[word]
		if strings.HasSuffix(word, "(") {
			closing = ")"
		}
		last := len(open) - 1
		switch {
		case closing != "":
			open = append(open, opening{len(nodes), closing})
			nodes = append(nodes, node{word: word})
		case last >= 0 && open[last].closing == word:
			at := open[last].at
			nodes[at].group = &group{slices.Clone(nodes[at+1:]), word}
			nodes, open = nodes[:at+1], open[:last]
		default:
			nodes = append(nodes, node{word: word})
		}
	}
	return nodes
}

func (n node) isParenthesised() bool { return n.group != nil && n.word == "(" }

// words returns the tokens of nodes.
func words(nodes []node) []string {
	all := make([]string, 0, 2*len(nodes))
	var add func([]node)
	add = func(nodes []node) {
		for _, n := range nodes {
			all = append(all, n.word)
			if n.group != nil {
				add(n.inner)
				all = append(all, n.closing)
			}
		}
	}
	add(nodes)
	return all
}

// How strongly operators bind, the weakest first (PostgreSQL documentation, "Operator Precedence").
const (
	none = iota // what is not an operator, and so ends an expression
	or
	and
	not
	is
	comparison
	in
	operator // every other operator
	sum
	product
	power
	zone
	collate
	sign
	cast
	operand // a name, a constant, a group
)

var strengths = map[string]int{
	"OR": or, "AND": and, "NOT": not, "IS": is, "=": comparison, "<": comparison, ">": comparison, "<=": comparison,
	">=": comparison, "<>": comparison, "IN": in, "OVERLAPS": in, "+": sum, "-": sum, "*": product, "/": product,
	"%": product, "^": power, "AT": zone, "COLLATE": collate, "OPERATOR(": operator,
}

// Words in upper case, which are keywords since PostgreSQL quotes such a name.
var (
	operands = []string{"NULL", "DISTINCT", "FROM", "UNKNOWN", "TRUE", "FALSE", "DOCUMENT", "NORMALIZED", "JSON", "OBJECT",
		"SCALAR", "ANY", "ALL", "ARRAY", "ROW", "EXISTS", "TIME", "ZONE", "LOCAL", "E", "CURRENT_DATE", "CURRENT_TIMESTAMP",
		"CURRENT_TIME", "LOCALTIME", "LOCALTIMESTAMP", "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE", "CURRENT_SCHEMA",
		"CURRENT_CATALOG"}
	// An expression follows these.
	heads = []string{"WHEN", "THEN", "ELSE", "CASE", "WHERE", "HAVING", "BY", "LIMIT", "OFFSET", "SELECT", "DISTINCT",
		"RETURN", "DEFAULT"}
)

// strengthOf returns how strongly the operator of a word binds; operand if it is one.
func strengthOf(word string) int {
	switch strength, isKnown := strengths[word]; {
	case isKnown:
		return strength
	case strings.HasSuffix(word, "("), slices.Contains(operands, word):
		return operand
	case strings.HasPrefix(word, "::"):
		return cast
	case slices.Contains([]string{",", ";", ":", "=>", ":="}, word):
		return none
	case strings.Trim(word, "-+*/<>=~!@#%^&|?") == "":
		return operator
	case word != strings.ToLower(word) && word == strings.ToUpper(word) && !strings.ContainsAny(word[:1], `'"`):
		return none
	}
	return operand
}

// endsOperand reports whether a word ends an operand, so that a minus after it has two sides.
func endsOperand(word string) bool {
	return strengthOf(word) >= cast && word != "[" && !strings.HasSuffix(word, "(") && word != "FROM" && word != "DISTINCT"
}

// strengthAt returns how strongly the operator nodes[i] binds; operand if it is one.
func strengthAt(nodes []node, i int) int {
	word := nodes[i].word
	isFirst := i == 0 || nodes[i-1].group == nil && !endsOperand(nodes[i-1].word)
	switch {
	case i > 0 && nodes[i-1].word == ".": // t.*
		return operand
	case isFirst && (word == "-" || word == "+"):
		return sign
	case nodes[i].group != nil && word != "OPERATOR(":
		return operand
	}
	return strengthOf(word)
}

// weakest returns the strength of the weakest operator of an expression.
func weakest(nodes []node) int {
	least := operand
	for i := range nodes {
		least = min(least, strengthAt(nodes, i))
	}
	return least
}

// simplified returns nodes without parentheses that mean nothing, and with the cast of an array at each of its
// elements, where PostgreSQL has it once it has parsed what it printed.
func simplified(nodes []node) []node {
	all := make([]node, 0, len(nodes))
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if n.group != nil {
			n.inner = simplified(n.inner)
		}
		if n.isParenthesised() && isNeedless(all, n.inner, nodes[i+1:]) {
			all = append(all, n.inner...)
		} else {
			all = append(all, n)
		}
		if i+1 == len(nodes) || strengthOf(nodes[i+1].word) != cast {
			all = signed(all)
		}
		last := len(all) - 1
		if last < 1 || all[last].word != "[" || all[last].group == nil || all[last-1].word != "ARRAY" {
			continue
		}
		for i+1 < len(nodes) && strengthOf(nodes[i+1].word) == cast && strings.HasSuffix(nodes[i+1].word, "[]") {
			i++
			all[last].inner = castEach(all[last].inner, strings.TrimSuffix(nodes[i].word, "[]"))
		}
	}
	return all
}

// signed returns nodes with a number and the signs before it as one constant: parsed again, they are one.
func signed(nodes []node) []node {
	for last := len(nodes) - 1; last > 0 && nodes[last-1].word == "-" && number.MatchString(nodes[last].word) &&
		strengthAt(nodes, last-1) == sign; last-- {
		negated, isNegative := strings.CutPrefix(nodes[last].word, "-")
		if !isNegative {
			negated = "-" + negated
		}
		nodes = append(nodes[:last-1:last-1], node{word: negated})
	}
	return nodes
}

var number = regexp.MustCompile(`^-?\d[\d.eE]*$`)

// isNeedless reports whether parentheses around inner change nothing: they are in the place of an operand, and inner
// binds more strongly than what is before and after it.
func isNeedless(before, inner, after []node) bool {
	left, right, binds := none, none, weakest(inner)
	if last := len(before) - 1; last >= 0 {
		left = strengthAt(before, last)
		switch word := before[last].word; {
		case word == "FROM": // IS DISTINCT FROM
			left = is
		case slices.Contains(heads, word):
			left = none
		case left == none && strings.ToLower(word) != word: // another keyword
			return false
		case left == is, left == in, left == zone, left == collate, left == cast, left == operand:
			return false
		}
	}
	if len(after) > 0 {
		right = strengthOf(after[0].word)
		switch word := after[0].word; {
		case word == "FROM":
			right = none
		case word == ".", right == operand:
			return false
		}
	}
	isEither := binds == and || binds == or // in any order
	isNext := binds != comparison && binds != is && binds != in && binds != not
	return binds > none && (binds > left || binds == left && isEither) && (binds > right || binds == right && isNext)
}

// castEach returns the elements of an array, each with a cast.
func castEach(inner []node, to string) (all []node) {
	for len(inner) > 0 {
		end := slices.IndexFunc(inner, func(n node) bool { return n.word == "," })
		if end < 0 {
			end = len(inner)
		}
		element := inner[:end:end]
		switch {
		case end == 2 && element[0].word == "ARRAY" && element[1].word == "[" && element[1].group != nil:
			element[1].inner = castEach(element[1].inner, to)
		case weakest(element) < cast:
			element = []node{{"(", &group{element, ")"}}, {word: to}}
		case element[end-1].word != to:
			element = append(element, node{word: to})
		}
		all = append(all, element...)
		if inner = inner[end:]; len(inner) > 0 {
			all, inner = append(all, inner[0]), inner[1:]
		}
	}
	return all
}
