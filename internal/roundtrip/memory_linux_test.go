//go:build unix

package roundtrip_test

// maxrssPerKiB is how many units of ru_maxrss a KiB has: Linux counts KiB.
const maxrssPerKiB = 1
