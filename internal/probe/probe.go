// Package probe runs the files of a suite that print a row for each fault.
package probe

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// Run runs each file in a transaction that is rolled back; a row that it prints is a fault, or what the file could not
// look at. Damage of a page, an index, a file or the catalogs that the server itself meets is a fault too. A file that
// the role may not run is not covered. isOwn is for a scratch database of this run.
func Run(ctx context.Context, o *verdict.Report, conn *pgx.Conn, files []*suite.File, isOwn bool) error {
	for _, f := range files {
		if _, err := conn.Exec(ctx, "begin"); err != nil {
			return err
		}
		if isOwn && f.About.Files {
			if err := own(ctx, conn); err != nil {
				return err
			}
		}
		faults, err := suite.Lines(ctx, conn.PgConn(), f)
		var queryErr *suite.Error
		isRefused := errors.As(err, &queryErr)
		const rights, damage, noFile = "42501", "XX", "58P01"
		switch {
		case isRefused && f.IsIntact() && queryErr.Err.Code == rights:
			o.NotCovered = append(o.NotCovered, fmt.Sprintf("%s.sql (%s)", f.Name, queryErr.Err.Message))
			if _, err := conn.Exec(ctx, "rollback"); err != nil {
				return err
			}
			continue
		case isRefused && (strings.HasPrefix(queryErr.Err.Code, damage) || queryErr.Err.Code == noFile):
			faults = []string{queryErr.Err.Message}
		case isRefused && !session.IsAboutServer(queryErr.Err.Code):
			faults = []string{"the probe itself fails: " + queryErr.Err.Message}
		case err != nil:
			return err
		}
		if _, err := conn.Exec(ctx, "rollback"); err != nil {
			return err
		}
		faults = slices.DeleteFunc(faults, func(row string) bool {
			unread, isUnread := strings.CutPrefix(row, "NOT COVERED: ")
			if isUnread {
				o.NotCovered = append(o.NotCovered, unread)
			}
			return isUnread
		})
		o.Assert(f.Name, len(faults) == 0, "%s", orHealthy(faults))
		if len(faults) > 0 {
			o.Checks[len(o.Checks)-1].Hint = f.About.Hint
		}
	}
	return nil
}

// own has the files about indexes call functions of a copy that is this run's own, and use amcheck where the role may
// create it: until the transaction ends.
func own(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set local pgroundtrip.own = 'on'; savepoint amcheck")
	if err != nil {
		return err
	}
	if _, err = conn.Exec(ctx, "create extension amcheck schema pg_catalog"); err != nil {
		_, err = conn.Exec(ctx, "rollback to amcheck") // its absence is covered, or named
	}
	return err
}

func orHealthy(faults []string) string {
	if len(faults) == 0 {
		return "no fault"
	}
	return strings.Join(faults, "; ")
}

// FailedAfter turns the error of a query that had worked before the dump into a difference, if it is
// about what the query found. An error about the server itself, a lost connection for example, stays
// an error.
func FailedAfter(o *verdict.Report, err error) error {
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
