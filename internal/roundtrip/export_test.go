//go:build unix

package roundtrip

import (
	"context"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/reprint"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// CompareManifest makes the comparison of a restore alone: every result of the record beside the manifest's. conn is to
// the copy, in a transaction that may write and that is left as it was.
func CompareManifest(ctx context.Context, conn *pgx.Conn, s *suite.Suite, m, r *record.Record) (*verdict.Report,
	error) {
	o := &verdict.Report{Expected: m.Expected}
	again := &reprint.Printer{Suite: s, Begin: func(ctx context.Context) (*pgx.Conn, error) {
		_, err := conn.Exec(ctx, "savepoint compare")
		return conn, err
	}}
	err := o.Compare(m, r, &verdict.Options{Prefix: "record/", OldName: "in the manifest", NewName: "after the restore",
		Respell: func(older, newer *record.Result) (*record.Result, string, error) {
			return again.Respell(ctx, older, newer)
		}})
	if err != nil || again.Conn == nil {
		return o, err
	}
	_, err = conn.Exec(ctx, "rollback to savepoint compare")
	return o, err
}

// Changed are the rows of all results in which a record differs from a manifest, each as "query key": as text, with
// definitions that are spelled in another way, and after definitions were printed again.
type Changed struct{ AsText, Spelled, Printed []string }

// ChangedRows compares a record with a manifest in three ways. conn is to the copy, outside a transaction.
func ChangedRows(ctx context.Context, conn *pgx.Conn, s *suite.Suite, m, r *record.Record) (c Changed, err error) {
	again := &reprint.Printer{Suite: s, Begin: func(ctx context.Context) (*pgx.Conn, error) {
		_, err := conn.Exec(ctx, "begin")
		return conn, err
	}}
	for _, newer := range r.Results {
		older := m.Result(newer.Query)
		printed, _, err := again.Respell(ctx, older, newer)
		if err != nil {
			return c, err
		}
		spelled, _ := verdict.InSpelling(older, newer)
		for list, was := range map[*[]string]*record.Result{&c.AsText: older, &c.Spelled: spelled, &c.Printed: printed} {
			for _, change := range verdict.ChangesOf(was.Columns, was.About.Keys, was.Kept, newer.Kept).First {
				*list = append(*list, newer.Query+" "+change.Key)
			}
		}
	}
	if again.Conn != nil {
		_, err = conn.Exec(ctx, "rollback")
	}
	return c, err
}
