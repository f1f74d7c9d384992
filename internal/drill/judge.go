package drill

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/reprint"
	"pgroundtrip/internal/rowdiff"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

// Compare runs every comparison for which both the manifest and the new record have a result.
func (d *Drill) Compare(ctx context.Context) error {
	o := d.Report
	if d.Record == nil {
		return nil // a failed check says why it could not be taken
	}
	if d.Manifest == nil {
		o.JudgePayload("payload_hash/after", d.Record.Payload)
		o.NotCovered = append(o.NotCovered, "the source (there is no manifest: nothing was compared with it)")
		if d.Record.Has("verify_chain") && d.Record.Has("snapshot") {
			o.JudgeChain(*d.Record.Chain)
		}
		o.Assert("restored", true, "pg_restore ended without an error")
		return nil
	}
	if m := d.Manifest; m.Chain != nil && d.Record.Chain != nil {
		o.Pre = m.Chain
		o.CompareChains(*m.Chain, *d.Record.Chain)
	}
	o.JudgePayload("payload_hash/after", d.Record.Payload)
	if err := d.compareWith(ctx, "record/", d.Manifest, "in the manifest", d.Record); err != nil {
		return err
	}
	return errors.Join(d.explainTables(ctx), d.explainHints(ctx))
}

// compareWith compares a record of the copy with an older one. The copy is private and quiet, so its server can be
// asked again: to print definitions that differ in another spelling, and for rows that were not kept.
func (d *Drill) compareWith(ctx context.Context, prefix string, older *record.Record, name string,
	newer *record.Record) error {
	again := &reprint.Printer{Suite: d.Suite, Begin: func(ctx context.Context) (*pgx.Conn, error) {
		return reprint.Begin(ctx, d.db, d.Suite, d.rows())
	}}
	err := d.Report.Compare(older, newer, &verdict.Options{Prefix: prefix, OldName: name, NewName: "after the restore",
		Masks: !d.ShowValues,
		Respell: func(older, newer *record.Result) (*record.Result, string, error) {
			return again.Respell(ctx, older, newer)
		},
		Row: func(query string, position int64) (string, error) { return d.rowAt(ctx, query, position) }})
	return errors.Join(err, again.End(ctx))
}

// rowAt returns one row of a query in the copy, as COPY text.
func (d *Drill) rowAt(ctx context.Context, query string, position int64) (string, error) {
	conn, err := d.open(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	i := slices.IndexFunc(d.queries, func(f *suite.File) bool { return f.Name == query })
	return record.RowAt(ctx, conn.PgConn(), d.queries[i], position)
}

// explainTables names the rows that differ, if the manifest or the source has rows to compare with.
func (d *Drill) explainTables(ctx context.Context) error {
	if d.Source == nil && d.Manifest.Tables == nil {
		return nil
	}
	return rowdiff.Explain(d.Report, d.Manifest, d.ShowValues, func(schema, table string) (verdict.TableRows, error) {
		return d.tableRows(ctx, schema, table)
	})
}

// tableRows compares the rows of one table of the copy with those that the manifest kept, or else with those of the
// source as it is now. Without either there are no changes.
func (d *Drill) tableRows(ctx context.Context, schema, table string) (rows verdict.TableRows, err error) {
	older := rowdiff.Side{Record: d.Manifest}
	switch {
	case d.Manifest.Table(schema, table) != nil:
		rows.Against = "the manifest"
	case d.Source != nil:
		rows.Against = "the source as it is now"
		older.Open = func(ctx context.Context) (*pgx.Conn, error) {
			return session.Open(ctx, d.Source.Connect, d.Suite, d.rows())
		}
	}
	rows.Changes, err = rowdiff.Compare(ctx, older, rowdiff.Side{Open: d.open}, schema, table)
	return rows, err
}

// open opens a connection to the copy in a read-only transaction under the suite's settings.
func (d *Drill) open(ctx context.Context) (*pgx.Conn, error) {
	return session.Open(ctx, d.db.Connect, d.Suite, d.rows())
}

// begin prepares a new connection as one that takes a record.
func (d *Drill) begin(ctx context.Context, conn *pgx.Conn) error {
	if err := session.Prepare(ctx, conn, d.Suite, d.rows()); err != nil {
		return err
	}
	return session.Begin(ctx, conn, "")
}
