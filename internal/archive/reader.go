// Package archive reads the SQL in pg_dump's archives without a server or psql. It splits the SQL into statements and
// COPY data exactly as the server would, and recognizes what pg_dump does not write. Other SQL is split by the same
// reader (Reader.Any).
package archive

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// A Statement is one SQL statement, without the comments before it and without its semicolon.
type Statement struct {
	Line int64  // of its first token, from 1
	Text []byte // cut at the reader's Keep; valid until the next call of Next
	// IsCopy is set if data follows, which Reader.Data reads.
	IsCopy bool

	tokens []token         // the first maxTokens
	rest   map[string]bool // the text or kind of each token after those
}

// A token is a word (in lower case), a quoted name, a string, a number or a punctuation mark.
type token struct {
	kind kind
	text string // as written; of a string only its beginning
}

type kind byte

const (
	word   kind = 'w'
	name   kind = 'n' // in double quotes, which are kept
	str    kind = 's'
	number kind = '0'
	mark   kind = '.' // punctuation, one byte; "::" is one mark
)

const (
	maxTokens    = 8192 // a table has at most 1,600 columns
	maxTokenText = 256  // of a token
	// MaxStatement is the longest statement that the server accepts (MaxAllocSize).
	MaxStatement = 1<<30 - 1
)

// A SyntaxError is SQL that cannot be read as pg_dump's.
type SyntaxError struct {
	Line int64
	What string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// A Reader reads SQL as pg_dump and pg_restore write it.
type Reader struct {
	// Keep is how much of a statement's text is kept. A longer one is truncated, or is an error if Whole is set.
	Keep  int
	Whole bool
	// Any is set for SQL that pg_dump did not write, without COPY data, whose settings do not change how it is read. An
	// empty statement (of Line 0) is returned, too.
	Any bool

	in       *bufio.Reader
	comments int // that were read, outside strings
	line     int64
	atStart  bool // of a line
	s        Statement
	text     []byte   // of the word that is read
	recent   [3]token // the last three tokens
	isOn     bool     // the last list in parentheses belongs to DISTINCT ON
	depth    int      // of parentheses
	atomic   int      // of begin ... end in a routine's body
	escapes  bool
	trail    func(c byte) bool // reports whether c begins a character whose second byte may be a backslash
	inCopy   bool
	pending  []byte // COPY data that was read but not yet returned
	restrict string // the key of \restrict while it is in force
	closed   bool   // after \unrestrict: nothing may follow
	err      error
}

// NewReader returns a reader of the SQL in r. backslashes is set if standard_conforming_strings is initially off.
func NewReader(r io.Reader, backslashes bool) *Reader {
	size, tokens := 1<<17, 0
	if text, isText := r.(*strings.Reader); isText { // it may be one of a million entries of a table of contents
		size, tokens = min(size, text.Len()+bytes.MinRead), min(maxTokens, text.Len()/8)
	}
	in := bufio.NewReaderSize(r, size)
	if start, err := in.Peek(3); err == nil && string(start) == "\xef\xbb\xbf" { // as psql does, skip a byte order mark
		in.Discard(3)
	}
	return &Reader{Keep: 1 << 16, in: in, line: 1, atStart: true, escapes: backslashes,
		s: Statement{tokens: make([]token, 0, tokens)}}
}

// Next returns the next statement, or io.EOF at the end. It skips COPY data that was not read. Any other error is
// final: a *SyntaxError or an error of the underlying reader.
func (r *Reader) Next() (*Statement, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.inCopy {
		if _, err := io.Copy(io.Discard, (*data)(r)); err != nil {
			return nil, r.fail(err)
		}
	}
	r.s = Statement{Text: r.s.Text[:0], tokens: r.s.tokens[:0]}
	r.depth, r.atomic = 0, 0
	for {
		done, err := r.step()
		switch {
		case errors.Is(err, io.EOF) && r.s.Line == 0 && r.restrict == "":
			return nil, r.fail(io.EOF)
		case errors.Is(err, io.EOF):
			return nil, r.fail(r.wrong("the last statement is incomplete"))
		case err != nil:
			return nil, r.fail(err)
		case r.err != nil:
			return nil, r.err
		case done:
			if err := r.learn(); err != nil {
				return nil, r.fail(err)
			}
			return &r.s, nil
		}
	}
}

// Unread returns how many bytes of the underlying reader's, which have been read ahead, follow the last statement.
func (r *Reader) Unread() int { return r.in.Buffered() }

// Data returns the data that follows a COPY, up to the line \. that ends it.
func (r *Reader) Data() io.Reader { return (*data)(r) }

func (r *Reader) fail(err error) error { r.err = err; return err }

func (r *Reader) wrong(format string, args ...any) error {
	return &SyntaxError{r.line, fmt.Sprintf(format, args...)}
}

// learn applies what a statement changes about how the next ones are read.
func (r *Reader) learn() error {
	if r.Any {
		return nil
	}
	switch variable, value := r.s.setting(); variable {
	case "standard_conforming_strings":
		r.escapes = value == "off"
	case "client_encoding":
		return r.readAs(value)
	}
	if r.s.IsCopy = r.s.isCopy(); r.s.IsCopy {
		return r.afterCopy()
	}
	return nil
}

// readAs sets the encoding of the text that follows.
func (r *Reader) readAs(encoding string) error {
	name := strings.Map(func(c rune) rune { // as the server does (clean_encoding_name in encnames.c)
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, encoding)
	trail, isKnown := trails[name]
	if !isKnown && !plainEncoding.MatchString(name) {
		return r.wrong("client_encoding is set to %s, which pg_dump does not write", clip([]byte(encoding)))
	}
	r.trail = trail
	return nil
}

// trails are the client encodings in which a backslash can be the second byte of a character.
var trails = map[string]func(c byte) bool{
	"sjis": isShiftJIS, "mskanji": isShiftJIS, "shiftjis": isShiftJIS, "win932": isShiftJIS,
	"windows932": isShiftJIS, "shiftjis2004": isShiftJIS,
	"big5": isHigh, "win950": isHigh, "windows950": isHigh, "gbk": isHigh, "win936": isHigh, "windows936": isHigh,
	"uhc": isHigh, "win949": isHigh, "windows949": isHigh, "gb18030": isHigh,
}

// plainEncoding matches the encodings in which it cannot.
var plainEncoding = regexp.MustCompile(`^(?:utf8|unicode|sqlascii|latin(?:[1-9]|10)|iso8859(?:[1-9]|1[03-6])|` +
	`euc(?:cn|jp|kr|tw|jis2004)|` +
	`koi8[ru]?|johab|muleinternal|(?:win|windows)(?:125[0-8]|866|874)|win|abc|alt|tcvn(?:5712)?|vscii)$`)

func isHigh(c byte) bool { return c >= 0x80 }

func isShiftJIS(c byte) bool { return c >= 0x80 && !(c >= 0xa1 && c <= 0xdf) }

// step consumes blanks, a comment or one token. done is set if that was the semicolon that ends a statement.
func (r *Reader) step() (done bool, err error) {
	head, err := r.in.Peek(2)
	switch {
	case len(head) == 0:
		return false, err
	case isSpace(head[0]):
		_, err = r.take()
		return false, err
	}
	c, next := head[0], byte(0)
	if len(head) == 2 {
		next = head[1]
	}
	switch {
	case c == '-' && next == '-':
		return false, r.lineComment()
	case c == '/' && next == '*':
		return false, r.blockComment()
	case c == '\\' && r.Any:
		return false, r.wrong("%q is a psql command, not SQL: a suite holds plain SQL only", r.excerpt())
	case c == '\\' && r.s.Line == 0 && r.atStart:
		return false, r.command()
	case c == '\\':
		return false, r.wrong("a backslash command of psql, or a backslash outside quotes: %s", r.excerpt())
	case c == 0:
		return false, r.wrong("a zero byte")
	case r.closed:
		return false, r.wrong("a statement after \\unrestrict")
	case c == ';' && r.s.Line == 0 && !r.Any:
		_, err = r.take()
		return false, err
	case c == ';' && r.depth == 0 && r.atomic == 0:
		r.atStart = false
		_, err = r.in.ReadByte()
		return true, err
	}
	if r.s.Line == 0 {
		r.s.Line = r.line
	}
	return false, r.token(c, next)
}

// token consumes one token, which begins with c; next is the byte after it, or 0 (scan.l).
func (r *Reader) token(c, next byte) error {
	switch {
	case c == '\'':
		return r.quoted(str, "", c, r.escapes)
	case c == '"':
		return r.quoted(name, "", c, false)
	case c == '$':
		return r.dollar()
	case isWordStart(c):
		return r.word()
	case isDigit(c), c == '.' && isDigit(next):
		return r.number()
	case c == ':' && next == ':':
		r.takeAll(2)
		r.add(mark, "::")
		return nil
	case c == '(':
		if r.depth == 0 {
			r.isOn = r.recent[1].is("distinct") && r.recent[2].is("on")
		}
		r.depth++
	case c == ')':
		r.depth = max(0, r.depth-1)
	}
	if _, err := r.take(); err != nil {
		return err
	}
	r.add(mark, string([]byte{c}))
	return nil
}

// word consumes a word, or the string that it begins: E'...', B'...', X'...', N'...', U&'...'.
func (r *Reader) word() error {
	r.text = r.text[:0]
	for {
		c, err := r.peek()
		if err != nil || !isWordPart(c) {
			break
		}
		if len(r.text) < maxTokenText {
			r.text = append(r.text, c)
		}
		r.take() // it was peeked
	}
	lower := lowered(string(r.text))
	next, _ := r.in.Peek(2) // fewer at the end
	switch {
	case bytes.HasPrefix(next, []byte("'")) && (lower == "b" || lower == "x" || lower == "n"):
		return r.quoted(str, lower, '\'', lower == "n" && r.escapes)
	case bytes.HasPrefix(next, []byte("'")) && lower == "e":
		return r.quoted(str, lower, '\'', true)
	case lower == "u" && (string(next) == "&'" || string(next) == `&"` && !r.Any):
		if next[1] == '"' {
			return r.wrong("a name with unicode escapes, which pg_dump does not write")
		}
		r.takeAll(1)
		return r.quoted(str, "u&", '\'', false)
	}
	r.add(word, lower)
	return r.countBody(lower)
}

// countBody keeps track of the body of a routine, BEGIN ATOMIC ... END, in which semicolons do not end the statement
// (psqlscan.l).
func (r *Reader) countBody(w string) error {
	t := r.s.tokens
	if r.depth > 0 || len(t) < 2 || !t[0].is("create") {
		return nil
	}
	if i := 1; !(t[i].is("function") || t[i].is("procedure") || len(t) > 3 && t[i].is("or") && t[i+1].is("replace") &&
		(t[i+2].is("function") || t[i+2].is("procedure"))) {
		return nil
	}
	switch {
	case w == "atomic" && r.atomic == 0 && r.recent[1].is("begin"):
		r.atomic = 1
	case w == "case" && r.atomic > 0 && !r.Any && !r.isExpected():
		return r.wrong("a CASE that may be a name, which pg_dump would quote")
	case w == "case" && r.atomic > 0:
		r.atomic++
	case w == "end" && r.atomic > 0:
		r.atomic--
	}
	return nil
}

// beforeCase are the words that precede an expression and can be neither an expression nor the label of one.
var beforeCase = kinds("select, distinct, all, when, then, else, case, where, having, on, by, limit, offset, " +
	"returning, return, " +
	"and, or, not")

// isExpected reports whether the last token must be the beginning of an expression, and cannot be a label.
func (r *Reader) isExpected() bool {
	first, before := r.recent[0], r.recent[1]
	switch {
	case first.isMark("."):
		return false
	case before.isMark(")"):
		return r.isOn
	case before.is("by"):
		return first.is("order") || first.is("group") || first.is("partition")
	case before.is("return"):
		return first.is("atomic") || first.isMark(";")
	}
	return before.isMark(",") || before.isMark("=") || before.kind == word && slices.Contains(beforeCase, before.text)
}

var (
	numeral   = regexp.MustCompile(`^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`)
	anyNumber = regexp.MustCompile(`^\.?[0-9A-Za-z_[:^ascii:]]+`) // such as 0x1F, and what is attached to it
)

// number consumes a number. If something is attached to it, some majors take that for a separate token, others refuse
// it.
func (r *Reader) number() error {
	head, _ := r.in.Peek(64) // fewer at the end
	found := numeral.Find(head)
	if r.Any {
		found = anyNumber.Find(head)
	}
	text := string(found)
	if len(found) == len(head) && len(head) == 64 {
		return r.wrong("a number that is too long")
	}
	if len(found) < len(head) && !r.Any {
		if c := head[len(found)]; isWordPart(c) || c == '\'' || c == '"' {
			return r.wrong("a number with something attached to it: %s", r.excerpt())
		}
	}
	r.takeAll(len(found))
	r.add(number, text)
	return nil
}

var (
	// ASCII only: in some encodings the server takes two texts for the same.
	dollarTag = regexp.MustCompile(`^\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$`)
	anyTag    = regexp.MustCompile(`^\$(?:[A-Za-z_[:^ascii:]][A-Za-z0-9_[:^ascii:]]*)?\$`)
	parameter = regexp.MustCompile(`^\$\d+`)
)

// dollar consumes a dollar-quoted string, or a parameter such as $1.
func (r *Reader) dollar() error {
	head, _ := r.in.Peek(maxTokenText) // fewer at the end
	if found := parameter.Find(head); found != nil {
		if len(found) < len(head) && isWordPart(head[len(found)]) && !r.Any {
			return r.wrong("a parameter with something attached to it: %s", r.excerpt())
		}
		r.takeAll(len(found))
		r.add(mark, "$")
		return nil
	}
	found := dollarTag.Find(head)
	if r.Any {
		found = anyTag.Find(head)
	}
	switch {
	case found == nil && r.Any:
		r.takeAll(1)
		r.add(mark, "$")
		return nil
	case found == nil:
		return r.wrong("a stray dollar sign: %s", r.excerpt())
	}
	tag, line := bytes.Clone(found), r.line
	r.takeAll(len(tag))
	for {
		if err := r.takeTo('$'); err != nil {
			return r.unclosed(err, line, "a dollar quote "+string(tag))
		}
		if rest, _ := r.in.Peek(len(tag) - 1); bytes.Equal(rest, tag[1:]) {
			r.takeAll(len(tag) - 1)
			r.add(str, string(tag))
			return nil
		}
	}
}

// quoted consumes text up to the closing quote. A doubled quote does not close it, nor, with escapes, a quote after a
// backslash. Requires that prefix, which precedes the quote, was consumed.
func (r *Reader) quoted(k kind, prefix string, quote byte, escapes bool) error {
	line, start := r.line, len(r.s.Text)
	if _, err := r.take(); err != nil {
		return err
	}
	for {
		err := r.takeQuoted(quote, escapes)
		if err != nil {
			return r.unclosed(err, line, "a quote "+string(quote))
		}
		next, _ := r.peek() // 0 at the end
		if next == quote {
			r.takeAll(1)
			continue
		}
		if escapes && r.continued() {
			continue
		}
		text := prefix
		if start < len(r.s.Text) {
			text += string(r.s.Text[start:min(len(r.s.Text), start+maxTokenText)])
		}
		r.add(k, text)
		return nil
	}
}

// takeQuoted consumes everything up to and including the next quote.
func (r *Reader) takeQuoted(quote byte, escapes bool) error {
	if !escapes {
		return r.takeTo(quote)
	}
	for {
		c, err := r.take()
		switch {
		case err != nil:
			return err
		case c == quote:
			return nil
		case c == '\\', r.trail != nil && r.trail(c):
			if _, err := r.take(); err != nil {
				return err
			}
		}
	}
}

// continued consumes the gap between two parts of one string and the quote that begins the second part, if that
// follows, and reports whether it did. The gap is blanks and line comments with a line break among them. This matters
// only for strings with escapes.
func (r *Reader) continued() bool {
	for n := 256; ; n *= 2 {
		head, err := r.in.Peek(n)
		length, known := continuation(head, err != nil)
		if known || n >= 1<<16 {
			r.takeAll(length)
			return length > 0
		}
	}
}

// continuation returns the length of the gap at the beginning of text, including the quote after it, or 0 if there is
// none. known is false if more text is needed to decide.
func continuation(text []byte, isAll bool) (length int, known bool) {
	broken := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' && broken:
			return i + 1, true
		case isSpace(c):
			broken = broken || c == '\n' || c == '\r'
		case bytes.HasPrefix(text[i:], []byte("--")):
			end := bytes.IndexAny(text[i:], "\n\r")
			if end < 0 {
				return 0, isAll
			}
			i += end - 1
		default:
			return 0, c != '-' || i+1 < len(text) || isAll
		}
	}
	return 0, isAll
}

// unclosed returns the error for a quote or comment that the end of the file leaves open.
func (r *Reader) unclosed(err error, line int64, what string) error {
	if errors.Is(err, io.EOF) {
		return &SyntaxError{line, what + " is opened and never closed"}
	}
	return err
}

// lineComment consumes a comment to the end of its line; a carriage return ends it too (scan.l).
func (r *Reader) lineComment() error {
	r.comments++
	for {
		c, err := r.peek()
		if err != nil || c == '\n' || c == '\r' {
			return ignoreEOF(err)
		}
		r.takeAll(1)
	}
}

func (r *Reader) blockComment() error {
	line, depth := r.line, 0
	r.comments++
	for {
		head, err := r.in.Peek(2)
		switch {
		case len(head) == 0:
			return r.unclosed(err, line, "a comment /*")
		case string(head) == "/*":
			depth++
			r.takeAll(2)
		case string(head) == "*/":
			depth--
			r.takeAll(2)
			if depth == 0 {
				return nil
			}
		default:
			r.takeAll(1)
		}
	}
}

var commandLine = regexp.MustCompile(`^\\(restrict|unrestrict) ([A-Za-z0-9]+)\r?\n?$`)

// command consumes a line that begins with a backslash. pg_dump encloses a plain dump in one \restrict and one
// \unrestrict with the same key; every other psql command is refused.
func (r *Reader) command() error {
	line, err := r.in.ReadSlice('\n')
	m := commandLine.FindSubmatch(line)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull):
		return err
	case m != nil && string(m[1]) == "restrict" && r.restrict == "" && !r.closed:
		r.restrict = string(m[2])
	case m != nil && string(m[1]) == "unrestrict" && r.restrict == string(m[2]):
		r.restrict, r.closed = "", true
	default:
		return r.wrong("a command of psql, which pg_dump does not write there: %s", clip(line))
	}
	r.line++
	return nil
}

// data reads COPY data.
type data Reader

// Read returns data up to the line \. that ends it, which is consumed.
func (d *data) Read(p []byte) (int, error) {
	r := (*Reader)(d)
	if !r.inCopy {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) {
		if len(r.pending) == 0 {
			// The data returned so far is in p, so the buffer may be refilled.
			if n > 0 && r.in.Buffered() == 0 {
				return n, nil
			}
			if err := r.dataLine(); err != nil {
				if errors.Is(err, io.EOF) && n > 0 {
					return n, nil
				}
				return n, err
			}
		}
		copied := copy(p[n:], r.pending)
		r.pending = r.pending[copied:]
		n += copied
	}
	return n, nil
}

// dataLine reads the next line of data, or a part of it, into pending.
func (r *Reader) dataLine() error {
	line, err := r.in.ReadSlice('\n')
	whole := err == nil
	switch {
	case err != nil && !errors.Is(err, bufio.ErrBufferFull) && !errors.Is(err, io.EOF):
		return err
	case r.atStart && isEnd(line):
		r.inCopy = false
		if whole {
			r.line++
		}
		return io.EOF
	case errors.Is(err, io.EOF) && len(line) == 0:
		return r.wrong("the data of COPY is incomplete")
	}
	if r.atStart = whole; whole {
		r.line++
	}
	r.pending = line
	return nil
}

func isEnd(line []byte) bool {
	return len(line) >= 2 && len(line) <= 4 && line[0] == '\\' && line[1] == '.' &&
		len(bytes.TrimRight(line[2:], "\r\n")) == 0
}

// afterCopy requires that the line ends after a COPY, since its data begins on the next one.
func (r *Reader) afterCopy() error {
	rest, err := r.in.ReadSlice('\n')
	switch {
	case len(bytes.TrimSpace(rest)) > 0:
		return r.wrong("something follows COPY on its line: %s", clip(rest))
	case err != nil:
		return r.unclosed(err, r.line, "the data of COPY")
	}
	r.line++
	r.inCopy, r.atStart, r.pending = true, true, nil
	return nil
}
