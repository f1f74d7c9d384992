package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/sqlstate"
)

// Properties are the encoding and locale of a database, as in pg_database. The zero value is UTF8 with the locale C,
// which every machine has.
type Properties struct {
	Encoding string // "UTF8", "LATIN1" ...; "" means UTF8
	Provider string // "c" libc, "i" ICU, "b" built in; "" means libc
	Collate  string // of libc; "" means C
	Ctype    string // of libc; "" means C
	Locale   string // of ICU or the built-in provider
}

// clauses returns the options of CREATE DATABASE for these properties.
func (p Properties) clauses() string {
	or := func(value, other string) string {
		return "'" + strings.ReplaceAll(cmp.Or(value, other), "'", "''") + "'"
	}
	clauses := " encoding " + or(p.Encoding, "UTF8") + " lc_collate " + or(p.Collate, "C") + " lc_ctype " +
		or(p.Ctype, "C")
	switch p.Provider {
	case "i":
		clauses += " locale_provider icu icu_locale " + or(p.Locale, "und")
	case "b":
		clauses += " locale_provider builtin builtin_locale " + or(p.Locale, "C")
	}
	return clauses
}

// explainLocale adds advice if the server does not have the locale of the source.
func (p Properties) explainLocale(err error) error {
	if !slices.Contains([]string{"42809", "22023", "42704"}, sqlstate.Of(err)) {
		return err
	}
	return hint.With(fmt.Errorf("could not create a scratch database like the source: %w", err),
		"install the locale on the server's machine (on Debian: locale-gen), then restart the server; or name a server "+
			"that has it with -dsn")
}

// Rename renames the database, which is kept from then on.
func (db *Database) Rename(ctx context.Context, name string) error {
	rename := run("alter database " + db.identifier() + " rename to " + pgx.Identifier{name}.Sanitize())
	if err := db.server.admin(ctx, rename); err != nil {
		return fmt.Errorf("could not keep the database as %s: %w", name, err)
	}
	db.server.guard.release(ctx, db)
	db.Name = name
	if err := db.server.admin(ctx, run("comment on database "+db.identifier()+" is null")); err != nil {
		return fmt.Errorf("the database stays as %s, but with the comment of a scratch database: %w", name, err)
	}
	return nil
}

// dropSubscriptions drops the subscriptions that a restore created. It first detaches each from its replication slot,
// which belongs to the source's subscription and must survive.
func (db *Database) dropSubscriptions(ctx context.Context) error {
	return db.AsCaller(ctx, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, disableEventTriggers); err != nil {
			return err
		}
		names, err := texts(ctx, conn, `
			select subname::text
			from pg_catalog.pg_subscription
			where subdbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`)
		for _, name := range names {
			subscription := "subscription " + pgx.Identifier{name}.Sanitize()
			for _, text := range []string{"alter %s disable", "alter %s set (slot_name = none)", "drop %s"} {
				if err == nil {
					_, err = conn.Exec(ctx, strings.ReplaceAll(text, "%s", subscription))
				}
			}
		}
		return err
	})
}

// disableEventTriggers disables the event triggers of the archive: their functions would run with all rights.
const disableEventTriggers = `do $$ declare t name; begin
	if pg_catalog.current_setting('is_superuser') = 'on' then
		for t in select evtname from pg_catalog.pg_event_trigger loop
			execute pg_catalog.format('alter event trigger %I disable', t);
		end loop;
	end if;
end $$`

// Copy creates another scratch database as a copy of this one. Requires that no one is connected to this one (CREATE
// DATABASE refuses otherwise).
func (db *Database) Copy(ctx context.Context) (*Database, error) {
	other := db.server.newDatabase(db.Like)
	if err := db.server.guard.hold(ctx, other); err != nil {
		return nil, err
	}
	create := run("create database " + other.identifier() + " template " + db.identifier() + other.closed())
	if err := db.server.admin(ctx, create, run(other.mark())); err != nil {
		return nil, fmt.Errorf("could not copy the scratch database: %w", err)
	}
	return other, nil
}
