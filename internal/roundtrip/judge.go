package roundtrip

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

// compare asks every question that the manifest and the new record can answer.
func (r *restore) compare(ctx context.Context) error {
	o := r.outcome
	if r.record == nil {
		return nil // the failure to take it is a check of its own
	}
	if r.Manifest == nil {
		o.JudgePayload("payload_hash/after", r.record.Payload)
		o.NotCovered = append(o.NotCovered, "the source (there is no manifest: nothing was compared with it)")
		if r.record.Has("verify_chain") && r.record.Has("snapshot") {
			o.JudgeChain(*r.record.Chain)
		}
		o.Assert("restored", true, "pg_restore ended without an error")
		return nil
	}
	if m := r.Manifest; m.Chain != nil && r.record.Chain != nil {
		o.Pre = m.Chain
		o.CompareChains(*m.Chain, *r.record.Chain)
	}
	o.JudgePayload("payload_hash/after", r.record.Payload)
	if err := r.compareWith(ctx, "record/", r.Manifest, "in the manifest", r.record); err != nil {
		return err
	}
	return errors.Join(r.explainTables(ctx), r.explainHints(ctx))
}

// compareWith compares a record of the copy with an older one. Definitions that differ are printed again by the copy's
// server, and a row that was not kept is asked for again: the copy is this run's own, and quiet.
func (r *restore) compareWith(ctx context.Context, prefix string, older *record.Record, name string,
	newer *record.Record) error {
	again := &reprint.Printer{Suite: r.Suite, Begin: func(ctx context.Context) (*pgx.Conn, error) {
		return reprint.Begin(ctx, r.db, r.Suite, r.rows())
	}}
	err := r.outcome.Compare(older, newer, &verdict.Options{Prefix: prefix, OldName: name, NewName: "after the restore",
		Masks: !r.ShowValues,
		Respell: func(older, newer *record.Result) (*record.Result, string, error) {
			return again.Respell(ctx, older, newer)
		},
		Row: func(query string, position int64) (string, error) { return r.rowAt(ctx, query, position) }})
	return errors.Join(err, again.End(ctx))
}

// rowAt asks the copy for one row of a query, as COPY text.
func (r *restore) rowAt(ctx context.Context, query string, position int64) (string, error) {
	conn, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	i := slices.IndexFunc(r.queries, func(f *suite.File) bool { return f.Name == query })
	return record.RowAt(ctx, conn.PgConn(), r.queries[i], position)
}

// explainTables names the rows that differ, where another copy of them can be asked.
func (r *restore) explainTables(ctx context.Context) error {
	if r.Source == nil && r.Manifest.Tables == nil {
		return nil
	}
	return rowdiff.Explain(r.outcome, r.Manifest, r.ShowValues, func(schema, table string) (verdict.TableRows, error) {
		return r.tableRows(ctx, schema, table)
	})
}

// tableRows lays the rows of a table of the copy beside those that the manifest kept, or those of the source as it is
// now; it has no changes if there are neither.
func (r *restore) tableRows(ctx context.Context, schema, table string) (rows verdict.TableRows, err error) {
	newer, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return rows, err
	}
	defer newer.Close(ctx)
	for _, kept := range r.Manifest.Tables {
		if kept.Schema == record.Printable(schema) && kept.Name == record.Printable(table) {
			rows.Against = "the manifest"
			rows.Changes, err = rowdiff.CompareKept(ctx, kept, newer, schema, table)
			return rows, err
		}
	}
	if r.Source == nil {
		return rows, nil
	}
	older, err := r.session(ctx, r.Source.Connect)
	if err != nil {
		return rows, err
	}
	defer older.Close(ctx)
	rows.Against = "the source as it is now"
	rows.Changes, err = rowdiff.Compare(ctx, older, newer, schema, table)
	return rows, err
}

// session opens a connection in a read-only transaction under the suite's settings.
func (r *restore) session(ctx context.Context, connect func(context.Context) (*pgx.Conn, error)) (*pgx.Conn, error) {
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := session.Prepare(ctx, conn, r.Suite, r.rows()); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only"); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}
