package roundtrip

import (
	"context"
	_ "embed"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// probe runs each probe in a transaction that is rolled back; a row that it prints is a fault.
func probe(ctx context.Context, o *verdict.Report, conn *pgx.Conn, s *suite.Suite) error {
	for _, f := range s.Probes() {
		if _, err := conn.Exec(ctx, "begin"); err != nil {
			return err
		}
		faults, err := suite.Lines(ctx, conn.PgConn(), f)
		var queryErr *suite.Error
		switch {
		case errors.As(err, &queryErr) && !session.IsAboutServer(queryErr.Err.Code):
			faults = []string{"the probe itself fails: " + queryErr.Err.Message}
		case err != nil:
			return err
		}
		if _, err := conn.Exec(ctx, "rollback"); err != nil {
			return err
		}
		o.Assert(f.Name, len(faults) == 0, "%s", orHealthy(faults))
	}
	return nil
}

func orHealthy(faults []string) string {
	if len(faults) == 0 {
		return "no fault"
	}
	return strings.Join(faults, "; ")
}

// failedAfter turns the error of a query that had worked before the dump into a difference, if it is
// about what the query found. An error about the server itself, a lost connection for example, stays
// an error.
func failedAfter(o *verdict.Report, err error) error {
	var queryErr *suite.Error
	changed := errors.As(err, &queryErr) && !session.IsAboutServer(queryErr.Err.Code) || errors.Is(err, suite.ErrInvalid)
	if !changed {
		return err
	}
	text := err.Error()
	if queryErr != nil {
		text = queryErr.Brief()
	}
	o.Assert("record/after", false, "a query that worked before the dump fails after the restore: %s", text)
	return nil
}
