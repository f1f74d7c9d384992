package record

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// blocksPerSize is the number of consecutive blocks of equal size: the first 1024 blocks hold one row each, the next
// 1024 two, then four, and so on. The number of rows need not be known in advance, the number of blocks grows with
// the logarithm of the rows, and a difference is located to about a thousandth of its position.
const blocksPerSize = 1024

// BlockRows returns how many rows block i holds; the last block of a result may hold fewer.
func BlockRows(i int) int64 { return 1 << (i / blocksPerSize) }

// BlockStart returns the position, from 0, of the first row of block i.
func BlockStart(i int) int64 {
	whole := i / blocksPerSize
	return blocksPerSize*(BlockRows(i)-1) + int64(i-whole*blocksPerSize)*BlockRows(i)
}

// blocks computes a digest per block: the first 16 hex digits of the SHA-256 of its rows, with their newlines.
type blocks struct {
	digests []string
	hash    hash.Hash
	filled  int64 // rows in the unfinished block
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
