package pgdump

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strconv"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/session"
)

// makesLarge matches the statement that makes a large object.
var makesLarge = regexp.MustCompile(`^SELECT pg_catalog\.lo_create\('[0-9]+'\);?$`)

// makeLarge makes the large objects that were held back: waiting for each answer would take most of the time.
func (c *confined) makeLarge(ctx context.Context) error {
	if text, err := session.RunMany(ctx, c.asRole.PgConn(), c.large); err != nil {
		return fmt.Errorf("could not make a large object: %w\n    Command was: %s", err, text)
	}
	c.large = c.large[:0]
	return nil
}

// largeGrants are the statements that give large objects their owners and grants, in order. There may be millions of
// them in very few forms, so each form is kept once, with ranges of consecutive objects.
type largeGrants struct {
	forms [][2]string // the text before and after an object's number
	known map[[2]string]int
	runs  []largeRun
}

// A largeRun applies a form to each large object from first to last.
type largeRun struct {
	form        int
	first, last uint32
}

// aboutLarge matches a statement about one large object, by its number.
var aboutLarge = regexp.MustCompile(`(?s)^(ALTER LARGE OBJECT |` +
	`(?:GRANT|REVOKE) [A-Z, ]+ ON LARGE OBJECT )([1-9][0-9]*)( .*)$`)

// add adds a statement, or returns false if it is not one about a large object.
func (g *largeGrants) add(statement []byte) bool {
	m := aboutLarge.FindSubmatch(statement)
	if m == nil {
		return false
	}
	number, err := strconv.ParseUint(string(m[2]), 10, 32)
	if err != nil {
		return false
	}
	form, n := [2]string{string(m[1]), string(m[3])}, uint32(number)
	i, isKnown := g.known[form]
	if !isKnown {
		if g.known == nil {
			g.known = map[[2]string]int{}
		}
		i = len(g.forms)
		g.known[form], g.forms = i, append(g.forms, form)
	}
	if last := len(g.runs) - 1; last >= 0 && g.runs[last].form == i && n-g.runs[last].last == 1 {
		g.runs[last].last = n
	} else {
		g.runs = append(g.runs, largeRun{i, n, n})
	}
	return true
}

// batches returns the statements, as many at a time as are run in one transaction.
func (g *largeGrants) batches() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var batch []string
		for _, run := range g.runs {
			form := g.forms[run.form]
			for n := uint64(run.first); n <= uint64(run.last); n++ {
				if batch = append(batch, form[0]+strconv.FormatUint(n, 10)+form[1]); len(batch) == session.Together {
					if !yield(batch) {
						return
					}
					batch = batch[:0]
				}
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// giveLargeObjects gives large objects their owners and grants, permanently and some hundred in a transaction: each
// takes a lock, and nothing runs with the rights of their owner.
func (s *Settlement) giveLargeObjects(ctx context.Context, conn *pgx.Conn) error {
	if s.isGiven {
		return nil
	}
	for batch := range s.large.batches() {
		if text, err := session.RunMany(ctx, conn.PgConn(), batch); err != nil {
			return cannotSettle(text, err)
		}
	}
	s.isGiven = true
	return nil
}
