// Package report renders a report: as text for people, as one JSON document for programs, as annotations for
// GitHub, and as files for browsers, CI systems and monitoring.
package report

import (
	"cmp"
	"slices"
	"time"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/history"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/verdict"
)

// A Document is what -json prints, and the source of every other form. Times are in seconds. The shape is described
// by "pgroundtrip help json".
type Document struct {
	Command    string            `json:"command"`
	Time       time.Time         `json:"time,omitzero"` // when the run ended, in UTC
	Verdict    verdict.Verdict   `json:"verdict"`
	Version    string            `json:"version,omitempty"` // of pgroundtrip
	Suite      string            `json:"suite,omitempty"`
	Source     *Source           `json:"source,omitempty"` // null if the run is not about one database, or it is unknown
	Copy       *Source           `json:"copy,omitempty"`   // for compare: the other side
	Server     *Server           `json:"server,omitempty"`
	Tools      map[string]string `json:"tools,omitempty"` // version by name
	Archive    string            `json:"archive,omitempty"`
	Manifest   string            `json:"manifest,omitempty"`
	Record     string            `json:"record,omitempty"`
	Moment     string            `json:"moment,omitempty"` // for record: the time and WAL position
	Sides      []string          `json:"sides,omitempty"`  // of compare
	Records    [2]string         `json:"-"`                // of compare: the files of the sides; "" is a live database
	Warnings   []string          `json:"warnings,omitempty"`
	Workloads  []*verdict.Report `json:"workloads,omitempty"` // for dump and restore: the one database
	Expected   []string          `json:"expected,omitempty"`  // what pg_dump leaves out by design, with the reason
	Notes      []string          `json:"notes,omitempty"`
	NotCovered []string          `json:"not_covered"`
	Error      *hint.Failure     `json:"error,omitempty"`
	// Previous is the SHA-256 of the previous statement in the history; "" if there is none.
	Previous string `json:"-"`
	// Past holds the runs in the history with the same command and target that restored something; this one is last.
	Past []history.Run `json:"-"`
}

// A Server is the PostgreSQL server of a run.
type Server struct {
	Version   string `json:"version"`
	Throwaway bool   `json:"throwaway"`
	Where     string `json:"where"`
}

// A Source is the database that a run is about. Unknown values are null or left out.
type Source struct {
	SystemIdentifier string         `json:"system_identifier"`
	Database         string         `json:"database"`
	Where            string         `json:"where,omitempty"` // for a copy on a live server: which one
	Version          string         `json:"server_version,omitempty"`
	Moment           *record.Moment `json:"moment,omitempty"`
	Tables           *int64         `json:"tables,omitempty"`
	Rows             *int64         `json:"rows,omitempty"` // of all tables
	ArchiveBytes     *int64         `json:"archive_size_bytes,omitempty"`
	ArchiveSHA256    string         `json:"archive_sha256,omitempty"` // of an archive that is one file
	SuiteSHA256      string         `json:"suite_sha256,omitempty"`
	KeySHA256        string         `json:"key_sha256,omitempty"` // the fingerprint of the key hashed before each row
}

// SourceOf returns what a record holds about its database; nil if there is no record, or it names no database.
func SourceOf(r *record.Record) *Source {
	if r == nil || r.Source.Database == "" {
		return nil
	}
	s := &Source{SystemIdentifier: r.Source.SystemIdentifier, Database: r.Source.Database, Version: r.Server,
		Moment: &r.Moment, SuiteSHA256: r.SuiteSHA256, KeySHA256: r.KeySHA256}
	if counts := r.Counts(); len(counts) > 0 {
		tables, rows := int64(len(counts)), int64(0)
		for _, n := range counts {
			rows += n
		}
		s.Tables, s.Rows = &tables, &rows
	}
	if r.Archive != nil {
		s.ArchiveBytes = &r.Archive.SizeBytes
		if len(r.Archive.Files) == 1 && r.Archive.Files[0].Name == "" {
			s.ArchiveSHA256 = r.Archive.Files[0].SHA256
		}
	}
	return s
}

// Add adds the outcome of one workload to the document.
func (d *Document) Add(o *verdict.Report) {
	d.Workloads = append(d.Workloads, o)
	for _, e := range o.Expected {
		if line := e.What + ": " + e.Reason; !slices.Contains(d.Expected, line) {
			d.Expected = append(d.Expected, line)
		}
	}
	d.Notes = append(d.Notes, o.Notes...)
}

// Targets returns the names of what the run checked, the same in every run: the database with the identifier of its
// server, which distinguishes databases of the same name, else each workload that was started. It returns none if the
// run failed before the target was known.
func (d *Document) Targets() (names []string) {
	if d.Source != nil {
		name := d.Source.Database + "@" + d.Source.SystemIdentifier
		if d.Copy != nil { // distinguishes the copies of one database
			name += " / " + d.Copy.Database + "@" + cmp.Or(d.Copy.Where, d.Copy.SystemIdentifier)
		}
		return []string{plain.Text(name)}
	}
	for _, w := range d.Workloads {
		if len(w.Phases) > 0 {
			names = append(names, plain.Text(w.Workload))
		}
	}
	return names
}

// IsProof reports whether the run proved something about its targets. A restore without a manifest may pass, but was
// compared with nothing.
func (d *Document) IsProof() bool {
	return d.Verdict == verdict.Pass && (d.Command != "restore" || d.Manifest != "")
}

// RecoverySeconds returns the measured recovery time: how long the restores of all workloads took; 0 without a restore.
func (d *Document) RecoverySeconds() (seconds float64) {
	for _, w := range d.Workloads {
		for _, p := range w.Phases {
			if p.Name == "restore" {
				seconds += p.Seconds
			}
		}
	}
	return seconds
}
