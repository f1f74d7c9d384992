// Package merkle builds the Merkle tree of a chain (RFC 6962, 2.1) from ranges that are read in any order, and makes
// and checks proofs for readers who see nothing else of the chain.
package merkle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// A Tree is the tree over a range of a chain. It holds a few nodes for each power of two in the length of the range,
// and the nodes that proofs need.
type Tree struct {
	nodes  *compact.Range
	last   [sha256.Size]byte // the row hash that was added last
	wanted []compact.NodeID
	found  map[compact.NodeID][]byte
}

var factory = &compact.RangeFactory{Hash: hashChildren}

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

func hashChildren(left, right []byte) []byte {
	sum := hashNode(left, right)
	return sum[:]
}

// New returns the empty tree over a range that begins at position first. It remembers the nodes that the proofs need.
func New(first int64, proofs ...*Proof) *Tree {
	t := &Tree{nodes: factory.NewEmptyRange(uint64(first)), found: map[compact.NodeID][]byte{}}
	for _, p := range proofs {
		t.wanted = append(t.wanted, p.nodes.IDs...)
	}
	return t
}

// Add adds the next rows by their hashes, 64 hex digits each, separated by '|'.
func (t *Tree) Add(rowHashes []byte) error {
	for len(rowHashes) > 0 {
		if t.addSubtree(rowHashes) {
			rowHashes = rowHashes[min(len(rowHashes), subtreeRows*(digits+1)):]
			continue
		}
		rowHash, rest, isMore := bytes.Cut(rowHashes, []byte{'|'})
		if len(rowHash) != digits || isMore && len(rest) == 0 {
			return fmt.Errorf("the row hash at position %d is not a SHA-256 as 64 hex digits", t.nodes.End())
		}
		if _, err := hex.Decode(t.last[:], rowHash); err != nil {
			return fmt.Errorf("the row hash at position %d is not a SHA-256 as 64 hex digits: %w", t.nodes.End(), err)
		}
		leaf := hashLeaf(t.last[:])
		if err := t.nodes.Append(leaf[:], t.visitor()); err != nil {
			return err
		}
		rowHashes = rest
	}
	return nil
}

const (
	digits       = 2 * sha256.Size
	subtreeLevel = 10
	subtreeRows  = 1 << subtreeLevel
)

// addSubtree adds rows that make up a whole subtree, in half the time of adding them one by one. It returns false if
// they do not, or if one of the subtree's nodes is wanted.
func (t *Tree) addSubtree(rowHashes []byte) bool {
	first := t.nodes.End()
	isWanted := func(id compact.NodeID) bool {
		return id.Level <= subtreeLevel && id.Index>>(subtreeLevel-id.Level) == first>>subtreeLevel
	}
	const size = subtreeRows*(digits+1) - 1
	if first%subtreeRows != 0 || len(rowHashes) < size || len(rowHashes) > size && rowHashes[size] != '|' ||
		len(rowHashes) == size+1 || slices.ContainsFunc(t.wanted, isWanted) {
		return false
	}
	var last [sha256.Size]byte
	nodes := make([][sha256.Size]byte, subtreeRows)
	for i := range nodes {
		at := i * (digits + 1)
		if i > 0 && rowHashes[at-1] != '|' {
			return false
		}
		if _, err := hex.Decode(last[:], rowHashes[at:at+digits]); err != nil {
			return false
		}
		nodes[i] = hashLeaf(last[:])
	}
	for ; len(nodes) > 1; nodes = nodes[:len(nodes)/2] {
		for i := range len(nodes) / 2 {
			nodes[i] = hashNode(nodes[2*i][:], nodes[2*i+1][:])
		}
	}
	subtree, err := factory.NewRange(first, first+subtreeRows, [][]byte{nodes[0][:]})
	if err != nil || t.nodes.AppendRange(subtree, t.visitor()) != nil {
		return false
	}
	t.last = last
	return true
}

// Join returns the tree over consecutive ranges. The ranges are not changed.
func Join(trees []*Tree) (*Tree, error) {
	all := &Tree{nodes: factory.NewEmptyRange(trees[0].nodes.Begin()), wanted: trees[0].wanted,
		found: map[compact.NodeID][]byte{}}
	for _, t := range trees {
		if t.nodes.End() > t.nodes.Begin() {
			all.last = t.last
		}
		maps.Copy(all.found, t.found)
		if err := all.nodes.AppendRange(t.nodes, all.visitor()); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// visitor returns a function that keeps the wanted nodes, or nil if none is wanted.
func (t *Tree) visitor() compact.VisitFn {
	if t.wanted == nil {
		return nil
	}
	return func(id compact.NodeID, hash []byte) {
		for _, wanted := range t.wanted {
			if id == wanted {
				t.found[id] = hash
			}
		}
	}
}

// End returns the position after the last row; for a tree that begins at 0 that is the number of rows.
func (t *Tree) End() int64 { return int64(t.nodes.End()) }

// Last returns the row hash that was added last, 64 hex digits.
func (t *Tree) Last() string { return hex.EncodeToString(t.last[:]) }

// Root returns the root of the tree, 64 hex digits. Requires a tree that begins at 0. The root of no rows is the
// SHA-256 of the empty string, as in RFC 6962.
func (t *Tree) Root() (string, error) {
	root, err := t.nodes.GetRootHash(nil)
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
	return json.Marshal(stored{t.nodes.Begin(), t.nodes.End(), t.nodes.Hashes(), t.last[:]})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Tree) UnmarshalJSON(data []byte) error {
	var s stored
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	nodes, err := factory.NewRange(s.First, s.End, s.Hashes)
	if err != nil {
		return err
	}
	*t = Tree{nodes: nodes, found: map[compact.NodeID][]byte{}}
	copy(t.last[:], s.Last)
	return nil
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
	return p.nodes.Rehash(hashes, hashChildren)
}

// Includes returns nil if hashes prove that the row hash is at a position of the tree with that size and root, else
// why they do not. Row hash and root are 64 hex digits.
func Includes(position, size int64, hashes [][]byte, rowHash, root string) error {
	row, err := hex.DecodeString(rowHash)
	if err != nil {
		return fmt.Errorf("the row hash is not 64 hex digits: %w", err)
	}
	to, err := hex.DecodeString(root)
	if err != nil {
		return fmt.Errorf("the root is not 64 hex digits: %w", err)
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
	from, err := hex.DecodeString(fromRoot)
	if err != nil {
		return fmt.Errorf("the root is not 64 hex digits: %w", err)
	}
	to, err := hex.DecodeString(root)
	if err != nil {
		return fmt.Errorf("the root is not 64 hex digits: %w", err)
	}
	return proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(fromSize), uint64(size), hashes, from, to)
}
