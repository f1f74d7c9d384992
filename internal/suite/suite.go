// Package suite defines a folder of .sql files: which files there may be, what each must print, and how one is run so
// that the server's bytes are passed on unchanged.
package suite

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// ErrInvalid marks errors in the files themselves, as opposed to server errors about them.
var ErrInvalid = errors.New("invalid suite")

// A Suite is a folder of .sql files that was read and checked.
type Suite struct {
	Name      string // for messages: the folder, or "default suite"
	files     map[string]*File
	Workloads []*File // each is one golden case
	key       *Key    // see WithKey; may be nil
	cluster   bool    // Queries includes the files about the cluster
}

// A File is one .sql file of a suite.
type File struct {
	Name       string // without .sql: "verify_chain", "invariant/tables"
	Path       string // for messages
	Text       string
	Statements []Statement
	About      About    // parsed from the comment at the top
	Skipped    []string // tables that the query leaves out, see TakesSkip
	key        *Key     // see Suite.WithKey; may be nil
	piece      string   // the setting pgroundtrip.piece; "" means everything
	names      bool     // the names of the columns are printed first
	kind       kind
}

// A kind is a row of the contract in DESIGN: what a file is for and what it must print.
type kind struct {
	isQuery bool
	oneRow  bool // exactly one row; else any number, in a total order
	ordered bool // an ORDER BY is required
	acts    bool // statements may precede the query: a probe does something first
	columns []column
	atEnd   bool // columns are the last ones; else they are all
	spare   bool // optional: it only adds detail to what another file finds
}

type column struct{ name, typeName string }

var scripts = kind{}

// contract names each file, or folder with a trailing slash, that a suite may have.
var contract = []struct {
	name string
	kind kind
}{
	{"session", scripts},
	{"schema", scripts},
	{"chain_insert", scripts},
	{"snapshot", kind{isQuery: true, oneRow: true,
		columns: []column{{"row_count", "bigint"}, {"chain_head_hash", "text"}}}},
	{"verify_chain", kind{isQuery: true, oneRow: true, columns: []column{
		{"first_break_id", "text"}, {"first_break_pos", "bigint"}, {"first_break_reason", "text"}, {"verifier_walked",
			"bigint"}}}},
	{"chain_breaks", kind{isQuery: true, ordered: true, spare: true, columns: []column{
		{"break_pos", "bigint"}, {"break_id", "text"}, {"break_class", "text"}, {"break_reason", "text"}}}},
	{"canonical_payload", kind{isQuery: true, ordered: true, atEnd: true,
		columns: []column{{"payload", "text"}, {"row_hash", "text"}}}},
	{"pieces", kind{isQuery: true, ordered: true, spare: true,
		columns: []column{{"query", "text"}, {"piece", "text"}, {"size", "bigint"}}}},
	{"unchanged", kind{isQuery: true, spare: true, columns: []column{{"state", "text"}}}},
	{"workload/", scripts},
	{"invariant/", kind{isQuery: true, ordered: true}},
	{"cluster/", kind{isQuery: true, ordered: true, spare: true}},
	{"intact/", kind{isQuery: true, ordered: true, spare: true, columns: []column{{"fault", "text"}}}},
	{"reprint/", kind{isQuery: true, ordered: true, spare: true, columns: []column{{"statement", "text"}}}},
	{"hint/", kind{isQuery: true, ordered: true, spare: true, atEnd: true, columns: []column{{"hint", "text"}}}},
	{"probe/", kind{isQuery: true, acts: true, columns: []column{{"fault", "text"}}}},
	{"tamper/", scripts},
}

// Open reads the suite in fsys and checks all that can be checked without a server. It refuses an empty suite, an
// unknown file, a query file that is not one ordered select, and an unterminated quote. Errors wrap ErrInvalid and
// name the file and line. name is for messages.
func Open(fsys fs.FS, name string) (*Suite, error) {
	s := &Suite{Name: name, files: map[string]*File{}}
	err := fs.WalkDir(fsys, ".", func(p string, entry fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("cannot read suite %s: %w", name, err)
		}
		switch isFolder := entry.IsDir(); {
		case isFolder && p != "." && isBystander(p):
			return fs.SkipDir
		case isFolder || isBystander(p):
			return nil
		}
		file, err := read(fsys, p, name)
		if err != nil {
			return err
		}
		s.files[file.Name] = file
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("%w: %s has no .sql file", ErrInvalid, name)
	}
	for _, f := range s.in("reprint/") { // a record marks which columns of an invariant have several spellings
		if invariant := s.files["invariant/"+strings.TrimPrefix(f.Name, "reprint/")]; invariant != nil {
			invariant.About.Spells = f.About.Spells
		}
	}
	s.Workloads = s.in("workload/")
	return s, nil
}

// isBystander reports whether a file or folder in a suite is ignored.
func isBystander(p string) bool {
	base := path.Base(p)
	return strings.HasPrefix(base, ".") || strings.HasSuffix(base, ".go") || strings.HasSuffix(base, ".md")
}

func read(fsys fs.FS, p, suiteName string) (*File, error) {
	name, isSQL := strings.CutSuffix(p, ".sql")
	file := &File{Name: name, Path: path.Join(suiteName, p)}
	if suiteName == DefaultName {
		file.Path = path.Join("sql", p)
	}
	k, known := kindOf(name)
	if !isSQL || !known {
		return nil, fmt.Errorf("%w: %s is not a file of a suite; a suite may have %s", ErrInvalid, file.Path,
			strings.Join(Contract(), ", "))
	}
	info, err := fs.Stat(fsys, p)
	if err == nil && !info.Mode().IsRegular() { // a pipe or a device could be endless
		err = errors.New("it is not a regular file")
	}
	var text []byte
	if err == nil {
		text, err = fs.ReadFile(fsys, p)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file.Path, err)
	}
	// As psql -f does, ignore a byte order mark at the start.
	file.kind, file.Text = k, strings.TrimPrefix(string(text), "\ufeff")
	if file.Statements, err = Split(file.Text); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrInvalid, file.Path, err)
	}
	if file.About, err = file.readAbout(); err != nil {
		return nil, err
	}
	if err := file.check(); err != nil {
		return nil, err
	}
	file.About.Keyed = k.isQuery && file.readsKey()
	return file, nil
}

// DefaultName is the name of the embedded suite.
const DefaultName = "default suite"

func kindOf(name string) (kind, bool) {
	for _, c := range contract {
		folder, base := path.Split(name)
		if c.name == name || folder != "" && folder == c.name && base != "" {
			return c.kind, true
		}
	}
	return kind{}, false
}

// check checks what the text alone can show.
func (f *File) check() error {
	invalid := func(line int, format string, args ...any) error {
		return fmt.Errorf("%w: %s:%d: %s", ErrInvalid, f.Path, line, fmt.Sprintf(format, args...))
	}
	if isInFolder := strings.HasPrefix(f.Name, "cluster/"); isInFolder != f.About.Cluster {
		return invalid(1, "the header word Scope must be cluster in the files in cluster/, and in no others")
	}
	if len(f.Statements) == 0 {
		return invalid(1, "the file holds no statement")
	}
	for _, s := range f.Statements {
		if len(s.words) > 0 && s.words[0] == "copy" && (s.hasWords("from", "stdin") || s.hasWords("to", "stdout")) {
			return invalid(s.firstLine, "copy from stdin and to stdout are for psql; use insert, or a select")
		}
	}
	if !f.kind.isQuery {
		return nil
	}
	first := f.query()
	if len(f.Statements) > 1 && !f.kind.acts {
		return invalid(f.Statements[1].firstLine, "a query file must be one select; this is the second statement of %d",
			len(f.Statements))
	}
	if !first.isQuery() {
		return invalid(first.firstLine, "a query file must be one select (in a probe: its last statement)")
	}
	if f.kind.ordered && !first.isOrdered() {
		return invalid(first.firstLine,
			"the select has no order by of its own: two runs could print the same rows in another order")
	}
	if takesPiece := slices.Contains(first.literals, "'pgroundtrip.piece'"); f.Name != "unchanged" &&
		(f.About.Splits != takesPiece || takesPiece != (f.About.Adds != nil)) {
		return invalid(first.firstLine, "the words Splits and Adds go together with the setting pgroundtrip.piece")
	}
	return nil
}

// SHA256 returns the SHA-256 of the file's text, 64 hex digits.
func (f *File) SHA256() string {
	sum := sha256.Sum256([]byte(f.Text))
	return hex.EncodeToString(sum[:])
}

// query returns the select of a query file: its last statement, and except in a probe its only one.
func (f *File) query() Statement { return f.Statements[len(f.Statements)-1] }

// Query returns a query file for text that is not in a file.
func Query(name, text string) *File {
	return &File{Name: name, Path: name, Text: text, Statements: []Statement{{Text: text, Line: 1, firstLine: 1}},
		kind:  kind{isQuery: true},
		About: About{Keys: 1, Class: "content"}}
}

// TakesRange reports whether the query can be run for a part of the chain, given by pgroundtrip.after_pos and
// pgroundtrip.upto_pos. A query that reads both settings is taken to honour them.
func (f *File) TakesRange() bool {
	literals := f.query().literals
	return slices.Contains(literals, "'pgroundtrip.after_pos'") && slices.Contains(literals, "'pgroundtrip.upto_pos'")
}

// TakesTree reports whether the query, if the setting pgroundtrip.row_hashes is 'wanted', leaves the row hashes of
// the whole range in it. A query that reads the setting is taken to do so.
func (f *File) TakesTree() bool {
	return slices.Contains(f.query().literals, "'pgroundtrip.row_hashes'")
}

// TakesSkip reports whether the query leaves out the tables listed in pgroundtrip.skip ("schema.table", quoted as in
// SQL), with all their partitions. A query that reads the setting is taken to honour it.
func (f *File) TakesSkip() bool { return slices.Contains(f.query().literals, "'pgroundtrip.skip'") }

// Without returns the query f without these tables. Requires f.TakesSkip.
func (f *File) Without(tables []string) *File {
	without := *f
	without.Skipped = tables
	return &without
}

// Piece returns the query f for one piece; "{}" means all rows in one piece. Requires f.About.Splits.
func (f *File) Piece(piece string) *File {
	part := *f
	part.piece = piece
	return &part
}

// SHA256 returns the SHA-256 of the names and texts of the suite's files, 64 hex digits.
func (s *Suite) SHA256() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		fmt.Fprintf(sum, "%s %d\n%s", name, len(s.files[name].Text), s.files[name].Text)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Contract returns the files and folders that a suite may have, as the documentation writes them.
func Contract() []string {
	var names []string
	for _, c := range contract {
		if strings.HasSuffix(c.name, "/") {
			names = append(names, c.name+"*.sql")
		} else {
			names = append(names, c.name+".sql")
		}
	}
	return names
}

// File returns the file of that name (without .sql), or nil if the suite lacks it.
func (s *Suite) File(name string) *File { return s.files[name] }

// Queries returns the files that make up a record, in the order in which they are run: snapshot, verify_chain,
// canonical_payload, then the invariants by name.
func (s *Suite) Queries() []*File {
	var queries []*File
	for _, name := range []string{"snapshot", "verify_chain", "canonical_payload"} {
		if f := s.files[name]; f != nil {
			queries = append(queries, f)
		}
	}
	queries = append(queries, s.in("invariant/")...)
	if s.cluster {
		queries = append(queries, s.in("cluster/")...)
	}
	return queries
}

// WithCluster returns s with the files about the cluster appended to its queries.
func (s *Suite) WithCluster() *Suite {
	whole := *s
	whole.cluster = true
	return &whole
}

// Reprint returns the file that makes a server print the definitions of an invariant again, or nil if there is none.
func (s *Suite) Reprint(invariant string) *File {
	return s.beside(invariant, "reprint/")
}

// QueryNames returns the names of Queries.
func (s *Suite) QueryNames() (names []string) {
	for _, f := range s.Queries() {
		names = append(names, f.Name)
	}
	return names
}

// Hints returns the file that prints, for rows of an invariant, what to do if they differ; nil if there is none.
func (s *Suite) Hints(invariant string) *File {
	return s.beside(invariant, "hint/")
}

// beside returns the file of that folder about an invariant, or nil.
func (s *Suite) beside(invariant, folder string) *File {
	name, isInvariant := strings.CutPrefix(invariant, "invariant/")
	if !isInvariant {
		return nil // else a file would be found beside itself
	}
	return s.files[folder+name]
}

// Intact returns the files that check, read-only, whether a copy is sound in itself, by name. If rows were restored,
// the files about physical files are left out.
func (s *Suite) Intact(isRestored bool) []*File {
	return slices.DeleteFunc(s.in("intact/"), func(f *File) bool { return isRestored && f.About.Files })
}

// IsIntact reports whether f is one of Intact.
func (f *File) IsIntact() bool { return strings.HasPrefix(f.Name, "intact/") }

// Probes returns the files that are run after a restore, by name.
func (s *Suite) Probes() []*File { return s.in("probe/") }

// Tampers returns the damages of the self-test, by name.
func (s *Suite) Tampers() []*File { return s.in("tamper/") }

// WithInvariants returns s with the invariants of other added, except those that s has itself. It also takes other's
// session.sql if s has none: the invariants print the same everywhere only under those settings.
func (s *Suite) WithInvariants(other *Suite) *Suite {
	both := &Suite{Name: s.Name + " with the invariants of the " + other.Name, files: maps.Clone(s.files),
		Workloads: s.Workloads, key: s.key}
	splits := slices.ContainsFunc(slices.Collect(maps.Values(s.files)), func(f *File) bool { return f.About.Splits })
	for name, f := range other.files {
		invariant := strings.Replace(strings.Replace(name, "reprint/", "invariant/", 1), "hint/", "invariant/", 1)
		isWanted := name == "session" || name == "pieces" || strings.HasPrefix(invariant, "invariant/") || f.About.Cluster ||
			f.IsIntact() || name == "unchanged" && !splits // of what other queries read in a piece it knows nothing
		if isWanted && s.files[name] == nil && s.files[invariant] == nil {
			both.files[name] = f
		}
	}
	return both
}

// Only returns s reduced to the queries that isWanted accepts.
func (s *Suite) Only(isWanted func(query string) bool) *Suite {
	only := &Suite{Name: s.Name, files: maps.Clone(s.files), Workloads: s.Workloads, key: s.key, cluster: s.cluster}
	for _, f := range s.Queries() {
		if !isWanted(f.Name) {
			delete(only.files, f.Name)
		}
	}
	return only
}

// NotCovered returns what the contract has and this suite lacks. It is never nil, so that it becomes [] in JSON.
func (s *Suite) NotCovered() []string {
	missing := []string{}
	for i, c := range contract {
		isThere := s.files[c.name] != nil || strings.HasSuffix(c.name, "/") && len(s.in(c.name)) > 0
		if !isThere && !c.kind.spare {
			missing = append(missing, Contract()[i])
		}
	}
	return missing
}

func (s *Suite) in(folder string) []*File {
	var files []*File
	for name, f := range s.files {
		if strings.HasPrefix(name, folder) {
			files = append(files, f)
		}
	}
	slices.SortFunc(files, func(a, b *File) int { return strings.Compare(a.Name, b.Name) })
	return files
}
