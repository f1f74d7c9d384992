//go:build unix

package drill_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

const peopleTable = `
	create table public.people (note text, name text, id int primary key);
	insert into public.people select 'note ' || n, 'person ' || n, n from generate_series(1, 300) as n;
	create table public.keyless (word text, n int);
	insert into public.keyless select 'word ' || n, n from generate_series(1, 10) as n;`

// rowDamage changes one row, takes one away and adds one.
var rowDamage = []string{
	"update public.people set name = 'mallory' where id = 100", "delete from public.people where id = 200",
	"insert into public.people values ('extra', 'nobody', 999)", "update public.keyless set n = 70 where n = 7",
}

// tableRows are the rows that the check of the tables names for one of them.
func tableRows(t *testing.T, o *verdict.Report, table string) *verdict.TableRows {
	t.Helper()
	storytest.RequireFails(t, o, storytest.TablesCheck, "table="+strings.TrimPrefix(table, "public."))
	for _, c := range o.Checks {
		for i := range c.Tables {
			if c.Name == storytest.TablesCheck && c.Tables[i].Table == table {
				return &c.Tables[i]
			}
		}
	}
	return nil
}

func TestTheRowsThatDifferAreNamed(t *testing.T) {
	server := pgtest.Server(t)
	source, _ := storytest.Filled(t, server, peopleTable)
	for _, c := range []struct {
		name, against  string
		kept, withLive bool
	}{
		{"against the source", "the source as it is now", false, true},
		{"against the manifest", "the manifest", true, false},
		{"against nothing", "", false, false},
	} {
		for _, show := range []bool{false, true} {
			t.Run(c.name+map[bool]string{true: ", values shown"}[show], func(t *testing.T) {
				b := storytest.TakeDump(t, source, func(o *origin.Options) { o.WithRows = c.kept })
				if text := storytest.FileText(t, b.Path+record.ManifestSuffix); strings.Contains(text, "person 42") != c.kept {
					t.Errorf("rows in the manifest: %t, want %t", !c.kept, c.kept)
				}
				o := storytest.TryRestore(t, server, b, func(o *drill.Options) {
					o.ShowValues = show
					if c.withLive {
						o.Source = source
					}
					o.AfterRestore = func(_ context.Context, conn *pgx.Conn) error {
						for _, statement := range rowDamage {
							storytest.MustExec(t, conn, statement)
						}
						return nil
					}
				})
				people, keyless := tableRows(t, o, "public.people"), tableRows(t, o, "public.keyless")
				if c.against == "" {
					if people != nil {
						t.Errorf("rows out of nowhere: %+v", people)
					}
					return
				}
				if people == nil || keyless == nil {
					t.Fatalf("the rows are not named:\n%s", storytest.Sayings(o, storytest.TablesCheck))
				}
				if people.Against != c.against {
					t.Errorf("against %q, want %q", people.Against, c.against)
				}
				requirePeople(t, people.Changes, show)
				if k := keyless.Changes; k.Missing != 1 || k.Extra != 1 || k.Changed != 0 {
					t.Errorf("rows without a key: %s, want one missing and one extra", k)
				}
			})
		}
	}
}

func requirePeople(t *testing.T, c *verdict.Changes, show bool) {
	t.Helper()
	if c.Missing != 1 || c.Extra != 1 || c.Changed != 1 || len(c.First) != 3 {
		t.Fatalf("%s, of which %d are named; want 1 missing, 1 extra, 1 changed", c, len(c.First))
	}
	for _, change := range c.First {
		if change.Key != map[string]string{"missing": "id=200", "extra": "id=999", "changed": "id=100"}[change.Kind] {
			t.Errorf("%s: %s", change.Kind, change.Key)
		}
		if change.Kind != "changed" {
			continue
		}
		if !slices.Equal(change.Columns, []string{"name"}) {
			t.Errorf("columns %q, want name alone", change.Columns)
		}
		if shown := slices.Equal(change.Old, []string{"person 100"}) &&
			slices.Equal(change.New, []string{"mallory"}); shown != show {
			t.Errorf("values: %q and %q; to be shown: %t", change.Old, change.New, show)
		}
	}
}
