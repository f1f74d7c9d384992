// Package reprint makes a server parse the definitions of a record and print them again, so that two spellings with
// the same meaning compare as equal.
package reprint

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/verdict"
)

//go:embed reprint.sql
var reprintSQL string

// A Printer makes the copy's server parse definitions of a record and print them again. One meaning has many
// spellings, and the one that PostgreSQL prints depends on the original text and on the major version. The suite's
// files reprint/*.sql define how an object is made from a row of the record, and printed. All of it happens in one
// transaction, which begins when the first definition differs, and is rolled back.
type Printer struct {
	Suite *suite.Suite
	// Begin opens a connection to the copy in a transaction that may write.
	Begin func(context.Context) (*pgx.Conn, error)
	Conn  *pgx.Conn
	// unable is set if the transaction could not be set up; refused is the server's reason, or its error about the
	// first definition that it could not parse.
	unable  bool
	refused string
}

// Respell returns older with the definitions that differ in newer printed again by the copy's server, and a sentence
// about what was done. It returns older and "" if there was nothing to do.
func (p *Printer) Respell(ctx context.Context, older, newer *record.Result) (*record.Result, string, error) {
	file := p.Suite.Reprint(older.Query)
	if file == nil {
		return older, "", nil
	}
	if !p.unable {
		p.refused = ""
	}
	again, spelled, err := verdict.Respelled(older, newer, file.About.Spells,
		func(row map[string]*string) (map[string]string, error) {
			if err := p.ready(ctx); err != nil || p.unable {
				return nil, err
			}
			return p.print(ctx, file, row)
		})
	if err != nil {
		return nil, "", fmt.Errorf("could not print definitions again: %w", err)
	}
	var note string
	if spelled > 0 {
		note = fmt.Sprintf("%d compared as this server prints what the record has", spelled)
	}
	if p.refused != "" {
		note = strings.TrimPrefix(note+"; a definition that this server could not print again: "+p.refused, "; ")
	}
	return again, note, nil
}

// ready begins the transaction, unless it has begun.
func (p *Printer) ready(ctx context.Context) (err error) {
	if p.Conn != nil {
		return nil
	}
	if p.Conn, err = p.Begin(ctx); err != nil {
		return err
	}
	statements, err := session.Texts(ctx, p.Conn, session.Statement(reprintSQL))
	for _, s := range statements {
		if err == nil {
			_, err = p.Conn.Exec(ctx, s)
		}
	}
	p.unable = err != nil
	return p.forgive(err)
}

// forgive returns nil for an error about a definition, which then keeps its spelling, and keeps the first such error.
func (p *Printer) forgive(err error) error {
	var refused *pgconn.PgError
	if err == nil || !errors.As(err, &refused) || cannotGoOn(refused) {
		return err
	}
	if p.refused == "" {
		p.refused = refused.Message
	}
	return nil
}

// print runs the statements that the file prints for a row, and returns the values that the last one prints, by
// column. If the server refuses a statement, the row has no other spelling.
func (p *Printer) print(ctx context.Context, file *suite.File, row map[string]*string) (values map[string]string,
	err error) {
	if _, err := p.Conn.Exec(ctx, "savepoint reprint"); err != nil {
		return nil, err
	}
	values, err = p.tryPrint(ctx, file, row)
	if err = p.forgive(err); err != nil {
		return nil, err
	}
	_, err = p.Conn.Exec(ctx, "rollback to savepoint reprint")
	return values, err
}

// cannotGoOn reports whether a server error is about the server rather than a definition.
func cannotGoOn(err *pgconn.PgError) bool {
	return err.Severity != "ERROR" || sqlstate.IsAboutServer(err.Code) && err.Code != sqlstate.Canceled &&
		err.Code[:2] != "55" && err.Code[:2] != "XX"
}

func (p *Printer) tryPrint(ctx context.Context, file *suite.File, row map[string]*string) (map[string]string, error) {
	const setRow = "select pg_catalog.set_config('pgroundtrip.row', $1, true)"
	if _, err := p.Conn.Exec(ctx, setRow, asJSON(row)); err != nil {
		return nil, err
	}
	statements, err := session.Texts(ctx, p.Conn, file.Statements[0].Text)
	if err != nil || len(statements) == 0 {
		return nil, err
	}
	last := len(statements) - 1
	for _, s := range statements[:last] {
		// The extended protocol takes one statement, so nothing can be appended to a definition.
		if _, err := p.Conn.PgConn().ExecParams(ctx, s, nil, nil, nil, nil).Close(); err != nil {
			return nil, err
		}
	}
	return p.oneRow(ctx, statements[last])
}

// asJSON returns a row as a JSON object. Unlike encoding/json it leaves bytes as they are: the text of an SQL_ASCII
// database may not be UTF-8, and such a database does not accept \u escapes for what is not ASCII.
func asJSON(row map[string]*string) string {
	var members []string
	for name, value := range row {
		text := "null"
		if value != nil {
			text = quoted(*value)
		}
		members = append(members, quoted(name)+": "+text)
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func quoted(text string) string {
	b := []byte{'"'}
	for _, c := range []byte(text) {
		if c < ' ' || c == '"' || c == '\\' {
			b = fmt.Appendf(b, `\u%04x`, c)
		} else {
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// oneRow returns the only row that a query prints, as COPY text by column.
func (p *Printer) oneRow(ctx context.Context, query string) (map[string]string, error) {
	described, err := p.Conn.PgConn().Prepare(ctx, "", query, nil)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	tag, err := p.Conn.PgConn().CopyTo(ctx, &b, "copy (\n"+query+"\n) to stdout")
	if err != nil || tag.RowsAffected() != 1 {
		return nil, err
	}
	values := map[string]string{}
	line := record.Printable(strings.TrimSuffix(b.String(), "\n"))
	for i, value := range strings.Split(line, "\t") {
		values[described.Fields[i].Name] = value
	}
	return values, nil
}

// Begin connects to a copy with the suite's settings and begins a transaction that may write.
func Begin(ctx context.Context, copy *cluster.Database, s *suite.Suite, rows int64) (*pgx.Conn, error) {
	conn, err := session.Connect(ctx, copy.Connect, s, rows)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "begin"); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// End rolls everything back.
func (p *Printer) End(ctx context.Context) error {
	if p.Conn == nil {
		return nil
	}
	_, err := p.Conn.Exec(ctx, "rollback")
	return errors.Join(err, p.Conn.Close(ctx))
}
