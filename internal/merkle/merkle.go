// Package merkle builds the Merkle tree of a chain (RFC 6962, 2.1) from ranges that are read in any order, and makes
// and checks proofs for readers who see nothing else of the chain.
package merkle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// A Tree is the tree over a range of a chain. It holds the largest subtrees that make up the range, at most two for
// each power of two, and the nodes that proofs need.
type Tree struct {
	first, end uint64
	subtrees   [][sha256.Size]byte // their roots, left to right: a compact range
	last       [sha256.Size]byte   // the row hash that was added last
	wanted     []compact.NodeID
	found      map[compact.NodeID][]byte
}

var factory = &compact.RangeFactory{Hash: func(left, right []byte) []byte {
	sum := hashNode(left, right)
	return sum[:]
}}

// hashLeaf and hashNode compute the same as rfc6962.DefaultHasher in a third of the time. The prefixes keep a leaf
// from being taken for a node.
func hashLeaf(rowHash []byte) [sha256.Size]byte {
	var b [1 + sha256.Size]byte
	copy(b[1:], rowHash)
	return sha256.Sum256(b[:])
}

func hashNode(left, right []byte) [sha256.Size]byte {
	var b [1 + 2*sha256.Size]byte
	b[0] = 1
	copy(b[1:], left)
	copy(b[1+sha256.Size:], right)
	return sha256.Sum256(b[:])
}

// New returns the empty tree over a range that begins at position first. It remembers the nodes that the proofs need.
func New(first int64, proofs ...*Proof) *Tree {
	t := &Tree{first: uint64(first), end: uint64(first), found: map[compact.NodeID][]byte{}}
	for _, p := range proofs {
		t.wanted = append(t.wanted, p.nodes.IDs...)
	}
	return t
}

const digits = 2 * sha256.Size

// Add adds the next rows by their hashes, 64 hex digits each, separated by '|'.
func (t *Tree) Add(rowHashes []byte) error {
	for isMore := len(rowHashes) > 0; isMore; {
		var rowHash []byte
		rowHash, rowHashes, isMore = bytes.Cut(rowHashes, []byte{'|'})
		if n, err := hex.Decode(t.last[:], rowHash[:min(digits, len(rowHash))]); err != nil || n < sha256.Size ||
			len(rowHash) > digits {
			return fmt.Errorf("the row hash at position %d is not a SHA-256 as 64 hex digits", t.end)
		}
		t.add(hashLeaf(t.last[:]))
	}
	return nil
}

// add adds the leaf of the next row. It joins a node that is a right child with its sibling, if the range covers that
// too. Appending to a compact.Range does the same, and allocates memory for each node.
func (t *Tree) add(node [sha256.Size]byte) {
	id := compact.NewNodeID(0, t.end)
	t.visit(id, &node)
	for ; id.Index&1 == 1 && (id.Index-1)<<id.Level >= t.first; t.visit(id, &node) {
		left := len(t.subtrees) - 1
		node = hashNode(t.subtrees[left][:], node[:])
		t.subtrees = t.subtrees[:left]
		id = compact.NewNodeID(id.Level+1, id.Index/2)
	}
	t.subtrees, t.end = append(t.subtrees, node), t.end+1
}

// visit keeps a node if a proof needs it.
func (t *Tree) visit(id compact.NodeID, node *[sha256.Size]byte) {
	if slices.Contains(t.wanted, id) {
		t.found[id] = bytes.Clone(node[:])
	}
}

// Join returns the tree over consecutive ranges. The ranges are not changed.
func Join(trees []*Tree) (*Tree, error) {
	all := New(int64(trees[0].first))
	all.wanted = trees[0].wanted
	joined, err := all.compact()
	if err != nil {
		return nil, err
	}
	for _, t := range trees {
		if t.end > t.first {
			all.last = t.last
		}
		maps.Copy(all.found, t.found)
		next, err := t.compact()
		if err == nil {
			err = joined.AppendRange(next, func(id compact.NodeID, hash []byte) {
				all.visit(id, (*[sha256.Size]byte)(hash))
			})
		}
		if err != nil {
			return nil, err
		}
	}
	return all, all.take(joined)
}

// compact returns the tree as a range of the library.
func (t *Tree) compact() (*compact.Range, error) { return factory.NewRange(t.first, t.end, t.hashes()) }

// take sets t to the tree of a range of the library.
func (t *Tree) take(r *compact.Range) error {
	t.first, t.end, t.subtrees = r.Begin(), r.End(), nil
	for _, hash := range r.Hashes() {
		if len(hash) != sha256.Size {
			return fmt.Errorf("a node of the tree has %d bytes", len(hash))
		}
		t.subtrees = append(t.subtrees, [sha256.Size]byte(hash))
	}
	return nil
}

// Edge returns the roots of the largest subtrees that make up the range, left to right, 64 hex digits each. Regrow
// needs nothing else to add more rows.
func (t *Tree) Edge() string { return hex.EncodeToString(bytes.Join(t.hashes(), nil)) }

// hashes returns the roots of the largest subtrees, as the library has them.
func (t *Tree) hashes() [][]byte {
	hashes := make([][]byte, len(t.subtrees))
	for i := range hashes {
		hashes[i] = bytes.Clone(t.subtrees[i][:])
	}
	return hashes
}

// Regrow returns the tree over the first rows of a chain from its Edge and its last row hash, 64 hex digits. It
// remembers the nodes that the proofs need.
func Regrow(rows int64, edge, last string, proofs ...*Proof) (*Tree, error) {
	t := New(0, proofs...)
	hashes, err := hex.DecodeString(edge)
	if err != nil {
		return nil, err
	}
	r, err := factory.NewRange(0, uint64(rows), slices.Collect(slices.Chunk(hashes, sha256.Size)))
	if err == nil {
		err = t.take(r)
	}
	row, errLast := hex.DecodeString(last)
	if copy(t.last[:], row); errLast != nil || len(row) != sha256.Size {
		err = errors.Join(err, fmt.Errorf("%q is not a SHA-256 as 64 hex digits", last))
	}
	if err != nil {
		return nil, err
	}
	for i, id := range compact.RangeNodes(0, t.end, nil) {
		t.visit(id, &t.subtrees[i])
	}
	return t, nil
}

// End returns the position after the last row; for a tree that begins at 0 that is the number of rows.
func (t *Tree) End() int64 { return int64(t.end) }

// Last returns the row hash that was added last, 64 hex digits.
func (t *Tree) Last() string { return hex.EncodeToString(t.last[:]) }

// Root returns the root of the tree, 64 hex digits. Requires a tree that begins at 0. The root of no rows is the
// SHA-256 of the empty string, as in RFC 6962.
func (t *Tree) Root() (string, error) {
	all, err := t.compact()
	if err != nil {
		return "", err
	}
	root, err := all.GetRootHash(nil)
	if root == nil {
		root = rfc6962.DefaultHasher.EmptyRoot()
	}
	return hex.EncodeToString(root), err
}

// stored is the JSON form of a Tree, without the nodes that proofs need.
type stored struct {
	First  uint64   `json:"first"`
	End    uint64   `json:"end"`
	Hashes [][]byte `json:"hashes"`
	Last   []byte   `json:"last"`
}

// MarshalJSON writes the tree, so that an interrupted walk can resume.
func (t *Tree) MarshalJSON() ([]byte, error) {
	return json.Marshal(stored{t.first, t.end, t.hashes(), t.last[:]})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Tree) UnmarshalJSON(data []byte) error {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	r, err := factory.NewRange(s.First, s.End, s.Hashes)
	if err != nil {
		return err
	}
	*t = *New(0)
	copy(t.last[:], s.Last)
	return t.take(r)
}

// A Proof names the nodes that show that a row is in a tree, or that a tree begins with all rows of a smaller one.
type Proof struct{ nodes proof.Nodes }

// Inclusion returns the proof that the row at a position is in the tree of that size. Requires 0 <= position < size.
func Inclusion(position, size int64) (*Proof, error) {
	nodes, err := proof.Inclusion(uint64(position), uint64(size))
	return &Proof{nodes}, err
}

// Consistency returns the proof that the tree of that size begins with all rows of a smaller one. Requires 0 <= from
// <= size.
func Consistency(from, size int64) (*Proof, error) {
	nodes, err := proof.Consistency(uint64(from), uint64(size))
	return &Proof{nodes}, err
}

// Hashes returns the hashes of the proof in the order of RFC 6962. Requires that t was made with p and covers the
// whole tree.
func (t *Tree) Hashes(p *Proof) ([][]byte, error) {
	hashes := [][]byte{}
	for _, id := range p.nodes.IDs {
		hash := t.found[id]
		if hash == nil {
			return nil, fmt.Errorf("the node %v was not read", id)
		}
		hashes = append(hashes, hash)
	}
	return p.nodes.Rehash(hashes, factory.Hash)
}

// Includes returns nil if hashes prove that the row hash is at a position of the tree with that size and root, else
// why they do not. Row hash and root are 64 hex digits.
func Includes(position, size int64, hashes [][]byte, rowHash, root string) error {
	row, err := decode("row hash", rowHash)
	to, errRoot := decode("root", root)
	if err := errors.Join(err, errRoot); err != nil {
		return err
	}
	leaf := hashLeaf(row)
	return proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(position), uint64(size), leaf[:], hashes, to)
}

// Extends returns nil if hashes prove that the tree with that size and root begins with all rows of the tree with
// fromSize and fromRoot, else why they do not. Every tree extends the empty one. Roots are 64 hex digits.
func Extends(fromSize, size int64, hashes [][]byte, fromRoot, root string) error {
	if fromSize == 0 {
		return nil
	}
	from, err := decode("root", fromRoot)
	to, errRoot := decode("root", root)
	if err := errors.Join(err, errRoot); err != nil {
		return err
	}
	return proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(fromSize), uint64(size), hashes, from, to)
}

// decode reads a hash as hex digits; what is its name in the error.
func decode(what, digits string) ([]byte, error) {
	hash, err := hex.DecodeString(digits)
	if err != nil {
		err = fmt.Errorf("the %s is not 64 hex digits: %w", what, err)
	}
	return hash, err
}
