package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
)

// FuzzPayload requires that a row of canonical_payload passes only if its hash is that of the payload that COPY
// wrote, and that text written by COPY is read back unchanged.
func FuzzPayload(f *testing.F) {
	f.Add("k\t", []byte("audit_events/1 seq=1"), "")
	f.Add("", []byte("tab \t newline \n \\N \\. \x00\xff"), "\t")
	f.Add("1\t2\t", []byte{}, strings.Repeat("0", 64))
	f.Fuzz(func(t *testing.T, keys string, payload []byte, hash string) {
		escaped := escapeName(string(payload))
		if stored, isNull := unescape(nil, []byte(escaped)); isNull || !bytes.Equal(stored, payload) {
			t.Fatalf("%q is written %q and read %q", payload, escaped, stored)
		}
		sum := sha256.Sum256(payload)
		honest := hex.EncodeToString(sum[:])
		if strings.ContainsAny(hash, "\t\n") {
			hash = honest
		}
		c := &payloadChecker{columns: []string{"k"}}
		if err := c.check([]byte(keys + escaped + "\t" + hash)); err != nil && strings.Contains(keys+escaped, "\t") {
			t.Fatal(err)
		}
		if isHonest := hash == honest; strings.HasSuffix(keys, "\t") && isHonest != (c.faults == 0) {
			t.Errorf("the hash %q of %q: %d faults", hash, payload, c.faults)
		}
		c = &payloadChecker{}
		_ = c.check([]byte(keys)) // any text must be handled without a panic
	})
}

// FuzzReadChain requires, for any text in the two results, that only a result without a break gives a whole chain.
func FuzzReadChain(f *testing.F) {
	f.Add([]byte("row_count\tchain_head_hash\n24\tab\n"),
		[]byte("first_break_id\tfirst_break_pos\tfirst_break_reason\tverifier_walked\n\\N\t\\N\t\\N\t24\n"))
	f.Add([]byte("row_count\tchain_head_hash\n24\tab\n"),
		[]byte("first_break_id\tfirst_break_pos\tfirst_break_reason\tverifier_walked\nx\t3\ty\t24\n"))
	f.Add([]byte("row_count\n"), []byte("first_break_pos\tx\n\t\n"))
	f.Fuzz(func(t *testing.T, snapshot, chain []byte) {
		r := &Record{}
		for name, data := range map[string][]byte{"snapshot": snapshot, "verify_chain": chain} {
			result, err := ReadResult(bytes.NewReader(data), name)
			if err != nil || result.Rows != 1 {
				return
			}
			r.Results = append(r.Results, result)
		}
		if r.ReadChain("fuzz") != nil {
			return
		}
		header, row, _ := strings.Cut(string(chain), "\n")
		values := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		for i, column := range strings.Split(header, "\t") {
			names := i < len(values) && values[i] != `\N` && values[i] != ""
			if column == "first_break_id" && names && strings.Count(header, column) == 1 && r.Chain.IsWhole() {
				t.Errorf("%q is read as a whole chain: %+v", chain, r.Chain)
			}
		}
	})
}
