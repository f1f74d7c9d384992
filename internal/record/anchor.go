package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// An Anchor is a row of the chain that was filed away. Rows after it can be verified without the rows before it, as
// long as the anchor row itself is still there.
type Anchor struct {
	RowCount int64  `json:"row_count"`       // rows up to and including it; its position is one less
	HeadHash string `json:"chain_head_hash"` // its row_hash
}

// ErrAnchor marks a file from which no anchor can be read.
var ErrAnchor = errors.New("no anchor")

// EvidenceOf returns the database that a manifest or the output of verify -json is about. Fields that the data does
// not name are "".
func EvidenceOf(data []byte) Source {
	var e struct {
		SystemIdentifier string `json:"system_identifier"`
		Database         string `json:"database"`
		Source           Source `json:"source"`
	}
	if json.Unmarshal(data, &e) != nil || e.SystemIdentifier == "" {
		return e.Source
	}
	return Source{SystemIdentifier: e.SystemIdentifier, Database: e.Database}
}

// ReadAnchor reads the end of the chain from a manifest, or from the snapshot that verify and workload print with
// -json. Errors wrap ErrAnchor or ErrFile.
func ReadAnchor(r io.ReadSeeker) (*Anchor, error) {
	var kind struct {
		FormatVersion *int    `json:"format_version"`
		Phase         *string `json:"phase"`
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &kind); err != nil {
		return nil, fmt.Errorf("%w: it is not JSON: %w", ErrAnchor, err)
	}
	chain := &Snapshot{}
	switch {
	case kind.FormatVersion != nil:
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		m, err := Read(r)
		if err != nil {
			return nil, err
		}
		if chain = m.Chain; chain == nil {
			return nil, fmt.Errorf("%w: the manifest's database has no chain", ErrAnchor)
		}
	case kind.Phase != nil:
		if err := json.Unmarshal(data, chain); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrAnchor, err)
		}
	default:
		return nil, fmt.Errorf("%w: it is neither a manifest nor what verify -json prints", ErrAnchor)
	}
	switch {
	case !chain.IsWhole():
		return nil, fmt.Errorf("%w: the chain was already broken when the file was written, at position %d", ErrAnchor,
			chain.FirstBreakPos)
	case chain.RowCount < 1 || chain.ChainHeadHash == "":
		return nil, fmt.Errorf("%w: the chain was empty when the file was written, so there is nothing to start "+
			"from", ErrAnchor)
	}
	return &Anchor{RowCount: chain.RowCount, HeadHash: chain.ChainHeadHash}, nil
}
