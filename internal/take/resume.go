package take

import (
	"errors"
	"fmt"
	"slices"

	"pgroundtrip/internal/resume"
	"pgroundtrip/internal/suite"
)

// A Question identifies what a record was asked for. A run continues only the file of a run with the same question.
type Question struct {
	FormatVersion    int      `json:"format_version"`
	SystemIdentifier string   `json:"system_identifier"`
	Database         string   `json:"database"`
	Moment           string   `json:"moment"` // unique for each moment
	Suite            string   `json:"suite"`
	SuiteSHA256      string   `json:"suite_sha256"`
	KeySHA256        string   `json:"key_sha256"`
	Queries          []string `json:"queries"` // that the database can answer; set by Record
}

const questionVersion = 1

// fits returns why answers to q cannot be used for mine, or nil.
func (q *Question) fits(mine *Question) error {
	switch {
	case q.FormatVersion != mine.FormatVersion:
		return fmt.Errorf("its format version is %d, this program reads %d", q.FormatVersion, mine.FormatVersion)
	case q.SystemIdentifier != mine.SystemIdentifier || q.Database != mine.Database:
		return fmt.Errorf("it is of the database %q of server %s, this is %q of server %s", q.Database, q.SystemIdentifier,
			mine.Database, mine.SystemIdentifier)
	case q.Moment != mine.Moment:
		return fmt.Errorf("it is of another moment: %s; this is %s", q.Moment, mine.Moment)
	case q.Suite != mine.Suite || q.SuiteSHA256 != mine.SuiteSHA256:
		return fmt.Errorf("it was begun with another suite: %s, as it was then", q.Suite)
	case q.KeySHA256 != mine.KeySHA256:
		return errors.New("it was begun with another -key")
	case !slices.Equal(q.Queries, mine.Queries):
		return errors.New("it was begun when the database could answer other queries: another role, or a chain that came " +
			"since")
	}
	return nil
}

// Resume is the file with the answers of an interrupted run, in which this run stores its own. The moment is exact,
// so both runs read the same rows. Only this user can write to the file, and could as well write the record itself.
type Resume struct {
	Path  string
	Asked Question
	Taken int // answers reused from the file
	file  *resume.File
}

// asked is the first line of the file.
type asked struct {
	Question Question `json:"question"`
	Tasks    []task   `json:"tasks"`
}

// read returns the tasks of an interrupted run and the answers it has; nil if there is no file.
func (r *Resume) read(queries []*suite.File) (tasks []task, answers []answer, err error) {
	if r == nil {
		return nil, nil, nil
	}
	r.Asked.FormatVersion, r.Asked.Queries, r.Taken = questionVersion, nil, 0
	for _, f := range queries {
		r.Asked.Queries = append(r.Asked.Queries, f.Name)
	}
	lines, err := resume.Read(r.Path)
	if lines == nil {
		return nil, nil, err
	}
	var first asked
	if err = resume.Decode(lines[0], &first); err == nil {
		err = first.Question.fits(&r.Asked)
	}
	for _, k := range first.Tasks {
		if err == nil && (k.Query < 0 || k.Query >= len(r.Asked.Queries)) {
			err = fmt.Errorf("it has a task of a query that it does not list, %d", k.Query)
		}
	}
	for _, line := range lines[1:] {
		var a answer
		if err == nil {
			err = resume.Decode(line, &a)
		}
		if err == nil && !a.isWhole(first.Tasks) {
			err = fmt.Errorf("its answer to task %d cannot be used", a.Task)
		}
		answers = append(answers, a)
	}
	if err != nil {
		return nil, nil, resume.Refuse(r.Path, err)
	}
	r.Taken = len(answers)
	return first.Tasks, answers, nil
}

// isWhole reports whether an answer from a file has what its task needs.
func (a *answer) isWhole(tasks []task) bool {
	return a.Task >= 0 && a.Task < len(tasks) &&
		(tasks[a.Task].Piece != "" || a.Part != nil && a.Part.Result.Check() == nil)
}

// begin rewrites the file with the question and its tasks.
func (r *Resume) begin(tasks []task) (err error) {
	if r == nil {
		return nil
	}
	if err = r.file.Close(); err == nil { // from an attempt that was repeated
		r.file, err = resume.Begin(r.Path, asked{r.Asked, tasks})
	}
	return err
}

// keep appends an answer to the file.
func (r *Resume) keep(a *answer) error {
	if r == nil {
		return nil
	}
	return r.file.Add(a)
}

// Advise adds to the error of a run that what has been done is kept.
func (r *Resume) Advise(err error) error {
	if r == nil || r.file == nil {
		return err
	}
	return resume.Advise(err, "the pieces that are done are kept in "+r.Path)
}

// Forget removes the file once the record has been written, so that the next run starts from the beginning.
func (r *Resume) Forget() error {
	if r == nil {
		return nil
	}
	return r.file.Forget()
}
