package roundtrip

import (
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/suite"
)

// CompareManifest makes the comparison of a restore alone: every result of the record beside the
// manifest's.
func CompareManifest(s *suite.Suite, m *record.Manifest, r *record.Record) (*Outcome, error) {
	o := &Outcome{suite: s, Expected: m.Expected}
	return o, o.compareManifest("record/", m, r)
}

// Share deals the entries of a table of contents out to n processes.
func Share(list []byte, n int) [][]byte { return share(list, n) }

// Parted parts a table of contents into definitions and data.
func Parted(list []byte) (definitions, data []byte) { return parted(list) }
