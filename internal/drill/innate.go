package drill

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

//go:embed innate.sql
var innateSQL string

//go:embed planted.sql
var plantedSQL string

var fromMajor = regexp.MustCompile(`/\* from (\d+): (.*?) \*/`)

// readCatalogs runs the queries of text and returns the output of each.
func readCatalogs(ctx context.Context, conn *pgx.Conn, text string, major int) (printed []string, err error) {
	text = fromMajor.ReplaceAllStringFunc(text, func(comment string) string {
		m := fromMajor.FindStringSubmatch(comment)
		if from, err := strconv.Atoi(m[1]); err != nil || from > major {
			return ""
		}
		return m[2]
	})
	queries, err := suite.Split(text)
	if err != nil {
		return nil, err
	}
	// Not the suite's session.sql: it calls functions, and these are what is being checked.
	if _, err := conn.Exec(ctx, "set search_path = pg_catalog, pg_temp; set quote_all_identifiers = off"); err != nil {
		return nil, err
	}
	for _, query := range queries {
		var out strings.Builder
		if _, err := conn.PgConn().CopyTo(ctx, &out, "copy ("+query.Text+"\n) to stdout"); err != nil {
			return nil, fmt.Errorf("could not read the catalogs: %w", err)
		}
		printed = append(printed, out.String())
	}
	return printed, nil
}

// linesOf returns the lines of all outputs, each prefixed with the number of its query, sorted.
func linesOf(printed []string) (lines []string) {
	for i, text := range printed {
		for line := range strings.Lines(text) {
			lines = append(lines, strconv.Itoa(i)+" "+line)
		}
	}
	slices.Sort(lines)
	return lines
}

// judgeIsWhole returns a connection to the copy if the objects that the query files rely on are untouched, else nil.
func (d *Drill) judgeIsWhole(ctx context.Context) (*pgx.Conn, error) {
	conn, err := d.db.Connect(ctx)
	if err != nil {
		return nil, err
	}
	isWhole, err := d.judgeOver(ctx, conn)
	if !isWhole {
		conn.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	return conn, nil
}

// judgeOver reports whether the objects that the query files rely on are untouched: the built-in functions, operators
// and types are those of the empty database, and pg_catalog holds nothing else except what extensions create. Code that
// a restore runs with all rights could add a better-matching overload there, which the query files would then call. In
// that case no output of theirs can be trusted: the check fails and no record is taken.
func (d *Drill) judgeOver(ctx context.Context, conn *pgx.Conn) (isWhole bool, err error) {
	now, err := readCatalogs(ctx, conn, innateSQL, d.Server.Version.Major)
	if err != nil {
		return false, err
	}
	if damage := damageOf(d.born, now); damage != "" {
		d.Report.Assert("judge", false, "the restore %s", damage)
		return false, nil
	}
	planted, err := readCatalogs(ctx, conn, plantedSQL, d.Server.Version.Major)
	if err != nil || strings.Join(planted, "") == "" {
		return err == nil, err
	}
	made, err := d.madeByExtensions(ctx, conn)
	if err != nil {
		return false, err
	}
	switch line := firstOf(linesOf(planted), linesOf(made)); {
	case line == "" || strings.HasPrefix(line, "cast\t") && d.Trusted:
		return true, nil
	case strings.HasPrefix(line, "cast\t"):
		return false, hint.With(fmt.Errorf("the archive brings a cast between two built-in types by a function of its "+
			"own (oids %q): the query files could call it, and print what it wants", line),
			"if you trust the author of the archive, -trusted lets it through")
	default:
		d.Report.Assert("judge", false,
			"the copy holds in pg_catalog what neither the server nor an extension put there: %.200q", line)
		return false, nil
	}
}

// damageOf describes the first change of the server's built-in objects; empty if there is none. Their physical order
// does not matter.
func damageOf(born, now []string) string {
	if slices.Equal(now, born) {
		return ""
	}
	was, is := linesOf(born), linesOf(now)
	if line := firstOf(is, was); line != "" {
		return fmt.Sprintf("changed a built-in object of the server: %.200q", line)
	}
	if line := firstOf(was, is); line != "" {
		return fmt.Sprintf("removed a built-in object of the server: %.200q", line)
	}
	return ""
}

// firstOf returns the first of the sorted lines that is not in others, without its number; empty if there is none.
func firstOf(lines, others []string) string {
	for _, line := range lines {
		if _, found := slices.BinarySearch(others, line); !found {
			_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			return text
		}
	}
	return ""
}

// madeByExtensions returns what the copy's extensions put into pg_catalog when they are created in an empty database.
func (d *Drill) madeByExtensions(ctx context.Context, conn *pgx.Conn) (printed []string, err error) {
	type extension struct{ Name, Version, Schema string }
	extensions, err := session.Rows[extension](ctx, conn, "select extname, extversion, case extnamespace when '11' "+
		"then ' schema pg_catalog' else '' end from pg_catalog.pg_extension", "read the catalogs")
	if err != nil {
		return nil, err
	}
	fresh, err := d.Server.CreateLike(ctx, d.db.Like)
	if err != nil {
		return nil, err
	}
	defer func() { _ = fresh.Drop(ctx) }() // if this fails, the next run drops it
	made, err := fresh.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer made.Close(context.WithoutCancel(ctx))
	for _, e := range extensions {
		statement := "create extension if not exists " + pgx.Identifier{e.Name}.Sanitize() + " version " +
			session.Literal(e.Version) + e.Schema + " cascade"
		if _, err := made.Exec(ctx, statement); err != nil {
			return nil, fmt.Errorf("could not create an extension of the archive in an empty database: %w", err)
		}
	}
	return readCatalogs(ctx, made, plantedSQL, d.Server.Version.Major)
}
