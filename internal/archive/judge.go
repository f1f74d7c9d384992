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
			refused = &Refusal{fmt.Sprintf("line %d", s.Line), what, s.creates()}
		}
		if visit != nil {
			visit(s)
		}
	}
}

// JudgeEntries does the same for a table of contents, each entry by itself, as pg_restore sends it. unread are the
// numbers of the entries that hold more than rows of COPY or large objects, and must be read like definitions. known
// are those that differ from an entry before them only in the number of a large object: what pg_restore writes for them
// is known, and there may be millions.
func JudgeEntries(entries iter.Seq2[toc.Entry, error]) (refused *Refusal, unread, known toc.Numbers, err error) {
	unread, known = toc.Numbers{}, toc.Numbers{}
	shapes := map[shape]bool{}
	like, seen := &Reader{}, toc.Numbers{}
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
		what := ""
		s, isLarge := shapeOf(&e)
		if isLarge && shapes[s] {
			known.Add(e.ID)
		} else if what = refusal(&e, like); isLarge && len(shapes) < mostShapes {
			shapes[s] = true
		}
		if seen.Has(e.ID) {
			what = "another entry has the same number"
		}
		seen.Add(e.ID)
		if what != "" && refused == nil {
			refused = &Refusal{Where: fmt.Sprintf("entry %d (%s)", e.ID, clip([]byte(e.Desc+" "+e.Tag))), What: what}
		}
		if e.IsText() || e.Definition != "" {
			unread.Add(e.ID)
		}
	}
	return refused, unread, known, nil
}

// mostShapes bounds the memory for them.
const mostShapes = 1 << 16

// A shape is what pg_restore writes for an entry about large objects, except their numbers.
type shape struct{ desc, owner, definition, drop string }

// shapeOf returns the shape of an entry about one large object, or of a list of them; ok is false for other entries.
func shapeOf(e *toc.Entry) (s shape, ok bool) {
	number, isGrant := strings.CutPrefix(e.Tag, "LARGE OBJECT ")
	quote := "'"
	switch {
	case e.Copy != "" || e.HasData || e.IsPlaced:
		return s, false
	case e.Desc == "BLOB METADATA":
		return shape{desc: e.Desc, owner: e.Owner}, isOnly(e.Definition, "0123456789\n")
	case number == "" || !isOnly(number, "0123456789"):
		return s, false
	case e.Desc == "ACL" && isGrant:
		quote = " "
	case e.Desc != "BLOB":
		return s, false
	}
	general := func(text string) string { return strings.ReplaceAll(text, quote+number+quote, quote+"#"+quote) }
	return shape{e.Desc, e.Owner, general(e.Definition), general(e.Drop)}, true
}

// isOnly reports whether a text has no other characters.
func isOnly(text, characters string) bool { return strings.Trim(text, characters) == "" }

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
