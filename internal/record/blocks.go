package record

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// blocksPerSize is how many blocks in a row cover the same number of rows: the first 1024 blocks hold one row each, the
// next 1024 two, then four, and so on. So the blocks need not know beforehand how many rows there will be, their
// number grows with the logarithm of the rows, and a difference is located to about a thousandth of its position.
const blocksPerSize = 1024

// BlockRows is how many rows block i holds; the last block of a result may hold fewer.
func BlockRows(i int) int64 { return 1 << (i / blocksPerSize) }

// BlockStart is the position of the first row of block i, from 0.
func BlockStart(i int) int64 {
	whole := i / blocksPerSize
	return blocksPerSize*(BlockRows(i)-1) + int64(i-whole*blocksPerSize)*BlockRows(i)
}

// blocks digests rows in blocks: of each the first 16 hex digits of the SHA-256 of its rows, with their newlines.
type blocks struct {
	digests []string
	hash    hash.Hash
	filled  int64 // rows in the block that is not finished
}

func newBlocks() *blocks { return &blocks{hash: sha256.New(), digests: []string{}} }

func (b *blocks) add(line []byte) {
	b.hash.Write(line)
	b.hash.Write(newline)
	if b.filled++; b.filled == BlockRows(len(b.digests)) {
		b.finish()
	}
}

func (b *blocks) finish() {
	b.digests = append(b.digests, hex.EncodeToString(b.hash.Sum(nil)[:8]))
	b.hash.Reset()
	b.filled = 0
}

// end returns the digests of all blocks.
func (b *blocks) end() []string {
	if b.filled > 0 {
		b.finish()
	}
	return b.digests
}

var newline = []byte{'\n'}
