package archive

import (
	"slices"
	"strings"
)

// A Turn is the stage of a restore, by a role without superuser, in which a statement runs. That role makes all it
// can. What it may not make, but nothing else depends on, comes after rows and indexes. Only a superuser can give
// away owners and grants. Event triggers come last, since they would fire for every statement before.
type Turn int

// The turns of statements.
const (
	Makes Turn = iota
	Late
	Grants
	Fires
)

// Turn returns the turn of a statement.
func (s *Statement) Turn() Turn {
	switch {
	case s.hasWordsAt(1, "event trigger"), s.starts("comment on event trigger"),
		s.starts("security label for") && s.hasRun("on", "event", "trigger"):
		return Fires
	case s.starts("grant"), s.starts("revoke"), s.starts("alter default privileges"), s.starts("security label"),
		s.isOwner(), s.starts("set session authorization"), s.starts("reset session authorization"):
		return Grants
	case s.kindAt(1, late) > 0, s.kindAt(2, late) > 0:
		return Late
	}
	return Makes
}

// late are the kinds of objects that may need a superuser and that nothing else depends on.
var late = kinds("publication, subscription")

func (s *Statement) hasWordsAt(i int, words string) bool { return s.wordsAt(i, words) > 0 }

// isOwner reports whether the statement sets the owner of an object, and does nothing else.
func (s *Statement) isOwner() bool {
	n := len(s.tokens)
	if n < 6 || !s.tokens[0].is("alter") || s.wordsAt(n-3, "owner to") != n-1 || s.rest != nil {
		return false
	}
	for _, t := range s.outside() {
		if t.isMark(",") { // another action
			return false
		}
	}
	return true
}

// IsAllowed reports whether a superuser may run the statement on behalf of a role that may not. The statement must
// not run code of the archive, nor create anything through which such code would gain rights that the role lacks. Not
// allowed are therefore: any expression (even a constant of a type with a check runs that check), functions in an
// untrusted language, types, casts, aggregates and operator classes that could make the server misread memory as
// another type, foreign tables and user mappings, which reach further if a superuser made them, and handlers.
func (s *Statement) IsAllowed() bool {
	switch {
	case s.rest != nil:
		return false
	case s.starts("comment on"):
		return true
	case s.starts("alter operator family"), s.starts("create operator class"):
		return s.isPlainClass()
	case s.starts("create operator family"), s.starts("alter subscription"), s.starts("create subscription"):
		return true
	case s.starts("alter publication"), s.starts("create publication"):
		return !s.hasWord("where")
	case s.starts("create foreign data wrapper"): // without a handler it does nothing; a validator would be called
		return !s.hasWord("handler", "validator")
	case s.starts("create function"), s.starts("create procedure"): // not "or replace": it may be an extension's
		return s.isPlainRoutine()
	}
	return false
}

// isPlainClass reports whether the statement only names the functions by which an index compares or hashes a type,
// and these are functions of that type.
func (s *Statement) isPlainClass() bool {
	if !s.hasRun("using", "btree") && !s.hasRun("using", "hash") || s.hasWord("storage") {
		return false
	}
	for i, t := range s.tokens {
		if !t.is("function") {
			continue
		}
		of, next := s.listAt(i + 2)
		for next > 0 && next < len(s.tokens) && !s.tokens[next].isMark("(") { // the function's name
			next++
		}
		takes, _ := s.listAt(next)
		if len(of) != 2 || !s.hasTextAt(i+1, "1") && !(s.hasTextAt(i+1, "2") && s.hasRun("using", "hash")) {
			return false
		}
		if s.hasTextAt(i+1, "2") {
			of[1] = "bigint" // the salt of a hash function
		}
		if len(takes) == 0 || len(takes) > 2 || !slices.Equal(takes, of[:len(takes)]) {
			return false
		}
	}
	return true
}

func (s *Statement) hasTextAt(i int, text string) bool {
	return i < len(s.tokens) && s.tokens[i].text == text
}

// listAt returns the list in parentheses that begins at i, and the position after it; nil if there is none.
func (s *Statement) listAt(i int) (parts []string, after int) {
	if i <= 0 || i >= len(s.tokens) || !s.tokens[i].isMark("(") {
		return nil, 0
	}
	part, depth := "", 0
	for i++; i < len(s.tokens); i++ {
		switch t := s.tokens[i]; {
		case t.isMark(")") && depth == 0:
			return append(parts, part), i + 1
		case t.isMark(",") && depth == 0:
			parts, part = append(parts, part), ""
			continue
		case t.isMark("("):
			depth++
		case t.isMark(")"):
			depth--
		}
		part = strings.TrimSpace(part + " " + s.tokens[i].text)
	}
	return nil, 0
}

// isPlainRoutine reports whether the statement creates a routine in one of the trusted languages that initdb
// installs, which runs with the rights of its caller and whose definition has no expression outside the text of its
// body.
func (s *Statement) isPlainRoutine() bool {
	isLanguage := func(t token) bool { return t.is("language") }
	at := slices.IndexFunc(s.tokens, isLanguage)
	// An argument can be called language.
	if at < 0 || at+1 == len(s.tokens) || slices.ContainsFunc(s.tokens[at+1:], isLanguage) {
		return false
	}
	return (s.tokens[at+1].is("sql") || s.tokens[at+1].is("plpgsql")) &&
		!s.hasWord("default", "atomic", "return", "support", "definer") &&
		!slices.ContainsFunc(s.tokens, func(t token) bool { return t.isMark("=") })
}

// hasWord reports whether one of the words occurs anywhere.
func (s *Statement) hasWord(words ...string) bool {
	return slices.ContainsFunc(s.tokens, func(t token) bool { return t.kind == word && slices.Contains(words, t.text) })
}

// IsExtension reports whether the statement creates an extension.
func (s *Statement) IsExtension() bool { return s.starts("create extension") }

// IsWrapper reports whether the statement creates a foreign data wrapper.
func (s *Statement) IsWrapper() bool { return s.starts("create foreign data wrapper") }

// IsGround reports whether an extension's script may still run after the statement: the statement made nothing that
// the script could call.
func (s *Statement) IsGround() bool {
	return !s.starts("create") || s.hasWordsAt(1, "schema") || s.hasWordsAt(1, "collation") || s.IsExtension()
}

// BringsCode reports whether the statement brings functions, which could run any statement.
func (s *Statement) BringsCode() bool {
	i := max(1, s.wordsAt(1, "or replace"))
	return s.starts("create") && s.kindAt(i, []string{"function", "procedure", "extension"}) > 0
}

// IsSetting reports whether the statement sets how the others are run.
func (s *Statement) IsSetting() bool {
	return s.starts("set") && !s.starts("set session authorization") || s.starts("select") && s.hasRun("set_config", "(")
}

// IsEncoding reports whether the statement sets how the text of the others is read.
func (s *Statement) IsEncoding() bool {
	variable, _ := s.setting()
	return variable == "client_encoding" || variable == "standard_conforming_strings"
}

// IsAuthorization reports whether another role is in force after the statement; was is whether one was before it.
func (s *Statement) IsAuthorization(was bool) bool {
	ends := s.starts("set session authorization default") || s.starts("reset session authorization")
	return !ends && (was || s.starts("set session authorization"))
}
