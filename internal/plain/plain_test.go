package plain_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgroundtrip/internal/plain"
)

func TestPlain(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"visible text stays", `Zoë's "日本" 🙂 100% \N`, `Zoë's "日本" 🙂 100% \N`},
		{"a newline", "a\nPASS: b", `a\nPASS: b`},
		{"a carriage return", "FAIL\rPASS", `FAIL\rPASS`},
		{"a tab would be a cell of its own", "a\tb", `a\tb`},
		{"an escape sequence", "\x1b[2Ja", `\x1b[2Ja`},
		{"a backspace and a delete", "a\bb\x7f", `a\x08b\x7f`},
		{"a zero byte", "a\x00", `a\x00`},
		{"the one-character form of ESC [", "\u009b31m", `\u{9b}31m`},
		{"bytes that are not UTF-8, ESC [ in Latin 1 among them", "caf\xe9 \x9b31m", `caf\xe9 \x9b31m`},
		{"text that is turned round", "abc\u202efed\u2066", `abc\u{202e}fed\u{2066}`},
		{"separators of lines", "a\u2028b\u2029c\u0085d", `a\u{2028}b\u{2029}c\u{85}d`},
		{"characters without a width", "a\u200bb\ufeff", `a\u{200b}b\u{feff}`},
		{"characters of private use", "a\ue000\U000e0041", `a\u{e000}\u{e0041}`},
		{"the replacement character is a character", "\ufffd", "\ufffd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := plain.Text(tt.value); got != tt.want {
				t.Errorf("%q, not %q", got, tt.want)
			}
		})
	}
}

func TestLog(t *testing.T) {
	for _, tt := range []struct{ name, message, want string }{
		{"a line", "pgroundtrip: note: a\n", "pgroundtrip: note: a\n"},
		{"an error over several lines", "error: a\n  line 1: b\n\t  ^\n", "error: a\n  line 1: b\n  \t  ^\n"},
		{"a name with a line of its own", "no table \"a\npgroundtrip: note: proven\"\n",
			"no table \"a\n  pgroundtrip: note: proven\"\n"},
		{"a command in a name", "pg_dump: warning: a\n::error::b\n", "pg_dump: warning: a\n  :\\x3aerror::b\n"},
		{"lines of a program", "pg_dump: warning: a\npg_dump: detail: b\nc\n",
			"pg_dump: warning: a\npg_dump: detail: b\n  c\n"},
		{"no line of our own", "pgroundtrip: note: a\npgroundtrip: note: b\n",
			"pgroundtrip: note: a\n  pgroundtrip: note: b\n"},
		{"a command at the start", "::add-mask::e\n", ":\\x3aadd-mask::e\n"},
		{"a command behind blanks", "\u3000 ::add-mask::e\n", "\u3000 :\\x3aadd-mask::e\n"},
		{"older commands stand anywhere", "a ##[add-mask]b ##vso[x] ##[error]\n",
			"a #\\x23[add-mask]b #\\x23vso[x] #\\x23[error]\n"},
		{"what is no command", "schema::table, a#[1], ## b\n", "schema::table, a#[1], ## b\n"},
		{"escape sequences", "\x1b]0;title\x07a\r\n", "\\x1b]0;title\\x07a\\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if _, err := fmt.Fprint(plain.NewLog(&b), tt.message); err != nil || b.String() != tt.want {
				t.Errorf("%q, not %q (%v)", b.String(), tt.want, err)
			}
		})
	}
}
