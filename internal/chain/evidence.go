package chain

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/merkle"
	"pgroundtrip/internal/record"
)

// Evidence is the Merkle tree over a whole chain: its root, and proofs. Its JSON is the file of -tree, which an
// auditor can check without this program.
type Evidence struct {
	Format           string       `json:"format"`
	SystemIdentifier string       `json:"system_identifier"`
	Database         string       `json:"database"`
	RowCount         int64        `json:"row_count"`
	Root             string       `json:"tree_root"` // 64 hex digits
	Inclusion        *Inclusion   `json:"inclusion,omitempty"`
	Consistency      *Consistency `json:"consistency,omitempty"`
	// Edge is what a later walk with -since needs to add rows to the tree: merkle.Tree.Edge.
	Edge string `json:"-"`
}

// evidenceFormat is the first field of the -tree file.
const evidenceFormat = "pgroundtrip tree v1"

// Inclusion proves that a row is in the chain.
type Inclusion struct {
	Key      string   `json:"key"` // "seq=3 id=evt-3"
	Position int64    `json:"position"`
	RowHash  string   `json:"row_hash"`
	Hashes   [][]byte `json:"hashes"` // base64, in the order of RFC 6962
	proof    *merkle.Proof
}

// Consistency proves that the chain begins with all rows of an earlier one.
type Consistency struct {
	RowCount int64    `json:"row_count"` // of the earlier one
	Root     string   `json:"tree_root"`
	Hashes   [][]byte `json:"hashes"`
	// Broken says why the chain does not begin with the earlier one; nil if it does.
	Broken error `json:"-"`
	proof  *merkle.Proof
}

// planProofs finds the row to prove, so that every range knows which nodes of the tree to keep.
func (v *Walk) planProofs(ctx context.Context) (err error) {
	s := v.state
	v.evidence = &Evidence{Format: evidenceFormat, SystemIdentifier: s.SystemIdentifier, Database: s.Database,
		RowCount: s.RowCount}
	if v.Prove != "" {
		i, err := v.findRow(ctx)
		if err != nil {
			return err
		}
		if i.proof, err = merkle.Inclusion(i.Position, s.RowCount); err != nil {
			return err
		}
		v.evidence.Inclusion, v.proofs = i, append(v.proofs, i.proof)
	}
	if v.Extends == nil {
		return nil
	}
	c := &Consistency{RowCount: v.Extends.RowCount, Root: v.Extends.HeadHash}
	if c.RowCount < s.Since.RowCount && !s.isWhole() {
		return hint.With(fmt.Errorf("-extends names a tree of %d rows, and of the first %d none are read", c.RowCount,
			s.Since.RowCount), "name the statement of the run that -since names, or leave -since away")
	}
	if v.evidence.Consistency = c; c.RowCount > s.RowCount {
		c.Broken = fmt.Errorf("it has %d rows, and the earlier one had %d", s.RowCount, c.RowCount)
		return nil
	}
	c.proof, err = merkle.Consistency(c.RowCount, s.RowCount)
	v.proofs = append(v.proofs, c.proof)
	return err
}

// findRow searches the payloads for the one row with the value of -prove in one of its key columns.
func (v *Walk) findRow(ctx context.Context) (*Inclusion, error) {
	f := v.Suite.File("canonical_payload")
	var found []*Inclusion
	for _, p := range v.state.Spans {
		err := v.lead.within(ctx, p, func() error {
			columns, err := record.ColumnsOf(ctx, v.lead.conn.PgConn(), f)
			if err != nil {
				return err
			}
			_, err = record.EachRow(ctx, v.lead.conn.PgConn(), f, func(position int64, values []string) error {
				if keys := values[:len(values)-2]; slices.Contains(keys, v.Prove) {
					found = append(found, &Inclusion{Key: record.NameKeys(columns, keys), Position: p.First + position,
						RowHash: values[len(values)-1]})
				}
				return nil
			})
			return err
		})
		if err != nil {
			return nil, v.lead.explain(err)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		if v.state.Since.RowCount > 0 && !v.state.isWhole() {
			return nil, fmt.Errorf("-prove %s: there is no such row after position %d, from which -since goes on", v.Prove,
				v.state.Since.RowCount-1)
		}
		return nil, fmt.Errorf("-prove %s: there is no such row", v.Prove)
	}
	return nil, hint.With(fmt.Errorf("-prove %s: %d rows have that in a key column, %s and %s among them", v.Prove,
		len(found), found[0].Key, found[1].Key),
		"name one by a value that no other row has")
}

// whole returns the tree over the whole chain from that over the rows that were walked.
func (v *Walk) whole(walked *merkle.Tree) (*merkle.Tree, error) {
	if walked == nil || v.Since == nil || v.state.isWhole() {
		return walked, nil
	}
	before, err := merkle.Regrow(v.Since.RowCount, v.SinceEdge, v.Since.HeadHash, v.proofs...)
	if err != nil {
		return nil, fmt.Errorf("the tree of -since cannot be used: %w", err)
	}
	return merkle.Join([]*merkle.Tree{before, walked})
}

// conclude returns the evidence for a complete tree.
func (v *Walk) conclude(all *answer) (*Evidence, error) {
	e := v.evidence
	if e == nil { // of a run that went on
		e = &Evidence{Format: evidenceFormat, SystemIdentifier: v.state.SystemIdentifier, Database: v.state.Database,
			RowCount: v.state.RowCount}
	}
	tree, err := v.whole(all.Tree)
	switch t := tree; {
	case !all.Snapshot.IsWhole():
		return nil, errors.New("the chain is broken")
	case err != nil:
		return nil, err
	case t == nil || t.End() != e.RowCount:
		return nil, fmt.Errorf("verify_chain.sql of %s did not leave a row hash for each of %d events", v.Suite.Name,
			e.RowCount)
	case e.RowCount > 0 && t.Last() != v.state.HeadHash:
		return nil, fmt.Errorf("the last row hash that verify_chain.sql of %s leaves is %s, and the head of the chain is %s",
			v.Suite.Name, t.Last(), v.state.HeadHash)
	}
	e.Edge = tree.Edge()
	if e.Root, err = tree.Root(); err != nil {
		return nil, err
	}
	if i := e.Inclusion; i != nil {
		if i.Hashes, err = tree.Hashes(i.proof); err != nil {
			return nil, err
		}
		if err := merkle.Includes(i.Position, e.RowCount, i.Hashes, i.RowHash, e.Root); err != nil {
			return nil, fmt.Errorf("verify_chain.sql and canonical_payload.sql of %s do not read the same rows: %w",
				v.Suite.Name, err)
		}
	}
	if c := e.Consistency; c != nil && c.proof != nil {
		if c.Hashes, err = tree.Hashes(c.proof); err != nil {
			return nil, err
		}
		c.Broken = merkle.Extends(c.RowCount, e.RowCount, c.Hashes, c.Root, e.Root)
	}
	return e, nil
}
