//go:build !linux

package roundtrip_test

// maxrssPerKiB is the number of units of ru_maxrss per KiB: macOS counts bytes.
const maxrssPerKiB = 1024
