//go:build unix

package roundtrip_test

// maxrssPerKiB is the number of units of ru_maxrss per KiB: Linux counts KiB.
const maxrssPerKiB = 1
