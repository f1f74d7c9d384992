package archive

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Refusal is the first statement of an archive that has no place in it.
type Refusal struct {
	Where string // "line 12", "entry 214 (FUNCTION f)"
	What  string
	// Creates says that --create would have written it.
	Creates bool
}

func (r *Refusal) Error() string { return r.Where + ": " + r.What }

// Judge reads every statement of an archive's SQL, hands it to look, and returns the first that has no place there, nil if
// none. What cannot be read has none. err is one of the reader beneath.
func Judge(in io.Reader, backslashes bool, look func(*Statement)) (refused *Refusal, err error) {
	return NewReader(in, backslashes).judge(look)
}

func (r *Reader) judge(look func(*Statement)) (refused *Refusal, err error) {
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
		if look != nil {
			look(s)
		}
	}
}

// JudgeEntries does so for a table of contents: each entry as pg_restore sends it, on its own. unread are the numbers of
// those whose data are no rows of COPY and no large objects, and that must be read like definitions.
func JudgeEntries(entries []Entry) (refused *Refusal, unread map[int]bool) {
	unread = map[int]bool{}
	backslashes, seen := false, map[int]bool{}
	for _, e := range entries {
		if e.Desc == "STDSTRINGS" && !strings.Contains(e.Definition, "'on'") {
			backslashes = true
		}
	}
	for _, e := range entries {
		what := e.refusal(backslashes)
		if seen[e.ID] {
			what = "its number is that of another entry"
		}
		seen[e.ID] = true
		if what != "" && refused == nil {
			refused = &Refusal{Where: fmt.Sprintf("entry %d (%s)", e.ID, clip([]byte(e.Desc+" "+e.Tag))), What: what}
		}
		if e.HasData && e.Copy == "" && e.Desc != "BLOBS" || e.Definition != "" {
			unread[e.ID] = true
		}
	}
	return refused, unread
}

// ofCreate are the entries that every archive has and that only --create restores.
func (e *Entry) ofCreate() bool {
	switch e.Desc {
	case "DATABASE", "DATABASE PROPERTIES":
		return true
	case "ACL", "COMMENT", "SECURITY LABEL":
		return strings.HasPrefix(e.Tag, "DATABASE ")
	}
	return false
}

// refusal is why an entry has no place in an archive, "" if it has.
func (e *Entry) refusal(backslashes bool) string {
	if strings.Trim(e.Desc, "ABCDEFGHIJKLMNOPQRSTUVWXYZ -") != "" {
		return "it is of a kind that pg_dump does not write"
	}
	if e.ofCreate() {
		return ""
	}
	texts := []string{e.Definition, e.Drop}
	switch e.Desc {
	case "SEARCHPATH", "ENCODING", "STDSTRINGS": // read by pg_restore itself, and not run
		texts = nil
	case "BLOB METADATA":
		if strings.Trim(e.Definition, "0123456789\n") != "" {
			return "it is no list of large objects"
		}
		texts = nil
	}
	for _, text := range texts {
		if refused := judgeText(text, backslashes); refused != "" {
			return refused
		}
	}
	if e.Copy == "" {
		return ""
	}
	r := NewReader(strings.NewReader(e.Copy), backslashes)
	s, err := r.Next()
	if err != nil {
		return err.Error()
	}
	if rest, err := io.ReadAll(r.in); err != nil || len(rest) > 0 || !s.isPlainCopy() {
		return s.Excerpt()
	}
	return ""
}

// judgeText is why a text has no place in an archive whose statements are sent at once: the server reads all of it before it
// runs the first, which therefore may not change how the next ones are read.
func judgeText(text string, backslashes bool) (refusal string) {
	r := NewReader(strings.NewReader(text), backslashes)
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

// isConnect says whether it is a \connect that could not be read.
func (e *SyntaxError) isConnect() bool { return strings.Contains(e.What, `\c`) }
