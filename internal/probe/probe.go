// Package probe runs the files of a suite that print a row for each fault.
package probe

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// Run runs each file in a transaction that is rolled back. Each row that a file prints is a fault, or names something
// that the file could not check. If the server itself meets damage of a page, an index, a file or the catalogs, that
// is a fault too. A file that the role may not run is listed as not covered. isOwn is set for a scratch database of
// this run.
func Run(ctx context.Context, o *verdict.Report, conn *pgx.Conn, files []*suite.File, isOwn bool) error {
	for _, f := range files {
		if _, err := conn.Exec(ctx, "begin"); err != nil {
			return err
		}
		if isOwn && f.About.Files {
			if err := trustCopy(ctx, conn); err != nil {
				return err
			}
		}
		faults, err := suite.Lines(ctx, conn.PgConn(), f)
		var queryErr *suite.Error
		isRefused := errors.As(err, &queryErr)
		const damage, noFile = "XX", "58P01"
		switch {
		case isRefused && f.IsIntact() && queryErr.Err.Code == sqlstate.NoRight:
			o.NotCovered = append(o.NotCovered, fmt.Sprintf("%s.sql (%s)", f.Name, queryErr.Err.Message))
			if _, err := conn.Exec(ctx, "rollback"); err != nil {
				return err
			}
			continue
		case isRefused && (strings.HasPrefix(queryErr.Err.Code, damage) || queryErr.Err.Code == noFile):
			faults = []string{queryErr.Err.Message}
		case isRefused && !sqlstate.IsAboutServer(queryErr.Err.Code):
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
		o.Assert(f.Name, len(faults) == 0, "%s", cmp.Or(strings.Join(faults, "; "), "no fault"))
		if len(faults) > 0 {
			o.Checks[len(o.Checks)-1].Hint = f.About.Hint
		}
	}
	return nil
}

// trustCopy lets the files about indexes call functions of a copy that belongs to this run, and use amcheck if the
// role may create it, until the transaction ends.
func trustCopy(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "set local pgroundtrip.own = 'on'; savepoint amcheck")
	if err != nil {
		return err
	}
	if _, err = conn.Exec(ctx, "create extension amcheck schema pg_catalog"); err != nil {
		_, err = conn.Exec(ctx, "rollback to amcheck") // the file works without amcheck, or names what it could not check
	}
	return err
}

// FailedAfter turns the error of a query that worked before the dump into a difference, if it is about the contents
// of the database. An error about the server itself, such as a lost connection, stays an error.
func FailedAfter(o *verdict.Report, err error) error {
	var queryErr *suite.Error
	changed := errors.As(err, &queryErr) && !sqlstate.IsAboutServer(queryErr.Err.Code) || errors.Is(err, suite.ErrInvalid)
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
