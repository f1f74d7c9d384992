package archive

import (
	"iter"
	"slices"
	"strings"
)

// The statements that pg_dump 13 to 19 writes into an archive of one database (pg_dump.c, dumputils.c,
// pg_backup_archiver.c), except those of --create. Everything else is refused: statements about another database, a
// role or the server, statements that read or write files, and whatever pg_dump does not need.

// local are the kinds of objects that belong to one database, as named in CREATE, ALTER, DROP and COMMENT ON.
var local = kinds(`access method, aggregate, cast, collation, conversion, domain,
	event trigger, extension, foreign data wrapper, foreign table, function, index, language, materialized view,
	operator, operator class, operator family, policy, procedural language, procedure, property graph,
	publication, rule, schema, sequence, server, statistics, subscription, table, text search configuration,
	text search dictionary, text search parser, text search template, transform, trigger, type, user mapping, view`)

// The same, with the kinds that only one of these commands has.
var (
	created = append(kinds(`constraint trigger, default conversion, trusted language,
	trusted procedural language, unique index, unlogged sequence, unlogged table`), local...)
	altered   = append(kinds("default privileges, large object, routine"), local...)
	commented = append(kinds("column, constraint, large object, routine"), local...)
)

// granted are the kinds of objects on which rights are granted.
var granted = kinds("table, sequence, function, procedure, routine, schema, type, domain, language, large object, " +
	"foreign data wrapper, foreign server, property graph")

// settings are the parameters that pg_dump and pg_restore set.
var settings = kinds(`statement_timeout, lock_timeout, idle_in_transaction_session_timeout,
	transaction_timeout, client_encoding, standard_conforming_strings, check_function_bodies, xmloption,
	client_min_messages, row_security, escape_string_warning, default_tablespace, default_table_access_method,
	default_with_oids, default_toast_compression`)

// calls are the functions that pg_dump calls, with constants only.
var calls = kinds(`setval, lo_create, lo_open, lowrite, lo_close, lo_unlink, set_config,
	pg_restore_relation_stats, pg_restore_attribute_stats, pg_restore_extended_stats, pg_clear_relation_stats,
	pg_clear_attribute_stats`)

// constants are the words that may appear among the constants of a call or a row: constants themselves, and types
// that they are cast to.
var constants = kinds(`null, true, false, default, bigint, boolean, bool, double, precision,
	integer, int4, int8, jsonb, real, float4, float8, name, oid, pg_dependencies, pg_ndistinct, regclass, smallint, text`)

func kinds(list string) []string {
	all := strings.Split(list, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// Refusal returns an excerpt of the statement if it does not belong in an archive of one database, else "".
func (s *Statement) Refusal() string {
	if s.belongs() {
		return ""
	}
	return s.Excerpt()
}

func (s *Statement) belongs() bool {
	t := s.tokens
	switch {
	case t[0].is("set"):
		return s.isSetting()
	case t[0].is("reset"):
		return s.isExactly("reset", "session", "authorization")
	case t[0].is("begin"), t[0].is("commit"):
		return len(t) == 1
	case t[0].is("select"):
		return s.isCall() || s.isUnlink()
	case t[0].is("insert"):
		return s.isInsert()
	case t[0].is("copy"):
		return s.isPlainCopy()
	case t[0].is("grant"), t[0].is("revoke"):
		return s.isGrant()
	case t[0].is("refresh"):
		return s.starts("refresh materialized view")
	case t[0].is("comment"):
		return s.starts("comment on") && s.kindAt(2, commented) > 0
	case t[0].is("security"):
		return s.starts("security label for") && len(t) > 5 && t[4].is("on") && s.kindAt(5, commented) > 0
	}
	return s.isDefinition()
}

// Excerpt returns the beginning of a statement on one line, for messages.
func (s *Statement) Excerpt() string {
	return clip([]byte(strings.Join(strings.Fields(string(s.Text)), " ")))
}

// Words returns the bare words of the statement in lower case, and those of them that are outside all parentheses.
func (s *Statement) Words() (all, outside []string) {
	all = make([]string, 0, len(s.tokens))
	for _, t := range s.tokens {
		if t.kind == word {
			all = append(all, t.text)
		}
	}
	for _, t := range s.outside() {
		if t.kind == word {
			outside = append(outside, t.text)
		}
	}
	return all, outside
}

// Strings returns the string literals of the statement as written, the beginning of each.
func (s *Statement) Strings() (all []string) {
	for _, t := range s.tokens {
		if t.kind == str {
			all = append(all, t.text)
		}
	}
	return all
}

// creates reports whether a statement creates, drops or alters a database, as pg_dump --create and pg_dumpall write.
func (s *Statement) creates() bool {
	return s.starts("create database") || s.starts("drop database") || s.starts("alter database")
}

func (t token) is(text string) bool { return t.kind == word && t.text == text }

// isNamed reports whether a token is that name, quoted or not.
func (t token) isNamed(text string) bool {
	return t.is(text) || t.kind == name && t.text == `"`+text+`"`
}

func (t token) isMark(text string) bool { return t.kind == mark && t.text == text }

func (t token) isIdentifier() bool { return t.kind == word || t.kind == name }

// starts reports whether the statement begins with those words.
func (s *Statement) starts(words string) bool { return s.wordsAt(0, words) > 0 }

// wordsAt returns the position after those words if they are at i, else 0.
func (s *Statement) wordsAt(i int, words string) int {
	for w := range strings.FieldsSeq(words) {
		if i >= len(s.tokens) || !s.tokens[i].is(w) {
			return 0
		}
		i++
	}
	return i
}

// kindAt returns the position after the longest of the kinds at i, or 0 if there is none.
func (s *Statement) kindAt(i int, kinds []string) (after int) {
	for _, kind := range kinds {
		after = max(after, s.wordsAt(i, kind))
	}
	return after
}

func (s *Statement) isExactly(words ...string) bool {
	return len(s.tokens) == len(words) && s.starts(strings.Join(words, " "))
}

// setting returns the parameter and value of SET variable = value (or TO value), both in lower case, or "" if the
// statement is anything else. If the value is a string in another notation than plain quotes, that notation is kept.
func (s *Statement) setting() (variable, value string) {
	t := s.tokens
	if len(t) != 4 || !t[0].is("set") || t[1].kind != word || !(t[2].isMark("=") || t[2].is("to")) {
		return "", ""
	}
	return t[1].text, lowered(strings.Trim(t[3].text, "'"))
}

// isSetting reports whether the statement sets what pg_dump sets. search_path is not included: pg_dump clears it with
// set_config.
func (s *Statement) isSetting() bool {
	t := s.tokens
	if s.starts("set session authorization") {
		return len(t) == 4 && (t[3].isIdentifier() || t[3].kind == str)
	}
	if len(t) < 4 || t[1].kind != word || !slices.Contains(settings, t[1].text) || !(t[2].isMark("=") || t[2].is("to")) {
		return false
	}
	_, value := s.setting()
	switch t[1].text {
	case "standard_conforming_strings":
		return value == "on" || value == "off"
	case "client_encoding":
		return t[3].kind == str && len(t) == 4
	}
	return len(t) == 4
}

// isCall reports whether the statement calls one of pg_dump's functions, with constants only.
func (s *Statement) isCall() bool {
	t, i := s.tokens, 1
	if s.wordsAt(0, "select") == 1 && len(t) > 3 && t[1].isMark("*") && t[2].is("from") {
		i = 3
	}
	if len(t) > i+1 && t[i].is("pg_catalog") && t[i+1].isMark(".") {
		i += 2
	}
	if len(t) < i+3 || t[i].kind != word || !slices.Contains(calls, t[i].text) || !t[i+1].isMark("(") ||
		!t[len(t)-1].isMark(")") {
		return false
	}
	arguments := t[i+2 : len(t)-1]
	if t[i].text == "set_config" && !(arguments[0].kind == str && arguments[0].text == "'search_path'" &&
		len(arguments) == 5 && arguments[2].text == "''") {
		return false
	}
	return s.rest == nil && !slices.ContainsFunc(arguments,
		func(a token) bool { return !a.isConstant() || a.isMark("(") || a.isMark(")") })
}

// isUnlink reports whether the statement removes a large object if it exists, as --clean --if-exists does.
func (s *Statement) isUnlink() bool {
	const shape = "select pg_catalog . lo_unlink ( oid ) from pg_catalog . pg_largeobject_metadata where oid = ?"
	fields := strings.Fields(shape)
	if len(s.tokens) != len(fields) {
		return false
	}
	for i, f := range fields {
		if s.tokens[i].text != f && !(f == "?" && s.tokens[i].kind == str) {
			return false
		}
	}
	return true
}

// isConstant reports whether a token may be in a list of constants, with or without parentheses.
func (t token) isConstant() bool {
	switch t.kind {
	case str, number:
		return true
	case word:
		return slices.Contains(constants, t.text)
	case mark:
		return strings.Contains("( ) , :: - + [ ]", t.text)
	}
	return false
}

// isInsert reports whether the statement inserts rows of constants: INSERT INTO name (columns) VALUES (...), (...).
func (s *Statement) isInsert() bool {
	i := s.wordsAt(0, "insert into")
	if i == 0 {
		return false
	}
	i = s.columns(s.qualified(i))
	if after := s.wordsAt(i, "overriding system value"); after > 0 {
		i = after
	}
	if i > 0 && s.wordsAt(i, "default values") == len(s.tokens) {
		return true
	}
	if i == 0 || s.wordsAt(i, "values") == 0 {
		return false
	}
	values := s.tokens[i+1:]
	if n := len(values); s.wordsAt(len(s.tokens)-4, "on conflict do nothing") > 0 && n > 4 {
		values = values[:n-4]
	}
	for text := range s.rest {
		if !(token{mark, text}).isConstant() && !(token{word, text}).isConstant() &&
			!slices.Contains([]string{"on", "conflict", "do", "nothing"}, text) {
			return false
		}
	}
	return !slices.ContainsFunc(values, func(t token) bool { return !t.isConstant() })
}

// isCopy reports whether COPY data follows the statement.
func (s *Statement) isCopy() bool {
	if !s.starts("copy") {
		return false
	}
	for i, t := range s.outside() {
		if t.is("from") {
			return s.wordsAt(i, "from stdin") > 0
		}
	}
	return false
}

// isPlainCopy reports whether the statement is COPY name (columns) FROM stdin and nothing more.
func (s *Statement) isPlainCopy() bool {
	i := s.columns(s.qualified(1))
	return i > 0 && s.wordsAt(i, "from stdin") == len(s.tokens) && s.rest == nil
}

// qualified returns the position after the name at i, which may have a schema, but not one of the server's own; 0 if
// there is no such name.
func (s *Statement) qualified(i int) int {
	t := s.tokens
	if i >= len(t) || !t[i].isIdentifier() {
		return 0
	}
	if i+2 < len(t) && t[i+1].isMark(".") && t[i+2].isIdentifier() {
		if isCatalog(t[i]) {
			return 0
		}
		return i + 3
	}
	return i + 1
}

// isCatalog reports whether a token names a schema that no archive may touch.
func isCatalog(t token) bool {
	return t.isNamed("pg_catalog") || t.isNamed("information_schema") || t.isNamed("pg_toast")
}

// columns returns the position after a list of names in parentheses at i: i if there is no list, 0 if it is another
// kind of list.
func (s *Statement) columns(i int) int {
	t := s.tokens
	if i == 0 || i >= len(t) || !t[i].isMark("(") {
		return i
	}
	for i++; i+1 < len(t) && t[i].isIdentifier(); i += 2 {
		if t[i+1].isMark(")") {
			return i + 2
		}
		if !t[i+1].isMark(",") {
			return 0
		}
	}
	return 0
}

// isGrant reports whether the statement grants or revokes rights on an object of this database, not membership in a
// role or rights on objects of the server.
func (s *Statement) isGrant() bool {
	for i, t := range s.outside() {
		switch {
		case t.is("on"):
			return s.kindAt(i+1, granted) > 0
		case t.is("to"), t.is("from"):
			return false
		}
	}
	return false
}

// isDefinition reports whether the statement creates, alters or drops an object of this database.
func (s *Statement) isDefinition() bool {
	t := s.tokens
	after := 0
	switch {
	case t[0].is("create"):
		if after = s.kindAt(max(1, s.wordsAt(1, "or replace")), created); after == 0 {
			return false
		}
		switch {
		case s.starts("create schema"): // and no elements in it
			return len(t) == 3
		case s.starts("create subscription"):
			return s.hasRun("connect", "=", "false")
		case s.wordsAt(1, "table") > 0, s.wordsAt(1, "unlogged table") > 0:
			if _, outside := s.Words(); slices.Contains(outside, "as") {
				return false
			}
		case s.wordsAt(1, "materialized view") > 0:
			if !s.hasRun("with", "no", "data") {
				return false
			}
		}
	case t[0].is("alter"):
		if after = s.kindAt(1, altered); after == 0 || s.starts("alter extension") {
			return false
		}
		if s.starts("alter subscription") {
			return s.hasRun("owner", "to")
		}
		if s.hasRun("set", "schema") {
			return false
		}
	case t[0].is("drop"):
		return s.kindAt(1, local) > 0
	}
	return after > 0 && !s.isInCatalog(after)
}

// isInCatalog reports whether the object named at i is in one of the server's own schemas.
func (s *Statement) isInCatalog(i int) bool {
	for _, more := range []string{"if not exists", "if exists", "only"} {
		if after := s.wordsAt(i, more); after > 0 {
			i = after
		}
	}
	t := s.tokens
	return i+1 < len(t) && isCatalog(t[i]) && t[i+1].isMark(".")
}

// hasRun reports whether the statement has those tokens in a row.
func (s *Statement) hasRun(texts ...string) bool {
	for i := 0; i+len(texts) <= len(s.tokens); i++ {
		if slices.EqualFunc(s.tokens[i:i+len(texts)], texts,
			func(t token, text string) bool { return t.kind != str && t.kind != name && t.text == text }) {
			return true
		}
	}
	return false
}

// outside returns the tokens outside all parentheses, by their positions.
func (s *Statement) outside() iter.Seq2[int, token] {
	return func(yield func(int, token) bool) {
		depth := 0
		for i, t := range s.tokens {
			switch {
			case t.isMark("("):
				depth++
			case t.isMark(")"):
				depth--
			case depth == 0 && !yield(i, t):
				return
			}
		}
	}
}
