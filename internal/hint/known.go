package hint

import (
	"regexp"
)

const (
	standbyHint = "a standby cancels the sessions that hold up its replay: raise its max_standby_streaming_delay, " +
		"turn on its hot_standby_feedback, or dump when the primary is quiet"
	pinHint = "a restore runs with an empty search_path, and the function $1 depends on it: at the source, alter " +
		"function $1 set search_path = ... (if it belongs to an extension, call it from a function of your own " +
		"that sets it), then dump again"
	catalogHint = "someone created $1 in pg_catalog, and an archive has nothing from there: at the source, create " +
		"it in a schema of your own, and use that; then dump again"
	operatorHint = "JOIN USING, NATURAL JOIN, IN, NULLIF, IS DISTINCT FROM, CASE x WHEN and comparisons of rows " +
		"are dumped without the schema of their operator, and a restore does not find $1: at the source, write " +
		"them with = or <> (JOIN ON, CASE WHEN x = y), then dump again"
	immutableHint = "a function of an extension or of PostgreSQL was made immutable at the source, with alter " +
		"function, and an archive does not have such changes: at the source, use an immutable function of your " +
		"own that calls it, then dump again"
)

// failures are the failures that users meet, recognized by the message of the server or program, and what to do about
// each. The first match counts. $1 in the advice is the first group of its pattern. For an archive that cannot be
// restored as it is, the advice names the cause and what to change at the source.
var failures = []struct{ pattern, advice string }{
	{`SQLSTATE 53100|Check free disk space`,
		"free some space on the server's disk; a throw-away cluster is in TMPDIR, which can point at another disk"},
	{`(?i)no space left on device`, "free some space, or point TMPDIR at a disk that has it"},
	{`unrecognized parameter "pg_attver"`,
		"the server keeps a token in pg_attribute that this pg_dump does not know: use the pg_dump of the " +
			"server's own minor release"},
	{`unrecognized configuration parameter "transaction_timeout"`,
		"use pg_dump and pg_restore of version 16 or older for a server of version 16 or older"},
	{`canceling statement due to (statement|lock) timeout`,
		"another session waits to change a table while it is dumped (TRUNCATE, ALTER TABLE, VACUUM FULL ...): " +
			"dump when it is done"},
	{`conflict with recovery`, standbyHint},
	{`the connection to the server was lost|server closed the connection unexpectedly|unexpected EOF|` +
		`connection reset by peer`,
		"the session was terminated, or the server went down: see its log; " + standbyHint},
	{`invalid snapshot identifier`,
		"the session that held the snapshot is gone: it was terminated, or a pooler is in front of the server; " +
			"dump again, from the server itself"},
	{`out of shared memory`, "the server has no room for that many locks; a dump takes two on each table, " +
		"pg_dump's own and that of the session whose snapshot it uses: raise max_locks_per_transaction on the " +
		"server, which needs a restart"},
	{`too many connections for (role|database)`,
		"raise its connection limit (alter $1 ... connection limit ...): a dump or restore needs two connections " +
			"at once, and one more for each further job"},
	{`could not (?:access file|load library) "([^"]+)"[^\n]*Permission denied`,
		"a throw-away cluster may read PostgreSQL's own folders only: install $1 in the folder that pg_config " +
			"--pkglibdir prints, or restore on a server that has it, named by -dsn"},
	{`could not (?:access file|load library) "([^"]+)"`,
		"the server lacks the library $1: install the extension that it belongs to, for this major, or name a server " +
			"that has it with -dsn"},
	{`unsupported startup parameter`, "a connection pooler is in front of the server: connect to the server itself"},
	{`aborting because of server version mismatch`, "use a pg_dump that is not older than the server"},
	{`unsupported version`, "use a pg_restore that is not older than the pg_dump that wrote the archive"},
	{`permission denied for (\w+ \S+)\n\s*Command was: REFRESH MATERIALIZED VIEW ([^;\n]+)`,
		"$2 is refreshed with the rights of its owner, who may not read the $1: the refresh fails at the source, " +
			"too; grant the right there, or give $2 another owner, then dump again"},
	{`permission denied for (?:table|view|function) (pg_\w+)`,
		"the right to read PostgreSQL's own catalogs was revoked from public: an administrator grants it to the role"},

	// What an archive lacks, or holds and no server accepts.
	{`invalid input syntax for type money`,
		"how money is written depends on lc_monetary, and an archive does not have that setting: restore on a " +
			"server that has the source's, or name it in -dsn: options=-clc_monetary=NAME"},
	{`functions in index (?:expression|predicate) must be marked IMMUTABLE`, immutableHint},
	{`(?:generation expression is not immutable|functions in partition key expression must be marked IMMUTABLE)`,
		immutableHint},
	{`cannot accept a value of type (pg_\w+)[^\n]*\n[^\n]*COPY ([^,\n]+), line \d+, column ([^:\n]+)`,
		"the column $3 of the table $2 is a copy of one in a catalog, and servers print its type, $1, but do not " +
			"read it: at the source, alter table $2 alter column $3 type text, or drop the column, then dump again"},
	{`materialized view "([^"]+)" has not been populated(?s:.*)Command was: REFRESH MATERIALIZED VIEW ([^;\n]+)`,
		"$2 reads $1 through a function, which pg_dump cannot see, so it is refreshed before $1: at the source, " +
			"name $1 in the query of $2 itself, or give $2 a name that sorts after $1; then dump again"},
	{`unrecognized configuration parameter "([^"]+\.[^"]+)"`,
		"the source sets $1 for the database or a role, and an archive does not have that: restore with -dsn and " +
			"options=-c$1=VALUE in it, or write current_setting('$1', true) at the source"},
	{`(?:function|type|operator|relation|collation|text search \w+|operator class) "?pg_catalog\.([^ ]+)`, catalogHint},
	{`constraint "([^"]+)" for relation "([^"]+)" already exists`,
		"PostgreSQL 18 gives each not-null constraint a name, TABLE_COLUMN_not_null, and a check constraint of " +
			"the source has that name: at the source, alter table $2 rename constraint $1 to another name, then dump " +
			"again"},
	{`COPY failed for table "([^"]+)": ERROR:  duplicate key value violates unique constraint`,
		"the table $1 has rows before its own are restored: an extension's script filled it, and the archive has " +
			"some of the same rows: at the source, give the extension a filter for its own rows " +
			"(pg_extension_config_dump), or delete them from the archive's list (pg_restore -L)"},
	{`does not exist(?s:.*?)(?:SQL|PL/pgSQL) function "?([^"\n]+?)"? (?:during|statement|line) `, pinHint},
	{`(?:relation|type|function) "?([^"\s(]+)[^\n]* does not exist(?s:.*)\nQUERY:(?s:.*)` +
		`Command was: REFRESH MATERIALIZED VIEW ([^;\n]+)`,
		"$2 runs a query in a string that finds $1 through the search_path, which is empty in a restore: at the " +
			"source, write $1 with its schema in that string, then dump again"},
	{`(?:relation|type|function|text search \w+) "?([^"\s(]+)[^\n]* does not exist\n\s*` +
		`Command was: REFRESH MATERIALIZED VIEW ([^;\n]+)`,
		"$2 finds $1, which is in a string, through the search_path, which is empty in a restore: at the source, " +
			"write $1 with its schema in that string, then dump again"},
	{`operator does not exist: ([^\n]*\w\.[^\n]*)\nLINE \d+: `, operatorHint}, // a type or it has a schema
	{`operator does not exist: ([^\n]+)\nLINE \d+: `, catalogHint},
	// An archive qualifies every name except those in pg_catalog.
	{`(?:function|type|operator) "?(\w+(?:\([^)\n]*\))?)"? does not exist\nLINE \d+: `, catalogHint},
	{`(function|operator|type|relation|aggregate) "?([^"\s]+)"? already exists`,
		"the $1 $2 exists before the archive creates it: an extension created it, and at the source it was taken " +
			"out of that extension (alter extension ... add $1 $2), or its sequence was given to a table (alter " +
			"sequence $2 owned by none); then dump again"},
	{`COPY failed for table "([^"]+)": ERROR:  null value in column "([^"]+)"`,
		"the rows of $1 have nulls in $2, which a parent of $1 does not allow, and a restore creates $1 like its parent: " +
			"at the source, fill them and set $2 not null in $1, too, or let the parent allow nulls; then dump again"},
	{`inherited column "([^"]+)" has a (?:storage parameter|compression method) conflict`,
		"the parents of a table have the column $1 with different storage or compression: at the source, make them " +
			"the same (alter table only ... alter column $1 set ...), then dump again"},
	{`(?:VALUE \(-?\d+\)) is out of range for sequence data type`,
		"an identity column has another type than its sequence, which has limits that the column's type does not " +
			"allow: at the source, set others with alter sequence, then dump again"},
	{`language "([^"]+)" already exists`,
		"a new database already has a language $1, from an extension: at the source, drop the language, create " +
			"extension $1, then dump again"},
	{`could not create unique index "([^"]+)"`,
		"the rows of the source violate its own unique index, which is damaged, often because the collations of " +
			"the operating system changed: at the source, remove the duplicates and reindex index $1, then dump again"},
	{`COPY failed for table "([^"]+)": ERROR:  (?:new row|value for domain)[^\n]* violates check constraint "([^"]+)"`,
		"the rows of the source do not satisfy its own constraint $2 when they are restored: it reads more than " +
			"its row (another table, a setting, the time), or its function has been replaced; at the source, use a " +
			"trigger for that, or mark it not valid; then dump again"},
	{`violates foreign key constraint "([^"]+)"`,
		"the rows of the source do not satisfy its own foreign key $1: they were changed with triggers turned " +
			"off; at the source, fix the rows, or create the constraint again as not valid, then dump again"},
	{`row-level security policy for table "([^"]+)"\n\s*Command was: REFRESH MATERIALIZED VIEW ([^;\n]+)`,
		"$2 is refreshed with the rights of its owner, who sees only some rows of $1, and an archive turns row " +
			"security off: restore with -- --enable-row-security, or give the owner of $2 the attribute bypassrls"},
	{`Command was: REFRESH MATERIALIZED VIEW ([^;\n]+)`,
		"the query of $1 fails on the present rows: refresh materialized view $1 at the source, and if it fails " +
			"there, too, fix its query or rows, or drop it; then dump again"},
	{`(?:schema|relation|constraint|table|function) "?([^"\n]+?)"? (?:of relation "[^"\n]+" )?does not exist\n\s*` +
		`Command was: (?:DROP |ALTER TABLE [^\n]+ (?:DROP|ALTER COLUMN [^\n]+ DROP) )`,
		"the archive was made with --clean, and begins by dropping what a new database does not have: dump without " +
			"--clean, or with --if-exists, too"},
	{`(?:schema "([^"\n]+)"|relation "([^"\n]+\.[^"\n]+)"|type "([^"\n]+\.[^"\n]+)") does not exist\n(?s:.*)Command was: `,
		"the archive does not create $1$2$3, which its next statement needs: if it was made with -a, -t, -n or another " +
			"option that leaves out part of the database, dump the whole database"},
}

// patterns are the compiled patterns of failures.
var patterns = func() (known []*regexp.Regexp) {
	for _, h := range failures {
		known = append(known, regexp.MustCompile(h.pattern))
	}
	return known
}()

// Explain adds advice to an error that users commonly meet. An error that already has advice is returned unchanged.
func Explain(err error) error {
	if err == nil || Of(err) != "" {
		return err
	}
	text := err.Error()
	for i, known := range patterns {
		if at := known.FindStringSubmatchIndex(text); at != nil {
			return &Error{Err: err, Hint: string(known.ExpandString(nil, failures[i].advice, text, at))}
		}
	}
	return err
}
