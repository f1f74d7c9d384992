package archive

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"pgroundtrip/internal/toc"
)

// A Refusal is the first statement that does not belong in an archive.
type Refusal struct {
	Where string // "line 12", "entry 214 (FUNCTION f)"
	What  string
	// Creates is set if the statement is one that --create writes.
	Creates bool
}

func (r *Refusal) Error() string { return r.Where + ": " + r.What }

// Judge reads every statement of an archive's SQL, calls visit with it, and returns the first that does not belong
// there, or nil. A text that cannot be parsed counts as such a statement. err is an error of the underlying reader.
func Judge(in io.Reader, backslashes bool, visit func(*Statement)) (refused *Refusal, err error) {
	return NewReader(in, backslashes).judge(visit)
}

// CountComments returns how many comments a text has, up to what cannot be parsed. err is an error of the underlying
// reader.
func CountComments(in io.Reader) (n int, err error) {
	r := NewReader(in, false)
	if _, err = r.judge(nil); err == nil {
		_, err = io.Copy(io.Discard, r.in)
	}
	return r.comments, err
}

func (r *Reader) judge(visit func(*Statement)) (refused *Refusal, err error) {
	for {
		s, err := r.Next()
		var wrong *SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			return refused, nil
		case errors.As(err, &wrong):
			if refused == nil {
				refused = &Refusal{Where: fmt.Sprintf("line %d", wrong.Line), What: wrong.What, Creates: wrong.isConnect()}
			}
			return refused, nil
		case err != nil:
			return refused, err
		}
		if what := s.Refusal(); what != "" && refused == nil {
			refused = &Refusal{fmt.Sprintf("line %d", s.Line), what, s.Creates()}
		}
		if visit != nil {
			visit(s)
		}
	}
}

// JudgeEntries does the same for a table of contents, each entry by itself, as pg_restore sends it. unread are the
// numbers of the entries that hold more than rows of COPY or large objects, and must be read like definitions. known
// are those that only make large objects, of an owner whom an entry before them has, too: what pg_restore writes for
// such an entry is known, and there may be millions.
func JudgeEntries(entries iter.Seq2[toc.Entry, error]) (refused *Refusal, unread, known Numbers, err error) {
	unread, known = Numbers{}, Numbers{}
	owners := map[string]bool{}
	like, seen := &Reader{}, Numbers{}
	for e, err := range entries {
		if err != nil {
			return nil, nil, nil, err
		}
		_, rest, _ := strings.Cut(e.Definition, "'")
		value, _, _ := strings.Cut(rest, "'")
		switch e.Desc { // as pg_restore reads them: what is between the first two quotes
		case "STDSTRINGS":
			like.escapes = value != "on"
		case "ENCODING":
			if err := like.readAs(lowered(value)); err != nil {
				refused = &Refusal{Where: fmt.Sprintf("entry %d (ENCODING)", e.ID), What: err.Error()}
			}
		}
	}
	for e, err := range entries {
		if err != nil {
			return nil, nil, nil, err
		}
		what := refusal(&e, like)
		if seen.Has(e.ID) {
			what = "another entry has the same number"
		}
		seen.add(e.ID)
		if what != "" && refused == nil {
			refused = &Refusal{Where: fmt.Sprintf("entry %d (%s)", e.ID, clip([]byte(e.Desc+" "+e.Tag))), What: what}
		}
		if e.IsText() || e.Definition != "" {
			unread.add(e.ID)
		}
		if onlyMakesLarge(&e) {
			if owners[e.Owner] {
				known.add(e.ID)
			}
			owners[e.Owner] = true
		}
	}
	return refused, unread, known, nil
}

// onlyMakesLarge reports whether an entry makes large objects, and has nothing that pg_restore would write as it is,
// except their numbers: the tag of an entry BLOB is one.
func onlyMakesLarge(e *toc.Entry) bool {
	isMade := e.Desc == "BLOB METADATA" || e.Desc == "BLOB" && isLargeObject(e.Definition) && isOnly(e.Tag, "0123456789")
	return isMade && e.Copy == "" && !e.HasData && !e.IsPlaced
}

// isOnly reports whether a text has no other characters.
func isOnly(text, characters string) bool { return strings.Trim(text, characters) == "" }

// Numbers is a set of entry numbers, 64 to a word, since entries are numbered consecutively.
type Numbers map[int]uint64

func (s Numbers) add(n int) { s[n>>6] |= 1 << (n & 63) }

// Has reports whether n is in the set.
func (s Numbers) Has(n int) bool { return s[n>>6]>>(n&63)&1 == 1 }

// isOfCreate reports whether an entry is one that every archive has and only --create restores.
func isOfCreate(e *toc.Entry) bool {
	switch e.Desc {
	case "DATABASE", "DATABASE PROPERTIES":
		return true
	case "ACL", "COMMENT", "SECURITY LABEL":
		return strings.HasPrefix(e.Tag, "DATABASE ")
	}
	return false
}

// refusal returns why an entry does not belong in an archive, or "".
func refusal(e *toc.Entry, like *Reader) string {
	if !isOnly(e.Desc, "ABCDEFGHIJKLMNOPQRSTUVWXYZ -") {
		return "it is of a kind that pg_dump does not write"
	}
	if isOfCreate(e) {
		return ""
	}
	texts := []string{e.Definition, e.Drop}
	switch e.Desc {
	case "SEARCHPATH", "ENCODING", "STDSTRINGS": // read by pg_restore itself, not run
		texts = nil
	case "BLOB METADATA":
		if !isOnly(e.Definition, "0123456789\n") {
			return "it is not a list of large objects"
		}
		texts = nil
	}
	for _, text := range texts {
		if isLargeObject(text) { // one of millions, perhaps
			continue
		}
		if refused := judgeText(text, like); refused != "" {
			return refused
		}
	}
	if e.Copy == "" {
		return ""
	}
	r := readerLike(e.Copy, like)
	s, err := r.Next()
	if err != nil {
		return err.Error()
	}
	if rest, err := io.ReadAll(r.in); err != nil || len(rest) > 0 || !s.isPlainCopy() {
		return s.Excerpt()
	}
	return ""
}

// isLargeObject reports whether a text makes or drops one large object, and no more.
func isLargeObject(text string) bool {
	for _, call := range []string{"lo_create('", "lo_unlink('"} {
		if rest, isCall := strings.CutPrefix(text, "SELECT pg_catalog."+call); isCall {
			number, isWhole := strings.CutSuffix(rest, "');\n")
			return isWhole && isOnly(number, "0123456789")
		}
	}
	return false
}

// readerLike returns a reader of text with the string and encoding settings of another one.
func readerLike(text string, like *Reader) *Reader {
	r := NewReader(strings.NewReader(text), like.escapes)
	r.trail = like.trail
	return r
}

// judgeText returns why a text does not belong in an archive whose statements are sent at once, or "". The server
// parses the whole text before it runs the first statement, so no statement may change how the next are parsed.
func judgeText(text string, like *Reader) (refusal string) {
	r := readerLike(text, like)
	refused, err := r.judge(func(s *Statement) {
		if variable, _ := s.setting(); variable != "" && refusal == "" {
			refusal = s.Excerpt()
		}
	})
	if err != nil || refused != nil {
		return fmt.Sprint(refused)
	}
	return refusal
}

// isConnect reports whether the error is about \connect.
func (e *SyntaxError) isConnect() bool { return strings.Contains(e.What, `\c`) }
