package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/resume"
)

const stateVersion = 2

// A state is what an interrupted walk needs to continue: which chain, up to where, and the answers so far. Its JSON
// is the first line of the -resume file.
type state struct {
	FormatVersion    int           `json:"format_version"`
	Suite            string        `json:"suite"`
	SuiteSHA256      string        `json:"suite_sha256"`
	SystemIdentifier string        `json:"system_identifier"`
	Database         string        `json:"database"`
	RowCount         int64         `json:"row_count"`
	HeadHash         string        `json:"chain_head_hash"`
	Since            record.Anchor `json:"since"` // no rows: walk from the start
	AllBreaks        bool          `json:"all_breaks"`
	Rehash           bool          `json:"rehash"`
	Tree             bool          `json:"tree"`
	Spans            []span        `json:"spans"`
}

// found is an answer that came after the state was written. The other lines of the file are of this form.
type found struct {
	Span   int     `json:"span"`
	Answer *answer `json:"answer"`
}

// isWhole reports whether the chain is walked as a single range, without bounds.
func (s *state) isWhole() bool {
	return len(s.Spans) == 1 && s.Spans[0].After == "" && s.Spans[0].Upto == ""
}

// earlier reads the state of an interrupted run; nil if there is none.
func (v *Walk) earlier() (*state, error) {
	lines, err := resume.Read(v.Resume)
	if lines == nil {
		return nil, err
	}
	s, err := readState(lines)
	if err == nil {
		err = s.fits(v.state)
	}
	if err != nil {
		return nil, resume.Refuse(v.Resume, err)
	}
	return s, nil
}

func readState(lines []json.RawMessage) (*state, error) {
	s := &state{}
	if err := resume.Decode(lines[0], s); err != nil {
		return nil, err
	}
	for _, line := range lines[1:] {
		var f found
		if err := resume.Decode(line, &f); err != nil {
			return nil, err
		}
		if f.Span < 0 || f.Span >= len(s.Spans) {
			return nil, fmt.Errorf("it has an answer for a range that it does not list, %d", f.Span)
		}
		s.Spans[f.Span].Answer = f.Answer
	}
	if len(s.Spans) == 0 {
		return nil, errors.New("it lists no range")
	}
	return s, nil
}

// fits returns why s cannot be resumed by this run (other server, database, suite or flags), or nil.
func (s *state) fits(mine *state) error {
	switch {
	case s.FormatVersion != mine.FormatVersion:
		return fmt.Errorf("its format version is %d, this program reads %d", s.FormatVersion, mine.FormatVersion)
	case s.SystemIdentifier != mine.SystemIdentifier || s.Database != mine.Database:
		return fmt.Errorf("it is of the database %q of server %s, this is %q of server %s", s.Database, s.SystemIdentifier,
			mine.Database, mine.SystemIdentifier)
	case s.Suite != mine.Suite || s.SuiteSHA256 != mine.SuiteSHA256:
		return fmt.Errorf("it was begun with another suite: %s, as it was then", s.Suite)
	case s.Since != mine.Since || s.AllBreaks != mine.AllBreaks || s.Rehash != mine.Rehash || s.Tree != mine.Tree:
		return errors.New("it was begun with another -since, -all-breaks, -rehash or -tree")
	}
	return nil
}

// resume reuses the state of an earlier run if its upper bound is still valid.
func (v *Walk) resume(ctx context.Context, earlier *state) error {
	v.state = earlier
	done := v.recheck()
	v.note("continued an interrupted run: %d of %d ranges were done, up to position %d", done,
		len(earlier.Spans), earlier.RowCount-1)
	if last := earlier.Spans[len(earlier.Spans)-1]; last.isOpen() {
		return v.requireSame(ctx, earlier)
	}
	end := record.Anchor{RowCount: earlier.RowCount, HeadHash: earlier.HeadHash}
	_, err := v.requireAnchor(ctx, end, "the end of the chain that the interrupted run saw")
	return err
}

// recheck removes some answers of an interrupted run, so that they are found again: the last one, and one in twenty
// of the others (at least one). It returns how many answers there were. Only this user can write to the -resume file
// (see safefile.OpenOwn); a program of this user, or root, could tamper with the verification in simpler ways. The
// recheck finds accidents, and makes hiding a break in the file a gamble.
func (v *Walk) recheck() (done int) {
	var answered []int
	for i, p := range v.state.Spans {
		if p.Answer != nil {
			answered = append(answered, i)
		}
	}
	if len(answered) == 0 {
		return 0
	}
	last := len(answered) - 1
	rand.Shuffle(last, func(i, j int) { answered[i], answered[j] = answered[j], answered[i] })
	v.claimed = map[int]*answer{}
	for _, i := range append(answered[:min(last, 1+last/20)], answered[last]) {
		v.claimed[i], v.state.Spans[i].Answer = v.state.Spans[i].Answer, nil
	}
	v.resumed = len(answered) - len(v.claimed)
	return len(answered)
}

// confirm returns an error if a rechecked answer differs from the one in the file. A break found by the recheck
// counts as an answer of its own.
func (v *Walk) confirm() error {
	for i, was := range v.claimed {
		p := v.state.Spans[i]
		if p.Answer.Snapshot.IsWhole() && !reflect.DeepEqual(was, p.Answer) {
			return hint.With(fmt.Errorf("%w %s: its answer for the range from position %d is not the one that was found now",
				resume.ErrFile, v.Resume, p.First),
				"remove the file to start again; it was changed, or rows were")
		}
	}
	return nil
}

// requireSame refuses to resume if the end of the chain is not a position (it is damaged or empty) and rows were
// added: these cannot be told apart from the earlier ones.
func (v *Walk) requireSame(ctx context.Context, earlier *state) error {
	now, err := v.present(ctx)
	if err != nil {
		return err
	}
	if now.RowCount == earlier.RowCount && now.ChainHeadHash == earlier.HeadHash {
		return nil
	}
	return hint.With(fmt.Errorf("%w %s: rows came or went since, and the end that the interrupted run saw cannot be "+
		"told from them", resume.ErrFile, v.Resume),
		"remove the file to start again")
}

// Forget removes the file after a complete run, so that the next one starts from the beginning.
func (v *Walk) Forget() error { return v.file.Forget() }
