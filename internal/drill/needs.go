package drill

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/sqlstate"
)

// needSpace refuses a restore that does not fit on the disk of a throw-away cluster. A copy has no dead rows and its
// indexes are packed, so it can be smaller than the source, but rarely by half.
func (d *Drill) needSpace() error {
	free, known := d.Server.FreeBytes()
	if !known || d.Manifest == nil || free >= d.Manifest.Source.SizeBytes/2 {
		return nil
	}
	const mega = 1 << 20
	return hint.With(fmt.Errorf("the source had %d MB, and the disk of the throw-away cluster has %d MB left",
		d.Manifest.Source.SizeBytes/mega, free/mega),
		"free some space, point TMPDIR at a disk that has it, or name a server with -dsn")
}

func (d *Drill) needExtensions(ctx context.Context, conn *pgx.Conn) error {
	there, err := session.Texts(ctx, conn, "select name::text from pg_available_extensions")
	if err != nil {
		return err
	}
	return explainExtensions(slices.DeleteFunc(slices.Clone(d.Contents.Extensions),
		func(name string) bool { return slices.Contains(there, name) }))
}

// explainExtensions returns an error that names the missing extensions, or nil.
func explainExtensions(missing []string) error {
	if len(missing) == 0 {
		return nil
	}
	return hint.With(fmt.Errorf("the archive needs extensions that the server does not have: %s", strings.Join(missing,
		", ")),
		"install them for this major (on Debian most are in postgresql-contrib or postgresql-<major>-<name>), or name "+
			"another server with -dsn")
}

// tablespaces returns the tablespaces that the restore uses.
func (d *Drill) tablespaces() []string {
	if slices.ContainsFunc(d.Args, func(arg string) bool { return arguments.IsShortFor(arg, "--no-tablespaces") }) {
		return nil
	}
	return d.Contents.Tablespaces
}

// needTablespaces creates missing tablespaces on a throw-away cluster, inside its data folder. On any other server it
// returns an error that names them.
func (d *Drill) needTablespaces(ctx context.Context, conn *pgx.Conn) error {
	there, err := session.Texts(ctx, conn, "select spcname::text from pg_tablespace")
	if err != nil {
		return err
	}
	isThere := func(name string) bool { return slices.Contains(there, name) }
	missing := slices.DeleteFunc(slices.Clone(d.tablespaces()), isThere)
	if len(missing) == 0 {
		return nil
	}
	if !d.Server.Throwaway {
		return hint.With(fmt.Errorf("the archive puts tables into tablespaces that the server does not have: %s",
			strings.Join(missing, ", ")),
			"create them, or restore without: pgroundtrip restore ... -- --no-tablespaces (of a plain archive: dump with "+
				"that)")
	}
	d.Log("created as tablespaces of the throw-away cluster, because the archive puts tables into them: %s",
		strings.Join(missing, ", "))
	if _, err := conn.Exec(ctx, "set allow_in_place_tablespaces = on"); err != nil {
		return fmt.Errorf("could not create the tablespaces that the archive refers to: %w", err)
	}
	for _, name := range missing {
		if _, err := conn.Exec(ctx, "create tablespace "+pgx.Identifier{name}.Sanitize()+" location ''"); err != nil {
			return fmt.Errorf("could not create the tablespaces that the archive refers to: %w", err)
		}
	}
	return nil
}

// needAttver checks that the server accepts pg_attver, on a temporary table.
func (d *Drill) needAttver(ctx context.Context) error {
	conn, err := d.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "begin; create temporary table attver (c int); alter table attver alter column c set "+
		"(pg_attver = 1); rollback")
	if sqlstate.Of(err) != "" {
		return pgdump.AttverError(fmt.Sprintf("the server, %s, does not accept it", d.Server.Version))
	}
	return err
}
