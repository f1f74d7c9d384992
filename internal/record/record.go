// Package record defines a record: what the query files of a suite printed about one database at one moment, taken in
// one pass and kept in one JSON file. A manifest is a record with an archive beside it; the goldens of a workload are
// a committed record.
package record

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FormatVersion is the version of the file format that this program writes and reads.
const FormatVersion = 3

// A Record is what the query files of a suite printed about one database at one moment. The README describes its JSON
// form.
type Record struct {
	FormatVersion int    `json:"format_version"`
	Tool          string `json:"tool"`
	Server        string `json:"server_version"`
	Source        Source `json:"source"`
	Moment        Moment `json:"moment"`
	Suite         string `json:"suite"`
	// SuiteSHA256 is over the suite's files. Queries are the names of all its queries, so that a missing or removed
	// result is noticed.
	SuiteSHA256 string   `json:"suite_sha256"`
	Queries     []string `json:"queries"`
	// KeySHA256 is the fingerprint of the key that is hashed in front of each row; "" if there is none.
	KeySHA256 string    `json:"key_sha256,omitempty"`
	Chain     *Snapshot `json:"chain"`             // null if no chain was read
	Payload   *Payload  `json:"payload,omitempty"` // null if there is no canonical_payload.sql
	Results   []*Result `json:"results"`
	// Tables are the rows of every table, if the record was asked to keep them.
	Tables []*Table `json:"tables,omitempty"`
	// Preload are the settings that make a server load the libraries that the database needs.
	Preload []Setting `json:"preload,omitempty"`
	// Settings are the session defaults that change the result of an expression; nil if unknown.
	Settings []Setting `json:"settings,omitempty"`
	Roles    []string  `json:"roles,omitempty"` // that the archive refers to
	// RoleRights are the rights of those roles, and of others that a restore may need; nil if unknown.
	RoleRights []RoleRights  `json:"role_rights,omitempty"`
	Extensions []string      `json:"extensions,omitempty"` // that the archive needs
	Expected   []Expectation `json:"expected"`             // what pg_dump leaves out by design
	NotCovered []string      `json:"not_covered"`
	Warnings   []string      `json:"warnings,omitempty"`
	PgDump     string        `json:"pg_dump_version,omitempty"`
	// Resumed is how many pieces were taken over from an interrupted run, of the same moment; 0 if none.
	Resumed int      `json:"resumed,omitempty"`
	Archive *Archive `json:"archive,omitempty"` // set in a manifest
	// Unsealed is the path of the checksum file that is missing beside the record; "" if it is there.
	Unsealed string `json:"-"`
}

// A Source is the database that a record is about.
type Source struct {
	SystemIdentifier string `json:"system_identifier"`
	Database         string `json:"database"`
	Encoding         string `json:"encoding"`
	LocaleProvider   string `json:"locale_provider"` // "c", "i" or "b", as in pg_database
	Collate          string `json:"collate"`
	Ctype            string `json:"ctype"`
	Locale           string `json:"locale"` // of ICU or the built-in provider; "" for libc
	CollationVersion string `json:"collation_version"`
	CollationActual  string `json:"collation_actual,omitempty"` // of the server's libc or ICU; "" if it has no version
	SizeBytes        int64  `json:"size_bytes,omitempty"`       // with indexes and dead rows; 0 if unknown
}

// A Moment is the time and the WAL position at which a record was taken.
type Moment struct {
	Time time.Time `json:"time"`
	// LSN is the replay position of a standby or the insert position of a primary.
	LSN      string `json:"lsn"`
	Timeline int    `json:"timeline"`
	Standby  bool   `json:"standby"`
	// Kind is "snapshot" for what one exported snapshot saw. Its LSN is not exact, since commits become visible in
	// another order than they are written to WAL. Any other kind is exact: "paused" for a standby whose replay was
	// paused, "barrier" for a primary whose tables were locked against writers, "quiet" for a primary to which no one
	// wrote.
	Kind string `json:"kind"`
	// RestorePoint is the name of the restore point that was created at a barrier, or "".
	RestorePoint string `json:"restore_point,omitempty"`
	// Moving names what a barrier does not hold still.
	Moving []string `json:"moving,omitempty"`
	// RecoveryEnd is where a promoted server left its previous timeline; nil if it was never promoted, or if unknown.
	RecoveryEnd *Position `json:"recovery_end,omitempty"`
}

// A Position is a position in the WAL.
type Position struct {
	LSN      string `json:"lsn"`
	Timeline int    `json:"timeline"`
}

// IsExact reports whether the record shows exactly the WAL up to its LSN.
func (m Moment) IsExact() bool { return m.Kind != "" && m.Kind != "snapshot" }

// Position returns the WAL position at which the record was taken.
func (m Moment) Position() Position { return Position{m.LSN, m.Timeline} }

// Is reports whether two positions are the same, in whatever notation the servers use.
func (p Position) Is(q Position) bool {
	a, errA := p.offset()
	b, errB := q.offset()
	return errors.Join(errA, errB) == nil && a == b && p.Timeline == q.Timeline
}

// offset returns the LSN as a number.
func (p Position) offset() (uint64, error) {
	high, low, _ := strings.Cut(p.LSN, "/")
	upper, errHigh := strconv.ParseUint(high, 16, 32)
	lower, errLow := strconv.ParseUint(low, 16, 32)
	return upper<<32 | lower, errors.Join(errHigh, errLow)
}

// Since returns the number of bytes of WAL between then and p, or 0 if either is unknown.
func (p Position) Since(then Position) int64 {
	to, errTo := p.offset()
	from, errFrom := then.offset()
	if errors.Join(errTo, errFrom) != nil {
		return 0
	}
	return int64(to - from)
}

// String returns the position for people.
func (p Position) String() string {
	if at, err := p.offset(); err == nil { // servers before 19 write it without leading zeros
		p.LSN = fmt.Sprintf("%X/%X", at>>32, at&math.MaxUint32)
	}
	return fmt.Sprintf("LSN %s on timeline %d", p.LSN, p.Timeline)
}

// A Snapshot is the state of the chain in one line, in the stable JSON form that workload and verify print with
// -json. Without a chain head or a break the texts are "" and FirstBreakPos is -1.
type Snapshot struct {
	Phase            string `json:"phase"`
	RowCount         int64  `json:"row_count"`
	ChainHeadHash    string `json:"chain_head_hash"`
	FirstBreakID     string `json:"first_break_id"`
	FirstBreakPos    int64  `json:"first_break_pos"`
	FirstBreakReason string `json:"first_break_reason"`
	VerifierWalked   int64  `json:"verifier_walked"`
	TreeRoot         string `json:"tree_root,omitempty"` // of the Merkle tree over all rows, if verify was asked for it
	// TreeEdge holds what a later verify needs to add rows to that tree, see merkle.Tree.Edge.
	TreeEdge string `json:"tree_edge,omitempty"`
}

// IsWhole reports whether none of the verifier's three fields shows a break.
func (s Snapshot) IsWhole() bool {
	return s.FirstBreakID == "" && s.FirstBreakPos == -1 && s.FirstBreakReason == ""
}

// Breaks are all breaks of a chain.
type Breaks struct {
	Total   int64            `json:"total"`
	ByClass map[string]int64 `json:"by_class"`
	First   []Break          `json:"first"` // the first hundred, in chain order
}

// A Break is a row that does not continue the chain.
type Break struct {
	Pos    int64  `json:"break_pos"` // in chain order, from 0
	ID     string `json:"break_id"`
	Class  string `json:"break_class"` // content, link, gap or order
	Reason string `json:"break_reason"`
}

// A Payload is the result of hashing every canonical payload in this program instead of on the server.
type Payload struct {
	Faults int64      `json:"faults"` // rows whose row_hash is not the SHA-256 of their payload
	First  *HashFault `json:"first,omitempty"`
}

// A HashFault is a row whose row_hash is not the SHA-256 of its payload.
type HashFault struct {
	Position int64  // in chain order, from 0
	Key      string // the row's key columns, "seq=3 id=evt-3"
	Want     string // the recomputed hash, 64 hex digits
	Got      string // row_hash
}

// A Table holds the rows of one table, ordered by its key, which is its first Keys columns.
type Table struct {
	Schema string  `json:"schema"`
	Name   string  `json:"table"`
	Keys   int     `json:"keys"`
	Rows   *Result `json:"rows"`
}

// An Expectation is something that a copy does not have as the source has it. Query and Key name the result and the
// row that differ because of it. Query is "" if nothing is compared; an empty Key matches any row. If Column is set,
// only that column may differ.
type Expectation struct {
	Query     string `json:"query"`
	Key       string `json:"key"`
	What      string `json:"what"`
	Reason    string `json:"reason"`
	FromMajor int    `json:"from_major,omitempty"` // the oldest server that does not restore it; 0 means any
	Column    string `json:"column,omitempty"`     // "" means any
	// Copy is "physical" for something that only a copy of files and WAL lacks; "" means any other copy.
	Copy string `json:"copy,omitempty" db:"-"`
	// UpTo bounds Column, an integer that may have grown; then the rest of the row may differ too. "" means
	// unbounded. From is its lower bound; "" means its old value.
	UpTo string `json:"-" db:"-"`
	From string `json:"-" db:"-"`
	// Quiet is set if it is not worth a note that the difference did not occur.
	Quiet bool `json:"-" db:"-"`
}

// A Setting is a server parameter and its value, as SHOW prints it.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// RoleRights are the rights of a source role that matter when a restore runs in its name.
type RoleRights struct {
	Name      string   `json:"name"`
	Superuser bool     `json:"superuser,omitempty"`
	BypassRLS bool     `json:"bypassrls,omitempty"`
	InRows    bool     `json:"in_rows,omitempty"`   // rows name it: they cannot be restored without it
	MemberOf  []string `json:"member_of,omitempty"` // the roles whose rights it has
}

// An Archive is the file, or the folder of files, that pg_dump wrote.
type Archive struct {
	Format    string        `json:"format"` // custom, directory, tar or plain
	SizeBytes int64         `json:"size_bytes"`
	Files     []ArchiveFile `json:"files"`            // one named "" unless the format is directory
	Entries   int           `json:"contents_entries"` // in its table of contents; 0 for plain
}

// An ArchiveFile is one file of an archive.
type ArchiveFile struct {
	Name      string `json:"name"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
}

// Result returns the result of a query, or nil.
func (r *Record) Result(query string) *Result {
	i := slices.IndexFunc(r.Results, func(result *Result) bool { return result.Query == query })
	if i < 0 {
		return nil
	}
	return r.Results[i]
}

// Table returns the rows that the record keeps of a table, or nil.
func (r *Record) Table(schema, table string) *Table {
	i := slices.IndexFunc(r.Tables, func(t *Table) bool {
		return t.Schema == Printable(schema) && t.Name == Printable(table)
	})
	if i < 0 {
		return nil
	}
	return r.Tables[i]
}

// Has reports whether the record has a result of that query.
func (r *Record) Has(query string) bool { return r.Result(query) != nil }

// IsSameCluster reports whether both records are of the same database of the same cluster, or of copies of its files.
func (r *Record) IsSameCluster(other *Record) bool {
	return r.Source.SystemIdentifier != "" && r.Source.SystemIdentifier == other.Source.SystemIdentifier &&
		r.Source.Database == other.Source.Database
}

// Beside returns r reduced to the results that can be compared with other. Results about the cluster stay only if
// both are of the same cluster and other does not list them as not covered. Tables that other was not permitted to
// read are left out.
func (r *Record) Beside(other *Record) *Record {
	isSame := r.IsSameCluster(other)
	beside := *r
	beside.Results = slices.DeleteFunc(slices.Clone(r.Results), func(result *Result) bool {
		return result.About.Cluster && (!isSame || other.lists(result.Query+".sql"))
	})
	for i, result := range beside.Results {
		beside.Results[i] = result.without(slices.Concat(other.Refused(r, result.Query), r.Refused(other, result.Query)))
	}
	beside.Queries = slices.DeleteFunc(slices.Clone(r.Queries),
		func(query string) bool { return r.Has(query) && !beside.Has(query) })
	return &beside
}

// Refused returns the tables that r's result of a query leaves out because of the server, and that other's result has:
// the role may not read them, or a library of an extension is not installed. Tables that could not be read for another
// reason are not included.
func (r *Record) Refused(other *Record, query string) (tables []string) {
	ours, theirs := r.Result(query), other.Result(query)
	if ours == nil || theirs == nil {
		return nil
	}
	for _, table := range ours.Skipped {
		isRefused := slices.ContainsFunc(r.NotCovered, func(entry string) bool {
			why, isOf := strings.CutPrefix(entry, Part(table)+" (")
			return isOf && ofServer.MatchString(why)
		})
		if isRefused && !slices.Contains(theirs.Skipped, table) {
			tables = append(tables, table)
		}
	}
	return tables
}

// ofServer matches reasons that say nothing about the rows.
var ofServer = regexp.MustCompile(`\(SQLSTATE 42501\)\)$|` +
	`^could not (?:access file|load library|find function .* in file) "`)

// Part returns the name of what a result leaves out, a table or a large object, for the list of what is not covered.
func Part(skipped string) string {
	if strings.HasPrefix(skipped, largeObject) {
		return skipped
	}
	return "rows of " + Printable(skipped)
}

// largeObject is what the name of a large object among those of tables begins with: a blank is not in a name that is
// not quoted.
const largeObject = "large object "

// Parts returns the names of several.
func Parts(skipped []string) (parts []string) {
	for _, name := range skipped {
		parts = append(parts, Part(name))
	}
	return parts
}

// Blocks returns the names of the blocks (see About.Bits) that the large objects among skipped are in.
func Blocks(skipped []string) (blocks []string) {
	for _, name := range skipped {
		if first, isObject := blockOf(name); isObject {
			blocks = append(blocks, fmt.Sprintf("large objects %d to %d", first, first|4095))
		}
	}
	slices.Sort(blocks)
	return slices.Compact(blocks)
}

// blockOf returns the first number of the block that has the large object.
func blockOf(skipped string) (first int64, isObject bool) {
	number, isObject := strings.CutPrefix(skipped, largeObject)
	n, err := strconv.ParseInt(number, 10, 64)
	return n &^ 4095, isObject && err == nil
}

// lists reports whether the record lists what as not covered.
func (r *Record) lists(what string) bool {
	return slices.ContainsFunc(r.NotCovered, func(entry string) bool {
		return entry == what || strings.HasPrefix(entry, what+" (")
	})
}

// HasRowsOf reports whether the kept rows of r and other have the same keys.
func (r *Record) HasRowsOf(other *Record) bool {
	keys := func(r *Record) (all []string) {
		for _, result := range r.Results {
			for _, row := range result.Kept {
				values := strings.Split(row, "\t")
				all = append(all, strings.Join(append([]string{result.Query}, values[:min(result.About.Keys, len(values))]...),
					"\t"))
			}
		}
		return all
	}
	return slices.Equal(keys(r), keys(other))
}

// Counts returns the row count of each table by "schema.table"; empty if the record does not have them.
func (r *Record) Counts() map[string]int64 {
	for _, result := range r.Results {
		if counts := result.countByTable(); len(counts) > 0 {
			return counts
		}
	}
	return map[string]int64{}
}

// Unanswered returns what the record has no result of although it does not list it as not covered: queries of the
// given list and of its own, and tables that a result leaves out. Each is an entry for a list of what is not covered.
func (r *Record) Unanswered(queries []string) (entries []string) {
	for _, result := range r.Results {
		for _, table := range result.Skipped {
			if part := Part(table); !r.lists(part) {
				entries = append(entries, fmt.Sprintf("%s (the manifest's result of %s leaves them out)", part, result.Query))
			}
		}
	}
	for _, query := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(queries, r.Queries)))) {
		folder, _, _ := strings.Cut(query, "/")
		switch {
		case r.Has(query) || r.lists(query+".sql") || r.lists(folder+"/*.sql"):
		case slices.Contains(r.Queries, query):
			entries = append(entries, query+".sql (the manifest names it but has no result for it: it was changed)")
		default:
			entries = append(entries, query+".sql (the manifest has no result for it)")
		}
	}
	return entries
}
