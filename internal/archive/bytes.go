package archive

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Reading the bytes that tokens consist of.

func (r *Reader) peek() (byte, error) {
	head, err := r.in.Peek(1)
	if len(head) == 0 {
		return 0, err
	}
	return head[0], nil
}

// take consumes a byte, and keeps it if it belongs to a statement.
func (r *Reader) take() (byte, error) {
	c, err := r.in.ReadByte()
	if err != nil {
		return 0, err
	}
	if r.atStart = c == '\n'; c == '\n' {
		r.line++
	}
	if r.s.Line > 0 {
		if len(r.s.Text) < r.Keep {
			r.s.Text = append(r.s.Text, c)
		} else if r.Whole {
			return 0, r.wrong("a statement of more than %d bytes, which began in line %d", r.Keep, r.s.Line)
		}
	}
	if c == 0 {
		return 0, r.wrong("a zero byte")
	}
	return c, nil
}

// takeAll consumes n bytes. Requires that they were peeked.
func (r *Reader) takeAll(n int) {
	for range n {
		if _, err := r.take(); err != nil {
			r.err = err
			return
		}
	}
}

// takeTo consumes everything up to and including the next c.
func (r *Reader) takeTo(c byte) error {
	for {
		piece, err := r.in.ReadSlice(c)
		if bytes.IndexByte(piece, 0) >= 0 {
			return r.wrong("a zero byte")
		}
		r.line += int64(bytes.Count(piece, []byte("\n")))
		if len(piece) > 0 {
			r.atStart = piece[len(piece)-1] == '\n'
		}
		fits := min(len(piece), max(0, r.Keep-len(r.s.Text)))
		r.s.Text = append(r.s.Text, piece[:fits]...)
		if fits < len(piece) && r.Whole {
			return r.wrong("a statement of more than %d bytes, which began in line %d", r.Keep, r.s.Line)
		}
		if err == nil {
			return nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

func (r *Reader) add(k kind, text string) {
	r.recent = [3]token{r.recent[1], r.recent[2], {k, text}}
	if len(r.s.tokens) < maxTokens {
		r.s.tokens = append(r.s.tokens, token{k, text})
		return
	}
	if r.s.rest == nil {
		r.s.rest = map[string]bool{}
	}
	switch k {
	case word, mark:
		if len(r.s.rest) < maxTokens {
			r.s.rest[text] = true
		}
	case name:
		r.s.rest[`"`] = true
	}
}

// excerpt returns the beginning of the unread text, for messages.
func (r *Reader) excerpt() string {
	head, _ := r.in.Peek(80) // fewer at the end
	return clip(head)
}

// clip returns the beginning of the first line of a text, for messages.
func clip(text []byte) string {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	short := strings.ToValidUTF8(string(line[:min(len(line), 120)]), "?")
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == utf8.RuneError || c == 0x7f {
			return '?'
		}
		return c
	}, strings.TrimRight(short, "\r"))
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// lowered returns text with only its ASCII letters in lower case: Unicode maps some other characters to ASCII
// letters.
func lowered(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	}, text)
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\n\r\f\v", c) >= 0 }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func isWordPart(c byte) bool { return isWordStart(c) || isDigit(c) || c == '$' }
