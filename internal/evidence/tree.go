package evidence

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"pgroundtrip/internal/record"
)

// ReadTree reads the size and root of a chain's Merkle tree from a file that verify -tree wrote, from the output of
// verify -tree -json, or from a statement. It does not check a statement's signature.
func ReadTree(path string) (*record.Anchor, error) {
	data, err := readAll(path, 1<<20)
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
