package evidence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/merkle"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
)

// ReadTree reads the size and root of a chain's Merkle tree from a file that verify -tree wrote, from the output of
// verify -tree -json, or from a statement. It does not check a statement's signature.
func ReadTree(path string) (*record.Anchor, error) {
	data, err := safefile.Read(path, 1<<20)
	if err != nil {
		return nil, err
	}
	var tree struct {
		RowCount int64  `json:"row_count"`
		Root     string `json:"tree_root"`
	}
	if bytes.HasPrefix(data, []byte(title)) {
		s, err := read(path)
		if err != nil {
			return nil, err
		}
		tree.Root = s.keys["chain-tree-root"]
		if tree.RowCount, err = strconv.ParseInt(s.keys["chain-rows"], 10, 64); err != nil && tree.Root != "-" {
			return nil, fmt.Errorf("it does not contain the number of rows of the chain: %w", err)
		}
	} else if err := json.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("it is neither a statement nor what verify -tree writes: %w", err)
	}
	if root, err := hex.DecodeString(tree.Root); err != nil || len(root) != 32 || tree.RowCount < 0 {
		return nil, errors.New("it has no Merkle tree root: it was not written with -tree")
	}
	return &record.Anchor{RowCount: tree.RowCount, HeadHash: tree.Root}, nil
}

// ReadEdge reads, from what verify -tree -json printed, what is needed to add rows to the tree. It must be that of the
// tree's root.
func ReadEdge(data []byte) (string, error) {
	var night struct {
		RowCount int64  `json:"row_count"`
		Head     string `json:"chain_head_hash"`
		Root     string `json:"tree_root"`
		Edge     string `json:"tree_edge"`
	}
	if err := json.Unmarshal(data, &night); err != nil || night.Edge == "" {
		return "", hint.With(errors.New("it holds no Merkle tree to add rows to"),
			"give what verify -tree FILE -json printed, or verify the whole chain, without -since")
	}
	tree, err := merkle.Regrow(night.RowCount, night.Edge, night.Head)
	if err != nil {
		return "", fmt.Errorf("its tree_edge cannot be used: %w", err)
	}
	if root, err := tree.Root(); err != nil || root != night.Root {
		return "", errors.Join(errors.New("its tree_edge is not that of its tree_root"), err)
	}
	return night.Edge, nil
}
