//go:build !linux

package roundtrip_test

// maxrssPerKiB is how many units of ru_maxrss a KiB has: macOS counts bytes.
const maxrssPerKiB = 1024
