package record

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// FormatVersion is the version of the manifest's form that this program writes and reads.
const FormatVersion = 2

// A Manifest is a record that travels with an archive, and what is known about the archive. Its
// JSON form is described in the README.
type Manifest struct {
	FormatVersion int       `json:"format_version"`
	Tool          string    `json:"tool"`
	Server        string    `json:"server_version"`
	PgDump        string    `json:"pg_dump_version"`
	Source        Source    `json:"source"`
	Archive       Archive   `json:"archive"`
	Suite         string    `json:"suite"`
	Chain         *Snapshot `json:"chain"` // null when no chain was looked at
	// SuiteSHA256 is over the suite's files, and Queries are the names of all that it asks: a result that is
	// missing, or was taken out, shows. Both are empty where an older version wrote the manifest.
	SuiteSHA256 string    `json:"suite_sha256,omitempty"`
	Queries     []string  `json:"queries,omitempty"`
	Results     []*Digest `json:"results"`
	// Rows are the rows of every table, if the manifest was asked to hold them.
	Rows []*TableDigest `json:"rows,omitempty"`
	// Preload are the settings with which a server has the libraries loaded that the database needs.
	Preload []Setting `json:"preload,omitempty"`
	// Settings are the defaults of the dump's session that change what an expression gives; nil where they are not known.
	Settings []Setting `json:"settings,omitempty"`
	Roles    []string  `json:"roles"` // that the archive refers to
	// RoleRights are what those roles, and others that a restore may need, may do; nil where it is not known.
	RoleRights []RoleRights  `json:"role_rights,omitempty"`
	Extensions []string      `json:"extensions"` // that it needs
	Expected   []Expectation `json:"expected"`   // what pg_dump leaves out by design
	NotCovered []string      `json:"not_covered"`
	Warnings   []string      `json:"warnings"`
	// SHA256 is over the manifest's own JSON with this field empty: a change by accident or by a
	// hand that does not know better shows. It is no signature.
	SHA256 string `json:"manifest_sha256"`
}

// An Expectation is something the source has and pg_dump leaves out by design. Query and Key name
// the result and its row that come back different because of it; Query is "" where nothing is compared,
// Key alone where any row may differ. With Column nothing but that column may differ.
type Expectation struct {
	Query     string `json:"query"`
	Key       string `json:"key"`
	What      string `json:"what"`
	Reason    string `json:"reason"`
	FromMajor int    `json:"from_major,omitempty"` // the oldest server that does not bring it back; 0 is any
	Column    string `json:"column,omitempty"`     // "" is any
}

// A Setting is a parameter of the server and its value, as SHOW prints it.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// RoleRights are what a role of the source may do while a restore runs in its name.
type RoleRights struct {
	Name      string   `json:"name"`
	Superuser bool     `json:"superuser,omitempty"`
	BypassRLS bool     `json:"bypassrls,omitempty"`
	InRows    bool     `json:"in_rows,omitempty"`   // rows name it: they cannot be restored without it
	MemberOf  []string `json:"member_of,omitempty"` // the roles whose rights it has
}

// A TableDigest is the rows of one table, in the order of its key: its first Keys columns.
type TableDigest struct {
	Schema string  `json:"schema"`
	Table  string  `json:"table"`
	Keys   int     `json:"keys"`
	Digest *Digest `json:"digest"`
}

// A Source is the database that was dumped.
type Source struct {
	SystemIdentifier string    `json:"system_identifier"`
	Database         string    `json:"database"`
	Encoding         string    `json:"encoding"`
	LocaleProvider   string    `json:"locale_provider"` // "c", "i" or "b", as in pg_database
	Collate          string    `json:"collate"`
	Ctype            string    `json:"ctype"`
	Locale           string    `json:"locale"` // of ICU or the built-in provider; "" for libc
	CollationVersion string    `json:"collation_version"`
	SnapshotTime     time.Time `json:"snapshot_time"`
	LSN              string    `json:"lsn"`
	SizeBytes        int64     `json:"size_bytes,omitempty"` // with indexes and dead rows; 0 where it is not known
}

// An Archive is the file, or the files of a folder, that pg_dump wrote.
type Archive struct {
	Format    string        `json:"format"` // custom, directory, tar or plain
	SizeBytes int64         `json:"size_bytes"`
	Files     []ArchiveFile `json:"files"` // one named "" unless the format is directory
	// Contents is the SHA-256 of the table of contents as pg_restore lists it; "" for plain.
	Contents string `json:"contents_sha256"`
	Entries  int    `json:"contents_entries"`
}

// An ArchiveFile is one file of an archive.
type ArchiveFile struct {
	Name      string `json:"name"`
	SizeBytes int64  `json:"size_bytes"`
	SHA256    string `json:"sha256"`
}

// ErrManifest marks a manifest that cannot be trusted: edited, cut, or of another form.
var ErrManifest = errors.New("the manifest cannot be used")

// Unanswered returns what the manifest does not list as not covered and yet has no result of: of the queries, of those
// that it names itself, and of the tables that a result leaves out. Each is an entry of such a list.
func (m *Manifest) Unanswered(queries []string) (entries []string) {
	isListed := func(what string) bool {
		return slices.ContainsFunc(m.NotCovered, func(entry string) bool { return entry == what || strings.HasPrefix(entry, what+" (") })
	}
	for _, d := range m.Results {
		for _, table := range d.Skipped {
			if !isListed("rows of " + table) {
				entries = append(entries, "rows of "+table+" (the manifest's result of "+d.Query+" leaves them out)")
			}
		}
	}
	for _, query := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(queries, m.Queries)))) {
		hasResult := slices.ContainsFunc(m.Results, func(d *Digest) bool { return d.Query == query })
		folder, _, _ := strings.Cut(query, "/")
		switch {
		case hasResult || isListed(query+".sql") || isListed(folder+"/*.sql"):
		case slices.Contains(m.Queries, query):
			entries = append(entries, query+".sql (the manifest names it and has no result of it: it was changed)")
		default:
			entries = append(entries, query+".sql (the manifest has no result of it)")
		}
	}
	return entries
}

// Write seals the manifest and writes it as JSON.
func (m *Manifest) Write(w io.Writer) error {
	sum, err := m.sum()
	if err != nil {
		return err
	}
	m.SHA256 = sum
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(m)
}

// ReadManifest reads a manifest and checks its seal. Errors wrap ErrManifest.
func ReadManifest(r io.Reader) (*Manifest, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	// The version first: a form that is not known has other fields, and that is not what is wrong.
	var form struct {
		FormatVersion *int   `json:"format_version"`
		Tool          string `json:"tool"`
	}
	if json.Unmarshal(data, &form) == nil && form.FormatVersion != nil && *form.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("%w: its format version is %d, this program reads %d; use the program that wrote it, %s",
			ErrManifest, *form.FormatVersion, FormatVersion, cmp.Or(form.Tool, "which it does not name"))
	}
	m := &Manifest{}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(m); err != nil {
		return nil, fmt.Errorf("%w: it is not the JSON that pgroundtrip writes: %w", ErrManifest, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something stands behind its end", ErrManifest)
	}
	if m.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("%w: it does not say its format version, %d", ErrManifest, FormatVersion)
	}
	sum, err := m.sum()
	if err != nil {
		return nil, err
	}
	if m.SHA256 != sum {
		return nil, fmt.Errorf("%w: it was changed after it was written (manifest_sha256 does not fit)", ErrManifest)
	}
	return m, m.validate()
}

// validate checks what a comparison leans on.
func (m *Manifest) validate() error {
	for _, d := range m.Results {
		switch {
		case d == nil || d.Query == "" || d.QuerySHA256 == "" || d.BlockRows < 1 || d.Rows < 0 || len(d.Columns) == 0:
			return fmt.Errorf("%w: one of its results is incomplete", ErrManifest)
		case d.Text != nil && int64(len(d.Text)) != d.Rows:
			return fmt.Errorf("%w: %s has %d rows and keeps %d", ErrManifest, d.Query, d.Rows, len(d.Text))
		case d.Moved && (len(d.Columns) < 3 || !slices.Contains(d.Columns, d.GrowsColumn)):
			return fmt.Errorf("%w: %s moved, but no column says how far", ErrManifest, d.Query)
		case d.Ends != nil && (!d.Moved || len(d.Ends) != len(d.Text)):
			return fmt.Errorf("%w: %s has %d rows and says of %d how far they moved", ErrManifest, d.Query, len(d.Text), len(d.Ends))
		case d.isRagged():
			return fmt.Errorf("%w: a row of %s has not as many values as columns", ErrManifest, d.Query)
		case !d.isItsRows():
			return fmt.Errorf("%w: the digest of %s is not that of the rows it keeps", ErrManifest, d.Query)
		}
	}
	if len(m.Results) == 0 {
		return fmt.Errorf("%w: it holds no result, so there is nothing to compare with", ErrManifest)
	}
	for _, t := range m.Rows {
		if t == nil || t.Digest == nil || t.Keys < 1 || t.Digest.BlockRows < 1 || int64(len(t.Digest.Text)) != t.Digest.Rows || t.Digest.isRagged() || !t.Digest.isItsRows() {
			return fmt.Errorf("%w: the rows of one of its tables are incomplete", ErrManifest)
		}
	}
	if len(m.Archive.Files) == 0 {
		return fmt.Errorf("%w: it names no archive file", ErrManifest)
	}
	return nil
}

// isItsRows says whether the digest is that of the rows it kept, if it kept any.
func (d *Digest) isItsRows() bool {
	return d.Text == nil || d.sumOfRows() == d.SHA256
}

// isRagged says whether a row that the digest kept has not as many values as there are columns.
func (d *Digest) isRagged() bool {
	return slices.ContainsFunc(d.Text, func(row string) bool { return strings.Count(row, "\t") != len(d.Columns)-1 })
}

func (m *Manifest) sum() (string, error) {
	unsealed := *m
	unsealed.SHA256 = ""
	data, err := json.Marshal(unsealed)
	if err != nil {
		return "", fmt.Errorf("could not write the manifest: %w", err)
	}
	// What is no UTF-8 is written as this escape, and read as the character.
	sum := sha256.Sum256(bytes.ReplaceAll(data, []byte(`\ufffd`), []byte("\ufffd")))
	return hex.EncodeToString(sum[:]), nil
}
