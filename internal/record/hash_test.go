package record

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestUnescape(t *testing.T) {
	for _, tt := range []struct {
		name, value, want string
		isNull            bool
	}{
		{"an empty text stays empty", ``, "", false},
		{"a plain text stays as it is", `a b é`, "a b é", false},
		{"every escape that COPY has a letter for", `\b\f\n\r\t\v`, "\b\f\n\r\t\v", false},
		{"an escaped backslash", `a\\b\\`, `a\b\`, false},
		{"an escaped backslash before a letter is no escape", `\\n`, `\n`, false},
		{"an escape of any other character is the character", `\.\a\é`, ".aé", false},
		{"a backslash at the end stays", `a\`, `a\`, false},
		{"null", `\N`, "", true},
		{"a literal \\N is not null", `\\N`, `\N`, false},
		{"\\N within a text is not null", `a\N`, `aN`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, isNull := unescape(nil, []byte(tt.value))
			if string(got) != tt.want || isNull != tt.isNull {
				t.Errorf("%q is %q (null %t), not %q (null %t)", tt.value, got, isNull, tt.want, tt.isNull)
			}
		})
	}
}

func TestPayloadChecker(t *testing.T) {
	const hashOfA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" // printf a | sha256sum
	const hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for _, tt := range []struct {
		name  string
		lines []string
		want  *HashFault
		all   int64
	}{
		{"a true hash is no fault", []string{"1\tx\ta\t" + hashOfA}, nil, 0},
		{"an empty payload has a hash too", []string{"1\tx\t\t" + hashOfNothing}, nil, 0},
		{"the first fault is kept, all are counted", []string{"1\tx\ta\t" + hashOfA, "2\ty\tb\t" + hashOfA, "3\tz\ta\tb"},
			&HashFault{1, "seq=2 id=y", "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d", hashOfA}, 2},
		{"a hash in capitals is a fault", []string{"1\tx\ta\t" + strings.ToUpper(hashOfA)},
			&HashFault{0, "seq=1 id=x", hashOfA, strings.ToUpper(hashOfA)}, 1},
		{"a hash with a blank is a fault", []string{"1\tx\ta\t" + hashOfA + " "},
			&HashFault{0, "seq=1 id=x", hashOfA, hashOfA + " "}, 1},
		{"a hash that is null is a fault", []string{"1\tx\ta\t\\N"}, &HashFault{0, "seq=1 id=x", hashOfA, `\N`}, 1},
		{"a payload that is null is a fault, whatever its hash", []string{"1\tx\t\\N\t" + hashOfNothing},
			&HashFault{0, "seq=1 id=x", "no hash: the payload is NULL", hashOfNothing}, 1},
		{"null beside null is a fault", []string{"1\tx\t\\N\t\\N"},
			&HashFault{0, "seq=1 id=x", "no hash: the payload is NULL", `\N`}, 1},
		{"a row without key columns has no name", []string{"b\t" + hashOfA},
			&HashFault{0, "", "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d", hashOfA}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &payloadChecker{columns: []string{"seq", "id", "payload", "row_hash"}}
			for _, line := range tt.lines {
				if err := c.check([]byte(line)); err != nil {
					t.Fatal(err)
				}
			}
			if c.faults != tt.all || c.rows != int64(len(tt.lines)) {
				t.Errorf("%d faults in %d rows, not %d in %d", c.faults, c.rows, tt.all, len(tt.lines))
			}
			if (c.first == nil) != (tt.want == nil) || c.first != nil && *c.first != *tt.want {
				t.Errorf("the first fault is %+v, not %+v", c.first, tt.want)
			}
		})
	}
	t.Run("a single column is an error", func(t *testing.T) {
		err := (&payloadChecker{rows: 7}).check([]byte(hashOfA))
		if err == nil || err.Error() != "canonical_payload: row 7 has a single column" {
			t.Error(err)
		}
	})
}

func TestLineWriter(t *testing.T) {
	lines := []string{"", "a", strings.Repeat("b", 100_000), "", "é日", "c"}
	text := []byte(strings.Join(lines, "\n") + "\n")
	t.Run("gives whole lines however they are cut into writes", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			var got []string
			w := &lineWriter{line: func(line []byte) error { got = append(got, string(line)); return nil }}
			for rest := text; len(rest) > 0; {
				n := 1 + random.IntN(min(len(rest), 1<<random.IntN(18)))
				if written, err := w.Write(bytes.Clone(rest[:n])); written != n || err != nil {
					t.Fatalf("%d of %d bytes were taken: %v", written, n, err)
				}
				rest = rest[n:]
			}
			if !slices.Equal(got, lines) {
				t.Fatalf("%d lines came out, not %d", len(got), len(lines))
			}
		}
	})
	t.Run("stops at a line that is refused", func(t *testing.T) {
		refused, n := errors.New("refused"), 0
		w := &lineWriter{line: func([]byte) error { n++; return refused }}
		if _, err := w.Write([]byte("a\nb\n")); !errors.Is(err, refused) || n != 1 {
			t.Errorf("%d lines, %v", n, err)
		}
	})
}
