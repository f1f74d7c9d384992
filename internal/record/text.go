package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// payloadChecker recomputes the hash of each row of canonical_payload, whose last two columns are the payload and its
// hash.
type payloadChecker struct {
	columns []string
	rows    int64
	faults  int64
	first   *HashFault
	buf     []byte
}

// check checks one row of COPY text, without its newline.
func (c *payloadChecker) check(line []byte) error {
	position := c.rows
	c.rows++
	hashAt := bytes.LastIndexByte(line, '\t')
	if hashAt < 0 {
		return fmt.Errorf("canonical_payload: row %d has a single column", position)
	}
	payloadAt := bytes.LastIndexByte(line[:hashAt], '\t') + 1
	payload, isNull := unescape(c.buf[:0], line[payloadAt:hashAt])
	c.buf = payload
	got := string(line[hashAt+1:])
	sum := sha256.Sum256(payload)
	want := hex.EncodeToString(sum[:])
	if !isNull && got == want {
		return nil
	}
	c.faults++
	if c.first != nil {
		return nil
	}
	if isNull {
		want = "no hash: the payload is NULL"
	}
	keys := ""
	if payloadAt > 0 {
		keys = NameKeys(c.columns, strings.Split(string(line[:payloadAt-1]), "\t"))
	}
	c.first = &HashFault{Position: position, Key: keys, Want: want, Got: got}
	return nil
}

// NameKeys formats key columns as "seq=3 id=evt-3".
func NameKeys(columns, values []string) string {
	var keys []string
	for i, value := range values {
		if i < len(columns) {
			keys = append(keys, columns[i]+"="+value)
		}
	}
	return strings.Join(keys, " ")
}

// unescape appends what a COPY text value stands for to buf; isNull is true for \N (PostgreSQL documentation, COPY,
// "Text Format").
func unescape(buf, value []byte) (stored []byte, isNull bool) {
	if string(value) == `\N` {
		return buf, true
	}
	for {
		i := bytes.IndexByte(value, '\\')
		if i < 0 || i+1 == len(value) {
			return append(buf, value...), false
		}
		buf = append(buf, value[:i]...)
		c := value[i+1]
		end := min(i+4, len(value))
		if n, err := strconv.ParseUint(string(value[i+2:end]), 16, 8); c == 'x' && err == nil { // written by Printable
			buf, value = append(buf, byte(n)), value[end:]
			continue
		}
		if at := strings.IndexByte("bfnrtv", c); at >= 0 {
			c = "\b\f\n\r\t\v"[at]
		}
		buf = append(buf, c)
		value = value[i+2:]
	}
}

// lineWriter calls line with each complete line, without the newline. The slice is valid only during the call.
type lineWriter struct {
	line func([]byte) error
	rest []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	for rest := p; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			w.rest = append(w.rest, rest...)
			return len(p), nil
		}
		whole := rest[:i]
		if len(w.rest) > 0 {
			w.rest = append(w.rest, whole...)
			whole = w.rest
		}
		if err := w.line(whole); err != nil {
			return 0, err
		}
		w.rest, rest = w.rest[:0], rest[i+1:]
	}
}

// Printable returns COPY text with every byte that is not valid UTF-8 written as \xHH, which COPY reads: an SQL_ASCII
// database may hold any bytes, JSON may not.
func Printable(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02x`, text[i])
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// printable is Printable for bytes; it returns line itself if that is valid UTF-8.
func printable(line []byte) []byte {
	if utf8.Valid(line) {
		return line
	}
	return []byte(Printable(string(line)))
}
