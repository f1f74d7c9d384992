package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

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
	if err := o.compareManifest("record/", r.Manifest, r.record); err != nil {
		return err
	}
	return r.explainTables(ctx)
}

// compareManifest checks that every result is the one in the manifest.
func (o *Outcome) compareManifest(prefix string, m *record.Manifest, r *record.Record) error {
	for i, digest := range m.Results {
		difference, err := record.CompareDigest(digest, r)
		if err != nil {
			return fmt.Errorf("could not compare %s: %w", digest.Query, err)
		}
		c := resultCheck(prefix+digest.Query, difference, digest.Rows, r.Results[i].Rows)
		err = o.explain(&c, digest.Query, func(keys int) (*record.Changes, error) { return digest.ChangesOf(r, keys, shownChanges) })
		if err != nil {
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
	rows.Table = schema + "." + table
	newer, err := r.session(ctx, r.db.Connect)
	if err != nil {
		return rows, err
	}
	defer newer.Close(ctx)
	for _, kept := range r.Manifest.Rows {
		if kept.Schema == schema && kept.Table == table {
			rows.Against = "the manifest"
			rows.Changes, err = compareKept(ctx, kept, newer, filepath.Join(r.Folder, "kept"), shownChanges)
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
