package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
)

// compare asks every question that the manifest and the new record can answer.
func (r *restore) compare(ctx context.Context) error {
	o := r.outcome
	if r.record == nil {
		return nil // the failure to take it is a check of its own
	}
	o.assertHashes("payload_hash/after", r.record)
	if r.Manifest == nil {
		o.NotCovered = append(o.NotCovered, "the source (there is no manifest: nothing was compared with it)")
		if r.record.Has("verify_chain") && r.record.Has("snapshot") {
			o.assertSource(r.record.Snapshot)
		}
		o.assert("restored", true, "pg_restore ended without an error")
		return nil
	}
	if m := r.Manifest; m.Chain != nil {
		o.Pre = m.Chain
		o.assertChain(*m.Chain, r.record.Snapshot)
	}
	again := r.reprinter(r.db)
	if err := errors.Join(o.compareManifest(ctx, "record/", r.Manifest, r.record, again), again.end(ctx)); err != nil {
		return err
	}
	return errors.Join(r.explainTables(ctx), r.explainHints(ctx))
}

// reprinter prints definitions of a record again on a copy of the database.
func (r *restore) reprinter(copy *cluster.Database) *reprinter {
	return &reprinter{suite: r.Suite, begin: func(ctx context.Context) (*pgx.Conn, error) {
		return beginToWrite(ctx, copy, r.Suite, DefaultRows)
	}}
}

// compareManifest checks that every result is the one in the manifest. Definitions that differ are printed again before
// they are judged.
func (o *Outcome) compareManifest(ctx context.Context, prefix string, m *record.Manifest, r *record.Record, again *reprinter) error {
	for i, digest := range m.Results {
		c, err := o.compareDigest(prefix, digest, r)
		if err != nil {
			return err
		}
		c.RowsAfter = r.Results[i].Rows
		if err := o.compareAgain(ctx, &c, prefix, digest, r, again); err != nil {
			return err
		}
		o.expect(&c, digest.Query)
		if f := o.suite.File(digest.Query); c.Verdict == Fail && f.SHA256() != digest.QuerySHA256 {
			c.Verdict, c.Class = Error, ""
			c.Detail = fmt.Sprintf("%s.sql is not the file that the dump was made with, and prints another result than the manifest has: "+
				"only with that file it can be told whether the database differs (it was in the %s of %s)", digest.Query, m.Suite, m.Tool)
		}
		o.check(c)
	}
	return nil
}

// compareDigest checks that one result is the one that the digest is of.
func (o *Outcome) compareDigest(prefix string, d *record.Digest, r *record.Record) (Check, error) {
	difference, err := record.CompareDigest(d, r)
	if err != nil {
		return Check{}, fmt.Errorf("could not compare %s: %w", d.Query, err)
	}
	c := resultCheck(prefix+d.Query, difference, d.Rows, -1)
	err = o.explain(&c, d.Query, func(keys int) (*record.Changes, error) { return d.ChangesOf(r, keys, o.keptChanges(d.Query)) })
	return c, err
}

// compareAgain judges a check that failed anew, by definitions that the copy's server printed again.
func (o *Outcome) compareAgain(ctx context.Context, c *Check, prefix string, d *record.Digest, r *record.Record, again *reprinter) error {
	if c.Verdict == Pass {
		return nil
	}
	respelled, note, err := again.respell(ctx, d, r)
	if err != nil || note == "" {
		return err
	}
	rows := c.RowsAfter
	if *c, err = o.compareDigest(prefix, respelled, r); err != nil {
		return err
	}
	c.RowsAfter, c.Detail = rows, c.Detail+"; "+note
	return nil
}

// explainTables adds to each failed check over tables the rows in which they differ, where another
// copy of them can be asked: those that the manifest kept, or the source as it is now.
func (r *restore) explainTables(ctx context.Context) error {
	for i := range r.outcome.Checks {
		c := &r.outcome.Checks[i]
		f := r.Suite.File(strings.TrimPrefix(c.Name, "record/"))
		if c.Verdict == Pass || f == nil || !f.About.Rows || c.Changes == nil || r.Source == nil && r.Manifest.Rows == nil {
			continue
		}
		for _, change := range c.Changes.First {
			if change.Kind != "changed" || len(change.KeyValues) < 2 {
				continue
			}
			rows, err := r.tableRows(ctx, change.KeyValues[0], change.KeyValues[1])
			if err != nil {
				return err
			}
			if rows.Changes != nil && !r.ShowValues {
				rows.Changes.Mask()
			}
			c.Tables = append(c.Tables, rows)
		}
	}
	return nil
}

func (r *restore) tableRows(ctx context.Context, schema, table string) (rows TableRows, err error) {
	rows.Table = record.Printable(schema + "." + table)
	newer, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return rows, err
	}
	defer newer.Close(ctx)
	for _, kept := range r.Manifest.Rows {
		if kept.Schema == record.Printable(schema) && kept.Table == record.Printable(table) {
			rows.Against = "the manifest"
			rows.Changes, err = compareKept(ctx, kept, newer, schema, table, filepath.Join(r.Folder, "kept"), shownChanges)
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
	rows.Changes, err = compareTable(ctx, older, newer, schema, table, shownChanges)
	return rows, err
}

// session opens a connection in a read-only transaction under the suite's settings.
func (r *restore) session(ctx context.Context, connect func(context.Context) (*pgx.Conn, error)) (*pgx.Conn, error) {
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := session.Prepare(ctx, conn, r.Suite, DefaultRows); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	if _, err := conn.Exec(ctx, "begin isolation level repeatable read read only"); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}
